#include "engine/local_log.h"

#include <chrono>
#include <iterator>

namespace qrpay::engine {

using base::Errc;
using base::fail;

std::size_t LocalLog::room_for(Priority priority) const {
  switch (priority) {
    case Priority::kRead: return inbox_max_ / 2;
    case Priority::kWrite: return inbox_max_ - inbox_max_ / 10;
    case Priority::kCredit: return inbox_max_;
  }
  return 0;
}

base::Result<void> LocalLog::submit(Submission&& submission, Priority priority) {
  std::unique_lock lock(mutex_);
  if (closed_) return fail(Errc::kShuttingDown);
  if (inbox_.size() >= room_for(priority)) return fail(Errc::kOverloaded);
  inbox_.push_back(std::move(submission));
  bool const notify = std::exchange(waiting_, false);
  lock.unlock();
  if (notify) ready_.notify_one();
  return {};
}

base::Result<void> LocalLog::submit_all(std::vector<Submission>&& submissions, Priority priority) {
  std::unique_lock lock(mutex_);
  if (closed_) return fail(Errc::kShuttingDown);
  if (inbox_.size() + submissions.size() > room_for(priority)) return fail(Errc::kOverloaded);
  inbox_.insert(inbox_.end(), std::make_move_iterator(submissions.begin()),
                std::make_move_iterator(submissions.end()));
  bool const notify = std::exchange(waiting_, false);
  lock.unlock();
  if (notify) ready_.notify_one();
  return {};
}

std::vector<Submission> LocalLog::next(std::size_t max, std::int64_t wait_microseconds) {
  std::unique_lock lock(mutex_);
  if (inbox_.empty() && !closed_ && !woken_ && wait_microseconds > 0) {
    waiting_ = true;
    ready_.wait_for(lock, std::chrono::microseconds(wait_microseconds),
                    [this] { return !inbox_.empty() || closed_ || woken_; });
    waiting_ = false;
  }
  woken_ = false;
  if (inbox_.size() <= max) return std::exchange(inbox_, {});
  auto const end = inbox_.begin() + static_cast<std::ptrdiff_t>(max);
  std::vector<Submission> taken(std::make_move_iterator(inbox_.begin()),
                                std::make_move_iterator(end));
  inbox_.erase(inbox_.begin(), end);
  return taken;
}

void LocalLog::wake() {
  {
    std::lock_guard const lock(mutex_);
    woken_ = true;
  }
  ready_.notify_one();
}

void LocalLog::close() {
  {
    std::lock_guard const lock(mutex_);
    closed_ = true;
  }
  ready_.notify_all();
}

std::size_t LocalLog::size() const {
  std::lock_guard const lock(mutex_);
  return inbox_.size();
}

}  // namespace qrpay::engine
