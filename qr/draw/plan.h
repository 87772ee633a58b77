// How a text is laid into a symbol: its segments, the smallest version, the level that fits. Pure;
// knows ISO/IEC 18004's tables and no library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

inline constexpr unsigned kVersionMax = 40;

/// Codewords (bytes) that carry data: the symbol's whole number less those of error correction.
/// Requires: version 1 to kVersionMax.
[[nodiscard]] unsigned data_codewords(unsigned version, Level level);

enum class Mode : std::uint8_t {
  kNumeric = 1,       ///< digits, 10 bits for three
  kAlphanumeric = 2,  ///< digits, A-Z, blank and $%*+-./: in 11 bits for two
  kByte = 3,
};

/// The next `size` characters of the text, in that mode.
struct Segment {
  Mode mode = Mode::kByte;
  std::size_t size = 0;
  friend bool operator==(Segment const&, Segment const&) = default;
};

/// Requires nothing more to draw the symbol than this, the text and the choice of a mask.
struct Plan {
  unsigned version = 0;
  Level level = Level::kL;
  /// An ECI header for UTF-8 (000026) stands before the first segment: the text is not ASCII.
  bool utf8 = false;
  std::vector<Segment> segments;  ///< their sizes add up to the text
};

/// The smallest version that holds `text` at options.level, and the level it can have for free.
/// One byte segment, or the fewest bits that segments can make of it (options.compact).
/// nullopt when no version of that level holds it. Requires: `text` is not empty.
/// Cost: no more than a look along the text; compact looks up to three times, since the width of a
/// segment's header depends on the version.
[[nodiscard]] std::optional<Plan> plan_symbol(std::string_view text, SymbolOptions const& options);

}  // namespace qrpay::qr::draw
