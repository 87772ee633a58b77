// A payload, its symbol, and pictures of it, for the tests of drawing and of reading.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"
#include "qr/picture/png.h"

namespace qrpay::qr {

inline constexpr std::string_view kStatic =
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"
    "53037045802VN63049E6F";

inline draw::Symbol symbol_of(std::string_view text, draw::SymbolOptions const& options = {}) {
  auto symbol = draw::make_symbol(text, options);
  EXPECT_TRUE(symbol) << to_string(symbol.error());
  return *symbol;
}

inline std::string png_of(std::string_view text, unsigned pixels_per_module = 4) {
  auto png = draw::render_png(symbol_of(text), pixels_per_module);
  EXPECT_TRUE(png) << to_string(png.error());
  return *png;
}

inline picture::GreyImage image_of(std::string_view text, unsigned pixels_per_module = 4) {
  auto image = picture::read_png(base::as_bytes(png_of(text, pixels_per_module)));
  EXPECT_TRUE(image) << to_string(image.error());
  return *image;
}

}  // namespace qrpay::qr
