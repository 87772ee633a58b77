// Symbols as pictures: every module where it belongs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "qr/draw/render.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;

TEST(Png, IsOneBitGreyOfTheExpectedSize) {
  std::string const png = png_of(kStatic, 5);
  std::uint32_t const side = (41 + 8) * 5;
  ASSERT_GT(png.size(), 33u);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1A\n");
  base::ByteReader header(base::as_bytes(png).subspan(16, 10));
  EXPECT_EQ(header.u32(), side);
  EXPECT_EQ(header.u32(), side);
  EXPECT_EQ(header.u8(), 1);  // bit depth
  EXPECT_EQ(header.u8(), 0);  // greyscale
  EXPECT_EQ(png, png_of(kStatic, 5)) << "not deterministic";
}

TEST(Png, EveryModuleIsASquareInsideAQuietZone) {
  Symbol const symbol = symbol_of(kStatic);
  picture::GreyImage const image = image_of(kStatic, 3);
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      bool const dark = symbol.dark(x / 3 - kQuietZoneModules, y / 3 - kQuietZoneModules);
      ASSERT_EQ(image.pixels[y * image.width + x], dark ? 0 : 255) << x << ' ' << y;
    }
  }
}

TEST(Png, SaysItsSizeOnPaperWhenAsked) {
  Symbol const symbol = symbol_of(kStatic);
  auto const sized = render_png(symbol, {.pixels_per_module = 6, .module_um = 508});
  ASSERT_TRUE(sized);
  std::size_t const chunk = sized->find("pHYs");
  ASSERT_NE(chunk, std::string::npos);
  base::ByteReader density(base::as_bytes(*sized).subspan(chunk + 4, 9));
  EXPECT_EQ(density.u32(), 11'811u);  // 6 pixels in 0.508 mm: 300 dots an inch
  EXPECT_EQ(density.u32(), 11'811u);
  EXPECT_EQ(density.u8(), 1);  // metres
  auto const read = picture::read_png(base::as_bytes(*sized));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pixels, image_of(kStatic, 6).pixels);
  EXPECT_EQ(png_of(kStatic, 6).find("pHYs"), std::string::npos);
  for (std::uint32_t const module_um : {99u, 50'001u}) {
    EXPECT_EQ(render_png(symbol, {.module_um = module_um}).error().errc, Errc::kInvalidField);
  }
}

TEST(Png, RefusesScalesOutOfRangeAndPicturesTooLarge) {
  Symbol const small = symbol_of(kStatic);
  EXPECT_EQ(render_png(small, 0).error().errc, Errc::kInvalidField);
  EXPECT_EQ(render_png(small, kPixelsPerModuleMax + 1).error().errc, Errc::kInvalidField);
  EXPECT_TRUE(render_png(small, kPixelsPerModuleMax));
  Symbol const large = symbol_of(std::string(2'900, 'x'), {Level::kL});
  EXPECT_TRUE(render_png(large, 27));
  EXPECT_EQ(render_png(large, 28).error().errc, Errc::kImageTooLarge);
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Two rows of cells per line, true where something is drawn.
std::vector<std::vector<bool>> cells_of(std::string const& text) {
  std::vector<std::vector<bool>> rows;
  for (std::string const& line : lines_of(text)) {
    std::vector<bool> upper;
    std::vector<bool> lower;
    for (std::size_t at = 0; at < line.size();) {
      std::size_t const bytes = line[at] == ' ' ? 1 : 3;
      std::string const cell = line.substr(at, bytes);
      upper.push_back(cell == "\u2580" || cell == "\u2588");
      lower.push_back(cell == "\u2584" || cell == "\u2588");
      EXPECT_TRUE(cell == " " || upper.back() || lower.back()) << cell;
      at += bytes;
    }
    rows.push_back(upper);
    rows.push_back(lower);
  }
  return rows;
}

TEST(Terminal, DrawsEveryModuleOnceInBothThemes) {
  Symbol const symbol = symbol_of(kStatic);
  std::size_t const side = symbol.width() + 2 * kQuietZoneModules;
  auto const dark_theme = cells_of(render_terminal(symbol, TerminalTheme::kDark));
  auto const light_theme = cells_of(render_terminal(symbol, TerminalTheme::kLight));
  ASSERT_EQ(dark_theme.size(), side + 1);  // 49 rows of modules make 25 lines
  ASSERT_EQ(light_theme.size(), side + 1);
  for (std::size_t y = 0; y < dark_theme.size(); ++y) {
    ASSERT_EQ(dark_theme[y].size(), side);
    ASSERT_EQ(light_theme[y].size(), side);
    for (std::size_t x = 0; x < side; ++x) {
      bool const dark = symbol.dark(x - kQuietZoneModules, y - kQuietZoneModules);
      EXPECT_EQ(dark_theme[y][x], !dark);
      EXPECT_EQ(light_theme[y][x], dark);
    }
  }
}

}  // namespace
}  // namespace qrpay::qr::draw
