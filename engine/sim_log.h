// The adversary of the simulation: a CommitLog that delays, reorders, doubles and drops what is
// submitted, in a time of its own.
#pragma once

#include <map>
#include <random>

#include "base/world.h"
#include "engine/commit_log.h"

namespace qrpay::engine {

struct SimLogOptions {
  std::uint64_t seed = 0;
  base::WallTime start;
  /// A submission is on its way for at most so long, in microseconds; each takes its own time, so
  /// they arrive in another order.
  std::int64_t delay_max = base::kSecond;
  std::uint32_t drop_percent = 0;       ///< accepted, never delivered: the caller hears nothing
  std::uint32_t duplicate_percent = 0;  ///< delivered twice, each on its own way
  std::uint32_t refuse_percent = 0;     ///< kOverloaded; a bank's credit a quarter as often
};

/// Deterministic: the same options and calls give the same deliveries, on every platform.
/// One thread; next() never blocks but moves virtual time on.
class SimLog final : public CommitLog {
 public:
  explicit SimLog(SimLogOptions const& options);

  [[nodiscard]] base::Result<void> submit(Submission&& submission, Priority priority) override;
  /// What has arrived by now(); when nothing has, time moves to the next arrival, or on by
  /// `wait_microseconds` if that is less. One is always enough.
  [[nodiscard]] std::vector<Submission> next(std::size_t max, std::int64_t wait_microseconds,
                                             std::size_t enough = 1) override;
  /// The next next() does not move the time.
  void wake() override;
  void close() override;

  /// Virtual time; it starts at `start` and never goes back.
  [[nodiscard]] base::WallTime now() const { return now_; }
  /// Requires: `microseconds` is not negative.
  void advance(std::int64_t microseconds);
  /// All that is on its way is lost, as when the process ends; nothing is closed any more.
  void crash();
  [[nodiscard]] std::size_t size() const override { return in_transit_.size(); }

 private:
  [[nodiscard]] bool chance(std::uint32_t percent);
  void send(Submission&& submission);

  SimLogOptions const options_;
  std::mt19937_64 random_;  // its output is fixed by the standard; distributions' is not
  base::WallTime now_;
  /// By time of arrival, then in order of sending.
  std::multimap<base::WallTime, Submission> in_transit_;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace qrpay::engine
