// Our symbols are libqrencode's, module for module: the library is the referee.
#include "qr/draw/encoder.h"

#include <gtest/gtest.h>
#include <qrencode.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "qr/draw/plan.h"
#include "qr/scan/scan.h"
#include "tests/qr/drawn.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::array<Level, 4> kLevels = {Level::kL, Level::kM, Level::kQ, Level::kH};

// Modules of the symbol that libqrencode makes of the same segments; empty if it cannot, or if it
// takes another version than the planned one.
std::vector<std::uint8_t> library_modules(std::string_view text, Plan const& plan) {
  constexpr QRecLevel kTheirLevels[] = {QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
  constexpr QRencodeMode kTheirModes[] = {QR_MODE_NUM, QR_MODE_AN, QR_MODE_8};
  QRinput* const input = QRinput_new2(static_cast<int>(plan.version),
                                      kTheirLevels[static_cast<std::size_t>(plan.level) - 1]);
  if (plan.utf8) {
    EXPECT_EQ(QRinput_appendECIheader(input, 26), 0);
  }
  auto const* at = reinterpret_cast<unsigned char const*>(text.data());
  for (Segment const& segment : plan.segments) {
    EXPECT_EQ(QRinput_append(input, kTheirModes[static_cast<std::size_t>(segment.mode) - 1],
                             static_cast<int>(segment.size), at),
              0);
    at += segment.size;
  }
  QRcode* const code = QRcode_encodeInput(input);
  std::vector<std::uint8_t> modules;
  if (code != nullptr && code->version == static_cast<int>(plan.version)) {
    modules.assign(code->data, code->data + code->width * code->width);
    for (std::uint8_t& module : modules) module &= 1u;
  }
  QRcode_free(code);
  QRinput_free(input);
  return modules;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Plan byte_plan(std::string_view text, unsigned version, Level level) {
  return {version, level, !is_ascii(text), {{Mode::kByte, text.size()}}};
}

Plan smallest_plan(std::string_view text, SymbolOptions const& options) {
  auto const plan = plan_symbol(text, options);
  EXPECT_TRUE(plan);
  return plan.value_or(Plan{});
}

// Fills texts of one kind, from a seed.
class Texts {
 public:
  explicit Texts(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }
  std::string of(std::size_t size, std::string_view alphabet) {
    std::string text(size, '\0');
    for (char& c : text) c = alphabet[below(alphabet.size())];
    return text;
  }
  std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  std::string ascii(std::size_t size) {
    std::string text = bytes(size);
    for (char& c : text) c = static_cast<char>(c & 0x7F);
    return text;
  }
  /// In the manner of a dynamic VietQR code: digits, upper case, few other signs.
  std::string payment() {
    return "00020101021238570010A000000727012700069704220113" + of(13, kDigits) +
           "0208QRIBFTTA530370454" + of(2, kDigits) + of(1 + below(9), kDigits) + "5802VN62" +
           of(2, kDigits) + of(1 + below(60), kWords) + "6304" + of(4, "0123456789ABCDEF");
  }
  std::string vietnamese(std::size_t letters) {
    static constexpr std::array<std::string_view, 8> kLetters = {"đ", "ệ", "ơ", "n",
                                                                 " ", "Ư", "ỗ", "h"};
    std::string text;
    for (std::size_t i = 0; i < letters; ++i) text += kLetters[below(kLetters.size())];
    return text + "ế";
  }
  /// A few long runs: symbols full of squares, stripes and equal penalties.
  std::string runs(std::size_t size) {
    std::string text;
    while (text.size() < size) {
      static constexpr std::string_view kBytes("\0\xFF\x55\xAA\x11\xEC\xF0\x0F", 8);
      text.append(std::min(size - text.size(), 1 + below(40)), kBytes[below(kBytes.size())]);
    }
    return text;
  }

  static constexpr std::string_view kDigits = "0123456789";
  static constexpr std::string_view kWords = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 abcdef";

 private:
  std::mt19937_64 random_;
};

::testing::AssertionResult is_read_by_scanner(std::string_view text, Plan const& plan) {
  EncodedSymbol const symbol = encode(text, plan);
  auto const png = render_png(Symbol(symbol.width, symbol.modules(), plan.level), 3);
  if (!png) return ::testing::AssertionFailure() << to_string(png.error());
  auto const read = scan::scan_file(base::as_bytes(*png));
  if (!read) return ::testing::AssertionFailure() << to_string(read.error());
  if (*read == text) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "read as " << *read;
}

// With an ECI header the library wants 16 bits more room than it fills: where they are missing it
// takes a larger version, and the scanner is the referee.
::testing::AssertionResult is_as_drawn_by_library(std::string_view text, Plan const& plan) {
  std::vector<std::uint8_t> const theirs = library_modules(text, plan);
  if (theirs.empty()) {
    if (plan.utf8) return is_read_by_scanner(text, plan);
    return ::testing::AssertionFailure() << "the library draws none";
  }
  EncodedSymbol const symbol = encode(text, plan);
  if (symbol.modules() == theirs) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << text.size() << " bytes, version " << plan.version << ", level "
         << static_cast<unsigned>(plan.level) << ": other modules with mask " << symbol.mask;
}

TEST(Encoder, DrawsEveryVersionAndLevelAtItsEdges) {
  Texts texts(1);
  for (unsigned version = 1; version <= kVersionMax; ++version) {
    for (Level const level : kLevels) {
      std::size_t const bytes_max = data_codewords(version, level) - (version < 10 ? 2u : 3u);
      for (std::size_t const size : {std::size_t{1}, bytes_max - 1, bytes_max}) {
        std::string const text = texts.ascii(size);
        EXPECT_TRUE(is_as_drawn_by_library(text, byte_plan(text, version, level)));
      }
    }
  }
}

TEST(Encoder, DrawsPayments) {
  Texts texts(2);
  for (int i = 0; i < 1'000; ++i) {
    std::string const text = texts.payment();
    Level const level = kLevels[texts.below(4)];
    ASSERT_TRUE(is_as_drawn_by_library(text, smallest_plan(text, {level}))) << text;
  }
}

TEST(Encoder, DrawsAnyBytes) {
  Texts texts(3);
  for (int i = 0; i < 1'000; ++i) {
    std::size_t const size = 1 + texts.below(i % 10 == 0 ? 1'260 : 200);
    std::string const text = i % 2 == 0 ? texts.bytes(size) : texts.ascii(size);
    Plan plan = smallest_plan(text, {.level = kLevels[texts.below(4)], .boost = false});
    plan.utf8 = false;
    ASSERT_TRUE(is_as_drawn_by_library(text, plan)) << "round " << i;
  }
}

TEST(Encoder, DrawsUtf8WithItsHeader) {
  Texts texts(4);
  for (int i = 0; i < 500; ++i) {
    std::string const text = texts.vietnamese(1 + texts.below(120));
    Plan const plan = smallest_plan(text, {.level = kLevels[texts.below(4)], .boost = false});
    ASSERT_TRUE(plan.utf8);
    ASSERT_TRUE(is_as_drawn_by_library(text, plan)) << text;
  }
}

TEST(Encoder, FillsAVersionWithAnEciHeaderWhereTheLibraryTakesTheNext) {
  Texts texts(9);
  for (unsigned version = 1; version < kVersionMax; version += version < 10 ? 1 : 5) {
    for (Level const level : kLevels) {
      std::size_t const bytes_max = data_codewords(version, level) - (version < 10 ? 3u : 4u);
      std::string text = texts.of(bytes_max, Texts::kWords);
      text.replace(bytes_max - 3, 3, "ế");
      Plan const plan = byte_plan(text, version, level);
      EXPECT_TRUE(library_modules(text, plan).empty());
      EXPECT_TRUE(is_read_by_scanner(text, plan)) << "version " << version;
    }
  }
}

TEST(Encoder, DrawsMixedSegments) {
  Texts texts(5);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    while (text.empty() || texts.below(4) != 0) {
      text += texts.of(texts.below(30), Texts::kDigits);
      text += texts.of(texts.below(30), "ABCXYZ019 $%*+-./:");
      if (texts.below(2) == 0) text += texts.vietnamese(texts.below(10));
    }
    Level const level = kLevels[texts.below(4)];
    Plan const plan = smallest_plan(text, {.level = level, .compact = true, .boost = false});
    ASSERT_TRUE(is_as_drawn_by_library(text, plan)) << text;
  }
}

// The text decides how close the penalties of two masks are, and whether there are patterns like
// finders of twice their size: such texts find what random ones do not.
TEST(Encoder, ChoosesTheLibrarysMaskForStripedSymbols) {
  Texts texts(6);
  std::set<unsigned> masks;
  for (int i = 0; i < 1'000; ++i) {
    std::string const text = texts.runs(1 + texts.below(i % 10 == 0 ? 1'260 : 200));
    Plan plan = smallest_plan(text, {.level = kLevels[texts.below(4)], .boost = false});
    plan.utf8 = false;
    ASSERT_TRUE(is_as_drawn_by_library(text, plan)) << "round " << i;
    masks.insert(encode(text, plan).mask);
  }
  EXPECT_EQ(masks.size(), 8u);
}

// The fewer the modules, the further their balance strays: here it decides between masks.
TEST(Encoder, ChoosesTheLibrarysMaskForTheSmallestSymbols) {
  Texts texts(8);
  for (int i = 0; i < 5'000; ++i) {
    std::string const text = texts.ascii(1 + texts.below(17));
    Plan const plan = byte_plan(text, 1, Level::kL);
    ASSERT_TRUE(is_as_drawn_by_library(text, plan)) << "round " << i;
  }
}

TEST(Encoder, IsReadByTheScanner) {
  Texts texts(7);
  for (unsigned version = 1; version <= kVersionMax; version += version < 10 ? 1 : 6) {
    for (Level const level : kLevels) {
      std::size_t const size = data_codewords(version, level) - (version < 10 ? 2u : 3u);
      std::string const text = texts.of(size, Texts::kWords);
      EXPECT_TRUE(is_read_by_scanner(text, byte_plan(text, version, level)));
    }
  }
}

TEST(Encoder, FirstUseByManyThreadsAtOnceDrawsTheSame) {
  constexpr unsigned kThreads = 4;
  std::string const text = "https://example.vn/q/7";
  std::array<std::vector<std::uint8_t>, kThreads> modules;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&text, &out = modules[i]] {
      for (unsigned version = 3; version <= kVersionMax; version += 3) {
        auto const drawn = encode(text, byte_plan(text, version, Level::kQ)).modules();
        out.insert(out.end(), drawn.begin(), drawn.end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (unsigned i = 1; i < kThreads; ++i) EXPECT_EQ(modules[i], modules[0]);
}

}  // namespace
}  // namespace qrpay::qr::draw
