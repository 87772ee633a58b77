#include "tests/qr/scan/library_alone.h"

#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>
#if __has_include(<ZXing/Version.h>)
#include <ZXing/Version.h>
#else
#include <ZXing/ZXVersion.h>
#endif

namespace qrpay::qr::scan {

std::string library_name() {
  return "ZXing " + std::to_string(ZXING_VERSION_MAJOR) + "." +
         std::to_string(ZXING_VERSION_MINOR) + "." + std::to_string(ZXING_VERSION_PATCH);
}

std::optional<std::string> read_with_library_alone(picture::GreyImage const& image) {
#if __has_include(<ZXing/ReaderOptions.h>)
  ZXing::ReaderOptions options;
  options.setTextMode(ZXing::TextMode::Plain);
  options.setTryInvert(true);
#else
  ZXing::DecodeHints options;
#endif
  options.setFormats(ZXing::BarcodeFormat::QRCode);
  options.setTryHarder(true);
  options.setTryRotate(true);
  options.setTryDownscale(true);
  ZXing::ImageView const view(image.pixels.data(), static_cast<int>(image.width),
                              static_cast<int>(image.height), ZXing::ImageFormat::Lum);
  auto const result = ZXing::ReadBarcode(view, options);
  if (!result.isValid()) return std::nullopt;
  return result.text();
}

}  // namespace qrpay::qr::scan
