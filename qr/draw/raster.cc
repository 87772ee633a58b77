#include "qr/draw/raster.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;
using base::fail;

// Under 256, since some printers read only one byte of the height; and small enough for the buffer
// of any of them: 18 kB over 80 mm of paper.
constexpr std::uint32_t kBandRows = 240;
constexpr std::size_t kZplFieldBytesMax = 99'999;

struct Layout {
  PrintSize size;
  std::uint32_t left_dots = 0;  // from the paper's edge to the quiet zone
};

base::Result<Layout> lay_out(Symbol const& symbol, RasterOptions const& options) {
  QRPAY_TRY(PrintSize const size, print_size(symbol, options.target));
  if (options.paper_dots == 0 || options.paper_dots % 8 != 0 ||
      options.paper_dots > kPaperDotsMax) {
    return fail(Errc::kInvalidField, "/paper_dots: not a multiple of 8 up to 1248");
  }
  if (size.side_dots > options.paper_dots) {
    return fail(Errc::kInvalidField, "/module_um: " + std::to_string(size.side_dots) +
                                         " dots are wider than the paper's " +
                                         std::to_string(options.paper_dots));
  }
  return Layout{size, (options.paper_dots - size.side_dots) / 2};
}

// Rows of bits, 1 where the printer heats, the leftmost dot in the highest bit.
class DotRows {
 public:
  DotRows(Symbol const& symbol, std::uint32_t dots_per_module, std::uint32_t left_dots,
          std::uint32_t width_dots)
      : symbol_(symbol),
        dots_per_module_(dots_per_module),
        left_dots_(left_dots),
        row_(std::size_t{width_dots + 7} / 8, '\0') {}

  [[nodiscard]] std::size_t row_bytes() const { return row_.size(); }

  /// Row `y` of dots, 0 at the top of the quiet zone; valid until the next call.
  [[nodiscard]] std::string_view row(std::uint32_t y) {
    std::uint32_t const module_y = y / dots_per_module_;
    if (module_y != drawn_) draw(module_y);
    return row_;
  }

 private:
  void draw(std::uint32_t module_y) {
    std::fill(row_.begin(), row_.end(), '\0');
    for (std::size_t x = 0; x < symbol_.width(); ++x) {
      // Above the symbol the subtraction wraps, which dark() answers with light.
      if (!symbol_.dark(x, module_y - kQuietZoneModules)) continue;
      std::size_t const first = left_dots_ + (x + kQuietZoneModules) * dots_per_module_;
      for (std::size_t dot = first; dot < first + dots_per_module_; ++dot) {
        row_[dot / 8] = static_cast<char>(row_[dot / 8] | (0x80 >> (dot % 8)));
      }
    }
    drawn_ = module_y;
  }

  Symbol const& symbol_;
  std::uint32_t dots_per_module_;
  std::uint32_t left_dots_;
  std::string row_;
  std::uint32_t drawn_ = static_cast<std::uint32_t>(-1);  // no row of modules
};

// GS v 0, mode, bytes across, rows down; both little-endian.
void append_band_header(std::string& out, std::size_t row_bytes, std::uint32_t rows) {
  out += std::string_view("\x1Dv0\0", 4);
  for (std::size_t const value : {row_bytes, std::size_t{rows}}) {
    out += static_cast<char>(value & 0xFF);
    out += static_cast<char>(value >> 8);
  }
}

// How often the next digit stands: g to z for 20 to 400 in steps of 20, then G to Y for 1 to 19.
void append_repeats(std::string& out, std::size_t count, char digit) {
  if (count < 3) {  // no longer written out
    out.append(count, digit);
    return;
  }
  QRPAY_CHECK(count < 420);
  if (count >= 20) out += static_cast<char>('f' + count / 20);
  if (count % 20 != 0) out += static_cast<char>('F' + count % 20);
  out += digit;
}

// A comma fills the rest of a row with zeros.
std::string zpl_row(std::string_view dots) {
  std::string hex = base::to_hex(base::as_bytes(dots));
  for (char& digit : hex) {
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  }
  std::string out;
  std::size_t const end = hex.find_last_not_of('0') + 1;
  for (std::size_t at = 0; at < end;) {
    std::size_t const next = std::min(hex.find_first_not_of(hex[at], at), end);
    append_repeats(out, next - at, hex[at]);
    at = next;
  }
  if (end < hex.size()) out += ',';
  return out;
}

}  // namespace

base::Result<std::string> render_escpos(Symbol const& symbol, RasterOptions const& options) {
  QRPAY_TRY(Layout const layout, lay_out(symbol, options));
  DotRows dots(symbol, layout.size.dots_per_module, layout.left_dots, options.paper_dots);
  std::string out;
  out.reserve(dots.row_bytes() * layout.size.side_dots + 64);
  for (std::uint32_t y = 0; y < layout.size.side_dots; ++y) {
    if (y % kBandRows == 0) {
      append_band_header(out, dots.row_bytes(), std::min(kBandRows, layout.size.side_dots - y));
    }
    out += dots.row(y);
  }
  return out;
}

base::Result<std::string> render_zpl(Symbol const& symbol, RasterOptions const& options) {
  QRPAY_TRY(Layout const layout, lay_out(symbol, options));
  std::uint32_t const side = layout.size.side_dots;
  // ^FO places the field, so it starts at the quiet zone.
  DotRows dots(symbol, layout.size.dots_per_module, /*left_dots=*/0, side);
  std::size_t const bytes = dots.row_bytes() * side;
  if (bytes > kZplFieldBytesMax) {
    return fail(Errc::kInvalidField, "/module_um: over 99999 bytes of dots, a ZPL field's limit");
  }
  std::string const total = std::to_string(bytes);
  std::string out = "^XA^FO" + std::to_string(layout.left_dots) + ",0^GFA," + total + ',' + total +
                    ',' + std::to_string(dots.row_bytes()) + ',';
  std::string previous;
  for (std::uint32_t y = 0; y < side; ++y) {
    std::string const row = zpl_row(dots.row(y));
    // A colon is the row above once more.
    out += row == previous ? ":" : row;
    previous = row;
  }
  return out + "^FS^XZ";
}

}  // namespace qrpay::qr::draw
