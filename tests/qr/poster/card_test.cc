#include "qr/poster/card.h"

#include <gtest/gtest.h>

#include <string>

#include "qr/draw/symbol.h"
#include "qr/picture/jpeg.h"
#include "tests/qr/poster/printed.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;

constexpr CardTemplate kTemplates[] = {CardTemplate::kCompact2, CardTemplate::kCompact,
                                       CardTemplate::kQrOnly, CardTemplate::kPrint};

CardSpec card_of(std::string_view payload, CardTemplate card) {
  CardSpec spec;
  spec.payload = payload;
  spec.holder = "TRAN VAN MINH";
  spec.card = card;
  return spec;
}

std::string drawn(CardSpec const& spec, CardFormat format) {
  auto const file = draw_card(spec, format);
  EXPECT_TRUE(file) << to_string(file.error());
  return file ? *file : std::string();
}

TEST(Card, TemplatesHaveTheirNamesAndPixels) {
  struct Row {
    CardTemplate card;
    std::string_view name;
    unsigned width;
    unsigned height;
  };
  for (Row const& row : {Row{CardTemplate::kCompact2, "compact2", 540, 640},
                         Row{CardTemplate::kCompact, "compact", 540, 540},
                         Row{CardTemplate::kQrOnly, "qr_only", 480, 480},
                         Row{CardTemplate::kPrint, "print", 600, 776}}) {
    EXPECT_EQ(find_card_template(row.name), row.card);
    EXPECT_EQ(card_template_name(row.card), row.name);
    std::string const payload = order_payload();
    auto const png = grey_of(drawn(card_of(payload, row.card), CardFormat::kPng));
    EXPECT_EQ(png.width, row.width);
    EXPECT_EQ(png.height, row.height);
    EXPECT_EQ(card_size(row.card).width, row.width);
    EXPECT_EQ(card_size(row.card).height, row.height);
  }
  EXPECT_EQ(find_card_template("Compact2"), CardTemplate::kCompact2);
  for (std::string_view const name : {"", "compact3", "compact22", "compac"}) {
    EXPECT_EQ(find_card_template(name), std::nullopt) << name;
  }
}

TEST(Card, PngAndJpegReadBack) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (CardTemplate const card : kTemplates) {
      auto const spec = card_of(payload, card);
      EXPECT_EQ(scanned(grey_of(drawn(spec, CardFormat::kPng))), payload);
      auto const jpeg = picture::read_jpeg(base::as_bytes(drawn(spec, CardFormat::kJpeg)));
      ASSERT_TRUE(jpeg) << to_string(jpeg.error());
      EXPECT_EQ(jpeg->width, card_size(card).width);
      EXPECT_EQ(scanned(*jpeg), payload);
    }
  }
}

TEST(Card, QuietZoneIsFourModules) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (CardTemplate const card : kTemplates) {
      auto const image = grey_of(drawn(card_of(payload, card), CardFormat::kPng));
      auto const place = find_symbol(image);
      ASSERT_TRUE(place);
      auto const level = card == CardTemplate::kPrint ? draw::Level::kQ : draw::Level::kM;
      auto const symbol = draw::make_symbol(payload, {.level = level});
      ASSERT_TRUE(symbol);
      EXPECT_EQ(place->width % symbol->width(), 0u);
      EXPECT_GE(quiet_pixels(image, *place), 4 * place->width / symbol->width());
    }
  }
}

// The path of an SVG of ours as a picture, one pixel a module with its quiet zone.
picture::GreyImage modules_of(std::string const& svg, std::uint32_t side) {
  picture::GreyImage image{side, side, std::vector<std::uint8_t>(std::size_t{side} * side, 255)};
  std::size_t const begin = svg.find("<path d=\"");
  EXPECT_NE(begin, std::string::npos);
  std::istringstream in(svg.substr(begin + 9, svg.find('"', begin + 9) - begin - 9));
  char letter = 0;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t run = 0;
  std::string rest;
  while (in >> letter >> x >> y >> letter >> run) {
    EXPECT_LE(x + run, side - 4);
    EXPECT_LE(y, side - 5);
    std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(std::size_t{y} * side + x), run,
                std::uint8_t{0});
    std::getline(in, rest, 'z');
  }
  return image;
}

TEST(Card, SvgHoldsEveryModule) {
  std::string const payload = order_payload();
  auto const symbol = draw::make_symbol(payload, {.level = draw::Level::kM});
  ASSERT_TRUE(symbol);
  auto const side = static_cast<std::uint32_t>(symbol->width() + 8);
  std::string const svg = drawn(card_of(payload, CardTemplate::kCompact2), CardFormat::kSvg);
  auto const image = modules_of(svg, side);
  for (std::uint32_t y = 0; y < side; ++y) {
    for (std::uint32_t x = 0; x < side; ++x) {
      ASSERT_EQ(is_dark(image, x, y), symbol->dark(x - std::size_t{4}, y - std::size_t{4}));
    }
  }
}

TEST(Card, SvgEscapesTextAndNamesItsSize) {
  std::string const payload = order_payload();
  auto spec = card_of(payload, CardTemplate::kCompact2);
  spec.holder = "A & B <C>";
  std::string const svg = drawn(spec, CardFormat::kSvg);
  EXPECT_NE(svg.find(">A &amp; B &lt;C&gt;</text>"), std::string::npos);
  EXPECT_EQ(svg.find("<C>"), std::string::npos);
  EXPECT_NE(svg.find("width=\"540\" height=\"640\""), std::string::npos);
  EXPECT_EQ(svg.find("href"), std::string::npos);
  for (std::string_view const part : {">VietQR<", ">Vietcombank<", ">0 0710 0123<", ">4567<",
                                      ">45.000 đ<", ">Nội dung: HD 1207"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  }
  EXPECT_LT(svg.size(), 20'000u);
}

TEST(Card, TemplatesSayWhatTheirNamesPromise) {
  std::string const payload = order_payload();
  auto const svg = [&](CardTemplate card) {
    return drawn(card_of(payload, card), CardFormat::kSvg);
  };
  EXPECT_EQ(svg(CardTemplate::kQrOnly).find("<text"), std::string::npos);
  EXPECT_EQ(svg(CardTemplate::kCompact).find("45.000"), std::string::npos);
  EXPECT_NE(svg(CardTemplate::kCompact).find(">Vietcombank<"), std::string::npos);
  EXPECT_NE(svg(CardTemplate::kPrint).find(builtin_banks().by_bin("970436")->name),
            std::string::npos);
}

TEST(Card, SameInputGivesSameBytes) {
  std::string const payload = order_payload();
  auto const spec = card_of(payload, CardTemplate::kPrint);
  for (CardFormat const format : {CardFormat::kPng, CardFormat::kJpeg, CardFormat::kSvg}) {
    EXPECT_EQ(drawn(spec, format), drawn(spec, format));
  }
}

TEST(Card, RefusesByFieldAndCharacter) {
  std::string const payload = order_payload();
  auto spec = card_of(payload, CardTemplate::kCompact2);
  spec.holder = "中文";
  auto const glyph = draw_card(spec, CardFormat::kSvg);
  ASSERT_FALSE(glyph);
  EXPECT_EQ(glyph.error().errc, Errc::kGlyphMissing);
  EXPECT_EQ(glyph.error().detail, "/holder: U+4E2D");
  std::string const word(70, 'W');
  spec.holder = word;
  auto const wide = draw_card(spec, CardFormat::kPng);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().detail, "/holder: does not fit at the smallest size");
  spec.payload = "000201";
  EXPECT_EQ(draw_card(spec, CardFormat::kPng).error().errc, Errc::kQrInvalid);
}

}  // namespace
}  // namespace qrpay::qr::poster
