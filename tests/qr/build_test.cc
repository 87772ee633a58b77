#include "qr/build.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace qrpay::qr {
namespace {

using base::Errc;
using base::Vnd;

PayloadSpec transfer() {
  PayloadSpec spec;
  spec.bank_bin = "970403";
  spec.account = "0011012345678";
  return spec;
}

PayloadSpec push() {
  PayloadSpec spec = transfer();
  spec.service = Service::kPush;
  spec.mcc = "5812";
  spec.merchant_name = "PHO BAT DAN";
  spec.merchant_city = "HA NOI";
  return spec;
}

PayloadSpec cash() {
  PayloadSpec spec = push();
  spec.service = Service::kCash;
  spec.mcc = "6011";
  spec.additional.reference_label = "20260101080000000001";
  spec.additional.terminal_label = "00000917";
  return spec;
}

std::string built(PayloadSpec const& spec) {
  auto const text = build_payload(spec);
  EXPECT_TRUE(text) << to_string(text.error());
  return text ? *text : "";
}

TEST(Build, StaticTransferIsTheCorrectedNapasGolden) {
  EXPECT_EQ(built(transfer()),
            "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"
            "53037045802VN63049E6F");
}

TEST(Build, DynamicTransferIsTheNapasGolden) {
  PayloadSpec spec = transfer();
  spec.amount = Vnd(180'000);
  spec.additional.bill_number = "NPS6869";
  spec.additional.purpose = "thanh toan don hang";
  EXPECT_EQ(built(spec),
            "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA"
            "530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E");
}

TEST(Build, CardTransferIsTheNapasGolden) {
  PayloadSpec spec = transfer();
  spec.service = Service::kTransferToCard;
  spec.account = "9704031101234567";
  EXPECT_EQ(built(spec),
            "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC"
            "53037045802VN63044F52");
}

TEST(Build, InitiationIsTwelveExactlyWhenAmountOrOrderIsBound) {
  PayloadSpec spec = transfer();
  EXPECT_EQ(built(spec).substr(6, 6), "010211");
  spec.order_bound = true;
  EXPECT_EQ(built(spec).substr(6, 6), "010212");
  spec.order_bound = false;
  spec.amount = Vnd(1);
  EXPECT_EQ(built(spec).substr(6, 6), "010212");
}

TEST(Build, AllThatCanBeSaidIsReadBackWithoutAFault) {
  PayloadSpec spec = push();
  spec.amount = base::kAmountMax;
  spec.account = "ABCDEFGHJK123456789";
  spec.merchant_name = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXY");
  spec.merchant_city = "THANH PHO HCM 1";
  spec.postal_code = "1000000000";
  spec.tip = Tip{Tip::Kind::kFixed, base::kAmountMax, 0};
  spec.additional.bill_number = "1234567890123456789012345";
  spec.additional.purpose = "1234567890123456789012345";
  spec.additional.terminal_label = "1234567890123456789012345";
  spec.additional.consumer_data_request = "AME";
  spec.language = {"vi", "Ph\u1edf B\u00e1t \u0110\u00e0n", "H\u00e0 N\u1ed9i"};
  TlvObject const own{80, 0, "0014vn.example.pay0103abc"};
  spec.unreserved = {&own, 1};
  std::string const text = built(spec);
  Reading const reading = read_payload(text);
  EXPECT_TRUE(reading.faults.empty()) << to_string(reading.faults[0]);
  EXPECT_EQ(reading.payload.amount_vnd, base::kAmountMax);
  EXPECT_EQ(reading.payload.language.merchant_name, spec.language.merchant_name);
  EXPECT_EQ(print_payload(reading.payload), text) << "not in canonical order";
}

TEST(Build, EveryServiceIsReadBackWithoutAFault) {
  PayloadSpec card = transfer();
  card.service = Service::kTransferToCard;
  card.account = "9704031101234567";
  for (PayloadSpec const& spec : {transfer(), card, push(), cash()}) {
    std::string const text = built(spec);
    Reading const reading = read_payload(text);
    EXPECT_TRUE(reading.faults.empty()) << text;
    EXPECT_EQ(reading.payload.service(), spec.service);
  }
}

TEST(Build, PercentageKeepsItsZeroes) {
  PayloadSpec spec = push();
  spec.tip = Tip{Tip::Kind::kPercent, {}, 1};
  EXPECT_NE(built(spec).find("550203570500.01"), std::string::npos);
  spec.tip->percent_hundredths = 9'999;
  EXPECT_NE(built(spec).find("550203570599.99"), std::string::npos);
}

struct Refusal {
  std::string_view pointer;
  Errc errc;
  std::function<void(PayloadSpec&)> spoil;
};

TlvObject const kNoTemplate{80, 0, "046"};
TlvObject const kNotUnreserved{64, 0, "0005a.b.c"};
std::string const kNinetyNine = "0005a.b.c0186" + std::string(86, 'z');
TlvObject const kLongOnes[] = {{80, 0, kNinetyNine},
                               {81, 0, kNinetyNine},
                               {82, 0, kNinetyNine},
                               {83, 0, kNinetyNine},
                               {84, 0, kNinetyNine}};
std::string const kLong26(26, 'A');
Refusal const kRefusals[] = {
    {"/bank_bin", Errc::kInvalidField, [](PayloadSpec& s) { s.bank_bin = "97040"; }},
    {"/bank_bin", Errc::kInvalidField, [](PayloadSpec& s) { s.bank_bin = "97040A"; }},
    {"/account", Errc::kInvalidField, [](PayloadSpec& s) { s.account = ""; }},
    {"/account", Errc::kInvalidField, [](PayloadSpec& s) { s.account = "12345678901234567890"; }},
    {"/account", Errc::kInvalidField, [](PayloadSpec& s) { s.account = "0011-0123"; }},
    {"/account", Errc::kInvalidField, [](PayloadSpec& s) { s.service = Service::kTransferToCard; }},
    {"/amount", Errc::kInvalidField, [](PayloadSpec& s) { s.amount = Vnd(0); }},
    {"/amount", Errc::kInvalidField, [](PayloadSpec& s) { s.amount = Vnd(-1); }},
    {"/amount", Errc::kInvalidField,
     [](PayloadSpec& s) { s.amount = Vnd(base::kAmountMax.dong() + 1); }},
    {"/mcc", Errc::kInvalidField, [](PayloadSpec& s) { s.mcc = "581"; }},
    {"/mcc", Errc::kInvalidField, [](PayloadSpec& s) { s.service = Service::kPush; }},
    {"/mcc", Errc::kInvalidField, [](PayloadSpec& s) { s = cash(), s.mcc = "5812"; }},
    {"/merchant_name", Errc::kInvalidField, [](PayloadSpec& s) { s.merchant_name = kLong26; }},
    {"/merchant_name", Errc::kInvalidField, [](PayloadSpec& s) { s.merchant_name = "Ph\u1edf"; }},
    {"/merchant_name", Errc::kInvalidField,
     [](PayloadSpec& s) { s = push(), s.merchant_name = ""; }},
    {"/merchant_city", Errc::kInvalidField,
     [](PayloadSpec& s) { s = push(), s.merchant_city = ""; }},
    {"/merchant_city", Errc::kInvalidField, [](PayloadSpec& s) { s.merchant_city = kLong26; }},
    {"/postal_code", Errc::kInvalidField, [](PayloadSpec& s) { s.postal_code = kLong26; }},
    {"/tip/fixed", Errc::kInvalidField,
     [](PayloadSpec& s) { s.tip = Tip{Tip::Kind::kFixed, {}, 0}; }},
    {"/tip/percent_hundredths", Errc::kInvalidField,
     [](PayloadSpec& s) { s.tip = Tip{Tip::Kind::kPercent, {}, 10'000}; }},
    {"/additional/purpose", Errc::kInvalidField,
     [](PayloadSpec& s) { s.additional.purpose = kLong26; }},
    {"/additional/purpose", Errc::kInvalidField,
     [](PayloadSpec& s) { s.additional.purpose = "tr\u1ea3 ti\u1ec1n"; }},
    {"/additional/purpose", Errc::kInvalidField,
     [](PayloadSpec& s) { s.additional.purpose = "a\nb"; }},
    {"/additional/consumer_data_request", Errc::kInvalidField,
     [](PayloadSpec& s) { s.additional.consumer_data_request = "AA"; }},
    {"/additional/merchant_tax_id", Errc::kInvalidField,
     [](PayloadSpec& s) { s.additional.merchant_tax_id = "0101234567"; }},
    {"/additional/reference_label", Errc::kInvalidField,
     [](PayloadSpec& s) { s = cash(), s.additional.reference_label = ""; }},
    {"/additional/terminal_label", Errc::kInvalidField,
     [](PayloadSpec& s) { s = cash(), s.additional.terminal_label = ""; }},
    {"/additional", Errc::kTooLarge,
     [](PayloadSpec& s) {
       std::string_view const full = std::string_view(kLong26).substr(1);
       s.additional.bill_number = s.additional.store_label = full;
       s.additional.customer_label = s.additional.purpose = full;
     }},
    {"/language/preference", Errc::kInvalidField,
     [](PayloadSpec& s) { s.language = {"vie", "A", ""}; }},
    {"/language/merchant_name", Errc::kInvalidField,
     [](PayloadSpec& s) { s.language = {"vi", "", "HUE"}; }},
    {"/language/merchant_name", Errc::kInvalidField,
     [](PayloadSpec& s) { s.language = {"vi", "Bu\u0301n", ""}; }},
    {"/language/merchant_name", Errc::kInvalidField,
     [](PayloadSpec& s) { s.language = {"vi", "\xFF", ""}; }},
    {"/language/merchant_city", Errc::kInvalidField,
     [](PayloadSpec& s) { s.language = {"vi", "A", kLong26}; }},
    {"/unreserved", Errc::kInvalidField, [](PayloadSpec& s) { s.unreserved = {&kNoTemplate, 1}; }},
    {"/unreserved", Errc::kInvalidField,
     [](PayloadSpec& s) { s.unreserved = {&kNotUnreserved, 1}; }},
    {"/unreserved", Errc::kTooLarge, [](PayloadSpec& s) { s.unreserved = kLongOnes; }},
};

TEST(Build, RefusesWhatDoesNotFitAndNamesTheField) {
  for (Refusal const& refusal : kRefusals) {
    PayloadSpec spec = transfer();
    refusal.spoil(spec);
    auto const text = build_payload(spec);
    ASSERT_FALSE(text) << refusal.pointer << " was accepted: " << *text;
    EXPECT_EQ(text.error().errc, refusal.errc) << to_string(text.error());
    EXPECT_TRUE(text.error().detail.starts_with(std::string(refusal.pointer) + ":"))
        << refusal.pointer << " but " << text.error().detail;
  }
}

}  // namespace
}  // namespace qrpay::qr
