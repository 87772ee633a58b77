// A symbol as a picture: PNG for screens and print, half blocks for a terminal. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

inline constexpr unsigned kPixelsPerModuleDefault = 8;
/// Version 40 with its quiet zone still fits 25 megapixels at 27; small versions need no more than
/// this for a poster at 300 dots an inch.
inline constexpr unsigned kPixelsPerModuleMax = 64;

struct PngOptions {
  unsigned pixels_per_module = kPixelsPerModuleDefault;
  /// The side of a module on paper in micrometres, kModuleUmMin to kModuleUmMax, written into the
  /// file (pHYs, in whole pixels a metre) for programs that print at a picture's own size; 0 for
  /// none.
  std::uint32_t module_um = 0;
};

/// 1-bit greyscale PNG, square, (width + 8) * pixels_per_module on a side, quiet zone included.
/// The same symbol gives the same bytes with the same zlib. Threads: any.
/// Errors: kInvalidField, pixels_per_module is not 1 to kPixelsPerModuleMax or module_um is out of
///   range; kImageTooLarge, the picture would be over picture::kImagePixelsMax.
[[nodiscard]] base::Result<std::string> render_png(Symbol const& symbol, PngOptions const& options);
/// The same for screens, where there is no millimetre.
[[nodiscard]] base::Result<std::string> render_png(
    Symbol const& symbol, unsigned pixels_per_module = kPixelsPerModuleDefault);

/// Which way round a terminal draws: a reader needs dark modules darker than light ones.
enum class TerminalTheme : std::uint8_t {
  kDark = 1,   ///< light letters on a dark ground: the light modules are drawn
  kLight = 2,  ///< dark letters on a light ground: the dark modules are drawn
};

/// Lines of U+2580, U+2584, U+2588 and blanks, two rows of modules each, quiet zone included:
/// width + 8 characters by (width + 9) / 2 lines, each ended by LF. No colours, no escapes.
[[nodiscard]] std::string render_terminal(Symbol const& symbol, TerminalTheme theme);

}  // namespace qrpay::qr::draw
