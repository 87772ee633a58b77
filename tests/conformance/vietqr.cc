// The claims of each row of vectors/vietqr.json, and the round trips that each must survive.
#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "qr/build.h"
#include "qr/payload.h"
#include "tests/conformance/run.h"
#include "tests/conformance/vietqr_rows.h"

namespace qrpay::conformance {
namespace {

using qr::Policy;
using Problems = std::vector<std::string>;

std::string joined(std::vector<std::string> const& items) {
  std::string out = "[";
  for (std::string const& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}

std::vector<std::string> codes_of(qr::FaultList const& faults) {
  std::vector<std::string> out;
  for (qr::Fault const& fault : faults) out.emplace_back(qr::fault_name(fault.code));
  std::sort(out.begin(), out.end());
  return out;
}

std::string_view tier_of(bool strict, bool lenient) {
  if (strict) return "valid";
  return lenient ? "strict" : "fatal";
}

void check_tier(VietQrRow const& row, qr::Reading const& reading, Problems& problems) {
  std::string_view const wanted = tier_of(row.valid(), !row.fatal());
  expect_equal(problems, "tier",
               tier_of(reading.accepted(Policy::kStrict), reading.accepted(Policy::kLenient)),
               wanted);
  expect_equal(problems, "tier of parse_payload",
               tier_of(qr::parse_payload(row.payload, Policy::kStrict).has_value(),
                       qr::parse_payload(row.payload, Policy::kLenient).has_value()),
               wanted);
}

// Of a fatal row the file names one code of several; of a strict one it names all, one by one.
void check_codes(VietQrRow const& row, qr::Reading const& reading, Problems& problems) {
  auto const codes = codes_of(reading.faults);
  if (!row.fatal()) {
    expect_equal(problems, "codes", joined(codes), joined(row.strict_codes()));
  } else if (std::find(codes.begin(), codes.end(), row.fatal_code()) == codes.end()) {
    expect_equal(problems, "codes", joined(codes), row.fatal_code());
  }
}

void check_fields(VietQrRow const& row, Fields const& got, Problems& problems) {
  for (auto const& [name, value] : row.fields) {
    auto const found = got.find(name);
    expect_equal(problems, name, found == got.end() ? "(absent)" : found->second, value);
  }
  for (auto const& [name, value] : got) {
    if (!row.fields.contains(name)) expect_equal(problems, name, value, "(absent)");
  }
}

// Printing puts the objects in order, so only the CRC and the order of accounts may change.
void check_print(VietQrRow const& row, qr::QrPayload const& payload, Problems& problems) {
  std::string const printed = qr::print_payload(payload);
  qr::Reading const again = qr::read_payload(printed);
  if (!again.accepted(Policy::kStrict)) problems.push_back("printed again it is refused");
  Fields before = row.fields;
  Fields after = fields_of(again.payload);
  before.erase("crc");
  after.erase("crc");
  if (after != before) problems.push_back("printed again it says something else");
  expect_equal(problems, "printed twice", qr::print_payload(again.payload), printed);
  auto const rank = [](qr::TlvObject const& object) {
    return object.tag == 63 ? 100 : int{object.tag};
  };
  bool const canonical =
      std::is_sorted(payload.objects.begin(), payload.objects.end(),
                     [&](auto const& a, auto const& b) { return rank(a) < rank(b); });
  if (canonical) expect_equal(problems, "printed", printed, row.payload);
}

// What build_payload would have to be told to make `payload`.
qr::PayloadSpec spec_of(qr::QrPayload const& payload, std::vector<qr::TlvObject>& unreserved) {
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
  spec.language = payload.language;
  if (payload.tip_indicator == "01") spec.tip = qr::Tip{};
  if (payload.tip_indicator == "03") {
    std::string digits(payload.fee_percent);
    digits.erase(2, 1);
    spec.tip = qr::Tip{qr::Tip::Kind::kPercent, {}, static_cast<std::uint16_t>(std::stoi(digits))};
  }
  for (qr::TlvObject const& object : payload.objects) {
    if (object.tag >= 80) unreserved.push_back(object);
  }
  spec.unreserved = unreserved;
  return spec;
}

void check_build(VietQrRow const& row, qr::QrPayload const& payload, Problems& problems) {
  std::vector<qr::TlvObject> unreserved;
  auto const built = qr::build_payload(spec_of(payload, unreserved));
  if (!built) {
    problems.push_back("cannot be built: " + to_string(built.error()));
    return;
  }
  if (!qr::read_payload(*built).accepted(Policy::kStrict)) problems.push_back("built and refused");
  if (is_in_our_form(payload)) expect_equal(problems, "built", *built, row.payload);
}

Row check_row(VietQrRow const& row) {
  Row out{row.id, {}};
  qr::Reading const reading = qr::read_payload(row.payload);
  check_tier(row, reading, out.problems);
  check_codes(row, reading, out.problems);
  if (!out.problems.empty() || row.fatal()) return out;
  check_fields(row, fields_of(reading.payload), out.problems);
  if (!row.valid()) return out;
  check_print(row, reading.payload, out.problems);
  if (reading.payload.scheme == qr::Scheme::kVietQr) {
    check_build(row, reading.payload, out.problems);
  }
  return out;
}

}  // namespace

std::vector<Row> check_vietqr(boost::json::value const& file) {
  std::vector<Row> out;
  for (VietQrRow const& row : read_vietqr_rows(file)) out.push_back(check_row(row));
  return out;
}

}  // namespace qrpay::conformance
