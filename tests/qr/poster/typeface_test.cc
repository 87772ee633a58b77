#include "qr/poster/typeface.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace qrpay::qr::poster {
namespace {

using base::Errc;

std::shared_ptr<Typeface const> face() {
  auto shared = Typeface::shared();
  EXPECT_TRUE(shared) << to_string(shared.error());
  return *shared;
}

TEST(Typeface, SaysWhenNotoSansIsNotInstalled) {
  std::string const nowhere = testing::TempDir();
  std::array<std::string_view, 1> const directories = {nowhere};
  auto const opened = Typeface::open(directories);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().errc, Errc::kFontMissing);
}

TEST(Typeface, HasEveryLetterOfVietnamese) {
  EXPECT_TRUE(
      face()->check_glyphs("aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmn"
                           "oòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"));
  EXPECT_TRUE(
      face()->check_glyphs("AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊKLMN"
                           "OÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ"));
}

TEST(Typeface, NamesTheFirstCharacterWithoutGlyph) {
  auto const missing = face()->check_glyphs("a\u4e2d\U0001F35C");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().errc, Errc::kGlyphMissing);
  EXPECT_EQ(missing.error().detail, "U+4E2D");
}

TEST(Typeface, WidthsGrowWithTheSizeAlone) {
  double const one = face()->measure("Quán Phở", 1, Weight::kRegular);
  EXPECT_GT(one, 3);
  EXPECT_LT(one, 6);
  EXPECT_NEAR(face()->measure("Quán Phở", 7, Weight::kRegular), 7 * one, 0.05);
  EXPECT_GT(face()->measure("Quán Phở", 1, Weight::kBold), one);
  EXPECT_EQ(face()->measure("", 5, Weight::kBold), 0);
}

}  // namespace
}  // namespace qrpay::qr::poster
