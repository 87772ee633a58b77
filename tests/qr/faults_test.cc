// Each reason code with the smallest text that shows it: where it is, how bad it is, nothing else.
#include "qr/faults.h"

#include <gtest/gtest.h>

#include <map>
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

// What a shop adds behind the tail: 52, 59, 60.
std::string const kMerchant = "520458125903ABC6003HUE";
std::string with_account(std::string const& account, std::string const& rest) {
  return sealed(kHead + account + kTail + rest);
}

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
    {kTruncated, kFatal, 86, "", kBody + "6"},
    {kTruncated, kFatal, 86, "", kBody + "63"},
    {kTruncated, kFatal, 86, "", kBody + "630"},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + std::string(1, '\0')},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + "ABCD"},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + "59"},
    {kTrailingData, kFatal, 94, "", sealed(kBody) + "5909AB"},
    {kTrailingWhitespace, kStrict, 94, "", sealed(kBody) + "\r\n"},
    {kSurroundingWhitespace, kStrict, 0, "", "\t " + sealed(kBody)},
    {kSurroundingWhitespace, kStrict, 0, "", " " + sealed(kBody) + " "},
    {kBadTag, kFatal, 86, "", with_objects("x902VN")},
    {kBadTag, kFatal, 86, "", kBody + "\u0665\u066101x"},
    {kBadLength, kFatal, 86, "59", with_objects("59 2VN")},
    {kBadLength, kFatal, 86, "59", with_objects("59\u0660\u0662VN")},
    {kLengthOverrun, kFatal, 86, "59", kBody + "5909VN"},
    {kLengthOverrun, kFatal, 86, "63", kBody + "6304C13"},
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
    {kDuplicateSubtag, kFatal, 103, "64.01", with_objects("64200002vi0103abc0103abd")},
    {kDuplicateSubtag, kFatal, 104, "80.01", with_objects("80190005a.b.c0101x0101x")},
    {kDuplicateSubtag, kFatal, 104, "26.01", with_objects("26190005a.b.c0101x0101x")},
    {kFirstTag, kFatal, 0, "01", sealed("010211000201" + kAccount + kTail)},
    {kVersion, kStrict, 0, "00", sealed("000202010211" + kAccount + kTail)},
    {kCrcMissing, kFatal, 86, "63", kBody},
    {kCrcNotLast, kFatal, 94, "59", sealed(kBody) + "5903ABC"},
    {kCrcLength, kFatal, 86, "63", kBody + "6303ABC"},
    {kCrcLength, kFatal, 86, "63", kBody + "6305ABCDE"},
    {kCrcNotHex, kFatal, 86, "63", kBody + "63049E6G"},
    {kCrcMismatch, kFatal, 86, "63", kBody + "63040000"},
    {kCrcLowercase, kStrict, 86, "63", kBody + "63049e6f"},
    {kNoAccount, kFatal, 41, "", sealed("00020152045812" + kTail + "5903ABC6003HUE")},
    {kMissingTag, kFatal, 79, "53", with_tail("5802VN")},
    {kMissingTag, kFatal, 80, "58", with_tail("5303704")},
    {kMissingTag, kStrict, 80, "01", sealed("000201" + kAccount + kTail)},
    {kMissingTag, kStrict, 88, "52", with_account(kPush, "5903ABC6003HUE")},
    {kMissingTag, kStrict, 89, "59", with_account(kPush, "520458126003HUE")},
    {kMissingTag, kStrict, 89, "60", with_account(kPush, "520458125903ABC")},
    {kMissingTag, kStrict, 104, "01",
     sealed("000201" + kCash + kTail + "520460115903ABC6003HUE62100501a0701b")},
    {kMissingTag, kStrict, 52, "52", sealed(kHead + "02134000123456789" + kTail + "5901A6001B")},
    {kMissingSubtag, kFatal, 42, "38.01", with_38("0010A0000007270208QRIBFTTA")},
    {kMissingSubtag, kFatal, 44, "38.01.01", with_bank("0006970403")},
    {kMissingSubtag, kFatal, 41, "38.01.00", with_bank("0103123")},
    {kMissingSubtag, kStrict, 105, "62.05",
     sealed(kHead + kCash + "52046011" + kTail + "5903ABC6003HUE62050701a")},
    {kMissingSubtag, kStrict, 105, "62.07",
     sealed(kHead + kCash + "52046011" + kTail + "5903ABC6003HUE62050501a")},
    {kUnexpectedSubtag, kStrict, 51, "38.01.02", with_bank("000697040301031230208QRIBFTTA")},
    {kUnexpectedSubtag, kStrict, 73, "38.03",
     sealed(kHead + tlv("38", kAccount.substr(4) + "0301x") + kTail)},
    {kUnexpectedSubtag, kStrict, 90, "62.12", with_objects("62051201x")},
    {kUnexpectedSubtag, kStrict, 103, "64.03", with_objects("64180002vi0103abc0301x")},
    {kBinFormat, kFatal, 34, "38.01.00", with_bank("0005970430103123")},
    {kBinFormat, kFatal, 34, "38.01.00", with_bank("000697040A0103123")},
    {kAccountCharset, kStrict, 44, "38.01.01", with_bank("000697040301051-234")},
    {kCardNumber, kStrict, 44, "38.01.01", with_bank("00069704030103123", "QRIBFTTC")},
    {kCardNumber, kStrict, 44, "38.01.01", with_bank("0006970403011597040311012345X", "QRIBFTTC")},
    {kServiceCode, kFatal, 51, "38.02", with_bank("00069704030103123", "QRIBFTTX")},
    {kPointOfInitiation, kStrict, 6, "01", sealed("000201010213" + kAccount + kTail)},
    {kCurrency, kFatal, 73, "53", with_tail("530370X5802VN")},
    {kCurrency, kFatal, 73, "53", with_tail("5302705802VN")},
    {kCurrency, kStrict, 73, "53", with_tail("53038405802VN")},
    {kCountry, kStrict, 80, "58", with_tail("53037045802TH")},
    {kCountry, kStrict, 52, "58", sealed("00020102134000123456789" + kMerchant + "53037645802Th")},
    {kMcc, kStrict, 86, "52", with_objects("5203581")},
    {kMcc, kStrict, 86, "52", with_objects("520458A2")},
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
    {kTipFields, kStrict, 86, "57", with_objects("550203")},
    {kTipFields, kStrict, 86, "56", with_objects("5604500a")},
    {kTipFields, kStrict, 92, "56", with_objects("5502015603500")},
    {kTipFields, kStrict, 92, "56", with_objects("55020256010")},
    {kTipFields, kStrict, 92, "57", with_objects("5502035703100")},
    {kFieldTooLong, kStrict, 86, "59", with_objects(tlv("59", std::string(26, 'A')))},
    {kFieldTooLong, kStrict, 86, "54", with_objects("541410000000000000")},
    {kFieldTooLong, kStrict, 92, "56", with_objects("550202561410000000000000")},
    {kFieldTooLong, kStrict, 86, "60", with_objects(tlv("60", std::string(16, 'A')))},
    {kFieldTooLong, kStrict, 86, "61", with_objects(tlv("61", std::string(11, '1')))},
    {kFieldTooLong, kStrict, 90, "26.00", with_objects(tlv("26", tlv("00", std::string(33, 'a'))))},
    {kFieldTooLong, kStrict, 90, "62.10", with_objects(tlv("62", tlv("10", std::string(21, '1'))))},
    {kFieldTooLong, kStrict, 90, "62.11", with_objects("62081104100X")},
    {kFieldTooLong, kStrict, 96, "64.01",
     with_objects(tlv("64", "0002vi" + tlv("01", std::string(26, 'A'))))},
    {kFieldTooLong, kStrict, 103, "64.02",
     with_objects(tlv("64", "0002vi0103abc" + tlv("02", std::string(16, 'A'))))},
    {kFieldTooLong, kStrict, 90, "62.08", with_objects(tlv("62", tlv("08", std::string(26, 'A'))))},
    {kFieldTooLong, kStrict, 44, "38.01.01",
     with_bank("0006970403" + tlv("01", std::string(20, '1')))},
    {kCharset, kStrict, 86, "59", with_objects(tlv("59", "PH\u1ede"))},
    {kCharset, kStrict, 90, "62.08", with_objects(tlv("62", tlv("08", "a\tb")))},
    {kCharset, kStrict, 86, "60", with_objects(tlv("60", "HU\u1ebe"))},
    {kCharset, kStrict, 86, "61", with_objects(tlv("61", "49\u0660"))},
    {kCharset, kStrict, 86, "02", with_objects(tlv("02", "4000\u00e9"))},
    {kNotPrecomposed, kStrict, 86, "80", with_objects(tlv("80", "0005a.b.c0102e\u0301"))},
    {kNotPrecomposed, kStrict, 86, "26", with_objects(tlv("26", "0005a.b.c0102e\u0301"))},
    {kNotPrecomposed, kStrict, 103, "64.02",
     with_objects(tlv("64", "0002vi0103abc" + tlv("02", "Hue\u0302\u0301")))},
    {kNotPrecomposed, kStrict, 96, "64.01",
     with_objects(tlv("64", "0002vi" + tlv("01", "Bu\u0301n")))},
    {kConsumerDataRequest, kStrict, 90, "62.09", with_objects("62060902AA")},
    {kConsumerDataRequest, kStrict, 90, "62.09", with_objects("62050901B")},
    {kLanguage, kStrict, 90, "64.00", with_objects("64130002v10103abc")},
    {kLanguage, kStrict, 97, "64.00", with_objects("64070103abc")},
    {kLanguage, kStrict, 96, "64.01", with_objects("64060002vi")},
    {kLanguage, kStrict, 90, "64.00", with_objects("64140003vie0103abc")},
    {kTemplateGuid, kStrict, 86, "83", with_objects("8303046")},
    {kTemplateGuid, kStrict, 86, "26", with_objects("26060002xy")},
    {kTemplateGuid, kStrict, 86, "26", with_objects("2603abc")},
    {kTemplateGuid, kStrict, 86, "80", with_objects("80050101x")},
    {kTemplateGuid, kStrict, 12, "38", with_account("38060002xy", kMerchant)},
    {kRfuTag, kStrict, 86, "65", with_objects("6501x")},
    {kRfuTag, kStrict, 86, "79", with_objects("79050101x")},
    {kPayloadTooLong, kStrict, 0, "",
     with_objects(tlv("80", kTemplate99) + tlv("81", kTemplate99) + tlv("82", kTemplate99) +
                  tlv("83", kTemplate99) + tlv("84", "0005a.b.c"))},
    {kPayloadTooLong, kFatal, 4096, "", std::string(4097, ' ')},
    {kNotUtf8, kFatal, 0, "", kBody + "5901\xFF" + "63040000"},
};

std::string described(Tier tier, std::string const& fault) {
  return std::string(tier_name(tier)) + " " + fault;
}

std::vector<std::string> described(FaultList const& faults) {
  std::vector<std::string> out;
  for (Fault const& fault : faults) out.push_back(described(fault.tier, to_string(fault)));
  return out;
}

std::string described(Case const& want, std::size_t moved_by = 0) {
  std::string text(fault_name(want.code));
  text += " at byte " + std::to_string(want.offset + moved_by);
  if (!want.path.empty()) text += " (" + want.path + ")";
  return described(want.tier, text);
}

TEST(Faults, EachReasonCodeIsFoundAloneWithItsTierOffsetAndPath) {
  for (Case const& want : kCases) {
    SCOPED_TRACE(want.text);
    EXPECT_EQ(described(read_payload(want.text).faults), std::vector{described(want)});
  }
}

TEST(Faults, OffsetsMoveWithTheText) {
  std::string const blanks = " \t ";
  for (Case const& want : kCases) {
    // Blanks before make the one a part of the other; the last has nothing that could move.
    if (want.code == kTrailingWhitespace || want.code == kSurroundingWhitespace) continue;
    if (want.text.find_first_not_of(" \r\n") == std::string::npos) continue;
    SCOPED_TRACE(want.text);
    EXPECT_EQ(described(read_payload(blanks + want.text).faults),
              (std::vector<std::string>{"strict surrounding_whitespace at byte 0",
                                        described(want, blanks.size())}));
  }
}

// The tiers that faults.h gives. A new code does not compile until it is listed here, which then
// asks for cases above.
std::set<Tier> documented_tiers(FaultCode code) {
  switch (code) {
    case kTooShort:
    case kTruncated:
    case kTrailingData:
    case kBadTag:
    case kBadLength:
    case kLengthOverrun:
    case kTemplateMalformed:
    case kDuplicateTag:
    case kDuplicateSubtag:
    case kFirstTag:
    case kCrcMissing:
    case kCrcNotLast:
    case kCrcLength:
    case kCrcNotHex:
    case kCrcMismatch:
    case kNoAccount:
    case kBinFormat:
    case kServiceCode:
    case kAmountFormat:
    case kNotUtf8: return {kFatal};
    case kZeroLength:
    case kMissingTag:
    case kMissingSubtag:
    case kCurrency:
    case kAmountDecimals:
    case kPayloadTooLong: return {kStrict, kFatal};
    case kTrailingWhitespace:
    case kSurroundingWhitespace:
    case kVersion:
    case kCrcLowercase:
    case kUnexpectedSubtag:
    case kAccountCharset:
    case kCardNumber:
    case kPointOfInitiation:
    case kCountry:
    case kMcc:
    case kAmountZero:
    case kTipIndicator:
    case kTipFields:
    case kFieldTooLong:
    case kCharset:
    case kNotPrecomposed:
    case kConsumerDataRequest:
    case kLanguage:
    case kTemplateGuid:
    case kRfuTag: return {kStrict};
  }
  return {};  // no code has this number
}

TEST(Faults, EveryReasonCodeHasACaseInEachOfItsTiersAndAName) {
  std::map<FaultCode, std::set<Tier>> shown;
  for (Case const& want : kCases) shown[want.code].insert(want.tier);
  std::set<std::string_view> names;
  for (unsigned number = 0; number <= 255; ++number) {
    auto const code = static_cast<FaultCode>(number);
    std::set<Tier> const tiers = documented_tiers(code);
    if (tiers.empty()) continue;
    EXPECT_EQ(shown[code], tiers) << fault_name(code);
    EXPECT_TRUE(names.insert(fault_name(code)).second) << fault_name(code);
  }
  EXPECT_EQ(names.size(), 46u);
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
