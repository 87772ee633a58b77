// Any bytes as a picture file: never a crash, never more pixels than the cap, and the same answer
// twice.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "qr/picture/read.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace qrpay;
  auto const image = qr::picture::read_picture({data, size});
  auto const again = qr::picture::read_picture({data, size});
  QRPAY_CHECK(image.has_value() == again.has_value());
  if (!image) {
    QRPAY_CHECK(image.error() == again.error());
    QRPAY_CHECK(image.error().errc == base::Errc::kImageMalformed ||
                image.error().errc == base::Errc::kImageTooLarge);
    QRPAY_CHECK(!image.error().detail.empty());
    return 0;
  }
  QRPAY_CHECK(image->width > 0 && image->height > 0);
  QRPAY_CHECK(image->pixels.size() == std::uint64_t{image->width} * image->height);
  QRPAY_CHECK(image->pixels.size() <= qr::picture::kImagePixelsMax);
  // A decoder that leaves pixels unset shows by this or by a sanitizer.
  QRPAY_CHECK(image->pixels == again->pixels);
  return 0;
}
