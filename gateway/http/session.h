// Between server.cc and session.cc only: what the two share, without their library's headers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/world.h"
#include "gateway/http/router.h"
#include "gateway/http/server.h"

// NOLINTBEGIN(readability-identifier-naming): Asio's own names.
namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
}  // namespace boost::asio
// NOLINTEND(readability-identifier-naming)

namespace qrpay::gateway::http {

/// One server's parts that all of its threads read.
struct Shared {
  ServerLimits limits;
  Router router;
  base::Clock* clock = nullptr;
  boost::asio::ssl::context* tls = nullptr;  ///< nullptr: plain
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> draining{false};
};

/// An accepted socket, counted as long as this lives.
class Connection {
 public:
  Connection(int descriptor, std::string peer, Shared& shared);
  Connection(Connection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        peer_(std::move(other.peer_)),
        shared_(std::exchange(other.shared_, nullptr)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection();
  /// The caller closes it from now on; the connection stays counted.
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }
  [[nodiscard]] std::string const& peer() const { return peer_; }

 private:
  int descriptor_;
  std::string peer_;
  Shared* shared_;
};

/// A connection as its thread sees it. All calls on that thread.
class Session {
 public:
  virtual ~Session() = default;
  /// Ends what is over its deadline.
  virtual void sweep(base::Ticks now) = 0;
  /// The server stops: ends what waits for a client, lets what works for one finish.
  virtual void drain() = 0;
  /// The server stops now.
  virtual void abandon() = 0;
};

/// One thread's state. Not shared.
struct Worker {
  Shared* shared = nullptr;
  boost::asio::io_context* context = nullptr;
  std::unordered_set<Session*> sessions;

  /// The value of the Date field, made once a second.
  [[nodiscard]] std::string_view date();

 private:
  std::int64_t date_second_ = -1;
  std::string date_;
};

/// Serves `connection` until it ends. On the worker's thread.
void start_session(Worker& worker, Connection connection);

}  // namespace qrpay::gateway::http
