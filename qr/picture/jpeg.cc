#include "qr/picture/jpeg.h"

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h uses FILE and size_t without declaring them
#include <cstdlib>
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

#include "base/check.h"

namespace qrpay::qr::picture {
namespace {

using base::Errc;
using base::fail;

// Where the library's calls lead when they fail: it hands out the pointer to `manager`.
struct Escape {
  jpeg_error_mgr manager;
  std::jmp_buf to;
  char message[JMSG_LENGTH_MAX];
};

Escape& escape_of(j_common_ptr info) { return *reinterpret_cast<Escape*>(info->err); }

[[noreturn]] void leave(j_common_ptr info) {
  Escape& escape = escape_of(info);
  escape.manager.format_message(info, escape.message);
  std::longjmp(escape.to, 1);
}

// Warnings that say nothing about the pixels; cameras and editors cause them every day.
bool is_harmless(int code) {
  return code == JWRN_ADOBE_XFORM || code == JWRN_BOGUS_ICC || code == JWRN_EXTRANEOUS_DATA ||
         code == JWRN_JFIF_MAJOR;
}

// The library would go on after a warning with invented pixels, also past the end of the file.
void judge_message(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless(info->err->msg_code)) leave(info);
}

void print_nothing(j_common_ptr) {}

void count_scans(j_common_ptr info) {
  auto const* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= kJpegScansMax) return;
  Escape& escape = escape_of(info);
  std::snprintf(escape.message, sizeof escape.message, "more than %d scans", kJpegScansMax);
  std::longjmp(escape.to, 1);
}

void set_escape(Escape& escape) {
  jpeg_std_error(&escape.manager);
  escape.manager.error_exit = leave;
  escape.manager.emit_message = judge_message;
  escape.manager.output_message = print_nothing;
  escape.message[0] = '\0';
}

// One row of the library's CMYK. Adobe stores it turned over: 255 is no ink.
void grey_of_cmyk(std::uint8_t const* cmyk, bool turned_over, std::uint8_t* grey,
                  std::size_t width) {
  for (std::size_t x = 0; x < width; ++x, cmyk += 4) {
    auto const light = [&](std::size_t ink) -> std::uint32_t {
      return turned_over ? cmyk[ink] : 255u - cmyk[ink];
    };
    std::uint32_t const luma = 299 * light(0) + 587 * light(1) + 114 * light(2);
    grey[x] = static_cast<std::uint8_t>(luma * light(3) / (1'000 * 255));
  }
}

// A file being decoded. The functions that call the library have no local with a destructor and
// change no local after setjmp, so the jump skips nothing.
class Decoder {
 public:
  Decoder() {
    std::memset(&info_, 0, sizeof info_);
    set_escape(escape_);
    info_.err = &escape_.manager;
  }
  // Does nothing to a zeroed or half made structure.
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(Decoder const&) = delete;
  Decoder& operator=(Decoder const&) = delete;

  [[nodiscard]] bool read_header(base::ByteView file) {
    if (setjmp(escape_.to) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, file.data(), file.size());
    return jpeg_read_header(&info_, /*require_image=*/TRUE) == JPEG_HEADER_OK;
  }
  [[nodiscard]] std::uint32_t width() const { return info_.image_width; }
  [[nodiscard]] std::uint32_t height() const { return info_.image_height; }
  // The most that the format can say is more than the library takes.
  [[nodiscard]] bool is_too_large() const { return info_.err->msg_code == JERR_IMAGE_TOO_BIG; }
  [[nodiscard]] char const* message() const { return escape_.message; }

  // `pixels` has room for width() * height().
  [[nodiscard]] bool read_pixels(std::uint8_t* pixels) {
    if (setjmp(escape_.to) != 0) return false;
    progress_ = {};
    progress_.progress_monitor = count_scans;
    info_.progress = &progress_;
    bool const is_cmyk = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = is_cmyk ? JCS_CMYK : JCS_GRAYSCALE;
    jpeg_start_decompress(&info_);
    if (is_cmyk) {
      read_cmyk_rows(pixels);
    } else {
      read_grey_rows(pixels);
    }
    // Looks for the end of the file, which a file that is cut off does not have.
    return jpeg_finish_decompress(&info_) == TRUE;
  }

 private:
  void read_grey_rows(std::uint8_t* pixels) {
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = pixels + std::size_t{info_.output_scanline} * info_.output_width;
      jpeg_read_scanlines(&info_, &row, 1);
    }
  }
  void read_cmyk_rows(std::uint8_t* pixels) {
    auto* const common = reinterpret_cast<j_common_ptr>(&info_);
    JSAMPARRAY const row = info_.mem->alloc_sarray(common, JPOOL_IMAGE, info_.output_width * 4, 1);
    while (info_.output_scanline < info_.output_height) {
      std::uint8_t* const grey = pixels + std::size_t{info_.output_scanline} * info_.output_width;
      jpeg_read_scanlines(&info_, row, 1);
      grey_of_cmyk(row[0], info_.saw_Adobe_marker == TRUE, grey, info_.output_width);
    }
  }

  jpeg_decompress_struct info_;
  Escape escape_;
  jpeg_progress_mgr progress_;
};

// A file being encoded; the same rules for its functions.
class Encoder {
 public:
  Encoder() {
    std::memset(&info_, 0, sizeof info_);
    set_escape(escape_);
    info_.err = &escape_.manager;
  }
  ~Encoder() {
    jpeg_destroy_compress(&info_);
    std::free(bytes_);
  }
  Encoder(Encoder const&) = delete;
  Encoder& operator=(Encoder const&) = delete;

  [[nodiscard]] bool write(RgbImage const& image, int quality) {
    if (setjmp(escape_.to) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &bytes_, &size_);
    info_.image_width = image.width;
    info_.image_height = image.height;
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, /*force_baseline=*/TRUE);
    // The default halves the colour planes both ways; the other components are 1 by 1 already.
    info_.comp_info[0].h_samp_factor = 1;
    info_.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&info_, /*write_all_tables=*/TRUE);
    while (info_.next_scanline < info_.image_height) {
      // The library's type has no const, and it does not write.
      JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data()) +
                     std::size_t{info_.next_scanline} * info_.image_width * 3;
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }
  [[nodiscard]] std::string bytes() const { return {reinterpret_cast<char const*>(bytes_), size_}; }

 private:
  jpeg_compress_struct info_;
  Escape escape_;
  unsigned char* bytes_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

base::Result<GreyImage> read_jpeg(base::ByteView file) {
  if (file.size() > kImageBytesMax) return fail(Errc::kImageTooLarge, "over 32 MiB");
  if (file.empty()) return fail(Errc::kImageMalformed, "empty");
  Decoder decoder;
  if (!decoder.read_header(file)) {
    return fail(decoder.is_too_large() ? Errc::kImageTooLarge : Errc::kImageMalformed,
                decoder.message());
  }
  if (std::uint64_t{decoder.width()} * decoder.height() > kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  GreyImage out{decoder.width(), decoder.height(), {}};
  out.pixels.resize(std::size_t{out.width} * out.height);
  if (!decoder.read_pixels(out.pixels.data())) {
    return fail(Errc::kImageMalformed, decoder.message());
  }
  return out;
}

base::Result<std::string> write_jpeg(RgbImage const& image, int quality) {
  QRPAY_CHECK(image.width > 0 && image.height > 0);
  QRPAY_CHECK(image.pixels.size() == std::uint64_t{image.width} * image.height * 3);
  if (quality < 1 || quality > 100) return fail(Errc::kInvalidField, "/quality: not 1 to 100");
  if (std::uint64_t{image.width} * image.height > kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION) {
    return fail(Errc::kImageTooLarge, "over 65,500 pixels on a side");
  }
  Encoder encoder;
  bool const written = encoder.write(image, quality);
  QRPAY_CHECK(written);  // memory only: there is no file that could refuse
  return encoder.bytes();
}

}  // namespace qrpay::qr::picture
