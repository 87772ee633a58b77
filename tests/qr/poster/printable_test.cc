#include "qr/poster/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace qrpay::qr::poster {
namespace {

bool printable(std::string_view text) {
  return check_printable("/field", text, /*characters_max=*/20).has_value();
}

TEST(Printable, TakesWhatPeopleWrite) {
  for (std::string_view const text : {"", "a", "Quán Phở Bát Đàn", "Ẩm thực 36 - Số (cũ)",
                                      "50 % & 1/2 ₫", "中文", "\uE000", "Vie\u0323\u0302t"}) {
    EXPECT_TRUE(printable(text)) << text;
  }
}

TEST(Printable, RefusesWhatCannotBeSeen) {
  for (std::string_view const text :
       {"a\nb", "a\tb", "a\x7f", "a\u0085", "a\u00a0b", "a\u00adb", "a\u200bb", "a\u200db",
        "a\u202eb", "a\u2066b", "a\u2028b", "a\u3000b", "\ufeffa", "a\u3164", "a\U000E0041",
        "\ufffe", "a\u0378"}) {
    EXPECT_FALSE(printable(text)) << testing::PrintToString(text);
  }
  EXPECT_FALSE(printable(std::string_view("a\0b", 3)));
}

TEST(Printable, RefusesBytesThatAreNotUtf8) {
  for (std::string_view const text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80"}) {
    EXPECT_FALSE(printable(text)) << testing::PrintToString(text);
  }
}

TEST(Printable, RefusesBlanksThatAreOneTooMany) {
  for (std::string_view const text : {" ", " a", "a ", "a  b"}) EXPECT_FALSE(printable(text));
}

TEST(Printable, RefusesTowersOfMarksAndMarksOnNothing) {
  EXPECT_TRUE(printable("a\u0302\u0301"));
  EXPECT_FALSE(printable("a\u0302\u0301\u0301"));
  EXPECT_FALSE(printable("\u0301a"));
  EXPECT_FALSE(printable("a \u0301"));
}

TEST(Printable, CountsCharactersAndNotBytes) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "ở";
  EXPECT_TRUE(printable(text));
  auto const refused = check_printable("/field", text + "a", 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, base::Errc::kInvalidField);
  EXPECT_EQ(refused.error().detail, "/field: over 20 characters");
}

}  // namespace
}  // namespace qrpay::qr::poster
