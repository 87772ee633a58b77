// Noto Sans, and no other font of the machine: measuring and showing one line of text.
// Sole includer of pango and fontconfig.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {

/// Regular and Bold of Noto Sans in a font configuration of their own, so that neither the
/// machine's fonts nor its settings can change a pixel. Sizes do not depend on the resolution:
/// nothing is hinted or rounded. Threads: any; calls wait for each other (microseconds).
class Typeface {
 public:
  /// Looks for NotoSans-Regular.ttf and NotoSans-Bold.ttf beside each other in the directories, the
  /// first that has both wins. Some ms. Errors: kFontMissing, in none of them.
  [[nodiscard]] static base::Result<std::shared_ptr<Typeface const>> open(
      std::span<std::string_view const> directories);

  /// The one of this process, opened at the first call from where Debian's fonts-noto-core and
  /// other systems install it, and kept: pango and fontconfig never give their caches back.
  /// Errors: kFontMissing, tried once.
  [[nodiscard]] static base::Result<std::shared_ptr<Typeface const>> shared();

  ~Typeface();
  Typeface(Typeface const&) = delete;
  Typeface& operator=(Typeface const&) = delete;

  /// Whether both weights have a glyph for every character. Errors: kGlyphMissing, `detail` is the
  /// first that has none, as "U+4E2D". Requires: `text` is UTF-8.
  [[nodiscard]] base::Result<void> check_glyphs(std::string_view text) const;

  /// Width of `text` in one line, in the unit of `size`, which is that of the em square.
  /// Requires: check_glyphs() accepted it.
  [[nodiscard]] double measure(std::string_view text, double size, Weight weight) const;

  /// Shows a line in the current user space, whose y axis goes down.
  void show(cairo_t* cairo, TextLine const& line) const;

 private:
  Typeface();
  struct Fonts;
  std::unique_ptr<Fonts> fonts_;
};

/// What a line of Noto Sans needs, in its size. The accents of an upper-case letter reach a whole
/// em above the baseline.
inline constexpr double kAscent = 0.98;
inline constexpr double kLineHeight = 1.27;
/// Height of figures and capitals.
inline constexpr double kCapHeight = 0.714;

}  // namespace qrpay::qr::poster
