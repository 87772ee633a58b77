// What stands where: the display list between layout, which decides, and canvas, which paints.
//
// Lengths are in units of the drawing, from its top left corner, y downwards: millimetres for what
// is printed, pixels for what is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "qr/draw/symbol.h"
#include "qr/poster/brand.h"

namespace qrpay::qr::poster {

/// 0xRRGGBB.
using Rgb = std::uint32_t;
inline constexpr Rgb kBlack = 0x000000;
inline constexpr Rgb kWhite = 0xFFFFFF;
/// For what may be read second: 9.7:1 on white.
inline constexpr Rgb kGrey = 0x444444;

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

enum class Weight : std::uint8_t { kRegular = 1, kBold = 2 };

/// One line of Noto Sans. Text is never wrapped by the painter.
struct TextLine {
  std::string text;  ///< printable UTF-8 that Typeface::check_text() accepted
  double x = 0;      ///< left end
  double baseline = 0;
  double width = 0;  ///< as measured
  double size = 0;   ///< of the em square
  Weight weight = Weight::kRegular;
  Rgb rgb = kBlack;
};

/// A rectangle, filled or outlined or both.
struct Panel {
  Box box;
  double radius = 0;
  std::optional<Rgb> fill;
  std::optional<Rgb> line;
  double line_width = 0;  ///< centred on the edge
};

/// A symbol in black on a white square that holds its quiet zone.
struct SymbolMark {
  std::shared_ptr<draw::Symbol const> symbol;
  double x = 0;  ///< of the white square's corner
  double y = 0;
  double module = 0;

  [[nodiscard]] double side() const {
    return module * static_cast<double>(symbol->width() + 2 * draw::kQuietZoneModules);
  }
};

/// One mark of Drawing::brand, as large as fits the box, in its middle; clipped to the box.
struct BrandMark {
  std::size_t index = 0;
  Box box;
};

using Shape = std::variant<Panel, TextLine, SymbolMark, BrandMark>;

/// A page: shapes in the order in which they are painted, on white.
struct Drawing {
  double width = 0;
  double height = 0;
  std::vector<Shape> shapes;
  std::shared_ptr<Brand const> brand;  ///< nullptr when no shape is a BrandMark

  /// Paints `other` with its corner at (x, y). Its sizes and its brand are not taken over.
  void append(Drawing const& other, double x, double y);
};

}  // namespace qrpay::qr::poster
