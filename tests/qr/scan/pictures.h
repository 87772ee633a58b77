// Pictures that are no damaged codes: several codes, none, and symbols that are not read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/world.h"
#include "qr/picture/image.h"

namespace qrpay::qr::scan {

/// Micro QR, version M2: "12345".
inline constexpr std::string_view kMicroQr[] = {
    "####### # # #", "#     #      ", "# ### # ### #", "# ### # #  ##", "# ### # #### ",
    "#     #  ## #", "####### ##  #", "         ####", "## # # ####  ", "     # #  #  ",
    "#      #  ## ", " ## #####   #", "##  # #######",
};

/// rMQR, version R13x27.
inline constexpr std::string_view kRectangularMicroQr[] = {
    "####### # # # # # # # # ###", "#     #    #  #    #      #", "# ### # ##  ## ### ###### #",
    "# ### #  ##   ######  # ## ", "# ### # ###    #  ## # #  #", "#     #   ###     # #  ### ",
    "#######   #     #   ###  ##", "        # #### ### #   ##  ", "##  ###    #  #    #  #####",
    " #   #  # ### #####   #   #", "# # # ###   ## # #  # # # #", "#   ### ### ##   ##   #   #",
    "### # # # # # # # # # #####",
};

/// Six pixels for each character, four of them white around.
inline picture::GreyImage image_of_lines(std::span<std::string_view const> lines) {
  constexpr std::size_t kScale = 6;
  constexpr std::size_t kQuiet = 4;
  picture::GreyImage out{static_cast<std::uint32_t>((lines[0].size() + 2 * kQuiet) * kScale),
                         static_cast<std::uint32_t>((lines.size() + 2 * kQuiet) * kScale),
                         {}};
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      std::size_t const row = y / kScale - kQuiet;  // huge before the first one
      std::size_t const column = x / kScale - kQuiet;
      bool const dark =
          row < lines.size() && column < lines[row].size() && lines[row][column] == '#';
      out.pixels.push_back(dark ? 0 : 255);
    }
  }
  return out;
}

// Two pictures side by side.
inline picture::GreyImage beside(picture::GreyImage const& left, picture::GreyImage const& right) {
  picture::GreyImage out{left.width + right.width, std::max(left.height, right.height), {}};
  out.pixels.assign(std::size_t{out.width} * out.height, 255);
  auto const paste = [&](picture::GreyImage const& from, std::size_t x) {
    for (std::size_t y = 0; y < from.height; ++y) {
      std::copy_n(from.pixels.begin() + static_cast<std::ptrdiff_t>(y * from.width), from.width,
                  out.pixels.begin() + static_cast<std::ptrdiff_t>(y * out.width + x));
    }
  };
  paste(left, 0);
  paste(right, left.width);
  return out;
}

// The corner square of a QR code, over and over: `count` on a side, nine pixels apart.
inline picture::GreyImage tiled_with_finders(std::uint32_t count) {
  std::uint32_t const side = count * 9;
  picture::GreyImage out{side, side, {}};
  for (std::uint32_t y = 0; y < side; ++y) {
    for (std::uint32_t x = 0; x < side; ++x) {
      int const dx = std::abs(static_cast<int>(x % 9) - 4);
      int const dy = std::abs(static_cast<int>(y % 9) - 4);
      int const ring = std::max(dx, dy);
      out.pixels.push_back(ring == 0 || ring == 1 || ring == 3 ? 0 : 255);
    }
  }
  return out;
}

/// Each look at it costs so many microseconds.
class TickingClock final : public base::Clock {
 public:
  explicit TickingClock(std::int64_t step) : step_(step) {}
  base::WallTime wall() override { return base::WallTime(now_); }
  base::Ticks ticks() override { return base::Ticks(now_ += step_); }

 private:
  std::int64_t step_;
  std::int64_t now_ = 0;
};

}  // namespace qrpay::qr::scan
