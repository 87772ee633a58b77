#include "qr/poster/poster.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "qr/draw/symbol.h"
#include "qr/poster/canvas.h"
#include "qr/poster/details.h"
#include "qr/poster/sheet.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

constexpr double kMmPerInch = 25.4;
// Office printers have 300 dots an inch or a multiple, receipt printers 8 a millimetre.
constexpr double kPrinterDpi = 300;
constexpr double kReceiptDot = 0.125;

// How much smaller text may become before the symbol gives up error correction.
constexpr double kDensities[] = {1.0, 0.92, 0.84, 0.76, 0.68, 0.6};

double dot_of(Sheet sheet, Format format, unsigned dpi) {
  if (format == Format::kPng) return kMmPerInch / dpi;
  return sheet == Sheet::kStrip80 ? kReceiptDot : kMmPerInch / kPrinterDpi;
}

base::Result<Drawing> lay_out(PosterSpec const& spec, Details const& details, Typeface const& face,
                              double dot) {
  std::shared_ptr<Brand const> const brand =
      spec.brand != nullptr && spec.brand->size() > 0 ? spec.brand : nullptr;
  using draw::Level;
  for (Level level : {draw::level_for(draw::Use::kSticker), Level::kQ, Level::kM}) {
    auto symbol = draw::make_symbol(spec.payload, {.level = level});
    if (!symbol) return base::Unexpected(symbol.error());
    auto const shared = std::make_shared<draw::Symbol const>(*std::move(symbol));
    for (double const density : kDensities) {
      Matter const matter{face, details, shared, brand, dot, density};
      QRPAY_TRY(auto drawing, lay_out_sheet(matter, spec.sheet));
      if (drawing) return *std::move(drawing);
    }
  }
  return fail(Errc::kInvalidField, "/sheet: too small for this code and text");
}

}  // namespace

base::Result<std::string> draw_poster(PosterSpec const& spec, Format format, unsigned dpi) {
  if (format == Format::kPng && (dpi < kDpiMin || dpi > kDpiMax)) {
    return fail(Errc::kInvalidField, "/dpi: not 72 to 600");
  }
  QRPAY_TRY(auto const face, Typeface::shared());
  QRPAY_TRY(Details const details, poster_details(spec, *face));
  QRPAY_TRY(Drawing const drawing, lay_out(spec, details, *face, dot_of(spec.sheet, format, dpi)));
  if (format == Format::kPdf) {
    return paint_pdf(drawing, {details.headline + " - " + details.shop_name, spec.issued});
  }
  QRPAY_TRY(picture::RgbImage const image, paint_image(drawing, dpi / kMmPerInch));
  return write_colour_png(image, dpi);
}

}  // namespace qrpay::qr::poster
