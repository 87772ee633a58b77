// Times and dates as text. The only zones are UTC and +07:00 (Vietnam has no daylight saving).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/world.h"

namespace qrpay::base {

/// A calendar day, days since 1970-01-01. Business days are days at +07:00.
class Day {
 public:
  constexpr Day() = default;
  constexpr explicit Day(std::int32_t days) : days_(days) {}
  [[nodiscard]] constexpr std::int32_t days() const { return days_; }
  friend constexpr auto operator<=>(Day, Day) = default;

 private:
  std::int32_t days_ = 0;
};

inline constexpr std::int64_t kVietnamOffset = 7 * kHour;

/// The day at +07:00 that holds `time`.
[[nodiscard]] Day business_day(WallTime time);
/// First instant of `day` at +07:00.
[[nodiscard]] WallTime start_of(Day day);

/// "2026-11-24T03:04:05.678Z": UTC, milliseconds, microseconds cut.
[[nodiscard]] std::string format_time(WallTime time);
/// RFC 3339 with "Z" or a numeric offset, 0 to 6 fraction digits. nullopt for anything else, for
/// days that do not exist, and for years outside 1970-2199.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

/// "2026-11-24".
[[nodiscard]] std::string format_day(Day day);
[[nodiscard]] std::optional<Day> parse_day(std::string_view text);

}  // namespace qrpay::base
