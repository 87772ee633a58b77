// The engine: a bounded inbox, one thread that decides, one that seals and syncs, one that answers.
//
// Group commit without a timer: what waits is decided while the batch before it is being synced,
// and handed over the moment the disk is free. Idle, a batch is one command; busy, thousands.
// No answer leaves before everything it saw is durable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/commit_log.h"
#include "engine/core.h"
#include "engine/local_log.h"
#include "engine/projector.h"
#include "engine/stages.h"
#include "engine/stamper.h"

namespace qrpay::engine {

/// Records of one synced write: about 2 MiB of transfers, far below what the disk takes in 10 ms.
inline constexpr std::size_t kBatchRecordsMax = 8'192;
/// Durable batches whose answers have not left: then the disk waits for the answers.
inline constexpr std::size_t kUnansweredBatchesMax = 8;
/// Writes are refused with kDiskFull below this (DESIGN 4).
inline constexpr std::uint64_t kDiskHeadroomBytes = std::uint64_t{256} << 20;

/// What may wait in memory for the projections, about 2M transfers (DESIGN 4).
inline constexpr std::size_t kTailBytesMax = std::size_t{256} << 20;

/// A sync that takes longer is named slow_disk: a hundred times what disks in use need.
inline constexpr std::int64_t kSlowSync = base::kSecond;

struct EngineOptions {
  std::string disk_path;  ///< whose file system is watched; "" = none
  std::uint64_t disk_headroom_bytes = kDiskHeadroomBytes;
  bool may_expire = true;  ///< false after a long stop with an unsynchronised clock
  /// Called in the answer thread after the answers of a batch whose DurableListener was called.
  std::function<void()> on_answered = nullptr;
  /// What may wait for the projector: above it writes are shed, credits an eighth later.
  std::size_t tail_bytes_max = kTailBytesMax;
  /// At stop() fewer are left to be replayed; the largest number leaves what a kill would.
  std::uint64_t last_run_records_min = kLastRunRecordsMin;
  std::int64_t slow_sync = kSlowSync;  ///< microseconds
};

class Engine {
 public:
  struct Parts {
    State state;  ///< that of `log`'s end
    ledger::Log& log;
    std::shared_ptr<ledger::Vault const> vault;  ///< nullptr: missing
    ledger::Tagger const& tagger;                ///< every generation at hand
    base::Clock& clock;
    CommitLog& inbox;
    Projector* projector =
        nullptr;  ///< where `state` has projections; started and stopped by others
  };
  /// Called in the answer thread for each durable batch, before its answers leave, so that whoever
  /// has an answer finds its effect everywhere; must not wait.
  using DurableListener = std::function<void(Batch const&)>;
  /// Called once, in the sync thread, when a write or sync failed: nothing more will be answered.
  /// The process must end and start again from the disk.
  using FatalHandler = std::function<void(base::Error const&)>;

  Engine(Parts parts, EngineOptions options, DurableListener on_durable, FatalHandler on_fatal);
  /// stop()s.
  ~Engine();

  void start();
  /// Refuses new work, finishes what was accepted, joins the threads. Idempotent.
  void stop();

  /// Any thread; the reply comes in the answer thread. Errors, and no reply then: kOverloaded,
  /// kShuttingDown, kDiskFull, kReadOnly, kStoreRead (index_failed()): nothing was written.
  /// An Erase is first noted by the vault (Vault::announce), two syncs in this thread: kIo.
  [[nodiscard]] base::Result<void> submit(Command command, ReplyCallback reply);
  /// The same for a read. Errors: kOverloaded, kShuttingDown, kStoreRead.
  [[nodiscard]] base::Result<void> query(Query query);
  /// Would a command be taken now? Errors: as of submit(), but for a full inbox.
  [[nodiscard]] base::Result<void> check_writable() const;

  // Named degraded modes, for /readyz. Any thread.

  /// Why nothing is decided, for good: "vault_missing", "secret_missing" (a generation). Writes are
  /// refused, nothing expires, nothing is projected.
  [[nodiscard]] std::vector<std::string> const& read_only() const { return read_only_; }
  [[nodiscard]] bool disk_full() const { return disk_full_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool clock_jumped() const { return clock_jumped_.load(std::memory_order_relaxed); }
  /// nullptr when everything stays in memory.
  [[nodiscard]] Projector const* projector() const { return projector_; }
  /// A look-up in the projections failed: nothing is decided or answered until they are rebuilt.
  [[nodiscard]] bool index_failed() const { return index_failed_.load(std::memory_order_relaxed); }
  /// Too much waits for the projector.
  [[nodiscard]] bool projection_behind() const { return tail_bytes() > options_.tail_bytes_max; }
  [[nodiscard]] std::size_t tail_bytes() const {
    return tail_bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }
  /// A write lasts or lasted longer than the limit, see SlowDisk.
  [[nodiscard]] bool disk_slow() const { return slow_disk_.is_slow(clock_.ticks()); }
  [[nodiscard]] std::uint64_t slow_writes() const { return slow_disk_.slow_writes(); }
  /// Of the file system watched, a second ago at most; 0 when none is.
  [[nodiscard]] std::uint64_t disk_free_bytes() const {
    return disk_free_.load(std::memory_order_relaxed);
  }
  /// Commands and reads that wait to be taken.
  [[nodiscard]] std::size_t inbox_depth() const { return inbox_.size(); }
  /// Where the time of the batches went.
  [[nodiscard]] StageReport stages() const { return budget_.read(); }
  void allow_expiry() { may_expire_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool may_expire() const { return may_expire_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool may_tick() const { return may_expire() && read_only_.empty(); }
  void decide_loop();
  void sync_loop();
  void answer_loop();
  void decide(std::vector<Submission>& submissions, base::WallTime now, base::Ticks taken);
  [[nodiscard]] base::Result<void> write(Batch& batch);
  void gather(base::WallTime now);
  [[nodiscard]] std::int64_t wait_for(base::WallTime now) const;
  [[nodiscard]] bool disk_is_busy();
  void watch_disk();
  void feed_projector();

  ledger::Log& log_;
  ledger::Tagger const tagger_;
  std::vector<std::string> const read_only_;
  std::shared_ptr<ledger::Vault const> const vault_;
  base::Clock& clock_;
  CommitLog& inbox_;
  Projector* const projector_;  ///< null: everything stays in memory
  EngineOptions const options_;
  DurableListener const on_durable_;
  FatalHandler const on_fatal_;
  Core core_;                   // decide thread
  Stamper stamper_;             // decide thread
  ledger::VaultCursor cursor_;  // sync thread
  base::Ticks disk_checked_;    // decide thread

  std::mutex mutex_;                       ///< guards the rest up to the atomics
  std::condition_variable handed_;         ///< decide and sync thread
  std::condition_variable durable_ready_;  ///< answer thread
  std::shared_ptr<Batch> handed_over_;
  bool syncing_ = false;
  bool finished_ = false;
  std::deque<std::shared_ptr<Batch>> durable_;  ///< not yet answered
  bool answered_all_ = false;                   ///< nothing more will become durable

  StageBudget budget_;
  SlowDisk slow_disk_;
  std::atomic<std::uint64_t> disk_free_{0};
  std::atomic<bool> disk_full_{false};
  std::atomic<bool> clock_jumped_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> index_failed_{false};
  std::atomic<std::size_t> tail_bytes_{0};
  std::atomic<bool> may_expire_{true};
  std::atomic<bool> stopping_{false};
  std::thread decide_thread_;
  std::thread sync_thread_;
  std::thread answer_thread_;
};

}  // namespace qrpay::engine
