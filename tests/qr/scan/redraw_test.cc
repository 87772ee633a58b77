// Codes that lie far from square to the camera.
#include "qr/scan/redraw.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "qr/scan/binarize.h"
#include "qr/scan/reader.h"
#include "tests/qr/drawn.h"
#include "tests/qr/scan/damage.h"
#include "tests/qr/scan/pictures.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

using Texts = std::set<std::string>;

Texts read_redrawn(GreyImage const& image) {
  Texts texts;
  for (GreyImage const& code : redraw_codes(binarize(image))) {
    for (std::string& text : read_bits(code)) texts.insert(std::move(text));
  }
  return texts;
}

// Where the alignment patterns lie differs from version to version.
TEST(Redraw, StraightensEveryKindOfVersion) {
  unsigned last = 0;
  for (unsigned length : {10u, 25u, 100u, 150u, 300u, 400u, 700u, 1100u, 1500u, 2300u, 2900u}) {
    std::string const text(length, 'a');
    draw::Symbol const symbol = symbol_of(text, {draw::Level::kL});
    EXPECT_GT(symbol.version(), last);
    last = symbol.version();
    DamagePlan plan;
    plan.pixels_per_module = 4;
    plan.turn_degrees = static_cast<double>(length % 360);
    plan.tilt = 0.2;
    EXPECT_EQ(read_redrawn(draw_damaged(symbol, plan)), Texts{text})
        << "version " << symbol.version();
  }
  EXPECT_EQ(last, 40u);
}

TEST(Redraw, FollowsStrongPerspectiveFromEverySide) {
  for (double turn = 0; turn < 360; turn += 30) {
    DamagePlan plan;
    plan.turn_degrees = turn;
    plan.tilt = 0.5;
    EXPECT_EQ(read_redrawn(draw_damaged(symbol_of(kStatic), plan)), Texts{std::string(kStatic)})
        << turn;
  }
}

TEST(Redraw, DrawsThreePixelsAModuleWithAQuietZone) {
  auto const drawn = redraw_codes(binarize(image_of(kStatic, 6)));
  ASSERT_EQ(drawn.size(), 1u);
  EXPECT_EQ(drawn[0].pixels, image_of(kStatic, 3).pixels);
}

TEST(Redraw, LeavesPicturesWithoutOrFullOfCornersAlone) {
  EXPECT_TRUE(redraw_codes(GreyImage{30, 30, std::vector<std::uint8_t>(900, 255)}).empty());
  EXPECT_TRUE(redraw_codes(binarize(tiled_with_finders(1))).empty());
  EXPECT_TRUE(redraw_codes(binarize(tiled_with_finders(4))).empty());
  EXPECT_TRUE(read_redrawn(tiled_with_finders(2)).empty());
}

}  // namespace
}  // namespace qrpay::qr::scan
