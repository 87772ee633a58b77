// Black and white under a shadow, in flat parts and at the edges.
#include "qr/scan/binarize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/qr/drawn.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

TEST(Binarize, LeavesBlackAndWhiteAlone) {
  for (unsigned scale : {1u, 2u, 3u, 8u}) {
    GreyImage const image = image_of(kStatic, scale);
    EXPECT_EQ(binarize(image).pixels, image.pixels) << scale;
  }
}

// The light falls off so far that white on one side is darker than black on the other.
TEST(Binarize, SeesModulesUnderAShadow) {
  GreyImage const image = image_of(kStatic, 4);
  GreyImage shaded = image;
  for (std::size_t i = 0; i < shaded.pixels.size(); ++i) {
    std::size_t const x = i % shaded.width;
    shaded.pixels[i] = static_cast<std::uint8_t>((image.pixels[i] == 0 ? 60 : 200) * (x + 30) /
                                                 (shaded.width + 30));
  }
  GreyImage const bits = binarize(shaded);
  std::size_t same = 0;
  for (std::size_t i = 0; i < bits.pixels.size(); ++i) same += bits.pixels[i] == image.pixels[i];
  EXPECT_GT(same, bits.pixels.size() * 99 / 100);
}

TEST(Binarize, TakesEverySize) {
  for (std::uint32_t width : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 41u}) {
    for (std::uint32_t height : {1u, 7u, 8u, 9u, 40u}) {
      GreyImage image{width, height, {}};
      for (std::size_t i = 0; i < std::size_t{width} * height; ++i) {
        image.pixels.push_back(static_cast<std::uint8_t>(i * 37));
      }
      for (std::size_t radius : {1u, 2u, 5u}) {
        GreyImage const bits = binarize(image, radius);
        EXPECT_EQ(bits.pixels.size(), image.pixels.size());
        EXPECT_TRUE(std::ranges::all_of(bits.pixels, [](int p) { return p == 0 || p == 255; }));
      }
    }
  }
}

TEST(Binarize, InvertsTwiceToTheSame) {
  GreyImage const image = image_of(kStatic, 2);
  GreyImage twice = image;
  invert(twice);
  EXPECT_NE(twice.pixels, image.pixels);
  invert(twice);
  EXPECT_EQ(twice.pixels, image.pixels);
}

}  // namespace
}  // namespace qrpay::qr::scan
