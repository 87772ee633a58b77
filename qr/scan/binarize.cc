#include "qr/scan/binarize.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

constexpr std::size_t kTile = 8;  // pixels
constexpr int kContrastMin = 24;  // less than this within a tile is noise, not a code

// Pixels handled at once. Compilers make one instruction of a loop over so many bytes when its
// length is a constant and its arrays are local; this file is most of the time that a clean
// picture takes besides the library.
constexpr std::size_t kChunk = 16;

// Averages of the tiles, row by row. The last row and column of tiles are moved inwards, so that
// every tile is whole. Requires: at least kTile pixels on each side.
class Tiles {
 public:
  Tiles(GreyImage const& image, std::size_t radius)
      : image_(image),
        radius_(radius),
        columns_((image.width + kTile - 1) / kTile),
        rows_((image.height + kTile - 1) / kTile),
        levels_(columns_ * rows_) {
    for (std::size_t row = 0; row < rows_; ++row) {
      std::size_t column = 0;
      for (; (column + 2) * kTile <= image.width; column += 2) measure<2>(column, row);
      for (; column < columns_; ++column) measure<1>(column, row);
    }
  }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t left(std::size_t column) const {
    return std::min<std::size_t>(column * kTile, image_.width - kTile);
  }
  [[nodiscard]] std::size_t top(std::size_t row) const {
    return std::min<std::size_t>(row * kTile, image_.height - kTile);
  }

  // The thresholds of a row of tiles, once for each column of pixels.
  void thresholds(std::size_t row, std::vector<std::uint8_t>& out) const {
    auto const [first, last] = window(row, rows_);
    std::vector<int> sums(columns_);
    for (std::size_t j = first; j < last; ++j) {
      int const* levels = levels_.data() + j * columns_;
      for (std::size_t i = 0; i < columns_; ++i) sums[i] += levels[i];
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      auto const [from, to] = window(column, columns_);
      int sum = 0;
      for (std::size_t i = from; i < to; ++i) sum += sums[i];
      int const count = static_cast<int>((last - first) * (to - from));
      std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(left(column)), kTile,
                  static_cast<std::uint8_t>(sum / count));
    }
  }

 private:
  struct Range {
    std::size_t first;
    std::size_t last;  // one more
  };
  // The tiles around one, kept inside where there are enough.
  [[nodiscard]] Range window(std::size_t index, std::size_t size) const {
    std::size_t const middle =
        size <= 2 * radius_ ? index : std::clamp(index, radius_, size - 1 - radius_);
    return {middle - std::min(middle, radius_), std::min(middle + radius_ + 1, size)};
  }

  template <std::size_t kTiles>
  void measure(std::size_t column, std::size_t row) {
    constexpr std::size_t kWidth = kTiles * kTile;
    std::array<std::uint16_t, kWidth> sums{};
    std::array<std::uint8_t, kWidth> low;
    std::array<std::uint8_t, kWidth> high{};
    low.fill(255);
    std::uint8_t const* line = image_.pixels.data() + top(row) * image_.width + left(column);
    for (std::size_t y = 0; y < kTile; ++y, line += image_.width) {
      std::array<std::uint8_t, kWidth> pixels;
      std::memcpy(pixels.data(), line, kWidth);
      for (std::size_t x = 0; x < kWidth; ++x) {
        sums[x] = static_cast<std::uint16_t>(sums[x] + pixels[x]);
      }
      for (std::size_t x = 0; x < kWidth; ++x) low[x] = std::min(low[x], pixels[x]);
      for (std::size_t x = 0; x < kWidth; ++x) high[x] = std::max(high[x], pixels[x]);
    }
    for (std::size_t tile = 0; tile < kTiles; ++tile) {
      int sum = 0;
      int least = 255;
      int most = 0;
      for (std::size_t x = tile * kTile; x < (tile + 1) * kTile; ++x) {
        sum += sums[x];
        least = std::min<int>(least, low[x]);
        most = std::max<int>(most, high[x]);
      }
      int level = sum / static_cast<int>(kTile * kTile);
      if (most - least <= kContrastMin) level = level_without_contrast(column + tile, row, least);
      levels_[row * columns_ + column + tile] = level;
    }
  }

  // A flat tile is paper, unless it is darker than its neighbours' levels: then it is the inside of
  // something black.
  [[nodiscard]] int level_without_contrast(std::size_t column, std::size_t row, int low) const {
    int const paper = low / 2;
    if (column == 0 || row == 0) return paper;
    int const* above = levels_.data() + (row - 1) * columns_ + column;
    int const left = levels_[row * columns_ + column - 1];
    int const around = (above[-1] + above[0] + 2 * left) / 4;
    return low < around ? around : paper;
  }

  GreyImage const& image_;
  std::size_t radius_;
  std::size_t columns_;
  std::size_t rows_;
  std::vector<int> levels_;
};

// Too small for tiles: one threshold halfway between the extremes.
GreyImage binarize_small(GreyImage const& image) {
  auto const [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  int const threshold = (*low + *high) / 2;
  GreyImage out = image;
  for (auto& pixel : out.pixels) pixel = pixel <= threshold ? 0 : 255;
  return out;
}

// A row of pixels against a row of thresholds.
void compare(std::uint8_t const* pixels, std::vector<std::uint8_t> const& limits,
             std::uint8_t* out) {
  std::size_t x = 0;
  for (; x + kChunk <= limits.size(); x += kChunk) {
    std::array<std::uint8_t, kChunk> a;
    std::array<std::uint8_t, kChunk> b;
    std::memcpy(a.data(), pixels + x, kChunk);
    std::memcpy(b.data(), limits.data() + x, kChunk);
    for (std::size_t i = 0; i < kChunk; ++i) a[i] = a[i] <= b[i] ? 0 : 255;
    std::memcpy(out + x, a.data(), kChunk);
  }
  for (; x < limits.size(); ++x) out[x] = pixels[x] <= limits[x] ? 0 : 255;
}

}  // namespace

GreyImage binarize(GreyImage const& image, std::size_t radius_tiles) {
  if (image.width < kTile || image.height < kTile) return binarize_small(image);
  Tiles const tiles(image, radius_tiles);
  GreyImage out{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size())};
  std::vector<std::uint8_t> limits(image.width);
  for (std::size_t row = 0; row < tiles.rows(); ++row) {
    tiles.thresholds(row, limits);
    std::size_t const top = tiles.top(row);
    for (std::size_t y = top; y < top + kTile; ++y) {
      compare(image.pixels.data() + y * image.width, limits, out.pixels.data() + y * image.width);
    }
  }
  return out;
}

void invert(GreyImage& image) {
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
}

}  // namespace qrpay::qr::scan
