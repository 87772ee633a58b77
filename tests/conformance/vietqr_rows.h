// The rows of vectors/vietqr.json.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "qr/payload.h"

namespace qrpay::conformance {

/// Dotted name -> value, the form of qr::list_fields().
using Fields = std::map<std::string, std::string>;

struct VietQrRow {
  std::string id;
  std::string payload;
  std::string reason;  ///< empty when valid
  Fields fields;       ///< empty when fatal

  [[nodiscard]] bool valid() const { return reason.empty(); }
  [[nodiscard]] bool fatal() const { return reason.starts_with("fatal/"); }
  /// "strict/mcc: text; strict/missing_tag: text" -> {mcc, missing_tag}, sorted.
  [[nodiscard]] std::vector<std::string> strict_codes() const;
  /// "fatal/bad_tag: text" -> "bad_tag".
  [[nodiscard]] std::string fatal_code() const;
};

/// Throws what Boost.JSON throws when the file has another form.
[[nodiscard]] std::vector<VietQrRow> read_vietqr_rows(boost::json::value const& file);
/// The project's own copy, for tests that need many valid payloads.
[[nodiscard]] std::vector<VietQrRow> const& vietqr_rows();

[[nodiscard]] Fields fields_of(qr::QrPayload const& payload);

/// True when build_payload can say all that `payload` says, in the same bytes: VietQR, objects in
/// canonical order, no account but 38, 01 as we set it, an amount in plain digits.
[[nodiscard]] bool is_in_our_form(qr::QrPayload const& payload);

}  // namespace qrpay::conformance
