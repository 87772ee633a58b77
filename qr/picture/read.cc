#include "qr/picture/read.h"

#include <string_view>

#include "qr/picture/jpeg.h"
#include "qr/picture/png.h"
#include "qr/picture/webp.h"

namespace qrpay::qr::picture {

base::Result<GreyImage> read_picture(base::ByteView file) {
  std::string_view const text = base::as_text(file);
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return read_png(file);
  if (text.starts_with("\xFF\xD8\xFF")) return read_jpeg(file);
  // A container of chunks: four bytes of length stand between its two names.
  if (text.size() >= 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP") {
    return read_webp(file);
  }
  return base::fail(base::Errc::kImageMalformed, "not PNG, JPEG or WebP");
}

}  // namespace qrpay::qr::picture
