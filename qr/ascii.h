// Comparing identifiers without regard to ASCII letter case. Internal to qr/; knows no locale.
#pragma once

#include <cstddef>
#include <string_view>

namespace qrpay::qr {

[[nodiscard]] constexpr char upper_ascii(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// `upper_case` is written in capitals; `text` in any case.
[[nodiscard]] constexpr bool equal_folded(std::string_view text, std::string_view upper_case) {
  if (text.size() != upper_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (upper_ascii(text[i]) != upper_case[i]) return false;
  }
  return true;
}

[[nodiscard]] constexpr bool starts_folded(std::string_view text, std::string_view upper_case) {
  return equal_folded(text.substr(0, upper_case.size()), upper_case);
}

[[nodiscard]] constexpr bool ends_folded(std::string_view text, std::string_view upper_case) {
  return text.size() >= upper_case.size() &&
         equal_folded(text.substr(text.size() - upper_case.size()), upper_case);
}

[[nodiscard]] constexpr bool contains_folded(std::string_view text, std::string_view upper_case) {
  for (std::size_t at = 0; at + upper_case.size() <= text.size(); ++at) {
    if (starts_folded(text.substr(at), upper_case)) return true;
  }
  return false;
}

}  // namespace qrpay::qr
