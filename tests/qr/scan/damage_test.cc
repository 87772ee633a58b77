// How much is read of pictures from bad cameras, and that what is read is what was drawn.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "qr/draw/symbol.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"
#include "tests/qr/scan/damage.h"
#include "tests/qr/scan/library_alone.h"
#include "tests/qr/scan/pictures.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

// Every picture of every damage is read, and should stay so.
constexpr int kPicturesEach = 9;
constexpr int kLeastRead = 9;

// Time stands still, so that a slow machine reads no less.
base::Result<std::string> scan_unhurried(GreyImage const& image) {
  TickingClock clock(0);
  return scan_image(image, {&clock});
}

TEST(DamagedPictures, AreReadAsRecordedAndNeverLessThanByTheLibraryAlone) {
  std::vector<int> ours(all_damages().size());
  std::vector<int> alone(all_damages().size());
  std::vector<int> count(all_damages().size());
  for (DamagedPicture const& picture : all_damaged_pictures()) {
    ++count[picture.damage];
    auto const text = scan_unhurried(picture.image);
    if (text) {
      EXPECT_EQ(*text, picture.text) << all_damages()[picture.damage].name;
      ++ours[picture.damage];
    }
    if (read_with_library_alone(picture.image) == picture.text) ++alone[picture.damage];
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    std::string_view const name = all_damages()[i].name;
    EXPECT_EQ(count[i], kPicturesEach) << name;
    EXPECT_GE(ours[i], kLeastRead) << name;
    EXPECT_GE(ours[i], alone[i]) << name;
  }
}

TEST(DamagedPictures, AreTheSameEveryTime) {
  DamagePlan plan;
  plan.turn_degrees = 7;
  plan.blur_modules = 0.3;
  plan.noise = 20;
  plan.salt_and_pepper = 0.01;
  plan.jpeg_quality = 40;
  draw::Symbol const symbol = symbol_of(kStatic);
  GreyImage const first = draw_damaged(symbol, plan);
  EXPECT_EQ(draw_damaged(symbol, plan).pixels, first.pixels);
  plan.seed = 2;
  EXPECT_NE(draw_damaged(symbol, plan).pixels, first.pixels);
}

// Several mild damages at once.
DamagePlan mild_mixture(SeededRandom& random) {
  DamagePlan plan;
  plan.pixels_per_module = random.between(2, 4);
  plan.turn_degrees = random.between(-180, 180);
  plan.tilt = random.between(0, 0.15);
  plan.blur_modules = random.between(0, 0.4);
  if (random.unit() < 0.3) plan.motion_modules = random.between(0.5, 0.8);
  if (random.unit() < 0.3) plan.white_square = random.between(0.05, 0.2);
  plan.inverted = random.unit() < 0.2;
  plan.contrast = random.between(0.3, 1);
  plan.gain = random.between(0.5, 1.2);
  if (random.unit() < 0.3) plan.shadow = random.between(0.6, 1);
  plan.noise = random.between(0, 8) * plan.contrast * plan.gain;
  if (random.unit() < 0.2) plan.salt_and_pepper = random.between(0, 0.01);
  if (random.unit() < 0.3) plan.jpeg_quality = static_cast<int>(random.between(30, 95));
  plan.seed = random.next();
  return plan;
}

TEST(DamagedPictures, MixturesAreNeverReadWrongly) {
  constexpr int kPictures = 1000;
  int read = 0;
  for (int seed = 1; seed <= kPictures; ++seed) {
    SeededRandom random(static_cast<std::uint64_t>(seed));
    std::string const& text = damaged_texts()[random.next() % damaged_texts().size()];
    auto const scanned = scan_unhurried(draw_damaged(symbol_of(text), mild_mixture(random)));
    if (!scanned) continue;
    ASSERT_EQ(*scanned, text) << "seed " << seed;
    ++read;
  }
  EXPECT_GE(read, 990);
}

}  // namespace
}  // namespace qrpay::qr::scan
