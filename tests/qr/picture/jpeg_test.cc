// JPEG files: every kind a camera or a press makes; caps before memory, hostile files refused.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "qr/picture/jpeg.h"
#include "tests/qr/picture/samples.h"

namespace qrpay::qr::picture {
namespace {

using base::as_bytes;
using base::Errc;

// Where the frame header's sizes stand: height, then width, big-endian.
std::size_t sizes_offset(std::string const& jpeg) {
  std::size_t at = 2;
  for (;;) {
    auto const marker = static_cast<unsigned char>(jpeg.at(at + 1));
    if (marker >= 0xC0 && marker <= 0xC2) return at + 5;
    base::ByteReader length(as_bytes(jpeg).subspan(at + 2, 2));
    at += 2 + std::size_t{length.u16()};
  }
}

std::string with_sizes(std::string jpeg, std::uint16_t width, std::uint16_t height) {
  std::string sizes;
  base::ByteWriter writer(sizes);
  writer.u16(height);
  writer.u16(width);
  return jpeg.replace(sizes_offset(jpeg), 4, sizes);
}

Errc refusal(std::string const& file) {
  auto const image = read_jpeg(as_bytes(file));
  EXPECT_FALSE(image);
  return image ? Errc::kUsage : image.error().errc;
}

TEST(Jpeg, ReadsEveryKindAsLuminance) {
  RgbImage const image = colour_ramp(61, 45);  // no multiple of 8 or 16
  for (JpegKind const kind : {JpegKind::kGrey, JpegKind::kColour, JpegKind::kRgb, JpegKind::kCmyk,
                              JpegKind::kYcck, JpegKind::kPlainCmyk}) {
    for (int const scans : {0, 10}) {
      auto const read = read_jpeg(as_bytes(jpeg_of(image, kind, scans)));
      ASSERT_TRUE(read) << to_string(read.error()) << ", kind " << static_cast<int>(kind);
      EXPECT_EQ(read->width, 61u);
      EXPECT_EQ(read->height, 45u);
      EXPECT_LT(mean_difference(*read, grey_of(image)), 2.0) << static_cast<int>(kind);
    }
  }
}

TEST(Jpeg, WritesWhatItReadsAtFullColourResolution) {
  RgbImage const image = colour_ramp(40, 30);
  auto const jpeg = write_jpeg(image, 95);
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(*jpeg, *write_jpeg(image, 95)) << "not deterministic";
  // After the sizes: three components of id, sampling factors, table.
  std::size_t const components = sizes_offset(*jpeg) + 4;
  EXPECT_EQ(jpeg->at(components), 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(jpeg->at(components + 2 + i * 3), 0x11);
  auto const read = read_jpeg(as_bytes(*jpeg));
  ASSERT_TRUE(read);
  EXPECT_LT(mean_difference(*read, grey_of(image)), 2.0);
  EXPECT_LT(write_jpeg(image, 30)->size(), jpeg->size());
}

TEST(Jpeg, RefusesToWriteWhatTheFormatCannotHold) {
  RgbImage const image = colour_ramp(8, 8);
  EXPECT_EQ(write_jpeg(image, 0).error().errc, Errc::kInvalidField);
  EXPECT_EQ(write_jpeg(image, 101).error().errc, Errc::kInvalidField);
  EXPECT_EQ(write_jpeg(colour_ramp(65'501, 1)).error().errc, Errc::kImageTooLarge);
  EXPECT_TRUE(write_jpeg(colour_ramp(65'500, 1)));
  EXPECT_EQ(write_jpeg(RgbImage{5'001, 5'000, std::vector<std::uint8_t>(5'001u * 5'000 * 3)})
                .error()
                .errc,
            Errc::kImageTooLarge);
}

TEST(Jpeg, PixelCapIsCheckedBeforeAnythingIsAllocated) {
  RgbImage const image = colour_ramp(16, 16);
  for (int const scans : {0, 10}) {
    std::string const jpeg = jpeg_of(image, JpegKind::kColour, scans);
    EXPECT_EQ(refusal(with_sizes(jpeg, 65'535, 65'535)), Errc::kImageTooLarge);
    EXPECT_EQ(refusal(with_sizes(jpeg, 65'500, 65'500)), Errc::kImageTooLarge);
    EXPECT_EQ(refusal(with_sizes(jpeg, 5'001, 5'000)), Errc::kImageTooLarge);
    EXPECT_EQ(refusal(with_sizes(jpeg, 500, 500)), Errc::kImageMalformed) << "short of data";
    EXPECT_EQ(refusal(with_sizes(jpeg, 0, 16)), Errc::kImageMalformed);
  }
  EXPECT_EQ(refusal(std::string(kImageBytesMax + 1, '\xFF')), Errc::kImageTooLarge);
}

TEST(Jpeg, RefusesHostileFiles) {
  for (std::string const& file : {std::string(), std::string("\xFF\xD8\xFF"),
                                  std::string("\xFF\xD8\xFF\xD9"), std::string(1'000, '\xFF')}) {
    EXPECT_EQ(refusal(file), Errc::kImageMalformed);
  }
}

TEST(Jpeg, EveryCutOffFileIsRefused) {
  RgbImage const image = colour_ramp(24, 16);
  for (int const scans : {0, 10}) {
    std::string const jpeg = jpeg_of(image, JpegKind::kColour, scans);
    ASSERT_TRUE(read_jpeg(as_bytes(jpeg)));
    for (std::size_t size = 0; size < jpeg.size(); ++size) {
      ASSERT_EQ(refusal(jpeg.substr(0, size)), Errc::kImageMalformed) << size;
    }
  }
}

TEST(Jpeg, TakesWhatCamerasAddAroundThePicture) {
  std::string jpeg = jpeg_of(colour_ramp(24, 16), JpegKind::kColour);
  auto const plain = read_jpeg(as_bytes(jpeg));
  ASSERT_TRUE(plain);
  jpeg += "a trailer of the camera's own";
  std::size_t const first_table = jpeg.find("\xFF\xDB");
  ASSERT_NE(first_table, std::string::npos);
  jpeg.insert(first_table, "stray");  // between two segments
  auto const read = read_jpeg(as_bytes(jpeg));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->pixels, plain->pixels);
}

TEST(Jpeg, RefusesMoreScansThanAnyEncoderWrites) {
  RgbImage const image = colour_ramp(24, 16);
  EXPECT_TRUE(read_jpeg(as_bytes(jpeg_of(image, JpegKind::kGrey, kJpegScansMax))));
  auto const refused = read_jpeg(as_bytes(jpeg_of(image, JpegKind::kGrey, kJpegScansMax + 1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (base::Error{Errc::kImageMalformed, "more than 32 scans"}));
}

TEST(Jpeg, FlippedBitsGiveAPictureOrARefusal) {
  RgbImage const image = colour_ramp(40, 24);
  std::string const files[] = {jpeg_of(image, JpegKind::kGrey), jpeg_of(image, JpegKind::kColour),
                               jpeg_of(image, JpegKind::kColour, 10),
                               jpeg_of(image, JpegKind::kYcck, 10)};
  std::size_t refusals = 0;
  for (std::string const& file : files) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      // Sizes that a flip made larger are within the cap, and may be 32,808 by 24.
      auto const read = read_jpeg(as_bytes(with_flipped_bits(file, seed)));
      if (read) {
        ASSERT_EQ(read->pixels.size(), std::size_t{read->width} * read->height);
        continue;
      }
      ++refusals;
      ASSERT_TRUE(read.error().errc == Errc::kImageMalformed ||
                  read.error().errc == Errc::kImageTooLarge)
          << to_string(read.error());
    }
  }
  EXPECT_GT(refusals, 200u);
}

}  // namespace
}  // namespace qrpay::qr::picture
