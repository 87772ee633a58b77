#include "qr/draw/svg.h"

#include <algorithm>

#include "base/markup.h"
#include "base/text.h"
#include "qr/draw/print_size.h"

namespace qrpay::qr::draw {
namespace {

using base::Errc;
using base::fail;

// Of what UTF-8 can say, XML 1.0 knows no control character but blank ones, and not U+FFFE, U+FFFF.
bool is_xml_text(std::string_view text) {
  if (!base::is_utf8(text)) return false;
  bool const has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  return !has_control && text.find("\xEF\xBF\xBE") == std::string_view::npos &&
         text.find("\xEF\xBF\xBF") == std::string_view::npos;
}

void append_move(std::string& out, char command, std::ptrdiff_t dx, std::ptrdiff_t dy) {
  out += command;
  out += std::to_string(dx);
  out += ' ';
  out += std::to_string(dy);
}

// One closed rectangle for each run of dark modules, each begun from the corner of the last: after
// `z` the pen is back where its rectangle began.
void append_runs(std::string& out, Symbol const& symbol) {
  std::ptrdiff_t pen_x = 0;
  std::ptrdiff_t pen_y = 0;
  for (std::size_t y = 0; y < symbol.width(); ++y) {
    for (std::size_t x = 0; x < symbol.width();) {
      if (!symbol.dark(x, y)) {
        ++x;
        continue;
      }
      std::size_t const first = x;
      while (symbol.dark(x, y)) ++x;
      auto const run_x = static_cast<std::ptrdiff_t>(first + kQuietZoneModules);
      auto const run_y = static_cast<std::ptrdiff_t>(y + kQuietZoneModules);
      append_move(out, 'm', run_x - pen_x, run_y - pen_y);
      std::string const length = std::to_string(x - first);
      out += 'h' + length + "v1h-" + length + 'z';
      pen_x = run_x;
      pen_y = run_y;
    }
  }
}

}  // namespace

base::Result<std::string> render_svg(Symbol const& symbol, SvgOptions const& options) {
  if (options.module_um != 0 &&
      (options.module_um < kModuleUmMin || options.module_um > kModuleUmMax)) {
    return fail(Errc::kInvalidField, "/module_um: not 100 to 50000");
  }
  if (options.title.size() > kSvgTitleBytesMax || !is_xml_text(options.title)) {
    return fail(Errc::kInvalidField, "/title: over 512 bytes, or not text that XML can hold");
  }
  std::string const side = std::to_string(symbol.width() + 2 * kQuietZoneModules);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
  if (options.module_um != 0) {
    std::string const mm = format_mm(side_um(symbol, options.module_um)) + "mm";
    out += " width=\"" + mm + "\" height=\"" + mm + '"';
  }
  out += " viewBox=\"0 0 " + side + ' ' + side + "\" shape-rendering=\"crispEdges\">";
  if (!options.title.empty()) {
    out += "<title>";
    base::append_markup(out, options.title);
    out += "</title>";
  }
  // The colours are said, so that a page's own style for SVG cannot turn them round by inheritance.
  out += "<rect width=\"" + side + "\" height=\"" + side + "\" fill=\"#fff\"/>";
  out += "<path fill=\"#000\" d=\"";
  append_runs(out, symbol);
  return out + "\"/></svg>\n";
}

}  // namespace qrpay::qr::draw
