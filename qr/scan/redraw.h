// Codes seen aslant -> the same codes drawn straight. Pure; internal to qr/scan.
#pragma once

#include <vector>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// The codes whose three corners show in a binarized picture, each drawn anew: straight, three
/// pixels a module, black on white. For codes that lie far from square to the camera, which ZXing
/// 1.4 does not follow: the outlines of the corners give the perspective, and all that every code
/// of that size has in common (corners, timing, alignment) makes it exact. Whatever else looks like
/// three corners may come along: it does not read.
/// Empty for less than three and for more than 24 finder patterns. Up to some ms for each.
[[nodiscard]] std::vector<picture::GreyImage> redraw_codes(picture::GreyImage const& bits);

}  // namespace qrpay::qr::scan
