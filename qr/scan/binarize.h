// What a picture goes through before the library looks for codes in it. Pure; internal to qr/.
#pragma once

#include <cstddef>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// Black (0) and white (255): each pixel against the average of the 40 by 40 pixels around it, so
/// that shadows across a picture do not matter. Without contrast, the surroundings decide.
[[nodiscard]] picture::GreyImage binarize(picture::GreyImage const& image);

/// A third of the size on each side, by averages. Requires: at least 3 pixels on each side.
[[nodiscard]] picture::GreyImage shrink_by_3(picture::GreyImage const& image);

/// Stretches contrast so that the darkest and lightest hundredth of the pixels become 0 and 255.
[[nodiscard]] picture::GreyImage stretch(picture::GreyImage const& image);

/// Black and white swapped.
[[nodiscard]] picture::GreyImage invert(picture::GreyImage const& image);

/// Squares of a binarized picture that look like the three corners of a QR code: runs of 1:1:3:1:1
/// across and down. Looser than the library, which tries every three of them and so takes time by
/// the cube of their number (17 s for 1,600, which fit in 360 by 360 pixels). Stops after `limit`:
/// the answer is at most limit + 1.
[[nodiscard]] std::size_t count_finder_patterns(picture::GreyImage const& bits, std::size_t limit);

}  // namespace qrpay::qr::scan
