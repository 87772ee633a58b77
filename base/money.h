// Money is whole dong. There is no minor unit, no fraction and no floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace qrpay::base {

/// An amount in dong; may be negative (a difference). No arithmetic operators: use checked_*.
class Vnd {
 public:
  constexpr Vnd() = default;
  constexpr explicit Vnd(std::int64_t dong) : dong_(dong) {}
  [[nodiscard]] constexpr std::int64_t dong() const { return dong_; }
  friend constexpr auto operator<=>(Vnd, Vnd) = default;

 private:
  std::int64_t dong_ = 0;
};

/// Largest amount of one command: 13 digits, the longest that fits EMV tag 54.
inline constexpr Vnd kAmountMax{9'999'999'999'999};

/// nullopt on overflow of int64.
[[nodiscard]] constexpr std::optional<Vnd> checked_add(Vnd a, Vnd b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.dong(), b.dong(), &sum)) return std::nullopt;
  return Vnd(sum);
}

[[nodiscard]] constexpr std::optional<Vnd> checked_sub(Vnd a, Vnd b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a.dong(), b.dong(), &difference)) return std::nullopt;
  return Vnd(difference);
}

[[nodiscard]] constexpr std::optional<Vnd> checked_negate(Vnd a) { return checked_sub(Vnd(0), a); }

}  // namespace qrpay::base
