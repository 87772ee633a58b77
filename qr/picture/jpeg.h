// JPEG files, both ways. Sole includer of libjpeg-turbo.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "qr/picture/image.h"

namespace qrpay::qr::picture {

/// Neither the eye nor a reader of codes sees a difference above.
inline constexpr int kJpegQualityDefault = 90;
/// Encoders write about ten scans. Each costs a pass over the whole picture however few bytes it
/// has, so a small file of a thousand scans would take minutes.
inline constexpr int kJpegScansMax = 32;

/// A JPEG (baseline or progressive; grey, YCbCr, RGB or CMYK) as luminance, as stored: the
/// orientation of EXIF is not applied, since a QR symbol reads from any side. Sizes are checked
/// before anything is allocated for the pixels. A file of several scans (progressive) takes two
/// bytes of memory more for each sample of each component, and may have kJpegScansMax of them.
/// Threads: any.
/// Errors: kImageMalformed, also a file that is cut off, however late, or whose data do not decode;
///   kImageTooLarge, over kImagePixelsMax or kImageBytesMax.
[[nodiscard]] base::Result<GreyImage> read_jpeg(base::ByteView file);

/// A baseline JPEG with colour at full resolution (4:4:4: coloured print beside black modules must
/// not bleed into them). The same image gives the same bytes with the same library. Threads: any.
/// Errors: kInvalidField, `quality` is not 1 to 100; kImageTooLarge, over kImagePixelsMax or over
///   65,500 on a side, the most a JPEG holds.
/// Requires: width and height at least 1; pixels.size() == width * height * 3.
[[nodiscard]] base::Result<std::string> write_jpeg(RgbImage const& image,
                                                   int quality = kJpegQualityDefault);

}  // namespace qrpay::qr::picture
