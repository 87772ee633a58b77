// Filters that make a bad picture better before it is binarized. Pure; internal to qr/scan.
//
// All take time by the number of pixels alone, a few ns each, and no more memory than their answer
// and a few rows; so the worst picture costs what any picture of its size does.
#pragma once

#include <cstddef>

#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// Half of the size on each side, by averages of four. Requires: at least 2 pixels on each side.
[[nodiscard]] picture::GreyImage shrink_by_2(picture::GreyImage const& image);

/// A third of the size on each side, by averages. Requires: at least 3 pixels on each side.
[[nodiscard]] picture::GreyImage shrink_by_3(picture::GreyImage const& image);

/// Twice the size on each side, bilinear: modules of one or two pixels get edges in between.
[[nodiscard]] picture::GreyImage double_size(picture::GreyImage const& image);

/// Stretches contrast so that the darkest and lightest hundredth of the pixels become 0 and 255.
[[nodiscard]] picture::GreyImage stretch(picture::GreyImage const& image);

/// Each pixel with its eight neighbours, by weights 1 2 1 both ways: takes away noise.
[[nodiscard]] picture::GreyImage soften(picture::GreyImage const& image);

/// What differs from the mean of the surroundings (2 * radius + 1 pixels square) five times as
/// much: takes away blur of up to about `radius` pixels, and makes noise worse.
/// Requires: radius at most kSharpenRadiusMax.
[[nodiscard]] picture::GreyImage sharpen(picture::GreyImage const& image, std::size_t radius);
inline constexpr std::size_t kSharpenRadiusMax = 100;  ///< keeps sums within 32 bits

/// The middle one of each pixel and its eight neighbours: takes away specks and keeps edges.
[[nodiscard]] picture::GreyImage without_specks(picture::GreyImage const& image);

}  // namespace qrpay::qr::scan
