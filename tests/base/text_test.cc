#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qrpay::base {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// Every accented lower-case letter of Vietnamese, composed, and what is left without its marks.
constexpr std::string_view kVietnamese =
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ";
constexpr std::string_view kVietnameseBare =
    "aaaaaaaaaaaaaaaaadeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyy";

struct Broken {
  char const* why;
  std::string bytes;
};

std::vector<Broken> broken_utf8() {
  return {
      {"lone continuation", "\x80"},
      {"cut two-byte form", "\xC4"},
      {"cut three-byte form", "\xE1\xBA"},
      {"cut four-byte form", "\xF0\x9F\x98"},
      {"overlong two bytes", "\xC0\xAF"},
      {"overlong three bytes", "\xE0\x80\xAF"},
      {"overlong four bytes", "\xF0\x80\x80\xAF"},
      {"first surrogate", "\xED\xA0\x80"},
      {"last surrogate", "\xED\xBF\xBF"},
      {"above U+10FFFF", "\xF4\x90\x80\x80"},
      {"five-byte lead", "\xF8\x88\x80\x80\x80"},
      {"never a byte of UTF-8", "\xFF"},
  };
}

TEST(Text, KnowsUtf8FromOtherBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain"));
  EXPECT_TRUE(is_utf8("\0"sv));
  EXPECT_TRUE(is_utf8(kVietnamese));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF"));       // last before the surrogates
  EXPECT_TRUE(is_utf8("\xEE\x80\x80"));       // first after them
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));   // U+10FFFF
  for (auto const& one : broken_utf8()) {
    EXPECT_FALSE(is_utf8(one.bytes)) << one.why;
    EXPECT_FALSE(is_utf8("ok " + one.bytes)) << one.why;
    EXPECT_FALSE(is_utf8(one.bytes + " ok")) << one.why;
  }
}

TEST(Text, CountsCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("abc"), 3U);
  EXPECT_EQ(count_characters(kVietnamese), kVietnameseBare.size());
  EXPECT_EQ(count_characters("e\xCC\x81"), 2U);  // a letter and a mark
  EXPECT_EQ(count_characters("\xF0\x9F\x98\x80"), 1U);
  for (auto const& one : broken_utf8()) EXPECT_EQ(count_characters(one.bytes), std::nullopt);
}

TEST(Text, KnowsFormC) {
  EXPECT_TRUE(is_nfc(""));
  EXPECT_TRUE(is_nfc("Pho 24"));
  EXPECT_TRUE(is_nfc(kVietnamese));
  EXPECT_FALSE(is_nfc("e\xCC\x81"));              // e + acute, composes
  EXPECT_FALSE(is_nfc("\xE2\x84\xAB"));           // angstrom sign, decomposes to another letter
  EXPECT_FALSE(is_nfc("\xE1\xBB\x87 e\xCC\x81"));
  EXPECT_TRUE(is_nfc("q\xCC\x81"));               // no composed q with acute exists
  EXPECT_TRUE(is_nfc("\0x"sv));
  for (auto const& one : broken_utf8()) EXPECT_FALSE(is_nfc(one.bytes)) << one.why;
}

TEST(Text, StripsEveryVietnameseMarkComposedOrNot) {
  EXPECT_EQ(strip_marks(kVietnamese), kVietnameseBare);
  EXPECT_EQ(strip_marks("Đường Điện Biên Phủ"), "Duong Dien Bien Phu");
  EXPECT_EQ(strip_marks("e\xCC\x82\xCC\xA3"), "e");  // e + circumflex + dot below
  EXPECT_EQ(strip_marks("e\xCC\xA3\xCC\x82"), "e");
  EXPECT_EQ(strip_marks("\xE1\xBB\x87"), "e");
  EXPECT_EQ(strip_marks("o\xCC\x9B"), "o");          // o + horn
}

TEST(Text, KeepsWhatIsNotAMark) {
  EXPECT_EQ(strip_marks(""), "");
  EXPECT_EQ(strip_marks("Ab 09-_./\n"), "Ab 09-_./\n");
  EXPECT_EQ(strip_marks("a\0b"sv), "a\0b"s);
  EXPECT_EQ(strip_marks("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(strip_marks("\xC3\x98"), "\xC3\x98");     // O with stroke is no d with stroke
  EXPECT_EQ(strip_marks("\xEF\xBC\xA1"), "\xEF\xBC\xA1");  // full-width A: NFD, not NFKD
  EXPECT_EQ(strip_marks("\xE2\x84\xAB"), "A");        // angstrom sign is A with a ring
}

TEST(Text, TurnsEachByteThatIsNotUtf8IntoABlank) {
  for (auto const& one : broken_utf8()) {
    std::string const blanks(one.bytes.size(), ' ');
    EXPECT_EQ(strip_marks("a" + one.bytes + "b"), "a" + blanks + "b") << one.why;
    EXPECT_EQ(strip_marks(one.bytes), blanks) << one.why;
  }
}

TEST(Text, StrippingTwiceIsStrippingOnce) {
  std::mt19937 random(20260128);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto n = random() % 12; n > 0; --n) bytes.push_back(static_cast<char>(random()));
    auto const once = strip_marks(bytes);
    ASSERT_TRUE(is_utf8(once));
    ASSERT_EQ(strip_marks(once), once);
  }
}

TEST(Text, FoldsToUpperCaseAsciiOnly) {
  EXPECT_EQ(fold_upper("Thanh toán đơn hàng dh-10"), "THANH TOAN DON HANG DH-10");
  EXPECT_EQ(fold_upper("azAZ09`{@["), "AZAZ09`{@[");
  EXPECT_EQ(fold_upper("\xCE\xB1"), "\xCE\xB1");  // a Greek alpha stays small
  EXPECT_EQ(fold_upper(""), "");
}

TEST(Text, NormalisesContent) {
  std::vector<std::pair<std::string_view, std::string_view>> const cases = {
      {"", ""},
      {" ", ""},
      {"-_./", ""},
      {"DH10", "DH10"},
      {"  DH 10  ", "DH 10"},
      {"Cà phê -- sữa\tđá!", "Ca phe sua da"},
      {"Đơn #12 / bàn 3", "Don 12 ban 3"},
      {"\xFFzz\xFF", "zz"},
      {"\xF0\x9F\x98\x80 ok \xF0\x9F\x98\x80", "ok"},
  };
  for (auto const& [raw, expected] : cases) EXPECT_EQ(normalise_content(raw, 25), expected) << raw;
}

TEST(Text, CutsContentWithoutATrailingBlank) {
  EXPECT_EQ(normalise_content("thanh toan don hang so 12345", 25), "thanh toan don hang so 12");
  EXPECT_EQ(normalise_content("thanh toan don hang so 12345", 19), "thanh toan don hang");
  EXPECT_EQ(normalise_content("thanh toan don hang so 12345", 20), "thanh toan don hang");
  EXPECT_EQ(normalise_content("thanh toan don hang so 12345", 21), "thanh toan don hang s");
  EXPECT_EQ(normalise_content("ab", 0), "");
  EXPECT_EQ(normalise_content("ab", 1), "a");
  EXPECT_EQ(normalise_content("a b", 2), "a");
  EXPECT_EQ(normalise_content(std::string(1'000, 'x'), 25), std::string(25, 'x'));
}

TEST(Text, NormalisedContentStaysTheSame) {
  std::mt19937 random(20260129);
  static constexpr std::string_view kSome = "aB9 -\xC4\x91\xE1\xBA\xA1.";
  for (int i = 0; i < 20'000; ++i) {
    std::string raw;
    for (auto n = random() % 40; n > 0; --n) raw.push_back(kSome[random() % kSome.size()]);
    auto const content = normalise_content(raw, 25);
    ASSERT_LE(content.size(), 25U);
    ASSERT_EQ(normalise_content(content, 25), content) << raw;
    ASSERT_EQ(content.find("  "), std::string::npos) << raw;
  }
}

}  // namespace
}  // namespace qrpay::base
