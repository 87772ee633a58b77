// Our own order codes: what a payer's bank carries in the note, and what matching looks for.
//
// A code is 2-3 fixed letters of the merchant, 8 body characters and 1 check character: 11 or 12 in
// all, upper case, no separator. Source: INTERFACES 6.3. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace qrpay::engine {

/// 32 characters; the value of a character is its position. Without I, L, O and U: the first three
/// are read as 1, 1 and 0, the last one only makes words.
inline constexpr std::string_view kCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

inline constexpr std::size_t kCodePrefixMin = 2;
inline constexpr std::size_t kCodePrefixMax = 3;
inline constexpr std::size_t kCodeBodyCharacters = 8;
/// Body and check character.
inline constexpr std::size_t kCodeTailCharacters = kCodeBodyCharacters + 1;
inline constexpr std::size_t kCodeCharactersMax = kCodePrefixMax + kCodeTailCharacters;
/// 8 characters of 5 bits.
inline constexpr std::size_t kCodeEntropyBytes = 5;

/// Value 0-31 of a character of the alphabet, -1 for every other one.
[[nodiscard]] int code_value(char c);

/// Arithmetic in GF(32), polynomial x^5 + x^2 + 1, a = x. Values are 0-31; sums are XOR.
namespace gf32 {

/// a * v.
[[nodiscard]] constexpr int times_a(int v) { return (v << 1) ^ ((v & 16) != 0 ? 0x25 : 0); }

/// a^0 to a^30, and the exponent of each value but 0.
inline constexpr auto kPowers = [] {
  std::array<int, 31> powers{1};
  for (std::size_t k = 1; k < powers.size(); ++k) powers[k] = times_a(powers[k - 1]);
  return powers;
}();
inline constexpr auto kExponents = [] {
  std::array<std::size_t, 32> exponents{};
  for (std::size_t k = 0; k < kPowers.size(); ++k) {
    exponents[static_cast<std::size_t>(kPowers[k])] = k;
  }
  return exponents;
}();

/// v * a^power; a^31 = 1, so times_power(v, 31 - k) divides by a^k.
[[nodiscard]] constexpr int times_power(int v, std::size_t power) {
  if (v == 0) return 0;
  return kPowers[(kExponents[static_cast<std::size_t>(v)] + power) % kPowers.size()];
}

}  // namespace gf32

/// True for 2-3 letters of the alphabet that are no word banks put into notes themselves, and not
/// the start of one: FT, GD, CT, ND, CK, MB, VCB, IBFT, TRACE.
[[nodiscard]] bool valid_prefix(std::string_view prefix);

/// The check character of `prefix_and_body`: with values v1..vn, the sum of a^(n-i+1) * vi.
/// Requires: every character is of the alphabet.
[[nodiscard]] char check_character(std::string_view prefix_and_body);

/// True for a well-formed code: valid prefix, at least one letter in the body (so that a body is
/// never a number of the bank's), right check character. Exact text only: fold before asking. Every
/// substitution of one character and every swap of two unequal neighbours makes it false.
[[nodiscard]] bool check_code(std::string_view code);

/// The code number `attempt` that grows from `entropy`: same arguments, same code; the engine takes
/// the first attempt whose code is neither open nor past on the account.
/// Reads the first kCodeEntropyBytes bytes. Requires: valid_prefix(prefix), enough entropy.
/// Uniform over the bodies but for those without a letter (1 in 11,000), which get one.
[[nodiscard]] std::string make_code(std::string_view prefix, base::ByteView entropy,
                                    std::uint32_t attempt);

}  // namespace qrpay::engine
