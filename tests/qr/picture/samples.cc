#include "tests/qr/picture/samples.h"

#include <algorithm>
#include <cstdio>  // jpeglib.h uses FILE and size_t without declaring them
#include <cstdlib>
#include <random>

#include <jpeglib.h>
#include <webp/encode.h>

#include "base/check.h"

namespace qrpay::qr::picture {
namespace {

bool is_four_inks(JpegKind kind) {
  return kind == JpegKind::kCmyk || kind == JpegKind::kYcck || kind == JpegKind::kPlainCmyk;
}

// The samples the encoder takes: 1, 3 or 4 a pixel.
std::vector<std::uint8_t> samples_of(RgbImage const& image, JpegKind kind) {
  if (kind == JpegKind::kGrey) return grey_of(image).pixels;
  if (!is_four_inks(kind)) return image.pixels;
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    // No black ink: cyan is the lack of red, and so on.
    bool const plain = kind == JpegKind::kPlainCmyk;
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t const light = image.pixels[i + c];
      out.push_back(plain ? static_cast<std::uint8_t>(255 - light) : light);
    }
    out.push_back(plain ? 0 : 255);
  }
  return out;
}

// DC first, then bands of one coefficient, the last with all that are left.
std::vector<jpeg_scan_info> script_of(int scans) {
  std::vector<jpeg_scan_info> script(static_cast<std::size_t>(scans));
  for (int i = 0; i < scans; ++i) {
    jpeg_scan_info& scan = script[static_cast<std::size_t>(i)];
    scan.comps_in_scan = 1;
    scan.Ss = i;
    scan.Se = i > 0 && i == scans - 1 ? 63 : i;
  }
  return script;
}

void set_colours(jpeg_compress_struct& info, JpegKind kind) {
  switch (kind) {
    case JpegKind::kGrey: jpeg_set_colorspace(&info, JCS_GRAYSCALE); break;
    case JpegKind::kColour: jpeg_set_colorspace(&info, JCS_YCbCr); break;
    case JpegKind::kRgb: jpeg_set_colorspace(&info, JCS_RGB); break;
    case JpegKind::kYcck: jpeg_set_colorspace(&info, JCS_YCCK); break;
    case JpegKind::kCmyk: jpeg_set_colorspace(&info, JCS_CMYK); break;
    case JpegKind::kPlainCmyk:
      jpeg_set_colorspace(&info, JCS_CMYK);
      info.write_Adobe_marker = FALSE;
      break;
  }
}

}  // namespace

RgbImage colour_ramp(std::uint32_t width, std::uint32_t height) {
  RgbImage image{width, height, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      image.pixels.push_back(static_cast<std::uint8_t>(255 * x / width));
      image.pixels.push_back(static_cast<std::uint8_t>(255 * y / height));
      image.pixels.push_back(static_cast<std::uint8_t>(255 - 255 * x / width));
    }
  }
  return image;
}

GreyImage grey_of(RgbImage const& image) {
  GreyImage out{image.width, image.height, {}};
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    std::uint8_t const* const rgb = image.pixels.data() + i;
    out.pixels.push_back(
        static_cast<std::uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1'000));
  }
  return out;
}

double mean_difference(GreyImage const& a, GreyImage const& b) {
  QRPAY_CHECK(a.width == b.width && a.height == b.height && a.pixels.size() == b.pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

std::string jpeg_of(RgbImage const& image, JpegKind kind, int scans) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);  // ends the process: only the test itself can be wrong here
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  std::vector<std::uint8_t> samples = samples_of(image, kind);
  info.image_width = image.width;
  info.image_height = image.height;
  info.input_components = kind == JpegKind::kGrey ? 1 : is_four_inks(kind) ? 4 : 3;
  info.in_color_space = kind == JpegKind::kGrey ? JCS_GRAYSCALE
                        : is_four_inks(kind)    ? JCS_CMYK
                                                : JCS_RGB;
  jpeg_set_defaults(&info);
  set_colours(info, kind);
  jpeg_set_quality(&info, 95, /*force_baseline=*/TRUE);
  std::vector<jpeg_scan_info> const script = script_of(scans);
  if (scans > 0 && kind == JpegKind::kGrey) {
    info.scan_info = script.data();
    info.num_scans = scans;
  } else if (scans > 0) {
    jpeg_simple_progression(&info);
  }
  jpeg_start_compress(&info, /*write_all_tables=*/TRUE);
  std::size_t const row_bytes = samples.size() / image.height;
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = samples.data() + info.next_scanline * row_bytes;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string out(reinterpret_cast<char const*>(bytes), size);
  std::free(bytes);
  return out;
}

std::string webp_of(RgbImage const& image, WebpKind kind, std::vector<std::uint8_t> const& alpha) {
  std::vector<std::uint8_t> rgba;
  for (std::size_t i = 0; i * 3 < image.pixels.size(); ++i) {
    rgba.insert(rgba.end(), image.pixels.begin() + static_cast<std::ptrdiff_t>(i * 3),
                image.pixels.begin() + static_cast<std::ptrdiff_t>(i * 3 + 3));
    rgba.push_back(alpha.empty() ? std::uint8_t{255} : alpha[i]);
  }
  int const width = static_cast<int>(image.width);
  int const height = static_cast<int>(image.height);
  std::uint8_t* bytes = nullptr;
  std::size_t const size =
      kind == WebpKind::kLossless
          ? WebPEncodeLosslessRGBA(rgba.data(), width, height, width * 4, &bytes)
          : WebPEncodeRGBA(rgba.data(), width, height, width * 4, /*quality_factor=*/95, &bytes);
  QRPAY_CHECK(size > 0);
  std::string out(reinterpret_cast<char const*>(bytes), size);
  WebPFree(bytes);
  return out;
}

std::string with_flipped_bits(std::string file, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::uint32_t const flips = 1 + engine() % 8;
  for (std::uint32_t i = 0; i < flips; ++i) {
    char& byte = file[engine() % file.size()];
    byte = static_cast<char>(byte ^ (1 << (engine() % 8)));
  }
  return file;
}

}  // namespace qrpay::qr::picture
