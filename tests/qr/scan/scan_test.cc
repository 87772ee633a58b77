// What is drawn is read; what cannot be read is refused by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "qr/scan/binarize.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::scan {
namespace {

using base::Errc;
using picture::GreyImage;

TEST(Scan, ReadsWhatWasDrawnAtEveryLevelAndScale) {
  for (draw::Level level : {draw::Level::kL, draw::Level::kM, draw::Level::kQ, draw::Level::kH}) {
    for (unsigned scale : {2u, 3u, 8u}) {
      auto const png = draw::render_png(symbol_of(kStatic, {level}), scale);
      ASSERT_TRUE(png);
      auto const text = scan_png(base::as_bytes(*png));
      ASSERT_TRUE(text) << to_string(text.error());
      EXPECT_EQ(*text, kStatic);
    }
  }
}

TEST(Scan, ReadsVietnameseAndNulByteForByte) {
  std::string const texts[] = {"0111Ph\u1edf B\u00e1t \u0110\u00e0n",
                               "\u6700\u4f73\u8fd0\u8f93 \u5317\u4eac", std::string("a\0b", 3)};
  for (std::string const& text : texts) {
    auto const read = scan_image(image_of(text));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, text);
  }
}

TEST(Scan, ReadsInvertedAndPaleOnes) {
  GreyImage const image = image_of(kStatic);
  GreyImage inverted = image;
  for (auto& pixel : inverted.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  GreyImage pale = image;
  for (auto& pixel : pale.pixels) pixel = static_cast<std::uint8_t>(100 + pixel / 32);
  for (GreyImage const& changed : {inverted, pale}) {
    auto const text = scan_image(changed);
    ASSERT_TRUE(text) << to_string(text.error());
    EXPECT_EQ(*text, kStatic);
  }
}

// Two pictures side by side.
GreyImage beside(GreyImage const& left, GreyImage const& right) {
  GreyImage out{left.width + right.width, std::max(left.height, right.height), {}};
  out.pixels.assign(std::size_t{out.width} * out.height, 255);
  auto const paste = [&](GreyImage const& from, std::size_t x) {
    for (std::size_t y = 0; y < from.height; ++y) {
      std::copy_n(from.pixels.begin() + static_cast<std::ptrdiff_t>(y * from.width), from.width,
                  out.pixels.begin() + static_cast<std::ptrdiff_t>(y * out.width + x));
    }
  };
  paste(left, 0);
  paste(right, left.width);
  return out;
}

TEST(Scan, RefusesToChooseBetweenDifferentCodes) {
  auto const several = scan_image(beside(image_of(kStatic), image_of("another text")));
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().errc, Errc::kSeveralCodes);
  auto const same = scan_image(beside(image_of(kStatic), image_of(kStatic)));
  ASSERT_TRUE(same) << to_string(same.error());
  EXPECT_EQ(*same, kStatic);
}

TEST(Scan, FindsNothingInFlatAndTinyPictures) {
  for (std::uint32_t side : {1u, 2u, 20u, 300u}) {
    for (std::uint8_t grey : {std::uint8_t{0}, std::uint8_t{128}, std::uint8_t{255}}) {
      GreyImage const flat{side, side, std::vector<std::uint8_t>(std::size_t{side} * side, grey)};
      auto const text = scan_image(flat);
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error().errc, Errc::kNoCodeFound);
    }
  }
}

// The corner square of a QR code, over and over: `count` on a side, nine pixels apart.
GreyImage tiled_with_finders(std::uint32_t count) {
  std::uint32_t const side = count * 9;
  GreyImage out{side, side, {}};
  for (std::uint32_t y = 0; y < side; ++y) {
    for (std::uint32_t x = 0; x < side; ++x) {
      int const dx = std::abs(static_cast<int>(x % 9) - 4);
      int const dy = std::abs(static_cast<int>(y % 9) - 4);
      int const ring = std::max(dx, dy);
      out.pixels.push_back(ring == 0 || ring == 1 || ring == 3 ? 0 : 255);
    }
  }
  return out;
}

TEST(Scan, CountsFinderPatternsUpToTheLimit) {
  EXPECT_EQ(count_finder_patterns(binarize(image_of(kStatic)), 200), 3u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(10)), 200), 100u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(20)), 200), 201u);
}

// The library alone takes minutes here, by the cube of the number of squares. What is tested is
// that the guard keeps such a picture from it; a run that hangs fails by the suite's time limit.
TEST(Scan, PictureFullOfFinderPatternsIsNotSearched) {
  auto const text = scan_image(tiled_with_finders(60));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().errc, Errc::kNoCodeFound);
}

TEST(Scan, ReadsThroughNoiseAndAcrossAShadow) {
  GreyImage noisy = image_of(kStatic, 12);
  GreyImage shaded = image_of(kStatic, 6);
  std::minstd_rand random(1);
  for (auto& pixel : noisy.pixels) {
    int const noise = static_cast<int>(random() % 120) - 60;
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + noise, 0, 255));
  }
  for (std::size_t i = 0; i < shaded.pixels.size(); ++i) {
    std::size_t const x = i % shaded.width;
    shaded.pixels[i] = static_cast<std::uint8_t>(60 + shaded.pixels[i] * (x + 60) / 900);
  }
  for (GreyImage const& changed : {noisy, shaded}) {
    auto const text = scan_image(changed);
    ASSERT_TRUE(text) << to_string(text.error());
    EXPECT_EQ(*text, kStatic);
  }
}

TEST(Scan, RefusesPixelsThatDoNotMatchTheirSizes) {
  GreyImage image = image_of(kStatic);
  image.pixels.pop_back();
  EXPECT_EQ(scan_image(image).error().errc, Errc::kImageMalformed);
  EXPECT_EQ(scan_image(GreyImage{}).error().errc, Errc::kImageMalformed);
}

}  // namespace
}  // namespace qrpay::qr::scan
