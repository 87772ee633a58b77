// Everything that is not a function of the input: the time and randomness. Pure code takes values.
#pragma once

#include <compare>
#include <cstdint>
#include <span>

namespace qrpay::base {

/// Microseconds since 1970-01-01T00:00:00Z. For records.
class WallTime {
 public:
  constexpr WallTime() = default;
  constexpr explicit WallTime(std::int64_t microseconds) : microseconds_(microseconds) {}
  [[nodiscard]] constexpr std::int64_t microseconds() const { return microseconds_; }
  friend constexpr auto operator<=>(WallTime, WallTime) = default;

 private:
  std::int64_t microseconds_ = 0;
};

/// Microseconds of the monotonic clock. For timeouts; never stored.
class Ticks {
 public:
  constexpr Ticks() = default;
  constexpr explicit Ticks(std::int64_t microseconds) : microseconds_(microseconds) {}
  [[nodiscard]] constexpr std::int64_t microseconds() const { return microseconds_; }
  friend constexpr auto operator<=>(Ticks, Ticks) = default;

 private:
  std::int64_t microseconds_ = 0;
};

inline constexpr std::int64_t kSecond = 1'000'000;  ///< microseconds
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

[[nodiscard]] constexpr WallTime later(WallTime time, std::int64_t microseconds) {
  return WallTime(time.microseconds() + microseconds);
}

/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() = 0;
  [[nodiscard]] virtual Ticks ticks() = 0;
};

/// Threads: any. Cryptographically strong in the real world, seeded in tests.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

/// False when the kernel says that nothing keeps its clock right.
[[nodiscard]] bool is_clock_synchronised();

/// The host's clocks.
[[nodiscard]] Clock& system_clock();
/// OpenSSL's generator. Aborts when the host has no randomness.
[[nodiscard]] Entropy& system_entropy();

}  // namespace qrpay::base
