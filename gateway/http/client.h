// A small blocking HTTP/1.1 client: for the demo, checks and tests. Plain TCP, one connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// "http://127.0.0.1:8080".
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};
/// Errors: kMalformed (only http:// with a host and a port).
[[nodiscard]] base::Result<Endpoint> parse_endpoint(std::string_view url);

struct ClientRequest {
  std::string method = "GET";
  std::string target;
  std::vector<Header> headers;
  std::string body;
};
struct ClientResponse {
  int status = 0;
  HeaderFields headers;
  std::string body;
};

/// Not shared between threads. Keeps its connection and opens it anew when the server closed it
/// between requests; a request is never sent twice by itself.
class Client {
 public:
  static constexpr std::int64_t kTimeoutMs = 70'000;  ///< above the longest wait a server grants
  static constexpr std::size_t kBodyBytesMax = std::size_t{16} << 20;

  explicit Client(Endpoint endpoint);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Errors: kIo (refused, reset), kTimeout, kMalformed, kTooLarge.
  [[nodiscard]] base::Result<ClientResponse> send(ClientRequest const& request);

  /// Sends a request whose answer is an event stream and returns once its head was read.
  /// Errors: as send(); kNotFound and others by status, with the problem's text as detail.
  [[nodiscard]] base::Result<void> open_stream(ClientRequest const& request);
  struct StreamEvent {
    std::string id;
    std::string event;
    std::string data;
  };
  /// The next event that has data; blocks at most `timeout_ms`. nullopt at the end of the stream.
  /// Errors: kTimeout, kIo.
  [[nodiscard]] base::Result<std::optional<StreamEvent>> next_event(std::int64_t timeout_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qrpay::gateway::http
