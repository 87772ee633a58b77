#include "audit/lower_bound.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace qrpay::audit {
namespace {

/// `count` declarers whose K/C is 1 %, 2 %, ... `count` %.
std::vector<Seller> ladder(std::string_view sector, int count) {
  std::vector<Seller> sellers;
  for (int percent = 1; percent <= count; ++percent) sellers.push_back({sector, 100, percent});
  return sellers;
}

TEST(MissingCash, TakesThe95thPercentileOfTheSector) {
  auto sellers = ladder("food", 100);
  auto const others = ladder("retail", 5);
  sellers.insert(sellers.end(), others.begin(), others.end());
  sellers.push_back({"food", 1'000, {}});
  auto const missing = missing_cash(sellers);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->sum, 950);
  EXPECT_EQ(missing->by_sector, 1U);
  EXPECT_EQ(missing->by_area, 0U);
}

TEST(MissingCash, RoundsUp) {
  auto sellers = ladder("food", 100);
  sellers.push_back({"food", 1, {}});
  EXPECT_EQ(missing_cash(sellers)->sum, 1);
}

TEST(MissingCash, FallsBackToTheAreaBelowFiveDeclarers) {
  auto sellers = ladder("food", 4);
  sellers.push_back({"hotel", 100, 90});
  sellers.push_back({"food", 1'000, {}});
  auto const missing = missing_cash(sellers);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->sum, 900);
  EXPECT_EQ(missing->by_sector, 0U);
  EXPECT_EQ(missing->by_area, 1U);
}

TEST(MissingCash, IsUnknownBelowFiveDeclarersAltogether) {
  auto sellers = ladder("food", 4);
  sellers.push_back({"food", 0, 50});  // its K/C is undefined
  sellers.push_back({"food", 1'000, {}});
  EXPECT_FALSE(missing_cash(sellers));
}

TEST(MissingCash, IsNothingWhereNothingWasSold) {
  EXPECT_EQ(missing_cash({})->sum, 0);
  std::vector<Seller> const silent{{"food", 0, {}}, {"food", 10, 5}};
  EXPECT_EQ(missing_cash(silent)->sum, 0);
}

TEST(MissingCash, IsNeverLessThanTheOverallShare) {
  // One giant that takes mostly cash lies above the percentile of 100 sellers.
  auto sellers = ladder("food", 99);
  sellers.push_back({"food", 1'000'000, 9'000'000});
  sellers.push_back({"food", 1'000, {}});
  EXPECT_GT(missing_cash(sellers)->sum, 8'000);
}

TEST(MissingCash, RefusesWhatItCannotMultiply) {
  auto sellers = ladder("food", 5);
  sellers.push_back({"food", Sum{std::numeric_limits<std::int64_t>::max()} + 1, {}});
  EXPECT_FALSE(missing_cash(sellers));
}

}  // namespace
}  // namespace qrpay::audit
