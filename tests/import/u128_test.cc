#include "import/u128.h"

#include <gtest/gtest.h>

#include <random>

namespace qrpay::import {
namespace {

TEST(U128, ReadsDecimalAndHexadecimalToTheLastBit) {
  struct Row {
    char const* text;
    U128 value;
  };
  for (auto const& [text, value] : {
           Row{"0", {}},
           {"0x0", {}},
           {"007", {0, 7}},
           {"18446744073709551615", {0, ~std::uint64_t{0}}},
           {"18446744073709551616", {1, 0}},
           {"0x1ffffffffffffffff", {1, ~std::uint64_t{0}}},
           {"0XfF", {0, 255}},
           {"340282366920938463463374607431768211455", kU128Max},
           {"0xffffffffffffffffffffffffffffffff", kU128Max},
       }) {
    auto const read = parse_u128(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, value) << text;
  }
}

TEST(U128, RefusesWhatIsNoNumberOrTooLarge) {
  for (char const* text :
       {"", " 1", "1 ", "-1", "+1", "1.0", "0x", "0xg", "1e3", "12a", "1_000",
        "340282366920938463463374607431768211456", "0x100000000000000000000000000000000"})
    EXPECT_FALSE(parse_u128(text)) << text;
}

TEST(U128, EveryNumberReadsBackFromItsOwnText) {
  std::mt19937_64 dice(7);
  for (int i = 0; i < 10'000; ++i) {
    U128 const value{i % 3 == 0 ? 0 : dice() >> dice() % 64, dice() >> dice() % 64};
    EXPECT_EQ(parse_u128(format_u128(value)), value) << format_u128(value);
  }
  EXPECT_EQ(format_u128(kU128Max), "340282366920938463463374607431768211455");
  EXPECT_EQ(format_u128({1, 0}), "18446744073709551616");
  EXPECT_EQ(format_u128({0x0000'0001'0000'0000, 0}), "79228162514264337593543950336");
}

}  // namespace
}  // namespace qrpay::import
