// What a poster says, and what it refuses to say.
#include <gtest/gtest.h>

#include <string>

#include "qr/poster/details.h"
#include "qr/poster/poster.h"
#include "qr/sign/sticker_guard.h"
#include "tests/qr/poster/printed.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;

std::string pdf_of(PosterSpec const& spec) {
  auto const file = draw_poster(spec, Format::kPdf);
  EXPECT_TRUE(file) << to_string(file.error());
  return file ? *file : std::string();
}

base::Error refusal_of(PosterSpec const& spec) {
  auto const file = draw_poster(spec, Format::kPdf);
  EXPECT_FALSE(file);
  return file ? base::Error{} : file.error();
}

void expect_says(std::string const& text, std::initializer_list<std::string> parts) {
  for (std::string const& part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n in: " << text;
  }
}

TEST(PosterText, ExtractedTextIsWhatWasAsked) {
  std::string const payload = order_payload();
  auto const guard = sign::sticker_guard(*parse_payload(payload, Policy::kStrict));
  for (Sheet const sheet : {Sheet::kA6, Sheet::kA5, Sheet::kStrip80}) {
    auto spec = spec_of(payload, sheet);
    spec.shop_name = "Quán Bún bò Huế Nguyễn Thị Thuỳ Hương, ngõ 9 Đường Láng";
    spec.note = "Quầy số 2";
    expect_says(
        text_of(pdf_of(spec), "-raw"),
        {"Quét mã để thanh toán Scan to pay", std::string(spec.shop_name), "TRAN VAN MINH",
         "Vietcombank " + builtin_banks().by_bin("970436")->name, "Số tài khoản",
         "0 0710 0123 4567", "45.000 đ", "Bốn mươi lăm nghìn đồng", "Nội dung: HD 1207 QUAN MINH",
         "Quầy số 2", "Màu " + std::string(guard.colour_word), "Mã kiểm " + guard.fingerprint,
         "Ngày 24/11/2026"});
  }
}

TEST(PosterText, EachOfTheEightCardsSaysTheSame) {
  std::string const payload = order_payload();
  std::string const pdf = pdf_of(spec_of(payload, Sheet::kA4Eight));
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 2; ++column) {
      // pdftotext cuts in pixels at 254 dots an inch: ten a millimetre.
      std::string const cut = "-raw -r 254 -W 1050 -H 742 -x " + std::to_string(column * 1050) +
                              " -y " + std::to_string(row * 7425 / 10);
      expect_says(text_of(pdf, cut), {"Quét mã để thanh toán", "Quán Phở Bát Đàn", "TRAN VAN MINH",
                                      "Vietcombank", "0 0710 0123 4567", "45.000 đ",
                                      "Nội dung: HD 1207 QUAN MINH", "Ngày 24/11/2026"});
    }
  }
}

TEST(PosterText, EnglishComesFirstWhenAsked) {
  std::string const payload = order_payload();
  auto spec = spec_of(payload);
  spec.language = Language::kEnglish;
  expect_says(text_of(pdf_of(spec), "-raw"),
              {"Scan to pay Quét mã để thanh toán", "Account number", "Content: HD 1207",
               "Issued 2026-11-24", "Bốn mươi lăm nghìn đồng"});
}

TEST(PosterText, SouthernWordsWhenAsked) {
  std::string const payload = order_payload();
  auto spec = spec_of(payload);
  spec.region = Region::kSouth;
  expect_says(text_of(pdf_of(spec), "-raw"), {"Bốn mươi lăm ngàn đồng"});
}

TEST(PosterText, AStickerWithoutAmountNamesNone) {
  std::string const payload = static_payload();
  std::string const text = text_of(pdf_of(spec_of(payload)));
  EXPECT_EQ(text.find("đồng"), std::string::npos);
  EXPECT_EQ(text.find("Nội dung"), std::string::npos);
}

TEST(PosterText, OnlyNotoSansIsEmbedded) {
  std::string const payload = order_payload();
  TemporaryFile const file(pdf_of(spec_of(payload)));
  std::istringstream lines(output_of("pdffonts " + file.path()));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  std::size_t fonts = 0;
  while (std::getline(lines, line)) {
    ++fonts;
    EXPECT_TRUE(line.find("+NotoSans-Regular") != line.npos ||
                line.find("+NotoSans-Bold") != line.npos)
        << line;
    EXPECT_NE(line.find(" yes yes "), line.npos) << "not embedded: " << line;
  }
  EXPECT_GE(fonts, 2u);
}

TEST(PosterText, UnknownBanksAreNamedByTheirIdentifier) {
  PayloadSpec unknown;
  unknown.bank_bin = "970999";
  unknown.account = "12";
  auto const payload = build_payload(unknown);
  ASSERT_TRUE(payload);
  expect_says(text_of(pdf_of(spec_of(*payload))), {"970999 Số tài khoản 12"});
}

TEST(PosterText, CardNumbersShowTheirLastFourOnly) {
  PayloadSpec card;
  card.service = Service::kTransferToCard;
  card.bank_bin = "970436";
  card.account = "9704361234567890";
  auto const payload = build_payload(card);
  ASSERT_TRUE(payload);
  std::string const text = text_of(pdf_of(spec_of(*payload)));
  expect_says(text, {"Số thẻ", "7890"});
  EXPECT_EQ(text.find("3456"), std::string::npos);
}

TEST(PosterText, GroupsAccountsAndAmountsFromTheRight) {
  EXPECT_EQ(group_from_right("", 4, ' '), "");
  EXPECT_EQ(group_from_right("123", 4, ' '), "123");
  EXPECT_EQ(group_from_right("1234", 4, ' '), "1234");
  EXPECT_EQ(group_from_right("0071001234567", 4, ' '), "0 0710 0123 4567");
  EXPECT_EQ(format_dong(base::Vnd(0)), "0 đ");
  EXPECT_EQ(format_dong(base::Vnd(999)), "999 đ");
  EXPECT_EQ(format_dong(base::Vnd(1000)), "1.000 đ");
  EXPECT_EQ(format_dong(base::kAmountMax), "9.999.999.999.999 đ");
}

TEST(PosterText, ComposedAndDecomposedLettersLookTheSame) {
  std::string const payload = static_payload();
  auto spec = spec_of(payload);
  spec.shop_name = "Phở Việt";
  auto const composed = draw_poster(spec, Format::kPng, 150);
  spec.shop_name = "Pho\u031b\u0309 Vie\u0323\u0302t";
  auto const decomposed = draw_poster(spec, Format::kPng, 150);
  ASSERT_TRUE(composed);
  ASSERT_TRUE(decomposed) << to_string(decomposed.error());
  EXPECT_TRUE(*composed == *decomposed);
}

// --- refusals --------------------------------------------------------------------------------

TEST(PosterText, RefusesMissingGlyphsByName) {
  std::string const payload = static_payload();
  struct Case {
    std::string_view text;
    std::string_view detail;
  };
  for (Case const& c :
       {Case{"Quán 中文", "/shop_name: U+4E2D"}, Case{"a\uE000", "/shop_name: U+E000"},
        Case{"Phở \U0001F35C", "/shop_name: U+1F35C"}, Case{"ร้าน", "/shop_name: U+0E23"},
        Case{"متجر", "/shop_name: U+0645"}}) {
    auto spec = spec_of(payload);
    spec.shop_name = c.text;
    auto const error = refusal_of(spec);
    EXPECT_EQ(error.errc, Errc::kGlyphMissing);
    EXPECT_EQ(error.detail, c.detail);
  }
}

TEST(PosterText, RefusalsNameTheFieldAndNotItsText) {
  std::string const payload = static_payload();
  auto const expect_field = [&](auto const& change, std::string_view detail) {
    auto spec = spec_of(payload);
    change(spec);
    auto const error = refusal_of(spec);
    EXPECT_EQ(error.errc, Errc::kInvalidField);
    EXPECT_EQ(error.detail, detail);
  };
  std::string const name(81, 'a');
  expect_field([&](PosterSpec& s) { s.shop_name = name; }, "/shop_name: over 80 characters");
  expect_field([](PosterSpec& s) { s.shop_name = ""; }, "/shop_name: empty");
  expect_field([](PosterSpec& s) { s.shop_name = "a\xff"; }, "/shop_name: not UTF-8");
  expect_field([](PosterSpec& s) { s.holder = "Trần Văn Minh"; },
               "/holder: not in capitals without marks, as banks write it");
  expect_field([](PosterSpec& s) { s.note = "a\u202eb"; },
               "/note: a character that cannot be seen");
  expect_field([](PosterSpec& s) { s.sheet = static_cast<Sheet>(9); }, "/sheet: unknown");
}

TEST(PosterText, RefusesCodesThatAreNotForAPoster) {
  std::string broken = static_payload();
  broken.back() = broken.back() == '0' ? '1' : '0';
  EXPECT_EQ(refusal_of(spec_of(broken)).errc, Errc::kQrInvalid);
  EXPECT_EQ(refusal_of(spec_of("")).errc, Errc::kQrInvalid);
  PayloadSpec cash;
  cash.service = Service::kCash;
  cash.bank_bin = "970436";
  cash.account = "12345678";
  cash.mcc = "6011";
  cash.merchant_name = "ATM 12";
  cash.merchant_city = "HA NOI";
  cash.additional.reference_label = "2026112400000001";
  cash.additional.terminal_label = "00000012";
  auto const payload = build_payload(cash);
  ASSERT_TRUE(payload) << to_string(payload.error());
  EXPECT_EQ(refusal_of(spec_of(*payload)).detail, "/payload: a code of an ATM is not for a poster");
}

}  // namespace
}  // namespace qrpay::qr::poster
