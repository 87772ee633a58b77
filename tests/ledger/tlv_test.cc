#include "ledger/tlv.h"

#include <gtest/gtest.h>

#include <string>

namespace qrpay::ledger {
namespace {

using base::Errc;

std::string bytes_of(std::string_view hex) {
  auto const bytes = base::from_hex(hex);
  EXPECT_TRUE(bytes) << hex;
  return bytes.value_or("");
}

std::string refusal_of(std::string_view hex) {
  auto const checked = check_tlv(bytes_of(hex));
  EXPECT_FALSE(checked) << hex;
  if (checked) return "";
  EXPECT_EQ(checked.error().errc, Errc::kMalformed);
  return checked.error().detail;
}

TEST(Tlv, WritesTagLengthValueBigEndian) {
  std::string out;
  TlvWriter writer(out);
  writer.u8(2, 0xab);
  writer.u32(5, 0x01020304);
  writer.u64(6, 0x0102030405060708);
  writer.text(0x0102, "xyz");
  EXPECT_EQ(base::to_hex(base::as_bytes(out)),
            "00020001ab"
            "0005000401020304"
            "000600080102030405060708"
            "01020003"
            "78797a");
}

TEST(Tlv, LeavesOutWhatIsEmptyWhenAsked) {
  std::string out;
  TlvWriter writer(out);
  writer.text_if(1, "");
  writer.u64_if(2, 0);
  EXPECT_EQ(out, "");
  writer.text_if(1, "a");
  writer.u64_if(2, 1);
  EXPECT_EQ(base::to_hex(base::as_bytes(out)), "0001000161000200080000000000000001");
}

TEST(TlvDeathTest, WritingOutOfOrderIsABug) {
  std::string out;
  TlvWriter writer(out);
  writer.u8(3, 1);
  EXPECT_DEATH(writer.u8(3, 1), "tag > last_tag_");
  EXPECT_DEATH(writer.u8(2, 1), "tag > last_tag_");
}

TEST(Tlv, ReadsNumbersOfEveryWidth) {
  std::string const body = bytes_of(
      "00010001ab"
      "000200020102"
      "0003000401020304"
      "000400080102030405060708"
      "00050003010203");
  TlvReader const reader(body);
  EXPECT_EQ(reader.number(1), 0xabU);
  EXPECT_EQ(reader.number(2), 0x0102U);
  EXPECT_EQ(reader.number(3), 0x01020304U);
  EXPECT_EQ(reader.number(4), 0x0102030405060708U);
  EXPECT_EQ(reader.number(5), std::nullopt) << "three bytes are no number";
  EXPECT_EQ(reader.number_or(5, 7), 7U);
  EXPECT_EQ(reader.number_or(6, 7), 7U);
}

TEST(Tlv, TellsAbsentFromEmpty) {
  std::string const body = bytes_of("00020000");
  TlvReader const reader(body);
  EXPECT_EQ(reader.find(2), "");
  EXPECT_EQ(reader.find(1), std::nullopt);
  EXPECT_EQ(reader.find(3), std::nullopt);
  EXPECT_EQ(reader.text(3), "");
}

TEST(Tlv, AnArrayOfAnotherLengthIsAbsent) {
  std::string const body = bytes_of("00020004deadbeef");
  TlvReader const reader(body);
  EXPECT_EQ(reader.array<4>(2), (std::array<std::uint8_t, 4>{0xde, 0xad, 0xbe, 0xef}));
  EXPECT_EQ(reader.array<3>(2), std::nullopt);
  EXPECT_EQ(reader.array<5>(2), std::nullopt);
}

TEST(Tlv, ReadingATornBodyFindsWhatComesBeforeTheTear) {
  std::string const body = bytes_of("00020001aa0004000400");
  TlvReader const reader(body);
  EXPECT_EQ(reader.number(2), 0xaaU);
  EXPECT_EQ(reader.find(4), std::nullopt);
}

TEST(Tlv, AcceptsCompleteAscendingBodies) {
  EXPECT_TRUE(check_tlv(""));
  EXPECT_TRUE(check_tlv(bytes_of("00010000")));
  EXPECT_TRUE(check_tlv(bytes_of("00010000ffff0001aa")));
}

TEST(Tlv, RefusesWithTheOffsetOfTheField) {
  EXPECT_EQ(refusal_of("00"), "body offset 0");
  EXPECT_EQ(refusal_of("000100"), "body offset 0");
  EXPECT_EQ(refusal_of("00010001"), "body offset 0");
  EXPECT_EQ(refusal_of("00000000"), "body offset 0") << "tag 0 is never used";
  EXPECT_EQ(refusal_of("0001000000010000"), "body offset 4") << "repeated";
  EXPECT_EQ(refusal_of("0002000000010000"), "body offset 4") << "descending";
  EXPECT_EQ(refusal_of("00010001aa0002000200"), "body offset 5") << "cut in its value";
  EXPECT_EQ(refusal_of("00010001aa00"), "body offset 5") << "cut in its tag";
}

}  // namespace
}  // namespace qrpay::ledger
