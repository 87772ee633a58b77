// WebP files: lossy, lossless, with alpha; caps before memory, hostile files refused.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "qr/picture/webp.h"
#include "tests/qr/picture/samples.h"

namespace qrpay::qr::picture {
namespace {

using base::as_bytes;
using base::Errc;

// A file of one chunk; all numbers are little-endian.
std::string riff(std::string_view chunk, std::string const& data) {
  auto const little = [](std::size_t number) {
    std::string bytes;
    for (int i = 0; i < 4; ++i, number >>= 8) bytes += static_cast<char>(number & 0xFF);
    return bytes;
  };
  return "RIFF" + little(4 + 8 + data.size()) + "WEBP" + std::string(chunk) + little(data.size()) +
         data;
}

// Flags, then the canvas: 24 bits each for its sides less one.
std::string extended(char flags, std::string_view sides) {
  return riff("VP8X", std::string(1, flags) + std::string(3, '\0') + std::string(sides));
}

// A lossless file with other sizes: 14 bits each for its sides less one, after one byte.
std::string with_sizes(std::string webp, std::uint32_t width, std::uint32_t height) {
  std::uint32_t sizes = (width - 1) | (height - 1) << 14;
  std::size_t const at = webp.find("VP8L") + 9;
  std::uint32_t const alpha_and_version = static_cast<unsigned char>(webp.at(at + 3)) >> 4;
  sizes |= alpha_and_version << 28;
  for (std::size_t i = 0; i < 4; ++i) {
    webp.at(at + i) = static_cast<char>((sizes >> (8 * i)) & 0xFF);
  }
  return webp;
}

Errc refusal(std::string const& file) {
  auto const image = read_webp(as_bytes(file));
  EXPECT_FALSE(image);
  return image ? Errc::kUsage : image.error().errc;
}

TEST(Webp, ReadsLossyAndLosslessAsLuminance) {
  RgbImage const image = colour_ramp(61, 45);
  auto const lossless = read_webp(as_bytes(webp_of(image, WebpKind::kLossless)));
  ASSERT_TRUE(lossless) << to_string(lossless.error());
  EXPECT_EQ(lossless->width, 61u);
  EXPECT_EQ(lossless->height, 45u);
  EXPECT_EQ(lossless->pixels, grey_of(image).pixels);
  auto const lossy = read_webp(as_bytes(webp_of(image, WebpKind::kLossy)));
  ASSERT_TRUE(lossy) << to_string(lossy.error());
  EXPECT_LT(mean_difference(*lossy, grey_of(image)), 3.0);
}

TEST(Webp, LaysTransparentPartsOnWhite) {
  RgbImage const black{4, 1, std::vector<std::uint8_t>(12, 0)};
  for (WebpKind const kind : {WebpKind::kLossless, WebpKind::kLossy}) {
    auto const read = read_webp(as_bytes(webp_of(black, kind, {255, 0, 128, 255})));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->pixels, (std::vector<std::uint8_t>{0, 255, 127, 0}));
  }
}

TEST(Webp, RefusesAnimationsByName) {
  std::string const animation = extended(0x02, std::string_view("\x0F\0\0\x0F\0\0", 6));
  auto const refused = read_webp(as_bytes(animation));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (base::Error{Errc::kImageMalformed, "an animated WebP"}));
}

TEST(Webp, PixelCapIsCheckedBeforeAnythingIsAllocated) {
  std::string const webp = webp_of(colour_ramp(16, 16), WebpKind::kLossless);
  EXPECT_EQ(with_sizes(webp, 16, 16), webp);
  EXPECT_EQ(refusal(with_sizes(webp, 16'384, 16'384)), Errc::kImageTooLarge);
  EXPECT_EQ(refusal(with_sizes(webp, 5'001, 5'000)), Errc::kImageTooLarge);
  EXPECT_EQ(refusal(with_sizes(webp, 5'000, 5'000)), Errc::kImageMalformed) << "short of data";
  EXPECT_EQ(refusal(std::string(kImageBytesMax + 1, 'R')), Errc::kImageTooLarge);
}

TEST(Webp, RefusesHostileFiles) {
  for (std::string const& file :
       {std::string(), std::string("RIFF"), std::string("RIFF\x04\0\0\0WEBP", 12), riff("VP8 ", ""),
        riff("VP8L", "/"), extended(0, std::string_view("\xFF\xFF\xFF", 3)),
        extended(0, "\xFF\xFF\xFF\xFF\xFF\xFF"), std::string(1'000, '\xFF')}) {
    EXPECT_EQ(refusal(file), Errc::kImageMalformed);
  }
}

TEST(Webp, EveryCutOffFileIsRefused) {
  RgbImage const image = colour_ramp(24, 16);
  std::vector<std::uint8_t> const alpha(24 * 16, 200);
  for (std::string const& webp :
       {webp_of(image, WebpKind::kLossless), webp_of(image, WebpKind::kLossy),
        webp_of(image, WebpKind::kLossy, alpha)}) {
    ASSERT_TRUE(read_webp(as_bytes(webp)));
    std::size_t const pad = webp.ends_with('\0') ? 1 : 0;  // to an even size: says nothing
    for (std::size_t size = 0; size < webp.size() - pad; ++size) {
      ASSERT_EQ(refusal(webp.substr(0, size)), Errc::kImageMalformed) << size;
    }
  }
}

TEST(Webp, FlippedBitsGiveAPictureOrARefusal) {
  RgbImage const image = colour_ramp(40, 24);
  std::vector<std::uint8_t> const alpha(40 * 24, 200);
  std::size_t refusals = 0;
  for (std::string const& file :
       {webp_of(image, WebpKind::kLossless), webp_of(image, WebpKind::kLossy),
        webp_of(image, WebpKind::kLossy, alpha)}) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      auto const read = read_webp(as_bytes(with_flipped_bits(file, seed)));
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
  EXPECT_GT(refusals, 100u);
}

}  // namespace
}  // namespace qrpay::qr::picture
