// A square of modules as words of bits: what the encoder computes with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace qrpay::qr::draw {

inline constexpr std::size_t kWidthMax = 177;  // version 40
inline constexpr std::size_t kWordsMax = 3;    // 64-bit words in a line of kWidthMax modules

constexpr std::size_t width_of(unsigned version) { return 17 + 4 * std::size_t{version}; }
constexpr std::size_t words_of(std::size_t width) { return (width + 63) / 64; }

/// Lines of bits, 1 for dark; a line is a row or, in a turned grid, a column. Bit `at % 64` of
/// words[at / 64][line] is place `at` of the line, and everything past the width is 0. The words of
/// neighbouring lines lie side by side, so that one vector instruction works on two lines. Lines
/// past the width are scratch.
struct Grid {
  static constexpr std::size_t kLinesMax = kWidthMax + 3;  // room for pairs that end past the last
  alignas(16) std::array<std::array<std::uint64_t, kLinesMax>, kWordsMax> words;

  void clear() { words = {}; }
  [[nodiscard]] bool dark(std::size_t at, std::size_t line) const {
    return (words[at / 64][line] >> (at % 64) & 1u) != 0;
  }
  void set(std::size_t at, std::size_t line) {
    words[at / 64][line] |= std::uint64_t{1} << (at % 64);
  }
};

}  // namespace qrpay::qr::draw
