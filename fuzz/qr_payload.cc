// Any bytes as the text of a QR code: never a crash, bounded work, and what strict reading accepts
// can be printed and built again and then says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "qr/build.h"
#include "qr/crc.h"
#include "qr/payload.h"

namespace {

using namespace qrpay;

std::vector<std::pair<std::string, std::string>> fields_without_crc(qr::QrPayload const& payload) {
  auto fields = qr::list_fields(payload);
  // The CRC covers the order of the objects, and the lists of accounts follow it.
  std::erase_if(fields, [](auto const& field) { return field.first == "crc"; });
  std::sort(fields.begin(), fields.end());
  return fields;
}

// Whether a fault lies on an object that is there, as opposed to one that is missing or broken.
bool names_an_object(qr::Fault const& fault) {
  constexpr qr::FaultCode kOfMissingOnes[] = {
      qr::FaultCode::kMissingTag,        qr::FaultCode::kMissingSubtag, qr::FaultCode::kCrcMissing,
      qr::FaultCode::kTemplateMalformed, qr::FaultCode::kTipFields,     qr::FaultCode::kLanguage};
  if (std::find(std::begin(kOfMissingOnes), std::end(kOfMissingOnes), fault.code) !=
      std::end(kOfMissingOnes))
    return false;
  return fault.path.depth() > 0;
}

void check_faults(qr::Reading const& reading, std::string_view text) {
  QRPAY_CHECK(reading.faults.size() <= qr::FaultList::kFaultsMax);
  for (qr::Fault const& fault : reading.faults) {
    QRPAY_CHECK(fault.offset <= text.size());
    std::string const path = fault.path.text();
    QRPAY_CHECK(qr::to_string(fault).ends_with(path.empty() ? "" : "(" + path + ")"));
    if (!names_an_object(fault)) continue;
    // The two digits at that byte are the last tag of the path.
    QRPAY_CHECK(text.substr(fault.offset, 2) == path.substr(path.size() - 2));
  }
  bool const strict = reading.accepted(qr::Policy::kStrict);
  bool const lenient = reading.accepted(qr::Policy::kLenient);
  QRPAY_CHECK(lenient || !strict);
  QRPAY_CHECK(lenient || qr::list_fields(reading.payload).size() == 1);  // the scheme alone
  QRPAY_CHECK((qr::first_refusal(reading.faults, qr::Policy::kStrict) == nullptr) == strict);
}

void check_views(qr::QrPayload const& payload, std::string_view text) {
  for (qr::TlvObject const& object : payload.objects) {
    QRPAY_CHECK(object.value.data() == text.data() + object.value_offset());
    QRPAY_CHECK(object.value_offset() + object.value.size() <= text.size());
  }
}

// A plain transfer says nothing but what build_payload can say.
void check_built(qr::QrPayload const& payload) {
  for (qr::TlvObject const& object : payload.objects) {
    if (object.tag >= 2 && object.tag <= 51 && object.tag != 38) return;
    if (object.tag >= 55 && object.tag <= 57) return;
    if (object.tag >= 64) return;
  }
  if (!payload.additional_templates.empty()) return;
  qr::AdditionalData const& additional = payload.additional;
  if (!additional.merchant_tax_id.empty() || !additional.merchant_channel.empty()) return;
  qr::PayloadSpec spec;
  spec.service = payload.service().value();
  spec.bank_bin = payload.bank_bin;
  spec.account = payload.account;
  spec.amount = payload.amount_vnd;
  spec.order_bound = payload.point_of_initiation == "12";
  spec.mcc = payload.mcc;
  spec.merchant_name = payload.merchant_name;
  spec.merchant_city = payload.merchant_city;
  spec.postal_code = payload.postal_code;
  spec.additional = payload.additional;
  auto const built = qr::build_payload(spec);
  if (!built) {
    // The only thing that strict reading takes and we do not print: a bank's QRCASH with another
    // merchant category.
    QRPAY_CHECK(spec.service == qr::Service::kCash && spec.mcc != "6011");
    return;
  }
  qr::Reading const again = qr::read_payload(*built);
  QRPAY_CHECK(again.accepted(qr::Policy::kStrict));
  QRPAY_CHECK(again.payload.account == payload.account);
  QRPAY_CHECK(again.payload.amount_vnd == payload.amount_vnd);
  QRPAY_CHECK(again.payload.additional.purpose == payload.additional.purpose);
}

// CRC-16 finds every change of one ASCII character.
void check_mutation(std::string text) {
  auto const digest = std::hash<std::string>{}(text);
  std::size_t const at = digest % text.size();
  auto const original = static_cast<unsigned char>(text[at]);
  auto const changed = static_cast<unsigned char>((digest >> 32) % 0x80);
  if (original >= 0x80 || changed == original) return;
  text[at] = static_cast<char>(changed);
  bool const crc_case = at + 4 >= text.size() && (changed ^ original) == ('a' ^ 'A');
  qr::Policy const policy = crc_case ? qr::Policy::kStrict : qr::Policy::kLenient;
  QRPAY_CHECK(!qr::read_payload(text).accepted(policy));
}

void check_payload(std::string_view text) {
  qr::Reading const reading = qr::read_payload(text);
  check_faults(reading, text);
  check_views(reading.payload, text);
  if (!reading.accepted(qr::Policy::kLenient)) return;
  std::string const printed = qr::print_payload(reading.payload);
  qr::Reading const again = qr::read_payload(printed);
  QRPAY_CHECK(again.accepted(qr::Policy::kLenient));
  bool const strict = reading.accepted(qr::Policy::kStrict);
  if (strict) {
    QRPAY_CHECK(again.accepted(qr::Policy::kStrict));
    check_mutation(std::string(text));
  }
  bool const single_account = reading.payload.also.empty();
  if (single_account) {
    auto before = fields_without_crc(reading.payload);
    auto after = fields_without_crc(again.payload);
    auto const is_list = [](auto const& field) {
      return field.first.starts_with("other_account_tags.");
    };
    std::erase_if(before, is_list);
    std::erase_if(after, is_list);
    QRPAY_CHECK(before == after);
  }
  QRPAY_CHECK(qr::print_payload(again.payload) == printed);
  if (strict && reading.payload.scheme == qr::Scheme::kVietQr) check_built(reading.payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string text(reinterpret_cast<char const*>(data), size);
  check_payload(text);
  // A CRC made right lets mutations reach the rules behind it.
  std::size_t const crc = text.rfind("6304");
  if (crc != std::string::npos) {
    text.resize(crc);
    qr::append_crc(text);
    check_payload(text);
  }
  return 0;
}
