#include "engine/stages.h"

#include <numeric>

namespace qrpay::engine {

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::kQueue: return "queue";
    case Stage::kDecide: return "decide";
    case Stage::kWait: return "wait";
    case Stage::kSeal: return "seal";
    case Stage::kEncode: return "encode";
    case Stage::kHash: return "hash";
    case Stage::kWrite: return "write";
    case Stage::kSync: return "sync";
    case Stage::kReply: return "reply";
  }
  return "";
}

std::uint64_t Distribution::count() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::int64_t Distribution::quantile(unsigned permille) const {
  std::uint64_t const all = count();
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += counts[i];
    if (all > 0 && below * 1'000 >= all * permille) return bounds[i];
  }
  return bounds.empty() ? 0 : bounds.back();
}

void StageBudget::add(Laps const& laps, std::size_t records) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    stages_[i].add(laps.spent()[i]);
    total += laps.spent()[i];
  }
  total_.add(total);
  records_.add(static_cast<std::int64_t>(records));
}

StageReport StageBudget::read() const {
  StageReport report;
  for (std::size_t i = 0; i < kStages; ++i) report.stages[i] = stages_[i].read();
  report.total = total_.read();
  report.records = records_.read();
  return report;
}

void SlowDisk::end(base::Ticks at) {
  std::int64_t const began = began_.exchange(kNever, std::memory_order_relaxed);
  if (began == kNever || at.microseconds() - began <= limit_) return;
  last_slow_.store(at.microseconds(), std::memory_order_relaxed);
  slow_.fetch_add(1, std::memory_order_relaxed);
}

bool SlowDisk::is_slow(base::Ticks now) const {
  std::int64_t const began = began_.load(std::memory_order_relaxed);
  if (began != kNever && now.microseconds() - began > limit_) return true;
  std::int64_t const last = last_slow_.load(std::memory_order_relaxed);
  return last != kNever && now.microseconds() - last <= kRemembered;
}

}  // namespace qrpay::engine
