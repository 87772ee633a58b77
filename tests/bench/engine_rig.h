// A ledger on the real disk with an engine on it, and a generator that keeps batches in flight.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/restart.h"
#include "ledger/signer.h"
#include "tests/bench/support.h"

namespace qrpay::bench {

struct RigOptions {
  // What there will be room for from the start.
  std::size_t ids = 0;
  std::size_t accounts = 0;
  /// Else a stop leaves what was not projected, as a kill does.
  bool project_at_stop = false;
};

class EngineRig {
 public:
  /// A new ledger in `dir`: Genesis, operator key.
  EngineRig(std::string dir, RigOptions const& options);
  struct Existing {
    std::string dir;
    base::Sequence operator_key;
  };
  /// One that is there already.
  EngineRig(Existing const& existing, RigOptions const& options);
  ~EngineRig();
  EngineRig(EngineRig const&) = delete;
  EngineRig& operator=(EngineRig const&) = delete;

  [[nodiscard]] base::Sequence operator_key() const { return operator_key_; }
  [[nodiscard]] ledger::Tagger const& tagger() const { return *tagger_; }
  [[nodiscard]] ledger::Log& log() { return *log_; }
  [[nodiscard]] engine::LocalLog& inbox() { return *inbox_; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_.load(); }
  [[nodiscard]] engine::Engine& engine() { return *engine_; }
  [[nodiscard]] ledger::RocksIndex& projections() { return *projections_; }
  /// Told the last sequence of each batch that is durable, before its answers leave.
  void on_durable(std::function<void(base::Sequence)> tell) {
    std::lock_guard const lock(tell_mutex_);
    tell_ = std::move(tell);
  }
  /// Stops the engine and waits for the projector; with project_at_stop everything is projected.
  void stop_engine();
  /// Signs checkpoints from now on, as a server does.
  void start_signer();
  [[nodiscard]] ledger::CheckpointSigner& signer() { return *signer_; }
  [[nodiscard]] std::string const& dir() const { return dir_; }
  /// Records that the last open found in the journal after the projections.
  [[nodiscard]] std::uint64_t replayed() const { return replayed_; }

  /// Waits for one command; anything but a record gives up.
  engine::Decided run_one(engine::Command command);
  /// Runs `ask` in the engine's thread and waits until all it saw is durable.
  void look(std::function<void(engine::State const&)> const& ask);
  /// Opens accounts "a0", "a1" ... of the operator.
  [[nodiscard]] std::vector<ledger::AccountId> open_accounts(std::size_t count);

  /// Gives up unless there are exactly `records`, in state, log and tree, and the books balance.
  void check_sound(std::uint64_t records);
  /// Encoded leaf and side bytes of the newest records, a record's share of its block included.
  [[nodiscard]] double bytes_a_record();

  struct Replayed {
    double seconds;
    std::uint64_t records;
    std::uint64_t heap;  ///< bytes that state and tree took
    std::uint64_t tree;  ///< bytes of the Merkle tree alone
    std::uint64_t disk;  ///< bytes of the journal, flushed
  };
  /// Stops the engine, opens the directory again, replays it all without projections and compares
  /// the roots.
  [[nodiscard]] Replayed reopen();

  struct Restart {
    double seconds;  ///< from closed files to a state that is ready
    std::uint64_t records;
    std::uint64_t replayed;     ///< of them
    std::uint64_t projections;  ///< bytes of the projections on disk
    std::uint64_t disk;         ///< bytes of the journal
    std::uint64_t heap;         ///< bytes that state and tree took
  };
  /// Ends the engine as a kill would, with what was not projected, and starts again from the
  /// projections; compares roots and states.
  [[nodiscard]] Restart restart();

 private:
  void begin();
  void start(engine::State state);
  void stop();
  [[nodiscard]] engine::State open();

  std::string dir_;
  RigOptions const options_;
  std::optional<ledger::OpenedData> data_;
  std::unique_ptr<ledger::Tagger> tagger_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<engine::LocalLog> inbox_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::unique_ptr<engine::Projector> projector_;
  std::unique_ptr<ledger::CheckpointSigner> signer_;
  std::unique_ptr<engine::Engine> engine_;
  base::Sequence operator_key_;
  std::uint64_t replayed_ = 0;  ///< by the last open()
  base::Digest digest_{};       ///< of the state before a restart
  std::atomic<std::uint64_t> syncs_{0};
  std::mutex tell_mutex_;  ///< guards tell_
  std::function<void(base::Sequence)> tell_;
};

struct LoadPlan {
  std::uint64_t total = 0;      ///< commands; cut to whole batches
  std::size_t batch = 1;        ///< submitted together
  std::size_t outstanding = 2;  ///< batches in flight: one is synced while the next is decided
  /// Tags and canonical bytes made before the clock starts: what the engine alone can do. Else the
  /// generator makes them during the run, as the gateway does.
  bool prepared_before = false;
};
struct LoadResult {
  double per_second = 0;
  double records_per_sync = 0;
  double cpu_us = 0;   ///< of all threads, generator included, for one command
  Latencies batch_us;  ///< from submit_all to the last answer of the batch
};
using MakeCommand = std::function<engine::Command(std::uint64_t index)>;
/// Gives up when an answer is not a record of `expected` outcome.
[[nodiscard]] LoadResult run_batches(EngineRig& rig, LoadPlan const& plan, MakeCommand const& make,
                                     engine::Outcome expected);

struct OpenLoop {
  std::uint64_t per_second = 0;
  std::uint64_t total = 0;
};
/// Submits commands one by one at their time, whatever became of those before, and tells how long
/// after its time each was answered. Gives up as run_batches() does.
[[nodiscard]] Latencies run_open_loop(EngineRig& rig, OpenLoop const& plan,
                                      MakeCommand const& make);

/// Waits until `when`.
void wait_until(Steady::time_point when);

/// Synced writes of `bytes` each, one after the other: the floors.
struct Floor {
  double rocksdb_per_second = 0;    ///< in values of 64 KiB, as blocks are
  double fdatasync_per_second = 0;  ///< appended to a plain file
};
[[nodiscard]] Floor measure_floor(std::string const& dir, std::size_t bytes, std::size_t writes);

}  // namespace qrpay::bench
