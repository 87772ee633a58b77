#include "gateway/http/problem.h"

#include "base/check.h"
#include "gateway/json/writer.h"

namespace qrpay::gateway::http {
namespace {

using base::Errc;

constexpr std::string_view kProblemType = "application/problem+json";

void put_head(json::Writer& writer, std::string_view type, ProblemKind const& kind, int status,
              std::string_view code) {
  writer.member("type", type);
  writer.member("title", kind.title);
  writer.member("title_vi", kind.title_vi);
  writer.member("status", status);
  writer.member("code", code);
}

HttpResponse problem(int status, std::string body, std::vector<Header> headers) {
  HttpResponse response;
  response.status = status;
  response.content_type = kProblemType;
  response.headers = std::move(headers);
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(body);
  return response;
}

}  // namespace

ProblemKind problem_kind(Errc errc) {
  switch (errc) {
    case Errc::kMalformed: return {400, "The request is not well-formed", "Yêu cầu sai cú pháp"};
    case Errc::kInvalidField: return {400, "A value is not allowed", "Giá trị không hợp lệ"};
    case Errc::kUnknownField:
      return {400, "A member is not known", "Có trường không được định nghĩa"};
    case Errc::kDuplicateField: return {400, "A member is there twice", "Có trường bị lặp"};
    case Errc::kMissingField: return {400, "A member is missing", "Thiếu trường bắt buộc"};
    case Errc::kTooLarge: return {413, "Over a size limit", "Vượt quá giới hạn kích thước"};
    case Errc::kUnauthenticated: return {401, "Not authenticated", "Chưa xác thực"};
    case Errc::kForbidden: return {403, "This key may not do this", "Khóa không có quyền"};
    case Errc::kNotFound: return {404, "Not found", "Không tìm thấy"};
    case Errc::kMethodNotAllowed: return {405, "Method not allowed", "Phương thức không được phép"};
    case Errc::kIdReused:
      return {409, "The id was used with another body", "Mã đã dùng với nội dung khác"};
    case Errc::kRevisionMismatch: return {412, "Another revision", "Phiên bản đã thay đổi"};
    case Errc::kRevisionRequired: return {428, "If-Match is required", "Thiếu If-Match"};
    case Errc::kNotPending: return {409, "State does not allow it", "Trạng thái không cho phép"};
    case Errc::kCodeInUse: return {409, "The code is in use", "Mã nội dung đã được dùng"};
    case Errc::kNotSupported: return {501, "Not supported", "Chưa hỗ trợ"};
    case Errc::kAlreadyExists: return {409, "Already registered", "Đã được đăng ký"};
    case Errc::kUnsupportedMedia: return {415, "Content-Type unsupported", "Kiểu chưa hỗ trợ"};
    case Errc::kUriTooLong: return {414, "URI too long", "Địa chỉ quá dài"};
    case Errc::kHeaderTooLarge: return {431, "Header too large", "Phần đầu yêu cầu quá lớn"};
    case Errc::kTimeout: return {408, "The request took too long", "Yêu cầu gửi quá chậm"};
    case Errc::kImportRefused:
      return {422, "A line cannot be imported", "Không nhập được một dòng"};
    case Errc::kOverloaded: return {503, "Busy, try again", "Hệ thống đang bận, hãy thử lại"};
    case Errc::kShuttingDown: return {503, "Shutting down", "Hệ thống đang dừng"};
    case Errc::kRateLimited: return {429, "Too many requests", "Quá nhiều yêu cầu"};
    case Errc::kDiskFull: return {507, "Out of disk space", "Hết dung lượng lưu trữ"};
    case Errc::kReadOnly: return {503, "Read-only", "Chỉ cho phép đọc"};
    case Errc::kStoreUnknown:
      return {503, "Outcome unknown, ask again", "Chưa rõ kết quả, hãy hỏi lại"};
    case Errc::kStoreRead: return {500, "A read failed", "Lỗi đọc dữ liệu"};
    case Errc::kDataDirInUse: return {500, "Data directory in use", "Thư mục dữ liệu đang bị dùng"};
    case Errc::kDataDirMissing: return {500, "No data directory", "Không có thư mục dữ liệu"};
    case Errc::kDataDirNotEmpty:
      return {500, "Data directory not empty", "Thư mục dữ liệu không trống"};
    case Errc::kDataFormatNewer: return {500, "Newer data format", "Định dạng dữ liệu mới hơn"};
    case Errc::kJournalCorrupt: return {500, "Journal damaged", "Sổ nhật ký bị hỏng"};
    case Errc::kJournalTruncated: return {500, "Journal truncated", "Sổ nhật ký bị cụt"};
    case Errc::kJournalForked: return {500, "Journal forked", "Sổ nhật ký bị rẽ nhánh"};
    case Errc::kWrongVault: return {500, "Wrong vault", "Sai kho khóa"};
    case Errc::kWrongSecret: return {500, "Wrong secret", "Sai bí mật"};
    case Errc::kVaultMissing: return {500, "Vault missing", "Thiếu kho khóa"};
    case Errc::kErased: return {410, "Erased", "Đã xóa"};
    case Errc::kUnsealFailed: return {500, "Sealed data damaged", "Dữ liệu niêm phong bị hỏng"};
    case Errc::kClockBehind: return {500, "Clock is behind", "Đồng hồ bị chậm"};
    case Errc::kWrongKey: return {500, "Wrong key", "Sai khóa"};
    case Errc::kArchiveDamaged: return {500, "Archive damaged", "Kho lưu trữ bị hỏng"};
    case Errc::kBackupForeign: return {500, "Backup of another ledger", "Bản sao của sổ khác"};
    case Errc::kDataFormatOlder: return {500, "Older data format", "Định dạng dữ liệu cũ hơn"};
    case Errc::kProofInvalid: return {400, "Proof invalid", "Bằng chứng không hợp lệ"};
    case Errc::kSignatureInvalid: return {400, "Signature invalid", "Chữ ký không hợp lệ"};
    case Errc::kNoteMalformed: return {400, "Signed note malformed", "Bản ký sai cú pháp"};
    case Errc::kNoteUnverified: return {400, "No known key signed", "Không có chữ ký được biết"};
    case Errc::kKeyUnsupported: return {400, "Key type unsupported", "Loại khóa chưa hỗ trợ"};
    case Errc::kSplitView: return {409, "Two histories", "Có hai lịch sử khác nhau"};
    case Errc::kWitnessRefused: return {502, "A witness refused", "Nhân chứng từ chối"};
    case Errc::kQrInvalid: return {422, "QR payload invalid", "Nội dung QR không hợp lệ"};
    case Errc::kQrTooLong: return {422, "QR payload too long", "Nội dung QR quá dài"};
    case Errc::kImageMalformed: return {400, "Picture not readable", "Không đọc được ảnh"};
    case Errc::kImageTooLarge: return {413, "Picture too large", "Ảnh quá lớn"};
    case Errc::kNoCodeFound: return {422, "No QR code found", "Không tìm thấy mã QR"};
    case Errc::kSeveralCodes: return {422, "Several QR codes", "Có nhiều mã QR"};
    case Errc::kUnsupportedSymbol: return {422, "Not a QR code", "Không phải mã QR thông thường"};
    case Errc::kGlyphMissing: return {422, "No glyph for a character", "Phông chữ thiếu ký tự"};
    case Errc::kFontMissing: return {500, "Font not installed", "Chưa cài phông chữ"};
    case Errc::kIo: return {500, "Input or output failed", "Lỗi vào ra"};
    case Errc::kConfigInvalid: return {500, "Configuration invalid", "Cấu hình không hợp lệ"};
    case Errc::kAddressInUse: return {500, "Address in use", "Địa chỉ đang bị dùng"};
    case Errc::kCryptoFailed: return {500, "Cryptography failed", "Lỗi mật mã"};
    case Errc::kUsage: return {400, "Wrong usage", "Sai cách dùng"};
  }
  QRPAY_CHECK(false);  // a number outside the catalogue is a bug
}

int http_status(Errc errc) { return problem_kind(errc).status; }

std::string problem_type(Errc errc) { return "/problems/" + std::string(base::errc_name(errc)); }

std::string problem_code(Errc errc) {
  return "QRPAY-" + std::to_string(static_cast<unsigned>(errc));
}

HttpResponse problem_response(base::Error const& error, ProblemExtras const& extras) {
  auto const kind = problem_kind(error.errc);
  int const status = extras.status.value_or(kind.status);
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  put_head(writer, problem_type(error.errc), kind, status, problem_code(error.errc));
  if (!error.detail.empty()) writer.member("detail", error.detail);

  auto errors = extras.errors;
  auto const colon = error.detail.find(": ");
  if (errors.empty() && error.detail.starts_with('/') && colon != std::string::npos) {
    errors.push_back({error.detail.substr(0, colon), error.detail.substr(colon + 2)});
  }
  if (!errors.empty()) {
    writer.key("errors").begin_array();
    for (auto const& fault : errors) {
      writer.begin_object();
      writer.member("pointer", fault.pointer).member("detail", fault.detail);
      writer.end_object();
    }
    writer.end_array();
  }
  if (extras.first) writer.member("first", *extras.first);
  writer.end_object();
  return problem(status, std::move(body), extras.headers);
}

HttpResponse internal_error(std::string_view detail) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  put_head(writer, "about:blank", {500, "Internal error", "Lỗi nội bộ"}, 500, "QRPAY-0");
  writer.member("detail", detail);
  writer.end_object();
  return problem(500, std::move(body), {});
}

}  // namespace qrpay::gateway::http
