#include "qr/scan/scan.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>
#include <utility>

#include "qr/payload.h"
#include "qr/picture/read.h"
#include "qr/scan/binarize.h"
#include "qr/scan/enhance.h"
#include "qr/scan/reader.h"
#include "qr/scan/redraw.h"

namespace qrpay::qr::scan {
namespace {

using base::Errc;
using base::fail;
using picture::GreyImage;

// A code needs 21 modules of 3 pixels and more to be read well; under 500 / 3 pixels none has them.
constexpr std::uint32_t kShrinkSideMin = 500;

// The least side of a QR code, a pixel for each module.
constexpr std::uint32_t kSideMin = 21;

// Pixels of a size that all filters can be tried on in time. Larger sizes come after that, since a
// code that is blurred in them shows better in the third of them.
constexpr std::size_t kFilteredFirstMax = 2'000'000;

// Tries after the one that found only texts that are no VietQR: a poster that shows a link beside
// the code for paying must not be taken for a link because that code is harder to read.
constexpr int kTriesAfterOthers = 2;

// A try: what is done to the stretched picture before it is binarized.
struct Step {
  GreyImage (*treat)(GreyImage const& stretched);
  double work;  // pixels handled, for each of the picture's
  std::size_t radius_tiles = kRadiusTilesDefault;
};

// After the picture as it is and stretched. The order and the numbers are those that read most of
// tests/qr/scan/damage.h, and of mixtures of its damages, in least time; `./dev bench qr` shows how
// much that is.
constexpr Step kSteps[] = {
    // Blur with noise, which is what phones make. Alone it reads four fifths of everything.
    {[](GreyImage const& s) { return sharpen(soften(s), 5); }, 2},
    // Small and blurred.
    {[](GreyImage const& s) { return double_size(sharpen(s, 3)); }, 6},
    // Noise.
    {[](GreyImage const& s) { return soften(s); }, 1.5},
    // Small, with blur and noise.
    {[](GreyImage const& s) { return sharpen(soften(soften(double_size(s))), 5); }, 10, 3},
    // Large modules, much blurred.
    {[](GreyImage const& s) { return sharpen(shrink_by_2(s), 3); }, 0.8},
    {[](GreyImage const& s) { return sharpen(soften(soften(s)), 5); }, 2.5},
    // Small, or far away on one side.
    {[](GreyImage const& s) { return double_size(s); }, 5, 3},
    // Specks.
    {[](GreyImage const& s) { return double_size(without_specks(s)); }, 8},
    // More blur and noise than one filter can take.
    {[](GreyImage const& s) { return sharpen(soften(sharpen(soften(soften(s)), 2)), 3); }, 4},
};

enum class Trust {
  kVietQr,  // and its CRC says so
  kOther,   // nothing speaks against it
  kBroken,  // begins like EMVCo's, and is not whole
};

Trust judge(std::string_view text) {
  if (!text.starts_with("0002")) return Trust::kOther;
  Reading const reading = read_payload(text);
  if (reading.faults.has_fatal()) return Trust::kBroken;
  return reading.payload.scheme == Scheme::kVietQr ? Trust::kVietQr : Trust::kOther;
}

std::vector<std::string> read_any_way(GreyImage const& bits) {
  std::vector<std::string> texts = read_bits(bits);
  if (!texts.empty()) return texts;
  for (GreyImage const& code : redraw_codes(bits)) {
    for (std::string& text : read_bits(code)) {
      if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
    }
  }
  return texts;
}

class Ladder {
 public:
  Ladder(GreyImage const& image, ScanOptions const& options)
      : options_(options), start_(options.clock->ticks()) {
    add_level(image);
  }

  [[nodiscard]] base::Result<std::vector<std::string>> run() {
    climb();
    if (!texts_.empty()) return std::move(texts_);
    if (holds_small()) {
      return fail(Errc::kUnsupportedSymbol, "a Micro QR or rMQR code, which VietQR never is");
    }
    if (!broken_.empty()) return fail(Errc::kNoCodeFound, "one was read wrongly");
    return fail(Errc::kNoCodeFound);
  }

 private:
  // The picture in one of its sizes.
  struct Level {
    GreyImage const* image;
    GreyImage stretched;
  };

  // Small ones first, since they are quick and large codes show in them best.
  void add_level(GreyImage const& image) {
    if (std::min(image.width, image.height) >= kShrinkSideMin) {
      add_level(shrunk_.emplace_back(shrink_by_3(image)));
    }
    levels_.push_back({&image, {}});
  }

  void climb() {
    for (Level const& level : levels_) look_at(level, 1, binarize(*level.image));
    if (is_over()) return;
    bool differs = false;
    for (Level& level : levels_) {
      level.stretched = stretch(*level.image);
      if (level.stretched.pixels == level.image->pixels || !has_time_for(level, 1)) continue;
      differs = true;
      look_at(level, 1, binarize(level.stretched));
    }
    if (differs && is_over()) return;
    if (!climb_on(/*large=*/false)) climb_on(/*large=*/true);
  }

  // Filters, on the sizes that are small enough or on the others. True when the ladder is over.
  bool climb_on(bool large) {
    for (Step const& step : kSteps) {
      bool tried = false;
      for (Level const& level : levels_) {
        bool const is_large = level.image->pixels.size() > kFilteredFirstMax;
        if (is_large != large || !has_time_for(level, step.work)) continue;
        tried = true;
        look_at(level, step.work, binarize(step.treat(level.stretched), step.radius_tiles));
      }
      if (tried && is_over()) return true;
    }
    return false;
  }

  void look_at(Level const& level, double work, GreyImage bits) {
    std::vector<std::string> texts = read_any_way(bits);
    if (texts.empty()) {
      invert(bits);
      texts = read_any_way(bits);
    }
    for (std::string& text : texts) take(std::move(text));
    done_ += work * static_cast<double>(level.image->pixels.size());
  }

  void take(std::string text) {
    Trust const trust = judge(text);
    if (std::ranges::find(texts_, text) != texts_.end()) return;
    if (trust == Trust::kBroken && std::ranges::find(broken_, text) == broken_.end()) {
      broken_.push_back(std::move(text));
      return;
    }
    has_vietqr_ = has_vietqr_ || trust == Trust::kVietQr;
    texts_.push_back(std::move(text));
  }

  // Asked once after each try.
  [[nodiscard]] bool is_over() {
    if (has_vietqr_) return true;
    return !texts_.empty() && tries_after_others_++ == kTriesAfterOthers;
  }

  // Judged by the mean speed so far. No try is made of more pixels than a picture may have.
  [[nodiscard]] bool has_time_for(Level const& level, double work) const {
    double const pixels = work * static_cast<double>(level.image->pixels.size());
    if (pixels > static_cast<double>(picture::kImagePixelsMax)) return false;
    auto const spent =
        static_cast<double>(options_.clock->ticks().microseconds() - start_.microseconds());
    return spent * (1 + pixels / done_) <= 1000 * static_cast<double>(options_.budget_ms);
  }

  [[nodiscard]] bool holds_small() const {
    return std::ranges::any_of(levels_, [&](Level const& level) {
      return has_time_for(level, 1) && holds_small_symbol(binarize(level.stretched));
    });
  }

  ScanOptions options_;
  base::Ticks start_;
  std::deque<GreyImage> shrunk_;  // stays in place while it grows
  std::vector<Level> levels_;
  double done_ = 0;  // work, in pixels
  std::vector<std::string> texts_;
  std::vector<std::string> broken_;
  bool has_vietqr_ = false;
  int tries_after_others_ = 0;
};

}  // namespace

base::Result<std::vector<std::string>> scan_codes(GreyImage const& image,
                                                  ScanOptions const& options) {
  if (image.pixels.empty() ||
      image.pixels.size() != std::size_t{image.width} * std::size_t{image.height}) {
    return fail(Errc::kImageMalformed, "pixels do not match the sizes");
  }
  if (image.pixels.size() > picture::kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  if (std::min(image.width, image.height) < kSideMin) return fail(Errc::kNoCodeFound);
  return Ladder(image, options).run();
}

base::Result<std::string> scan_image(GreyImage const& image, ScanOptions const& options) {
  QRPAY_TRY(std::vector<std::string> texts, scan_codes(image, options));
  if (texts.size() > 1) {
    return fail(Errc::kSeveralCodes, std::to_string(texts.size()) + " different codes");
  }
  return std::move(texts.front());
}

base::Result<std::string> scan_file(base::ByteView file, ScanOptions const& options) {
  QRPAY_TRY(GreyImage const image, picture::read_picture(file));
  return scan_image(image, options);
}

}  // namespace qrpay::qr::scan
