// Unsigned integers of 128 bits, as other ledgers number things. Values only: no arithmetic.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qrpay::import {

struct U128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(U128 const&, U128 const&) = default;
};

inline constexpr U128 kU128Max{~std::uint64_t{0}, ~std::uint64_t{0}};

/// Decimal digits, or hexadecimal ones behind "0x"; nothing else around them, no sign, leading
/// zeros allowed. nullopt for anything else and above 2^128 - 1.
[[nodiscard]] std::optional<U128> parse_u128(std::string_view text);

/// Decimal, without leading zeros.
[[nodiscard]] std::string format_u128(U128 const& value);

/// The ids of others may be sequential, so they are mixed.
struct U128Hash {
  using is_avalanching = void;
  std::size_t operator()(U128 const& value) const {
    std::uint64_t mixed = (value.high ^ 0x9E37'79B9'7F4A'7C15) * 0xFF51'AFD7'ED55'8CCD;
    mixed = (mixed ^ (mixed >> 32) ^ value.low) * 0xC4CE'B9FE'1A85'EC53;
    return static_cast<std::size_t>(mixed ^ (mixed >> 29));
  }
};

}  // namespace qrpay::import
