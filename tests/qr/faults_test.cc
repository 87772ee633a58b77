// Each reason code with the smallest text that shows it: where it is, how bad it is, nothing else.
#include "qr/faults.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "qr/crc.h"
#include "qr/payload.h"

namespace qrpay::qr {
namespace {

std::string sealed(std::string body) {
  append_crc(body);
  return body;
}

// A valid transfer: 00 at 0, 01 at 6, 38 at 12 (38.00 at 16, 38.01 at 30, 38.01.00 at 34, 38.01.01
// at 44, 38.02 at 61), 53 at 73, 58 at 80, 63 at 86.
std::string const kHead = "000201010211";
std::string const kAccount =
    "38570010A0000007270127"
    "0006970403"
    "01130011012345678"
    "0208QRIBFTTA";
std::string const kTail = "53037045802VN";
std::string const kBody = kHead + kAccount + kTail;

std::string tlv(std::string const& tag, std::string const& value) {
  std::size_t const characters = count_characters(value, TextKind::kUnicode);
  std::string out = tag;
  out += static_cast<char>('0' + characters / 10);
  out += static_cast<char>('0' + characters % 10);
  return out + value;
}

// A transfer with this bank template and service.
std::string with_38(std::string const& inner) { return sealed(kHead + tlv("38", inner) + kTail); }
std::string with_bank(std::string const& beneficiary, std::string const& service = "QRIBFTTA") {
  return with_38("0010A000000727" + tlv("01", beneficiary) + tlv("02", service));
}
std::string with_objects(std::string const& objects) { return sealed(kBody + objects); }
std::string with_tail(std::string const& tail) { return sealed(kHead + kAccount + tail); }

std::string const kPush = tlv("38", "0010A0000007270117000697040301031230206QRPUSH");
std::string const kCash = tlv("38", "0010A0000007270117000697040301031230206QRCASH");

struct Case {
  FaultCode code;
  Tier tier;
  std::size_t offset;
  std::string path;
  std::string text;
};

using enum FaultCode;
constexpr Tier kFatal = Tier::kFatal;
constexpr Tier kStrict = Tier::kStrict;

std::string const kTemplate99 = "0005a.b.c" + tlv("01", std::string(86, 'z'));

std::vector<Case> const kCases = {
    {kTooShort, kFatal, 0, "", "0002016304F"},
    {kTooShort, kFatal, 0, "", ""},
    {kTooShort, kFatal, 0, "", " \r\n"},
    {kTruncated, kFatal, 86, "", kBody + "630"},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + std::string(1, '\0')},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + "ABCD"},
    {kTrailingWhitespace, kStrict, 94, "", sealed(kBody) + "\r\n"},
    {kSurroundingWhitespace, kStrict, 0, "", "\t " + sealed(kBody)},
    {kSurroundingWhitespace, kStrict, 0, "", " " + sealed(kBody) + " "},
    {kBadTag, kFatal, 86, "", with_objects("x902VN")},
    {kBadTag, kFatal, 86, "", kBody + "\u0665\u066101x"},
    {kBadLength, kFatal, 86, "59", with_objects("59 2VN")},
    {kBadLength, kFatal, 86, "59", with_objects("59\u0660\u0662VN")},
    {kLengthOverrun, kFatal, 86, "59", kBody + "5909VN"},
    {kZeroLength, kStrict, 86, "62", with_objects("6200")},
    {kZeroLength, kFatal, 86, "59", with_objects("5900")},
    {kZeroLength, kFatal, 90, "62.08", with_objects("62040800")},
    {kTemplateMalformed, kFatal, 44, "38.01", with_bank("00069704030")},
    {kTemplateMalformed, kFatal, 30, "38", with_38("0010A00000072701")},
    {kTemplateMalformed, kFatal, 90, "62", with_objects("62050812a")},
    {kTemplateMalformed, kFatal, 90, "64", with_objects("6404vi01")},
    {kDuplicateTag, kFatal, 86, "58", with_objects("5802VN")},
    {kDuplicateSubtag, kFatal, 95, "62.08", with_objects("62100801a0801b")},
    {kDuplicateSubtag, kFatal, 44, "38.01.00", with_bank("0006970403000697040301011")},
    {kFirstTag, kFatal, 0, "01", sealed("010211000201" + kAccount + kTail)},
    {kVersion, kStrict, 0, "00", sealed("000202010211" + kAccount + kTail)},
    {kCrcMissing, kFatal, 86, "63", kBody},
    {kCrcNotLast, kFatal, 94, "59", sealed(kBody) + "5903ABC"},
    {kCrcLength, kFatal, 86, "63", kBody + "6303ABC"},
    {kCrcNotHex, kFatal, 86, "63", kBody + "63049E6G"},
    {kCrcMismatch, kFatal, 86, "63", kBody + "63040000"},
    {kCrcLowercase, kStrict, 86, "63", kBody + "63049e6f"},
    {kNoAccount, kFatal, 41, "", sealed("00020152045812" + kTail + "5903ABC6003HUE")},
    {kMissingTag, kFatal, 79, "53", with_tail("5802VN")},
    {kMissingTag, kFatal, 80, "58", with_tail("5303704")},
    {kMissingTag, kStrict, 80, "01", sealed("000201" + kAccount + kTail)},
    {kMissingTag, kStrict, 89, "60", sealed(kHead + kPush + "52045812" + kTail + "5903ABC")},
    {kMissingSubtag, kFatal, 42, "38.01", with_38("0010A0000007270208QRIBFTTA")},
    {kMissingSubtag, kFatal, 44, "38.01.01", with_bank("0006970403")},
    {kMissingSubtag, kFatal, 41, "38.01.00", with_bank("0103123")},
    {kMissingSubtag, kStrict, 105, "62.07",
     sealed(kHead + kCash + "52046011" + kTail + "5903ABC6003HUE62050501a")},
    {kUnexpectedSubtag, kStrict, 51, "38.01.02", with_bank("000697040301031230208QRIBFTTA")},
    {kUnexpectedSubtag, kStrict, 73, "38.03",
     sealed(kHead + tlv("38", kAccount.substr(4) + "0301x") + kTail)},
    {kUnexpectedSubtag, kStrict, 90, "62.12", with_objects("62051201x")},
    {kBinFormat, kFatal, 34, "38.01.00", with_bank("0005970430103123")},
    {kBinFormat, kFatal, 34, "38.01.00", with_bank("000697040A0103123")},
    {kAccountCharset, kStrict, 44, "38.01.01", with_bank("000697040301051-234")},
    {kCardNumber, kStrict, 44, "38.01.01", with_bank("00069704030103123", "QRIBFTTC")},
    {kServiceCode, kFatal, 51, "38.02", with_bank("00069704030103123", "QRIBFTTX")},
    {kPointOfInitiation, kStrict, 6, "01", sealed("000201010213" + kAccount + kTail)},
    {kCurrency, kFatal, 73, "53", with_tail("530370X5802VN")},
    {kCurrency, kStrict, 73, "53", with_tail("53038405802VN")},
    {kCountry, kStrict, 80, "58", with_tail("53037045802TH")},
    {kMcc, kStrict, 86, "52", with_objects("5203581")},
    {kAmountFormat, kFatal, 86, "54", with_objects("540650,000")},
    {kAmountFormat, kFatal, 86, "54", with_objects("54051.2.3")},
    {kAmountFormat, kFatal, 86, "54", with_objects("5403.50")},
    {kAmountFormat, kFatal, 86, "54", with_objects("5401.")},
    {kAmountZero, kStrict, 86, "54", with_objects("54010")},
    {kAmountDecimals, kFatal, 86, "54", with_objects("540650.000")},
    {kAmountDecimals, kFatal, 86, "54", with_objects("540550.05")},
    {kAmountDecimals, kStrict, 86, "54", with_objects("540450.0")},
    {kTipIndicator, kStrict, 86, "55", with_objects("550204")},
    {kTipFields, kStrict, 86, "56", with_objects("550202")},
    {kTipFields, kStrict, 92, "57", with_objects("55020357040.00")},
    {kTipFields, kStrict, 86, "56", with_objects("5604500a")},
    {kFieldTooLong, kStrict, 86, "59", with_objects(tlv("59", std::string(26, 'A')))},
    {kFieldTooLong, kStrict, 90, "62.08", with_objects(tlv("62", tlv("08", std::string(26, 'A'))))},
    {kFieldTooLong, kStrict, 44, "38.01.01",
     with_bank("0006970403" + tlv("01", std::string(20, '1')))},
    {kCharset, kStrict, 86, "59", with_objects(tlv("59", "PH\u1ede"))},
    {kCharset, kStrict, 90, "62.08", with_objects(tlv("62", tlv("08", "a\tb")))},
    {kNotPrecomposed, kStrict, 96, "64.01",
     with_objects(tlv("64", "0002vi" + tlv("01", "Bu\u0301n")))},
    {kConsumerDataRequest, kStrict, 90, "62.09", with_objects("62060902AA")},
    {kLanguage, kStrict, 97, "64.00", with_objects("64070103abc")},
    {kLanguage, kStrict, 96, "64.01", with_objects("64060002vi")},
    {kLanguage, kStrict, 90, "64.00", with_objects("64140003vie0103abc")},
    {kTemplateGuid, kStrict, 86, "83", with_objects("8303046")},
    {kTemplateGuid, kStrict, 86, "26", with_objects("26060002xy")},
    {kRfuTag, kStrict, 86, "65", with_objects("6501x")},
    {kPayloadTooLong, kStrict, 0, "",
     with_objects(tlv("80", kTemplate99) + tlv("81", kTemplate99) + tlv("82", kTemplate99) +
                  tlv("83", kTemplate99) + tlv("84", "0005a.b.c"))},
    {kPayloadTooLong, kFatal, 4096, "", std::string(4097, ' ')},
    {kNotUtf8, kFatal, 0, "", kBody + "5901\xFF" + "63040000"},
};

TEST(Faults, EachReasonCodeIsFoundAloneWithItsTierOffsetAndPath) {
  for (Case const& want : kCases) {
    SCOPED_TRACE(std::string(fault_name(want.code)) + ": " + want.text);
    Reading const reading = read_payload(want.text);
    std::vector<std::string> found;
    for (Fault const& fault : reading.faults) {
      found.push_back(std::string(tier_name(fault.tier)) + " " + to_string(fault));
    }
    std::string wanted(tier_name(want.tier));
    wanted += " " + std::string(fault_name(want.code)) + " at byte " + std::to_string(want.offset);
    if (!want.path.empty()) wanted += " (" + want.path + ")";
    EXPECT_EQ(found, std::vector<std::string>{wanted});
  }
}

TEST(Faults, EveryReasonCodeHasACaseAndAName) {
  std::set<FaultCode> seen;
  for (Case const& want : kCases) seen.insert(want.code);
  std::set<std::string_view> names;
  for (unsigned number = 1; number <= 46; ++number) {
    auto const code = static_cast<FaultCode>(number);
    EXPECT_TRUE(seen.contains(code)) << number;
    EXPECT_TRUE(names.insert(fault_name(code)).second) << number;
  }
}

TEST(Faults, StrictOnesAreRefusedByStrictPolicyOnly) {
  for (Case const& want : kCases) {
    SCOPED_TRACE(want.text);
    EXPECT_FALSE(read_payload(want.text).accepted(Policy::kStrict));
    EXPECT_EQ(read_payload(want.text).accepted(Policy::kLenient), want.tier == Tier::kStrict);
  }
}

TEST(Faults, AllAreReportedNotOnlyTheFirst) {
  // Wrong point of initiation, account too long, foreign currency, zero amount, wrong CRC.
  std::string const bank = tlv("01", "0006970403" + tlv("01", std::string(20, '7')));
  std::string const account = tlv("38", "0010A000000727" + bank + "0208QRIBFTTA");
  Reading const reading = read_payload("000201010299" + account + "5303840540105802VN63040000");
  std::vector<std::string> texts;
  for (Fault const& fault : reading.faults) texts.push_back(to_string(fault));
  EXPECT_EQ(texts, (std::vector<std::string>{
                       "crc_mismatch at byte 98 (63)", "field_too_long at byte 44 (38.01.01)",
                       "point_of_initiation at byte 6 (01)", "amount_zero at byte 87 (54)",
                       "currency at byte 80 (53)"}));
}

TEST(Faults, OffsetsCountTheBytesOfTheTextAsGiven) {
  // Two blanks before, and a two-byte character in 59 before the fault in 60.
  Reading const reading =
      read_payload("  " + with_objects(tlv("59", "\u00C9") + tlv("60", std::string(16, 'A'))));
  ASSERT_EQ(reading.faults.size(), 3u);
  EXPECT_EQ(to_string(reading.faults[0]), "surrounding_whitespace at byte 0");
  EXPECT_EQ(to_string(reading.faults[1]), "charset at byte 88 (59)");
  EXPECT_EQ(to_string(reading.faults[2]), "field_too_long at byte 94 (60)");
}

TEST(Faults, ReportIsBoundedAndStillFatal) {
  std::string text = "000201";
  for (int i = 0; i < 500; ++i) text += "5901x";
  Reading const reading = read_payload(text);
  EXPECT_EQ(reading.faults.size(), FaultList::kFaultsMax);
  EXPECT_TRUE(reading.faults.has_fatal());
}

TEST(Faults, RefusalNamesTheFatalOneFirst) {
  auto const refused =
      parse_payload(sealed("000201010213" + kAccount + "530370X5802VN"), Policy::kStrict);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, base::Errc::kQrInvalid);
  EXPECT_EQ(refused.error().detail, "currency at byte 73 (53)");
}

}  // namespace
}  // namespace qrpay::qr
