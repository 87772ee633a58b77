// Printers' languages: read back as a printer would, the dots are the symbol's and a reader reads
// them.
#include <gtest/gtest.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "qr/draw/raster.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;

// Dots as they come out on paper, 0 for black.
struct Paper {
  std::size_t left = 0;  // of the first dot, where the language says it apart
  picture::GreyImage dots;
};

void append_dots(Paper& paper, std::string_view row) {
  paper.dots.width = static_cast<std::uint32_t>(row.size() * 8);
  ++paper.dots.height;
  for (char const byte : row) {
    for (int bit = 7; bit >= 0; --bit) {
      bool const heated = (static_cast<unsigned char>(byte) >> bit & 1) != 0;
      paper.dots.pixels.push_back(heated ? 0 : 255);
    }
  }
}

// Knows nothing but GS v 0.
Paper print_escpos(std::string_view bytes) {
  Paper paper;
  while (!bytes.empty()) {
    EXPECT_EQ(bytes.substr(0, 4), std::string_view("\x1Dv0\0", 4));
    base::ByteReader header(base::as_bytes(bytes.substr(4, 4)));
    std::size_t const low = header.u8();
    std::size_t const row_bytes = low + 256u * header.u8();
    std::size_t const rows = header.u8();
    EXPECT_EQ(header.u8(), 0) << "a band of over 255 rows";
    EXPECT_GT(rows, 0u);
    bytes.remove_prefix(8);
    for (std::size_t y = 0; y < rows && row_bytes <= bytes.size(); ++y) {
      append_dots(paper, bytes.substr(0, row_bytes));
      bytes.remove_prefix(row_bytes);
    }
  }
  return paper;
}

std::size_t number_to(std::string_view& zpl, char end) {
  std::size_t value = 0;
  auto const [stop, error] = std::from_chars(zpl.data(), zpl.data() + zpl.size(), value);
  EXPECT_EQ(error, std::errc());
  EXPECT_EQ(*stop, end);
  zpl.remove_prefix(static_cast<std::size_t>(stop - zpl.data()) + 1);
  return value;
}

void expect_prefix(std::string_view& zpl, std::string_view prefix) {
  EXPECT_TRUE(zpl.starts_with(prefix)) << zpl.substr(0, 20);
  zpl.remove_prefix(prefix.size());
}

// One row of hexadecimal digits with counts before them, a comma for zeros to the end, a colon for
// the row above.
std::string take_row(std::string_view& zpl, std::size_t digits, std::string const& above) {
  std::string row;
  std::size_t count = 0;
  while (row.size() < digits && !zpl.empty()) {
    char const c = zpl.front();
    zpl.remove_prefix(1);
    if (c == ':') {
      EXPECT_TRUE(row.empty());
      return above;
    }
    if (c == ',') {
      row.resize(digits, '0');
    } else if (c >= 'G' && c <= 'Y') {
      count += static_cast<std::size_t>(c - 'F');
    } else if (c >= 'g' && c <= 'z') {
      count += 20 * static_cast<std::size_t>(c - 'f');
    } else {
      row.append(count == 0 ? 1 : count, c);
      count = 0;
    }
  }
  EXPECT_EQ(row.size(), digits);
  return row;
}

Paper print_zpl(std::string_view zpl) {
  Paper paper;
  expect_prefix(zpl, "^XA^FO");
  paper.left = number_to(zpl, ',');
  EXPECT_EQ(number_to(zpl, '^'), 0u);
  expect_prefix(zpl, "GFA,");
  std::size_t const total = number_to(zpl, ',');
  EXPECT_EQ(number_to(zpl, ','), total);
  std::size_t const row_bytes = number_to(zpl, ',');
  EXPECT_EQ(total % row_bytes, 0u);
  std::string row;
  for (std::size_t y = 0; y < total / row_bytes; ++y) {
    row = take_row(zpl, row_bytes * 2, row);
    auto const bytes = base::from_hex(row);
    EXPECT_TRUE(bytes) << row;
    append_dots(paper, *bytes);
  }
  EXPECT_EQ(zpl, "^FS^XZ");
  return paper;
}

// Every dot of `paper` is the symbol's; the quiet zone begins at column `left` of it.
void expect_symbol(Paper const& paper, Symbol const& symbol, std::size_t left, std::size_t dots) {
  std::size_t const side = (symbol.width() + 2 * kQuietZoneModules) * dots;
  ASSERT_EQ(paper.dots.height, side);
  ASSERT_GE(paper.dots.width, left + side);
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < paper.dots.width; ++x) {
      bool const inside = x >= left && symbol.dark((x - left) / dots - kQuietZoneModules,
                                                   y / dots - kQuietZoneModules);
      ASSERT_EQ(paper.dots.pixels[y * paper.dots.width + x], inside ? 0 : 255) << x << ' ' << y;
    }
  }
}

void expect_read(Paper const& paper, std::string_view text) {
  auto const read = scan::scan_image(paper.dots);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, text);
}

struct Case {
  PrintTarget target;
  std::uint32_t paper_dots;
  std::size_t dots;
};
Case const kCases[] = {
    {{500, 203}, kPaperDots80mm, 4}, {{500, 203}, kPaperDots58mm, 4},
    {{900, 203}, kPaperDots58mm, 7}, {{500, 180}, 512, 4},
    {{250, 203}, kPaperDots58mm, 2}, {{1'470, 203}, 592, 12},
};

TEST(EscPos, PrintsTheSymbolInTheMiddleOfThePaper) {
  Symbol const symbol = symbol_of(kStatic);
  for (Case const& c : kCases) {
    auto const bytes = render_escpos(symbol, {c.target, c.paper_dots});
    ASSERT_TRUE(bytes) << to_string(bytes.error());
    Paper const paper = print_escpos(*bytes);
    ASSERT_EQ(paper.dots.width, c.paper_dots);
    expect_symbol(paper, symbol, (c.paper_dots - 49 * c.dots) / 2, c.dots);
    expect_read(paper, kStatic);
    EXPECT_EQ(*bytes, *render_escpos(symbol, {c.target, c.paper_dots}));
  }
}

TEST(Zpl, PrintsTheSymbolInTheMiddleOfThePaper) {
  Symbol const symbol = symbol_of(kStatic);
  for (Case const& c : kCases) {
    auto const zpl = render_zpl(symbol, {c.target, c.paper_dots});
    ASSERT_TRUE(zpl) << to_string(zpl.error());
    Paper const paper = print_zpl(*zpl);
    EXPECT_EQ(paper.left, (c.paper_dots - 49 * c.dots) / 2);
    expect_symbol(paper, symbol, /*left=*/0, c.dots);
    expect_read(paper, kStatic);
    EXPECT_LT(zpl->size(), 7'000u) << "repeats are not shortened";
  }
}

TEST(Raster, RefusesWhatDoesNotFitThePaper) {
  Symbol const symbol = symbol_of(kStatic);
  RasterOptions const cases[] = {
      {{1'000, 203}, kPaperDots58mm},  // 8 dots, 392 wide
      {{50'000, 203}, kPaperDotsMax},  {{500, 203}, 0},  {{500, 203}, 388},
      {{500, 203}, kPaperDotsMax + 8}, {{99, 203}, 384}, {{500, 50}, 384},
  };
  for (RasterOptions const& options : cases) {
    EXPECT_EQ(render_escpos(symbol, options).error().errc, Errc::kInvalidField);
    EXPECT_EQ(render_zpl(symbol, options).error().errc, Errc::kInvalidField);
  }
  EXPECT_EQ(render_escpos(symbol, cases[0]).error().detail,
            "/module_um: 392 dots are wider than the paper's 384");
  // 49 modules of 25 dots: 154 bytes by 1,225 rows.
  RasterOptions const large{{3'128, 203}, kPaperDotsMax};
  EXPECT_TRUE(render_escpos(symbol, large));
  EXPECT_EQ(render_zpl(symbol, large).error().errc, Errc::kInvalidField);
}

}  // namespace
}  // namespace qrpay::qr::draw
