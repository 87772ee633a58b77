// CommitLog orders what was submitted; it decides nothing and keeps nothing that a Store keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/error.h"
#include "engine/core.h"

namespace qrpay::engine {

/// What is shed first when the inbox fills: reads, then writes, and a bank's credits last of all.
enum class Priority : std::uint8_t { kRead, kWrite, kCredit };

struct Submission {
  std::variant<Prepared, Query> what;
  ReplyCallback reply;       ///< unused by a query
  base::Ticks arrived = {};  ///< Ticks() = not known: its time in the queue is not counted
};

class CommitLog {
 public:
  virtual ~CommitLog() = default;

  /// Any thread; never waits. Errors: kOverloaded (nothing was written), kShuttingDown.
  [[nodiscard]] virtual base::Result<void> submit(Submission&& submission, Priority priority) = 0;

  /// The next submissions in their final order, at most `max`. Waits until `enough` are there, or
  /// `wait_microseconds` have passed, or wake() or close() was called; what is there then, perhaps
  /// nothing, is returned. Engine thread only.
  [[nodiscard]] virtual std::vector<Submission> next(std::size_t max,
                                                     std::int64_t wait_microseconds,
                                                     std::size_t enough = 1) = 0;
  /// What waits now. Any thread.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Ends a wait in next(). Any thread.
  virtual void wake() = 0;
  /// Refuses everything from now on; what was accepted can still be taken. Any thread.
  virtual void close() = 0;
};

}  // namespace qrpay::engine
