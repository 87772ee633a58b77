#include "qr/scan/finders.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace qrpay::qr::scan {
namespace {

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

constexpr int kRowStep = 3;

class FinderSearch {
 public:
  FinderSearch(picture::GreyImage const& bits, std::size_t limit)
      : bits_(bits),
        width_(static_cast<int>(bits.width)),
        height_(static_cast<int>(bits.height)),
        limit_(limit) {}

  [[nodiscard]] std::vector<FinderPattern> run() {
    for (int y = kRowStep / 2; y < height_ && found_.size() <= limit_; y += kRowStep) scan_row(y);
    return std::move(found_);
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
    for (FinderPattern const& old : found_) {
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
  std::vector<FinderPattern> found_;
};

}  // namespace

std::vector<FinderPattern> find_finder_patterns(picture::GreyImage const& bits, std::size_t limit) {
  return FinderSearch(bits, limit).run();
}

std::size_t count_finder_patterns(picture::GreyImage const& bits, std::size_t limit) {
  return find_finder_patterns(bits, limit).size();
}

}  // namespace qrpay::qr::scan
