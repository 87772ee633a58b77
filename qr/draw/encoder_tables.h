// The numbers of ISO/IEC 18004:2015 that say how a QR symbol of a version and level is cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "qr/draw/plan.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

/// How the codewords of a symbol are divided into Reed-Solomon blocks (table 9). The last
/// `long_blocks` of them hold one codeword of data more than `data_per_block`; each is followed by
/// `ecc_per_block` codewords of error correction.
struct BlockPlan {
  std::size_t blocks;
  std::size_t long_blocks;
  std::size_t data_per_block;
  std::size_t ecc_per_block;

  [[nodiscard]] constexpr std::size_t data() const { return blocks * data_per_block + long_blocks; }
  [[nodiscard]] constexpr std::size_t total() const { return data() + blocks * ecc_per_block; }
};

inline constexpr std::size_t kCodewordsMax = 3'706;      // version 40 (table 1)
inline constexpr std::size_t kDataCodewordsMax = 2'956;  // version 40, level L
inline constexpr std::size_t kBlocksMax = 81;            // version 40, level H
inline constexpr std::size_t kEccMax = 30;

/// Requires: version 1 to 40.
[[nodiscard]] BlockPlan block_plan(unsigned version, Level level);

/// Bits of the character count in a segment's header (table 3).
[[nodiscard]] unsigned count_bits(unsigned version, Mode mode);

/// Where alignment patterns have their centres, on both axes (annex E); `count` is 0 in version 1.
struct AlignmentCentres {
  std::array<std::uint8_t, 7> at;
  std::size_t count;
};
[[nodiscard]] AlignmentCentres alignment_centres(unsigned version);

/// The 15 bits of format information as they are drawn, XOR mask applied (7.9.1).
[[nodiscard]] std::uint32_t format_bits(Level level, unsigned mask);

/// The 18 bits of version information (7.10). Drawn from version 7 on.
[[nodiscard]] std::uint32_t version_bits(unsigned version);

}  // namespace qrpay::qr::draw
