#include "qr/payload.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "qr/crc.h"

namespace qrpay::qr {
namespace {

// The corrected golden of the NAPAS format, section 6.1.1.
constexpr std::string_view kStatic =
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"
    "53037045802VN63049E6F";

TEST(Crc, HasThePublishedCheckValue) {
  EXPECT_EQ(crc16("123456789"), 0x29B1);
  EXPECT_EQ(crc16(""), 0xFFFF);
}

TEST(Crc, EightAtATimeIsOneAtATime) {
  std::mt19937 random(7);
  std::string text;
  for (int length = 0; length < 200; ++length) {
    unsigned crc = 0xFFFF;
    for (char c : text) {
      crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
      for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x8000u) != 0 ? 0x11021u : 0u);
    }
    EXPECT_EQ(crc16(text), crc);
    text += static_cast<char>(random());
  }
}

TEST(Crc, IsPrintedUpperCaseAndPadded) {
  auto const digits = format_crc(0x007B);
  EXPECT_EQ(std::string(digits.data(), digits.size()), "007B");
}

TEST(Payload, FieldsPointIntoTheTextGiven) {
  std::string const text(kStatic);
  auto const payload = parse_payload(text, Policy::kStrict);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->account, "0011012345678");
  EXPECT_EQ(payload->account.data(), text.data() + text.find("0011012345678"));
}

TEST(Payload, AbsentServiceCodeMeansPush) {
  std::string text =
      "00020138380010A000000727012000069704030106SHOP01520458125303704"
      "5802VN5903PHO6003HUE";
  append_crc(text);
  auto const payload = parse_payload(text, Policy::kStrict);
  ASSERT_TRUE(payload) << to_string(payload.error());
  EXPECT_EQ(payload->service_code, "");
  EXPECT_EQ(payload->service(), Service::kPush);
}

std::optional<base::Vnd> amount_in(std::string const& value) {
  std::string text(kStatic.substr(0, kStatic.size() - 8));
  append_tlv(text, 54, value);
  append_crc(text);
  Reading const reading = read_payload(text);
  EXPECT_TRUE(reading.accepted(Policy::kLenient)) << text;
  return reading.payload.amount_vnd;
}

TEST(Payload, AmountIsWholeDong) {
  EXPECT_EQ(amount_in("50000"), base::Vnd(50'000));
  EXPECT_EQ(amount_in("50000."), base::Vnd(50'000));
  EXPECT_EQ(amount_in("75000.00"), base::Vnd(75'000));
  EXPECT_EQ(amount_in("0007"), base::Vnd(7));
  EXPECT_EQ(amount_in("9999999999999"), base::kAmountMax);
}

TEST(Payload, ZeroAndHugeAmountsAreNoAmount) {
  EXPECT_EQ(amount_in("0"), std::nullopt);
  EXPECT_EQ(amount_in("10000000000000"), std::nullopt);
  EXPECT_EQ(amount_in(std::string(99, '9')), std::nullopt);
}

TEST(Payload, FatalFaultLeavesNoFieldsBehind) {
  std::string text(kStatic);
  text.back() = '0';
  Reading const reading = read_payload(text);
  EXPECT_TRUE(reading.payload.account.empty());
  EXPECT_TRUE(reading.payload.objects.empty());
}

TEST(Payload, LowerCaseVietQrIdentifierIsStillVietQr) {
  std::string text(kStatic.substr(0, kStatic.size() - 8));
  text.replace(text.find("A000000727"), 1, "a");
  append_crc(text);
  auto const payload = parse_payload(text, Policy::kLenient);
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->scheme, Scheme::kVietQr);
}

struct SchemeCase {
  std::uint8_t tag;
  std::string_view content;
  std::string_view currency;
  std::string_view country;
  Scheme scheme;
};

TEST(Classify, GoesByIdentifierNeverByTagAlone) {
  constexpr SchemeCase kCases[] = {
      {38, "0016A005266284662577010827710418", "418", "LA", Scheme::kLaoQr},
      {38, "0016a005266284662577", "418", "LA", Scheme::kLaoQr},
      {26, "0014A0000006150001", "458", "MY", Scheme::kDuitNow},
      {26, "0010A000000775", "704", "VN", Scheme::kVnpay},
      {38, "0010A000000775", "704", "VN", Scheme::kEmvco},
      {26, "0010A000000727", "704", "VN", Scheme::kEmvco},
      {26, "0010vn.zalopay", "704", "VN", Scheme::kZaloPay},
      {26, "0013vn.airpay.www", "704", "VN", Scheme::kAirPay},
      {29, "0016A000000677010111", "764", "TH", Scheme::kPromptPay},
      {30, "0016A000000677010112", "764", "TH", Scheme::kPromptPay},
      {26, "0009SG.PAYNOW", "702", "SG", Scheme::kPayNow},
      {51, "0007SG.SGQR", "702", "SG", Scheme::kPayNow},
      {51, "0014ID.CO.QRIS.WWW", "360", "ID", Scheme::kQris},
      {26, "0015ID.CO.BANKX.WWW", "360", "ID", Scheme::kQris},
      {29, "0009name@bank", "116", "KH", Scheme::kKhqr},
      {29, "0009name@bank", "704", "VN", Scheme::kEmvco},
      {26, "00020001100106913377", "704", "VN", Scheme::kEmvco},  // an EVN bill
      {2, "4000123456789013", "704", "VN", Scheme::kEmvco},
      {31, "not a template", "704", "VN", Scheme::kEmvco},
  };
  for (SchemeCase const& c : kCases) {
    SCOPED_TRACE(c.content);
    std::string text = "000201";
    append_tlv(text, c.tag, c.content);
    text += "52045812";
    append_tlv(text, 53, c.currency);
    append_tlv(text, 58, c.country);
    text += "5903ABC6003XYZ";
    append_crc(text);
    auto const payload = parse_payload(text, Policy::kLenient);
    ASSERT_TRUE(payload) << to_string(payload.error());
    EXPECT_EQ(scheme_name(payload->scheme), scheme_name(c.scheme));
    EXPECT_EQ(payload->guid.empty(), c.scheme == Scheme::kEmvco);
  }
}

TEST(Classify, PrefersVietQrAndReportsTheOthersOnce) {
  std::string text = "00020101021126140010vn.zalopay";
  text += "27140010vn.zalopay51140010A000000775";
  text += kStatic.substr(12, 61);
  text += "53037045802VN";
  append_crc(text);
  auto const payload = parse_payload(text, Policy::kStrict);
  ASSERT_TRUE(payload) << to_string(payload.error());
  EXPECT_EQ(payload->scheme, Scheme::kVietQr);
  EXPECT_EQ(payload->account_tag, 38);
  ASSERT_EQ(payload->also.size(), 2u);
  EXPECT_EQ(payload->also[0], Scheme::kZaloPay);
  EXPECT_EQ(payload->also[1], Scheme::kVnpay);
}

TEST(Payload, LinksAreNotPayloads) {
  for (std::string_view text : {"https://img.vietqr.io/image/970415-113366668888-compact.png",
                                "WIFI:S:shop;T:WPA;P:12345678;;"}) {
    auto const refused = parse_payload(text, Policy::kLenient);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "bad_tag at byte 0");
  }
}

TEST(Payload, NoMutationOfARealOneCrashesOrIsMisread) {
  std::mt19937 random(42);
  for (int round = 0; round < 200'000; ++round) {
    std::string text(kStatic);
    int const edits = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < edits; ++i) {
      std::size_t const at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 6); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 9)); break;
      }
      if (text.empty()) text = "0";
    }
    Reading const reading = read_payload(text);
    for (Fault const& fault : reading.faults) EXPECT_LE(fault.offset, text.size());
    if (reading.accepted(Policy::kStrict)) {
      EXPECT_TRUE(read_payload(print_payload(reading.payload)).accepted(Policy::kStrict));
    }
  }
}

TEST(Payload, LongestInputIsReadAndLongerIsRefusedUnread) {
  std::string longest(kPayloadBytesMax - kStatic.size(), ' ');
  longest += kStatic;
  EXPECT_TRUE(read_payload(longest).accepted(Policy::kLenient));
  EXPECT_FALSE(read_payload(" " + longest).accepted(Policy::kLenient));
}

}  // namespace
}  // namespace qrpay::qr
