// A plan and its text -> the modules of a QR model 2 symbol: bit for bit those of libqrencode 4.1,
// many times faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "qr/draw/encoder_grid.h"
#include "qr/draw/plan.h"

namespace qrpay::qr::draw {

/// A drawn symbol, its lines being rows: rows.dark(x, y) for x and y below the width.
struct EncodedSymbol {
  std::size_t width;  ///< modules on a side
  unsigned mask;      ///< 0 to 7: which of the masks was chosen
  Grid rows;

  /// width * width modules row by row, 1 for dark.
  [[nodiscard]] std::vector<std::uint8_t> modules() const;
};

/// Draws `text` as `plan` says, with the mask that ISO/IEC 18004 chooses. Deterministic.
/// Requires: a plan of plan_symbol() for this very text.
/// Cost: on one core about 10 us for a byte segment of 150 bytes at M, 110 us for 2,000; allocates
/// nothing. The first symbol of a version builds its tables: 20 to 90 us, 17 KiB for each version
/// and 8 KiB for each length of error correction, kept for the life of the process (0.8 MiB when
/// all have been used). Threads: any.
[[nodiscard]] EncodedSymbol encode(std::string_view text, Plan const& plan);

}  // namespace qrpay::qr::draw
