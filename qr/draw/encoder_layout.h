// Where everything lies in a QR symbol of one version: what is fixed, and how data fills the rest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "qr/draw/encoder_grid.h"

namespace qrpay::qr::draw {

/// A stretch of the zigzag along which data is laid (ISO 18004, 7.7.3): `rows` rows of a pair of
/// columns in which the same columns are free. Never crosses a row that is a multiple of 64.
struct Stretch {
  enum class Free : std::uint8_t { kBoth, kRight, kLeft };
  /// Two bits a row must fit in the 57 that any unaligned load of 8 bytes brings.
  static constexpr std::size_t kRowsMax = 28;

  std::uint8_t right;  ///< the right column; the left one is the one before it
  std::uint8_t top;    ///< the topmost row
  std::uint8_t rows;
  Free free;
  bool upward;
};

/// Built once per version: 17 KiB of static memory, touched for the versions that are used.
struct Layout {
  static constexpr std::size_t kStretchesMax = 850;  // version 40 has 843

  std::size_t width;
  Grid columns;       ///< function patterns and version information, turned: lines are columns
  Grid free_rows;     ///< the modules that data fills and a mask may turn; lines are rows
  Grid free_columns;  ///< the same, turned
  std::array<Stretch, kStretchesMax> stretches;
  std::size_t stretch_count;

  [[nodiscard]] std::span<Stretch const> data_order() const {
    return {stretches.data(), stretch_count};
  }
};

/// The layout of that version. The first call for a version builds it: 20 us for a small one, 90 us
/// for the largest. Valid for the life of the process. Threads: any. Requires: version 1 to 40.
[[nodiscard]] Layout const& layout_of(unsigned version);

/// The codewords of a symbol as both loads that lay_codewords() needs: as they are, and with the
/// bits of each byte in reverse order. Both have 8 bytes of zeros after the last codeword.
struct BitStream {
  std::uint8_t const* forward;
  std::uint8_t const* mirrored;
};

/// Lays a stream along the zigzag into `columns`, a copy of layout.columns.
void lay_codewords(Layout const& layout, BitStream const& stream, Grid& columns);

/// `rows` becomes `columns` with lines and places exchanged, and one line of light after the last.
void turn(Grid const& columns, std::size_t width, Grid& rows);

}  // namespace qrpay::qr::draw
