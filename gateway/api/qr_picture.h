// One payload drawn in any of the formats that qrpay offers, for HTTP and the CLI alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_text.h"
#include "gateway/json/object_reader.h"
#include "gateway/json/writer.h"
#include "qr/draw/raster.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"

namespace qrpay::gateway::api {

enum class PictureFormat : std::uint8_t { kPng, kSvg, kPdf, kText, kEscPos, kZpl };

/// "image/png" and so on; static.
[[nodiscard]] std::string_view content_type_of(PictureFormat format);

struct PictureRequest {
  PictureFormat format = PictureFormat::kPng;
  qr::draw::Use use = qr::draw::Use::kScreen;
  std::optional<qr::draw::Level> level = std::nullopt;  ///< instead of what `use` asks for
  bool compact = false;
  unsigned pixels_per_module = qr::draw::kPixelsPerModuleDefault;  ///< PNG
  std::uint32_t module_um = 0;        ///< size on paper; 0: none for PNG and SVG, else the default
  std::uint32_t dots_per_inch = 203;  ///< ESC/POS and ZPL
  std::uint32_t paper_dots = qr::draw::kPaperDots80mm;
  base::Day issued{};  ///< PDF: its creation date, since nothing here reads a clock
  qr::draw::TerminalTheme theme = qr::draw::TerminalTheme::kDark;
};

/// Reads use, level, compact, pixels_per_module, module_um, dots_per_inch, paper_dots and theme;
/// the caller's finish() reports. `format` is the caller's.
[[nodiscard]] PictureRequest read_picture_request(json::ObjectReader& in);

/// Errors: those of make_symbol() and of the format's renderer.
[[nodiscard]] base::Result<std::string> draw_code(std::string_view payload,
                                                  PictureRequest const& request);

/// Members version, level, modules and, with a size on paper, module_mm and side_mm, into the open
/// object: what a printer's driver or a page needs to know. Errors: those of make_symbol().
[[nodiscard]] base::Result<void> write_symbol(json::Writer& out, std::string_view payload,
                                              PictureRequest const& request);

}  // namespace qrpay::gateway::api
