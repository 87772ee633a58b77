// Pictures of QR codes as they come from bad cameras, thermal printers and chat programs: drawn
// from a plan, the same every time. For the tests and the benchmark of reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "qr/draw/symbol.h"
#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// SplitMix64: the same numbers with every library, which std::normal_distribution does not give.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// 0 up to, but not, 1.
  [[nodiscard]] double unit();
  [[nodiscard]] double between(double low, double high) { return low + (high - low) * unit(); }
  /// Mean 0, deviation 1: twelve uniform ones added up.
  [[nodiscard]] double normal();

 private:
  std::uint64_t state_;
};

/// What happens to a code on its way into a picture, in this order. The default is a clean picture.
struct DamagePlan {
  double quiet_modules = 4;
  double pixels_per_module = 6;
  double white_square = 0;  ///< side of a white square in the middle, as a share of the symbol's
  double turn_degrees = 0;
  double tilt = 0;             ///< perspective: the far edge is this share shorter
  double thumbnail = 0;        ///< scaled down afterwards to so many pixels a module; 0: not
  double thumbnail_phase = 0;  ///< pixels by which the grid of the small picture is shifted
  double blur_modules = 0;     ///< deviation of a Gaussian
  double motion_modules = 0;   ///< length of a horizontal smear
  bool inverted = false;
  double contrast = 1;  ///< about the middle grey
  double gain = 1;      ///< then: grey * gain + lift, clipped
  double lift = 0;
  double shadow = 1;           ///< light left behind a slanting edge across the picture
  double noise = 0;            ///< deviation of a Gaussian, in grey levels
  double salt_and_pepper = 0;  ///< share of pixels turned black or white
  int jpeg_quality = 0;        ///< 0: no JPEG
  std::uint64_t seed = 1;      ///< of noise
};

/// Draws it. Some ms.
[[nodiscard]] picture::GreyImage draw_damaged(draw::Symbol const& symbol, DamagePlan const& plan);

/// The damages of the table of read rates.
struct Damage {
  std::string_view name;
  void (*apply)(DamagePlan& plan);
};
[[nodiscard]] std::span<Damage const> all_damages();

/// One picture of the table.
struct DamagedPicture {
  std::size_t damage;  ///< index into all_damages()
  std::string_view text;
  double pixels_per_module;
  picture::GreyImage image;
};

/// The three payloads of the table: a static one, one with an amount and a note, and a long one
/// with a name in Vietnamese.
[[nodiscard]] std::span<std::string const> damaged_texts();

/// Three payloads in three sizes for each damage, at level M.
[[nodiscard]] std::vector<DamagedPicture> all_damaged_pictures();

}  // namespace qrpay::qr::scan
