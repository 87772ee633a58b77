#include "qr/draw/encoder_tables.h"

#include "base/check.h"

namespace qrpay::qr::draw {
namespace {

using PerVersion = std::array<std::uint8_t, kVersionMax>;

// Both tables: one row for each of L, M, Q, H, one column for each version from 1.
constexpr std::array<PerVersion, 4> kEccPerBlock = {{
    {7,  10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
     28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
    {10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
     26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
    {13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
     28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
    {17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
     30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
}};
constexpr std::array<PerVersion, 4> kBlocks = {{
    {1, 1, 1, 1,  1,  2,  2,  2,  2,  4,  4,  4,  4,  4,  6,  6,  6,  6,  7,  8,
     8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
    {1,  1,  1,  2,  2,  4,  4,  4,  5,  5,  5,  8,  9,  9,  10, 10, 11, 13, 14, 16,
     17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
    {1,  1,  2,  2,  4,  4,  6,  6,  8,  8,  8,  10, 12, 16, 12, 17, 16, 18, 21, 20,
     23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
    {1,  1,  2,  4,  4,  4,  5,  6,  8,  8,  11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
     25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
}};

constexpr std::size_t index_of(Level level) { return static_cast<std::size_t>(level) - 1; }

// The remainder of `value`, shifted left by the degree, divided by the generator: a BCH code.
constexpr std::uint32_t bch(std::uint32_t value, std::uint32_t generator, unsigned degree) {
  std::uint32_t rest = value << degree;
  for (std::uint32_t bit = 1u << 31; bit >> degree != 0; bit >>= 1) {
    if ((rest & bit) == 0) continue;
    std::uint32_t aligned = generator;
    while ((aligned & bit) == 0) aligned <<= 1;
    rest ^= aligned;
  }
  return value << degree | rest;
}

}  // namespace

BlockPlan block_plan(unsigned version, Level level) {
  std::size_t const data = data_codewords(version, level);
  std::size_t const blocks = kBlocks[index_of(level)][version - 1];
  return {blocks, data % blocks, data / blocks, kEccPerBlock[index_of(level)][version - 1]};
}

unsigned count_bits(unsigned version, Mode mode) {
  unsigned const grown = version < 10 ? 0 : version < 27 ? 1 : 2;
  switch (mode) {
    case Mode::kNumeric: return 10 + 2 * grown;
    case Mode::kAlphanumeric: return 9 + 2 * grown;
    case Mode::kByte: return grown == 0 ? 8 : 16;
  }
  QRPAY_CHECK(false);
}

AlignmentCentres alignment_centres(unsigned version) {
  AlignmentCentres centres{};
  if (version == 1) return centres;
  centres.count = version / 7 + 2;
  std::size_t const last = 4 * version + 10;
  std::size_t const gaps = centres.count - 1;
  // The last centres are evenly spaced by an even number; what is left over narrows the first gap.
  // Version 32 alone is spaced by less than that.
  std::size_t const step = version == 32 ? 26 : (last - 6 + 2 * gaps - 1) / (2 * gaps) * 2;
  centres.at[0] = 6;
  for (std::size_t i = 1; i <= gaps; ++i) {
    centres.at[i] = static_cast<std::uint8_t>(last - (gaps - i) * step);
  }
  return centres;
}

std::uint32_t format_bits(Level level, unsigned mask) {
  constexpr std::array<std::uint32_t, 4> kLevelBits = {1, 0, 3, 2};  // of L, M, Q, H
  return bch(kLevelBits[index_of(level)] << 3 | mask, 0x537, 10) ^ 0x5412u;
}

std::uint32_t version_bits(unsigned version) { return bch(version, 0x1F25, 12); }

}  // namespace qrpay::qr::draw
