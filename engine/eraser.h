// Takes away what durable Erase records name: one thread between the journal and the vault.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/core.h"
#include "ledger/vault.h"

namespace qrpay::engine {

class Eraser {
 public:
  /// Without a vault nothing is recorded, and this does nothing.
  explicit Eraser(std::shared_ptr<ledger::Vault> vault);
  /// stop()s.
  ~Eraser();

  /// Before anything is served: a vault that has heard of fewer Erase records than `state`, an
  /// older copy, is made to forget all of it again. Errors: kIo.
  [[nodiscard]] base::Result<void> catch_up(State const& state);
  void start();
  /// Tries what waits once, and joins the thread. What failed is left to the next start.
  void stop();

  /// Answer thread, before the answers of the batch leave.
  void on_durable(Batch const& batch);
  /// Runs `then` once the vault was told of `record`, whether it took it or not; at once, in the
  /// caller's thread, when that is so already. Dropped by stop().
  void when_tried(Sequence record, std::function<void()> then);

  /// Where the erasure by `record` stands. Any thread.
  struct Status {
    bool erased = false;                     ///< in the vault itself
    std::vector<std::string> copies_behind;  ///< that have not acknowledged yet
    [[nodiscard]] bool complete() const { return erased && copies_behind.empty(); }
  };
  [[nodiscard]] Status status(Sequence record) const;
  /// A name for /readyz: the vault or a copy cannot be written.
  [[nodiscard]] bool behind() const;

 private:
  void loop();
  void try_waiting(std::unique_lock<std::mutex>& lock);

  struct Waiter {
    Sequence record;
    std::function<void()> then;
  };
  std::shared_ptr<ledger::Vault> const vault_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ledger::Erasure> waiting_;
  std::vector<Waiter> waiters_;
  Sequence tried_;
  bool failed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace qrpay::engine
