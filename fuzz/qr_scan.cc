// Any bytes as a PNG file: never a crash, never more pixels than the cap, never an empty success.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "qr/picture/png.h"
#include "qr/scan/scan.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace qrpay;
  // Pictures a fuzzer can look at quickly; the cap itself has a test.
  constexpr std::uint64_t kPixelsMax = 250'000;
  auto const image = qr::picture::read_png({data, size});
  if (!image) {
    QRPAY_CHECK(image.error().errc == base::Errc::kImageMalformed ||
                image.error().errc == base::Errc::kImageTooLarge);
    return 0;
  }
  QRPAY_CHECK(image->pixels.size() == std::uint64_t{image->width} * image->height);
  QRPAY_CHECK(image->pixels.size() <= qr::picture::kImagePixelsMax);
  if (image->pixels.size() > kPixelsMax) return 0;
  auto const text = qr::scan::scan_image(*image);
  if (!text) {
    QRPAY_CHECK(text.error().errc == base::Errc::kNoCodeFound ||
                text.error().errc == base::Errc::kSeveralCodes);
  }
  return 0;
}
