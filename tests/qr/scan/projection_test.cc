// The plane of a code, found again from points of it.
#include "qr/scan/projection.h"

#include <gtest/gtest.h>

#include <vector>

namespace qrpay::qr::scan {
namespace {

// Where a camera aslant might see a code of 41 modules.
Point seen(Point code) {
  double const w = 1 + 0.004 * code.x + 0.006 * code.y;
  return {(120 + 5 * code.x - 2 * code.y) / w, (80 + 1.5 * code.x + 6 * code.y) / w};
}

TEST(Projection, FindsThePlaneOfManyPointsAndOfFour) {
  std::vector<Match> matches;
  for (Point const code : {Point{0, 0}, Point{41, 0}, Point{0, 41}, Point{41, 41}, Point{7, 0},
                           Point{7, 7}, Point{34, 0}, Point{34, 7}, Point{20, 20}}) {
    matches.push_back({code, seen(code)});
  }
  for (std::size_t count : {std::size_t{4}, std::size_t{5}, matches.size()}) {
    auto const projection = Projection::fit({matches.data(), count});
    ASSERT_TRUE(projection) << count;
    for (Point const code : {Point{3, 3}, Point{37, 5}, Point{12, 33}}) {
      EXPECT_NEAR((*projection)(code).x, seen(code).x, 1e-3) << count;
      EXPECT_NEAR((*projection)(code).y, seen(code).y, 1e-3) << count;
    }
  }
}

TEST(Projection, IsNotMadeUpFromALine) {
  std::vector<Match> matches;
  for (double i = 0; i < 6; ++i) matches.push_back({{i, 2 * i}, {10 * i, 5 * i}});
  EXPECT_FALSE(Projection::fit(matches));
  std::vector<Match> const same(4, Match{{1, 1}, {5, 5}});
  EXPECT_FALSE(Projection::fit(same));
}

TEST(Projection, TellsLeftFromRight) {
  EXPECT_GT(cross({1, 0}, {0, 1}), 0);
  EXPECT_LT(cross({0, 1}, {1, 0}), 0);
  EXPECT_DOUBLE_EQ(length({3, 4}), 5);
}

}  // namespace
}  // namespace qrpay::qr::scan
