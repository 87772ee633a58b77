#include "qr/sign/sticker_guard.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "qr/crc.h"
#include "tests/qr/sign/samples.h"

namespace qrpay::qr::sign {
namespace {

StickerGuard guard_of_text(std::string const& text) {
  Reading const reading = read_payload(text);
  EXPECT_TRUE(reading.accepted(Policy::kLenient)) << text;
  return sticker_guard(reading.payload);
}

StickerGuard guard_of(PayloadSpec const& spec) { return guard_of_text(text_of(spec)); }

std::string with_crc(std::string text) {
  append_crc(text);
  return text;
}

// The example of docs/formats/sticker_guard.md.
TEST(StickerGuard, OfTheExampleIsAsDocumented) {
  StickerGuard const guard = guard_of(order_spec());
  EXPECT_EQ(guard.fingerprint, "QSTE-QT5T");
  EXPECT_EQ(guard.colour_word, "rượu vang");
}

TEST(StickerGuard, IsOneForTheStickerAndEveryOrderAndTheSignedCode) {
  PayloadSpec sticker;
  sticker.bank_bin = order_spec().bank_bin;
  sticker.account = order_spec().account;
  std::string const expected = guard_of(sticker).fingerprint;
  EXPECT_EQ(guard_of(order_spec()).fingerprint, expected);
  PayloadSpec named = order_spec();
  named.amount = base::Vnd(1);
  named.merchant_name = "KHAC";
  named.additional = {};
  EXPECT_EQ(guard_of(named).fingerprint, expected);
  std::string const signed_text = signed_text_of(order_spec(), code_key(1), "2027-12-31");
  EXPECT_EQ(guard_of_text(signed_text).fingerprint, expected);
}

TEST(StickerGuard, IsAnotherForAnotherBankAccountOrService) {
  std::set<std::string> seen = {guard_of(order_spec()).fingerprint};
  PayloadSpec bank = order_spec();
  bank.bank_bin = "970405";
  EXPECT_TRUE(seen.insert(guard_of(bank).fingerprint).second);
  PayloadSpec account = order_spec();
  account.account = "0011012345679";
  EXPECT_TRUE(seen.insert(guard_of(account).fingerprint).second);
  PayloadSpec card = order_spec();
  card.account = "9704030110123456";
  EXPECT_TRUE(seen.insert(guard_of(card).fingerprint).second);
  card.service = Service::kTransferToCard;
  EXPECT_TRUE(seen.insert(guard_of(card).fingerprint).second);
  EXPECT_TRUE(seen.insert(sticker_guard(QrPayload{}).fingerprint).second);
}

TEST(StickerGuard, ReadsTheAccountByItsMeaning) {
  std::string const tail = "5802VN5903QAN6002HN";
  std::string const plain = with_crc(
      "00020101021138460010A0000007270118000697043601040001"
      "0206QRPUSH520458125303704" +
      tail);
  std::string const turned = with_crc(
      "00020101021138460010A0000007270206QRPUSH"
      "01180006970436010400015204581253037045802VN5903QAN6002HN");
  std::string const absent =
      with_crc("00020101021138360010A000000727011800069704360104000152045812530370" +
               std::string("4") + tail);
  std::string const expected = guard_of_text(plain).fingerprint;
  EXPECT_EQ(guard_of_text(turned).fingerprint, expected);
  EXPECT_EQ(guard_of_text(absent).fingerprint, expected);
}

// A forged sticker may keep the VietQR account and add another that foreign wallets prefer.
TEST(StickerGuard, CoversEveryAccountOfTheCode) {
  std::string const vietqr = "38570010A00000072701270006970403011300110123456780208QRIBFTTA";
  std::string const tail = "53037045802VN";
  std::string const one = with_crc("000201010211" + vietqr + tail);
  std::string const two = with_crc(
      "000201010211"
      "26220010A0000007750104SHOP" +
      vietqr + tail);
  std::string const third = with_crc(
      "000201010211"
      "26220010A0000007750104SHUP" +
      vietqr + tail);
  EXPECT_NE(guard_of_text(one).fingerprint, guard_of_text(two).fingerprint);
  EXPECT_NE(guard_of_text(two).fingerprint, guard_of_text(third).fingerprint);
}

TEST(StickerGuard, HasTwoGroupsOfFourAndAColourOfTheList) {
  std::set<std::string> words;
  for (int n = 0; n < 100; ++n) {
    PayloadSpec spec = order_spec();
    std::string const account = std::to_string(1'000'000 + n);
    spec.account = account;
    StickerGuard const guard = guard_of(spec);
    ASSERT_EQ(guard.fingerprint.size(), 9u);
    EXPECT_EQ(guard.fingerprint[4], '-');
    bool listed = false;
    for (GuardColour const& colour : guard_colours()) {
      listed = listed || (colour.word == guard.colour_word && colour.rgb == guard.rgb);
    }
    EXPECT_TRUE(listed) << guard.colour_word;
    words.emplace(guard.colour_word);
  }
  EXPECT_GE(words.size(), 14u);
}

TEST(StickerGuard, ColoursAreToldApartByEyeAndByEar) {
  auto const& colours = guard_colours();
  auto const channel = [](std::uint32_t rgb, unsigned shift) {
    return static_cast<int>((rgb >> shift) & 0xFFu);
  };
  for (GuardColour const& a : colours) {
    EXPECT_TRUE(base::is_nfc(a.word)) << a.word;
    for (GuardColour const& b : colours) {
      if (&a == &b) continue;
      EXPECT_FALSE(b.word.starts_with(a.word)) << a.word << " begins " << b.word;
      int distance = 0;
      for (unsigned const shift : {0u, 8u, 16u}) {
        int const difference = channel(a.rgb, shift) - channel(b.rgb, shift);
        distance += difference * difference;
      }
      EXPECT_GE(distance, 70 * 70) << a.word << " and " << b.word;
    }
  }
}

}  // namespace
}  // namespace qrpay::qr::sign
