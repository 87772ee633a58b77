#include "qr/poster/printable.h"

#include <pango/pango.h>

#include <string>

#include "base/text.h"

namespace qrpay::qr::poster {
namespace {

constexpr int kMarksMax = 2;

enum class Kind : std::uint8_t { kVisible, kBlank, kMark, kRefused };

// glib's tables; whatever they do not call visible is refused. What the font lacks is not asked
// here, so private use passes.
Kind kind_of(gunichar c) {
  if (c == ' ') return Kind::kBlank;
  // Two that Unicode calls letters and that show nothing: Hangul fillers.
  if (c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0) return Kind::kRefused;
  switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR: return Kind::kRefused;
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_NON_SPACING_MARK: return Kind::kMark;
    default: return Kind::kVisible;
  }
}

}  // namespace

base::Result<void> check_printable(std::string_view pointer, std::string_view text,
                                   std::size_t characters_max) {
  auto const refuse = [pointer](std::string const& why) {
    return base::fail(base::Errc::kInvalidField, std::string(pointer) + ": " + why);
  };
  auto const characters = base::count_characters(text);
  if (!characters) return refuse("not UTF-8");
  if (*characters > characters_max) {
    return refuse("over " + std::to_string(characters_max) + " characters");
  }
  bool blank_before = true;  // so that the first may be none
  int marks = kMarksMax;     // and no mark begins the text
  char const* const end = text.data() + text.size();
  for (char const* at = text.data(); at < end; at = g_utf8_next_char(at)) {
    Kind const kind = kind_of(g_utf8_get_char(at));
    if (kind == Kind::kRefused) return refuse("a character that cannot be seen");
    if (kind == Kind::kBlank && blank_before) return refuse("a blank too many");
    marks = kind == Kind::kMark ? marks + 1 : (kind == Kind::kBlank ? kMarksMax : 0);
    if (kind == Kind::kMark && marks > kMarksMax) return refuse("more than two marks on a letter");
    blank_before = kind == Kind::kBlank;
  }
  if (blank_before && !text.empty()) return refuse("a blank too many");
  return {};
}

}  // namespace qrpay::qr::poster
