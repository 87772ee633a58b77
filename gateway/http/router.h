// Finds the handler of a request. Pure: no sockets, so handlers are tested without a server.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// The parts of the path that a pattern left open.
class Params {
 public:
  /// The decoded segment; "" when the pattern has no such name. Never empty for one that it has.
  [[nodiscard]] std::string_view get(std::string_view name) const;

 private:
  friend class Router;
  std::vector<std::pair<std::string_view, std::string>> values_;  // names belong to the router
};

/// Called on a server thread and must not block; the Responder may go to another thread.
using Handler = std::function<void(HttpRequest, Params, Responder)>;

struct RouteLimits {
  /// Larger bodies are refused with 413 before they are read. 64 KiB: 8 times our largest command.
  std::size_t body_bytes_max = 64 * 1024;
};

class RouteCounts;

/// Built once, then const; const use is safe from any thread.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Routes added from here on are counted there; it outlives the router.
  void count_into(RouteCounts& counts) { counts_ = &counts; }
  /// `pattern`: "/v1/orders/{id}/qr.png". "{name}" takes one whole segment that is not empty;
  /// "{name...}", only as the last, takes all that remain (joined by "/"), at least one. Where both
  /// a literal and a name fit, the literal wins. A HEAD is answered by the GET handler, with the
  /// body dropped by the server; OPTIONS is answered here. Neither can be added, nor kOther, nor a
  /// (method, pattern) twice: these are bugs and abort.
  void add(Method method, std::string_view pattern, Handler handler, RouteLimits limits = {});

  struct Route {
    Handler handler;
    RouteLimits limits;
  };
  struct Match {
    Route const* route = nullptr;  ///< lives as long as the router
    Params params;
    /// When `route` is null: the answer, which is 404, 405 with Allow, or 204 for OPTIONS.
    std::optional<HttpResponse> answer;
  };
  /// Cost: one walk down the segments.
  [[nodiscard]] Match find(Method method, Target const& target) const;

  /// find() and the handler in one step; what a server does with a whole request.
  void dispatch(HttpRequest request, Responder respond) const;

  /// "GET /v1/orders/{id}" for every route, in the order of add(): the contract test compares it
  /// with the OpenAPI document.
  [[nodiscard]] std::vector<std::string> routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::string> routes_;
  RouteCounts* counts_ = nullptr;
};

}  // namespace qrpay::gateway::http
