// SVG: every module once, well-formed, nothing that a page must fear.
#include <gtest/gtest.h>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "qr/draw/print_size.h"
#include "qr/draw/svg.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;

std::string svg_of(Symbol const& symbol, SvgOptions const& options = {}) {
  auto svg = render_svg(symbol, options);
  EXPECT_TRUE(svg) << to_string(svg.error());
  return *svg;
}

// The value of the first attribute of that name.
std::string attribute(std::string const& svg, std::string const& name) {
  std::string const before = ' ' + name + "=\"";
  std::size_t const at = svg.find(before);
  if (at == std::string::npos) return "none";
  std::size_t const value = at + before.size();
  return svg.substr(value, svg.find('"', value) - value);
}

// Reads the path's commands: m dx dy, h, v, z.
class Pen {
 public:
  explicit Pen(std::string_view path) : rest_(path) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void command(char expected) {
    ASSERT_TRUE(!rest_.empty() && rest_.front() == expected) << rest_.substr(0, 20);
    rest_.remove_prefix(1);
  }
  long number() {
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    long value = 0;
    auto const [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    EXPECT_EQ(error, std::errc());
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

 private:
  std::string_view rest_;
};

TEST(Svg, DrawsEveryDarkModuleOnceAndNoOther) {
  for (Level const level : {Level::kL, Level::kH}) {
    Symbol const symbol = symbol_of(kStatic, {level});
    std::size_t const side = symbol.width() + 2 * kQuietZoneModules;
    std::string const svg = svg_of(symbol);
    EXPECT_EQ(attribute(svg, "viewBox"),
              "0 0 " + std::to_string(side) + ' ' + std::to_string(side));
    std::vector<int> drawn(side * side, 0);
    std::string const path = attribute(svg, "d");
    Pen pen(path);
    long x = 0;
    long y = 0;
    while (!pen.at_end()) {
      ASSERT_NO_FATAL_FAILURE(pen.command('m'));
      x += pen.number();
      y += pen.number();
      ASSERT_NO_FATAL_FAILURE(pen.command('h'));
      long const run = pen.number();
      ASSERT_NO_FATAL_FAILURE(pen.command('v'));
      ASSERT_EQ(pen.number(), 1);
      ASSERT_NO_FATAL_FAILURE(pen.command('h'));
      ASSERT_EQ(pen.number(), -run);
      ASSERT_NO_FATAL_FAILURE(pen.command('z'));
      ASSERT_TRUE(run > 0 && x >= 0 && y >= 0 && static_cast<std::size_t>(x + run) <= side);
      for (long i = x; i < x + run; ++i)
        ++drawn.at(static_cast<std::size_t>(y) * side + static_cast<std::size_t>(i));
    }
    for (std::size_t row = 0; row < side; ++row) {
      for (std::size_t column = 0; column < side; ++column) {
        bool const dark = symbol.dark(column - kQuietZoneModules, row - kQuietZoneModules);
        ASSERT_EQ(drawn[row * side + column], dark ? 1 : 0) << column << ' ' << row;
      }
    }
  }
}

// Every tag closed in order, every attribute quoted, no bare & or <.
void expect_well_formed(std::string const& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size();) {
    if (xml[at] == '&') {
      std::size_t const end = xml.find(';', at);
      ASSERT_NE(end, std::string::npos);
      std::string const name = xml.substr(at + 1, end - at - 1);
      ASSERT_TRUE(name == "amp" || name == "lt" || name == "gt" || name == "quot") << name;
      at = end + 1;
      continue;
    }
    if (xml[at] != '<') {
      ASSERT_TRUE(!open.empty() || xml[at] == '\n');
      ++at;
      continue;
    }
    std::size_t const end = xml.find('>', at);
    ASSERT_NE(end, std::string::npos);
    std::string tag = xml.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.starts_with('/')) {
      ASSERT_TRUE(!open.empty() && open.back() == tag.substr(1)) << tag;
      open.pop_back();
      continue;
    }
    std::size_t quotes = 0;
    for (char const c : tag) quotes += c == '"' ? 1 : 0;
    ASSERT_EQ(quotes % 2, 0u);
    ASSERT_EQ(tag.find('<'), std::string::npos);
    if (!tag.ends_with('/')) open.push_back(tag.substr(0, tag.find(' ')));
  }
  EXPECT_TRUE(open.empty());
}

TEST(Svg, IsWellFormedDeterministicAndSmall) {
  Symbol const symbol = symbol_of(std::string(kStatic) + std::string(148 - kStatic.size(), '7'));
  std::string const svg = svg_of(symbol);
  expect_well_formed(svg);
  EXPECT_EQ(svg, svg_of(symbol));
  EXPECT_EQ(svg.substr(0, 5), "<svg ");
  EXPECT_EQ(attribute(svg, "xmlns"), "http://www.w3.org/2000/svg");
  EXPECT_EQ(attribute(svg, "shape-rendering"), "crispEdges");
  EXPECT_EQ(attribute(svg, "width"), std::to_string(symbol.width() + 8)) << "only the square's";
  EXPECT_LT(svg.size(), 9'000u);
  for (char const* const feared : {" id=", "<script", "<style", "href", " on", "url("}) {
    EXPECT_EQ(svg.find(feared), std::string::npos) << feared;
  }
}

TEST(Svg, SizeIsExactInMillimetres) {
  Symbol const symbol = symbol_of(kStatic);
  std::string const svg = svg_of(symbol, {.module_um = 508});
  EXPECT_EQ(attribute(svg, "width"), "24.892mm");
  EXPECT_EQ(attribute(svg, "height"), "24.892mm");
  expect_well_formed(svg);
  for (std::uint32_t const module_um : {1u, 99u, 50'001u}) {
    EXPECT_EQ(render_svg(symbol, {.module_um = module_um}).error().errc, Errc::kInvalidField);
  }
}

TEST(Svg, TitleIsEscaped) {
  Symbol const symbol = symbol_of(kStatic);
  std::string const svg =
      svg_of(symbol, {.title = "Ph\u1EDF </title><script>alert(\"&\")</script>"});
  expect_well_formed(svg);
  EXPECT_NE(svg.find("<title>Ph\u1EDF &lt;/title&gt;&lt;script&gt;alert(&quot;&amp;&quot;)"
                     "&lt;/script&gt;</title>"),
            std::string::npos);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
}

TEST(Svg, RefusesTitlesThatXmlCannotHold) {
  Symbol const symbol = symbol_of(kStatic);
  for (std::string const& title :
       {std::string("\x80"), std::string("a\0b", 3), std::string("\x1B"), std::string("\uFFFF"),
        std::string("\uFFFE"), std::string(kSvgTitleBytesMax + 1, 'x')}) {
    auto const refused = render_svg(symbol, {.title = title});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kInvalidField);
  }
  EXPECT_TRUE(render_svg(symbol, {.title = std::string(kSvgTitleBytesMax, 'x')}));
}

}  // namespace
}  // namespace qrpay::qr::draw
