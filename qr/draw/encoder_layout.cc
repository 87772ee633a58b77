#include "qr/draw/encoder_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>

#include "base/check.h"
#include "qr/draw/encoder_tables.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::size_t kTimingLine = 6;

// Draws what does not depend on the text, and notes which modules that takes.
class Painter {
 public:
  Painter(Layout& layout, Grid& taken) : layout_(layout), taken_(taken), width_(layout.width) {}

  void paint(unsigned version) {
    paint_finders();
    for (std::size_t i = 8; i < width_ - 8; ++i) {
      put(i, kTimingLine, i % 2 == 0);
      put(kTimingLine, i, i % 2 == 0);
    }
    paint_alignments(version);
    reserve_format();
    if (version >= 7) paint_version(version);
  }

 private:
  void put(std::size_t x, std::size_t y, bool dark) {
    if (dark) layout_.columns.set(y, x);
    taken_.set(x, y);
  }

  void paint_finders() {
    for (std::size_t y = 0; y < 8; ++y) {
      for (std::size_t x = 0; x < 8; ++x) {
        // The eighth line is the light separator.
        std::size_t const ring = std::max(x > 3 ? x - 3 : 3 - x, y > 3 ? y - 3 : 3 - y);
        bool const dark = ring == 3 || ring <= 1;
        put(x, y, dark);
        put(width_ - 1 - x, y, dark);
        put(x, width_ - 1 - y, dark);
      }
    }
  }

  void paint_alignments(unsigned version) {
    AlignmentCentres const centres = alignment_centres(version);
    for (std::size_t i = 0; i < centres.count; ++i) {
      for (std::size_t j = 0; j < centres.count; ++j) {
        std::size_t const last = centres.count - 1;
        bool const finder = (i == 0 && j == 0) || (i == 0 && j == last) || (i == last && j == 0);
        if (!finder) paint_alignment(centres.at[i], centres.at[j]);
      }
    }
  }

  void paint_alignment(std::size_t x, std::size_t y) {
    for (std::size_t i = 0; i < 5; ++i) {
      for (std::size_t j = 0; j < 5; ++j) {
        bool const edge = i == 0 || i == 4 || j == 0 || j == 4;
        put(x - 2 + i, y - 2 + j, edge || (i == 2 && j == 2));
      }
    }
  }

  void reserve_format() {
    for (std::size_t i = 0; i < 9; ++i) {
      if (i == kTimingLine) continue;
      taken_.set(i, 8);
      taken_.set(8, i);
    }
    for (std::size_t i = 0; i < 8; ++i) {
      taken_.set(width_ - 1 - i, 8);
      taken_.set(8, width_ - 1 - i);
    }
    put(8, width_ - 8, /*dark=*/true);
  }

  void paint_version(unsigned version) {
    std::uint32_t const bits = version_bits(version);
    for (std::size_t i = 0; i < 18; ++i) {
      bool const dark = (bits >> i & 1u) != 0;
      put(width_ - 11 + i % 3, i / 3, dark);
      put(i / 3, width_ - 11 + i % 3, dark);
    }
  }

  Layout& layout_;
  Grid& taken_;
  std::size_t width_;
};

// Walks the zigzag and cuts it into stretches.
class Walker {
 public:
  explicit Walker(Layout& layout) : layout_(layout) { layout_.stretch_count = 0; }

  void walk() {
    for (std::size_t pair = 0; pair < (layout_.width - 1) / 2; ++pair) {
      bool const upward = pair % 2 == 0;
      std::size_t right = layout_.width - 1 - 2 * pair;
      if (right <= kTimingLine) --right;  // a column without data: the pairs move over it
      for (std::size_t i = 0; i < layout_.width; ++i) {
        step(right, upward ? layout_.width - 1 - i : i, upward);
      }
      open_ = nullptr;
    }
  }

 private:
  void step(std::size_t right, std::size_t y, bool upward) {
    bool const right_free = layout_.free_rows.dark(right, y);
    bool const left_free = layout_.free_rows.dark(right - 1, y);
    if (!right_free && !left_free) {
      open_ = nullptr;
      return;
    }
    auto const free = !left_free    ? Stretch::Free::kRight
                      : !right_free ? Stretch::Free::kLeft
                                    : Stretch::Free::kBoth;
    bool const crosses = upward ? y % 64 == 63 : y % 64 == 0;
    if (open_ == nullptr || open_->free != free || open_->rows == Stretch::kRowsMax || crosses) {
      QRPAY_CHECK(layout_.stretch_count < Layout::kStretchesMax);
      open_ = &layout_.stretches[layout_.stretch_count++];
      *open_ = {static_cast<std::uint8_t>(right), static_cast<std::uint8_t>(y), 0, free, upward};
    }
    ++open_->rows;
    if (upward) open_->top = static_cast<std::uint8_t>(y);
  }

  Layout& layout_;
  Stretch* open_ = nullptr;  // the stretch that the next row may lengthen
};

void build(Layout& layout, unsigned version) {
  layout.width = 17 + 4 * std::size_t{version};
  layout.columns.clear();
  layout.free_rows.clear();
  layout.free_columns.clear();
  Grid taken;
  taken.clear();
  Painter(layout, taken).paint(version);
  for (std::size_t y = 0; y < layout.width; ++y) {
    for (std::size_t x = 0; x < layout.width; ++x) {
      if (taken.dark(x, y)) continue;
      layout.free_rows.set(x, y);
      layout.free_columns.set(y, x);
    }
  }
  Walker(layout).walk();
}

// The first of 8 bytes becomes the highest, or the lowest.
std::uint64_t load_big_endian(std::uint8_t const* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}
std::uint64_t load_little_endian(std::uint8_t const* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? value : __builtin_bswap64(value);
}

// Bits 0, 2, 4 ... moved together into bits 0, 1, 2 ...
std::uint64_t gather_even(std::uint64_t bits) {
  bits &= 0x5555'5555'5555'5555;
  bits = (bits | bits >> 1) & 0x3333'3333'3333'3333;
  bits = (bits | bits >> 2) & 0x0F0F'0F0F'0F0F'0F0F;
  bits = (bits | bits >> 4) & 0x00FF'00FF'00FF'00FF;
  bits = (bits | bits >> 8) & 0x0000'FFFF'0000'FFFF;
  return (bits | bits >> 16) & 0xFFFF'FFFF;
}

// One 64 x 64 square of bits, lines and places exchanged: in each round the squares of half the
// size off the diagonal change places.
void turn_square(std::array<std::uint64_t, 64>& lines) {
  std::uint64_t low_half = 0x0000'0000'FFFF'FFFF;
  for (std::size_t half = 32; half != 0; half /= 2, low_half ^= low_half << half) {
    for (std::size_t block = 0; block < 64; block += 2 * half) {
      for (std::size_t i = block; i < block + half; ++i) {
        std::uint64_t const swapped = (lines[i] >> half ^ lines[i + half]) & low_half;
        lines[i] ^= swapped << half;
        lines[i + half] ^= swapped;
      }
    }
  }
}

}  // namespace

Layout const& layout_of(unsigned version) {
  // Apart from each other, so that building one touches no memory of the rest.
  static std::array<std::once_flag, kVersionMax> built;
  static std::array<Layout, kVersionMax> layouts;
  QRPAY_CHECK(version >= 1 && version <= kVersionMax);
  Layout& layout = layouts[version - 1];
  std::call_once(built[version - 1], [&] { build(layout, version); });
  return layout;
}

void lay_codewords(Layout const& layout, BitStream const& stream, Grid& columns) {
  std::size_t bit = 0;
  for (Stretch const& stretch : layout.data_order()) {
    bool const pair = stretch.free == Stretch::Free::kBoth;
    std::size_t const bits = pair ? 2 * std::size_t{stretch.rows} : stretch.rows;
    // The next `bits` of the stream, shifted so that those of the topmost row are the lowest.
    // Upward they come in reverse: the last bit of the stretch is then the lowest.
    std::uint64_t const piece =
        stretch.upward ? load_big_endian(stream.forward + bit / 8) << (bit % 8) >> (64 - bits)
                       : load_little_endian(stream.mirrored + bit / 8) >> (bit % 8) &
                             ((std::uint64_t{1} << bits) - 1);
    bit += bits;
    std::array<std::uint64_t, Grid::kLinesMax>& lines = columns.words[stretch.top / 64];
    unsigned const at = stretch.top % 64;
    if (pair) {
      // In each row the right module comes first.
      unsigned const right_first = stretch.upward ? 1 : 0;
      lines[stretch.right] |= gather_even(piece >> right_first) << at;
      lines[stretch.right - 1u] |= gather_even(piece >> (1 - right_first)) << at;
    } else {
      lines[stretch.right - (stretch.free == Stretch::Free::kLeft ? 1u : 0u)] |= piece << at;
    }
  }
}

void turn(Grid const& columns, std::size_t width, Grid& rows) {
  std::size_t const words = words_of(width);
  std::array<std::uint64_t, 64> square;
  for (std::size_t i = 0; i < words; ++i) {
    for (std::size_t j = 0; j < words; ++j) {
      std::size_t const lines = std::min<std::size_t>(64, width - 64 * j);
      std::copy_n(columns.words[i].begin() + 64 * j, lines, square.begin());
      std::fill(square.begin() + lines, square.end(), 0);
      turn_square(square);
      // One line more than there are, so that the last pair of lines is whole.
      std::size_t const turned = std::min<std::size_t>(64, width + 1 - 64 * i);
      std::copy_n(square.begin(), turned, rows.words[j].begin() + 64 * i);
    }
  }
}

}  // namespace qrpay::qr::draw
