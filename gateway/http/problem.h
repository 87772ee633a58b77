// Errors as HTTP: RFC 9457 problem+json from base::Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// What one cause looks like from outside. Titles never change with the request (RFC 9457 3.1.3).
struct ProblemKind {
  int status;
  std::string_view title;
  std::string_view title_vi;
};

[[nodiscard]] ProblemKind problem_kind(base::Errc errc);
[[nodiscard]] int http_status(base::Errc errc);

/// "/problems/id_reused".
[[nodiscard]] std::string problem_type(base::Errc errc);
/// "QRPAY-1011".
[[nodiscard]] std::string problem_code(base::Errc errc);

struct FieldFault {
  std::string pointer;  ///< RFC 6901
  std::string detail;
};

struct ProblemExtras {
  /// Empty: one entry is made from a `detail` of the form "/pointer: words".
  std::vector<FieldFault> errors;
  /// For a 409: the path, id or sequence of the first one.
  std::optional<std::string> first;
  /// Instead of the catalogue's status, e.g. 404 -> 410.
  std::optional<int> status;
  std::vector<Header> headers;
};

/// {"type","title","title_vi","status","code","detail"?,"errors"?,"first"?} in this order, as
/// application/problem+json with Cache-Control: no-store. A pure function of its arguments.
[[nodiscard]] HttpResponse problem_response(base::Error const& error,
                                            ProblemExtras const& extras = {});

/// 500 for a bug: not in the catalogue, since there is nothing a caller can do about it.
[[nodiscard]] HttpResponse internal_error(std::string_view detail);

}  // namespace qrpay::gateway::http
