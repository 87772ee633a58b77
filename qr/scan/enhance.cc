#include "qr/scan/enhance.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

constexpr int kSharpenStrength = 4;

GreyImage blank(std::uint32_t width, std::uint32_t height) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{width} * height)};
}

std::uint8_t const* row_of(GreyImage const& image, std::size_t y) {
  return image.pixels.data() + std::min<std::size_t>(y, image.height - 1) * image.width;
}

GreyImage shrink_by(GreyImage const& image, std::uint32_t factor) {
  GreyImage out = blank(image.width / factor, image.height / factor);
  std::vector<std::uint32_t> sums(out.width);
  for (std::size_t y = 0; y < out.height; ++y) {
    std::ranges::fill(sums, 0u);
    for (std::size_t j = 0; j < factor; ++j) {
      std::uint8_t const* from = row_of(image, y * factor + j);
      for (std::uint32_t& sum : sums) {
        for (std::uint32_t i = 0; i < factor; ++i) sum += *from++;
      }
    }
    std::uint8_t* to = out.pixels.data() + y * out.width;
    for (std::uint32_t sum : sums) *to++ = static_cast<std::uint8_t>(sum / (factor * factor));
  }
  return out;
}

// Levels side by side. Compilers make one instruction of an operation on so many bytes when the
// length is a constant and the arrays are local.
template <std::size_t kCount>
using Levels = std::array<std::uint8_t, kCount>;

template <std::size_t kCount>
Levels<kCount> load(std::uint8_t const* from) {
  Levels<kCount> levels;
  std::memcpy(levels.data(), from, kCount);
  return levels;
}

// The smaller and the larger of each two, in their place.
template <std::size_t kCount>
void sort_two(Levels<kCount>& a, Levels<kCount>& b) {
  for (std::size_t i = 0; i < kCount; ++i) {
    std::uint8_t const low = std::min(a[i], b[i]);
    b[i] = std::max(a[i], b[i]);
    a[i] = low;
  }
}

template <std::size_t kCount>
void sort_three(Levels<kCount>& a, Levels<kCount>& b, Levels<kCount>& c) {
  sort_two(a, b);
  sort_two(b, c);
  sort_two(a, b);
}

// Three rows of pixels, each column sorted.
struct SortedColumns {
  explicit SortedColumns(std::size_t width) : low(width), middle(width), high(width) {}

  template <std::size_t kCount>
  void sort(std::array<std::uint8_t const*, 3> const& rows, std::size_t x) {
    auto a = load<kCount>(rows[0] + x);
    auto b = load<kCount>(rows[1] + x);
    auto c = load<kCount>(rows[2] + x);
    sort_three(a, b, c);
    std::memcpy(low.data() + x, a.data(), kCount);
    std::memcpy(middle.data() + x, b.data(), kCount);
    std::memcpy(high.data() + x, c.data(), kCount);
  }

  // Of the nine around each of some pixels, the middle one: it is the middle one of the largest of
  // the least, the middle one of the middle, and the least of the largest.
  template <std::size_t kCount>
  [[nodiscard]] Levels<kCount> middle_of_nine(std::size_t x) const {
    auto l = load<kCount>(low.data() + x - 1);
    auto m = load<kCount>(middle.data() + x - 1);
    auto h = load<kCount>(high.data() + x - 1);
    auto m2 = load<kCount>(middle.data() + x);
    auto m3 = load<kCount>(middle.data() + x + 1);
    for (std::size_t k = 0; k < 2; ++k) {
      auto const more_low = load<kCount>(low.data() + x + k);
      auto const more_high = load<kCount>(high.data() + x + k);
      for (std::size_t i = 0; i < kCount; ++i) l[i] = std::max(l[i], more_low[i]);
      for (std::size_t i = 0; i < kCount; ++i) h[i] = std::min(h[i], more_high[i]);
    }
    sort_three(m, m2, m3);
    sort_three(l, m2, h);
    return m2;
  }

  std::vector<std::uint8_t> low;
  std::vector<std::uint8_t> middle;
  std::vector<std::uint8_t> high;
};

}  // namespace

GreyImage shrink_by_2(GreyImage const& image) { return shrink_by(image, 2); }

GreyImage shrink_by_3(GreyImage const& image) { return shrink_by(image, 3); }

GreyImage double_size(GreyImage const& image) {
  GreyImage out = blank(2 * image.width, 2 * image.height);
  std::vector<unsigned> line(image.width + 2u);  // a row in between, with its ends repeated
  for (std::size_t y = 0; y < out.height; ++y) {
    std::uint8_t const* near = row_of(image, y / 2);
    std::uint8_t const* far =
        row_of(image, y % 2 == 1 ? y / 2 + 1 : y / 2 - std::min<std::size_t>(y, 1));
    for (std::size_t x = 0; x < image.width; ++x) line[x + 1] = 3u * near[x] + far[x];
    line.front() = line[1];
    line.back() = line[image.width];
    std::uint8_t* to = out.pixels.data() + y * out.width;
    for (std::size_t x = 1; x <= image.width; ++x) {
      *to++ = static_cast<std::uint8_t>((3 * line[x] + line[x - 1] + 8) / 16);
      *to++ = static_cast<std::uint8_t>((3 * line[x] + line[x + 1] + 8) / 16);
    }
  }
  return out;
}

GreyImage stretch(GreyImage const& image) {
  std::array<std::uint64_t, 256> histogram{};
  for (std::uint8_t pixel : image.pixels) ++histogram[pixel];
  std::uint64_t const hundredth = image.pixels.size() / 100;
  std::size_t low = 0;
  for (std::uint64_t sum = histogram[0]; sum <= hundredth && low < 255;) sum += histogram[++low];
  std::size_t high = 255;
  for (std::uint64_t sum = histogram[255]; sum <= hundredth && high > 0;) sum += histogram[--high];
  int const range = std::max(static_cast<int>(high) - static_cast<int>(low), 1);
  std::array<std::uint8_t, 256> levels{};
  for (int i = 0; i < 256; ++i) {
    int const level = std::clamp((i - static_cast<int>(low)) * 255 / range, 0, 255);
    levels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(level);
  }
  GreyImage out = image;
  for (auto& pixel : out.pixels) pixel = levels[pixel];
  return out;
}

GreyImage soften(GreyImage const& image) {
  GreyImage out = blank(image.width, image.height);
  std::vector<unsigned> line(image.width + 2u);
  for (std::size_t y = 0; y < image.height; ++y) {
    std::uint8_t const* above = row_of(image, y - std::min<std::size_t>(y, 1));
    std::uint8_t const* here = row_of(image, y);
    std::uint8_t const* below = row_of(image, y + 1);
    for (std::size_t x = 0; x < image.width; ++x) line[x + 1] = above[x] + 2u * here[x] + below[x];
    line.front() = line[1];
    line.back() = line[image.width];
    std::uint8_t* to = out.pixels.data() + y * image.width;
    for (std::size_t x = 1; x <= image.width; ++x) {
      *to++ = static_cast<std::uint8_t>((line[x - 1] + 2 * line[x] + line[x + 1] + 8) / 16);
    }
  }
  return out;
}

GreyImage sharpen(GreyImage const& image, std::size_t radius) {
  QRPAY_CHECK(radius <= kSharpenRadiusMax);
  GreyImage out = blank(image.width, image.height);
  std::size_t const side = 2 * radius + 1;
  auto const area = static_cast<std::uint32_t>(side * side);
  // Sums of the columns within reach of the row; what is outside is like the edge.
  std::vector<std::uint32_t> columns(image.width);
  for (std::size_t j = 0; j < side; ++j) {
    std::uint8_t const* row = row_of(image, j - std::min(j, radius));
    for (std::size_t x = 0; x < image.width; ++x) columns[x] += row[x];
  }
  std::size_t const last = image.width - 1;
  for (std::size_t y = 0; y < image.height; ++y) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < side; ++i) sum += columns[std::min(i - std::min(i, radius), last)];
    std::uint8_t const* from = row_of(image, y);
    std::uint8_t* to = out.pixels.data() + y * image.width;
    for (std::size_t x = 0; x < image.width; ++x) {
      int const mean = static_cast<int>(sum / area);
      to[x] = static_cast<std::uint8_t>(
          std::clamp(from[x] + kSharpenStrength * (from[x] - mean), 0, 255));
      sum += columns[std::min(x + radius + 1, last)] - columns[x - std::min(x, radius)];
    }
    std::uint8_t const* gone = row_of(image, y - std::min(y, radius));
    std::uint8_t const* come = row_of(image, y + radius + 1);
    for (std::size_t x = 0; x < image.width; ++x) columns[x] += std::uint32_t{come[x]} - gone[x];
  }
  return out;
}

GreyImage without_specks(GreyImage const& image) {
  constexpr std::size_t kCount = 16;
  GreyImage out = image;
  SortedColumns columns(image.width);
  for (std::size_t y = 1; y + 1 < image.height; ++y) {
    std::array<std::uint8_t const*, 3> const rows = {row_of(image, y - 1), row_of(image, y),
                                                     row_of(image, y + 1)};
    std::size_t x = 0;
    for (; x + kCount <= image.width; x += kCount) columns.sort<kCount>(rows, x);
    for (; x < image.width; ++x) columns.sort<1>(rows, x);
    std::uint8_t* to = out.pixels.data() + y * image.width;
    for (x = 1; x + kCount + 1 <= image.width; x += kCount) {
      auto const levels = columns.middle_of_nine<kCount>(x);
      std::memcpy(to + x, levels.data(), kCount);
    }
    for (; x + 1 < image.width; ++x) to[x] = columns.middle_of_nine<1>(x)[0];
  }
  return out;
}

}  // namespace qrpay::qr::scan
