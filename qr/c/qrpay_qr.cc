#include "qr/c/qrpay_qr.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "qr/build.h"
#include "qr/c/border.h"
#include "qr/draw/render.h"
#include "qr/draw/svg.h"
#include "qr/draw/symbol.h"
#include "qr/faults.h"
#include "qr/kind.h"
#include "qr/payload.h"
#include "qr/picture/image.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"

namespace base = qrpay::base;
namespace qr = qrpay::qr;
using namespace qrpay::qr::c;

// Views in `reading` point into `text`, so one is made in place and never moved.
struct qrpay_qr_reading {  // NOLINT(readability-identifier-naming): declared in C
  explicit qrpay_qr_reading(std::string_view given)
      : text(given.substr(0, qr::kPayloadBytesMax + 1)),
        reading(qr::read_payload(text)),
        fields(reading.accepted(qr::Policy::kLenient)
                   ? qr::list_fields(reading.payload)
                   : std::vector<std::pair<std::string, std::string>>()) {}
  qrpay_qr_reading(qrpay_qr_reading const&) = delete;
  qrpay_qr_reading& operator=(qrpay_qr_reading const&) = delete;

  std::string const text;
  qr::Reading const reading;
  std::vector<std::pair<std::string, std::string>> const fields;
};

namespace {

static_assert(QRPAY_QR_STRING_MAX == qr::kPayloadBytesMax);
// A character of UTF-8 has up to four bytes.
static_assert(QRPAY_QR_TEXT_MAX == 4 * qr::kPayloadCharactersMax + 1);

// --- building -----------------------------------------------------------------------------------

// 80-99: what the largest array can hold without a tag twice.
constexpr std::size_t kTemplatesMax = 20;

Answer take_service(std::int32_t number, qr::Service& out) {
  switch (number) {
    case QRPAY_QR_PUSH: out = qr::Service::kPush; return {};
    case QRPAY_QR_CASH: out = qr::Service::kCash; return {};
    case 0:
    case QRPAY_QR_TRANSFER_TO_ACCOUNT: out = qr::Service::kTransferToAccount; return {};
    case QRPAY_QR_TRANSFER_TO_CARD: out = qr::Service::kTransferToCard; return {};
    default: return refused(base::Errc::kInvalidField, "/service: unknown");
  }
}

Answer take_tip(qrpay_qr_payload const& from, std::optional<qr::Tip>& out) {
  if (from.tip == QRPAY_QR_TIP_NONE) return {};
  qr::Tip tip;
  switch (from.tip) {
    case QRPAY_QR_TIP_PROMPT: tip.kind = qr::Tip::Kind::kPrompt; break;
    case QRPAY_QR_TIP_FIXED: tip.kind = qr::Tip::Kind::kFixed; break;
    case QRPAY_QR_TIP_PERCENT: tip.kind = qr::Tip::Kind::kPercent; break;
    default: return refused(base::Errc::kInvalidField, "/tip/kind: unknown");
  }
  tip.fixed = base::Vnd(from.tip_fixed);
  // 0 is refused by the builder, as every number that does not fit must be.
  bool const fits = from.tip_percent_hundredths > 0 && from.tip_percent_hundredths <= 9'999;
  tip.percent_hundredths =
      static_cast<std::uint16_t>(fits ? from.tip_percent_hundredths : std::int32_t{0});
  out = tip;
  return {};
}

Answer take_templates(qrpay_qr_payload const& from, std::vector<qr::TlvObject>& out) {
  if (from.template_count == 0) return {};
  if (from.templates == nullptr) return misused("templates");
  if (from.template_count > kTemplatesMax) {
    return refused(base::Errc::kTooLarge, "/unreserved: over 20 templates");
  }
  for (qrpay_qr_template const& each : std::span(from.templates, from.template_count)) {
    qr::TlvObject object;
    // 0 is no unreserved tag, so the builder refuses it by name.
    object.tag = static_cast<std::uint8_t>(each.tag >= 80 && each.tag <= 99 ? each.tag : 0);
    object.value = view(each.value);
    out.push_back(object);
  }
  return {};
}

Answer build(qrpay_qr_payload const& given, TextOut& out) {
  qrpay_qr_payload from{};
  if (Answer result = take_struct(given, kPayloadFirstSize, from); result.status != QRPAY_QR_OK) {
    return result;
  }
  qr::PayloadSpec spec;
  std::vector<qr::TlvObject> templates;
  for (Answer result : {take_service(from.service, spec.service), take_tip(from, spec.tip),
                        take_templates(from, templates)}) {
    if (result.status != QRPAY_QR_OK) return result;
  }
  spec.bank_bin = view(from.bank_bin);
  spec.account = view(from.account);
  if (from.amount != 0) spec.amount = base::Vnd(from.amount);
  spec.order_bound = from.order_bound != 0;
  spec.mcc = view(from.mcc);
  spec.merchant_name = view(from.merchant_name);
  spec.merchant_city = view(from.merchant_city);
  spec.postal_code = view(from.postal_code);
  spec.additional.bill_number = view(from.bill_number);
  spec.additional.mobile_number = view(from.mobile_number);
  spec.additional.store_label = view(from.store_label);
  spec.additional.loyalty_number = view(from.loyalty_number);
  spec.additional.reference_label = view(from.reference_label);
  spec.additional.customer_label = view(from.customer_label);
  spec.additional.terminal_label = view(from.terminal_label);
  spec.additional.purpose = view(from.purpose);
  spec.additional.consumer_data_request = view(from.consumer_data_request);
  spec.language.preference = view(from.language);
  spec.language.merchant_name = view(from.language_name);
  spec.language.merchant_city = view(from.language_city);
  spec.unreserved = templates;
  auto payload = qr::build_payload(spec);
  if (!payload) return failed(std::move(payload).error());
  return out.give(*payload);
}

// --- pictures -----------------------------------------------------------------------------------

Answer take_level(std::int32_t number, qr::draw::Level& out) {
  switch (number) {
    case QRPAY_QR_LEVEL_L: out = qr::draw::Level::kL; return {};
    case 0:
    case QRPAY_QR_LEVEL_M: out = qr::draw::Level::kM; return {};
    case QRPAY_QR_LEVEL_Q: out = qr::draw::Level::kQ; return {};
    case QRPAY_QR_LEVEL_H: out = qr::draw::Level::kH; return {};
    default: return refused(base::Errc::kInvalidField, "/level: unknown");
  }
}

Answer give_modules(qr::draw::Symbol const& symbol, qrpay_qr_bytes& out) {
  std::string modules;
  modules.reserve(symbol.width() * symbol.width());
  for (std::size_t y = 0; y < symbol.width(); ++y) {
    for (std::size_t x = 0; x < symbol.width(); ++x) modules.push_back(symbol.dark(x, y) ? 1 : 0);
  }
  return give_bytes(modules, symbol.width(), out);
}

// Below zero nothing is in range, and a number that is refused as it is keeps its name.
unsigned in_range(std::int32_t number) { return number < 0 ? ~0U : static_cast<unsigned>(number); }

Answer give_png(qr::draw::Symbol const& symbol, qrpay_qr_drawing const& drawing,
                qrpay_qr_bytes& out) {
  qr::draw::PngOptions options;
  if (drawing.pixels_per_module != 0) {
    options.pixels_per_module = in_range(drawing.pixels_per_module);
  }
  options.module_um = in_range(drawing.module_um);
  auto const png = qr::draw::render_png(symbol, options);
  if (!png) return failed(png.error());
  std::size_t const modules = symbol.width() + 2 * qr::draw::kQuietZoneModules;
  return give_bytes(*png, modules * options.pixels_per_module, out);
}

Answer give_svg(qr::draw::Symbol const& symbol, qrpay_qr_drawing const& drawing,
                qrpay_qr_bytes& out) {
  qr::draw::SvgOptions options;
  options.module_um = in_range(drawing.module_um);
  auto const svg = qr::draw::render_svg(symbol, options);
  if (!svg) return failed(svg.error());
  return give_bytes(*svg, symbol.width() + 2 * qr::draw::kQuietZoneModules, out);
}

Answer draw(char const* text, qrpay_qr_drawing const* given, qrpay_qr_bytes& out) {
  qrpay_qr_drawing drawing{};
  if (given != nullptr) {
    Answer result = take_struct(*given, kDrawingFirstSize, drawing);
    if (result.status != QRPAY_QR_OK) return result;
  }
  qr::draw::SymbolOptions options;
  options.compact = drawing.compact != 0;
  options.boost = drawing.exact_level == 0;
  if (Answer result = take_level(drawing.level, options.level); result.status != QRPAY_QR_OK) {
    return result;
  }
  auto const symbol = qr::draw::make_symbol(view(text), options);
  if (!symbol) return failed(symbol.error());
  switch (drawing.format) {
    case 0:
    case QRPAY_QR_FORMAT_PNG: return give_png(*symbol, drawing, out);
    case QRPAY_QR_FORMAT_MODULES: return give_modules(*symbol, out);
    case QRPAY_QR_FORMAT_SVG: return give_svg(*symbol, drawing, out);
    default: return refused(base::Errc::kInvalidField, "/format: unknown");
  }
}

Answer scan(void const* file, std::size_t file_size, qrpay_qr_bytes& out) {
  // Asked before a view is made of it: a size from outside may be anything.
  if (file_size > qr::picture::kImageBytesMax) {
    return refused(base::Errc::kImageTooLarge, "over 32 MiB");
  }
  auto const image =
      qr::picture::read_picture(base::ByteView(static_cast<std::uint8_t const*>(file), file_size));
  if (!image) return failed(image.error());
  auto const text = qr::scan::scan_image(*image);
  if (!text) return failed(text.error());
  return give_bytes(*text, 0, out);
}

}  // namespace

// --- the face -----------------------------------------------------------------------------------

char const* qrpay_qr_version(void) { return QRPAY_QR_VERSION; }

int32_t qrpay_qr_abi(void) { return QRPAY_QR_ABI; }

char const* qrpay_qr_status_name(int32_t status) {
  switch (status) {
    case QRPAY_QR_OK: return "ok";
    case QRPAY_QR_BAD_ARGUMENT: return "bad_argument";
    case QRPAY_QR_BUFFER_TOO_SMALL: return "buffer_too_small";
    case QRPAY_QR_OUT_OF_MEMORY: return "out_of_memory";
    case QRPAY_QR_INTERNAL: return "internal";
    case QRPAY_QR_INVALID_FIELD:
    case QRPAY_QR_TOO_LARGE:
    case QRPAY_QR_NOT_SUPPORTED:
    case QRPAY_QR_TOO_LONG:
    case QRPAY_QR_IMAGE_MALFORMED:
    case QRPAY_QR_IMAGE_TOO_LARGE:
    case QRPAY_QR_NO_CODE_FOUND:
    case QRPAY_QR_SEVERAL_CODES:
    case QRPAY_QR_UNSUPPORTED_SYMBOL:
      // The names are literals, so each ends in a NUL.
      return base::errc_name(static_cast<base::Errc>(status)).data();
    default: return "unknown";
  }
}

int32_t qrpay_qr_build(qrpay_qr_payload const* payload, char* buffer, size_t* size,
                       qrpay_qr_error* error) {
  TextOut out(buffer, size);
  return answer(error, [&] {
    if (!out.usable()) return misused("buffer");
    if (payload == nullptr) return misused("payload");
    return build(*payload, out);
  });
}

int32_t qrpay_qr_normalise(char const* text, size_t characters_max, char* buffer, size_t* size) {
  TextOut out(buffer, size);
  return answer(nullptr, [&] {
    if (!out.usable() || text == nullptr) return misused("text");
    std::string_view const given = view(text);
    if (given.size() > QRPAY_QR_STRING_MAX) return refused(base::Errc::kTooLarge, "text");
    return out.give(base::normalise_content(given, characters_max));
  });
}

int32_t qrpay_qr_read(char const* text, size_t text_size, qrpay_qr_reading** out) {
  if (out == nullptr) return QRPAY_QR_BAD_ARGUMENT;
  *out = nullptr;
  return answer(nullptr, [&] {
    if (text == nullptr && text_size > 0) return misused("text");
    // One byte over the limit is as much too long as any other size, and can be copied.
    std::size_t const looked_at = std::min(text_size, qr::kPayloadBytesMax + 1);
    *out = new qrpay_qr_reading(std::string_view(text, looked_at));
    return Answer{};
  });
}

void qrpay_qr_reading_free(qrpay_qr_reading* reading) { delete reading; }

int32_t qrpay_qr_accepted(qrpay_qr_reading const* reading, int32_t policy) {
  if (reading == nullptr) return 0;
  switch (policy) {
    case QRPAY_QR_POLICY_STRICT: return reading->reading.accepted(qr::Policy::kStrict) ? 1 : 0;
    case QRPAY_QR_POLICY_LENIENT: return reading->reading.accepted(qr::Policy::kLenient) ? 1 : 0;
    default: return 0;
  }
}

size_t qrpay_qr_fault_count(qrpay_qr_reading const* reading) {
  return reading == nullptr ? 0 : reading->reading.faults.size();
}

int32_t qrpay_qr_fault_at(qrpay_qr_reading const* reading, size_t index, qrpay_qr_fault* out) {
  if (out == nullptr || !is_known_size(out->struct_size, kFaultFirstSize)) {
    return QRPAY_QR_BAD_ARGUMENT;
  }
  give_struct(qrpay_qr_fault{}, *out);
  if (index >= qrpay_qr_fault_count(reading)) return QRPAY_QR_BAD_ARGUMENT;
  return answer(nullptr, [&] {
    qr::Fault const& fault = reading->reading.faults[index];
    qrpay_qr_fault report{};
    report.number = static_cast<std::int32_t>(fault.code);
    report.tier = static_cast<std::int32_t>(fault.tier);
    report.offset = fault.offset;
    // "38.01.00": three tags of two digits at most.
    fault.path.text().copy(report.path, sizeof(report.path) - 1);
    report.name = qr::fault_name(fault.code).data();
    give_struct(report, *out);
    return Answer{};
  });
}

size_t qrpay_qr_field_count(qrpay_qr_reading const* reading) {
  return reading == nullptr ? 0 : reading->fields.size();
}

char const* qrpay_qr_field_name(qrpay_qr_reading const* reading, size_t index) {
  if (index >= qrpay_qr_field_count(reading)) return nullptr;
  return reading->fields[index].first.c_str();
}

char const* qrpay_qr_field_value(qrpay_qr_reading const* reading, size_t index,
                                 size_t* value_size) {
  if (value_size != nullptr) *value_size = 0;
  if (index >= qrpay_qr_field_count(reading)) return nullptr;
  std::string const& value = reading->fields[index].second;
  if (value_size != nullptr) *value_size = value.size();
  return value.c_str();
}

char const* qrpay_qr_field(qrpay_qr_reading const* reading, char const* name) {
  if (reading == nullptr || name == nullptr) return nullptr;
  for (auto const& [field, value] : reading->fields) {
    if (field == view(name)) return value.c_str();
  }
  return nullptr;
}

int64_t qrpay_qr_amount(qrpay_qr_reading const* reading) {
  if (reading == nullptr) return 0;
  return reading->reading.payload.amount_vnd.value_or(base::Vnd(0)).dong();
}

char const* qrpay_qr_classify(char const* text, size_t text_size) {
  if (text == nullptr) text_size = 0;
  return qr::kind_name(qr::classify_kind(std::string_view(text, text_size))).data();
}

void qrpay_qr_bytes_free(qrpay_qr_bytes* bytes) {
  if (bytes == nullptr) return;
  std::free(bytes->data);
  *bytes = {};
}

int32_t qrpay_qr_draw(char const* text, qrpay_qr_drawing const* drawing, qrpay_qr_bytes* out,
                      qrpay_qr_error* error) {
  if (out != nullptr) *out = {};
  return answer(error, [&] {
    if (text == nullptr || out == nullptr) return misused("text or out");
    return draw(text, drawing, *out);
  });
}

int32_t qrpay_qr_scan(void const* file, size_t file_size, qrpay_qr_bytes* out,
                      qrpay_qr_error* error) {
  if (out != nullptr) *out = {};
  return answer(error, [&] {
    if (out == nullptr || (file == nullptr && file_size > 0)) return misused("file or out");
    return scan(file, file_size, *out);
  });
}
