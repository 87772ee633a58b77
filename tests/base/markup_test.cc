#include "base/markup.h"

#include <gtest/gtest.h>

namespace qrpay::base {
namespace {

TEST(Markup, TextStaysTextBetweenTagsAndInAttributes) {
  EXPECT_EQ(to_markup("Phở & bún"), "Phở &amp; bún");
  EXPECT_EQ(to_markup(R"("><script>alert('x')</script>)"),
            "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
  EXPECT_EQ(to_markup("&amp;"), "&amp;amp;");
  EXPECT_EQ(to_markup(""), "");
  std::string out = "<b>";
  append_markup(out, "a<b");
  EXPECT_EQ(out, "<b>a&lt;b");
}

}  // namespace
}  // namespace qrpay::base
