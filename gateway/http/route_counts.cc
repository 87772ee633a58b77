#include "gateway/http/route_counts.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace qrpay::gateway::http {

void RouteCounts::Route::count(int status) {
  auto const at = std::ranges::find(kStatuses, status) - kStatuses.begin();
  by_status[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
}

/// Between a handler and the server: sees the status go by, that of a dropped Responder too.
class RouteCounts::CountingSink final : public Responder::Sink {
 public:
  CountingSink(Route& route, Responder respond) : route_(route), respond_(std::move(respond)) {}
  void deliver(HttpResponse response) override {
    route_.count(response.status);
    respond_(std::move(response));
  }

 private:
  Route& route_;
  Responder respond_;
};

Handler RouteCounts::counted(std::string route, Handler handler) {
  Route& counts = routes_.emplace_back();
  counts.name = std::move(route);
  return [&counts, handler = std::move(handler)](HttpRequest request, Params params,
                                                 Responder respond) {
    handler(std::move(request), std::move(params),
            Responder(std::make_shared<CountingSink>(counts, std::move(respond))));
  };
}

std::vector<RouteCounts::Count> RouteCounts::read() const {
  std::vector<Count> counts;
  for (auto const& route : routes_)
    for (std::size_t i = 0; i < route.by_status.size(); ++i) {
      std::uint64_t const requests = route.by_status[i].load(std::memory_order_relaxed);
      int const status = i < kStatuses.size() ? kStatuses[i] : 0;
      if (requests > 0) counts.push_back({route.name, status, requests});
    }
  return counts;
}

}  // namespace qrpay::gateway::http
