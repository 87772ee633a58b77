// Any bytes as a picture file: never a crash, never more pixels than the cap, never an empty
// success.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace qrpay;
  // Pictures a fuzzer can look at quickly; the cap itself has a test.
  constexpr std::uint64_t kPixelsMax = 250'000;
  auto const image = qr::picture::read_picture({data, size});
  if (!image) {
    QRPAY_CHECK(image.error().errc == base::Errc::kImageMalformed ||
                image.error().errc == base::Errc::kImageTooLarge);
    return 0;
  }
  QRPAY_CHECK(image->pixels.size() == std::uint64_t{image->width} * image->height);
  QRPAY_CHECK(image->pixels.size() <= qr::picture::kImagePixelsMax);
  if (image->pixels.size() > kPixelsMax) return 0;
  auto const texts = qr::scan::scan_codes(*image);
  if (texts) {
    QRPAY_CHECK(!texts->empty());
  } else {
    QRPAY_CHECK(texts.error().errc == base::Errc::kNoCodeFound ||
                texts.error().errc == base::Errc::kUnsupportedSymbol);
  }
  return 0;
}
