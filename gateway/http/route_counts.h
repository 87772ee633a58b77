// How many requests each route answered with which status.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/router.h"

namespace qrpay::gateway::http {

/// Filled while the routes are added, by one thread; counted and read by any. Outlives the router
/// and every answer. Cost: an allocation a request.
class RouteCounts {
 public:
  /// `handler`, counted under `route`, e.g. "GET /v1/orders/{id}".
  [[nodiscard]] Handler counted(std::string route, Handler handler);

  struct Count {
    std::string_view route;  ///< lives as long as this
    int status = 0;          ///< 0: one that is not in the table
    std::uint64_t requests = 0;
  };
  /// Those that are not zero, in the order of routes and statuses. What no route took is not there.
  [[nodiscard]] std::vector<Count> read() const;

 private:
  static constexpr std::array<int, 21> kStatuses = {200, 201, 202, 204, 206, 302, 304,
                                                    400, 401, 403, 404, 405, 409, 412,
                                                    413, 415, 422, 429, 500, 503, 507};
  struct Route {
    std::string name;
    std::array<std::atomic<std::uint64_t>, kStatuses.size() + 1> by_status{};
    void count(int status);
  };
  class CountingSink;
  std::deque<Route> routes_;  // never moved: handlers point into it
};

}  // namespace qrpay::gateway::http
