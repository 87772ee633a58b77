#include "qr/kind.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/check.h"
#include "qr/ascii.h"
#include "qr/classify.h"
#include "qr/payload.h"
#include "qr/tlv.h"

namespace qrpay::qr {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n";

// Wallets that receive through a bank: BIN of the bank, how their accounts there begin.
constexpr std::string_view kMomoBank = "971025";
constexpr std::string_view kMomoAccountPrefix = "PSP";
constexpr std::string_view kWalletBank = "970454";  // BVBank, for MoMo's older codes and ZaloPay
constexpr std::string_view kOldMomoAccountPrefix = "99MM";
constexpr std::string_view kZaloPayAccountPrefix = "99ZP";

std::string_view trimmed(std::string_view text) {
  std::size_t const first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) + 1 - first);
}

// The part that can be walked: all of it, or what precedes the first byte that is not ASCII.
struct Walkable {
  std::string_view text;
  TextKind kind;
};

Walkable walkable(std::string_view text) {
  if (auto const kind = survey_text(text)) return {text, *kind};
  auto const foreign = std::find_if(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return {text.substr(0, static_cast<std::size_t>(foreign - text.begin())), TextKind::kAscii};
}

// Visits the objects that hold anything until `visit` says false. True when the text was walked to
// its end or `visit` stopped it, false when it broke.
template <class Visit>
bool walk(Walkable const& part, Visit&& visit) {
  TlvReader reader(part.text, 0, part.kind);
  for (;;) {
    TlvReader::Step const step = reader.next();
    if (step == TlvReader::Step::kEnd) return true;
    if (step != TlvReader::Step::kObject) return false;
    if (!reader.object().value.empty() && !visit(reader.object())) return true;
  }
}

// 00, 01 and 02 of a template; of one that comes twice, the first.
struct Parts {
  std::array<std::string_view, 3> values;
  bool whole = false;
};

Parts parts_of(std::string_view value, TextKind kind) {
  Parts parts;
  parts.whole = walk({value, kind}, [&](TlvObject const& object) {
    if (object.tag < parts.values.size() && parts.values[object.tag].empty()) {
      parts.values[object.tag] = object.value;
    }
    return true;
  });
  return parts;
}

// What the root level shows of a code, as far as it can be read.
struct Sketch {
  TextKind kind = TextKind::kPlain;
  bool begins_with_00 = false;
  bool version_is_emv = false;  // that object has two digits, as EMVCo fixes it
  bool vnpay_wallet = false;    // one of 02-11 says VNPayWallet
  bool union_pay = false;       // an account under 15 or 16, and it is a number
  bool other_account = false;   // any other account
  std::string_view initiation;  // 01
  std::string_view vietqr;      // 38, when VietQR's
  std::string_view bill;        // 26
  std::string_view name;        // 59
  bool zalopay = false;
  Scheme first_known = Scheme::kEmvco;  // but VietQR
};

void take_once(std::string_view& into, std::string_view value) {
  if (into.empty()) into = value;
}

void sketch_account(Sketch& sketch, TlvObject const& account, Locale const& locale) {
  bool const union_pay = (account.tag == 15 || account.tag == 16) && is_digits(account.value);
  (union_pay ? sketch.union_pay : sketch.other_account) = true;
  if (account.tag < 26) return;
  if (account.tag == 26) sketch.bill = account.value;
  std::string_view const guid = parts_of(account.value, sketch.kind).values[0];
  Scheme const scheme = classify_account(account.tag, guid, locale);
  if (scheme == Scheme::kVietQr) {
    sketch.vietqr = account.value;
    return;
  }
  if (scheme == Scheme::kZaloPay) sketch.zalopay = true;
  if (sketch.first_known == Scheme::kEmvco) sketch.first_known = scheme;
}

Sketch sketch_of(std::string_view text) {
  Walkable const part = walkable(text);
  Sketch sketch;
  sketch.kind = part.kind;
  bool first = true;
  Locale locale;
  walk(part, [&](TlvObject const& object) {
    if (first) {
      sketch.begins_with_00 = object.tag == 0;
      sketch.version_is_emv = object.value.size() == 2 && is_digits(object.value);
      first = false;
    }
    if (object.tag >= 2 && object.tag <= 11 && starts_folded(object.value, "VNPAYWALLET")) {
      sketch.vnpay_wallet = true;
    }
    switch (object.tag) {
      case 1: take_once(sketch.initiation, object.value); break;
      case 53: take_once(locale.currency, object.value); break;
      case 58: take_once(locale.country, object.value); break;
      case 59: take_once(sketch.name, object.value); break;
      default: break;
    }
    return object.tag != 63;
  });
  // A second round, since what an account is may hang on the currency and country behind it.
  std::uint64_t seen = 0;
  walk(part, [&](TlvObject const& object) {
    if (object.tag < 2 || object.tag > 51) return object.tag != 63;
    std::uint64_t const bit = std::uint64_t{1} << object.tag;
    if ((seen & bit) == 0) sketch_account(sketch, object, locale);
    seen |= bit;
    return true;
  });
  return sketch;
}

Kind kind_of_service(Parts const& account) {
  std::string_view const code = account.values[2];
  if (code.empty()) return account.whole ? Kind::kVietQrPush : Kind::kVietQrUnclear;
  if (code == service_code(Service::kPush)) return Kind::kVietQrPush;
  if (code == service_code(Service::kCash)) return Kind::kVietQrCash;
  if (code == service_code(Service::kTransferToAccount)) return Kind::kVietQrAccount;
  if (code == service_code(Service::kTransferToCard)) return Kind::kVietQrCard;
  return Kind::kVietQrUnclear;
}

Kind kind_of_vietqr(Sketch const& sketch) {
  Parts const account = parts_of(sketch.vietqr, sketch.kind);
  Parts const beneficiary = parts_of(account.values[1], sketch.kind);
  std::string_view const bank = beneficiary.values[0];
  std::string_view const number = beneficiary.values[1];
  if (bank == kMomoBank && number.starts_with(kMomoAccountPrefix)) return Kind::kMomo;
  if (bank == kWalletBank) {
    if (number.starts_with(kOldMomoAccountPrefix)) return Kind::kMomo;
    if (sketch.zalopay || number.starts_with(kZaloPayAccountPrefix)) return Kind::kZaloPay;
  }
  return kind_of_service(account);
}

// Ten digits, or ten, a hyphen and the three of a branch.
bool is_tax_code(std::string_view text) {
  if (text.size() == 14 && text[10] == '-') {
    return is_digits(text.substr(0, 10)) && is_digits(text.substr(11));
  }
  return text.size() == 10 && is_digits(text);
}

// The identifier says nothing here, so the tax code and the name have to.
bool is_evn_bill(Sketch const& sketch) {
  Parts const bill = parts_of(sketch.bill, sketch.kind);
  return bill.values[0] == "00" && is_tax_code(bill.values[1]) &&
         (starts_folded(sketch.name, "EVN") || contains_folded(sketch.name, "DIEN LUC"));
}

std::optional<Kind> kind_of_scheme(Scheme scheme) {
  switch (scheme) {
    case Scheme::kVnpay: return Kind::kVnpayMerchant;
    case Scheme::kZaloPay: return Kind::kZaloPay;
    case Scheme::kAirPay: return Kind::kShopeePay;
    case Scheme::kPromptPay: return Kind::kPromptPay;
    case Scheme::kQris: return Kind::kQris;
    case Scheme::kKhqr: return Kind::kKhqr;
    case Scheme::kDuitNow: return Kind::kDuitNow;
    case Scheme::kPayNow: return Kind::kPayNow;
    case Scheme::kLaoQr: return Kind::kLaoQr;
    case Scheme::kVietQr:  // has an answer of its own before this
    case Scheme::kEmvco: return std::nullopt;
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

// "https://Host:443/path" -> "Host". Empty when user information stands before the host: in
// "https://img.vietqr.io@elsewhere" the known name is bait.
std::string_view host_of(std::string_view after_scheme) {
  std::string_view const authority = after_scheme.substr(0, after_scheme.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) return {};
  return authority.substr(0, authority.find(':'));
}

std::optional<Kind> kind_of_link(std::string_view text) {
  if (starts_folded(text, "MOMO://") || starts_folded(text, "ZALOPAY://")) {
    return Kind::kPaymentLink;
  }
  std::size_t scheme = 0;
  for (std::string_view const known : {"HTTPS://", "HTTP://"}) {
    if (starts_folded(text, known)) scheme = known.size();
  }
  if (scheme == 0) return std::nullopt;
  std::string_view const host = host_of(text.substr(scheme));
  for (std::string_view const known :
       {"DL.VIETQR.IO", "IMG.VIETQR.IO", "QR.SEPAY.VN", "QCGATEWAY.ZALOPAY.VN"}) {
    if (equal_folded(host, known)) return Kind::kPaymentLink;
  }
  return Kind::kWebLink;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kUnknown: return "unknown";
    case Kind::kVietQrPush: return "vietqr_push";
    case Kind::kVietQrCash: return "vietqr_cash";
    case Kind::kVietQrAccount: return "vietqr_account";
    case Kind::kVietQrCard: return "vietqr_card";
    case Kind::kVietQrUnclear: return "vietqr_unclear";
    case Kind::kVnpayMerchant: return "vnpay_merchant";
    case Kind::kVnpayPersonal: return "vnpay_personal";
    case Kind::kMomo: return "momo";
    case Kind::kZaloPay: return "zalopay";
    case Kind::kShopeePay: return "shopeepay";
    case Kind::kEvnBill: return "evn_bill";
    case Kind::kPromptPay: return "promptpay";
    case Kind::kQris: return "qris";
    case Kind::kKhqr: return "khqr";
    case Kind::kDuitNow: return "duitnow";
    case Kind::kPayNow: return "paynow";
    case Kind::kLaoQr: return "laoqr";
    case Kind::kUnionPay: return "unionpay";
    case Kind::kEmv: return "emv";
    case Kind::kPaymentLink: return "payment_link";
    case Kind::kWebLink: return "web_link";
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

KindLabel kind_label(Kind kind) {
  switch (kind) {
    case Kind::kUnknown: return {"Không phải mã thanh toán", "Not a payment code"};
    case Kind::kVietQrPush: return {"VietQR thanh toán cho cửa hàng", "VietQR payment to a shop"};
    case Kind::kVietQrCash: return {"VietQR rút tiền tại ATM", "VietQR cash withdrawal"};
    case Kind::kVietQrAccount:
      return {"VietQR chuyển tiền đến tài khoản", "VietQR transfer to an account"};
    case Kind::kVietQrCard: return {"VietQR chuyển tiền đến thẻ", "VietQR transfer to a card"};
    case Kind::kVietQrUnclear:
      return {"VietQR không rõ dịch vụ", "VietQR whose service cannot be told"};
    case Kind::kVnpayMerchant: return {"VNPAY-QR của cửa hàng", "VNPAY-QR of a shop"};
    case Kind::kVnpayPersonal: return {"Ví VNPAY cá nhân", "Personal VNPAY wallet"};
    case Kind::kMomo: return {"Ví MoMo", "MoMo wallet"};
    case Kind::kZaloPay: return {"Ví ZaloPay", "ZaloPay wallet"};
    case Kind::kShopeePay: return {"Ví ShopeePay", "ShopeePay wallet"};
    case Kind::kEvnBill: return {"Hóa đơn tiền điện EVN", "EVN electricity bill"};
    case Kind::kPromptPay: return {"PromptPay (Thái Lan)", "PromptPay (Thailand)"};
    case Kind::kQris: return {"QRIS (Indonesia)", "QRIS (Indonesia)"};
    case Kind::kKhqr: return {"KHQR (Campuchia)", "KHQR (Cambodia)"};
    case Kind::kDuitNow: return {"DuitNow (Malaysia)", "DuitNow (Malaysia)"};
    case Kind::kPayNow: return {"PayNow, SGQR (Singapore)", "PayNow, SGQR (Singapore)"};
    case Kind::kLaoQr: return {"LAO QR (Lào)", "LAO QR (Laos)"};
    case Kind::kUnionPay: return {"UnionPay", "UnionPay"};
    case Kind::kEmv: return {"Mã thanh toán EMV khác", "Other EMV payment code"};
    case Kind::kPaymentLink: return {"Liên kết thanh toán", "Payment link"};
    case Kind::kWebLink: return {"Liên kết web", "Web link"};
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

Kind classify_kind(std::string_view text) {
  if (text.size() > kPayloadBytesMax) return Kind::kUnknown;
  std::string_view const inner = trimmed(text);
  if (auto const link = kind_of_link(inner)) return *link;
  Sketch const sketch = sketch_of(inner);
  if (!sketch.vietqr.empty()) return kind_of_vietqr(sketch);
  if (auto const known = kind_of_scheme(sketch.first_known)) return *known;
  if (sketch.initiation == "02" && sketch.vnpay_wallet) return Kind::kVnpayPersonal;
  if (is_evn_bill(sketch)) return Kind::kEvnBill;
  // "00", a version and nothing else may be torn; a number that happens to begin like it is not.
  bool const account = sketch.union_pay || sketch.other_account;
  if (!sketch.begins_with_00 || (!sketch.version_is_emv && !account)) return Kind::kUnknown;
  return sketch.union_pay && !sketch.other_account ? Kind::kUnionPay : Kind::kEmv;
}

}  // namespace qrpay::qr
