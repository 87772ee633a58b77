#include "base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace qrpay::base {

namespace {

struct Decoded {
  utf8proc_int32_t code_point;
  std::size_t bytes;  ///< 0: not UTF-8 here
};

/// Requires: `text` is not empty.
Decoded decode_front(std::string_view text) {
  utf8proc_int32_t code_point = -1;
  auto const bytes = utf8proc_iterate(reinterpret_cast<utf8proc_uint8_t const*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  if (bytes <= 0) return {-1, 0};
  return {code_point, static_cast<std::size_t>(bytes)};
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool is_ascii_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_combining_mark(utf8proc_int32_t code_point) {
  auto const category = utf8proc_category(code_point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

/// D with stroke has no decomposition in Unicode, so NFD alone would lose every "dong".
utf8proc_int32_t without_stroke(utf8proc_int32_t code_point) {
  if (code_point == 0x0111) return 'd';
  if (code_point == 0x0110) return 'D';
  return code_point;
}

void append_stripped(std::string& out, utf8proc_int32_t code_point) {
  // The longest canonical decomposition has 4 code points; the library's own bound for any is 18.
  std::array<utf8proc_int32_t, 18> parts{};
  int last_boundclass = UTF8PROC_BOUNDCLASS_START;
  auto const count = utf8proc_decompose_char(code_point, parts.data(), parts.size(),
                                             UTF8PROC_DECOMPOSE, &last_boundclass);
  QRPAY_CHECK(count >= 0 && static_cast<std::size_t>(count) <= parts.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if (is_combining_mark(parts[i])) continue;
    std::array<utf8proc_uint8_t, 4> bytes{};
    auto const size = utf8proc_encode_char(without_stroke(parts[i]), bytes.data());
    out.append(reinterpret_cast<char const*>(bytes.data()), static_cast<std::size_t>(size));
  }
}

}  // namespace

bool is_utf8(std::string_view text) { return count_characters(text).has_value(); }

std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    std::size_t const bytes = is_ascii(text.front()) ? 1 : decode_front(text).bytes;
    if (bytes == 0) return std::nullopt;
    text.remove_prefix(bytes);
    ++count;
  }
  return count;
}

bool is_nfc(std::string_view text) {
  if (!is_utf8(text)) return false;
  utf8proc_uint8_t* composed = nullptr;
  auto const size =
      utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> const owner(composed, &std::free);
  QRPAY_CHECK(size >= 0);  // the text is UTF-8, so only memory could be missing
  return text == std::string_view(reinterpret_cast<char const*>(composed),
                                  static_cast<std::size_t>(size));
}

std::string strip_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const ascii = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_ascii) - text.begin());
    out.append(text, 0, ascii);
    text.remove_prefix(ascii);
    if (text.empty()) break;
    auto const [code_point, bytes] = decode_front(text);
    if (bytes == 0) {
      out.push_back(' ');
      text.remove_prefix(1);
      continue;
    }
    append_stripped(out, code_point);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string fold_upper(std::string_view text) {
  std::string out = strip_marks(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string normalise_content(std::string_view text, std::size_t characters_max) {
  std::string out;
  bool blank_before = false;
  for (char const c : strip_marks(text)) {
    if (!is_ascii_letter_or_digit(c)) {
      blank_before = true;
      continue;
    }
    // A blank is written only together with what follows it, so none is left at either end.
    std::size_t const needed = blank_before && !out.empty() ? 2 : 1;
    if (out.size() + needed > characters_max) break;
    if (needed == 2) out.push_back(' ');
    out.push_back(c);
    blank_before = false;
  }
  return out;
}

}  // namespace qrpay::base
