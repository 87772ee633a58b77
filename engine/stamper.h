// Log time: the wall clock, but never going back and never jumping ahead of real time. Pure.
#pragma once

#include <algorithm>

#include "base/world.h"

namespace qrpay::engine {

/// How far the wall clock may run ahead of the monotonic one before it is not believed.
inline constexpr std::int64_t kClockJump = 5 * base::kSecond;

class Stamper {
 public:
  explicit Stamper(base::WallTime last) : last_(last) {}

  /// The stamp for "now". When the wall clock is more than 5 s ahead of what the monotonic clock
  /// says, the stamp follows the monotonic clock, jumped() is true and nothing may expire. When it
  /// was set back, stamps stand still until it has caught up; its return is no jump.
  [[nodiscard]] base::WallTime stamp(base::WallTime wall, base::Ticks ticks) {
    std::int64_t const expected = base_wall_ + (ticks.microseconds() - base_ticks_);
    std::int64_t const ahead = wall.microseconds() - expected;
    jumped_ = begun_ && ahead > kClockJump;
    bool const set_back = begun_ && ahead < -kClockJump;
    // Small differences are the clock being kept right: they are followed, so that they never add
    // up to a jump.
    base_wall_ = jumped_ || set_back ? expected : wall.microseconds();
    base_ticks_ = ticks.microseconds();
    begun_ = true;
    last_ = std::max(last_, jumped_ ? base::WallTime(expected) : wall);
    return last_;
  }
  [[nodiscard]] bool jumped() const { return jumped_; }

 private:
  base::WallTime last_;
  std::int64_t base_wall_ = 0;
  std::int64_t base_ticks_ = 0;
  bool begun_ = false;
  bool jumped_ = false;
};

}  // namespace qrpay::engine
