// A load generator for HTTP/1.1: keep-alive connections, one request at a time on each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"

namespace qrpay::bench {

struct LoadOptions {
  std::uint16_t port = 0;  ///< on 127.0.0.1
  unsigned connections = 64;
  unsigned threads = 1;           ///< connections are dealt out among them
  std::int64_t warm_up_ms = 500;  ///< answered but not counted
  std::int64_t run_ms = 3000;
  /// Stops after this many requests per connection, however early; 0: by time only.
  std::uint64_t requests_per_connection_max = 0;
};

struct LoadReport {
  std::uint64_t requests = 0;  ///< answered within the measured time
  std::uint64_t not_2xx = 0;
  std::uint64_t broken = 0;  ///< connections that ended or spoke no HTTP; each ends its connection
  double seconds = 0;
  double per_second = 0;
  /// From the write of a request to the last byte of its answer, microseconds. The histogram's
  /// buckets are 3% wide; max is exact.
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  std::uint64_t bytes_read = 0;
  std::string first_not_2xx;  ///< head and body, cut at 1 KiB
};

/// All bytes of the `index`th request of a connection. Called on a load thread: any one connection
/// is always on the same thread. Must ask for keep-alive; answers must have a Content-Length.
using NextRequest = std::function<std::string(unsigned connection, std::uint64_t index)>;
/// Sees every answer that was measured: status and body. May be empty.
using SeeAnswer = std::function<void(unsigned connection, std::uint64_t index, int status,
                                     std::string_view body)>;

/// Runs until the time is over; every request under way is answered first (up to 5 s).
/// Errors: kIo when a connection cannot be made.
[[nodiscard]] base::Result<LoadReport> run_load(LoadOptions const& options,
                                                NextRequest const& next_request,
                                                SeeAnswer const& see_answer = {});

/// "123456 requests/s  p50 120 us  p99 300 us  max 1200 us  0 not 2xx".
[[nodiscard]] std::string to_string(LoadReport const& report);

}  // namespace qrpay::bench
