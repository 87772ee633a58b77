// Picture -> the text of the QR code in it. Sole includer of ZXing-C++ (1.4 and 2.x).
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "qr/picture/png.h"

namespace qrpay::qr::scan {

/// The text of the only QR code in `image`, as UTF-8 (a code without an ECI header whose bytes are
/// not UTF-8 is converted by the library's guess). Three tries: as it is, contrast stretched, and
/// stretched and inverted; the first that finds a code wins.
/// Says nothing about the text: give it to read_payload(). Micro QR and rMQR are not looked for.
/// Some ms for a screenshot, 1 to 2 s for the worst picture of kImagePixelsMax: bounded for hostile
/// pictures too, since a size that shows more than 200 finder patterns is not searched. Takes up to
/// 4 bytes a pixel besides `image`. Threads: any.
/// Errors: kNoCodeFound; kSeveralCodes, codes with different texts, so nobody can say which one is
///   meant (several codes with one text are one); kImageMalformed, pixels do not match the sizes;
///   kImageTooLarge, over picture::kImagePixelsMax.
[[nodiscard]] base::Result<std::string> scan_image(picture::GreyImage const& image);

/// The same for a PNG file. Further errors: those of picture::read_png().
[[nodiscard]] base::Result<std::string> scan_png(base::ByteView file);

}  // namespace qrpay::qr::scan
