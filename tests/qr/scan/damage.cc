#include "tests/qr/scan/damage.h"

#include <stdio.h>
// jpeglib.h needs FILE from <stdio.h>.
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "base/check.h"
#include "qr/build.h"

namespace qrpay::qr::scan {
namespace {

using picture::GreyImage;

constexpr double kPaper = 255;

// Grey levels that do not end at 0 and 255.
struct Canvas {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<double> levels;
  [[nodiscard]] double& at(std::size_t x, std::size_t y) { return levels[y * width + x]; }
};

struct Point {
  double x;
  double y;
};

// The map of the plane that takes the unit square to four corners, and its inverse.
class Projection {
 public:
  // Corners from the top left, clockwise.
  explicit Projection(std::array<Point, 4> const& c) {
    double const dx1 = c[1].x - c[2].x;
    double const dx2 = c[3].x - c[2].x;
    double const dy1 = c[1].y - c[2].y;
    double const dy2 = c[3].y - c[2].y;
    double const sx = c[0].x - c[1].x + c[2].x - c[3].x;
    double const sy = c[0].y - c[1].y + c[2].y - c[3].y;
    double const area = dx1 * dy2 - dx2 * dy1;
    double const g = (sx * dy2 - dx2 * sy) / area;
    double const h = (dx1 * sy - sx * dy1) / area;
    forth_ = {c[1].x - c[0].x + g * c[1].x,
              c[3].x - c[0].x + h * c[3].x,
              c[0].x,
              c[1].y - c[0].y + g * c[1].y,
              c[3].y - c[0].y + h * c[3].y,
              c[0].y,
              g,
              h,
              1};
    auto const& m = forth_;
    back_ = {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
             m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
             m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  }
  [[nodiscard]] Point to_square(Point p) const {
    auto const& m = back_;
    double const w = m[6] * p.x + m[7] * p.y + m[8];
    return {(m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w};
  }

 private:
  std::array<double, 9> forth_{};
  std::array<double, 9> back_{};
};

std::array<Point, 4> corners_of(DamagePlan const& plan, double side) {
  double const inset = side * plan.tilt / 2;
  double const near = side * (1 - plan.tilt / 2);
  std::array<Point, 4> corners = {{{inset, 0}, {side - inset, 0}, {side, near}, {0, near}}};
  double const angle = plan.turn_degrees * std::numbers::pi / 180;
  Point least{1e9, 1e9};
  for (Point& p : corners) {
    p = {p.x * std::cos(angle) - p.y * std::sin(angle),
         p.x * std::sin(angle) + p.y * std::cos(angle)};
    least = {std::min(least.x, p.x), std::min(least.y, p.y)};
  }
  for (Point& p : corners) p = {p.x - least.x, p.y - least.y};
  return corners;
}

bool is_dark(draw::Symbol const& symbol, DamagePlan const& plan, Point square) {
  double const width = static_cast<double>(symbol.width());
  double const all = width + 2 * plan.quiet_modules;
  double const x = square.x * all - plan.quiet_modules;
  double const y = square.y * all - plan.quiet_modules;
  if (x < 0 || y < 0 || x >= width || y >= width) return false;
  double const half = plan.white_square * width / 2;
  if (std::abs(x - width / 2) < half && std::abs(y - width / 2) < half) return false;
  return symbol.dark(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
}

// Each pixel is the mean of 4 by 4 points.
Canvas project(draw::Symbol const& symbol, DamagePlan const& plan) {
  constexpr int kPoints = 4;
  double const modules = static_cast<double>(symbol.width()) + 2 * plan.quiet_modules;
  auto const corners = corners_of(plan, modules * plan.pixels_per_module);
  Projection const projection(corners);
  Point most{1, 1};
  for (Point const p : corners) most = {std::max(most.x, p.x), std::max(most.y, p.y)};
  Canvas out{static_cast<std::size_t>(std::lround(most.x)),
             static_cast<std::size_t>(std::lround(most.y)),
             {}};
  out.levels.resize(out.width * out.height);
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      int light = 0;
      for (int i = 0; i < kPoints * kPoints; ++i) {
        Point const p{static_cast<double>(x) + (i % kPoints + 0.5) / kPoints,
                      static_cast<double>(y) + (i / kPoints + 0.5) / kPoints};
        if (!is_dark(symbol, plan, projection.to_square(p))) ++light;
      }
      out.at(x, y) = kPaper * light / (kPoints * kPoints);
    }
  }
  return out;
}

// Along x: the mean over `step` old pixels for each new one. The picture comes back turned over
// its diagonal, so that two calls do both directions.
Canvas shrink_and_flip(Canvas const& image, double step, double phase) {
  auto const size = static_cast<std::size_t>(static_cast<double>(image.width) / step);
  Canvas out{image.height, size, std::vector<double>(image.height * size)};
  for (std::size_t i = 0; i < size; ++i) {
    double const from = std::max((static_cast<double>(i) - phase) * step, 0.0);
    double const to =
        std::min((static_cast<double>(i + 1) - phase) * step, static_cast<double>(image.width));
    for (std::size_t y = 0; y < image.height; ++y) {
      double sum = 0;
      for (auto x = static_cast<std::size_t>(from); static_cast<double>(x) < to; ++x) {
        double const left = std::max(from, static_cast<double>(x));
        double const right = std::min(to, static_cast<double>(x + 1));
        sum += (right - left) * image.levels[y * image.width + x];
      }
      out.at(y, i) = sum / (to - from);
    }
  }
  return out;
}

// Along x with an odd kernel; what is outside is like the edge. Turned over like the above.
Canvas filter_and_flip(Canvas const& image, std::vector<double> const& kernel) {
  Canvas out{image.height, image.width, std::vector<double>(image.levels.size())};
  auto const radius = static_cast<std::ptrdiff_t>(kernel.size() / 2);
  auto const last = static_cast<std::ptrdiff_t>(image.width) - 1;
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      double sum = 0;
      for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
        auto const from = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(x) + k, 0, last);
        sum += kernel[static_cast<std::size_t>(k + radius)] *
               image.levels[y * image.width + static_cast<std::size_t>(from)];
      }
      out.at(y, x) = sum;
    }
  }
  return out;
}

std::vector<double> gaussian(double deviation) {
  auto const radius = static_cast<int>(std::ceil(3 * deviation));
  std::vector<double> kernel;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    kernel.push_back(std::exp(-i * i / (2 * deviation * deviation)));
    sum += kernel.back();
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

// A smear of any length: whole pixels, and what is left over at both ends.
std::vector<double> smear(double length) {
  auto const radius = static_cast<std::size_t>(std::ceil((length - 1) / 2));
  std::vector<double> kernel(2 * radius + 1, 1 / length);
  if (radius > 0) {
    double const end = (length - static_cast<double>(2 * radius - 1)) / 2 / length;
    kernel.front() = end;
    kernel.back() = end;
  }
  return kernel;
}

void change_light(Canvas& image, DamagePlan const& plan) {
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      double& level = image.at(x, y);
      if (plan.inverted) level = kPaper - level;
      level = 128 + (level - 128) * plan.contrast;
      level = std::clamp(level * plan.gain + plan.lift, 0.0, 255.0);
      // The edge of the shadow leans, and is two pixels soft.
      double const edge = 0.6 * static_cast<double>(image.width) - 0.35 * static_cast<double>(y) -
                          static_cast<double>(x);
      double const lit = std::clamp(edge / 2 + 0.5, 0.0, 1.0);
      level *= lit + (1 - lit) * plan.shadow;
    }
  }
}

void add_noise(Canvas& image, DamagePlan const& plan) {
  SeededRandom random(plan.seed);
  for (double& level : image.levels) {
    if (plan.noise > 0) level += plan.noise * random.normal();
    if (plan.salt_and_pepper > 0 && random.unit() < plan.salt_and_pepper) {
      level = random.unit() < 0.5 ? 0 : 255;
    }
  }
}

GreyImage to_grey(Canvas const& canvas) {
  GreyImage out{
      static_cast<std::uint32_t>(canvas.width), static_cast<std::uint32_t>(canvas.height), {}};
  out.pixels.reserve(canvas.levels.size());
  for (double level : canvas.levels) {
    out.pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0, 255.0))));
  }
  return out;
}

// Into a JPEG file and back. Errors of the library end the program: these are our own pictures.
GreyImage through_jpeg(GreyImage const& image, int quality) {
  jpeg_error_mgr errors{};
  jpeg_compress_struct writer{};
  writer.err = jpeg_std_error(&errors);
  jpeg_create_compress(&writer);
  unsigned char* file = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&writer, &file, &size);
  writer.image_width = image.width;
  writer.image_height = image.height;
  writer.input_components = 1;
  writer.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&writer);
  jpeg_set_quality(&writer, quality, TRUE);
  jpeg_start_compress(&writer, TRUE);
  GreyImage out = image;
  for (std::size_t y = 0; y < image.height; ++y) {
    JSAMPROW row = out.pixels.data() + y * image.width;
    jpeg_write_scanlines(&writer, &row, 1);
  }
  jpeg_finish_compress(&writer);
  jpeg_destroy_compress(&writer);

  jpeg_decompress_struct reader{};
  reader.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&reader);
  jpeg_mem_src(&reader, file, size);
  jpeg_read_header(&reader, TRUE);
  jpeg_start_decompress(&reader);
  for (std::size_t y = 0; y < image.height; ++y) {
    JSAMPROW row = out.pixels.data() + y * image.width;
    jpeg_read_scanlines(&reader, &row, 1);
  }
  jpeg_finish_decompress(&reader);
  jpeg_destroy_decompress(&reader);
  std::free(file);
  return out;
}

constexpr Damage kDamages[] = {
    {"turned 7 degrees", [](DamagePlan& p) { p.turn_degrees = 7; }},
    {"turned 20 degrees", [](DamagePlan& p) { p.turn_degrees = 20; }},
    {"turned 45 degrees", [](DamagePlan& p) { p.turn_degrees = 45; }},
    {"turned 90 degrees", [](DamagePlan& p) { p.turn_degrees = 90; }},
    {"perspective, mild", [](DamagePlan& p) { p.tilt = 0.15; }},
    {"perspective, strong", [](DamagePlan& p) { p.tilt = 0.4; }},
    {"1.5 pixels a module", [](DamagePlan& p) { p.thumbnail = 1.5; }},
    {"2 pixels a module", [](DamagePlan& p) { p.thumbnail = 2; }},
    {"blur 0.3 module", [](DamagePlan& p) { p.blur_modules = 0.3; }},
    {"blur 0.5 module", [](DamagePlan& p) { p.blur_modules = 0.5; }},
    {"blur 0.6 module", [](DamagePlan& p) { p.blur_modules = 0.6; }},
    {"motion blur 1 module", [](DamagePlan& p) { p.motion_modules = 1; }},
    {"contrast 30 %", [](DamagePlan& p) { p.contrast = 0.3; }},
    {"contrast 15 %", [](DamagePlan& p) { p.contrast = 0.15; }},
    {"dark", [](DamagePlan& p) { p.gain = 0.2, p.noise = 3; }},
    {"over-exposed", [](DamagePlan& p) { p.gain = 1.6, p.lift = 130, p.noise = 6; }},
    {"shadow edge", [](DamagePlan& p) { p.shadow = 0.35; }},
    {"inverted", [](DamagePlan& p) { p.inverted = true; }},
    {"noise", [](DamagePlan& p) { p.noise = 45; }},
    {"salt and pepper 5 %", [](DamagePlan& p) { p.salt_and_pepper = 0.05; }},
    {"JPEG quality 30", [](DamagePlan& p) { p.jpeg_quality = 30; }},
    {"JPEG quality 10", [](DamagePlan& p) { p.jpeg_quality = 10; }},
    {"quiet zone 1 module", [](DamagePlan& p) { p.quiet_modules = 1; }},
    {"no quiet zone", [](DamagePlan& p) { p.quiet_modules = 0; }},
    {"white square 20 %", [](DamagePlan& p) { p.white_square = 0.2; }},
    {"white square 30 %", [](DamagePlan& p) { p.white_square = 0.3; }},
};

std::string text_of(PayloadSpec const& spec) {
  auto text = build_payload(spec);
  QRPAY_CHECK(text.has_value());
  return *text;
}

std::vector<std::string> make_texts() {
  PayloadSpec spec;
  spec.bank_bin = "970403";
  spec.account = "0011012345678";
  std::vector<std::string> texts = {text_of(spec)};
  spec.bank_bin = "970436";
  spec.account = "1903000012345";
  spec.amount = base::Vnd(45'000);
  spec.additional.purpose = "QNH7K2M9P4X";
  spec.merchant_name = "CHI HOA BINH LIEU";
  texts.push_back(text_of(spec));
  spec.merchant_city = "QUANG NINH";
  spec.additional.bill_number = "HD-2025-000123";
  spec.language.preference = "vi";
  spec.language.merchant_name = "Ch\u1ecb Hoa B\u00ecnh Li\u00eau";
  texts.push_back(text_of(spec));
  return texts;
}

}  // namespace

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double SeededRandom::unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double SeededRandom::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += unit();
  return sum;
}

GreyImage draw_damaged(draw::Symbol const& symbol, DamagePlan const& plan) {
  Canvas canvas = project(symbol, plan);
  double pixels = plan.pixels_per_module;
  if (plan.thumbnail > 0) {
    double const step = pixels / plan.thumbnail;
    for (int i = 0; i < 2; ++i) canvas = shrink_and_flip(canvas, step, plan.thumbnail_phase);
    pixels = plan.thumbnail;
  }
  if (plan.blur_modules > 0) {
    auto const kernel = gaussian(plan.blur_modules * pixels);
    for (int i = 0; i < 2; ++i) canvas = filter_and_flip(canvas, kernel);
  }
  if (plan.motion_modules > 0) {
    canvas = filter_and_flip(canvas, smear(plan.motion_modules * pixels));
    canvas = filter_and_flip(canvas, {1});
  }
  change_light(canvas, plan);
  add_noise(canvas, plan);
  GreyImage const image = to_grey(canvas);
  return plan.jpeg_quality > 0 ? through_jpeg(image, plan.jpeg_quality) : image;
}

std::span<Damage const> all_damages() { return kDamages; }

std::span<std::string const> damaged_texts() {
  static std::vector<std::string> const texts = make_texts();
  return texts;
}

std::vector<DamagedPicture> all_damaged_pictures() {
  constexpr double kSizes[] = {3, 5, 8};
  std::vector<DamagedPicture> pictures;
  for (std::size_t damage = 0; damage < std::size(kDamages); ++damage) {
    for (std::string const& text : damaged_texts()) {
      auto const symbol = draw::make_symbol(text, {});
      QRPAY_CHECK(symbol.has_value());
      for (double size : kSizes) {
        DamagePlan plan;
        plan.pixels_per_module = size;
        plan.seed = pictures.size() + 1;
        plan.thumbnail_phase = size / 10;  // where there is a thumbnail, sizes differ in this
        kDamages[damage].apply(plan);
        pictures.push_back({damage, text, size, draw_damaged(*symbol, plan)});
      }
    }
  }
  return pictures;
}

}  // namespace qrpay::qr::scan
