#include "base/money.h"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

namespace qrpay::base {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

template <class T>
concept HasPlus = requires(T a, T b) { a + b; };
template <class T>
concept HasMinus = requires(T a, T b) { a - b; };
template <class T>
concept HasTimes = requires(T a) { a * 2; };

TEST(Vnd, HasNoArithmeticAndNoWayInOrOutByAccident) {
  static_assert(!HasPlus<Vnd> && !HasMinus<Vnd> && !HasTimes<Vnd>);
  static_assert(!std::is_convertible_v<std::int64_t, Vnd>);
  static_assert(!std::is_convertible_v<Vnd, std::int64_t>);
  static_assert(!std::is_convertible_v<double, Vnd>);
  EXPECT_EQ(Vnd().dong(), 0);
}

TEST(Vnd, ComparesByAmount) {
  EXPECT_LT(Vnd(-1), Vnd(0));
  EXPECT_LT(Vnd(kMin), Vnd(kMax));
  EXPECT_EQ(Vnd(7), Vnd(7));
  EXPECT_NE(Vnd(7), Vnd(8));
}

TEST(Vnd, AddsAndSubtracts) {
  EXPECT_EQ(checked_add(Vnd(2), Vnd(3)), Vnd(5));
  EXPECT_EQ(checked_sub(Vnd(2), Vnd(3)), Vnd(-1));
  EXPECT_EQ(checked_negate(Vnd(2)), Vnd(-2));
  EXPECT_EQ(checked_add(kAmountMax, kAmountMax), Vnd(19'999'999'999'998));
}

TEST(Vnd, RefusesOverflowOnBothSides) {
  EXPECT_EQ(checked_add(Vnd(kMax), Vnd(0)), Vnd(kMax));
  EXPECT_EQ(checked_add(Vnd(kMax), Vnd(1)), std::nullopt);
  EXPECT_EQ(checked_add(Vnd(kMin), Vnd(-1)), std::nullopt);
  EXPECT_EQ(checked_add(Vnd(kMin), Vnd(kMax)), Vnd(-1));
  EXPECT_EQ(checked_sub(Vnd(kMin), Vnd(1)), std::nullopt);
  EXPECT_EQ(checked_sub(Vnd(kMax), Vnd(-1)), std::nullopt);
  EXPECT_EQ(checked_sub(Vnd(0), Vnd(kMin)), std::nullopt);
  EXPECT_EQ(checked_negate(Vnd(kMin)), std::nullopt);
  EXPECT_EQ(checked_negate(Vnd(kMax)), Vnd(-kMax));
}

TEST(Vnd, LargestAmountHasThirteenDigits) {
  EXPECT_EQ(kAmountMax.dong(), 9'999'999'999'999);
}

}  // namespace
}  // namespace qrpay::base
