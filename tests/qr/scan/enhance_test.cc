// Each filter against its definition, at every pixel.
#include "qr/scan/enhance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/qr/scan/damage.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

GreyImage noise(std::uint32_t width, std::uint32_t height) {
  SeededRandom random(width * 1000 + height);
  GreyImage out{width, height, {}};
  for (std::size_t i = 0; i < std::size_t{width} * height; ++i) {
    out.pixels.push_back(static_cast<std::uint8_t>(random.next()));
  }
  return out;
}

// Outside, the picture goes on like its edge.
int at(GreyImage const& image, std::ptrdiff_t x, std::ptrdiff_t y) {
  auto const column = std::clamp<std::ptrdiff_t>(x, 0, image.width - 1);
  auto const row = std::clamp<std::ptrdiff_t>(y, 0, image.height - 1);
  return image.pixels[static_cast<std::size_t>(row * image.width + column)];
}

constexpr struct Size {
  std::uint32_t width;
  std::uint32_t height;
} kSizes[] = {{1, 1}, {2, 2}, {3, 5}, {17, 4}, {40, 33}};

template <class Expected>
void expect_each(GreyImage const& out, Expected&& expected) {
  for (std::ptrdiff_t y = 0; y < out.height; ++y) {
    for (std::ptrdiff_t x = 0; x < out.width; ++x) {
      ASSERT_EQ(at(out, x, y), expected(x, y)) << out.width << " wide: " << x << ", " << y;
    }
  }
}

TEST(Enhance, ShrinksByAverages) {
  GreyImage const image = noise(41, 32);
  for (std::ptrdiff_t factor : {2, 3}) {
    GreyImage const out = factor == 2 ? shrink_by_2(image) : shrink_by_3(image);
    EXPECT_EQ(out.width, 41 / factor);
    EXPECT_EQ(out.height, 32 / factor);
    expect_each(out, [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      int sum = 0;
      for (std::ptrdiff_t i = 0; i < factor * factor; ++i) {
        sum += at(image, x * factor + i % factor, y * factor + i / factor);
      }
      return sum / static_cast<int>(factor * factor);
    });
  }
}

TEST(Enhance, DoublesBilinearly) {
  for (auto const& [width, height] : kSizes) {
    GreyImage const image = noise(width, height);
    GreyImage const out = double_size(image);
    EXPECT_EQ(out.pixels.size(), 4 * image.pixels.size());
    expect_each(out, [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      std::ptrdiff_t const right = x / 2 + (x % 2 == 0 ? -1 : 1);
      std::ptrdiff_t const down = y / 2 + (y % 2 == 0 ? -1 : 1);
      int const near = 3 * at(image, x / 2, y / 2) + at(image, right, y / 2);
      int const far = 3 * at(image, x / 2, down) + at(image, right, down);
      return (3 * near + far + 8) / 16;
    });
  }
}

TEST(Enhance, StretchesBetweenTheOutermostHundredths) {
  GreyImage image{10, 100, {}};
  for (int i = 0; i < 1000; ++i) image.pixels.push_back(static_cast<std::uint8_t>(100 + i % 50));
  image.pixels[0] = 0;
  image.pixels[1] = 255;
  GreyImage const out = stretch(image);
  expect_each(out, [&](std::ptrdiff_t x, std::ptrdiff_t y) {
    return std::clamp((at(image, x, y) - 100) * 255 / 49, 0, 255);
  });
  GreyImage const flat{4, 4, std::vector<std::uint8_t>(16, 77)};
  EXPECT_EQ(stretch(flat).pixels.size(), 16u);
}

TEST(Enhance, SoftensWithNeighbours) {
  for (auto const& [width, height] : kSizes) {
    GreyImage const image = noise(width, height);
    expect_each(soften(image), [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      int sum = 8;
      for (int i = 0; i < 9; ++i) {
        int const weight = (2 - std::abs(i % 3 - 1)) * (2 - std::abs(i / 3 - 1));
        sum += weight * at(image, x + i % 3 - 1, y + i / 3 - 1);
      }
      return sum / 16;
    });
  }
}

TEST(Enhance, SharpensAgainstTheMeanAround) {
  for (auto const& [width, height] : kSizes) {
    for (std::ptrdiff_t radius : {0, 1, 3, 8}) {
      GreyImage const image = noise(width, height);
      expect_each(sharpen(image, static_cast<std::size_t>(radius)),
                  [&](std::ptrdiff_t x, std::ptrdiff_t y) {
                    int sum = 0;
                    for (std::ptrdiff_t j = -radius; j <= radius; ++j) {
                      for (std::ptrdiff_t i = -radius; i <= radius; ++i) {
                        sum += at(image, x + i, y + j);
                      }
                    }
                    auto const side = static_cast<int>(2 * radius + 1);
                    int const level = at(image, x, y);
                    return std::clamp(level + 4 * (level - sum / (side * side)), 0, 255);
                  });
    }
  }
}

TEST(Enhance, TakesTheMiddleOfNineInsideTheEdge) {
  for (auto const& [width, height] : kSizes) {
    GreyImage const image = noise(width, height);
    expect_each(without_specks(image), [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      if (x == 0 || y == 0 || x == image.width - 1 || y == image.height - 1) return at(image, x, y);
      std::vector<int> nine;
      for (int i = 0; i < 9; ++i) nine.push_back(at(image, x + i % 3 - 1, y + i / 3 - 1));
      std::ranges::sort(nine);
      return nine[4];
    });
  }
}

}  // namespace
}  // namespace qrpay::qr::scan
