// A small blocking HTTP/1.1 client: for the demo, checks, tests, and asking witnesses. TCP or TLS,
// one connection.
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
  std::string host;  ///< a name or a numeric address
  std::uint16_t port = 0;
  bool tls = false;
};
/// Errors: kMalformed (only http:// or https:// with a host and a port).
[[nodiscard]] base::Result<Endpoint> parse_endpoint(std::string_view url);

/// "https://witness.example/qrpay" -> the endpoint and "/qrpay".
struct BaseUrl {
  Endpoint endpoint;
  std::string prefix;  ///< of every path; empty, or begins with / and does not end in one
};
/// The port may be left out: 80 and 443. Errors: kMalformed: another scheme, user, query, fragment,
///   a character that is not printable ASCII.
[[nodiscard]] base::Result<BaseUrl> parse_base_url(std::string_view url);

struct ClientRequest {
  std::string method = "GET";
  std::string target;
  std::vector<Header> headers;
  std::string body;
};
struct ClientOptions {
  std::int64_t timeout_ms = 70'000;  ///< of each request; above the longest wait a server grants
  /// PEM file of the authorities to believe for https; empty = those of the system.
  std::string ca_file;
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
  static constexpr std::size_t kBodyBytesMax = std::size_t{16} << 20;

  explicit Client(Endpoint endpoint, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Errors: kIo (no such host, refused, reset), kTimeout, kMalformed, kTooLarge;
  ///   kSignatureInvalid, the server's certificate is not one to believe for that host;
  ///   kConfigInvalid, the CA file.
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
