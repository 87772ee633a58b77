#include "qr/scan/projection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace qrpay::qr::scan {
namespace {

constexpr std::size_t kUnknowns = 8;
using Row = std::array<double, kUnknowns + 1>;  // the last is the right side
using System = std::array<Row, kUnknowns>;

// One equation more: its square, since the least sum of squares is wanted.
void add(System& system, Row const& row) {
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    for (std::size_t j = 0; j <= kUnknowns; ++j) system[i][j] += row[i] * row[j];
  }
}

// Elimination with the largest pivot of each column.
std::optional<std::array<double, kUnknowns>> solve(System& system) {
  for (std::size_t column = 0; column < kUnknowns; ++column) {
    std::size_t pivot = column;
    for (std::size_t i = column + 1; i < kUnknowns; ++i) {
      if (std::abs(system[i][column]) > std::abs(system[pivot][column])) pivot = i;
    }
    if (std::abs(system[pivot][column]) < 1e-12) return std::nullopt;
    std::swap(system[column], system[pivot]);
    for (std::size_t i = 0; i < kUnknowns; ++i) {
      if (i == column) continue;
      double const factor = system[i][column] / system[column][column];
      for (std::size_t j = column; j <= kUnknowns; ++j) system[i][j] -= factor * system[column][j];
    }
  }
  std::array<double, kUnknowns> answer{};
  for (std::size_t i = 0; i < kUnknowns; ++i) answer[i] = system[i][kUnknowns] / system[i][i];
  return answer;
}

}  // namespace

double length(Point a) { return std::hypot(a.x, a.y); }

std::optional<Projection> Projection::fit(std::span<Match const> matches) {
  // Both sides about one in size, or the squares lose their digits.
  double code_size = 1;
  double picture_size = 1;
  for (Match const& m : matches) {
    code_size = std::max({code_size, std::abs(m.code.x), std::abs(m.code.y)});
    picture_size = std::max({picture_size, std::abs(m.picture.x), std::abs(m.picture.y)});
  }
  System system{};
  for (Match const& m : matches) {
    Point const c = (1 / code_size) * m.code;
    Point const p = (1 / picture_size) * m.picture;
    add(system, {c.x, c.y, 1, 0, 0, 0, -c.x * p.x, -c.y * p.x, p.x});
    add(system, {0, 0, 0, c.x, c.y, 1, -c.x * p.y, -c.y * p.y, p.y});
  }
  auto h = solve(system);
  if (!h) return std::nullopt;
  for (std::size_t i : {0u, 1u, 3u, 4u}) (*h)[i] *= picture_size / code_size;
  for (std::size_t i : {2u, 5u}) (*h)[i] *= picture_size;
  for (std::size_t i : {6u, 7u}) (*h)[i] /= code_size;
  return Projection(*h);
}

}  // namespace qrpay::qr::scan
