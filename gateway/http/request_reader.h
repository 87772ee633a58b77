// Bytes of a connection -> requests. Pure: no sockets and no clock, so it is tested and fuzzed
// alone. Inner part of the server.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "gateway/http/message.h"
#include "gateway/http/router.h"
#include "gateway/http/server.h"

namespace qrpay::gateway::http {

/// Reads one request after the other. What can be decided before the body is read (route, limits,
/// framing) is decided then. Not shared between threads.
class RequestReader {
 public:
  enum class Stage {
    kIdle,     ///< not a byte of the request yet
    kHead,     ///< reading request line and fields
    kBody,     ///< reading the body of a request that may have one
    kWhole,    ///< request() and match() are there
    kRefused,  ///< refusal() is the answer, and the connection must end after it
  };

  /// Both outlive the reader.
  RequestReader(ServerLimits const& limits, Router const& router);
  ~RequestReader();
  RequestReader(RequestReader const&) = delete;
  RequestReader& operator=(RequestReader const&) = delete;

  /// Back to kIdle for the next request.
  void begin();
  /// Takes bytes from the front and returns how many; the caller keeps the rest and offers it again
  /// with more behind it. 0 in kIdle, kHead and kBody means that more is needed. Requires: a stage
  /// before kWhole and at least one byte.
  [[nodiscard]] std::size_t read(std::string_view bytes);
  /// The bytes did not come in time: kRefused with 408. Requires: kHead or kBody.
  void refuse_late();

  [[nodiscard]] Stage stage() const;
  /// The client waits for "100 Continue" before it sends its body. True once.
  [[nodiscard]] bool take_expectation();

  /// Of a whole request, and as far as known of a refused one.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool head_only() const;
  [[nodiscard]] bool http_1_0() const;
  /// The caller may move from these three. `peer`, `arrived` and `over_tls` are not set here.
  [[nodiscard]] HttpRequest& request();
  [[nodiscard]] Router::Match& match();
  [[nodiscard]] HttpResponse& refusal();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qrpay::gateway::http
