// Symbols: the right version, level and shape.
#include <gtest/gtest.h>

#include <string>

#include "qr/draw/symbol.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;

TEST(Symbol, IsTheSmallestByteModeVersionOfItsLevel) {
  std::string const dynamic(142, 'x');
  std::string const limit(512, 'x');
  struct {
    std::string_view text;
    unsigned l, m, q, h;
  } const cases[] = {{kStatic, 5, 6, 8, 9}, {dynamic, 7, 8, 10, 12}, {limit, 15, 18, 22, 25}};
  for (auto const& c : cases) {
    EXPECT_EQ(symbol_of(c.text, {Level::kL}).version(), c.l);
    EXPECT_EQ(symbol_of(c.text, {Level::kM}).version(), c.m);
    EXPECT_EQ(symbol_of(c.text, {Level::kQ}).version(), c.q);
    EXPECT_EQ(symbol_of(c.text, {Level::kH}).version(), c.h);
  }
}

TEST(Symbol, CompactIsNeverLargerAndReadsTheSame) {
  Symbol const bytes = symbol_of(kStatic);
  Symbol const mixed = symbol_of(kStatic, {Level::kM, /*compact=*/true});
  EXPECT_LT(mixed.width(), bytes.width());
  auto const png = render_png(mixed);
  ASSERT_TRUE(png);
  auto const text = scan::scan_file(base::as_bytes(*png));
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, kStatic);
}

// The first two bits of the format information, as they stand in row 8, unmasked.
Level printed_level(Symbol const& symbol) {
  unsigned const bits = ((symbol.dark(0, 8) ? 2u : 0u) | (symbol.dark(1, 8) ? 1u : 0u)) ^ 2u;
  constexpr Level kLevels[4] = {Level::kM, Level::kL, Level::kH, Level::kQ};
  return kLevels[bits];
}

TEST(Symbol, RaisesErrorCorrectionForFree) {
  struct {
    std::size_t bytes;
    Level asked;
    Level drawn;
    unsigned version;
  } const cases[] = {
      {60, Level::kL, Level::kM, 4},  // 62 codewords of 80 at L, 64 at M
      {64, Level::kL, Level::kL, 4},  // 66
      {7, Level::kL, Level::kH, 1},   // 9 of 9 at H
      {7, Level::kH, Level::kH, 1},   // and no version more
      {93, Level::kM, Level::kM, 6},  // a static code
      {30, Level::kM, Level::kQ, 3},  // 32 of 44 at M, 34 at Q
  };
  for (auto const& c : cases) {
    std::string const text(c.bytes, 'x');
    Symbol const symbol = symbol_of(text, {c.asked});
    EXPECT_EQ(symbol.level(), c.drawn) << c.bytes;
    EXPECT_EQ(printed_level(symbol), c.drawn) << c.bytes;
    EXPECT_EQ(symbol.version(), c.version) << c.bytes;
    Symbol const plain = symbol_of(text, {.level = c.asked, .boost = false});
    EXPECT_EQ(plain.level(), c.asked);
    EXPECT_EQ(printed_level(plain), c.asked);
    EXPECT_EQ(plain.version(), c.version) << "boosting cost a version";
  }
}

TEST(Symbol, LevelFollowsTheUse) {
  EXPECT_EQ(level_for(Use::kScreen), Level::kM);
  EXPECT_EQ(level_for(Use::kPrint), Level::kQ);
  EXPECT_EQ(level_for(Use::kSticker), Level::kH);
  EXPECT_EQ(level_for(Use::kCentreMark), Level::kH);
}

TEST(Symbol, HasFinderPatternsAndIsLightOutside) {
  Symbol const symbol = symbol_of(kStatic);
  std::size_t const last = symbol.width() - 1;
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_TRUE(symbol.dark(i, 0));
    EXPECT_TRUE(symbol.dark(last - i, 0));
    EXPECT_TRUE(symbol.dark(0, last - i));
  }
  EXPECT_FALSE(symbol.dark(symbol.width(), 0));
  EXPECT_FALSE(symbol.dark(0, static_cast<std::size_t>(-1)));
}

TEST(Symbol, RefusesNothingAndTooMuch) {
  EXPECT_EQ(make_symbol("", {}).error().errc, Errc::kInvalidField);
  struct {
    Level level;
    std::size_t bytes_max;
  } const cases[] = {
      {Level::kL, 2'953}, {Level::kM, 2'331}, {Level::kQ, 1'663}, {Level::kH, 1'273}};
  for (auto const& c : cases) {
    EXPECT_TRUE(make_symbol(std::string(c.bytes_max, 'x'), {c.level}));
    auto const refused = make_symbol(std::string(c.bytes_max + 1, 'x'), {c.level});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kQrTooLong);
  }
}

}  // namespace
}  // namespace qrpay::qr::draw
