// The squares of a picture that look like the corners of QR codes. Pure; internal to qr/scan.
#pragma once

#include <cstddef>
#include <vector>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

struct FinderPattern {
  int x;     ///< of the middle
  int y;     ///< likewise
  int size;  ///< across, along the row
};

/// Squares of a binarized picture that look like the three corners of a QR code: runs of 1:1:3:1:1
/// across and down. Looser than the library, which tries every three of them and so takes time by
/// the cube of their number (17 s for 1,600, which fit in 360 by 360 pixels). Every third row is
/// looked at, as the library does: the middle of a square is three modules high. Stops after
/// `limit`: the answer has at most limit + 1.
[[nodiscard]] std::vector<FinderPattern> find_finder_patterns(picture::GreyImage const& bits,
                                                              std::size_t limit);

/// How many there are.
[[nodiscard]] std::size_t count_finder_patterns(picture::GreyImage const& bits, std::size_t limit);

}  // namespace qrpay::qr::scan
