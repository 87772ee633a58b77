#include "engine/eraser.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

using base::Result;

namespace {

/// A disk that was full or a copy that was away is looked at again so often.
constexpr std::chrono::seconds kRetryAfter{5};

}  // namespace

Eraser::Eraser(std::shared_ptr<ledger::Vault> vault) : vault_(std::move(vault)) {
  if (vault_ != nullptr) tried_ = vault_->erased_through();
}

Eraser::~Eraser() { stop(); }

Result<void> Eraser::catch_up(State const& state) {
  if (vault_ != nullptr && vault_->erased_through() < state.last_erase()) {
    ledger::Erasure const all{state.last_erase(), state.erased().targets()};
    QRPAY_TRY_VOID(vault_->erase({&all, 1}));
  }
  tried_ = std::max(tried_, state.last_erase());
  return {};
}

void Eraser::start() {
  if (vault_ != nullptr) thread_ = std::thread([this] { loop(); });
}

void Eraser::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Eraser::on_durable(Batch const& batch) {
  bool any = false;
  for (auto const& entry : batch.entries) {
    ledger::Record const& record = entry.decided->record;
    if (record.kind != ledger::Kind::kErase) continue;
    auto targets =
        ledger::decode_targets(ledger::TlvReader(record.body).text(ledger::field::kEraseTargets));
    if (!targets) continue;  // never of our own making
    std::lock_guard const lock(mutex_);
    waiting_.push_back({record.sequence, std::move(*targets)});
    any = true;
  }
  if (any) changed_.notify_all();
}

void Eraser::when_tried(Sequence record, std::function<void()> then) {
  {
    std::lock_guard const lock(mutex_);
    if (record > tried_) {
      waiters_.push_back({record, std::move(then)});
      return;
    }
  }
  then();
}

Eraser::Status Eraser::status(Sequence record) const {
  if (vault_ == nullptr) return {};
  return {vault_->erased_through() >= record, vault_->copies_behind()};
}

bool Eraser::behind() const {
  std::lock_guard const lock(mutex_);
  return failed_ || (vault_ != nullptr && !vault_->copies_behind().empty());
}

// Waiting erasures together are one new epoch. Those that fail wait on, in their order.
void Eraser::try_waiting(std::unique_lock<std::mutex>& lock) {
  std::vector<ledger::Erasure> const erasures(waiting_.begin(), waiting_.end());
  lock.unlock();
  bool done = true;
  if (!erasures.empty()) {
    done = vault_->erase(erasures).has_value();
    if (done)
      for (std::size_t i = 0; i < erasures.size(); ++i) vault_->settle();
  } else {
    static_cast<void>(vault_->sync_copies());
  }
  lock.lock();
  failed_ = !done;
  if (!erasures.empty()) tried_ = std::max(tried_, erasures.back().record);
  if (done)
    waiting_.erase(waiting_.begin(),
                   waiting_.begin() + static_cast<std::ptrdiff_t>(erasures.size()));
  auto const ready =
      std::stable_partition(waiters_.begin(), waiters_.end(),
                            [this](Waiter const& waiter) { return waiter.record > tried_; });
  std::vector<Waiter> const answered(std::make_move_iterator(ready),
                                     std::make_move_iterator(waiters_.end()));
  waiters_.erase(ready, waiters_.end());
  lock.unlock();
  for (auto const& waiter : answered) waiter.then();
  lock.lock();
}

void Eraser::loop() {
  std::unique_lock lock(mutex_);
  std::size_t seen = 0;
  for (;;) {
    bool const all_seen = waiting_.size() == seen;
    if (all_seen && stopping_) return;
    if (all_seen) {
      bool const again = failed_ || !vault_->copies_behind().empty();
      auto const woken = [&] { return stopping_ || waiting_.size() != seen; };
      if (again)
        changed_.wait_for(lock, kRetryAfter, woken);
      else
        changed_.wait(lock, woken);
      if (stopping_ && waiting_.size() == seen) return;
    }
    try_waiting(lock);
    seen = failed_ ? waiting_.size() : 0;
  }
}

}  // namespace qrpay::engine
