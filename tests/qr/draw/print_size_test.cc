// Millimetres and dots: whole dots a module, and what they measure.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "qr/draw/print_size.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;

TEST(PrintSize, IsTheNearestWholeDots) {
  Symbol const symbol = symbol_of(kStatic);  // 41 modules, 49 with the quiet zone
  struct {
    std::uint32_t module_um;
    std::uint32_t dots_per_inch;
    std::uint32_t dots;
    std::uint32_t real_um;
    std::uint32_t side_um;
  } const cases[] = {
      {500, 203, 4, 500, 24'524},  // 0.5005 mm
      {500, 180, 4, 564, 27'658},  // 3 dots would be 0.423 mm
      {375, 203, 3, 375, 18'393},
      {500, 300, 6, 508, 24'892},
      {500, 600, 12, 508, 24'892},
      {127, 100, 1, 254, 12'446},  // half a dot is rounded up
      {50'000, 203, 400, 50'049, 2'452'414},
  };
  for (auto const& c : cases) {
    auto const size = print_size(symbol, {c.module_um, c.dots_per_inch});
    ASSERT_TRUE(size) << to_string(size.error());
    EXPECT_EQ(size->dots_per_module, c.dots) << c.module_um << ' ' << c.dots_per_inch;
    EXPECT_EQ(size->side_dots, 49 * c.dots);
    EXPECT_EQ(size->module_um, c.real_um);
    EXPECT_EQ(size->side_um, c.side_um);
  }
}

TEST(PrintSize, RefusesWhatNoPrinterDoes) {
  Symbol const symbol = symbol_of(kStatic);
  PrintTarget const targets[] = {{99, 203}, {50'001, 203}, {500, 71}, {500, 2'401}, {100, 72}};
  for (PrintTarget const& target : targets) {
    auto const refused = print_size(symbol, target);
    ASSERT_FALSE(refused) << target.module_um << ' ' << target.dots_per_inch;
    EXPECT_EQ(refused.error().errc, Errc::kInvalidField);
  }
  EXPECT_TRUE(print_size(symbol, {100, 203}));
  EXPECT_TRUE(print_size(symbol, {50'000, 2'400}));
}

TEST(PrintSize, SidesAreThoseOfTheSpecification) {
  // VIETQR 7: at half a millimetre a module, v6 24.5 mm, v8 28.5, v10 32.5, v18 48.5.
  EXPECT_EQ(side_um(symbol_of(kStatic), 500), 24'500u);
  EXPECT_EQ(side_um(symbol_of(kStatic, {Level::kQ}), 500), 28'500u);
  EXPECT_EQ(side_um(symbol_of(std::string(142, 'x'), {Level::kQ}), 500), 32'500u);
  EXPECT_EQ(side_um(symbol_of(std::string(512, 'x')), 500), 48'500u);
}

TEST(PrintSize, MillimetresHaveNoTrailingZeros) {
  EXPECT_EQ(format_mm(0), "0");
  EXPECT_EQ(format_mm(1), "0.001");
  EXPECT_EQ(format_mm(500), "0.5");
  EXPECT_EQ(format_mm(3'000), "3");
  EXPECT_EQ(format_mm(24'500), "24.5");
  EXPECT_EQ(format_mm(1'000'010), "1000.01");
}

}  // namespace
}  // namespace qrpay::qr::draw
