#include "qr/poster/symbol_pdf.h"

#include <gtest/gtest.h>

#include "tests/qr/poster/printed.h"

namespace qrpay::qr::poster {
namespace {

TEST(SymbolPdf, ModulesHaveTheSizeAsked) {
  auto const symbol = draw::make_symbol(static_payload(), {});
  ASSERT_TRUE(symbol);
  auto const modules = static_cast<double>(symbol->width());
  for (std::uint32_t um : {500u, 800u, 2540u}) {
    auto const pdf = draw_symbol_pdf(*symbol, {um, {}});
    ASSERT_TRUE(pdf) << to_string(pdf.error());
    auto const image = rasterise(*pdf, 600);
    double const pixels = um / 1000.0 / kMmPerInch * 600;
    EXPECT_NEAR(image.width, (modules + 8) * pixels, 1);
    auto const place = find_symbol(image);
    ASSERT_TRUE(place);
    EXPECT_NEAR(place->width, modules * pixels, 1);
    EXPECT_NEAR(place->left, 4 * pixels, 1);
    EXPECT_NEAR(place->top, 4 * pixels, 1);
    EXPECT_GE(quiet_pixels(image, *place), 4 * pixels - 1);
    EXPECT_EQ(scanned(image), static_payload());
  }
}

TEST(SymbolPdf, SameInputGivesSameBytes) {
  auto const symbol = draw::make_symbol(static_payload(), {});
  ASSERT_TRUE(symbol);
  EXPECT_EQ(*draw_symbol_pdf(*symbol, {}), *draw_symbol_pdf(*symbol, {}));
}

TEST(SymbolPdf, RefusesModulesOutOfRange) {
  auto const symbol = draw::make_symbol(static_payload(), {});
  ASSERT_TRUE(symbol);
  for (std::uint32_t um : {0u, draw::kModuleUmMin - 1, draw::kModuleUmMax + 1, 0xFFFFFFFFu}) {
    auto const pdf = draw_symbol_pdf(*symbol, {um, {}});
    ASSERT_FALSE(pdf);
    EXPECT_EQ(pdf.error().errc, base::Errc::kInvalidField);
  }
  EXPECT_TRUE(draw_symbol_pdf(*symbol, {draw::kModuleUmMax, {}}));
}

}  // namespace
}  // namespace qrpay::qr::poster
