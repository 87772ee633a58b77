#include "qr/scan/scan.h"

// 1.4 answers text() as std::wstring unless told otherwise; 2.x does not look at this.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "base/text.h"
#include "qr/scan/binarize.h"

#if __has_include(<ZXing/ReaderOptions.h>)
#define QRPAY_ZXING_HAS_READER_OPTIONS 1
#else
#define QRPAY_ZXING_HAS_READER_OPTIONS 0
#endif

namespace qrpay::qr::scan {
namespace {

using base::Errc;
using base::fail;

// More codes than this in one picture differ in any case that matters.
constexpr std::uint8_t kSymbolsMax = 8;

// Sixty codes and some look-alikes. The library needs some 0.03 s for this many, and time by the
// cube of their number; see count_finder_patterns().
constexpr std::size_t kFinderPatternsMax = 200;

// A code needs 21 modules of 3 pixels and more to be read well; under 500 / 3 pixels none has them.
constexpr std::uint32_t kShrinkSideMin = 500;

#if QRPAY_ZXING_HAS_READER_OPTIONS
using LibraryOptions = ZXing::ReaderOptions;
#else
using LibraryOptions = ZXing::DecodeHints;
#endif

LibraryOptions library_options() {
  LibraryOptions options;
  options.setFormats(ZXing::BarcodeFormat::QRCode);
  options.setTryHarder(true);
  options.setTryRotate(true);
  options.setTryDownscale(false);                    // done here, so that each size is guarded
  options.setBinarizer(ZXing::Binarizer::BoolCast);  // likewise: 0 is black
  options.setMaxNumberOfSymbols(kSymbolsMax);
#if QRPAY_ZXING_HAS_READER_OPTIONS
  options.setTextMode(ZXing::TextMode::Plain);
  options.setTryInvert(false);  // the third try does it, the same way for every version
#endif
  return options;
}

// Bytes without ECI are taken as UTF-8 when they are: the library would guess, and Vietnamese in
// UTF-8 has been seen to come out as Shift-JIS.
template <class LibraryResult>
std::string text_of(LibraryResult const& result) {
  if (!result.hasECI()) {
    auto const& bytes = result.bytes();
    std::string text(bytes.begin(), bytes.end());
    if (base::is_utf8(text)) return text;
  }
  return result.text();
}

// Adds the texts found that are new. What the library throws on a hostile picture means "nothing".
void add_texts(picture::GreyImage const& bits, std::vector<std::string>& texts) {
  try {
    ZXing::ImageView const view(bits.pixels.data(), static_cast<int>(bits.width),
                                static_cast<int>(bits.height), ZXing::ImageFormat::Lum);
    for (auto const& result : ZXing::ReadBarcodes(view, library_options())) {
      if (!result.isValid() || result.format() != ZXing::BarcodeFormat::QRCode) continue;
      std::string text = text_of(result);
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
        texts.push_back(std::move(text));
      }
    }
  } catch (std::exception const&) {
    return;
  }
}

// The distinct texts in the picture, looked at in its own size and in thirds of it: large and
// noisy codes show only in the small ones. A size with too much in it is passed over; noise goes
// away in the next.
std::vector<std::string> find_texts(picture::GreyImage const& image) {
  std::vector<std::string> texts;
  picture::GreyImage smaller;
  for (picture::GreyImage const* level = &image;;) {
    picture::GreyImage const bits = binarize(*level);
    if (count_finder_patterns(bits, kFinderPatternsMax) <= kFinderPatternsMax) {
      add_texts(bits, texts);
    }
    if (std::min(level->width, level->height) < kShrinkSideMin) return texts;
    smaller = shrink_by_3(*level);
    level = &smaller;
  }
}

base::Result<std::string> only_one(std::vector<std::string>& texts) {
  if (texts.size() > 1) {
    return fail(Errc::kSeveralCodes, std::to_string(texts.size()) + " different codes");
  }
  return std::move(texts.front());
}

}  // namespace

base::Result<std::string> scan_image(picture::GreyImage const& image) {
  if (image.pixels.empty() ||
      image.pixels.size() != std::size_t{image.width} * std::size_t{image.height}) {
    return fail(Errc::kImageMalformed, "pixels do not match the sizes");
  }
  if (image.pixels.size() > picture::kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  std::vector<std::string> texts = find_texts(image);
  if (!texts.empty()) return only_one(texts);
  picture::GreyImage const stretched = stretch(image);
  texts = find_texts(stretched);
  if (!texts.empty()) return only_one(texts);
  texts = find_texts(invert(stretched));
  if (!texts.empty()) return only_one(texts);
  return fail(Errc::kNoCodeFound);
}

base::Result<std::string> scan_png(base::ByteView file) {
  QRPAY_TRY(picture::GreyImage const image, picture::read_png(file));
  return scan_image(image);
}

}  // namespace qrpay::qr::scan
