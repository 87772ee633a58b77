// The map of a plane that a camera sees: where the modules of a flat code lie in a picture. Pure;
// internal to qr/scan.
#pragma once

#include <array>
#include <optional>
#include <span>

namespace qrpay::qr::scan {

struct Point {
  double x = 0;
  double y = 0;
  friend constexpr Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend constexpr Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
  friend constexpr Point operator*(double k, Point a) { return {k * a.x, k * a.y}; }
};

[[nodiscard]] constexpr double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
/// Positive when `b` lies clockwise of `a`, since y grows downwards.
[[nodiscard]] constexpr double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }
[[nodiscard]] double length(Point a);

/// A point of the code and where it is in the picture.
struct Match {
  Point code;
  Point picture;
};

class Projection {
 public:
  /// The one that comes nearest to all matches; nullopt when they do not fix one, as when three of
  /// four lie on a line. Requires: at least four matches.
  [[nodiscard]] static std::optional<Projection> fit(std::span<Match const> matches);

  [[nodiscard]] Point operator()(Point code) const {
    double const w = h_[6] * code.x + h_[7] * code.y + 1;
    return {(h_[0] * code.x + h_[1] * code.y + h_[2]) / w,
            (h_[3] * code.x + h_[4] * code.y + h_[5]) / w};
  }

 private:
  explicit Projection(std::array<double, 8> const& h) : h_(h) {}
  std::array<double, 8> h_;
};

}  // namespace qrpay::qr::scan
