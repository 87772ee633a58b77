#include "qr/picture/webp.h"

#include <webp/decode.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qrpay::qr::picture {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kChannels = 4;

// Rec. 601, as the other formats' libraries have it, laid on white.
std::uint8_t grey_on_white(std::uint8_t const* rgba) {
  std::uint32_t const luma = (299u * rgba[0] + 587u * rgba[1] + 114u * rgba[2] + 500u) / 1'000u;
  std::uint32_t const alpha = rgba[3];
  return static_cast<std::uint8_t>((luma * alpha + 255u * (255u - alpha) + 127u) / 255u);
}

}  // namespace

base::Result<GreyImage> read_webp(base::ByteView file) {
  if (file.size() > kImageBytesMax) return fail(Errc::kImageTooLarge, "over 32 MiB");
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) {
    return fail(Errc::kImageMalformed, "not a whole WebP header");
  }
  if (features.has_animation != 0) return fail(Errc::kImageMalformed, "an animated WebP");
  GreyImage out{
      static_cast<std::uint32_t>(features.width), static_cast<std::uint32_t>(features.height), {}};
  std::uint64_t const pixels = std::uint64_t{out.width} * out.height;
  if (pixels > kImagePixelsMax) return fail(Errc::kImageTooLarge, "over 25 megapixels");
  std::vector<std::uint8_t> rgba(pixels * kChannels);
  int const row_bytes = features.width * static_cast<int>(kChannels);
  if (WebPDecodeRGBAInto(file.data(), file.size(), rgba.data(), rgba.size(), row_bytes) ==
      nullptr) {
    return fail(Errc::kImageMalformed, "the WebP's data do not decode");
  }
  out.pixels.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    out.pixels[i] = grey_on_white(rgba.data() + i * kChannels);
  }
  return out;
}

}  // namespace qrpay::qr::picture
