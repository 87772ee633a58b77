// Any file as a picture: told by what it is, refused by name.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "qr/picture/jpeg.h"
#include "qr/picture/read.h"
#include "tests/qr/drawn.h"
#include "tests/qr/picture/samples.h"

namespace qrpay::qr::picture {
namespace {

using base::as_bytes;
using base::Errc;

RgbImage rgb_of(GreyImage const& grey) {
  RgbImage out{grey.width, grey.height, {}};
  for (std::uint8_t const luma : grey.pixels) out.pixels.insert(out.pixels.end(), 3, luma);
  return out;
}

TEST(ReadPicture, ReadsOneSymbolFromEveryFormat) {
  GreyImage const drawn = image_of(kStatic, 4);
  RgbImage const rgb = rgb_of(drawn);
  for (std::string const& file :
       {png_of(kStatic, 4), *write_jpeg(rgb), jpeg_of(rgb, JpegKind::kColour, 10),
        webp_of(rgb, WebpKind::kLossless), webp_of(rgb, WebpKind::kLossy)}) {
    auto const read = read_picture(as_bytes(file));
    ASSERT_TRUE(read) << to_string(read.error());
    ASSERT_EQ(read->pixels.size(), drawn.pixels.size());
    for (std::size_t i = 0; i < drawn.pixels.size(); ++i) {
      ASSERT_EQ(read->pixels[i] < 128, drawn.pixels[i] < 128) << i;
    }
  }
}

TEST(ReadPicture, NamesWhatItReadsWhenItIsNothingOfThat) {
  std::string const wave("RIFF\x24\0\0\0WAVEfmt ", 16);
  for (std::string const& file :
       {std::string(), std::string("x"), std::string("GIF89a"), std::string("%PDF-1.7"),
        std::string("<svg/>"), std::string("BM"), std::string("RIFF"), std::string("RIFFWEBP"),
        std::string("\x89PNG"), std::string("\xFF\xD8"), wave}) {
    auto const refused = read_picture(as_bytes(file));
    ASSERT_FALSE(refused) << file;
    EXPECT_EQ(refused.error(), (base::Error{Errc::kImageMalformed, "not PNG, JPEG or WebP"}));
  }
}

TEST(ReadPicture, RefusesAFormatsFirstBytesAlone) {
  for (std::string const& file : {std::string("\x89PNG\r\n\x1A\n"), std::string("\xFF\xD8\xFF"),
                                  std::string("RIFF\x04\0\0\0WEBP", 12)}) {
    auto const refused = read_picture(as_bytes(file));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc, Errc::kImageMalformed);
    EXPECT_NE(refused.error().detail, "not PNG, JPEG or WebP");
  }
}

}  // namespace
}  // namespace qrpay::qr::picture
