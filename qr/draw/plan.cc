#include "qr/draw/plan.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "qr/draw/encoder_tables.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::array<Level, 4> kBestFirst = {Level::kH, Level::kQ, Level::kM, Level::kL};
constexpr std::array<Mode, 3> kModes = {Mode::kNumeric, Mode::kAlphanumeric, Mode::kByte};

// ISO/IEC 18004, table 7: data codewords at L, M, Q, H; the first row is version 1.
constexpr std::uint16_t kDataCodewords[kVersionMax][4] = {
    {19, 16, 13, 9},          {34, 28, 22, 16},         {55, 44, 34, 26},
    {80, 64, 48, 36},         {108, 86, 62, 46},        {136, 108, 76, 60},
    {156, 124, 88, 66},       {194, 154, 110, 86},      {232, 182, 132, 100},
    {274, 216, 154, 122},     {324, 254, 180, 140},     {370, 290, 206, 158},
    {428, 334, 244, 180},     {461, 365, 261, 197},     {523, 415, 295, 223},
    {589, 453, 325, 253},     {647, 507, 367, 283},     {721, 563, 397, 313},
    {795, 627, 445, 341},     {861, 669, 485, 385},     {932, 714, 512, 406},
    {1006, 782, 568, 442},    {1094, 860, 614, 464},    {1174, 914, 664, 514},
    {1276, 1000, 718, 538},   {1370, 1062, 754, 596},   {1468, 1128, 808, 628},
    {1531, 1193, 871, 661},   {1631, 1267, 911, 701},   {1735, 1373, 985, 745},
    {1843, 1455, 1033, 793},  {1955, 1541, 1115, 845},  {2071, 1631, 1171, 901},
    {2191, 1725, 1231, 961},  {2306, 1812, 1286, 986},  {2434, 1914, 1354, 1054},
    {2566, 1992, 1426, 1096}, {2702, 2102, 1502, 1142}, {2812, 2216, 1582, 1222},
    {2956, 2334, 1666, 1276},
};

constexpr unsigned kModeBits = 4;
// The mode and one byte for 000026. libqrencode 4.1 makes sure of room for 28 bits before it draws
// these 12, and so takes a larger version than needed where there is less.
constexpr unsigned kEciHeaderBits = 12;
// Digits at 40-L, the most characters of any mode: longer texts need no look.
constexpr std::size_t kCharactersMax = 7'089;

// A segment's header says its length in a field that grows twice: count_bits() of `first` is that
// of all versions of a class.
struct VersionClass {
  unsigned first;
  unsigned last;
};
constexpr std::array<VersionClass, 3> kVersionClasses = {
    VersionClass{1, 9},
    VersionClass{10, 26},
    VersionClass{27, kVersionMax},
};

// Sixths of a bit keep thirds (numeric) and halves (alphanumeric) whole.
constexpr std::size_t kSixths = 6;
constexpr std::array<std::size_t, 3> kSixthsPerCharacter = {20, 33, 48};

constexpr std::size_t index_of(Mode mode) { return static_cast<std::size_t>(mode) - 1; }

std::size_t whole_bits(std::size_t sixths) { return (sixths + kSixths - 1) / kSixths; }

bool can_hold(Mode mode, char c) {
  bool const digit = c >= '0' && c <= '9';
  switch (mode) {
    case Mode::kNumeric: return digit;
    case Mode::kAlphanumeric:
      return digit || (c >= 'A' && c <= 'Z') ||
             std::string_view(" $%*+-./:").find(c) != std::string_view::npos;
    case Mode::kByte: return true;
  }
  QRPAY_CHECK(false);
}

std::size_t bits_of(std::vector<Segment> const& segments, VersionClass const& versions) {
  std::size_t bits = 0;
  for (Segment const& segment : segments) {
    std::size_t const mode = index_of(segment.mode);
    bits += kModeBits + count_bits(versions.first, segment.mode) +
            whole_bits(segment.size * kSixthsPerCharacter[mode]);
  }
  return bits;
}

// What is known of the best way to a place in the text, when its last character is in one mode.
struct Way {
  std::size_t sixths = std::numeric_limits<std::size_t>::max();
  bool opens = false;                // the character opens a segment
  Mode previous_mode = Mode::kByte;  // of the segment before it, when it opens one
};
using Ways = std::array<Way, 3>;

bool is_known(Way const& way) { return way.sixths != Way{}.sixths; }

// The mode whose way is the shortest once its last bits are rounded up; `ways` knows kByte's.
Mode shortest(Ways const& ways) {
  Mode best = Mode::kByte;
  for (Mode const mode : kModes) {
    Way const& way = ways[index_of(mode)];
    if (is_known(way) && whole_bits(way.sixths) < whole_bits(ways[index_of(best)].sixths)) {
      best = mode;
    }
  }
  return best;
}

// The fewest bits for this width of headers: for each place the best way to it in each mode, which
// goes on from the character before or opens a segment after the shortest way so far.
std::vector<Segment> fewest_bits(std::string_view text, VersionClass const& versions) {
  std::array<unsigned, 3> header_bits{};
  for (Mode const mode : kModes)
    header_bits[index_of(mode)] = kModeBits + count_bits(versions.first, mode);
  std::vector<Ways> ways(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    Mode const before = i == 0 ? Mode::kByte : shortest(ways[i - 1]);
    std::size_t const start_bits = i == 0 ? 0 : whole_bits(ways[i - 1][index_of(before)].sixths);
    for (Mode const mode : kModes) {
      if (!can_hold(mode, text[i])) continue;
      std::size_t const m = index_of(mode);
      Way way{(start_bits + header_bits[m]) * kSixths, /*opens=*/true, before};
      if (i > 0 && ways[i - 1][m].sixths <= way.sixths) {
        way = Way{ways[i - 1][m].sixths, /*opens=*/false, mode};
      }
      way.sixths += kSixthsPerCharacter[m];
      ways[i][m] = way;
    }
  }
  std::vector<Segment> segments;  // gathered from the end
  Mode mode = shortest(ways.back());
  std::size_t size = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    Way const& way = ways[i][index_of(mode)];
    ++size;
    if (!way.opens) continue;
    segments.push_back({mode, size});
    mode = way.previous_mode;
    size = 0;
  }
  std::reverse(segments.begin(), segments.end());
  return segments;
}

}  // namespace

unsigned data_codewords(unsigned version, Level level) {
  QRPAY_CHECK(version >= 1 && version <= kVersionMax);
  return kDataCodewords[version - 1][static_cast<std::size_t>(level) - 1];
}

std::optional<Plan> plan_symbol(std::string_view text, SymbolOptions const& options) {
  QRPAY_CHECK(!text.empty());
  if (text.size() > kCharactersMax) return std::nullopt;
  Plan plan;
  plan.level = options.level;
  plan.utf8 = std::any_of(text.begin(), text.end(),
                          [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  for (VersionClass const& versions : kVersionClasses) {
    plan.segments = options.compact ? fewest_bits(text, versions)
                                    : std::vector<Segment>{{Mode::kByte, text.size()}};
    std::size_t const bits = (plan.utf8 ? kEciHeaderBits : 0) + bits_of(plan.segments, versions);
    auto const fits = [&](Level level) {
      return bits <= std::size_t{data_codewords(plan.version, level)} * 8;
    };
    for (plan.version = versions.first; plan.version <= versions.last; ++plan.version) {
      if (!fits(options.level)) continue;
      // The asked level fits, so one is found, and none that is worse comes before it.
      if (options.boost) plan.level = *std::find_if(kBestFirst.begin(), kBestFirst.end(), fits);
      return plan;
    }
  }
  return std::nullopt;
}

}  // namespace qrpay::qr::draw
