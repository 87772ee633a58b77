#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/error.h"

namespace qrpay::base {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Errc::kInvalidField, "odd");
  return n / 2;
}

Result<int> quarter(int n) {
  QRPAY_TRY(auto once, half(n));
  QRPAY_TRY(auto twice, half(once));
  return twice;
}

Result<void> check_even(int n) {
  if (n % 2 != 0) return fail(Errc::kInvalidField, "odd");
  return {};
}

Result<std::string> name_even(int n) {
  QRPAY_TRY_VOID(check_even(n));
  return std::string("even");
}

TEST(Expected, HoldsAValueOrAnError) {
  auto const value = half(4);
  ASSERT_TRUE(value.has_value());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, 2);
  auto const error = half(3);
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error(), (Error{Errc::kInvalidField, "odd"}));
}

TEST(Expected, TryPassesTheFirstErrorUp) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(7).error().errc, Errc::kInvalidField);
  EXPECT_EQ(quarter(6).error().errc, Errc::kInvalidField);
  EXPECT_EQ(name_even(2).value(), "even");
  EXPECT_EQ(name_even(3).error().detail, "odd");
}

TEST(Expected, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(5);
  EXPECT_EQ(*owner->get(), 5);
  std::unique_ptr<int> const taken = std::move(owner).value();
  EXPECT_EQ(*taken, 5);
  Result<std::string> text = fail(Errc::kIo, std::string(100, 'x'));
  EXPECT_EQ(std::move(text).error().detail.size(), 100U);
}

TEST(Expected, HoldsAnErrorOfTheSameTypeAsTheValue) {
  Expected<int, int> const value(1);
  Expected<int, int> const error{Unexpected<int>(1)};
  EXPECT_TRUE(value.has_value());
  EXPECT_FALSE(error.has_value());
}

TEST(ExpectedDeathTest, ReadingTheOneThatIsNotThereAborts) {
  EXPECT_DEATH(static_cast<void>(half(3).value()), "QRPAY_CHECK failed");
  EXPECT_DEATH(static_cast<void>(half(4).error()), "QRPAY_CHECK failed");
  EXPECT_DEATH(check_even(3).value(), "QRPAY_CHECK failed");
  EXPECT_DEATH(static_cast<void>(check_even(4).error()), "QRPAY_CHECK failed");
}

TEST(CheckDeathTest, NamesTheConditionAndThePlace) {
  EXPECT_DEATH(QRPAY_CHECK(1 + 1 == 3), "QRPAY_CHECK failed: 1 \\+ 1 == 3 at .*result_test.cc");
  QRPAY_CHECK(1 + 1 == 2);
}

TEST(Error, SaysNumberNameAndDetail) {
  EXPECT_EQ(to_string({Errc::kJournalCorrupt, "sequence 12"}),
            "QRPAY-3007 journal_corrupt: sequence 12");
  EXPECT_EQ(to_string({Errc::kMalformed, ""}), "QRPAY-1001 malformed");
}

}  // namespace
}  // namespace qrpay::base
