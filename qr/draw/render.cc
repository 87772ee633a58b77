#include "qr/draw/render.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "qr/draw/print_size.h"
#include "qr/picture/png.h"

namespace qrpay::qr::draw {
namespace {

// Sets `count` pixels from `first` on to black.
void blacken(std::uint8_t* row, std::size_t first, std::size_t count) {
  for (std::size_t x = first; x < first + count; ++x) {
    row[x / 8] = static_cast<std::uint8_t>(row[x / 8] & ~(0x80u >> (x % 8)));
  }
}

// To the nearest; 0 when no size on paper is wanted.
base::Result<std::uint32_t> pixels_per_metre(PngOptions const& options) {
  constexpr std::uint64_t kUmPerMetre = 1'000'000;
  if (options.module_um == 0) return std::uint32_t{0};
  if (options.module_um < kModuleUmMin || options.module_um > kModuleUmMax) {
    return base::fail(base::Errc::kInvalidField, "/module_um: not 100 to 50000");
  }
  std::uint64_t const pixels = options.pixels_per_module * kUmPerMetre;
  return static_cast<std::uint32_t>((pixels + options.module_um / 2) / options.module_um);
}

}  // namespace

base::Result<std::string> render_png(Symbol const& symbol, PngOptions const& options) {
  if (options.pixels_per_module < 1 || options.pixels_per_module > kPixelsPerModuleMax) {
    return base::fail(base::Errc::kInvalidField, "/pixels_per_module: not 1 to 64");
  }
  QRPAY_TRY(std::uint32_t const per_metre, pixels_per_metre(options));
  std::size_t const scale = options.pixels_per_module;
  std::size_t const side = (symbol.width() + 2 * kQuietZoneModules) * scale;
  if (side * side > picture::kImagePixelsMax) {
    return base::fail(base::Errc::kImageTooLarge, "over 25 megapixels");
  }
  picture::BitImage image;
  image.width = static_cast<std::uint32_t>(side);
  image.height = image.width;
  std::size_t const row_bytes = image.row_bytes();
  image.rows.assign(side * row_bytes, 0xFF);
  for (std::size_t y = 0; y < symbol.width(); ++y) {
    std::uint8_t* const first = image.rows.data() + (y + kQuietZoneModules) * scale * row_bytes;
    for (std::size_t x = 0; x < symbol.width(); ++x) {
      if (symbol.dark(x, y)) blacken(first, (x + kQuietZoneModules) * scale, scale);
    }
    for (std::size_t copy = 1; copy < scale; ++copy) {
      std::copy_n(first, row_bytes, first + copy * row_bytes);
    }
  }
  return picture::write_png(image, per_metre);
}

base::Result<std::string> render_png(Symbol const& symbol, unsigned pixels_per_module) {
  return render_png(symbol, PngOptions{pixels_per_module, /*module_um=*/0});
}

std::string render_terminal(Symbol const& symbol, TerminalTheme theme) {
  constexpr std::string_view kBlocks[4] = {" ", "\u2584", "\u2580", "\u2588"};
  std::size_t const side = symbol.width() + 2 * kQuietZoneModules;
  bool const draw_dark = theme == TerminalTheme::kLight;
  // Left of and above the symbol the subtraction wraps, which dark() answers with light.
  auto const drawn = [&](std::size_t x, std::size_t y) {
    return symbol.dark(x - kQuietZoneModules, y - kQuietZoneModules) == draw_dark;
  };
  std::string out;
  out.reserve((side * 3 + 1) * (side + 1) / 2);
  for (std::size_t y = 0; y < side; y += 2) {
    for (std::size_t x = 0; x < side; ++x) {
      out += kBlocks[(drawn(x, y) ? 2 : 0) + (drawn(x, y + 1) ? 1 : 0)];
    }
    out += '\n';
  }
  return out;
}

}  // namespace qrpay::qr::draw
