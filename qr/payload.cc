#include "qr/payload.h"

#include <algorithm>
#include <array>

#include "qr/crc.h"
#include "qr/inspection.h"
#include "qr/verify_accounts.h"
#include "qr/verify_fields.h"

namespace qrpay::qr {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n";
constexpr std::size_t kPayloadCharactersMin = 12;

// Where each root value goes; tags that are not listed live in `objects` only.
std::string_view* field_of(QrPayload& payload, std::uint8_t tag) {
  switch (tag) {
    case 0: return &payload.payload_format;
    case 1: return &payload.point_of_initiation;
    case 52: return &payload.mcc;
    case 53: return &payload.currency;
    case 54: return &payload.amount;
    case 55: return &payload.tip_indicator;
    case 56: return &payload.fee_fixed;
    case 57: return &payload.fee_percent;
    case 58: return &payload.country;
    case 59: return &payload.merchant_name;
    case 60: return &payload.merchant_city;
    case 61: return &payload.postal_code;
    case 63: return &payload.crc;
    default: return nullptr;
  }
}

// Reads the root level. False when the rest of the text cannot be read.
class RootScan {
 public:
  explicit RootScan(Inspection& in) : in_(in), reader_(in.text, in.base_offset, in.kind) {}

  [[nodiscard]] bool run() {
    for (;;) {
      TlvReader::Step const step = reader_.next();
      if (step == TlvReader::Step::kEnd) return true;
      if (step != TlvReader::Step::kObject) {
        report_break(step);
        return false;
      }
      take(reader_.object());
    }
  }
  [[nodiscard]] bool crc_is_last() const { return crc_seen_ && !crc_overtaken_; }

 private:
  void take(TlvObject const& object) {
    TagPath const path(object.tag);
    if (in_.payload.objects.empty() && object.tag != 0) {
      in_.fatal(FaultCode::kFirstTag, object.offset, path);
    }
    if (crc_seen_ && !crc_overtaken_) {
      crc_overtaken_ = true;
      in_.fatal(FaultCode::kCrcNotLast, object.offset, path);
    }
    std::uint64_t const bit = std::uint64_t{1} << (object.tag % 64);
    std::uint64_t& word = seen_[object.tag / 64];
    if ((word & bit) != 0) {
      in_.fatal(FaultCode::kDuplicateTag, object.offset, path);
      return;
    }
    word |= bit;
    if (object.value.empty()) {
      // Several generators print "6200" for "no additional data"; nothing else is seen empty.
      Tier const tier = object.tag == 62 ? Tier::kStrict : Tier::kFatal;
      in_.faults.add({FaultCode::kZeroLength, tier, object.offset, path});
    }
    if (object.tag == 63) crc_seen_ = true;
    in_.payload.objects.push_back(object);
    if (auto* field = field_of(in_.payload, object.tag)) *field = object.value;
  }

  void report_break(TlvReader::Step step) {
    std::uint16_t const offset = reader_.offset();
    TagPath const path(reader_.object().tag);
    if (crc_seen_) {
      in_.fatal(FaultCode::kTrailingData, offset);
      return;
    }
    switch (step) {
      case TlvReader::Step::kStray: in_.fatal(FaultCode::kTruncated, offset); break;
      case TlvReader::Step::kBadTag: in_.fatal(FaultCode::kBadTag, offset); break;
      case TlvReader::Step::kBadLength: in_.fatal(FaultCode::kBadLength, offset, path); break;
      case TlvReader::Step::kOverrun: in_.fatal(FaultCode::kLengthOverrun, offset, path); break;
      case TlvReader::Step::kObject:
      case TlvReader::Step::kEnd: break;
    }
  }

  Inspection& in_;
  TlvReader reader_;
  std::array<std::uint64_t, 2> seen_{};
  bool crc_seen_ = false;
  bool crc_overtaken_ = false;
};

bool is_lower_hex_letter(char c) { return c >= 'a' && c <= 'f'; }

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || is_lower_hex_letter(c);
}

void verify_crc(Inspection& in) {
  TlvObject const* crc = in.payload.find(63);
  TagPath const path(63);
  if (crc == nullptr) {
    in.fatal(FaultCode::kCrcMissing, in.missing_offset(), path);
    return;
  }
  if (count_characters(crc->value, in.kind) != 4) {
    in.fatal(FaultCode::kCrcLength, crc->offset, path);
    return;
  }
  if (!std::all_of(crc->value.begin(), crc->value.end(), is_hex)) {
    in.fatal(FaultCode::kCrcNotHex, crc->offset, path);
    return;
  }
  auto const covered = static_cast<std::size_t>(crc->value_offset() - in.base_offset);
  std::array<char, 4> const computed = format_crc(crc16(in.text.substr(0, covered)));
  bool lower = false;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    char c = crc->value[i];
    if (is_lower_hex_letter(c)) {
      lower = true;
      c = static_cast<char>(c - 'a' + 'A');
    }
    if (c != computed[i]) {
      in.fatal(FaultCode::kCrcMismatch, crc->offset, path);
      return;
    }
  }
  if (lower) in.strict(FaultCode::kCrcLowercase, crc->offset, path);
}

// Cuts white space off both ends and reports it. Returns the offset of the first character kept.
std::uint16_t trim(std::string_view& text, FaultList& faults) {
  std::size_t const first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) {
    text = {};
    return 0;
  }
  std::size_t const end = text.find_last_not_of(kWhitespace) + 1;
  if (first > 0) {
    faults.add({FaultCode::kSurroundingWhitespace, Tier::kStrict, 0, {}});
  } else if (end < text.size()) {
    faults.add(
        {FaultCode::kTrailingWhitespace, Tier::kStrict, static_cast<std::uint16_t>(end), {}});
  }
  text = text.substr(first, end - first);
  return static_cast<std::uint16_t>(first);
}

void inspect(std::string_view text, Reading& out) {
  if (text.size() > kPayloadBytesMax) {
    out.faults.add({FaultCode::kPayloadTooLong, Tier::kFatal, kPayloadBytesMax, {}});
    return;
  }
  std::uint16_t const base_offset = trim(text, out.faults);
  auto const kind = survey_text(text);
  if (!kind) {
    out.faults.add({FaultCode::kNotUtf8, Tier::kFatal, base_offset, {}});
    return;
  }
  Inspection in{text, base_offset, *kind, out.payload, out.faults};
  std::size_t const characters = count_characters(text, *kind);
  if (characters < kPayloadCharactersMin) {
    in.fatal(FaultCode::kTooShort, base_offset);
    return;
  }
  if (characters > kPayloadCharactersMax) in.strict(FaultCode::kPayloadTooLong, base_offset);
  RootScan root(in);
  if (!root.run()) return;
  if (root.crc_is_last() || in.payload.find(63) == nullptr) verify_crc(in);
  verify_accounts(in);
  verify_templates(in);
  verify_fields(in);
}

// 00 01 02-51 52-62 64 65-99 63: the tags in order, but for the CRC, which covers all others.
unsigned canonical_rank(TlvObject const& object) { return object.tag == 63 ? 100u : object.tag; }

using FieldList = std::vector<std::pair<std::string, std::string>>;

void add_field(FieldList& out, std::string name, std::string_view value) {
  if (!value.empty()) out.emplace_back(std::move(name), value);
}

std::string two_digit_text(std::uint8_t tag) { return TagPath(tag).text(); }

void list_accounts(QrPayload const& payload, FieldList& out) {
  add_field(out, "scheme", scheme_name(payload.scheme));
  for (std::size_t i = 0; i < payload.also.size(); ++i) {
    add_field(out, "also." + std::to_string(i), scheme_name(payload.also[i]));
  }
  if (payload.scheme == Scheme::kVietQr) {
    std::size_t others = 0;
    for (TlvObject const& object : payload.objects) {
      if (object.tag < 2 || object.tag > 51 || object.tag == payload.account_tag) continue;
      add_field(out, "other_account_tags." + std::to_string(others++), two_digit_text(object.tag));
    }
  }
  add_field(out, "payload_format", payload.payload_format);
  add_field(out, "point_of_initiation", payload.point_of_initiation);
  add_field(out, "guid", payload.guid);
  add_field(out, "bank_bin", payload.bank_bin);
  add_field(out, "account", payload.account);
  add_field(out, "service_code", payload.service_code);
  add_field(out, "merchant_id", payload.merchant_id);
}

void list_additional(QrPayload const& payload, FieldList& out) {
  AdditionalData const& additional = payload.additional;
  add_field(out, "additional.bill_number", additional.bill_number);
  add_field(out, "additional.mobile_number", additional.mobile_number);
  add_field(out, "additional.store_label", additional.store_label);
  add_field(out, "additional.loyalty_number", additional.loyalty_number);
  add_field(out, "additional.reference_label", additional.reference_label);
  add_field(out, "additional.customer_label", additional.customer_label);
  add_field(out, "additional.terminal_label", additional.terminal_label);
  add_field(out, "additional.purpose", additional.purpose);
  add_field(out, "additional.consumer_data_request", additional.consumer_data_request);
  add_field(out, "additional.merchant_tax_id", additional.merchant_tax_id);
  add_field(out, "additional.merchant_channel", additional.merchant_channel);
  for (TlvObject const& object : payload.additional_templates) {
    add_field(out, "additional.template_" + two_digit_text(object.tag), object.value);
  }
}

}  // namespace

std::string_view service_code(Service service) {
  switch (service) {
    case Service::kPush: return "QRPUSH";
    case Service::kCash: return "QRCASH";
    case Service::kTransferToAccount: return "QRIBFTTA";
    case Service::kTransferToCard: return "QRIBFTTC";
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

std::optional<Service> QrPayload::service() const {
  if (scheme != Scheme::kVietQr) return std::nullopt;
  if (service_code.empty()) return Service::kPush;
  for (Service service :
       {Service::kTransferToAccount, Service::kTransferToCard, Service::kPush, Service::kCash}) {
    if (service_code == qr::service_code(service)) return service;
  }
  return std::nullopt;
}

TlvObject const* QrPayload::find(std::uint8_t tag) const {
  for (TlvObject const& object : objects) {
    if (object.tag == tag) return &object;
  }
  return nullptr;
}

Reading read_payload(std::string_view text) {
  Reading reading;
  inspect(text, reading);
  if (reading.faults.has_fatal()) reading.payload = QrPayload{};
  return reading;
}

Fault const* first_refusal(FaultList const& faults, Policy policy) {
  for (Fault const& fault : faults) {
    if (fault.tier == Tier::kFatal) return &fault;
  }
  return policy == Policy::kStrict && !faults.empty() ? &faults[0] : nullptr;
}

base::Result<QrPayload> parse_payload(std::string_view text, Policy policy) {
  Reading reading = read_payload(text);
  if (!reading.accepted(policy)) {
    return base::fail(base::Errc::kQrInvalid, to_string(*first_refusal(reading.faults, policy)));
  }
  return std::move(reading.payload);
}

std::string print_payload(QrPayload const& payload) {
  auto objects = payload.objects;
  std::sort(objects.begin(), objects.end(), [](TlvObject const& a, TlvObject const& b) {
    return canonical_rank(a) < canonical_rank(b);
  });
  std::string out;
  out.reserve(kPayloadCharactersMax);
  for (TlvObject const& object : objects) {
    if (object.tag == 63 || object.value.empty()) continue;
    append_tlv(out, object.tag, object.value, count_characters(object.value, TextKind::kUnicode));
  }
  append_crc(out);
  return out;
}

std::vector<std::pair<std::string, std::string>> list_fields(QrPayload const& payload) {
  FieldList out;
  list_accounts(payload, out);
  add_field(out, "mcc", payload.mcc);
  add_field(out, "currency", payload.currency);
  add_field(out, "amount", payload.amount);
  add_field(out, "tip_indicator", payload.tip_indicator);
  add_field(out, "fee_fixed", payload.fee_fixed);
  add_field(out, "fee_percent", payload.fee_percent);
  add_field(out, "country", payload.country);
  add_field(out, "merchant_name", payload.merchant_name);
  add_field(out, "merchant_city", payload.merchant_city);
  add_field(out, "postal_code", payload.postal_code);
  list_additional(payload, out);
  add_field(out, "language.preference", payload.language.preference);
  add_field(out, "language.merchant_name", payload.language.merchant_name);
  add_field(out, "language.merchant_city", payload.language.merchant_city);
  for (TlvObject const& object : payload.objects) {
    if (object.tag < 65) continue;
    add_field(out, "unreserved." + two_digit_text(object.tag), object.value);
  }
  add_field(out, "crc", payload.crc);
  return out;
}

}  // namespace qrpay::qr
