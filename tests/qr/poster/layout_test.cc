#include "qr/poster/layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace qrpay::qr::poster {
namespace {

using base::Errc;

Typeface const& face() {
  static auto const shared = Typeface::shared();
  return **shared;
}

FitRule rule_of(double width, std::size_t lines) {
  return {"/name", width, lines, /*size=*/6, /*size_min=*/3, Weight::kRegular};
}

TEST(Layout, KeepsOneLineWhereItFits) {
  auto const block = fit_text(face(), "Quán Phở", rule_of(100, 2));
  ASSERT_TRUE(block);
  ASSERT_EQ(block->lines.size(), 1u);
  EXPECT_EQ(block->lines[0].text, "Quán Phở");
  EXPECT_EQ(block->size, 6);
}

TEST(Layout, WrapsBeforeItShrinksAndLinesAreAboutEqual) {
  auto const block = fit_text(face(), "một hai ba bốn năm sáu bảy tám", rule_of(70, 2));
  ASSERT_TRUE(block);
  ASSERT_EQ(block->lines.size(), 2u);
  EXPECT_EQ(block->size, 6);
  EXPECT_EQ(block->lines[0].text + " " + block->lines[1].text, "một hai ba bốn năm sáu bảy tám");
  EXPECT_LT(std::abs(block->lines[0].width - block->lines[1].width), 15);
}

TEST(Layout, ShrinksToTheSmallestSizeAndThenRefuses) {
  std::string const word(10, 'm');
  double const width = face().measure(word, 3, Weight::kRegular);
  auto const smallest = fit_text(face(), word, rule_of(width + 0.01, 1));
  ASSERT_TRUE(smallest);
  EXPECT_EQ(smallest->size, 3);
  auto const refused = fit_text(face(), word, rule_of(width - 0.01, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kInvalidField);
  EXPECT_EQ(refused.error().detail, "/name: does not fit at the smallest size");
}

TEST(Layout, ColumnsStackBlocksWithoutOverlap) {
  Column column(face(), 80, Align::kCentre);
  column.gap(5);
  EXPECT_EQ(column.height(), 0);
  ASSERT_TRUE(column.text("Quán Phở", rule_of(0, 1)));
  double const first = column.height();
  column.gap(5);
  ASSERT_TRUE(column.figures({"/account", "0 0710 0123", "4567", 5, 10, 2}));
  auto const& shapes = column.drawing().shapes;
  ASSERT_EQ(shapes.size(), 3u);
  auto const& small = std::get<TextLine>(shapes[1]);
  auto const& large = std::get<TextLine>(shapes[2]);
  EXPECT_EQ(small.baseline, large.baseline);
  EXPECT_GE(large.baseline - kCapHeight * large.size, first + 5);
  EXPECT_GT(large.x, small.x + small.width);
  EXPECT_NEAR(small.x, 80 - (large.x + large.width), 0.01);
  EXPECT_LE(large.baseline, column.height());
}

TEST(Layout, FiguresShrinkTogetherAndAreRefusedWhenTooSmall) {
  Column column(face(), 40, Align::kLeft);
  ASSERT_TRUE(column.figures({"/account", "0071 0012 3456", "7890", 5, 10, 2}));
  auto const& small = std::get<TextLine>(column.drawing().shapes[0]);
  auto const& large = std::get<TextLine>(column.drawing().shapes[1]);
  EXPECT_LT(small.size, 5);
  EXPECT_NEAR(large.size, 2 * small.size, 0.001);
  EXPECT_LE(large.x + large.width, 40.001);
  auto const refused = column.figures({"/account", "0071 0012 3456", "7890", 5, 10, 4});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kInvalidField);
}

}  // namespace
}  // namespace qrpay::qr::poster
