#include "audit/sum.h"

#include <gtest/gtest.h>

namespace qrpay::audit {
namespace {

TEST(BasisPoints, RoundsHalvesToEven) {
  struct Row {
    int numerator;
    int denominator;
    int bp;
  };
  Row const rows[] = {
      {0, 7, 0},
      {1, 20'000, 0},
      {3, 20'000, 2},
      {5, 20'000, 2},
      {7, 20'000, 4},
      {1, 3, 3'333},
      {2, 3, 6'667},
      {1, 1, 10'000},
      {3, 2, 15'000},
      {1, 20'001, 0},
      {1, 19'999, 1},
      {19'999, 20'000, 10'000},
      {19'997, 20'000, 9'998},
  };
  for (Row const& row : rows)
    EXPECT_EQ(basis_points(row.numerator, row.denominator), row.bp)
        << row.numerator << "/" << row.denominator;
}

TEST(BasisPoints, HasNoRatioOverZero) {
  EXPECT_EQ(basis_points(0, 0), std::nullopt);
  EXPECT_EQ(basis_points(5, 0), std::nullopt);
}

TEST(BasisPoints, IsExactFarBeyondSixtyFourBits) {
  Sum const huge = Sum{9'223'372'036'854'775'807} * 1'000'000'000'000'000;
  EXPECT_EQ(basis_points(huge, huge), 10'000);
  EXPECT_EQ(basis_points(huge - 1, huge), 10'000);
  EXPECT_EQ(basis_points(huge / 3, huge), 3'333);
  EXPECT_EQ(basis_points(1, huge), 0);
}

TEST(SumText, WritesEveryDigit) {
  EXPECT_EQ(to_text(0), "0");
  EXPECT_EQ(to_text(-5), "-5");
  EXPECT_EQ(to_text(Sum{9'223'372'036'854'775'807} * 100), "922337203685477580700");
  Sum const smallest = -(Sum{1} << 126) - (Sum{1} << 126);
  EXPECT_EQ(to_text(smallest), "-170141183460469231731687303715884105728");
}

}  // namespace
}  // namespace qrpay::audit
