// A picture of any kind that is read, told by its first bytes and never by its name.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "qr/picture/image.h"

namespace qrpay::qr::picture {

/// PNG, JPEG or WebP as luminance: read_png, read_jpeg or read_webp. Threads: any.
/// Errors: theirs; kImageMalformed with "not PNG, JPEG or WebP" for anything else.
[[nodiscard]] base::Result<GreyImage> read_picture(base::ByteView file);

}  // namespace qrpay::qr::picture
