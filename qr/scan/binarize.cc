#include "qr/scan/binarize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace qrpay::qr::scan {
namespace {

constexpr std::size_t kTile = 8;  // pixels; a threshold is the mean of 5 by 5 tiles
constexpr std::size_t kWindowRadius = 2;
constexpr int kContrastMin = 24;  // less than this within a tile is noise, not a code

// Averages of the tiles, row by row. The last row and column of tiles are moved inwards, so that
// every tile is whole. Requires: at least kTile pixels on each side.
class Tiles {
 public:
  explicit Tiles(picture::GreyImage const& image)
      : image_(image),
        columns_((image.width + kTile - 1) / kTile),
        rows_((image.height + kTile - 1) / kTile),
        levels_(columns_ * rows_) {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) measure(column, row);
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
  [[nodiscard]] int threshold(std::size_t column, std::size_t row) const {
    std::size_t const x = middle(column, columns_);
    std::size_t const y = middle(row, rows_);
    int sum = 0;
    int count = 0;
    for (std::size_t j = y - std::min(y, kWindowRadius); j < std::min(y + 3, rows_); ++j) {
      for (std::size_t i = x - std::min(x, kWindowRadius); i < std::min(x + 3, columns_); ++i) {
        sum += levels_[j * columns_ + i];
        ++count;
      }
    }
    return sum / count;
  }

 private:
  // Keeps the window inside where the picture is large enough for one.
  static std::size_t middle(std::size_t index, std::size_t size) {
    if (size < 2 * kWindowRadius + 1) return index;
    return std::clamp(index, kWindowRadius, size - 1 - kWindowRadius);
  }

  void measure(std::size_t column, std::size_t row) {
    int sum = 0;
    int low = 255;
    int high = 0;
    std::uint8_t const* line = image_.pixels.data() + top(row) * image_.width + left(column);
    for (std::size_t y = 0; y < kTile; ++y, line += image_.width) {
      for (std::size_t x = 0; x < kTile; ++x) {
        sum += line[x];
        low = std::min<int>(low, line[x]);
        high = std::max<int>(high, line[x]);
      }
    }
    int level = sum / static_cast<int>(kTile * kTile);
    if (high - low <= kContrastMin) level = level_without_contrast(column, row, low);
    levels_[row * columns_ + column] = level;
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

  picture::GreyImage const& image_;
  std::size_t columns_;
  std::size_t rows_;
  std::vector<int> levels_;
};

// Too small for tiles: one threshold halfway between the extremes.
picture::GreyImage binarize_small(picture::GreyImage const& image) {
  auto const [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  int const threshold = (*low + *high) / 2;
  picture::GreyImage out = image;
  for (auto& pixel : out.pixels) pixel = pixel <= threshold ? 0 : 255;
  return out;
}

// Lengths of the dark, light, dark, light, dark runs across a finder pattern.
using Runs = std::array<int, 5>;

bool looks_like_finder(Runs const& runs) {
  int sum = 0;
  for (int run : runs) {
    if (run == 0) return false;
    sum += run;
  }
  if (sum < 7) return false;
  // In sevenths of a pixel, so that a module is `sum` wide: three quarters of a module and a bit
  // more than half a pixel, which is looser than the readers.
  int const slack = sum * 3 / 4 + 4;
  constexpr Runs kModules = {1, 1, 3, 1, 1};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (std::abs(runs[i] * 7 - kModules[i] * sum) > slack) return false;
  }
  return true;
}

struct Pattern {
  int x;
  int y;
  int size;
};

class FinderCount {
 public:
  FinderCount(picture::GreyImage const& bits, std::size_t limit)
      : bits_(bits),
        width_(static_cast<int>(bits.width)),
        height_(static_cast<int>(bits.height)),
        limit_(limit) {}

  [[nodiscard]] std::size_t run() {
    for (int y = 0; y < height_ && found_.size() <= limit_; ++y) scan_row(y);
    return found_.size();
  }

 private:
  [[nodiscard]] bool dark(int x, int y) const {
    return bits_.pixels[static_cast<std::size_t>(y) * bits_.width + static_cast<std::size_t>(x)] ==
           0;
  }

  void scan_row(int y) {
    Runs runs{};
    for (int x = 0; x < width_;) {
      int const start = x;
      bool const is_dark = dark(x, y);
      while (x < width_ && dark(x, y) == is_dark) ++x;
      std::rotate(runs.begin(), runs.begin() + 1, runs.end());
      runs[4] = x - start;
      if (!is_dark || !looks_like_finder(runs)) continue;
      int const sum = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
      examine(x - runs[4] - runs[3] - (runs[2] + 1) / 2, y, sum);
      if (found_.size() > limit_) return;
    }
  }

  void examine(int x, int y, int size) {
    for (Pattern const& old : found_) {
      int const dx = old.x - x;
      int const dy = old.y - y;
      if (4 * (dx * dx + dy * dy) < old.size * old.size) return;
    }
    // Down first, to find the middle; then across it and along both diagonals.
    int const longest = 2 * size;
    Runs const down = runs_through(x, y, {0, 1}, longest);
    if (!looks_like_finder(down)) return;
    y += shift_to_middle(x, y, {0, 1}, longest);
    for (Step step : {Step{1, 0}, Step{1, 1}, Step{1, -1}}) {
      if (!looks_like_finder(runs_through(x, y, step, longest))) return;
    }
    found_.push_back({x, y, size});
  }

  struct Step {
    int x;
    int y;
  };

  // The runs on both sides of a dark pixel, each cut at `longest`.
  [[nodiscard]] Runs runs_through(int x, int y, Step step, int longest) const {
    Step const back{-step.x, -step.y};
    int const behind = count(x, y, back, true, longest);
    int const ahead = count(x, y, step, true, longest);
    Runs runs{};
    runs[2] = behind + ahead - 1;
    int at = behind;
    runs[1] = count(x + back.x * at, y + back.y * at, back, false, longest);
    at += runs[1];
    runs[0] = count(x + back.x * at, y + back.y * at, back, true, longest);
    at = ahead;
    runs[3] = count(x + step.x * at, y + step.y * at, step, false, longest);
    at += runs[3];
    runs[4] = count(x + step.x * at, y + step.y * at, step, true, longest);
    return runs;
  }

  // Steps from a dark pixel to the middle of its run.
  [[nodiscard]] int shift_to_middle(int x, int y, Step step, int longest) const {
    int const behind = count(x, y, {-step.x, -step.y}, true, longest);
    int const ahead = count(x, y, step, true, longest);
    return (ahead - behind) / 2;
  }

  [[nodiscard]] int count(int x, int y, Step step, bool is_dark, int longest) const {
    int length = 0;
    for (;
         x >= 0 && x < width_ && y >= 0 && y < height_ && length < longest && dark(x, y) == is_dark;
         x += step.x, y += step.y) {
      ++length;
    }
    return length;
  }

  picture::GreyImage const& bits_;
  int width_;
  int height_;
  std::size_t limit_;
  std::vector<Pattern> found_;
};

}  // namespace

picture::GreyImage binarize(picture::GreyImage const& image) {
  if (image.width < kTile || image.height < kTile) return binarize_small(image);
  Tiles const tiles(image);
  picture::GreyImage out{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size())};
  for (std::size_t row = 0; row < tiles.rows(); ++row) {
    for (std::size_t column = 0; column < tiles.columns(); ++column) {
      int const threshold = tiles.threshold(column, row);
      std::size_t const start = tiles.top(row) * image.width + tiles.left(column);
      for (std::size_t y = 0; y < kTile; ++y) {
        std::uint8_t const* from = image.pixels.data() + start + y * image.width;
        std::uint8_t* to = out.pixels.data() + start + y * image.width;
        for (std::size_t x = 0; x < kTile; ++x) to[x] = from[x] <= threshold ? 0 : 255;
      }
    }
  }
  return out;
}

picture::GreyImage shrink_by_3(picture::GreyImage const& image) {
  picture::GreyImage out{image.width / 3, image.height / 3, {}};
  out.pixels.reserve(std::size_t{out.width} * out.height);
  for (std::size_t y = 0; y < out.height; ++y) {
    std::uint8_t const* line = image.pixels.data() + 3 * y * image.width;
    for (std::size_t x = 0; x < out.width; ++x, line += 3) {
      unsigned sum = 0;
      for (std::size_t j = 0; j < 3; ++j) {
        std::uint8_t const* three = line + j * image.width;
        sum += static_cast<unsigned>(three[0] + three[1] + three[2]);
      }
      out.pixels.push_back(static_cast<std::uint8_t>(sum / 9));
    }
  }
  return out;
}

picture::GreyImage stretch(picture::GreyImage const& image) {
  std::array<std::uint64_t, 256> histogram{};
  for (std::uint8_t pixel : image.pixels) ++histogram[pixel];
  std::uint64_t const hundredth = image.pixels.size() / 100;
  std::size_t low = 0;
  for (std::uint64_t sum = histogram[0]; sum <= hundredth && low < 255;) sum += histogram[++low];
  std::size_t high = 255;
  for (std::uint64_t sum = histogram[255]; sum <= hundredth && high > 0;) sum += histogram[--high];
  int const range = std::max(static_cast<int>(high) - static_cast<int>(low), 1);
  picture::GreyImage out = image;
  for (auto& pixel : out.pixels) {
    pixel = static_cast<std::uint8_t>(
        std::clamp((pixel - static_cast<int>(low)) * 255 / range, 0, 255));
  }
  return out;
}

picture::GreyImage invert(picture::GreyImage const& image) {
  picture::GreyImage out = image;
  for (auto& pixel : out.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  return out;
}

std::size_t count_finder_patterns(picture::GreyImage const& bits, std::size_t limit) {
  return FinderCount(bits, limit).run();
}

}  // namespace qrpay::qr::scan
