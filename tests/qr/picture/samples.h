// Small JPEG and WebP files made by their own libraries' encoders, for tests of the readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "qr/picture/image.h"

namespace qrpay::qr::picture {

/// Colours that run into each other both ways, so that turned, shifted or swapped shows.
RgbImage colour_ramp(std::uint32_t width, std::uint32_t height);
/// Rec. 601 of each pixel.
GreyImage grey_of(RgbImage const& image);
/// The mean difference of two pictures of one size, in steps of grey.
double mean_difference(GreyImage const& a, GreyImage const& b);

enum class JpegKind : std::uint8_t {
  kGrey = 1,
  kColour = 2,    ///< YCbCr, colour planes halved both ways
  kRgb = 3,       ///< stored as RGB
  kCmyk = 4,      ///< as Adobe stores it: turned over
  kYcck = 5,      ///< likewise
  kPlainCmyk = 6  ///< without Adobe's marker: 0 is no ink
};

/// Quality 95. `scans` of 0 is one baseline scan; otherwise progressive with that many for kGrey (2
/// to 64), or the library's own script for the others.
std::string jpeg_of(RgbImage const& image, JpegKind kind, int scans = 0);

enum class WebpKind : std::uint8_t { kLossy = 1, kLossless = 2 };
/// `alpha` holds one byte a pixel, or nothing for an opaque picture.
std::string webp_of(RgbImage const& image, WebpKind kind,
                    std::vector<std::uint8_t> const& alpha = {});

/// `file` with some of its bits turned, told by `seed` alone.
std::string with_flipped_bits(std::string file, std::uint32_t seed);

}  // namespace qrpay::qr::picture
