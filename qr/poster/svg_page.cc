#include "qr/poster/svg_page.h"

#include <cmath>
#include <cstdio>
#include <string_view>

#include "base/check.h"
#include "base/markup.h"

namespace qrpay::qr::poster {
namespace {

// At most two decimals, no trailing zeros, whatever the locale.
std::string number(double value) {
  auto const hundredths = std::llround(value * 100);
  auto const magnitude = static_cast<unsigned long long>(std::llabs(hundredths));
  std::string text = (hundredths < 0 ? "-" : "") + std::to_string(magnitude / 100);
  if (auto const rest = magnitude % 100; rest != 0) {
    text += '.';
    text += static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
  }
  return text;
}

std::string colour(Rgb rgb) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "#%06x", static_cast<unsigned>(rgb & 0xFFFFFFu));
  return buffer;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void operator()(Panel const& panel) {
    Box const& box = panel.box;
    out_ += "<rect x=\"" + number(box.x) + "\" y=\"" + number(box.y) + "\" width=\"" +
            number(box.width) + "\" height=\"" + number(box.height) + "\"";
    if (panel.radius > 0) out_ += " rx=\"" + number(panel.radius) + "\"";
    out_ += " fill=\"" + (panel.fill ? colour(*panel.fill) : "none") + "\"";
    if (panel.line) {
      out_ += " stroke=\"" + colour(*panel.line) + "\" stroke-width=\"" + number(panel.line_width) +
              "\"";
    }
    out_ += "/>\n";
  }

  void operator()(TextLine const& line) {
    out_ += "<text x=\"" + number(line.x) + "\" y=\"" + number(line.baseline) + "\" font-size=\"" +
            number(line.size) + "\"";
    if (line.weight == Weight::kBold) out_ += " font-weight=\"bold\"";
    if (line.rgb != kBlack) out_ += " fill=\"" + colour(line.rgb) + "\"";
    out_ += " textLength=\"" + number(line.width) + "\" lengthAdjust=\"spacingAndGlyphs\">" +
            base::to_markup(line.text) + "</text>\n";
  }

  // One path: a run of dark modules is a rectangle, in units of modules.
  void operator()(SymbolMark const& mark) {
    draw::Symbol const& symbol = *mark.symbol;
    std::string const side = std::to_string(symbol.width() + 2 * draw::kQuietZoneModules);
    out_ += "<g transform=\"translate(" + number(mark.x) + " " + number(mark.y) + ") scale(" +
            number(mark.module) +
            ")\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side +
            "h-" + side + "z\"/><path d=\"";
    for (std::size_t y = 0; y < symbol.width(); ++y) {
      for (std::size_t x = 0; x < symbol.width(); ++x) {
        std::size_t const first = x;
        while (symbol.dark(x, y)) ++x;
        if (x == first) continue;
        std::string const run = std::to_string(x - first);
        out_ += "M" + std::to_string(first + draw::kQuietZoneModules) + " " +
                std::to_string(y + draw::kQuietZoneModules) + "h" + run + "v1h-" + run + "z";
      }
    }
    out_ += "\"/></g>\n";
  }

  void operator()(BrandMark const& /*mark*/) { QRPAY_CHECK(false); }

 private:
  std::string& out_;
};

}  // namespace

std::string write_svg_page(Drawing const& drawing) {
  std::string const width = number(drawing.width);
  std::string const height = number(drawing.height);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" +
                    height + "\" viewBox=\"0 0 " + width + " " + height +
                    "\" font-family=\"'Noto Sans',Roboto,Arial,sans-serif\">\n<rect width=\"" +
                    width + "\" height=\"" + height + "\" fill=\"#fff\"/>\n";
  Writer writer(out);
  for (Shape const& shape : drawing.shapes) std::visit(writer, shape);
  out += "</svg>\n";
  return out;
}

}  // namespace qrpay::qr::poster
