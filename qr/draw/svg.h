// A symbol as SVG: one rectangle, one path. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

/// A sentence for a screen reader, not a document.
inline constexpr std::size_t kSvgTitleBytesMax = 512;

struct SvgOptions {
  /// Side of a module in micrometres, kModuleUmMin to kModuleUmMax, printed as the picture's size
  /// in mm; 0 for no size at all, which fills whatever the picture is put into.
  std::uint32_t module_um = 0;
  /// What a screen reader says and a pointer shows; UTF-8, escaped here; empty for none.
  std::string_view title = {};
};

/// SVG 1.1 in UTF-8, quiet zone included, one unit a module: a white square, and the dark modules
/// as one path of horizontal runs, so that nothing shows between neighbours however it is scaled.
/// Safe to put into a page as it is: no id, style, script or reference. Deterministic; 6 kB for a
/// static payload, 8 kB for a dynamic one. Threads: any.
/// Errors: kInvalidField, module_um is out of range, or the title is over kSvgTitleBytesMax, not
///   UTF-8, or holds a character that XML cannot.
[[nodiscard]] base::Result<std::string> render_svg(Symbol const& symbol,
                                                   SvgOptions const& options = {});

}  // namespace qrpay::qr::draw
