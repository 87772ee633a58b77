// Symbol, PNG, terminal and scanner: what is drawn is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "qr/binarize.h"
#include "qr/png.h"
#include "qr/render.h"
#include "qr/scan.h"
#include "qr/symbol.h"

namespace qrpay::qr {
namespace {

using base::Errc;

constexpr std::string_view kStatic =
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"
    "53037045802VN63049E6F";

Symbol symbol_of(std::string_view text, SymbolOptions const& options = {}) {
  auto symbol = make_symbol(text, options);
  EXPECT_TRUE(symbol) << to_string(symbol.error());
  return *symbol;
}

std::string png_of(std::string_view text, unsigned pixels_per_module = 4) {
  auto png = render_png(symbol_of(text), pixels_per_module);
  EXPECT_TRUE(png) << to_string(png.error());
  return *png;
}

GreyImage image_of(std::string_view text, unsigned pixels_per_module = 4) {
  auto image = read_png(base::as_bytes(png_of(text, pixels_per_module)));
  EXPECT_TRUE(image) << to_string(image.error());
  return *image;
}

TEST(Symbol, IsTheSmallestByteModeVersionOfItsLevel) {
  std::string const dynamic(142, 'x');
  std::string const limit(512, 'x');
  struct {
    std::string_view text;
    unsigned l, m, q, h;
  } const cases[] = {{kStatic, 5, 6, 8, 9}, {dynamic, 7, 8, 10, 12}, {limit, 15, 18, 22, 25}};
  for (auto const& c : cases) {
    EXPECT_EQ(symbol_of(c.text, {Level::kL}).version(), c.l);
    EXPECT_EQ(symbol_of(c.text, {Level::kM}).version(), c.m);
    EXPECT_EQ(symbol_of(c.text, {Level::kQ}).version(), c.q);
    EXPECT_EQ(symbol_of(c.text, {Level::kH}).version(), c.h);
  }
}

TEST(Symbol, CompactIsNeverLargerAndReadsTheSame) {
  Symbol const bytes = symbol_of(kStatic);
  Symbol const mixed = symbol_of(kStatic, {Level::kM, /*compact=*/true});
  EXPECT_LT(mixed.width(), bytes.width());
  auto const png = render_png(mixed);
  ASSERT_TRUE(png);
  auto const text = scan_png(base::as_bytes(*png));
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, kStatic);
}

TEST(Symbol, HasFinderPatternsAndIsLightOutside) {
  Symbol const symbol = symbol_of(kStatic);
  std::size_t const last = symbol.width() - 1;
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_TRUE(symbol.dark(i, 0));
    EXPECT_TRUE(symbol.dark(last - i, 0));
    EXPECT_TRUE(symbol.dark(0, last - i));
  }
  EXPECT_FALSE(symbol.dark(symbol.width(), 0));
  EXPECT_FALSE(symbol.dark(0, static_cast<std::size_t>(-1)));
}

TEST(Symbol, RefusesNothingAndTooMuch) {
  EXPECT_EQ(make_symbol("", {}).error().errc, Errc::kInvalidField);
  struct {
    Level level;
    std::size_t bytes_max;
  } const cases[] = {
      {Level::kL, 2'953}, {Level::kM, 2'331}, {Level::kQ, 1'663}, {Level::kH, 1'273}};
  for (auto const& c : cases) {
    EXPECT_TRUE(make_symbol(std::string(c.bytes_max, 'x'), {c.level}));
    auto const refused = make_symbol(std::string(c.bytes_max + 1, 'x'), {c.level});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kQrTooLong);
  }
}

TEST(Scan, ReadsWhatWasDrawnAtEveryLevelAndScale) {
  for (Level level : {Level::kL, Level::kM, Level::kQ, Level::kH}) {
    for (unsigned scale : {2u, 3u, 8u}) {
      auto const png = render_png(symbol_of(kStatic, {level}), scale);
      ASSERT_TRUE(png);
      auto const text = scan_png(base::as_bytes(*png));
      ASSERT_TRUE(text) << to_string(text.error());
      EXPECT_EQ(*text, kStatic);
    }
  }
}

TEST(Scan, ReadsVietnameseAndNulByteForByte) {
  std::string const texts[] = {"0111Ph\u1edf B\u00e1t \u0110\u00e0n",
                               "\u6700\u4f73\u8fd0\u8f93 \u5317\u4eac", std::string("a\0b", 3)};
  for (std::string const& text : texts) {
    auto const read = scan_image(image_of(text));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, text);
  }
}

TEST(Scan, ReadsInvertedAndPaleOnes) {
  GreyImage const image = image_of(kStatic);
  GreyImage inverted = image;
  for (auto& pixel : inverted.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  GreyImage pale = image;
  for (auto& pixel : pale.pixels) pixel = static_cast<std::uint8_t>(100 + pixel / 32);
  for (GreyImage const& changed : {inverted, pale}) {
    auto const text = scan_image(changed);
    ASSERT_TRUE(text) << to_string(text.error());
    EXPECT_EQ(*text, kStatic);
  }
}

// Two pictures side by side.
GreyImage beside(GreyImage const& left, GreyImage const& right) {
  GreyImage out{left.width + right.width, std::max(left.height, right.height), {}};
  out.pixels.assign(std::size_t{out.width} * out.height, 255);
  auto const paste = [&](GreyImage const& from, std::size_t x) {
    for (std::size_t y = 0; y < from.height; ++y) {
      std::copy_n(from.pixels.begin() + static_cast<std::ptrdiff_t>(y * from.width), from.width,
                  out.pixels.begin() + static_cast<std::ptrdiff_t>(y * out.width + x));
    }
  };
  paste(left, 0);
  paste(right, left.width);
  return out;
}

TEST(Scan, RefusesToChooseBetweenDifferentCodes) {
  auto const several = scan_image(beside(image_of(kStatic), image_of("another text")));
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().errc, Errc::kSeveralCodes);
  auto const same = scan_image(beside(image_of(kStatic), image_of(kStatic)));
  ASSERT_TRUE(same) << to_string(same.error());
  EXPECT_EQ(*same, kStatic);
}

TEST(Scan, FindsNothingInFlatAndTinyPictures) {
  for (std::uint32_t side : {1u, 2u, 20u, 300u}) {
    for (std::uint8_t grey : {std::uint8_t{0}, std::uint8_t{128}, std::uint8_t{255}}) {
      GreyImage const flat{side, side, std::vector<std::uint8_t>(std::size_t{side} * side, grey)};
      auto const text = scan_image(flat);
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error().errc, Errc::kNoCodeFound);
    }
  }
}

// The corner square of a QR code, over and over: `count` on a side, nine pixels apart.
GreyImage tiled_with_finders(std::uint32_t count) {
  std::uint32_t const side = count * 9;
  GreyImage out{side, side, {}};
  for (std::uint32_t y = 0; y < side; ++y) {
    for (std::uint32_t x = 0; x < side; ++x) {
      int const dx = std::abs(static_cast<int>(x % 9) - 4);
      int const dy = std::abs(static_cast<int>(y % 9) - 4);
      int const ring = std::max(dx, dy);
      out.pixels.push_back(ring == 0 || ring == 1 || ring == 3 ? 0 : 255);
    }
  }
  return out;
}

TEST(Scan, CountsFinderPatternsUpToTheLimit) {
  EXPECT_EQ(count_finder_patterns(binarize(image_of(kStatic)), 200), 3u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(10)), 200), 100u);
  EXPECT_EQ(count_finder_patterns(binarize(tiled_with_finders(20)), 200), 201u);
}

// The library alone takes minutes here, by the cube of the number of squares. What is tested is
// that the guard keeps such a picture from it; a run that hangs fails by the suite's time limit.
TEST(Scan, PictureFullOfFinderPatternsIsNotSearched) {
  auto const text = scan_image(tiled_with_finders(60));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().errc, Errc::kNoCodeFound);
}

TEST(Scan, ReadsThroughNoiseAndAcrossAShadow) {
  GreyImage noisy = image_of(kStatic, 12);
  GreyImage shaded = image_of(kStatic, 6);
  std::minstd_rand random(1);
  for (auto& pixel : noisy.pixels) {
    int const noise = static_cast<int>(random() % 120) - 60;
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + noise, 0, 255));
  }
  for (std::size_t i = 0; i < shaded.pixels.size(); ++i) {
    std::size_t const x = i % shaded.width;
    shaded.pixels[i] = static_cast<std::uint8_t>(60 + shaded.pixels[i] * (x + 60) / 900);
  }
  for (GreyImage const& changed : {noisy, shaded}) {
    auto const text = scan_image(changed);
    ASSERT_TRUE(text) << to_string(text.error());
    EXPECT_EQ(*text, kStatic);
  }
}

TEST(Scan, RefusesPixelsThatDoNotMatchTheirSizes) {
  GreyImage image = image_of(kStatic);
  image.pixels.pop_back();
  EXPECT_EQ(scan_image(image).error().errc, Errc::kImageMalformed);
  EXPECT_EQ(scan_image(GreyImage{}).error().errc, Errc::kImageMalformed);
}

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
  GreyImage const image = image_of(kStatic, 3);
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      bool const dark = symbol.dark(x / 3 - kQuietZoneModules, y / 3 - kQuietZoneModules);
      ASSERT_EQ(image.pixels[y * image.width + x], dark ? 0 : 255) << x << ' ' << y;
    }
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

// The PNG's header with other sizes. CRC-32 of the chunk is made right, so only the sizes are odd.
std::string with_sizes(std::string png, std::uint32_t width, std::uint32_t height) {
  std::string sizes;
  base::ByteWriter writer(sizes);
  writer.u32(width);
  writer.u32(height);
  png.replace(16, 8, sizes);
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= static_cast<unsigned char>(png[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  std::string sum;
  base::ByteWriter(sum).u32(~crc);
  return png.replace(29, 4, sum);
}

TEST(Png, PixelCapIsCheckedBeforeAnythingIsAllocated) {
  std::string const png = png_of(kStatic);
  auto const refused = read_png(base::as_bytes(with_sizes(png, 1'000'000, 1'000'000)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kImageTooLarge);
  auto const short_of_data = read_png(base::as_bytes(with_sizes(png, 5'000, 5'000)));
  ASSERT_FALSE(short_of_data);
  EXPECT_EQ(short_of_data.error().errc, Errc::kImageMalformed);
}

TEST(Png, RefusesHostileFiles) {
  std::string const png = png_of(kStatic);
  std::string const jpeg = "\xFF\xD8\xFF\xE0";
  for (std::string const& file :
       {std::string(), std::string("not a picture"), jpeg, png.substr(0, 8), png.substr(0, 40),
        with_sizes(png, 0, 10), with_sizes(png, 0xFFFFFFFFu, 1)}) {
    auto const refused = read_png(base::as_bytes(file));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kImageMalformed);
  }
  EXPECT_EQ(read_png(base::as_bytes(std::string(kImageBytesMax + 1, 'x'))).error().errc,
            Errc::kImageTooLarge);
}

TEST(Png, EveryCutOffFileIsRefusedOrWhole) {
  std::string const png = png_of(kStatic, 1);
  std::size_t const data_end = png.size() - 12;  // IEND may be lost without losing a pixel
  for (std::size_t size = 0; size < data_end - 8; ++size) {
    auto const refused = read_png(base::as_bytes(png.substr(0, size)));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().errc, Errc::kImageMalformed);
  }
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
}  // namespace qrpay::qr
