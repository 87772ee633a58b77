// Plans of symbols: libqrencode's capacities, and no segments shorter than these.
#include <gtest/gtest.h>
#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "qr/draw/plan.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::array<Level, 4> kLevels = {Level::kL, Level::kM, Level::kQ, Level::kH};

// Bytes that one segment of that version holds: mode and length take 12 or 20 bits.
std::size_t bytes_max(unsigned version, Level level) {
  return data_codewords(version, level) - (version < 10 ? 2u : 3u);
}

unsigned library_version(std::string const& text, Level level) {
  constexpr QRecLevel kTheirs[] = {QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
  QRcode* const code = QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<unsigned char const*>(text.data()),
      /*version=*/0, kTheirs[static_cast<std::size_t>(level) - 1]);
  unsigned const version = code == nullptr ? 0 : static_cast<unsigned>(code->version);
  QRcode_free(code);
  return version;
}

TEST(Plan, CapacitiesAreLibqrencodes) {
  for (Level const level : kLevels) {
    for (unsigned version = 1; version <= kVersionMax; ++version) {
      std::string const full(bytes_max(version, level), 'x');
      SymbolOptions const options{.level = level, .boost = false};
      ASSERT_EQ(library_version(full, level), version);
      auto const plan = plan_symbol(full, options);
      ASSERT_TRUE(plan);
      EXPECT_EQ(plan->version, version);
      EXPECT_EQ(plan->level, level);
      auto const over = plan_symbol(full + 'x', options);
      ASSERT_EQ(over.has_value(), version < kVersionMax);
      if (over) {
        EXPECT_EQ(over->version, version + 1);
      }
    }
  }
}

// make_symbol() aborts when the encoder does not keep to the plan; nor may the plan be wasteful.
TEST(Plan, FullSymbolsWithAnEciHeaderAreDrawn) {
  for (Level const level : kLevels) {
    for (unsigned version = 1; version <= kVersionMax; version += version < 12 ? 1 : 7) {
      std::size_t const header_bytes = version < 10 ? 3 : 4;  // 24 or 32 bits
      std::size_t const bytes = data_codewords(version, level) - header_bytes;
      std::string const text = "\u1ED9" + std::string(bytes - 3, 'x');
      EXPECT_EQ(symbol_of(text, {level}).version(), version);
      if (version < kVersionMax) {
        EXPECT_EQ(symbol_of(text + 'x', {level}).version(), version + 1);
      }
    }
  }
}

TEST(Plan, BoostTakesTheHighestLevelOfTheSameVersion) {
  for (Level const level : kLevels) {
    for (std::size_t bytes = 1; bytes <= bytes_max(kVersionMax, level); bytes += 7) {
      std::string const text(bytes, 'x');
      auto const plain = plan_symbol(text, {.level = level, .boost = false});
      auto const boosted = plan_symbol(text, {.level = level});
      ASSERT_TRUE(plain && boosted);
      ASSERT_EQ(boosted->version, plain->version);
      ASSERT_GE(boosted->level, level);
      for (Level const other : kLevels) {
        bool const fits = bytes <= bytes_max(boosted->version, other);
        ASSERT_EQ(fits, other <= boosted->level) << bytes;
      }
    }
  }
}

struct Widths {
  unsigned numeric;
  unsigned alphanumeric;
  unsigned bytes;
};

std::size_t bits_of(std::vector<Segment> const& segments, Widths const& widths) {
  std::size_t bits = 0;
  for (Segment const& segment : segments) {
    std::size_t const n = segment.size;
    switch (segment.mode) {
      case Mode::kNumeric:
        bits += 4 + widths.numeric + n / 3 * 10 + n % 3 * 3 + (n % 3 != 0);
        break;
      case Mode::kAlphanumeric: bits += 4 + widths.alphanumeric + n / 2 * 11 + n % 2 * 6; break;
      case Mode::kByte: bits += 4 + widths.bytes + n * 8; break;
    }
  }
  return bits;
}

// Tries every mode for every character.
std::size_t fewest_bits(std::string const& text, Widths const& widths) {
  std::size_t ways = 1;
  for (std::size_t i = 0; i < text.size(); ++i) ways *= 3;
  std::size_t best = static_cast<std::size_t>(-1);
  for (std::size_t way = 0; way < ways; ++way) {
    std::vector<Segment> segments;
    std::size_t rest = way;
    bool possible = true;
    for (char const c : text) {
      auto const mode = static_cast<Mode>(1 + rest % 3);
      rest /= 3;
      bool const digit = c >= '0' && c <= '9';
      possible = possible && (digit || mode == Mode::kByte ||
                              (mode == Mode::kAlphanumeric && (c == 'A' || c == ':')));
      if (segments.empty() || segments.back().mode != mode) segments.push_back({mode, 0});
      ++segments.back().size;
    }
    if (possible) best = std::min(best, bits_of(segments, widths));
  }
  return best;
}

TEST(Plan, CompactFindsTheFewestBits) {
  std::mt19937 engine(5);
  Widths const small{10, 9, 8};  // versions 1 to 9
  std::size_t mixed = 0;
  for (int round = 0; round < 120; ++round) {
    // Runs, since single characters hardly ever pay for a header.
    std::string text;
    while (text.size() < 8) text.append(1 + engine() % 8, "07A:a"[engine() % 5]);
    text.resize(8);
    auto const plan = plan_symbol(text, {.level = Level::kL, .compact = true});
    ASSERT_TRUE(plan);
    ASSERT_LE(plan->version, 9u);
    ASSERT_EQ(bits_of(plan->segments, small), fewest_bits(text, small)) << text;
    if (plan->segments.size() > 1) ++mixed;
  }
  EXPECT_GT(mixed, 10u);
}

TEST(Plan, CompactSymbolsReadBackAndAreNeverLarger) {
  std::string const texts[] = {
      std::string(kStatic),
      std::string(90, '7') + std::string(40, 'A') + std::string(20, 'x'),
      std::string(7'089, '7'),
      std::string(4'296, 'A'),
      "HTTPS://EXAMPLE.VN/0123456789012345678901234567890",
      "Ph\u1EDF 24 " + std::string(60, '8'),
      "a",
  };
  for (std::string const& text : texts) {
    Symbol const compact = symbol_of(text, {.level = Level::kL, .compact = true});
    auto const bytes = make_symbol(text, {.level = Level::kL});
    if (bytes) {
      EXPECT_LE(compact.width(), bytes->width());
    }
    auto const png = render_png(compact, 3);
    ASSERT_TRUE(png);
    auto const read = scan::scan_file(base::as_bytes(*png));
    ASSERT_TRUE(read) << to_string(read.error()) << ' ' << text.substr(0, 40);
    EXPECT_EQ(*read, text);
  }
  EXPECT_FALSE(plan_symbol(std::string(7'090, '7'), {.level = Level::kL, .compact = true}));
  EXPECT_FALSE(plan_symbol(std::string(4'297, 'A'), {.level = Level::kL, .compact = true}));
}

}  // namespace
}  // namespace qrpay::qr::draw
