// Crockford's base 32: letters and digits that survive being read aloud. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qrpay::qr::sign {

/// 0-9 and A-Z without I, L, O and U. Source: Douglas Crockford, "Base 32".
inline constexpr std::string_view kCrockfordAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

inline constexpr std::size_t kCrockfordBytes = 5;
inline constexpr std::size_t kCrockfordCharacters = 8;

/// 40 bits, most significant first, as 8 characters.
[[nodiscard]] std::string to_crockford(std::span<std::uint8_t const, kCrockfordBytes> bytes);

/// True for 8 characters of the alphabet, upper case: nothing is corrected.
[[nodiscard]] bool is_crockford(std::string_view text);

}  // namespace qrpay::qr::sign
