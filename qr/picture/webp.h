// WebP files, to read. Sole includer of libwebp.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "qr/picture/image.h"

namespace qrpay::qr::picture {

/// A still WebP, lossy or lossless, as luminance; transparent parts are laid on white. Sizes are
/// checked before anything is allocated for the pixels; four bytes a pixel are held while decoding.
/// Threads: any.
/// Errors: kImageMalformed, also a file that is cut off, and an animation, by that name: which of
///   its frames is meant is not ours to guess; kImageTooLarge, over kImagePixelsMax or
///   kImageBytesMax.
[[nodiscard]] base::Result<GreyImage> read_webp(base::ByteView file);

}  // namespace qrpay::qr::picture
