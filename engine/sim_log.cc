#include "engine/sim_log.h"

#include <algorithm>
#include <utility>

namespace qrpay::engine {

using base::Errc;
using base::fail;

SimLog::SimLog(SimLogOptions const& options)
    : options_(options), random_(options.seed), now_(options.start) {
  QRPAY_CHECK(options.delay_max >= 0);
}

bool SimLog::chance(std::uint32_t percent) { return random_() % 100 < percent; }

base::Result<void> SimLog::submit(Submission&& submission, Priority priority) {
  if (closed_) return fail(Errc::kShuttingDown);
  std::uint32_t const refuse =
      priority == Priority::kCredit ? options_.refuse_percent / 4 : options_.refuse_percent;
  if (chance(refuse)) return fail(Errc::kOverloaded);
  if (chance(options_.drop_percent)) return {};
  if (chance(options_.duplicate_percent)) send(Submission(submission));
  send(std::move(submission));
  return {};
}

void SimLog::send(Submission&& submission) {
  std::uint64_t const ways = static_cast<std::uint64_t>(options_.delay_max) + 1;
  auto const delay = static_cast<std::int64_t>(random_() % ways);
  in_transit_.emplace(base::later(now_, delay), std::move(submission));
}

std::vector<Submission> SimLog::next(std::size_t max, std::int64_t wait_microseconds,
                                     std::size_t /*enough*/) {
  bool const nothing_yet = in_transit_.empty() || in_transit_.begin()->first > now_;
  if (nothing_yet && !woken_ && !closed_ && wait_microseconds > 0) {
    base::WallTime until = base::later(now_, wait_microseconds);
    if (!in_transit_.empty()) until = std::min(until, in_transit_.begin()->first);
    now_ = until;
  }
  woken_ = false;
  // After close() what was accepted can be taken at once: a stopping engine does not wait for it.
  std::vector<Submission> arrived;
  while (arrived.size() < max && !in_transit_.empty() &&
         (closed_ || in_transit_.begin()->first <= now_)) {
    arrived.push_back(std::move(in_transit_.begin()->second));
    in_transit_.erase(in_transit_.begin());
  }
  return arrived;
}

void SimLog::wake() { woken_ = true; }

void SimLog::close() { closed_ = true; }

void SimLog::advance(std::int64_t microseconds) {
  QRPAY_CHECK(microseconds >= 0);
  now_ = base::later(now_, microseconds);
}

void SimLog::crash() {
  in_transit_.clear();
  woken_ = false;
  closed_ = false;
}

}  // namespace qrpay::engine
