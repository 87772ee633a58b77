#include "gateway/http/router.h"

#include <algorithm>

#include "base/check.h"
#include "gateway/http/problem.h"
#include "gateway/http/route_counts.h"

namespace qrpay::gateway::http {

struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> any;   // one segment under a name
  std::unique_ptr<Node> rest;  // all remaining segments under a name
  // By method. Each route has its own names for the open segments, in order of the path.
  struct Leaf {
    Route route;
    std::vector<std::string> names;
  };
  std::array<std::unique_ptr<Leaf>, kMethods> leaves;

  [[nodiscard]] bool has_route() const {
    for (auto const& leaf : leaves) {
      if (leaf) return true;
    }
    return false;
  }
  [[nodiscard]] Node const* literal(std::string_view segment) const {
    for (auto const& [text, node] : literals) {
      if (text == segment) return node.get();
    }
    return nullptr;
  }
};

namespace {

using Segments = std::vector<std::string>;

// What the open segments held on the way down. At most kSegmentsMax deep.
struct Walk {
  Segments const& segments;
  std::vector<std::size_t> open;  // positions of segments taken by "any"
  std::optional<std::size_t> rest;
};

HttpResponse allowed(std::string methods) {
  HttpResponse response;
  response.status = 204;
  response.headers.push_back({"Allow", std::move(methods)});
  return response;
}

std::string_view inner_name(std::string_view segment) {
  return segment.substr(1, segment.size() - 2);
}

}  // namespace

// A literal that leads nowhere gives way to a name, so this may go back up. The routes are a tree
// and a node has one depth, so no node is visited twice.
template <class Node>
static Node const* walk_down(Node const& node, std::size_t depth, Walk& walk) {
  if (depth == walk.segments.size()) return node.has_route() ? &node : nullptr;
  auto const& segment = walk.segments[depth];
  if (auto const* next = node.literal(segment)) {
    if (auto const* found = walk_down(*next, depth + 1, walk)) return found;
  }
  if (node.any) {
    walk.open.push_back(depth);
    if (auto const* found = walk_down(*node.any, depth + 1, walk)) return found;
    walk.open.pop_back();
  }
  if (node.rest) {
    walk.rest = depth;
    return node.rest.get();
  }
  return nullptr;
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, Handler handler, RouteLimits limits) {
  QRPAY_CHECK(method != Method::kHead && method != Method::kOptions && method != Method::kOther);
  QRPAY_CHECK(pattern.starts_with('/'));
  routes_.push_back(std::string(method_name(method)) + ' ' + std::string(pattern));
  if (counts_ != nullptr) handler = counts_->counted(routes_.back(), std::move(handler));
  auto leaf = std::make_unique<Node::Leaf>();
  leaf->route = Route{std::move(handler), limits};
  Node* node = root_.get();
  auto path = pattern.substr(1);
  while (!path.empty()) {
    auto const slash = path.find('/');
    auto const segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    QRPAY_CHECK(!segment.empty());
    std::unique_ptr<Node>* next = nullptr;
    if (segment.starts_with('{')) {
      QRPAY_CHECK(segment.ends_with('}'));
      auto name = inner_name(segment);
      next = &node->any;
      if (name.ends_with("...")) {
        QRPAY_CHECK(path.empty());
        name.remove_suffix(3);
        next = &node->rest;
      }
      leaf->names.emplace_back(name);
    } else {
      for (auto& [text, literal] : node->literals) {
        if (text == segment) next = &literal;
      }
      if (next == nullptr) {
        next = &node->literals.emplace_back(std::string(segment), nullptr).second;
      }
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  auto& place = node->leaves[static_cast<std::size_t>(method)];
  QRPAY_CHECK(place == nullptr);
  place = std::move(leaf);
}

Router::Match Router::find(Method method, Target const& target) const {
  Match match;
  if (target.raw == "*") {
    if (method == Method::kOptions) {
      match.answer = allowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    } else {
      match.answer = problem_response({base::Errc::kMalformed, "target: * is for OPTIONS"});
    }
    return match;
  }
  Walk walk{target.segments, {}, std::nullopt};
  // No pattern has an empty segment, and a name must not take one.
  bool const whole = std::ranges::none_of(target.segments, &std::string::empty);
  Node const* node = whole ? walk_down(*root_, 0, walk) : nullptr;
  if (node == nullptr) {
    match.answer = problem_response({base::Errc::kNotFound, "no resource has this path"});
    return match;
  }
  auto const wanted = method == Method::kHead ? Method::kGet : method;
  if (auto const& leaf = node->leaves[static_cast<std::size_t>(wanted)]) {
    match.route = &leaf->route;
    match.params.values_.reserve(leaf->names.size());
    for (std::size_t i = 0; i < walk.open.size(); ++i) {
      match.params.values_.emplace_back(leaf->names[i], target.segments[walk.open[i]]);
    }
    if (walk.rest) {
      std::string joined = target.segments[*walk.rest];
      for (std::size_t i = *walk.rest + 1; i < target.segments.size(); ++i) {
        joined += '/';
        joined += target.segments[i];
      }
      match.params.values_.emplace_back(leaf->names.back(), std::move(joined));
    }
    return match;
  }
  std::string allow;
  for (std::size_t i = 0; i < kMethods; ++i) {
    if (!node->leaves[i]) continue;
    allow += method_name(static_cast<Method>(i));
    allow += ", ";
    if (static_cast<Method>(i) == Method::kGet) allow += "HEAD, ";
  }
  allow += "OPTIONS";
  if (method == Method::kOptions) {
    match.answer = allowed(std::move(allow));
  } else {
    match.answer = problem_response({base::Errc::kMethodNotAllowed, {}});
    match.answer->headers.push_back({"Allow", std::move(allow)});
  }
  return match;
}

void Router::dispatch(HttpRequest request, Responder respond) const {
  auto match = find(request.method, request.target);
  if (match.route == nullptr) {
    respond(std::move(*match.answer));
    return;
  }
  match.route->handler(std::move(request), std::move(match.params), std::move(respond));
}

std::vector<std::string> Router::routes() const { return routes_; }

std::string_view Params::get(std::string_view name) const {
  for (auto const& [key, value] : values_) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace qrpay::gateway::http
