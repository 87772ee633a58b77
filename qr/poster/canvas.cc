#include "qr/poster/canvas.h"

#include <cairo-pdf.h>
#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/check.h"
#include "qr/poster/typeface.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;
using base::fail;

constexpr double kPointsPerMm = 72 / 25.4;
constexpr double kMetresPerInch = 0.0254;

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct DestroyContext {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using SurfacePtr = std::unique_ptr<cairo_surface_t, DestroySurface>;
using ContextPtr = std::unique_ptr<cairo_t, DestroyContext>;

base::Unexpected<base::Error> refused(cairo_status_t status) {
  return fail(Errc::kIo, std::string("cairo: ") + cairo_status_to_string(status));
}

// cairo_write_func_t; `closure` is the std::string.
cairo_status_t append_bytes(void* closure, unsigned char const* bytes, unsigned size) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<char const*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

void set_colour(cairo_t* cairo, Rgb rgb) {
  auto const part = [rgb](unsigned shift) { return ((rgb >> shift) & 0xFFu) / 255.0; };
  cairo_set_source_rgb(cairo, part(16), part(8), part(0));
}

void trace(cairo_t* cairo, Panel const& panel) {
  Box const& box = panel.box;
  double const radius = std::min({panel.radius, box.width / 2, box.height / 2});
  if (radius <= 0) {
    cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
    return;
  }
  constexpr double kQuarter = std::numbers::pi / 2;
  double const left = box.x + radius;
  double const top = box.y + radius;
  double const right = box.x + box.width - radius;
  double const bottom = box.y + box.height - radius;
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, right, top, radius, -kQuarter, 0);
  cairo_arc(cairo, right, bottom, radius, 0, kQuarter);
  cairo_arc(cairo, left, bottom, radius, kQuarter, 2 * kQuarter);
  cairo_arc(cairo, left, top, radius, 2 * kQuarter, 3 * kQuarter);
  cairo_close_path(cairo);
}

// Dark modules as one path of runs: filled at once, neighbours show no seam between them.
void trace(cairo_t* cairo, draw::Symbol const& symbol, double module) {
  constexpr auto kQuiet = static_cast<double>(draw::kQuietZoneModules);
  for (std::size_t y = 0; y < symbol.width(); ++y) {
    for (std::size_t x = 0; x < symbol.width();) {
      std::size_t const first = x;
      while (symbol.dark(x, y)) ++x;
      if (x > first) {
        cairo_rectangle(cairo, (static_cast<double>(first) + kQuiet) * module,
                        (static_cast<double>(y) + kQuiet) * module,
                        static_cast<double>(x - first) * module, module);
      } else {
        ++x;
      }
    }
  }
}

/// Paints shapes one after the other; the first error stays.
class Painter {
 public:
  /// `pixels_per_unit` is 0 for a vector surface.
  Painter(cairo_t* cairo, Typeface const& face, double pixels_per_unit)
      : cairo_(cairo), face_(face), pixels_per_unit_(pixels_per_unit) {}

  base::Result<void> paint(Drawing const& drawing) {
    set_colour(cairo_, kWhite);
    cairo_paint(cairo_);
    for (Shape const& shape : drawing.shapes) {
      if (auto const* mark = std::get_if<BrandMark>(&shape)) {
        QRPAY_CHECK(drawing.brand != nullptr);
        QRPAY_TRY_VOID(drawing.brand->draw(cairo_, mark->index, mark->box));
      } else if (auto const* symbol = std::get_if<SymbolMark>(&shape)) {
        QRPAY_TRY_VOID(paint(*symbol));
      } else if (auto const* panel = std::get_if<Panel>(&shape)) {
        paint(*panel);
      } else if (auto const* line = std::get_if<TextLine>(&shape)) {
        set_colour(cairo_, line->rgb);
        face_.show(cairo_, *line);
      }
    }
    if (cairo_status(cairo_) != CAIRO_STATUS_SUCCESS) return refused(cairo_status(cairo_));
    return {};
  }

 private:
  void paint(Panel const& panel) {
    if (panel.fill) {
      trace(cairo_, panel);
      set_colour(cairo_, *panel.fill);
      cairo_fill(cairo_);
    }
    if (panel.line) {
      trace(cairo_, panel);
      set_colour(cairo_, *panel.line);
      cairo_set_line_width(cairo_, panel.line_width);
      cairo_stroke(cairo_);
    }
  }

  base::Result<void> paint(SymbolMark const& mark) {
    double x = mark.x;
    double y = mark.y;
    double module = mark.module;
    cairo_save(cairo_);
    if (pixels_per_unit_ > 0) {
      // The little that rounding must not lose: 11.9999... pixels are 12.
      module = std::floor(mark.module * pixels_per_unit_ + 1e-6);
      if (module < 1) return fail(Errc::kInvalidField, "/dpi: a module would be under a pixel");
      x = std::round(mark.x * pixels_per_unit_);
      y = std::round(mark.y * pixels_per_unit_);
      cairo_identity_matrix(cairo_);
      cairo_set_antialias(cairo_, CAIRO_ANTIALIAS_NONE);
    }
    double const side = SymbolMark{mark.symbol, x, y, module}.side();
    cairo_translate(cairo_, x, y);
    cairo_rectangle(cairo_, 0, 0, side, side);
    set_colour(cairo_, kWhite);
    cairo_fill(cairo_);
    trace(cairo_, *mark.symbol, module);
    set_colour(cairo_, kBlack);
    cairo_fill(cairo_);
    cairo_restore(cairo_);
    return {};
  }

  cairo_t* cairo_;
  Typeface const& face_;
  double pixels_per_unit_;
};

// CRC-32 of PNG chunks (ISO 3309), bit by bit: for one chunk of 13 bytes.
std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (char const byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

std::string density_chunk(unsigned dpi) {
  auto const per_metre = static_cast<std::uint32_t>(std::lround(dpi / kMetresPerInch));
  std::string content;
  base::ByteWriter writer(content);
  writer.text("pHYs");
  writer.u32(per_metre);
  writer.u32(per_metre);
  writer.u8(1);  // the unit is the metre
  std::string chunk;
  base::ByteWriter out(chunk);
  out.u32(static_cast<std::uint32_t>(content.size() - 4));
  out.text(content);
  out.u32(crc32_of(content));
  return chunk;
}

}  // namespace

base::Result<std::string> paint_pdf(Drawing const& drawing, PdfInfo const& info) {
  QRPAY_TRY(auto const face, Typeface::shared());
  std::string out;
  SurfacePtr const surface(cairo_pdf_surface_create_for_stream(
      &append_bytes, &out, drawing.width * kPointsPerMm, drawing.height * kPointsPerMm));
  std::string const created = base::format_day(info.issued) + "T00:00:00+07:00";
  auto const set = [&](cairo_pdf_metadata_t what, std::string const& text) {
    cairo_pdf_surface_set_metadata(surface.get(), what, text.c_str());
  };
  set(CAIRO_PDF_METADATA_TITLE, info.title);
  set(CAIRO_PDF_METADATA_CREATOR, "qrpay");
  set(CAIRO_PDF_METADATA_CREATE_DATE, created);
  {
    ContextPtr const cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), kPointsPerMm, kPointsPerMm);
    QRPAY_TRY_VOID(Painter(cairo.get(), *face, /*pixels_per_unit=*/0).paint(drawing));
    cairo_show_page(cairo.get());
  }
  cairo_surface_finish(surface.get());
  cairo_status_t const status = cairo_surface_status(surface.get());
  if (status != CAIRO_STATUS_SUCCESS) return refused(status);
  return out;
}

base::Result<picture::RgbImage> paint_image(Drawing const& drawing, double pixels_per_unit) {
  QRPAY_TRY(auto const face, Typeface::shared());
  double const width = std::round(drawing.width * pixels_per_unit);
  double const height = std::round(drawing.height * pixels_per_unit);
  if (!(width >= 1 && height >= 1)) return fail(Errc::kInvalidField, "/dpi: no pixel is left");
  if (width * height > static_cast<double>(picture::kImagePixelsMax)) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  SurfacePtr const surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width),
                                                      static_cast<int>(height)));
  {
    ContextPtr const cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), pixels_per_unit, pixels_per_unit);
    QRPAY_TRY_VOID(Painter(cairo.get(), *face, pixels_per_unit).paint(drawing));
  }
  cairo_surface_flush(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    return refused(cairo_surface_status(surface.get()));
  }
  picture::RgbImage image{
      static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), {}};
  image.pixels.reserve(std::size_t{image.width} * image.height * 3);
  unsigned char const* const data = cairo_image_surface_get_data(surface.get());
  auto const stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
  for (std::size_t y = 0; y < image.height; ++y) {
    auto const* row = reinterpret_cast<std::uint32_t const*>(data + y * stride);
    for (std::size_t x = 0; x < image.width; ++x) {
      for (unsigned shift : {16u, 8u, 0u}) {
        image.pixels.push_back(static_cast<std::uint8_t>(row[x] >> shift));
      }
    }
  }
  return image;
}

base::Result<std::string> write_colour_png(picture::RgbImage const& image, unsigned dpi) {
  QRPAY_CHECK(image.width > 0 && image.height > 0);
  QRPAY_CHECK(std::uint64_t{image.width} * image.height <= picture::kImagePixelsMax);
  QRPAY_CHECK(image.pixels.size() == std::size_t{image.width} * image.height * 3);
  SurfacePtr const surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(image.width), static_cast<int>(image.height)));
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    return refused(cairo_surface_status(surface.get()));
  }
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  auto const stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
  std::uint8_t const* from = image.pixels.data();
  for (std::size_t y = 0; y < image.height; ++y) {
    auto* row = reinterpret_cast<std::uint32_t*>(data + y * stride);
    for (std::size_t x = 0; x < image.width; ++x, from += 3) {
      row[x] = (std::uint32_t{from[0]} << 16) | (std::uint32_t{from[1]} << 8) | from[2];
    }
  }
  cairo_surface_mark_dirty(surface.get());
  std::string png;
  cairo_status_t const status =
      cairo_surface_write_to_png_stream(surface.get(), &append_bytes, &png);
  if (status != CAIRO_STATUS_SUCCESS) return refused(status);
  // Signature of 8 bytes and IHDR of 25 come first, always.
  constexpr std::size_t kHeaderBytes = 33;
  QRPAY_CHECK(png.size() > kHeaderBytes);
  if (dpi > 0) png.insert(kHeaderBytes, density_chunk(dpi));
  return png;
}

}  // namespace qrpay::qr::poster
