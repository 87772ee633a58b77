// Grey -> black and white, which is what the library looks for codes in. Pure; internal to qr/scan.
#pragma once

#include <cstddef>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

inline constexpr std::size_t kRadiusTilesDefault = 2;

/// Black (0) and white (255): each pixel against the average around its tile of 8 by 8 pixels, so
/// that shadows across a picture do not matter: 2 * radius_tiles + 1 tiles both ways, 40 by 40
/// pixels by default. Without contrast, the surroundings decide.
[[nodiscard]] picture::GreyImage binarize(picture::GreyImage const& image,
                                          std::size_t radius_tiles = kRadiusTilesDefault);

/// Black and white (or dark and light) swapped, in place.
void invert(picture::GreyImage& image);

}  // namespace qrpay::qr::scan
