#include "tests/conformance/vietqr_rows.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "base/check.h"

namespace qrpay::conformance {
namespace {

void flatten(std::string const& prefix, boost::json::value const& value, Fields& out) {
  if (value.is_object()) {
    for (auto const& member : value.as_object()) {
      flatten(prefix + (prefix.empty() ? "" : ".") + std::string(member.key()), member.value(),
              out);
    }
  } else if (value.is_array()) {
    std::size_t index = 0;
    for (auto const& item : value.as_array()) {
      flatten(prefix + "." + std::to_string(index++), item, out);
    }
  } else {
    out[prefix] = std::string(value.as_string());
  }
}

}  // namespace

std::vector<std::string> VietQrRow::strict_codes() const {
  constexpr std::string_view kPrefix = "strict/";
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = reason.find(kPrefix, at)) != std::string::npos) {
    at += kPrefix.size();
    out.push_back(reason.substr(at, reason.find(':', at) - at));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string VietQrRow::fatal_code() const {
  constexpr std::string_view kPrefix = "fatal/";
  return reason.substr(kPrefix.size(), reason.find(':') - kPrefix.size());
}

std::vector<VietQrRow> read_vietqr_rows(boost::json::value const& file) {
  std::vector<VietQrRow> out;
  for (auto const& item : file.as_array()) {
    auto const& object = item.as_object();
    VietQrRow row;
    row.id = std::string(object.at("id").as_string());
    row.payload = std::string(object.at("payload").as_string());
    if (!object.at("valid").as_bool()) {
      row.reason = std::string(object.at("reason_if_invalid").as_string());
    }
    flatten("", object.at("fields"), row.fields);
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<VietQrRow> const& vietqr_rows() {
  static std::vector<VietQrRow> const all = [] {
    std::ifstream stream(QRPAY_VECTORS_DIR "/vietqr.json", std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(stream)), {});
    return read_vietqr_rows(boost::json::parse(text));
  }();
  return all;
}

Fields fields_of(qr::QrPayload const& payload) {
  auto const list = qr::list_fields(payload);
  Fields out(list.begin(), list.end());
  QRPAY_CHECK(out.size() == list.size());  // no field comes twice
  return out;
}

bool is_in_our_form(qr::QrPayload const& payload) {
  if (payload.scheme != qr::Scheme::kVietQr || payload.point_of_initiation.empty()) return false;
  unsigned previous = 0;
  for (qr::TlvObject const& object : payload.objects) {
    bool const account = object.tag >= 2 && object.tag <= 51;
    if (account && object.tag != 38) return false;
    unsigned const rank = object.tag == 63 ? 100u : object.tag;
    if (rank < previous) return false;
    previous = rank;
  }
  if (payload.amount.empty()) return true;
  return qr::is_digits(payload.amount) && payload.amount.front() != '0' &&
         payload.point_of_initiation == "12";
}

}  // namespace qrpay::conformance
