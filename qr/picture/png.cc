#include "qr/picture/png.h"

#include <png.h>

#include <csetjmp>
#include <cstring>

#include "base/check.h"

namespace qrpay::qr::picture {
namespace {

using base::Errc;
using base::fail;

// Frees what libpng holds for a picture being read, on every path.
class ReadHandle {
 public:
  ReadHandle() {
    std::memset(&image_, 0, sizeof image_);
    image_.version = PNG_IMAGE_VERSION;
  }
  ~ReadHandle() { png_image_free(&image_); }
  ReadHandle(ReadHandle const&) = delete;
  ReadHandle& operator=(ReadHandle const&) = delete;
  [[nodiscard]] png_image& image() { return image_; }

 private:
  png_image image_;
};

void append_bytes(png_structp png, png_bytep bytes, png_size_t size) {
  auto* out = static_cast<std::string*>(png_get_io_ptr(png));
  out->append(reinterpret_cast<char const*>(bytes), size);
}

void flush_nothing(png_structp) {}

void ignore_warning(png_structp, png_const_charp) {}

// libpng leaves a failed call by longjmp. Nothing in this function needs a destructor, and nothing
// changed after setjmp is read after the jump.
bool write_rows(png_structp png, png_infop info, BitImage const& image) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_IHDR(png, info, image.width, image.height, /*bit_depth=*/1, PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);  // the rows repeat: zlib sees that
  // 70 us instead of 245 for a code at 8 pixels a module, and 1.4 kB instead of 0.8: a picture is
  // drawn more often than it is stored. 4 KiB of window hold dozens of its rows.
  png_set_compression_level(png, 1);
  png_set_compression_window_bits(png, 12);
  png_set_compression_mem_level(png, 5);
  png_write_info(png, info);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    png_write_row(png, image.rows.data() + y * image.row_bytes());
  }
  png_write_end(png, info);
  return true;
}

}  // namespace

base::Result<GreyImage> read_png(base::ByteView file) {
  if (file.size() > kImageBytesMax) return fail(Errc::kImageTooLarge, "over 32 MiB");
  if (file.empty()) return fail(Errc::kImageMalformed, "empty");
  ReadHandle handle;
  png_image& image = handle.image();
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
    return fail(Errc::kImageMalformed, image.message);
  }
  if (std::uint64_t{image.width} * image.height > kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  image.format = PNG_FORMAT_GRAY;
  GreyImage out{image.width, image.height, {}};
  out.pixels.resize(PNG_IMAGE_SIZE(image));
  png_color const white{255, 255, 255};
  if (png_image_finish_read(&image, &white, out.pixels.data(), /*row_stride=*/0,
                            /*colormap=*/nullptr) == 0) {
    return fail(Errc::kImageMalformed, image.message);
  }
  return out;
}

base::Result<std::string> write_png(BitImage const& image, std::uint32_t pixels_per_metre) {
  QRPAY_CHECK(image.width > 0 && image.height > 0);
  QRPAY_CHECK(image.rows.size() == image.height * image.row_bytes());
  if (std::uint64_t{image.width} * image.height > kImagePixelsMax) {
    return fail(Errc::kImageTooLarge, "over 25 megapixels");
  }
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, ignore_warning);
  QRPAY_CHECK(png != nullptr);
  png_infop info = png_create_info_struct(png);
  QRPAY_CHECK(info != nullptr);
  std::string out;
  png_set_write_fn(png, &out, append_bytes, flush_nothing);
  if (pixels_per_metre != 0) {
    png_set_pHYs(png, info, pixels_per_metre, pixels_per_metre, PNG_RESOLUTION_METER);
  }
  bool const written = write_rows(png, info, image);
  png_destroy_write_struct(&png, &info);
  QRPAY_CHECK(written);  // memory only: there is no file that could refuse
  return out;
}

}  // namespace qrpay::qr::picture
