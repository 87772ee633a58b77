#include "gateway/api/qr_picture.h"

#include "qr/draw/print_size.h"
#include "qr/draw/svg.h"
#include "qr/poster/symbol_pdf.h"

namespace qrpay::gateway::api {

using base::Result;
using qr::draw::Level;
using qr::draw::Symbol;
using qr::draw::Use;

namespace {

constexpr std::string_view kContentTypes[] = {"image/png",
                                              "image/svg+xml",
                                              "application/pdf",
                                              "text/plain; charset=utf-8",
                                              "application/octet-stream",
                                              "text/plain; charset=us-ascii"};

std::string_view level_name(Level level) {
  constexpr std::string_view kNames[] = {"L", "M", "Q", "H"};
  return kNames[static_cast<std::size_t>(level) - 1];
}

Result<Symbol> symbol_of(std::string_view payload, PictureRequest const& request) {
  Level const level = request.level.value_or(qr::draw::level_for(request.use));
  return qr::draw::make_symbol(payload, {.level = level, .compact = request.compact});
}

std::uint32_t module_um_or_default(PictureRequest const& request) {
  return request.module_um == 0 ? qr::draw::kModuleUmDefault : request.module_um;
}

qr::draw::RasterOptions raster_of(PictureRequest const& request) {
  return {{module_um_or_default(request), request.dots_per_inch}, request.paper_dots};
}

}  // namespace

std::string_view content_type_of(PictureFormat format) {
  return kContentTypes[static_cast<std::size_t>(format)];
}

PictureRequest read_picture_request(json::ObjectReader& in) {
  namespace draw = qr::draw;
  PictureRequest request;
  if (auto const use = in.optional_choice("use", {"screen", "print", "sticker", "centre_mark"}))
    request.use = static_cast<Use>(*use + 1);
  if (auto const level = in.optional_choice("level", {"L", "M", "Q", "H"}))
    request.level = static_cast<Level>(*level + 1);
  request.compact = in.optional_boolean("compact").value_or(false);
  auto const number = [&in](std::string_view name, std::int64_t min, std::int64_t max, auto& out) {
    if (auto const value = in.optional_integer(name, min, max))
      out = static_cast<std::uint32_t>(*value);
  };
  number("pixels_per_module", 1, draw::kPixelsPerModuleMax, request.pixels_per_module);
  number("module_um", draw::kModuleUmMin, draw::kModuleUmMax, request.module_um);
  number("dots_per_inch", draw::kDotsPerInchMin, draw::kDotsPerInchMax, request.dots_per_inch);
  number("paper_dots", 8, draw::kPaperDotsMax, request.paper_dots);
  if (in.optional_choice("theme", {"dark", "light"}) == 1)
    request.theme = draw::TerminalTheme::kLight;
  return request;
}

Result<std::string> draw_code(std::string_view payload, PictureRequest const& request) {
  QRPAY_TRY(Symbol const symbol, symbol_of(payload, request));
  switch (request.format) {
    case PictureFormat::kPng:
      return qr::draw::render_png(symbol, {request.pixels_per_module, request.module_um});
    case PictureFormat::kSvg:
      return qr::draw::render_svg(symbol, {.module_um = request.module_um, .title = "VietQR"});
    case PictureFormat::kPdf:
      return qr::poster::draw_symbol_pdf(symbol, {module_um_or_default(request), request.issued});
    case PictureFormat::kText:
      return qr::draw::render_terminal(symbol, request.theme) + std::string(payload) + "\n";
    case PictureFormat::kEscPos: return qr::draw::render_escpos(symbol, raster_of(request));
    case PictureFormat::kZpl: return qr::draw::render_zpl(symbol, raster_of(request));
  }
  QRPAY_CHECK(false);
}

Result<void> write_symbol(json::Writer& out, std::string_view payload,
                          PictureRequest const& request) {
  QRPAY_TRY(Symbol const symbol, symbol_of(payload, request));
  out.key("symbol").begin_object();
  out.member("version", symbol.version());
  out.member("level", level_name(symbol.level()));
  out.member("modules", symbol.width());
  out.member("quiet_zone", qr::draw::kQuietZoneModules);
  if (request.module_um != 0) {
    out.member("module_mm", qr::draw::format_mm(request.module_um));
    out.member("side_mm", qr::draw::format_mm(qr::draw::side_um(symbol, request.module_um)));
  }
  out.end_object();
  return {};
}

}  // namespace qrpay::gateway::api
