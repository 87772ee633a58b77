#include "qr/kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "qr/crc.h"
#include "qr/payload.h"
#include "tests/conformance/vietqr_rows.h"
#include "tests/qr/kind_model.h"

namespace qrpay::qr {
namespace {

std::string tlv(std::uint8_t tag, std::string_view value) {
  std::string out;
  append_tlv(out, tag, value, count_characters(value, TextKind::kUnicode));
  return out;
}

std::string sealed(std::string body) {
  append_crc(body);
  return body;
}

std::string vietqr_account(std::string_view bank, std::string_view account,
                           std::string_view service) {
  std::string value = "0010A000000727" + tlv(1, tlv(0, bank) + tlv(1, account));
  if (!service.empty()) value += tlv(2, service);
  return tlv(38, value);
}

constexpr std::string_view kShop = "5802VN5903PHO6003HUE";

// A payload with these accounts, in dong.
std::string code(std::string const& accounts) {
  return sealed("000201010211" + accounts + "520458125303704" + std::string(kShop));
}

std::string vietqr(std::string_view bank, std::string_view account, std::string_view service) {
  return code(vietqr_account(bank, account, service));
}

std::string foreign(std::uint8_t tag, std::string_view guid, std::string_view currency,
                    std::string_view country) {
  return sealed("000201010211" + tlv(tag, tlv(0, guid) + "0103123") + "52045812" +
                tlv(53, currency) + tlv(58, country) + "5903ABC6003XYZ");
}

std::string const kZaloPayAccount = tlv(26, "0010vn.zalopay0108order123");
std::string const kEvnAccount = tlv(26, "00020001140100109106-019");
std::string const kEvnName = "EVN CONG TY DIEN LUC THANH XUAN";

struct Case {
  Kind kind;
  std::string text;
};

std::vector<Case> const kCases = {
    {Kind::kVietQrPush, vietqr("970436", "SHOP01", "QRPUSH")},
    {Kind::kVietQrPush, vietqr("970436", "SHOP01", "")},
    {Kind::kVietQrCash, vietqr("970436", "ATM0001", "QRCASH")},
    {Kind::kVietQrAccount, vietqr("970436", "0011001", "QRIBFTTA")},
    {Kind::kVietQrCard, vietqr("970436", "9704031101234567", "QRIBFTTC")},
    {Kind::kVietQrUnclear, vietqr("970436", "0011001", "QRIBFTTX")},
    {Kind::kVnpayMerchant, code(tlv(26, "0010A00000077501080109914436"))},
    {Kind::kVnpayPersonal,
     sealed("000201010202" + tlv(2, "VNPayWallet") + tlv(3, "0900000000") + tlv(4, "AN"))},
    {Kind::kVnpayPersonal, sealed("010202" + tlv(2, "0900000000") + tlv(5, "VNPayWallet"))},
    {Kind::kMomo, vietqr("971025", "PSP000000000000017", "QRIBFTTA")},
    {Kind::kMomo, vietqr("970454", "99MM24011M34875080", "QRIBFTTA")},
    {Kind::kZaloPay, vietqr("970454", "99ZP24009M07248267", "QRIBFTTA")},
    {Kind::kZaloPay, code(kZaloPayAccount + vietqr_account("970454", "998002401295", "QRIBFTTA"))},
    {Kind::kZaloPay, code(kZaloPayAccount)},
    {Kind::kShopeePay, code(tlv(26, "0013vn.airpay.www0103123"))},
    {Kind::kEvnBill, sealed("000201010211" + kEvnAccount + "5204490053037045802VN" +
                            tlv(59, kEvnName) + "6006Ha Noi")},
    {Kind::kPromptPay, foreign(29, "A000000677010111", "764", "TH")},
    {Kind::kPromptPay, foreign(30, "A000000677010112", "764", "TH")},
    {Kind::kQris, foreign(51, "ID.CO.QRIS.WWW", "360", "ID")},
    {Kind::kQris, foreign(26, "COM.SHOPPER.WWW", "360", "ID")},
    {Kind::kKhqr, foreign(29, "an@bank", "116", "KH")},
    {Kind::kKhqr, foreign(30, "an@bank", "840", "KH")},
    {Kind::kDuitNow, foreign(26, "A0000006150001", "458", "MY")},
    {Kind::kPayNow, foreign(26, "SG.PAYNOW", "702", "SG")},
    {Kind::kPayNow, foreign(51, "SG.SGQR", "702", "SG")},
    {Kind::kLaoQr, foreign(38, "A005266284662577", "418", "LA")},
    {Kind::kLaoQr, foreign(38, "a005266284662577", "418", "LA")},
    {Kind::kUnionPay, code(tlv(15, "3139700704005204460000600000000"))},
    {Kind::kUnionPay, code(tlv(15, "31397007040052044") + tlv(16, "1234567890"))},
    {Kind::kEmv, code(tlv(2, "4000123456789013"))},
    {Kind::kEmv, code(tlv(4, "5123456789012346") + tlv(15, "31397007040052044"))},
    {Kind::kEmv, code(tlv(15, "NOT A NUMBER"))},
    {Kind::kEmv, code(tlv(26, "0012D156000000000503123"))},
    {Kind::kEmv, "0002016304AAE6"},
    {Kind::kEmv, "000201"},
    {Kind::kEmv, "0002.1" + code(tlv(2, "4000123456789013")).substr(6)},
    {Kind::kPaymentLink, "https://img.vietqr.io/image/970415-113366668888-compact.png"},
    {Kind::kPaymentLink, "HTTPS://DL.VIETQR.IO/pay?app=vcb"},
    {Kind::kPaymentLink, "https://qcgateway.zalopay.vn:443/openinapp?order=x"},
    {Kind::kPaymentLink, "https://qr.sepay.vn/img?acc=0010000000355"},
    {Kind::kPaymentLink, "momo://?action=payWithApp"},
    {Kind::kPaymentLink, "zalopay://app?token=x"},
    {Kind::kWebLink, "http://example.com/"},
    {Kind::kWebLink, "https://"},
    {Kind::kWebLink, " https://example.com\n"},
    {Kind::kWebLink, "https://img.vietqr.io.example.com/image"},
    {Kind::kWebLink, "https://img.vietqr.io@example.com/image"},
    {Kind::kWebLink, "https://example.com\\@img.vietqr.io/"},
    {Kind::kWebLink, "https://example.com/?img.vietqr.io"},
    {Kind::kUnknown, ""},
    {Kind::kUnknown, " \r\n"},
    {Kind::kUnknown, "6304"},
    {Kind::kUnknown, "00045678"},
    {Kind::kUnknown, "00123456789012"},
    {Kind::kUnknown, "WIFI:S:shop;T:WPA;P:12345678;;"},
    {Kind::kUnknown, "A000000727"},
    {Kind::kUnknown, "httpx://img.vietqr.io/"},
    {Kind::kUnknown, "\xFF\xFE"},
    {Kind::kUnknown, std::string(kPayloadBytesMax, ' ') + "https://example.com"},
};

// Every Kind there is: a new one does not compile until it is listed here, which then asks for a
// case above.
std::vector<Kind> all_kinds() {
  std::vector<Kind> out;
  for (unsigned number = 0; number <= 255; ++number) {
    switch (auto const kind = static_cast<Kind>(number)) {
      case Kind::kUnknown:
      case Kind::kVietQrPush:
      case Kind::kVietQrCash:
      case Kind::kVietQrAccount:
      case Kind::kVietQrCard:
      case Kind::kVietQrUnclear:
      case Kind::kVnpayMerchant:
      case Kind::kVnpayPersonal:
      case Kind::kMomo:
      case Kind::kZaloPay:
      case Kind::kShopeePay:
      case Kind::kEvnBill:
      case Kind::kPromptPay:
      case Kind::kQris:
      case Kind::kKhqr:
      case Kind::kDuitNow:
      case Kind::kPayNow:
      case Kind::kLaoQr:
      case Kind::kUnionPay:
      case Kind::kEmv:
      case Kind::kPaymentLink:
      case Kind::kWebLink: out.push_back(kind);
    }
  }
  return out;
}

bool is_vietqr(Kind kind) { return kind_name(kind).starts_with("vietqr_"); }

std::string name_of(std::string_view text) { return std::string(kind_name(classify_kind(text))); }

TEST(Kind, EachIsToldByIdentifierAndStructure) {
  for (Case const& want : kCases) {
    EXPECT_EQ(name_of(want.text), kind_name(want.kind)) << want.text;
  }
}

TEST(Kind, EachHasACaseANameAndTwoLabels) {
  std::set<Kind> seen;
  for (Case const& want : kCases) seen.insert(want.kind);
  std::set<std::string_view> names;
  std::set<std::string_view> vi;
  std::set<std::string_view> en;
  for (Kind const kind : all_kinds()) {
    KindLabel const label = kind_label(kind);
    EXPECT_TRUE(seen.contains(kind)) << kind_name(kind);
    EXPECT_TRUE(names.insert(kind_name(kind)).second) << kind_name(kind);
    EXPECT_TRUE(vi.insert(label.vi).second) << label.vi;
    EXPECT_TRUE(en.insert(label.en).second) << label.en;
    EXPECT_TRUE(base::is_utf8(label.vi) && base::is_nfc(label.vi)) << label.vi;
    EXPECT_TRUE(is_plain(label.en)) << label.en;
    for (char const c : kind_name(kind)) {
      EXPECT_TRUE(c == '_' || std::islower(static_cast<unsigned char>(c)) != 0) << kind_name(kind);
    }
  }
}

TEST(Kind, AgreesWithTheReadingWheneverThereIsOne) {
  std::size_t accepted = 0;
  for (Case const& want : kCases) {
    Reading const reading = read_payload(want.text);
    if (!reading.accepted(Policy::kLenient)) continue;
    EXPECT_TRUE(kind_agrees(want.kind, reading.payload)) << want.text;
    ++accepted;
  }
  EXPECT_GE(accepted, 25u);
}

TEST(Kind, OfTheVectorsIsWhatTheyWereCollectedAs) {
  using Ids = std::vector<std::string>;
  std::map<std::string, Ids> ids;
  for (auto const& row : conformance::vietqr_rows()) {
    ids[name_of(row.payload)].push_back(row.id);
    if (row.fatal()) continue;
    Reading const reading = read_payload(row.payload);
    EXPECT_TRUE(kind_agrees(classify_kind(row.payload), reading.payload)) << row.id;
  }
  EXPECT_EQ(ids["vnpay_merchant"], (Ids{"S003", "S031", "S043", "S048", "S092"}));
  EXPECT_EQ(ids["momo"], (Ids{"S021", "S065"}));
  EXPECT_EQ(ids["zalopay"], (Ids{"S022", "S045", "S068"}));
  EXPECT_EQ(ids["promptpay"], Ids{"S057"});
  EXPECT_EQ(ids["paynow"], Ids{"S102"});
  EXPECT_EQ(ids["vietqr_cash"], (Ids{"S033", "S049"}));
  EXPECT_EQ(ids["vietqr_card"], (Ids{"S008", "S028", "S040", "S063", "S072", "S108"}));
  // A wrong length inside 38 hides the service.
  EXPECT_EQ(ids["vietqr_unclear"], (Ids{"S047", "S115"}));
  // No account at all; EMVCo's own example; 38 with the bank where the identifier should be.
  EXPECT_EQ(ids["emv"], (Ids{"S041", "S087", "S095"}));
  EXPECT_EQ(ids["unknown"], Ids{"S035"});
  EXPECT_EQ(ids["vietqr_account"].size() + ids["vietqr_push"].size(), 90u);
}

// The three that the tag numbers invite to confuse, under every tag that can hold a template.
TEST(Kind, LaoQrDuitNowAndVnpayAreNeverVietQr) {
  for (std::uint8_t tag = 26; tag <= 51; ++tag) {
    for (std::string_view const guid : {"A005266284662577", "A0000006150001", "A000000775",
                                        "a005266284662577", "a000000775", "A000000677010111"}) {
      for (std::string_view const service : {"", "QRPUSH", "QRIBFTTA"}) {
        std::string inner = tlv(0, guid) + tlv(1, "0006970436010800110011");
        if (!service.empty()) inner += tlv(2, service);
        std::string const text = code(tlv(tag, inner));
        EXPECT_FALSE(is_vietqr(classify_kind(text))) << text;
        EXPECT_FALSE(is_vietqr(classify_kind(text.substr(0, text.size() - 1)))) << text;
      }
    }
  }
}

TEST(Kind, VietQrsIdentifierCountsUnder38Only) {
  for (std::uint8_t tag = 26; tag <= 51; ++tag) {
    std::string account = vietqr_account("970436", "0011001", "QRIBFTTA");
    account[0] = static_cast<char>('0' + tag / 10);
    account[1] = static_cast<char>('0' + tag % 10);
    EXPECT_EQ(name_of(code(account)), tag == 38 ? "vietqr_account" : "emv") << int{tag};
  }
}

TEST(Kind, VietQrComesFirstOfSeveralAccountsThenTheOrderOfTheText) {
  std::string const bank = vietqr_account("970436", "0011001", "QRIBFTTA");
  std::string const vnpay = tlv(26, "0010A000000775");
  std::string const airpay = tlv(27, "0013vn.airpay.www");
  EXPECT_EQ(name_of(code(vnpay + airpay + bank)), "vietqr_account");
  EXPECT_EQ(name_of(code(airpay + vnpay)), "shopeepay");
  EXPECT_EQ(name_of(code(vnpay + airpay)), "vnpay_merchant");
  EXPECT_EQ(name_of(code(tlv(15, "31397007040052044") + bank)), "vietqr_account");
  EXPECT_EQ(name_of(code(tlv(15, "31397007040052044") + vnpay)), "vnpay_merchant");
  // Another bank's account beside ZaloPay's is that shop's own.
  EXPECT_EQ(name_of(code(kZaloPayAccount + bank)), "vietqr_account");
}

TEST(Kind, WalletNeedsItsBankAndItsAccountForm) {
  EXPECT_EQ(name_of(vietqr("971025", "0900000000", "QRIBFTTA")), "vietqr_account");
  EXPECT_EQ(name_of(vietqr("970436", "PSP0000001", "QRIBFTTA")), "vietqr_account");
  EXPECT_EQ(name_of(vietqr("970454", "0011001", "QRIBFTTA")), "vietqr_account");
  EXPECT_EQ(name_of(vietqr("970436", "99ZP24009M", "QRIBFTTA")), "vietqr_account");
}

TEST(Kind, BillIsEvnsOnlyWithATaxCodeAndTheName) {
  auto const bill = [](std::string const& account, std::string_view name) {
    return name_of(sealed("000201" + account + "53037045802VN" + tlv(59, name)));
  };
  EXPECT_EQ(bill(kEvnAccount, kEvnName), "evn_bill");
  EXPECT_EQ(bill(tlv(26, "00020001100100109106"), "Cty Dien luc Hue"), "evn_bill");
  EXPECT_EQ(bill(kEvnAccount, "CONG TY NUOC SACH"), "emv");
  EXPECT_EQ(bill(tlv(26, "0002000103ABC"), kEvnName), "emv");
  EXPECT_EQ(bill(tlv(26, "00020101140100109106-019"), kEvnName), "emv");
}

TEST(Kind, DamagedCodeKeepsItsKind) {
  std::string const whole = vietqr("970436", "0011001", "QRIBFTTA");
  std::string wrong_crc = whole;
  wrong_crc.back() = wrong_crc.back() == '0' ? '1' : '0';
  EXPECT_EQ(name_of(wrong_crc), "vietqr_account");
  EXPECT_EQ(name_of(whole + whole), "vietqr_account");
  EXPECT_EQ(name_of(whole + "junk"), "vietqr_account");
  EXPECT_EQ(name_of(whole.substr(6)), "vietqr_account");  // 00 lost
  EXPECT_EQ(name_of(" \t" + whole + "\r\n"), "vietqr_account");
  std::string not_utf8 = whole;
  not_utf8[whole.find("PHO")] = '\xD0';
  EXPECT_EQ(name_of(not_utf8), "vietqr_account");
  EXPECT_EQ(name_of("000201010202" + tlv(2, "VNPayWallet")), "vnpay_personal");
}

// Nothing behind the CRC can turn one code into another.
TEST(Kind, WhatFollowsTheCrcIsNotRead) {
  std::string const vnpay = code(tlv(26, "0010A000000775"));
  EXPECT_EQ(name_of(vnpay + vietqr_account("970436", "0011001", "QRIBFTTA")), "vnpay_merchant");
}

TEST(Kind, TornCodeIsNeverAnotherScheme) {
  std::string const whole = vietqr("970436", "0011001", "QRIBFTTA");
  std::size_t const account_ends = 12 + vietqr_account("970436", "0011001", "QRIBFTTA").size();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    std::string const torn = whole.substr(0, size);
    std::string_view const wanted =
        size < 6 ? "unknown" : (size < account_ends ? "emv" : "vietqr_account");
    EXPECT_EQ(name_of(torn), wanted) << torn;
  }
}

TEST(Kind, BrokenTemplateOfVietQrIsUnclearNotPush) {
  EXPECT_EQ(name_of(code(tlv(38, "0010A0000007270117000697043601030110"))), "vietqr_unclear");
  EXPECT_EQ(name_of(code(tlv(38, "0010A00000072702"))), "vietqr_unclear");
}

TEST(Kind, AnyBytesHaveOne) {
  std::mt19937 random(20261124);
  std::string const whole = vietqr("970436", "0011001", "QRIBFTTA");
  for (int round = 0; round < 100'000; ++round) {
    std::string text = round % 2 == 0 ? whole : std::string(random() % 64, '\0');
    if (round % 2 != 0) {
      for (char& c : text) c = static_cast<char>(random());
    } else {
      for (int edits = 0; edits < 3; ++edits) {
        text[random() % text.size()] = static_cast<char>(random());
      }
    }
    Kind const kind = classify_kind(text);
    EXPECT_FALSE(kind_name(kind).empty());
    Reading const reading = read_payload(text);
    if (reading.accepted(Policy::kLenient)) {
      EXPECT_TRUE(kind_agrees(kind, reading.payload)) << text;
    }
  }
}

TEST(Kind, LongestTextIsClassified) {
  std::string text = "000201" + vietqr_account("970436", "0011001", "QRIBFTTA");
  while (text.size() + 103 <= kPayloadBytesMax) text += tlv(80, std::string(99, 'x'));
  EXPECT_EQ(name_of(text), "vietqr_account");
  text.resize(kPayloadBytesMax + 1, ' ');
  EXPECT_EQ(name_of(text), "unknown");
}

}  // namespace
}  // namespace qrpay::qr
