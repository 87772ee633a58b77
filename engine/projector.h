// Writes the projections behind the journal: takes runs, waits until their records are durable,
// makes them part of the instance. Never on the way of a payment.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/state_rows.h"
#include "ledger/log.h"

namespace qrpay::engine {

/// A run is cut when the projector is free and so many records wait: replaying them takes a quarter
/// of a second, and smaller runs cost more to merge.
inline constexpr std::uint64_t kRunRecordsMin = 262'144;
/// At a clean stop fewer are worth a run.
inline constexpr std::uint64_t kLastRunRecordsMin = 16'384;

/// Makes a cut run part of the projections: adds what the journal alone has (sealed codes, roots of
/// the tree), and lets the log forget the hashes that can now be made again.
/// Requires: the run's records are durable; one thread at a time.
/// Errors: kStoreUnknown, it may be tried again; kStoreRead, kJournalCorrupt.
[[nodiscard]] base::Result<void> project(ledger::RocksIndex& projections, ledger::Log& log,
                                         ledger::Run& run);

/// A failed attempt is repeated every few seconds: meanwhile the tail in memory grows, and when it
/// is full the engine sheds writes.
class Projector {
 public:
  Projector(ledger::RocksIndex& projections, ledger::Log& log)
      : projections_(projections), log_(log) {}
  /// stop()s.
  ~Projector();

  void start();
  /// Finishes the runs it was given, but for those that fail or are not durable. Idempotent. After
  /// Engine::stop().
  void stop();

  /// Engine thread. Has nothing to do: a run may be cut.
  [[nodiscard]] bool is_idle() const { return idle_.load(std::memory_order_acquire); }
  void take(std::shared_ptr<ledger::Run> run);
  /// Engine thread: destroys a run that nothing looks at any more, in the projector's thread.
  void bury(std::shared_ptr<ledger::Run> run);
  /// Sync thread: more records are durable.
  void wake();

  /// Any thread.
  [[nodiscard]] ledger::RocksIndex const& projections() const { return projections_; }
  /// The last attempt failed.
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  void loop();
  [[nodiscard]] bool wait_for_work(std::unique_lock<std::mutex>& lock);

  ledger::RocksIndex& projections_;
  ledger::Log& log_;
  std::mutex mutex_;  ///< guards the next three
  std::condition_variable changed_;
  std::deque<std::shared_ptr<ledger::Run>> waiting_;
  std::vector<std::shared_ptr<ledger::Run>> dead_;
  bool stopping_ = false;
  std::atomic<bool> idle_{true};
  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> wanted_{0};  ///< the sequence that is waited for; 0 = none
  std::thread thread_;
};

}  // namespace qrpay::engine
