// An HTTP/1.1 server in front of a Router. Sole owner of Boost.Asio, Boost.Beast and TLS.
//
// One coroutine per connection, each on one of `threads` threads for its whole life. Everything a
// stranger sends is bounded in bytes and in time; the server's own answers are problem+json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/world.h"
#include "gateway/http/router.h"

namespace qrpay::gateway::http {

struct ServerLimits {
  /// Over it: 431. Signed requests and cookies of our own stay under 2 KiB; browsers send up to 8.
  std::size_t header_bytes_max = 16 * 1024;
  /// Over it: 414. Four times our longest list query.
  std::size_t target_bytes_max = 2 * 1024;
  /// Over it: 503 and close. Each costs a file descriptor and about 8 KiB.
  std::size_t connections_max = 4096;
  std::int64_t header_timeout_ms = 10'000;  ///< from the first byte of a request; over it: 408
  std::int64_t body_timeout_ms = 10'000;    ///< from the end of its header; over it: 408
  std::int64_t idle_timeout_ms = 75'000;    ///< between requests: closed without a word
  /// A client that takes longer for 64 KiB of an answer, or one piece of a stream, is dropped.
  std::int64_t write_timeout_ms = 30'000;
  /// How often deadlines are looked at, so they may be late by this much.
  std::int64_t sweep_interval_ms = 250;
};

/// PEM files. TLS 1.3 and 1.2.
struct TlsFiles {
  std::string certificate_chain;
  std::string private_key;
};

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< numeric IPv4 or IPv6
  std::uint16_t port = 0;             ///< 0: a free one, see Server::port()
  unsigned threads = 2;               ///< 1 to 64
  ServerLimits limits;
  std::optional<TlsFiles> tls;
};

/// While one lives in a thread, answers given in that thread are kept back; at its end every server
/// thread is told of all of its own at once. Answering the payments of one synced batch one by one
/// would wake a server thread for each. At most one in a thread; its end comes before that of a
/// server whose answers it keeps.
class AnswersTogether {
 public:
  AnswersTogether();
  ~AnswersTogether();
  AnswersTogether(AnswersTogether const&) = delete;
  AnswersTogether& operator=(AnswersTogether const&) = delete;
};

class Server {
 public:
  /// Listens before it returns. `clock` outlives the server; deadlines follow its ticks.
  /// Errors: kConfigInvalid (address, threads, TLS files), kAddressInUse, kIo.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                                   Router router,
                                                                   base::Clock& clock);
  /// stop(0).
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Open now, refused ones not counted.
  [[nodiscard]] std::size_t connections() const;

  /// Accepts nothing more, closes idle connections and streams, lets running requests finish, and
  /// after `deadline_ms` drops those that have not. Returns when every thread has ended. A
  /// Responder still held elsewhere may be used later and does nothing. A second call does nothing.
  /// Not to be called on a server thread.
  void stop(std::int64_t deadline_ms);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace qrpay::gateway::http
