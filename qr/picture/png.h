// PNG files, both ways. Sole includer of libpng.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "qr/picture/image.h"

namespace qrpay::qr::picture {

/// Any PNG as luminance; transparent parts are laid on white, 16 bits are cut to 8.
/// Sizes are checked before anything is allocated for the pixels. Threads: any.
/// Errors: kImageMalformed; kImageTooLarge, over kImagePixelsMax or kImageBytesMax.
[[nodiscard]] base::Result<GreyImage> read_png(base::ByteView file);

/// A 1-bit greyscale PNG, with its size on paper (pHYs) unless pixels_per_metre is 0. The same
/// image gives the same bytes with the same zlib. Threads: any.
/// Errors: kImageTooLarge, over kImagePixelsMax.
/// Requires: width and height at least 1; rows.size() == height * row_bytes().
[[nodiscard]] base::Result<std::string> write_png(BitImage const& image,
                                                  std::uint32_t pixels_per_metre = 0);

}  // namespace qrpay::qr::picture
