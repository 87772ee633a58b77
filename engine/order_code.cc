#include "engine/order_code.h"

#include <algorithm>

#include "base/check.h"

namespace qrpay::engine {

namespace {

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& v : values) v = -1;
  for (std::size_t i = 0; i < kCodeAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kCodeAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr auto kValues = make_values();
constexpr int kFirstLetterValue = 10;

constexpr std::array<std::string_view, 9> kForbidden = {"FT", "GD",  "CT",   "ND",   "CK",
                                                        "MB", "VCB", "IBFT", "TRACE"};

bool is_code_letter(char c) { return code_value(c) >= kFirstLetterValue; }

bool is_forbidden(std::string_view prefix) {
  // TR and TRA would begin every "Trace 123456" that a bank appends.
  return std::any_of(kForbidden.begin(), kForbidden.end(), [&](std::string_view word) {
    return word == prefix || (word.size() > kCodePrefixMax && word.starts_with(prefix));
  });
}

/// Horner's rule: the sum of values times a to the number of characters behind. -1 when a
/// character is not of the alphabet.
int evaluate(std::string_view text) {
  int sum = 0;
  for (char const c : text) {
    int const value = code_value(c);
    if (value < 0) return -1;
    sum = gf32::times_a(sum) ^ value;
  }
  return sum;
}

}  // namespace

int code_value(char c) { return kValues[static_cast<unsigned char>(c)]; }

bool valid_prefix(std::string_view prefix) {
  return prefix.size() >= kCodePrefixMin && prefix.size() <= kCodePrefixMax &&
         std::all_of(prefix.begin(), prefix.end(), is_code_letter) && !is_forbidden(prefix);
}

char check_character(std::string_view prefix_and_body) {
  int const sum = evaluate(prefix_and_body);
  QRPAY_CHECK(sum >= 0);
  return kCodeAlphabet[static_cast<std::size_t>(gf32::times_a(sum))];
}

bool check_code(std::string_view code) {
  if (code.size() < kCodePrefixMin + kCodeTailCharacters) return false;
  if (code.size() > kCodeCharactersMax) return false;
  auto const prefix = code.substr(0, code.size() - kCodeTailCharacters);
  auto const body = code.substr(prefix.size(), kCodeBodyCharacters);
  // The check character has weight a^0, so a right code sums to zero.
  return valid_prefix(prefix) && std::any_of(body.begin(), body.end(), is_code_letter) &&
         evaluate(code) == 0;
}

std::string make_code(std::string_view prefix, base::ByteView entropy, std::uint32_t attempt) {
  QRPAY_CHECK(valid_prefix(prefix));
  QRPAY_CHECK(entropy.size() >= kCodeEntropyBytes);
  std::uint64_t number = 0;
  for (auto const byte : entropy.first(kCodeEntropyBytes)) number = (number << 8) | byte;
  // An odd step walks all 2^40 bodies before it repeats, and neighbours do not look alike.
  number += std::uint64_t{attempt} * 0x9e3779b97f4a7c15ULL;

  std::string code(prefix);
  bool has_letter = false;
  for (std::size_t i = 0; i < kCodeBodyCharacters; ++i) {
    auto const shift = 5 * (kCodeBodyCharacters - 1 - i);
    auto value = static_cast<std::size_t>((number >> shift) & 31);
    // A digit's value with 16 added is a letter's.
    if (i + 1 == kCodeBodyCharacters && !has_letter && value < kFirstLetterValue) value |= 16;
    has_letter = has_letter || value >= kFirstLetterValue;
    code.push_back(kCodeAlphabet[value]);
  }
  code.push_back(check_character(code));
  return code;
}

}  // namespace qrpay::engine
