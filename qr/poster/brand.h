// An operator's own marks (VietQR, NAPAS, banks: whoever holds a licence), from a folder of SVG
// files. qrpay ships none. Sole includer of librsvg.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

// The name that <cairo.h> gives its context; this header need not include it.
typedef struct _cairo cairo_t;  // NOLINT(modernize-use-using, readability-identifier-naming)

namespace qrpay::qr::poster {

struct Box;

/// More marks than this crowd out the code.
inline constexpr std::size_t kBrandMarksMax = 4;
/// A mark is some curves: the ones that banks publish have 2 to 40 KiB.
inline constexpr std::size_t kBrandBytesMax = 256u << 10;
inline constexpr std::size_t kBrandElementsMax = 2'000;
inline constexpr std::size_t kBrandDepthMax = 32;
/// Files of the folder looked at before it is refused, SVG or not.
inline constexpr std::size_t kBrandFilesMax = 64;

/// Marks ready to be drawn. Immutable.
class Brand {
 public:
  /// The files of `directory` whose names end in ".svg", in the order of their names; other files
  /// are left alone. A mark is plain shapes: paths, groups and gradients of its own. Refused is
  /// whatever would load something, take a font of the machine, or make a small file slow to draw:
  /// entities, text, images, styles with escapes, use, filters, patterns, masks, dashes.
  /// Errors: kIo, the folder or a file cannot be read; kTooLarge, more than kBrandMarksMax marks or
  ///   kBrandFilesMax files; kImageTooLarge, a file over kBrandBytesMax, kBrandElementsMax or
  ///   kBrandDepthMax; kImageMalformed, a file that is not such a drawing. `detail` begins with the
  ///   name of the file.
  [[nodiscard]] static base::Result<std::shared_ptr<Brand const>> load(
      std::string const& directory);

  ~Brand();
  Brand(Brand const&) = delete;
  Brand& operator=(Brand const&) = delete;

  [[nodiscard]] std::size_t size() const;
  /// Width over height, 0.1 to 10. Requires: index < size().
  [[nodiscard]] double aspect(std::size_t index) const;
  /// Draws a mark into `box`, keeping its proportions, and nothing outside of it. Threads: any, in
  /// turn.
  /// Errors: kImageMalformed. Requires: index < size().
  [[nodiscard]] base::Result<void> draw(cairo_t* cairo, std::size_t index, Box const& box) const;

 private:
  Brand();
  struct Marks;
  std::unique_ptr<Marks> marks_;
};

/// Whether a text may be a mark, before any XML library sees it; see Brand::load(). Linear.
/// Errors: kImageMalformed, kImageTooLarge; `detail` says what is refused.
[[nodiscard]] base::Result<void> check_brand_text(std::string_view svg);

}  // namespace qrpay::qr::poster
