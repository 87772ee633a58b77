// Any bytes as the text of a QR code: never a crash, bounded work, and what strict reading accepts
// can be printed and built again and then says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
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

void check_faults(qr::Reading const& reading, std::string_view text) {
  QRPAY_CHECK(reading.faults.size() <= qr::FaultList::kFaultsMax);
  for (qr::Fault const& fault : reading.faults) {
    QRPAY_CHECK(fault.offset <= text.size());
    QRPAY_CHECK(!qr::to_string(fault).empty());
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

void check_payload(std::string_view text) {
  qr::Reading const reading = qr::read_payload(text);
  check_faults(reading, text);
  check_views(reading.payload, text);
  if (!reading.accepted(qr::Policy::kStrict)) return;
  std::string const printed = qr::print_payload(reading.payload);
  qr::Reading const again = qr::read_payload(printed);
  QRPAY_CHECK(again.accepted(qr::Policy::kStrict));
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
  if (reading.payload.scheme == qr::Scheme::kVietQr) check_built(reading.payload);
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
