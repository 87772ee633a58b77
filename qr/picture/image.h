// Pictures in memory, and the most that anybody may hand us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qrpay::qr::picture {

/// Most pixels of a picture, read or written: 25 megapixels, a good phone camera. As 8-bit
/// luminance this is also the most memory one picture may take.
inline constexpr std::uint64_t kImagePixelsMax = 25'000'000;
/// Longest file read. A PNG of noise at kImagePixelsMax in 8-bit grey is just about this long.
inline constexpr std::size_t kImageBytesMax = 32u << 20;

/// 8-bit luminance, row by row, 0 for black; pixels.size() == width * height.
struct GreyImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> pixels;
};

/// Red, green, blue in 8 bits each, row by row; pixels.size() == width * height * 3.
struct RgbImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> pixels;
};

/// One bit a pixel, rows padded to whole bytes, the leftmost pixel in the highest bit, 1 for white.
struct BitImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rows;  ///< height * row_bytes()
  [[nodiscard]] std::size_t row_bytes() const { return (std::size_t{width} + 7) / 8; }
};

}  // namespace qrpay::qr::picture
