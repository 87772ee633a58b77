// The part of brand.h that needs no library: what may stand in the text of a mark.
//
// A list of what is allowed, not of what is known to be bad. Words are looked for in the whole
// text, which is sound only because whatever could spell them otherwise is refused first: other
// encodings, character references, and backslashes (the escapes of CSS).
#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "qr/poster/brand.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

// Elements that draw, and those in which drawing programs keep their notes. Nothing here refers to
// another element but by a gradient, so that the time to draw is linear in the text.
constexpr std::array kElements = {
    std::string_view("svg"),      std::string_view("g"),
    std::string_view("path"),     std::string_view("rect"),
    std::string_view("circle"),   std::string_view("ellipse"),
    std::string_view("line"),     std::string_view("polyline"),
    std::string_view("polygon"),  std::string_view("defs"),
    std::string_view("stop"),     std::string_view("linearGradient"),
    std::string_view("title"),    std::string_view("radialGradient"),
    std::string_view("desc"),     std::string_view("style"),
    std::string_view("metadata"),
};

// Words of attributes and styles. A dash of a thousandth of a unit along a long line is a billion
// dashes; a blur or a mask is a picture of its own at any resolution.
constexpr std::array kRefusedWords = {
    std::string_view("stroke-dasharray"), std::string_view("filter"), std::string_view("mask"),
    std::string_view("clip-path"),        std::string_view("@"),      std::string_view("\\"),
    std::string_view("marker"),           std::string_view("font"),   std::string_view("xml:base"),
};

// Every selector of a style sheet is tried on every element.
constexpr std::size_t kStyledBytesMax = 32u << 10;

constexpr std::array kEntities = {std::string_view("amp;"), std::string_view("lt;"),
                                  std::string_view("gt;"), std::string_view("quot;"),
                                  std::string_view("apos;")};

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == ':' || c == '.';
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Position of `word` in any letter case at or after `from`, or npos.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  auto const same = [](char a, char b) { return lower(a) == lower(b); };
  auto const begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  auto const found = std::search(begin, text.end(), word.begin(), word.end(), same);
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

base::Result<void> check_words(std::string_view svg) {
  for (std::string_view const word : kRefusedWords) {
    if (find_word(svg, word) != std::string_view::npos) {
      return fail(Errc::kImageMalformed, "\"" + std::string(word) + "\" is not allowed");
    }
  }
  for (std::size_t at = svg.find('&'); at != svg.npos; at = svg.find('&', at + 1)) {
    std::string_view const rest = svg.substr(at + 1);
    if (std::none_of(kEntities.begin(), kEntities.end(),
                     [&](std::string_view entity) { return rest.starts_with(entity); })) {
      return fail(Errc::kImageMalformed, "character references are not allowed");
    }
  }
  return {};
}

// A place that a reference names must lie in the file itself: `href="#a"`, `url(#a)`.
base::Result<void> check_references(std::string_view svg) {
  for (std::string_view const word : {std::string_view("href"), std::string_view("url")}) {
    for (std::size_t at = find_word(svg, word); at != svg.npos;
         at = find_word(svg, word, at + word.size())) {
      std::size_t next = at + word.size();
      while (next < svg.size() && (is_blank(svg[next]) || svg[next] == '=' || svg[next] == '(' ||
                                   svg[next] == '"' || svg[next] == '\'')) {
        ++next;
      }
      if (next == svg.size() || svg[next] != '#') {
        return fail(Errc::kImageMalformed, "references to other files are not allowed");
      }
    }
  }
  return {};
}

// Counts elements and depth from tag to tag.
class Tags {
 public:
  base::Result<void> open(std::string_view tag) {
    auto const end = std::find_if_not(tag.begin(), tag.end(), is_name);
    std::string_view name = tag.substr(0, static_cast<std::size_t>(end - tag.begin()));
    name.remove_prefix(name.rfind(':') + 1);  // whatever the prefix, it may be SVG's; npos + 1 is 0
    bool const in_metadata = metadata_depth_ != 0;  // which is not drawn
    if (!in_metadata && std::find(kElements.begin(), kElements.end(), name) == kElements.end()) {
      return fail(Errc::kImageMalformed, "only shapes, groups and gradients are allowed");
    }
    if (++elements_ > kBrandElementsMax) return fail(Errc::kImageTooLarge, "too many elements");
    if (tag.ends_with('/')) return {};
    if (++depth_ > kBrandDepthMax) return fail(Errc::kImageTooLarge, "elements too deep");
    if (!in_metadata && name == "metadata") metadata_depth_ = depth_;
    return {};
  }
  base::Result<void> close() {
    if (depth_ == 0) return fail(Errc::kImageMalformed, "a tag is closed that was not opened");
    if (depth_ == metadata_depth_) metadata_depth_ = 0;
    --depth_;
    return {};
  }
  [[nodiscard]] std::size_t elements() const { return elements_; }

 private:
  std::size_t elements_ = 0;
  std::size_t depth_ = 0;
  std::size_t metadata_depth_ = 0;  // depth of the metadata element that is open
};

base::Result<void> check_tags(std::string_view svg) {
  Tags tags;
  for (std::size_t at = svg.find('<'); at != svg.npos; at = svg.find('<', at)) {
    std::string_view const rest = svg.substr(at + 1);
    if (rest.starts_with("!--")) {
      std::size_t const end = svg.find("-->", at + 4);
      if (end == svg.npos) return fail(Errc::kImageMalformed, "a comment has no end");
      at = end + 3;
      continue;
    }
    std::size_t const end = svg.find('>', at);
    if (end == svg.npos) return fail(Errc::kImageMalformed, "a tag has no end");
    if (rest.starts_with('?')) {
      if (at != 0) return fail(Errc::kImageMalformed, "processing instructions are not allowed");
    } else if (rest.starts_with('!')) {
      return fail(Errc::kImageMalformed, "declarations are not allowed");
    } else if (rest.starts_with('/')) {
      QRPAY_TRY_VOID(tags.close());
    } else {
      QRPAY_TRY_VOID(tags.open(svg.substr(at + 1, end - at - 1)));
    }
    at = end + 1;
  }
  if (tags.elements() == 0) return fail(Errc::kImageMalformed, "not an SVG file");
  return {};
}

}  // namespace

base::Result<void> check_brand_text(std::string_view svg) {
  if (svg.size() > kBrandBytesMax) return fail(Errc::kImageTooLarge, "over 256 KiB");
  if (!base::is_utf8(svg) || svg.find('\0') != svg.npos) {
    return fail(Errc::kImageMalformed, "not UTF-8");
  }
  if (svg.starts_with("<?xml")) {
    std::string_view const declaration = svg.substr(0, svg.find('>'));
    bool const names_one = find_word(declaration, "encoding") != declaration.npos;
    if (names_one && find_word(declaration, "utf-8") == declaration.npos) {
      return fail(Errc::kImageMalformed, "not UTF-8");
    }
  }
  if (svg.size() > kStyledBytesMax && svg.find("style>") != svg.npos) {
    return fail(Errc::kImageTooLarge, "over 32 KiB with a <style>");
  }
  QRPAY_TRY_VOID(check_words(svg));
  QRPAY_TRY_VOID(check_references(svg));
  return check_tags(svg);
}

}  // namespace qrpay::qr::poster
