// The choice of the data mask (ISO 18004, 7.8), on two lines of modules at a time.
#pragma once

#include "qr/draw/encoder_grid.h"
#include "qr/draw/encoder_layout.h"
#include "qr/draw/symbol.h"

namespace qrpay::qr::draw {

inline constexpr unsigned kMasks = 8;

/// Finishes a symbol: tries the eight masks with their format information and leaves the one with
/// the least penalty (of equals the first) in `rows`. `columns` holds data and function patterns,
/// lines being columns. The penalty is that of table 11 as libqrencode 4.1 reads it:
///   - a run of n >= 5 modules of one colour in a line: n - 2;
///   - each 2 x 2 square of one colour: 3, overlapping ones too;
///   - runs of exactly f, f, 3f, f, f modules, dark first, for any f: 40, if there is light for
///     4f modules on one side or the other. Outside the symbol all is light;
///   - share of dark modules, rounded to whole percent: 10 for each full 5 away from 50.
/// Returns the mask. Threads: any.
unsigned finish_with_best_mask(Layout const& layout, Level level, Grid const& columns, Grid& rows);

}  // namespace qrpay::qr::draw
