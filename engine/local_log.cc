#include "engine/local_log.h"

#include <algorithm>
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

// True when the waiting thread must be told: once for a wait.
bool LocalLog::take_notice() {
  if (enough_ == 0 || count() < enough_) return false;
  enough_ = 0;
  return true;
}

base::Result<void> LocalLog::submit(Submission&& submission, Priority priority) {
  std::unique_lock lock(mutex_);
  if (closed_) return fail(Errc::kShuttingDown);
  if (count() >= room_for(priority)) return fail(Errc::kOverloaded);
  inbox_.push_back(std::move(submission));
  bool const notify = take_notice();
  lock.unlock();
  if (notify) ready_.notify_one();
  return {};
}

base::Result<void> LocalLog::submit_all(std::vector<Submission>&& submissions, Priority priority) {
  std::unique_lock lock(mutex_);
  if (closed_) return fail(Errc::kShuttingDown);
  if (count() + submissions.size() > room_for(priority)) return fail(Errc::kOverloaded);
  if (inbox_.empty()) {
    inbox_ = std::move(submissions);
  } else {
    inbox_.insert(inbox_.end(), std::make_move_iterator(submissions.begin()),
                  std::make_move_iterator(submissions.end()));
  }
  bool const notify = take_notice();
  lock.unlock();
  if (notify) ready_.notify_one();
  return {};
}

std::vector<Submission> LocalLog::next(std::size_t max, std::int64_t wait_microseconds,
                                       std::size_t enough) {
  std::unique_lock lock(mutex_);
  auto const ready = [&] { return count() >= enough || closed_ || woken_; };
  if (!ready() && wait_microseconds > 0) {
    enough_ = enough;
    ready_.wait_for(lock, std::chrono::microseconds(wait_microseconds), ready);
    enough_ = 0;
  }
  woken_ = false;
  if (taken_ == 0 && inbox_.size() <= max) return std::exchange(inbox_, {});
  auto const begin = inbox_.begin() + static_cast<std::ptrdiff_t>(taken_);
  auto const end = begin + static_cast<std::ptrdiff_t>(std::min(max, count()));
  std::vector<Submission> taken(std::make_move_iterator(begin), std::make_move_iterator(end));
  taken_ += taken.size();
  // Moving the rest to the front each time would be quadratic in a full inbox.
  if (taken_ >= inbox_.size() / 2) {
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
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
  return count();
}

}  // namespace qrpay::engine
