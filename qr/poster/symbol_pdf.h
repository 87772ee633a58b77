// A bare symbol as PDF, for those who lay out their own print.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/time_text.h"
#include "qr/draw/print_size.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::poster {

struct SymbolPdf {
  /// Side of a module in micrometres, draw::kModuleUmMin to draw::kModuleUmMax.
  std::uint32_t module_um = draw::kModuleUmDefault;
  base::Day issued;  ///< becomes the creation date: no clock is read
};

/// A page of (width + 8) modules on a side, quiet zone included, black on white, vector. Edges are
/// exact to 1/256 point (1.4 micrometres) and do not add up. Deterministic. Under a millisecond.
/// Threads: any.
/// Errors: kInvalidField, "/module_um: ..."; those of paint_pdf().
[[nodiscard]] base::Result<std::string> draw_symbol_pdf(draw::Symbol const& symbol,
                                                        SymbolPdf const& options);

}  // namespace qrpay::qr::poster
