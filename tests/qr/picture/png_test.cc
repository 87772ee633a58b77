// PNG files: caps before memory, hostile files refused.
#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"
#include "qr/picture/png.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::picture {
namespace {

using base::Errc;

// The PNG's header with other sizes. CRC-32 of the chunk is made right, so only the sizes are odd.
std::string with_sizes(std::string png, std::uint32_t width, std::uint32_t height) {
  std::string sizes;
  base::ByteWriter writer(sizes);
  writer.u32(width);
  writer.u32(height);
  png.replace(16, 8, sizes);
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= static_cast<unsigned char>(png[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  std::string sum;
  base::ByteWriter(sum).u32(~crc);
  return png.replace(29, 4, sum);
}

TEST(Png, PixelCapIsCheckedBeforeAnythingIsAllocated) {
  std::string const png = png_of(kStatic);
  auto const refused = read_png(base::as_bytes(with_sizes(png, 1'000'000, 1'000'000)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kImageTooLarge);
  auto const short_of_data = read_png(base::as_bytes(with_sizes(png, 5'000, 5'000)));
  ASSERT_FALSE(short_of_data);
  EXPECT_EQ(short_of_data.error().errc, Errc::kImageMalformed);
}

TEST(Png, RefusesHostileFiles) {
  std::string const png = png_of(kStatic);
  std::string const jpeg = "\xFF\xD8\xFF\xE0";
  for (std::string const& file :
       {std::string(), std::string("not a picture"), jpeg, png.substr(0, 8), png.substr(0, 40),
        with_sizes(png, 0, 10), with_sizes(png, 0xFFFFFFFFu, 1)}) {
    auto const refused = read_png(base::as_bytes(file));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kImageMalformed);
  }
  EXPECT_EQ(read_png(base::as_bytes(std::string(kImageBytesMax + 1, 'x'))).error().errc,
            Errc::kImageTooLarge);
}

TEST(Png, EveryCutOffFileIsRefusedOrWhole) {
  std::string const png = png_of(kStatic, 1);
  std::size_t const data_end = png.size() - 12;  // IEND may be lost without losing a pixel
  for (std::size_t size = 0; size < data_end - 8; ++size) {
    auto const refused = read_png(base::as_bytes(png.substr(0, size)));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().errc, Errc::kImageMalformed);
  }
}

}  // namespace
}  // namespace qrpay::qr::picture
