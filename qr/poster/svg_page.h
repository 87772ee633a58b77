// A Drawing as SVG for web pages, written by hand: cairo's turns every letter into paths of 100 kB.
#pragma once

#include <string>

#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {

/// An SVG of one page; a unit of the drawing is a pixel. Text stays text, in Noto Sans or what the
/// viewer has instead, stretched or squeezed to the width it was measured with. Numbers are whole
/// hundredths. Nothing is referred to outside the file. Pure. Threads: any.
/// Requires: no shape is a BrandMark, which would need its own file.
[[nodiscard]] std::string write_svg_page(Drawing const& drawing);

}  // namespace qrpay::qr::poster
