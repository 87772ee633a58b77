// Paints a Drawing: PDF for print, pixels for screens and print shops. Includes cairo.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/time_text.h"
#include "qr/picture/image.h"
#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {

/// What the file says about itself.
struct PdfInfo {
  std::string title;  ///< UTF-8
  base::Day issued;   ///< becomes the creation date: no clock is read
};

/// A PDF of one page, a unit of the drawing being a millimetre, fonts embedded. The same drawing
/// gives the same bytes with the same cairo, pango and font. Some ms. Threads: any.
/// Errors: those of Typeface::shared() and of Brand::draw(); kIo, cairo refused (no memory).
[[nodiscard]] base::Result<std::string> paint_pdf(Drawing const& drawing, PdfInfo const& info);

/// The drawing at `pixels_per_unit`, edges rounded to whole pixels. A module is a whole number of
/// pixels, rounded down, and begins on a whole one: nothing of a symbol is ever grey.
/// 4 bytes a pixel besides the result. Threads: any.
/// Errors: those of Typeface::shared() and of Brand::draw(); kImageTooLarge, over
///   picture::kImagePixelsMax; kInvalidField, a module under a pixel; kIo, no memory.
[[nodiscard]] base::Result<picture::RgbImage> paint_image(Drawing const& drawing,
                                                          double pixels_per_unit);

/// A PNG in 8-bit RGB that names its resolution, so that it prints in its true size; `dpi` 0 leaves
/// that out. The same image gives the same bytes with the same cairo and zlib.
/// Errors: kIo, no memory. Requires: width and height at least 1, at most kImagePixelsMax in all.
[[nodiscard]] base::Result<std::string> write_colour_png(picture::RgbImage const& image,
                                                         unsigned dpi);

}  // namespace qrpay::qr::poster
