#include "qr/scan/redraw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "qr/scan/finders.h"
#include "qr/scan/projection.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

// Large codes show a dozen look-alikes. Most have no outline of their own, and are small.
constexpr std::size_t kPatternsMax = 24;
constexpr std::size_t kCornersMax = 8;  // 56 threes of them
// Pixels across. Larger ones show in the picture's smaller sizes, and would take memory here.
constexpr int kPatternSizeMax = 250;
constexpr std::size_t kCodesMax = 2;  // drawn and read; the rest were look-alikes
constexpr int kVersionMax = 40;
constexpr int kVersionsAside = 2;  // tried around the estimate
// Of the timing's modules, how many must be right at first: half would be chance.
constexpr double kTimingMin = 0.75;
// Of all known modules, in the end.
constexpr double kKnownMin = 0.8;
constexpr std::size_t kScale = 3;
constexpr std::size_t kQuiet = 4;

using Quad = std::array<Point, 4>;

// Corners of a square from its top left, clockwise.
Quad square(double left, double top, double side) {
  return {{{left, top}, {left + side, top}, {left + side, top + side}, {left, top + side}}};
}

int width_of(int version) { return 17 + 4 * version; }

// A module whose colour is the same in every code of its version.
struct Known {
  Point middle;
  bool dark;
};

// Centres of the alignment patterns, on both axes. Source: ISO 18004, annex E.
std::vector<int> alignment_centres(int version) {
  if (version == 1) return {};
  int const count = version / 7 + 2;
  int const step = version == 32 ? 26 : (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2;
  std::vector<int> centres = {6};
  for (int i = count - 2; i >= 0; --i) centres.push_back(width_of(version) - 7 - i * step);
  return centres;
}

class KnownModules {
 public:
  explicit KnownModules(int version) : last_(width_of(version) - 1) {
    for (Point corner : {Point{3, 3}, Point{last_ - 3.0, 3}, Point{3, last_ - 3.0}}) {
      add_rings(corner, 4);
    }
    for (int i = 8; i <= last_ - 8; ++i) {
      add(i, 6, i % 2 == 0);
      add(6, i, i % 2 == 0);
    }
    auto const centres = alignment_centres(version);
    for (int y : centres) {
      for (int x : centres) {
        int const near = last_ / 2;
        bool const in_corner = (x == 6 && y == 6) || (x == 6 && y > near && y == centres.back()) ||
                               (y == 6 && x > near && x == centres.back());
        if (!in_corner) add_rings({static_cast<double>(x), static_cast<double>(y)}, 2);
      }
    }
  }
  [[nodiscard]] std::vector<Known> const& all() const { return all_; }

 private:
  void add(int x, int y, bool dark) {
    if (x < 0 || y < 0 || x > last_ || y > last_) return;
    all_.push_back({{x + 0.5, y + 0.5}, dark});
  }

  // Squares around squares: a corner has light rings 2 and 4, an alignment pattern 1.
  void add_rings(Point centre, int radius) {
    for (int y = -radius; y <= radius; ++y) {
      for (int x = -radius; x <= radius; ++x) {
        int const ring = std::max(std::abs(x), std::abs(y));
        bool const dark = radius == 2 ? ring != 1 : ring != 2 && ring != 4;
        add(static_cast<int>(centre.x) + x, static_cast<int>(centre.y) + y, dark);
      }
    }
  }

  int last_;
  std::vector<Known> all_;
};

class Bits {
 public:
  explicit Bits(GreyImage const& image)
      : image_(image),
        width_(static_cast<int>(image.width)),
        height_(static_cast<int>(image.height)) {}
  [[nodiscard]] bool is_inside(int x, int y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_;
  }
  // Light outside.
  [[nodiscard]] bool dark(int x, int y) const {
    return is_inside(x, y) && image_.pixels[static_cast<std::size_t>(y) * image_.width +
                                            static_cast<std::size_t>(x)] == 0;
  }
  [[nodiscard]] bool dark(Point p) const {
    // A projection may throw a point anywhere.
    if (!(p.x >= 0 && p.y >= 0 && p.x < width_ && p.y < height_)) return false;
    return dark(static_cast<int>(p.x), static_cast<int>(p.y));
  }

 private:
  GreyImage const& image_;
  int width_;
  int height_;
};

// A finder pattern and the corners of its outer ring, clockwise from anywhere.
struct Corner {
  Point middle;
  Quad outline;
  double side = 0;  // the mean of four
};

// The pixels of the ring, which nothing else touches in a code that is seen well: the dark ones
// that hang together with the one right of the middle. Empty when they run away.
std::vector<Point> ring_of(Bits const& bits, FinderPattern const& pattern) {
  if (pattern.size > kPatternSizeMax) return {};
  int x = pattern.x;
  while (bits.dark(x, pattern.y)) ++x;
  while (bits.is_inside(x, pattern.y) && !bits.dark(x, pattern.y)) ++x;
  int const side = 2 * pattern.size + 1;
  std::vector<bool> seen(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  std::vector<std::pair<int, int>> pending = {{x, pattern.y}};
  std::vector<Point> pixels;
  while (!pending.empty()) {
    auto const [px, py] = pending.back();
    pending.pop_back();
    if (!bits.dark(px, py)) continue;
    int const column = px - pattern.x + pattern.size;
    int const row = py - pattern.y + pattern.size;
    if (column < 0 || row < 0 || column >= side || row >= side) return {};
    auto const at = static_cast<std::size_t>(row * side + column);
    if (seen[at]) continue;
    seen[at] = true;
    pixels.push_back({px + 0.5, py + 0.5});
    for (auto const& [sx, sy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      pending.emplace_back(px + sx, py + sy);
    }
  }
  return pixels;
}

template <class Measure>
Point most(std::vector<Point> const& points, Measure&& measure) {
  return *std::ranges::max_element(points, {}, measure);
}

// The corner farthest out, the one farthest from it, and one on each side of the line between.
std::optional<Corner> corner_of(Bits const& bits, FinderPattern const& pattern) {
  std::vector<Point> const ring = ring_of(bits, pattern);
  if (ring.size() < 8) return std::nullopt;
  Point middle;
  for (Point const p : ring) middle = middle + p;
  middle = (1 / static_cast<double>(ring.size())) * middle;
  Point const a = most(ring, [&](Point p) { return length(p - middle); });
  Point const c = most(ring, [&](Point p) { return length(p - a); });
  Point const b = most(ring, [&](Point p) { return -cross(c - a, p - a); });
  Point const d = most(ring, [&](Point p) { return cross(c - a, p - a); });
  Corner corner{middle, {a, b, c, d}, 0};
  // From the middles of the outermost pixels to their edges.
  for (Point& p : corner.outline) {
    Point const out = p - middle;
    p = p + (0.6 / std::max(length(out), 1.0)) * out;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    corner.side += length(corner.outline[(i + 1) % 4] - corner.outline[i]) / 4;
  }
  return corner;
}

// Three corners as they lie in a code.
struct Three {
  Corner const* top_left;
  Corner const* top_right;
  Corner const* bottom_left;
};

// Adds what a corner tells: its outline is the square at `left`, `top` of the code.
void add_matches(std::vector<Match>& matches, Corner const& corner, Quad const& in_code,
                 std::array<Point, 2> const& axes) {
  constexpr std::array<Point, 4> kSigns = {{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}};
  std::size_t best = 0;
  double most_fit = -1e300;
  for (std::size_t turn = 0; turn < 4; ++turn) {
    double fit = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      Point const way = kSigns[k].x * axes[0] + kSigns[k].y * axes[1];
      fit += dot(way, corner.outline[(k + turn) % 4] - corner.middle);
    }
    if (fit > most_fit) {
      most_fit = fit;
      best = turn;
    }
  }
  for (std::size_t k = 0; k < 4; ++k) {
    matches.push_back({in_code[k], corner.outline[(k + best) % 4]});
  }
}

std::optional<Projection> first_projection(Three const& three, int version) {
  double const far = width_of(version) - 7;
  Point const along = three.top_right->middle - three.top_left->middle;
  Point const down = three.bottom_left->middle - three.top_left->middle;
  std::array<Point, 2> const axes = {(1 / length(along)) * along, (1 / length(down)) * down};
  std::vector<Match> matches;
  add_matches(matches, *three.top_left, square(0, 0, 7), axes);
  add_matches(matches, *three.top_right, square(far, 0, 7), axes);
  add_matches(matches, *three.bottom_left, square(0, far, 7), axes);
  return Projection::fit(matches);
}

// A place for a code of some version, and how well what is known about it fits.
struct Placing {
  int version = 0;
  Quad corners{};
  double score = 0;

  [[nodiscard]] std::optional<Projection> projection() const {
    Quad const code = square(0, 0, width_of(version));
    std::array<Match, 4> matches{};
    for (std::size_t i = 0; i < 4; ++i) matches[i] = {code[i], corners[i]};
    return Projection::fit(matches);
  }
};

double timing_score(Bits const& bits, Projection const& projection, int version) {
  int right = 0;
  int count = 0;
  for (int i = 8; i <= width_of(version) - 9; ++i, count += 2) {
    if (bits.dark(projection({i + 0.5, 6.5})) == (i % 2 == 0)) ++right;
    if (bits.dark(projection({6.5, i + 0.5})) == (i % 2 == 0)) ++right;
  }
  return static_cast<double>(right) / count;
}

// The middle of a module first. With all five, a module that is half right counts half.
constexpr std::array<Point, 5> kPoints = {
    {{0, 0}, {-0.25, -0.25}, {0.25, -0.25}, {-0.25, 0.25}, {0.25, 0.25}}};

// Keeps the best of some placings by so many points of every known module.
class Judge {
 public:
  Judge(Bits const& bits, Placing& best, std::size_t points)
      : bits_(bits), best_(best), known_(best.version), points_(points) {
    best_.score = score_of(best_);
  }

  void look_at(Placing candidate) {
    candidate.score = score_of(candidate);
    if (candidate.score > best_.score) best_ = candidate;
  }

 private:
  // The share that is right.
  [[nodiscard]] double score_of(Placing const& placing) const {
    auto const projection = placing.projection();
    if (!projection) return 0;
    int right = 0;
    for (Known const& module : known_.all()) {
      for (std::size_t i = 0; i < points_; ++i) {
        if (bits_.dark((*projection)(module.middle + kPoints[i])) == module.dark) ++right;
      }
    }
    return right / static_cast<double>(known_.all().size() * points_);
  }

  Bits const& bits_;
  Placing& best_;
  KnownModules known_;
  std::size_t points_;
};

// The corner without a finder pattern is only guessed at first: looked for within three modules
// and more in large codes. Then each corner moves as long as that helps, in ever smaller steps.
void refine(Bits const& bits, Placing& placing) {
  double const module = length(placing.corners[1] - placing.corners[0]) / width_of(placing.version);
  if (placing.version > 1) {
    Placing const start = placing;
    Judge judge(bits, placing, 1);
    int const reach = 6 + width_of(placing.version) / 16;  // in half modules
    for (int y = -reach; y <= reach; ++y) {
      for (int x = -reach; x <= reach; ++x) {
        Placing moved = start;
        moved.corners[2] = moved.corners[2] + module / 2 * Point{x * 1.0, y * 1.0};
        judge.look_at(moved);
      }
    }
  }
  Judge judge(bits, placing, kPoints.size());
  for (double step : {0.5, 0.25, 0.12}) {
    for (int round = 0; round < 4; ++round) {
      double const before = placing.score;
      for (std::size_t corner = 0; corner < 4; ++corner) {
        for (Point const way : {Point{1, 0}, Point{-1, 0}, Point{0, 1}, Point{0, -1}}) {
          Placing moved = placing;
          moved.corners[corner] = moved.corners[corner] + step * module * way;
          judge.look_at(moved);
        }
      }
      if (placing.score <= before) break;
    }
  }
}

// By the sizes of the corners and the distances between them.
int estimate_version(Three const& three) {
  double const side = three.top_left->side;
  double const along = length(three.top_right->middle - three.top_left->middle) * 14 /
                       (side + three.top_right->side);
  double const down = length(three.bottom_left->middle - three.top_left->middle) * 14 /
                      (side + three.bottom_left->side);
  return static_cast<int>(std::lround(((along + down) / 2 + 7 - 17) / 4));
}

void add_placing(Bits const& bits, Three const& three, std::vector<Placing>& placings) {
  int const estimate = estimate_version(three);
  Placing best;
  best.score = kTimingMin;
  for (int version = std::max(estimate - kVersionsAside, 1);
       version <= std::min(estimate + kVersionsAside, kVersionMax); ++version) {
    auto const projection = first_projection(three, version);
    if (!projection) continue;
    double const score = timing_score(bits, *projection, version);
    if (score <= best.score) continue;
    best = {version, square(0, 0, width_of(version)), score};
    for (Point& corner : best.corners) corner = (*projection)(corner);
  }
  if (best.version > 0) placings.push_back(best);
}

GreyImage draw(Bits const& bits, Placing const& placing) {
  auto const projection = placing.projection();
  auto const width = static_cast<std::size_t>(width_of(placing.version));
  auto const side = static_cast<std::uint32_t>((width + 2 * kQuiet) * kScale);
  GreyImage out{side, side, std::vector<std::uint8_t>(std::size_t{side} * side, 255)};
  if (!projection) return out;
  for (std::size_t row = 0; row < width; ++row) {
    for (std::size_t column = 0; column < width; ++column) {
      int dark = 0;  // of nine points
      for (int i = 0; i < 9; ++i) {
        Point const p{static_cast<double>(column) + 0.5 + (i % 3 - 1) * 0.2,
                      static_cast<double>(row) + 0.5 + (i / 3 - 1) * 0.2};
        if (bits.dark((*projection)(p))) ++dark;
      }
      if (dark < 5) continue;
      for (std::size_t y = 0; y < kScale; ++y) {
        std::size_t const start = ((row + kQuiet) * kScale + y) * side + (column + kQuiet) * kScale;
        std::fill_n(out.pixels.begin() + static_cast<std::ptrdiff_t>(start), kScale,
                    std::uint8_t{0});
      }
    }
  }
  return out;
}

}  // namespace

std::vector<GreyImage> redraw_codes(GreyImage const& image) {
  auto const patterns = find_finder_patterns(image, kPatternsMax);
  if (patterns.size() < 3 || patterns.size() > kPatternsMax) return {};
  Bits const bits(image);
  std::vector<Corner> corners;
  for (FinderPattern const& pattern : patterns) {
    if (auto corner = corner_of(bits, pattern)) corners.push_back(*corner);
  }
  std::ranges::sort(corners, std::ranges::greater(), &Corner::side);
  if (corners.size() > kCornersMax) corners.resize(kCornersMax);
  std::vector<Placing> placings;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    for (std::size_t j = 0; j < corners.size(); ++j) {
      for (std::size_t k = j + 1; k < corners.size(); ++k) {
        if (i == j || i == k) continue;
        Three three{&corners[i], &corners[j], &corners[k]};
        double const turn = cross(three.top_right->middle - three.top_left->middle,
                                  three.bottom_left->middle - three.top_left->middle);
        if (turn < 0) std::swap(three.top_right, three.bottom_left);
        add_placing(bits, three, placings);
      }
    }
  }
  std::ranges::sort(placings, std::ranges::greater(), &Placing::score);
  if (placings.size() > kCodesMax) placings.resize(kCodesMax);
  std::vector<GreyImage> drawn;
  for (Placing& placing : placings) {
    refine(bits, placing);
    if (placing.score >= kKnownMin) drawn.push_back(draw(bits, placing));
  }
  return drawn;
}

}  // namespace qrpay::qr::scan
