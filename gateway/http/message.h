// A request and an answer as plain data: no sockets, no third-party types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/world.h"

namespace qrpay::gateway::http {

enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kPatch,
  kDelete,
  kOptions,
  kOther,  ///< every other token; no route can have it
};
inline constexpr std::size_t kMethods = 8;

/// "GET"; "" for kOther.
[[nodiscard]] std::string_view method_name(Method method);
/// Method names are case-sensitive (RFC 9110 9.1).
[[nodiscard]] Method method_of(std::string_view name);

/// ASCII without case, as header names are compared.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Header fields in the order they came. One buffer holds all of them.
class HeaderFields {
 public:
  void add(std::string_view name, std::string_view value);
  /// The first field of that name; names are compared without case. The view lives as long as this.
  /// The server refuses a request in which a field that decides something is there twice.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// All values of a list field, joined by ", ".
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] std::string_view name(std::size_t index) const;
  [[nodiscard]] std::string_view value(std::size_t index) const;

 private:
  struct Field {
    std::uint32_t at;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;
  };
  std::string text_;
  std::vector<Field> fields_;
};

struct QueryParameter {
  std::string name;
  std::string value;
};

/// The request target, taken apart. `raw` is what signatures cover.
struct Target {
  std::string raw;                    ///< path?query exactly as sent, without scheme and authority
  std::vector<std::string> segments;  ///< of the path, percent-decoded; "/" has none
  std::vector<QueryParameter> query;  ///< decoded; names are unique

  /// The parameter's value, or nullopt when it is absent.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

struct HttpRequest {
  Method method = Method::kOther;
  std::string method_text;  ///< as sent; for signatures and for kOther
  Target target;
  HeaderFields headers;
  std::string body;
  std::string peer;     ///< address of the other end, without port; a proxy's behind a proxy
  base::Ticks arrived;  ///< when its first byte was read
  bool over_tls = false;
};

/// Gives the pieces of an answer whose end is not known yet: a stream of events, a large export.
/// One call of next() is outstanding at a time; the next comes after the piece went to the socket,
/// so a slow client holds one piece in memory and nothing more.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  /// Calls `done` once, from any thread, now or later: with a piece, or with nullopt at the end. An
  /// empty piece sends nothing and asks again. Called on a server thread: must not block.
  virtual void next(std::function<void(std::optional<std::string>)> done) = 0;
  /// The client is gone or the server stops: nothing more will be asked. Called at most once, on a
  /// server thread, also while next() is outstanding; a `done` called later does nothing.
  virtual void cancel() = 0;
};

struct Header {
  std::string name;
  std::string value;
};

/// The server itself adds Date, Content-Length or Transfer-Encoding, Connection,
/// X-Content-Type-Options: nosniff, and Retry-After to a 503 that has none.
/// A header value with a control character turns the answer into a 500.
struct HttpResponse {
  int status = 200;
  std::string_view content_type;  ///< a literal, or other text that lives for ever; "" sends none
  std::vector<Header> headers;
  std::string body;
  std::shared_ptr<ChunkSource> source;  ///< instead of `body`; the connection closes after it
};

/// Takes an answer at most once, from any thread. Dropped without an answer it sends a 500, so no
/// request is ever left waiting. Outlives the connection and the server safely.
class Responder {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void deliver(HttpResponse response) = 0;
  };

  Responder() = default;
  explicit Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  Responder(Responder const&) = delete;
  Responder& operator=(Responder const&) = delete;
  ~Responder();

  /// A second call is a bug and aborts.
  void operator()(HttpResponse response);

 private:
  std::shared_ptr<Sink> sink_;
};

/// 200 application/json.
[[nodiscard]] HttpResponse json_response(std::string body, int status = 200);

}  // namespace qrpay::gateway::http
