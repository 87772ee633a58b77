// Where the time of a batch goes: one lap after the other from the arrival of its first command to
// its last answer, so that the stages add up to the total by construction.
//
// Plain counters: the threads of the engine fill them, the benchmark and /metrics read them. Cost:
// about ten clock reads a batch, and two more for each 256 records.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/world.h"

namespace qrpay::engine {

/// In the order in which a batch passes them.
enum class Stage : std::uint8_t {
  kQueue,   ///< the first command of the batch, from its arrival until it was taken
  kDecide,  ///< decide, post, look ids up
  kWait,    ///< decided, while the disk was busy with the batch before
  kSeal,    ///< body tags, keys, sections
  kEncode,  ///< canonical bytes
  kHash,    ///< leaves and tree, and laying them into blocks
  kWrite,   ///< the store's write without its sync
  kSync,    ///< the disk's own sync
  kReply,   ///< from there until its last answer was given away
};
inline constexpr std::size_t kStages = 9;
/// "queue", "decide" ...: a label of qrpay_batch_stage_seconds.
[[nodiscard]] std::string_view stage_name(Stage stage);

/// The laps of one batch, in microseconds. Travels with it from thread to thread.
class Laps {
 public:
  [[nodiscard]] bool begun() const { return begun_; }
  void begin(base::Ticks at) {
    last_ = at;
    begun_ = true;
  }
  /// What has passed since the lap before belongs to `stage`.
  void lap(Stage stage, base::Ticks at) {
    if (at <= last_) return;
    spent_[static_cast<std::size_t>(stage)] += at.microseconds() - last_.microseconds();
    last_ = at;
  }
  /// Gives `microseconds` of one stage to another, as far as it has them.
  void move(Stage from, Stage to, std::int64_t microseconds) {
    auto& source = spent_[static_cast<std::size_t>(from)];
    std::int64_t const moved = std::clamp<std::int64_t>(microseconds, 0, source);
    source -= moved;
    spent_[static_cast<std::size_t>(to)] += moved;
  }
  [[nodiscard]] std::array<std::int64_t, kStages> const& spent() const { return spent_; }
  [[nodiscard]] base::Ticks last() const { return last_; }

 private:
  std::array<std::int64_t, kStages> spent_{};
  base::Ticks last_;
  bool begun_ = false;
};

/// Upper bounds of the buckets of all durations, microseconds; one more bucket lies above them.
inline constexpr std::array<std::int64_t, 18> kDurationBounds = {
    10,     25,     50,     100,     250,     500,     1'000,     2'500,     5'000,
    10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};
/// Of records in a batch: up to kBatchRecordsMax.
inline constexpr std::array<std::int64_t, 14> kSizeBounds = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024, 2'048, 4'096, 8'192};

/// A histogram as it stood at some moment.
struct Distribution {
  std::vector<std::int64_t> bounds;
  std::vector<std::uint64_t> counts;  ///< of each bucket alone; one more than `bounds`
  std::int64_t sum = 0;
  [[nodiscard]] std::uint64_t count() const;
  /// The bound below which `permille` of a thousand lie; the last bound when they lie above it.
  [[nodiscard]] std::int64_t quantile(unsigned permille) const;
};

/// One thread adds, any thread reads.
template <std::size_t kBounds>
class Histogram {
 public:
  explicit Histogram(std::array<std::int64_t, kBounds> const& bounds) : bounds_(bounds) {}
  void add(std::int64_t value) {
    auto const at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    raise(counts_[static_cast<std::size_t>(at)], std::uint64_t{1});
    raise(sum_, value);
  }
  [[nodiscard]] Distribution read() const {
    Distribution out;
    out.bounds.assign(bounds_.begin(), bounds_.end());
    for (auto const& count : counts_) out.counts.push_back(count.load(std::memory_order_relaxed));
    out.sum = sum_.load(std::memory_order_relaxed);
    return out;
  }

 private:
  // There is one writer: no need for an atomic addition.
  template <class T>
  static void raise(std::atomic<T>& counter, T by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  std::array<std::int64_t, kBounds> const& bounds_;
  std::array<std::atomic<std::uint64_t>, kBounds + 1> counts_{};
  std::atomic<std::int64_t> sum_{0};
};

/// What the engine has done since its start. Batches of reads alone are not in it.
struct StageReport {
  std::array<Distribution, kStages> stages;  ///< microseconds
  Distribution total;    ///< arrival of the first command to the last answer; = the stages' sum
  Distribution records;  ///< a batch
};

class StageBudget {
 public:
  /// Answer thread: a batch is done.
  void add(Laps const& laps, std::size_t records);
  /// Any thread. While batches end, its parts may be one batch apart.
  [[nodiscard]] StageReport read() const;

 private:
  using Durations = Histogram<kDurationBounds.size()>;
  std::array<Durations, kStages> stages_{
      Durations(kDurationBounds), Durations(kDurationBounds), Durations(kDurationBounds),
      Durations(kDurationBounds), Durations(kDurationBounds), Durations(kDurationBounds),
      Durations(kDurationBounds), Durations(kDurationBounds), Durations(kDurationBounds)};
  Durations total_{kDurationBounds};
  Histogram<kSizeBounds.size()> records_{kSizeBounds};
};

/// Is the disk slow? A sync that lasts longer than `limit` says so while it lasts, and for a minute
/// after it: a payment met it, and an operator must be able to see why.
class SlowDisk {
 public:
  static constexpr std::int64_t kRemembered = base::kMinute;
  explicit SlowDisk(std::int64_t limit_microseconds) : limit_(limit_microseconds) {}

  /// Sync thread.
  void begin(base::Ticks at) { began_.store(at.microseconds(), std::memory_order_relaxed); }
  void end(base::Ticks at);
  /// Any thread.
  [[nodiscard]] bool is_slow(base::Ticks now) const;
  /// Writes that lasted longer than the limit, since the start.
  [[nodiscard]] std::uint64_t slow_writes() const { return slow_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t kNever = INT64_MIN;
  std::int64_t const limit_;
  std::atomic<std::int64_t> began_{kNever};
  std::atomic<std::int64_t> last_slow_{kNever};
  std::atomic<std::uint64_t> slow_{0};
};

}  // namespace qrpay::engine
