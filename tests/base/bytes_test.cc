#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace qrpay::base {
namespace {

TEST(Bytes, WritesMostSignificantByteFirst) {
  std::string out;
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0fULL);
  writer.i64(-2);
  EXPECT_EQ(to_hex(as_bytes(out)), "0102030405060708090a0b0c0d0e0ffffffffffffffffe");
  EXPECT_EQ(writer.size(), 23U);
}

TEST(Bytes, AppendsToWhatIsThere) {
  std::string out = "ab";
  ByteWriter writer(out);
  writer.text("c");
  writer.text16("de");
  writer.bytes(as_bytes("f"));
  EXPECT_EQ(out, std::string("abc\0\x02" "def", 8));
}

TEST(Bytes, ReadsBackWhatWasWritten) {
  std::string out;
  ByteWriter writer(out);
  writer.u8(255);
  writer.u16(65535);
  writer.u32(std::numeric_limits<std::uint32_t>::max());
  writer.u64(std::numeric_limits<std::uint64_t>::max());
  writer.i64(std::numeric_limits<std::int64_t>::min());
  writer.text16(std::string(65'535, 'x'));
  writer.text16("");
  writer.bytes(as_bytes("1234"));
  writer.text("tail");

  ByteReader reader(as_bytes(out));
  EXPECT_EQ(reader.u8(), 255);
  EXPECT_EQ(reader.u16(), 65535);
  EXPECT_EQ(reader.u32(), std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(reader.u64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.i64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.text16(), std::string(65'535, 'x'));
  EXPECT_EQ(reader.text16(), "");
  EXPECT_EQ(reader.array<4>(), (std::array<std::uint8_t, 4>{'1', '2', '3', '4'}));
  EXPECT_EQ(reader.remaining(), 4U);
  EXPECT_FALSE(reader.at_end());
  EXPECT_EQ(as_text(reader.bytes(4)), "tail");
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.position(), out.size());
}

TEST(Bytes, ReadPastTheEndYieldsZerosForGood) {
  std::string const three = "\x01\x02\x03";
  ByteReader reader(as_bytes(three));
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);  // although three bytes are left
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_EQ(reader.array<2>(), (std::array<std::uint8_t, 2>{}));
  EXPECT_EQ(reader.text16(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.position(), 0U);
}

TEST(Bytes, RefusesLengthsOfMoreThanThereIs) {
  std::string const lying("\x00\x05" "abc", 5);
  ByteReader text(as_bytes(lying));
  EXPECT_EQ(text.text16(), "");
  EXPECT_FALSE(text.ok());
  ByteReader bytes(as_bytes(lying));
  EXPECT_TRUE(bytes.bytes(std::numeric_limits<std::size_t>::max()).empty());
  EXPECT_FALSE(bytes.ok());
}

TEST(Bytes, EmptyInputIsAtItsEnd) {
  ByteReader reader{ByteView{}};
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Hex, RoundTripsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  auto const hex = to_hex(as_bytes(all));
  EXPECT_EQ(hex.substr(0, 8), "00010203");
  EXPECT_EQ(hex.substr(508), "feff");
  EXPECT_EQ(from_hex(hex), all);
  EXPECT_EQ(from_hex("aBcDeF"), "\xab\xcd\xef");
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  for (auto const* text :
       {"0", "000", "0g", "g0", "0x", " 0", "0 ", "/0", ":0", "@0", "G0", "`0"}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace qrpay::base
