#include "qr/scan/reader.h"

// 1.4 answers text() as std::wstring unless told otherwise; 2.x does not look at this.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include "base/text.h"
#include "qr/scan/finders.h"

#if __has_include(<ZXing/ReaderOptions.h>)
#define QRPAY_ZXING_HAS_READER_OPTIONS 1
#else
#define QRPAY_ZXING_HAS_READER_OPTIONS 0
#endif

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;
using ZXing::BarcodeFormat;

// More codes than this in one picture differ in any case that matters.
constexpr std::uint8_t kSymbolsMax = 8;

// What a QR code has. The count is looser than the library's, so fewer mean no code.
constexpr std::size_t kFinderPatternsMin = 3;
// Sixty codes and some look-alikes. The library needs some 0.03 s for this many, and time by the
// cube of their number; see count_finder_patterns().
constexpr std::size_t kFinderPatternsMax = 200;

#if QRPAY_ZXING_HAS_READER_OPTIONS
using LibraryOptions = ZXing::ReaderOptions;
constexpr auto kSmallFormats = BarcodeFormat::MicroQRCode | BarcodeFormat::RMQRCode;
#else
using LibraryOptions = ZXing::DecodeHints;
constexpr auto kSmallFormats = BarcodeFormat::MicroQRCode;
#endif

LibraryOptions library_options(ZXing::BarcodeFormats formats) {
  LibraryOptions options;
  options.setFormats(formats);
  options.setTryHarder(true);
  options.setTryRotate(true);
  options.setTryDownscale(false);                    // done outside, so that each size is guarded
  options.setBinarizer(ZXing::Binarizer::BoolCast);  // likewise: 0 is black
  options.setMaxNumberOfSymbols(kSymbolsMax);
#if QRPAY_ZXING_HAS_READER_OPTIONS
  options.setTextMode(ZXing::TextMode::Plain);
  options.setTryInvert(false);  // the caller does it, the same way for every version
#endif
  return options;
}

ZXing::ImageView view_of(GreyImage const& bits) {
  return {bits.pixels.data(), static_cast<int>(bits.width), static_cast<int>(bits.height),
          ZXing::ImageFormat::Lum};
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

}  // namespace

// What the library throws on a hostile picture means "nothing".
std::vector<std::string> read_bits(GreyImage const& bits) {
  std::vector<std::string> texts;
  std::size_t const patterns = count_finder_patterns(bits, kFinderPatternsMax);
  if (patterns < kFinderPatternsMin || patterns > kFinderPatternsMax) return texts;
  try {
    for (auto const& result :
         ZXing::ReadBarcodes(view_of(bits), library_options(BarcodeFormat::QRCode))) {
      if (!result.isValid() || result.format() != BarcodeFormat::QRCode) continue;
      std::string text = text_of(result);
      if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
    }
  } catch (std::exception const&) {
    return texts;
  }
  return texts;
}

// These have one finder pattern each. Where there are three, it is a QR code that did not read, and
// the library's reader of small symbols has too little redundancy to be trusted about a part of it.
bool holds_small_symbol(GreyImage const& bits) {
  std::size_t const patterns = count_finder_patterns(bits, kFinderPatternsMin);
  if (patterns == 0 || patterns >= kFinderPatternsMin) return false;
  try {
    auto const results = ZXing::ReadBarcodes(view_of(bits), library_options(kSmallFormats));
    return std::ranges::any_of(results, [](auto const& result) { return result.isValid(); });
  } catch (std::exception const&) {
    return false;
  }
}

}  // namespace qrpay::qr::scan
