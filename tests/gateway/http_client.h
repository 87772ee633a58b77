// A blocking HTTP client on plain sockets, and clocks and servers for tests of the gateway.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/world.h"
#include "gateway/http/server.h"

namespace qrpay::gateway::http {

struct Reply {
  int status = 0;
  std::string head;  ///< down to the empty line
  std::string body;  ///< with chunked coding undone

  [[nodiscard]] std::string header(std::string_view name) const;  ///< "" when absent
};

/// Every wait ends after 20 s, so a broken server fails a test and does not hang it.
/// Where nobody listens, every answer has status 0.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port);
  ~TestClient();
  TestClient(TestClient&& other) noexcept;
  TestClient& operator=(TestClient&&) = delete;

  void send(std::string_view bytes);
  /// Reads one whole answer; status 0 when the connection ends first. `head_only`: to a HEAD.
  [[nodiscard]] Reply read(bool head_only = false);
  /// send() and read().
  [[nodiscard]] Reply ask(std::string_view bytes, bool head_only = false);
  /// Bytes up to and including `mark`; what there is when the connection ends first.
  [[nodiscard]] std::string read_until(std::string_view mark);
  /// True when the server closed and nothing unread is left.
  [[nodiscard]] bool at_end();
  /// Waits a little for something to read (or for the end).
  [[nodiscard]] bool readable(int milliseconds);
  void close();

 private:
  bool fill();
  int descriptor_;
  std::string buffer_;
};

[[nodiscard]] std::string get(std::string_view path, std::string_view more_fields = {});
[[nodiscard]] std::string post(std::string_view path, std::string_view body);

/// Stands still until it is told to go on.
class ManualClock final : public base::Clock {
 public:
  base::WallTime wall() override { return base::WallTime(1'795'489'445'000'000 + now_.load()); }
  base::Ticks ticks() override { return base::Ticks(1'000'000 + now_.load()); }
  void advance(std::int64_t microseconds) { now_ += microseconds; }

 private:
  std::atomic<std::int64_t> now_{0};
};

/// A server on a free port with short sweeps.
[[nodiscard]] std::unique_ptr<Server> start_server(Router router, base::Clock& clock,
                                                   ServerLimits limits = {});

/// Runs `step` until `done`, at most 20 s; what a test waits for has no event of its own.
[[nodiscard]] bool eventually(std::function<bool()> const& done,
                              std::function<void()> const& step = {});

}  // namespace qrpay::gateway::http
