#include "import/u128.h"

#include <array>

namespace qrpay::import {

namespace {

/// Four digits to the base of 2^32, the highest first.
using Limbs = std::array<std::uint32_t, 4>;

/// limbs * factor + digit; false when that needs a fifth limb.
bool push_digit(Limbs& limbs, std::uint32_t factor, std::uint32_t digit) {
  std::uint64_t carry = digit;
  for (std::size_t i = limbs.size(); i-- > 0;) {
    carry += std::uint64_t{limbs[i]} * factor;
    limbs[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return carry == 0;
}

std::optional<std::uint32_t> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<U128> parse_u128(std::string_view text) {
  bool const hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  std::uint32_t const factor = hexadecimal ? 16 : 10;
  Limbs limbs{};
  for (char const c : text) {
    auto const digit = digit_of(c);
    if (!digit || *digit >= factor || !push_digit(limbs, factor, *digit)) return std::nullopt;
  }
  return U128{std::uint64_t{limbs[0]} << 32 | limbs[1], std::uint64_t{limbs[2]} << 32 | limbs[3]};
}

std::string format_u128(U128 const& value) {
  if (value.high == 0) return std::to_string(value.low);
  Limbs limbs{static_cast<std::uint32_t>(value.high >> 32), static_cast<std::uint32_t>(value.high),
              static_cast<std::uint32_t>(value.low >> 32), static_cast<std::uint32_t>(value.low)};
  static constexpr std::uint32_t kNineDigits = 1'000'000'000;
  std::string text;
  for (bool more = true; more;) {
    std::uint64_t rest = 0;
    more = false;
    for (auto& limb : limbs) {
      rest = rest << 32 | limb;
      limb = static_cast<std::uint32_t>(rest / kNineDigits);
      rest %= kNineDigits;
      more = more || limb != 0;
    }
    std::string part = std::to_string(rest);
    if (more) part.insert(0, 9 - part.size(), '0');
    text.insert(0, part);
  }
  return text;
}

}  // namespace qrpay::import
