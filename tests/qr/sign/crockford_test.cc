#include "qr/sign/crockford.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace qrpay::qr::sign {
namespace {

using FiveBytes = std::array<std::uint8_t, kCrockfordBytes>;

TEST(Crockford, WritesFiveBitsACharacterMostSignificantFirst) {
  EXPECT_EQ(to_crockford(FiveBytes{}), "00000000");
  EXPECT_EQ(to_crockford(FiveBytes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), "ZZZZZZZZ");
  EXPECT_EQ(to_crockford(FiveBytes{0, 0, 0, 0, 1}), "00000001");
  EXPECT_EQ(to_crockford(FiveBytes{0x80, 0, 0, 0, 0}), "G0000000");
  // 00000 00001 00010 00011 00100 00101 00110 00111
  EXPECT_EQ(to_crockford(FiveBytes{0x00, 0x44, 0x32, 0x14, 0xC7}), "01234567");
}

TEST(Crockford, TakesOnlyEightCharactersOfItsAlphabet) {
  EXPECT_TRUE(is_crockford("8KQ2V07D"));
  for (char const* text : {"", "8KQ2V07", "8KQ2V07DD", "8KQ2V07d", "8KQ2V07I", "8KQ2V07L",
                           "8KQ2V07O", "8KQ2V07U", "8KQ2 07D", "8KQ2-07D"}) {
    EXPECT_FALSE(is_crockford(text)) << text;
  }
}

}  // namespace
}  // namespace qrpay::qr::sign
