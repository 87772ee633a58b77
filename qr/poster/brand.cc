#include "qr/poster/brand.h"

#include <librsvg/rsvg.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/files.h"
#include "qr/poster/drawing.h"

namespace qrpay::qr::poster {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::fail;

struct Unreference {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
};
using HandlePtr = std::unique_ptr<RsvgHandle, Unreference>;

constexpr double kAspectMax = 10;

struct Mark {
  std::string name;
  HandlePtr handle;
  double aspect = 1;
};

// Names of the SVG files of `directory`, sorted.
base::Result<std::vector<std::string>> list_marks(std::string const& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::size_t files = 0;
  fs::directory_iterator it(directory, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    if (++files > kBrandFilesMax) return fail(Errc::kTooLarge, "over 64 files in the folder");
    std::string name = it->path().filename().string();
    if (name.ends_with(".svg")) names.push_back(std::move(name));
  }
  if (error) return fail(Errc::kIo, "brand folder: " + error.message());
  if (names.size() > kBrandMarksMax) return fail(Errc::kTooLarge, "over 4 marks in the folder");
  std::sort(names.begin(), names.end());
  return names;
}

// Width over height, or 0 when the file gives no usable sizes.
double aspect_of(RsvgHandle* handle) {
  gboolean has_width = 0;
  gboolean has_height = 0;
  gboolean has_box = 0;
  RsvgLength width{};
  RsvgLength height{};
  RsvgRectangle box{};
  rsvg_handle_get_intrinsic_dimensions(handle, &has_width, &width, &has_height, &height, &has_box,
                                       &box);
  if (has_box != 0) return box.width > 0 && box.height > 0 ? box.width / box.height : 0;
  double pixels_x = 0;
  double pixels_y = 0;
  if (rsvg_handle_get_intrinsic_size_in_pixels(handle, &pixels_x, &pixels_y) == 0) return 0;
  return pixels_x > 0 && pixels_y > 0 ? pixels_x / pixels_y : 0;
}

base::Result<Mark> read_mark(std::string const& directory, std::string const& name) {
  std::string const path = directory + "/" + name;
  std::error_code error;
  // A FIFO or a device would be waited for.
  if (!fs::is_regular_file(path, error)) return fail(Errc::kIo, name + ": not a regular file");
  auto const size = fs::file_size(path, error);
  if (error) return fail(Errc::kIo, name + ": " + error.message());
  if (size > kBrandBytesMax) return fail(Errc::kImageTooLarge, name + ": over 256 KiB");
  auto text = base::read_file(path, kBrandBytesMax);
  if (!text) return fail(text.error().errc, name + ": not readable");
  if (auto const allowed = check_brand_text(*text); !allowed) {
    return fail(allowed.error().errc, name + ": " + allowed.error().detail);
  }
  // No base address is set: the library then loads nothing from anywhere, whatever the text says.
  auto const* bytes = reinterpret_cast<guint8 const*>(text->data());
  HandlePtr handle(rsvg_handle_new_from_data(bytes, text->size(), /*error=*/nullptr));
  if (handle == nullptr) return fail(Errc::kImageMalformed, name + ": not an SVG file");
  double const aspect = aspect_of(handle.get());
  if (!(aspect >= 1 / kAspectMax && aspect <= kAspectMax)) {
    return fail(Errc::kImageMalformed, name + ": no viewBox, or one that is a mere line");
  }
  return Mark{name, std::move(handle), aspect};
}

}  // namespace

struct Brand::Marks {
  std::mutex mutex;  // librsvg's handles are drawn by one thread at a time
  std::vector<Mark> all;
};

Brand::Brand() : marks_(std::make_unique<Marks>()) {}
Brand::~Brand() = default;

base::Result<std::shared_ptr<Brand const>> Brand::load(std::string const& directory) {
  QRPAY_TRY(auto const names, list_marks(directory));
  std::shared_ptr<Brand> brand(new Brand);
  for (std::string const& name : names) {
    QRPAY_TRY(Mark mark, read_mark(directory, name));
    brand->marks_->all.push_back(std::move(mark));
  }
  return std::shared_ptr<Brand const>(std::move(brand));
}

std::size_t Brand::size() const { return marks_->all.size(); }

double Brand::aspect(std::size_t index) const {
  QRPAY_CHECK(index < size());
  return marks_->all[index].aspect;
}

base::Result<void> Brand::draw(cairo_t* cairo, std::size_t index, Box const& box) const {
  QRPAY_CHECK(index < size());
  Mark const& mark = marks_->all[index];
  std::lock_guard const lock(marks_->mutex);
  RsvgRectangle const viewport{box.x, box.y, box.width, box.height};
  cairo_save(cairo);
  cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
  cairo_clip(cairo);
  gboolean const drawn =
      rsvg_handle_render_document(mark.handle.get(), cairo, &viewport, /*error=*/nullptr);
  cairo_restore(cairo);
  if (drawn == 0 || cairo_status(cairo) != CAIRO_STATUS_SUCCESS) {
    return fail(Errc::kImageMalformed, mark.name + ": cannot be drawn");
  }
  return {};
}

}  // namespace qrpay::qr::poster
