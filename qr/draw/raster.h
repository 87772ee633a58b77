// A symbol for thermal printers, in the two languages they speak: ESC/POS (receipts) and ZPL
// (labels). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "qr/draw/print_size.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

/// What the head of a 203 dpi receipt printer reaches on its roll. At 180 dpi it is 360 and 512.
inline constexpr std::uint32_t kPaperDots58mm = 384;
inline constexpr std::uint32_t kPaperDots80mm = 576;
/// Labels of four inches at 300 dpi.
inline constexpr std::uint32_t kPaperDotsMax = 1'248;

struct RasterOptions {
  PrintTarget target;
  /// The printable width, in whole bytes: a multiple of 8, at most kPaperDotsMax.
  std::uint32_t paper_dots = kPaperDots80mm;
};

/// The symbol with its quiet zone in the middle of the paper's width, as bit images over that whole
/// width (GS v 0, normal size). They are cut into bands, which print without a gap between them.
/// Bytes to send between others of a receipt: resets nothing, changes no setting, and neither feeds
/// nor cuts. Deterministic. Threads: any.
/// Errors: kInvalidField, those of print_size(), paper_dots is not as above, or the symbol with its
///   quiet zone is wider than the paper.
[[nodiscard]] base::Result<std::string> render_escpos(Symbol const& symbol,
                                                      RasterOptions const& options = {});

/// One whole label, ^XA to ^XZ, with one graphic field (^GFA) at the top in the middle of the
/// paper's width, in hexadecimal with ZPL's own shortening of repeats. Sets neither the label's
/// length nor its width. Deterministic. Threads: any.
/// Errors: as render_escpos(); also over 99,999 bytes of dots, the most a field holds.
[[nodiscard]] base::Result<std::string> render_zpl(Symbol const& symbol,
                                                   RasterOptions const& options = {});

}  // namespace qrpay::qr::draw
