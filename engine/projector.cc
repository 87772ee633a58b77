#include "engine/projector.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace qrpay::engine {

using base::Result;

namespace {

constexpr std::chrono::seconds kRetryAfter{5};
constexpr int kNice = 10;
/// Records that are read through rather than sought: about what a block holds.
constexpr std::uint64_t kNearby = 256;

// Copies section 0 of the orders whose shop named the code, as it is sealed.
Result<void> add_sealed_codes(ledger::Log const& log, ledger::Run& run) {
  auto const orders = shop_codes_of(run);
  for (std::size_t i = 0; i < orders.size();) {
    QRPAY_TRY_VOID(log.scan(orders[i], [&](ledger::StoredRecord const& stored) {
      if (stored.record.sequence < orders[i]) return true;
      put_sealed_code(run, orders[i], stored.side);
      ++i;
      return i < orders.size() && orders[i].value() < stored.record.sequence.value() + kNearby;
    }));
  }
  return {};
}

// In a burst the cores are the payments': the tail in memory is there to take it.
void yield_to_payments() {
  // A thread id is what Linux knows priorities by; a failure leaves things as they were.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

}  // namespace

Result<void> project(ledger::RocksIndex& projections, ledger::Log& log, ledger::Run& run) {
  Sequence const through(run.through.load());
  QRPAY_CHECK(through.value() <= log.size());
  QRPAY_TRY_VOID(add_sealed_codes(log, run));
  ledger::RunSeal seal;
  QRPAY_TRY(seal.genesis_leaf, log.leaf_hash_of(Sequence(1)));
  QRPAY_TRY(seal.last_leaf, log.leaf_hash_of(through));
  QRPAY_TRY(seal.root, log.root(through.value()));
  seal.groups = log.groups(run.after.value() / ledger::MerkleTree::kGroupLeaves, through.value());
  QRPAY_TRY_VOID(projections.ingest(run, seal));
  log.forget_leaves(through);
  return {};
}

Projector::~Projector() { stop(); }

void Projector::start() {
  thread_ = std::thread([this] { loop(); });
}

void Projector::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Projector::take(std::shared_ptr<ledger::Run> run) {
  idle_.store(false, std::memory_order_release);
  {
    std::lock_guard const lock(mutex_);
    waiting_.push_back(std::move(run));
  }
  changed_.notify_all();
}

void Projector::bury(std::shared_ptr<ledger::Run> run) {
  {
    std::lock_guard const lock(mutex_);
    dead_.push_back(std::move(run));
  }
  changed_.notify_all();
}

void Projector::wake() {
  std::uint64_t const wanted = wanted_.load();
  if (wanted == 0 || log_.size() < wanted) return;
  // Under the lock, so that it does not come between the look and the wait.
  std::lock_guard const lock(mutex_);
  changed_.notify_all();
}

// False at the end.
bool Projector::wait_for_work(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (!dead_.empty()) {
      auto dead = std::exchange(dead_, {});
      lock.unlock();
      dead.clear();
      lock.lock();
      continue;
    }
    if (!waiting_.empty()) {
      std::uint64_t const through = waiting_.front()->through.load();
      wanted_.store(through);
      if (log_.size() >= through) return true;
    } else {
      wanted_.store(0);
    }
    if (stopping_) return false;
    changed_.wait(lock);
  }
}

void Projector::loop() {
  yield_to_payments();
  std::unique_lock lock(mutex_);
  while (wait_for_work(lock)) {
    if (waiting_.empty() || log_.size() < waiting_.front()->through.load()) continue;
    auto const run = waiting_.front();
    lock.unlock();
    auto const done = project(projections_, log_, *run);
    failed_.store(!done.has_value(), std::memory_order_relaxed);
    lock.lock();
    if (done) {
      waiting_.pop_front();
      idle_.store(waiting_.empty(), std::memory_order_release);
    } else if (stopping_) {
      return;
    } else {
      changed_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
    }
  }
}

}  // namespace qrpay::engine
