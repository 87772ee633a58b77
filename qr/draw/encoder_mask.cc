#include "qr/draw/encoder_mask.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "qr/draw/encoder_tables.h"

namespace qrpay::qr::draw {
namespace {

// ---- masks and format information ---------------------------------------------------------------

constexpr std::size_t kPeriod = 12;  // every mask repeats after this many lines, and is even: pairs

struct Pattern {
  alignas(16) std::array<std::array<std::uint64_t, kPeriod>, kWordsMax> words;
};

constexpr bool mask_turns(unsigned mask, std::size_t x, std::size_t y) {
  switch (mask) {
    case 0: return (y + x) % 2 == 0;
    case 1: return y % 2 == 0;
    case 2: return x % 3 == 0;
    case 3: return (y + x) % 3 == 0;
    case 4: return (y / 2 + x / 3) % 2 == 0;
    case 5: return (y * x) % 2 + (y * x) % 3 == 0;
    case 6: return ((y * x) % 2 + (y * x) % 3) % 2 == 0;
    case 7: return ((y + x) % 2 + (y * x) % 3) % 2 == 0;
  }
  return false;
}

constexpr std::array<Pattern, kMasks> patterns_of(bool turned) {
  std::array<Pattern, kMasks> patterns{};
  for (unsigned mask = 0; mask < kMasks; ++mask) {
    for (std::size_t line = 0; line < kPeriod; ++line) {
      for (std::size_t at = 0; at < 64 * kWordsMax; ++at) {
        bool const dark = turned ? mask_turns(mask, line, at) : mask_turns(mask, at, line);
        if (dark) patterns[mask].words[at / 64][line] |= std::uint64_t{1} << (at % 64);
      }
    }
  }
  return patterns;
}
constexpr std::array<Pattern, kMasks> kRowPatterns = patterns_of(/*turned=*/false);
constexpr std::array<Pattern, kMasks> kColumnPatterns = patterns_of(/*turned=*/true);

// Format information in row 8 or in column 8: places 0 to 8, and the last eight places.
struct FormatLine {
  std::uint64_t first;
  std::uint64_t last;
};
struct Format {
  FormatLine row;
  FormatLine column;
};

Format format_of(Level level, unsigned mask) {
  std::uint64_t const bits = format_bits(level, mask);
  Format format{};
  format.column.first = (bits & 0x3F) | (bits & 0xC0) << 1;  // place 6 is timing
  format.column.last = bits >> 8 << 1 | 1;                   // the dark module
  for (unsigned i = 0; i < 8; ++i) format.row.last |= (bits >> i & 1) << (7 - i);
  for (unsigned i = 9; i < 15; ++i) format.row.first |= (bits >> i & 1) << (14 - i);
  format.row.first |= (bits >> 8 & 1) << 7;
  return format;
}

// `along` is drawn in line 8, `across` at place 8 of the other lines.
void put_format(FormatLine const& along, FormatLine const& across, std::size_t width, Grid& grid) {
  std::size_t const at = width - 8;
  grid.words[0][8] |= along.first;
  grid.words[at / 64][8] |= along.last << (at % 64);
  if (at % 64 > 64 - 8) grid.words[at / 64 + 1][8] |= along.last >> (64 - at % 64);
  for (std::size_t i = 0; i < 9; ++i) grid.words[0][i] |= (across.first >> i & 1) << 8;
  for (std::size_t i = 0; i < 8; ++i) grid.words[0][at + i] |= (across.last >> i & 1) << 8;
}

// ---- two lines at a time ------------------------------------------------------------------------

// One word of two neighbouring lines. Every processor of 64 bits that we know has registers for it.
using Pair [[gnu::vector_size(16)]] = std::uint64_t;

template <std::size_t W>
struct Lines {
  Pair word[W];

  template <std::size_t Count>
  static Lines at(std::array<std::array<std::uint64_t, Count>, kWordsMax> const& words,
                  std::size_t line) {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) {
      std::memcpy(&out.word[i], words[i].data() + line, sizeof(Pair));
    }
    return out;
  }
  void store(std::size_t line, Grid& grid) const {
    for (std::size_t i = 0; i < W; ++i) {
      std::memcpy(grid.words[i].data() + line, &word[i], sizeof(Pair));
    }
  }
  Lines operator~() const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) out.word[i] = ~word[i];
    return out;
  }
  Lines operator&(Lines const& o) const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) out.word[i] = word[i] & o.word[i];
    return out;
  }
  Lines operator|(Lines const& o) const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) out.word[i] = word[i] | o.word[i];
    return out;
  }
  Lines operator^(Lines const& o) const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) out.word[i] = word[i] ^ o.word[i];
    return out;
  }
  /// At each place what is `N` places further on; light (0) past the end.
  template <unsigned N>
  Lines after() const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) {
      out.word[i] = word[i] >> N;
      if (i + 1 < W) out.word[i] |= word[i + 1] << (64 - N);
    }
    return out;
  }
  /// At each place what is `N` places before; light (0) in front of the start.
  template <unsigned N>
  Lines before() const {
    Lines out;
    for (std::size_t i = 0; i < W; ++i) {
      out.word[i] = word[i] << N;
      if (i > 0) out.word[i] |= word[i - 1] >> (64 - N);
    }
    return out;
  }
};

// Sums weighted bits and counts them once, at the end: plane p holds, for each place, bit p of that
// place's sum, and adding is a half or a full adder on whole words. For lines of `W` words.
template <std::size_t W>
class Tally {
 public:
  /// Adds one for each bit of `a` and `b`, two for each of `c` and `d`.
  void add(Pair a, Pair b, Pair c, Pair d) {
    Pair const two = full_add(plane_[0], a, b);
    Pair const four = full_add(plane_[1], c, d);
    Pair const other_four = half_add(plane_[1], two);
    carry(full_add(plane_[2], four, other_four), 3);
  }
  /// Adds one for each bit of `a`, two for each of `c`.
  void add(Pair a, Pair c) {
    Pair const two = half_add(plane_[0], a);
    carry(full_add(plane_[1], two, c), 2);
  }
  [[nodiscard]] unsigned sum() const {
    Pair sums = {};  // four fields of 16 bits a lane
    for (std::size_t p = 0; p < kPlanes; ++p) {
      Pair ones = plane_[p] - (plane_[p] >> 1 & 0x5555'5555'5555'5555u);
      ones = (ones & 0x3333'3333'3333'3333u) + (ones >> 2 & 0x3333'3333'3333'3333u);
      ones = (ones + (ones >> 4)) & 0x0F0F'0F0F'0F0F'0F0Fu;
      ones = (ones + (ones >> 8)) & 0x00FF'00FF'00FF'00FFu;
      sums += ones << p;
    }
    unsigned total = 0;
    for (unsigned at = 0; at < 64; at += 16) {
      total += static_cast<unsigned>((sums[0] >> at & 0xFFFF) + (sums[1] >> at & 0xFFFF));
    }
    return total;
  }

 private:
  // Each place of a pair gets at most 6 a line for as many lines as fit in W words.
  static constexpr std::size_t kPlanes = W == 1 ? 8 : W == 2 ? 10 : 11;
  static_assert(16u << kPlanes <= 1u << 16);
  static_assert(6 * W * (std::min(64 * W, kWidthMax) + 1) / 2 < 1u << kPlanes);

  static Pair half_add(Pair& plane, Pair bits) {
    Pair const over = plane & bits;
    plane ^= bits;
    return over;
  }
  static Pair full_add(Pair& plane, Pair a, Pair b) {
    Pair const half = plane ^ a;
    Pair const over = (plane & a) | (half & b);
    plane = half ^ b;
    return over;
  }
  void carry(Pair bits, std::size_t from) {
    for (std::size_t p = from; p < kPlanes; ++p) bits = half_add(plane_[p], bits);
  }

  Pair plane_[kPlanes] = {};
};

// Does a dark run that starts at `start` stand in the middle of runs f, f, 3f, f, f with f >= 2,
// with light for 4f on one side?
bool is_wide_finder(Grid const& grid, std::size_t line, std::size_t width, std::size_t start) {
  auto const dark = [&](std::size_t at) { return at < width && grid.dark(at, line); };
  // Outside is light, and never ends: a run of it counts as longer than any.
  auto const run_up = [&](std::size_t from, bool colour) {
    std::size_t length = 0;
    while (from + length < width && dark(from + length) == colour) ++length;
    return from + length >= width && !colour ? kWidthMax * 4 : length;
  };
  auto const run_down = [&](std::size_t end, bool colour) {
    std::size_t length = 0;
    while (length < end && dark(end - 1 - length) == colour) ++length;
    return length == end && !colour ? kWidthMax * 4 : length;
  };
  std::size_t const middle = run_up(start, /*colour=*/true);
  std::size_t const f = middle / 3;
  if (f < 2 || middle % 3 != 0) return false;
  if (run_down(start, /*colour=*/false) != f) return false;
  if (run_down(start - f, /*colour=*/true) != f) return false;
  std::size_t const end = start + middle;
  if (run_up(end, /*colour=*/false) != f || run_up(end + f, /*colour=*/true) != f) return false;
  return run_down(start - 2 * f, /*colour=*/false) >= 4 * f ||
         run_up(end + 2 * f, /*colour=*/false) >= 4 * f;
}

constexpr unsigned kFinderPenalty = 40;

// Where the loop below suspects 1:1:3:1:1: `narrow` are first modules of such patterns with f = 1;
// the others are two (f = 2) or three (f > 2) places before what may be the middle of one.
template <std::size_t W>
struct Suspects {
  Lines<W> narrow;
  Lines<W> wide;
  Lines<W> wider;

  [[nodiscard]] bool any() const {
    Pair all = {};
    for (std::size_t i = 0; i < W; ++i) all |= narrow.word[i] | wide.word[i] | wider.word[i];
    return (all[0] | all[1]) != 0;
  }
  /// How many are patterns indeed. Rare: a few dozen times per symbol.
  [[nodiscard]] unsigned count(Grid const& grid, std::size_t first_line, std::size_t width) const {
    unsigned found = 0;
    for (std::size_t i = 0; i < W; ++i) {
      for (std::size_t lane = 0; lane < 2; ++lane) {
        for (auto bits = narrow.word[i][lane]; bits != 0; bits &= bits - 1) ++found;
        std::size_t const line = first_line + lane;
        for (auto bits = wide.word[i][lane]; bits != 0; bits &= bits - 1) {
          std::size_t const at = 64 * i + static_cast<std::size_t>(std::countr_zero(bits));
          if (is_wide_finder(grid, line, width, at + 2)) ++found;
        }
        for (auto bits = wider.word[i][lane]; bits != 0; bits &= bits - 1) {
          std::size_t const at = 64 * i + static_cast<std::size_t>(std::countr_zero(bits));
          if (is_wide_finder(grid, line, width, at + 3)) ++found;
        }
      }
    }
    return found;
  }
};

template <std::size_t W>
Suspects<W> suspects_in(Lines<W> const& dark) {
  Lines<W> const next = dark.template after<1>();
  Lines<W> const any_2 = dark | next;  // of this place and the one after it
  Lines<W> const any_3 = any_2 | dark.template after<2>();
  Lines<W> const any_4 = any_2 | any_2.template after<2>();
  Lines<W> const previous = dark.template before<1>();
  Lines<W> const previous_2 = previous | previous.template before<1>();
  Lines<W> const previous_4 = previous_2 | previous_2.template before<2>();
  Lines<W> const all_2 = dark & next;
  Lines<W> const all_3 = all_2 & dark.template after<2>();
  Lines<W> const all_6 = all_3 & all_3.template after<3>();
  Lines<W> const all_9 = all_6 & all_3.template after<6>();
  Lines<W> const alone = dark & ~next & ~previous;
  Lines<W> const quiet = ~(previous_4 & any_4.template after<7>());
  Suspects<W> out;
  out.narrow = alone & all_3.template after<2>() & alone.template after<6>() & quiet;
  out.wide =
      ~any_2 & all_6.template after<2>() & ~any_2.template after<8>() & all_2.template before<2>();
  out.wider = ~any_3 & all_9.template after<3>();
  return out;
}

// ---- the penalty --------------------------------------------------------------------------------

// Word `i` of a line whose first `places` bits are set.
constexpr std::uint64_t word_of_first(std::size_t places, std::size_t i) {
  if (places <= 64 * i) return 0;
  if (places >= 64 * (i + 1)) return ~std::uint64_t{0};
  return (std::uint64_t{1} << (places - 64 * i)) - 1;
}

// The width is odd and lines are taken in pairs: more lines of alternating modules score nothing.
void put_neutral_lines(std::size_t width, Grid& grid) {
  for (std::size_t i = 0; i < words_of(width); ++i) {
    grid.words[i][width] = 0x5555'5555'5555'5555 & word_of_first(width, i);
    grid.words[i][width + 1] = grid.words[i][width];
  }
}

// The penalty of the runs and finder patterns in the lines of one grid, and if `Squares` that of
// the 2 x 2 squares, which are the same in both directions.
template <std::size_t W, bool Squares>
unsigned score_lines(Grid const& grid, std::size_t width) {
  Lines<W> inner;  // all places but the last one: those that have a next one
  for (std::size_t i = 0; i < W; ++i) {
    std::uint64_t const word = word_of_first(width - 1, i);
    inner.word[i] = Pair{word, word};
  }
  Tally<W> tally;
  unsigned finders = 0;
  for (std::size_t line = 0; line < width; line += 2) {
    Lines<W> const dark = Lines<W>::at(grid.words, line);
    // Places equal to the next one; the start of 5 equal ones; the first such of its run.
    Lines<W> const same = ~(dark ^ dark.template after<1>()) & inner;
    Lines<W> const same_3 = same & same.template after<1>();
    Lines<W> const five = same_3 & same_3.template after<2>();
    Lines<W> const first = five & ~five.template before<1>();
    if constexpr (Squares) {
      Lines<W> const differs = dark ^ Lines<W>::at(grid.words, line + 1);
      Lines<W> const square = same & ~(differs | differs.template after<1>());
      for (std::size_t i = 0; i < W; ++i) {
        tally.add(five.word[i], square.word[i], first.word[i], square.word[i]);
      }
    } else {
      for (std::size_t i = 0; i < W; ++i) tally.add(five.word[i], first.word[i]);
    }
    Suspects<W> const suspects = suspects_in(dark);
    if (suspects.any()) finders += suspects.count(grid, line, width);
  }
  return tally.sum() + kFinderPenalty * finders;
}

template <std::size_t W>
std::size_t count_dark(Grid const& grid, std::size_t width) {
  Tally<W> tally;
  Pair const none = {};
  for (std::size_t line = 0; line < width; line += 2) {
    Lines<W> const dark = Lines<W>::at(grid.words, line);
    for (std::size_t i = 0; i < W; ++i) tally.add(dark.word[i], none);
  }
  return tally.sum() - (width + 1) / 2;  // the neutral line
}

unsigned score_balance(std::size_t dark, std::size_t width) {
  std::size_t const all = width * width;
  std::size_t const percent = (200 * dark + all) / (2 * all);
  std::size_t const away = percent > 50 ? percent - 50 : 50 - percent;
  return static_cast<unsigned>(away / 5 * 10);
}

// ---- one mask, all masks ------------------------------------------------------------------------

template <std::size_t W>
void apply(Pattern const& pattern, Grid const& base, Grid const& free, std::size_t width,
           Grid& out) {
  std::size_t phase = 0;
  for (std::size_t line = 0; line < width; line += 2) {
    Lines<W> const turned = Lines<W>::at(pattern.words, phase) & Lines<W>::at(free.words, line);
    (Lines<W>::at(base.words, line) ^ turned).store(line, out);
    phase = phase + 2 == kPeriod ? 0 : phase + 2;
  }
}

// Both directions of an unmasked symbol.
struct Base {
  Grid const& rows;
  Grid const& columns;
};

template <std::size_t W>
unsigned draw(Layout const& layout, Base const& base, Format const& format, unsigned mask,
              Grid& rows) {
  std::size_t const width = layout.width;
  apply<W>(kRowPatterns[mask], base.rows, layout.free_rows, width, rows);
  put_format(format.row, format.column, width, rows);
  put_neutral_lines(width, rows);
  Grid columns;
  apply<W>(kColumnPatterns[mask], base.columns, layout.free_columns, width, columns);
  put_format(format.column, format.row, width, columns);
  put_neutral_lines(width, columns);
  return score_lines<W, /*Squares=*/true>(rows, width) +
         score_lines<W, /*Squares=*/false>(columns, width) +
         score_balance(count_dark<W>(rows, width), width);
}

template <std::size_t W>
unsigned draw_best(Layout const& layout, Base const& base, Level level, Grid& rows) {
  unsigned best_mask = 0;
  unsigned best_penalty = 0;
  for (unsigned mask = 0; mask < kMasks; ++mask) {
    unsigned const penalty = draw<W>(layout, base, format_of(level, mask), mask, rows);
    if (mask == 0 || penalty < best_penalty) {
      best_mask = mask;
      best_penalty = penalty;
    }
  }
  Format const format = format_of(level, best_mask);
  apply<W>(kRowPatterns[best_mask], base.rows, layout.free_rows, layout.width, rows);
  put_format(format.row, format.column, layout.width, rows);
  return best_mask;
}

}  // namespace

unsigned finish_with_best_mask(Layout const& layout, Level level, Grid const& columns, Grid& rows) {
  Grid unmasked;
  turn(columns, layout.width, unmasked);
  Base const base{unmasked, columns};
  switch (words_of(layout.width)) {
    case 1: return draw_best<1>(layout, base, level, rows);
    case 2: return draw_best<2>(layout, base, level, rows);
    default: return draw_best<3>(layout, base, level, rows);
  }
}

}  // namespace qrpay::qr::draw
