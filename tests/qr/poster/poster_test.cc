// Posters are judged by what comes out of a printer: decoded, measured, covered in part.
#include "qr/poster/poster.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "qr/draw/symbol.h"
#include "tests/qr/poster/printed.h"

namespace qrpay::qr::poster {
namespace {

using base::Errc;

constexpr unsigned kOfficeDpi = 150;

std::string drawn(PosterSpec const& spec, Format format, unsigned dpi = kDpiDefault) {
  auto const file = draw_poster(spec, format, dpi);
  EXPECT_TRUE(file) << to_string(file.error());
  return file ? *file : std::string();
}

/// Pages that hold one symbol.
constexpr Sheet kSingle[] = {Sheet::kA6, Sheet::kA5, Sheet::kStrip80};

// --- reading back ----------------------------------------------------------------------------

TEST(Poster, ReadsBackFromARasterOf150Dpi) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (Sheet const sheet : kSingle) {
      auto const image = rasterise(drawn(spec_of(payload, sheet), Format::kPdf), kOfficeDpi);
      EXPECT_EQ(scanned(image), payload);
    }
  }
}

TEST(Poster, ReadsBackFromAPngOf300Dpi) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (Sheet const sheet : kSingle) {
      EXPECT_EQ(scanned(grey_of(drawn(spec_of(payload, sheet), Format::kPng, 300))), payload);
    }
  }
}

TEST(Poster, EachOfTheEightCardsReadsBack) {
  std::string const payload = order_payload();
  auto const page = rasterise(drawn(spec_of(payload, Sheet::kA4Eight), Format::kPdf), kOfficeDpi);
  std::uint32_t const width = page.width / 2;
  std::uint32_t const height = page.height / 4;
  for (std::uint32_t row = 0; row < 4; ++row) {
    for (std::uint32_t column = 0; column < 2; ++column) {
      auto const card = crop(page, column * width, row * height, width, height);
      EXPECT_EQ(scanned(card), payload) << row << ", " << column;
    }
  }
}

// --- sizes in millimetres --------------------------------------------------------------------

TEST(Poster, PagesHaveTheSizeOfTheirPaper) {
  struct Size {
    Sheet sheet;
    double width;
    double height;
  };
  for (Size const& size : {Size{Sheet::kA6, 105, 148}, Size{Sheet::kA5, 148, 210},
                           Size{Sheet::kA4Eight, 210, 297}, Size{Sheet::kStrip80, 80, 0}}) {
    std::string const payload = static_payload();
    auto const spec = spec_of(payload, size.sheet);
    auto const image = grey_of(drawn(spec, Format::kPng, 300));
    EXPECT_NEAR(image.width * kMmPerInch / 300, size.width, 0.1);
    if (size.height > 0) {
      EXPECT_NEAR(image.height * kMmPerInch / 300, size.height, 0.1);
    }
  }
}

// Width of the symbol that is drawn at level H, in modules.
double modules_of(std::string const& payload) {
  auto const symbol = draw::make_symbol(payload, {.level = draw::Level::kH});
  EXPECT_TRUE(symbol);
  return static_cast<double>(symbol->width());
}

TEST(Poster, ModulesAreLargeEnoughAndWholeDotsOfAPrinter) {
  constexpr double kPixel = kMmPerInch / kOfficeDpi;
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (Sheet const sheet : kSingle) {
      auto const image = rasterise(drawn(spec_of(payload, sheet), Format::kPdf), kOfficeDpi);
      auto const place = find_symbol(image);
      ASSERT_TRUE(place);
      double const modules = modules_of(payload);
      double const side = place->width * kPixel;
      double const dot = sheet == Sheet::kStrip80 ? 0.125 : kMmPerInch / 300;
      double const dots = std::round(side / modules / dot);
      EXPECT_NEAR(side, dots * dot * modules, kPixel);
      EXPECT_GE(dots * dot, kModuleMin);
    }
  }
}

TEST(Poster, QuietZoneIsFourModulesOnEverySide) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    for (Sheet const sheet : kSingle) {
      auto const image = rasterise(drawn(spec_of(payload, sheet), Format::kPdf), kOfficeDpi);
      auto const place = find_symbol(image);
      ASSERT_TRUE(place);
      double const four = 4 * place->width / modules_of(payload);
      EXPECT_GE(quiet_pixels(image, *place), four - 1);
    }
  }
}

TEST(Poster, CardsKeepTheirQuietZone) {
  std::string const payload = order_payload();
  auto const page = rasterise(drawn(spec_of(payload, Sheet::kA4Eight), Format::kPdf), kOfficeDpi);
  auto const card = crop(page, 0, 0, page.width / 2, page.height / 4);
  auto const place = find_symbol(card);
  ASSERT_TRUE(place);
  double const modules = modules_of(payload);
  EXPECT_GE(place->width * kMmPerInch / kOfficeDpi, kModuleMin * modules);
  EXPECT_GE(quiet_pixels(card, *place), 4 * place->width / modules - 1);
}

TEST(Poster, NothingOfASymbolInAPngIsGrey) {
  std::string const payload = order_payload();
  auto const spec = spec_of(payload);
  for (unsigned dpi : {150u, 203u, 300u}) {
    auto const image = grey_of(drawn(spec, Format::kPng, dpi));
    auto const place = find_symbol(image);
    ASSERT_TRUE(place) << dpi;
    EXPECT_EQ(place->width % static_cast<unsigned>(modules_of(payload)), 0u) << dpi;
    auto const symbol = crop(image, place->left, place->top, place->width, place->height);
    for (std::uint8_t const pixel : symbol.pixels) ASSERT_TRUE(pixel == 0 || pixel == 255) << dpi;
  }
}

// --- damage ----------------------------------------------------------------------------------

struct Square {
  std::uint32_t x;
  std::uint32_t y;
  std::uint32_t side;
};

bool covers_finder(Square const& square, Place const& place, double module) {
  double const finder = 8 * module;  // with the light line around it
  double const far = place.width - finder;
  double const x = square.x - place.left;
  double const y = square.y - place.top;
  auto const meets = [&](double left, double top) {
    return x < left + finder && left < x + square.side && y < top + finder && top < y + square.side;
  };
  return meets(0, 0) || meets(far, 0) || meets(0, far);
}

// Squares of 15 % of the symbol's area in steps of a twelfth of the way, those over finders not.
std::vector<Square> squares_over(Place const& place, double modules) {
  auto const side = static_cast<std::uint32_t>(std::ceil(std::sqrt(0.15) * place.width));
  constexpr std::uint32_t kSteps = 12;
  std::vector<Square> squares;
  for (std::uint32_t row = 0; row <= kSteps; ++row) {
    for (std::uint32_t column = 0; column <= kSteps; ++column) {
      std::uint32_t const way = place.width - side;
      Square const square{place.left + way * column / kSteps, place.top + way * row / kSteps, side};
      if (!covers_finder(square, place, place.width / modules)) squares.push_back(square);
    }
  }
  return squares;
}

picture::GreyImage covered(picture::GreyImage image, Square const& square, std::uint8_t grey) {
  for (std::uint32_t y = square.y; y < square.y + square.side; ++y) {
    auto const row =
        image.pixels.begin() + static_cast<std::ptrdiff_t>(std::size_t{y} * image.width);
    std::fill_n(row + square.x, square.side, grey);
  }
  return image;
}

TEST(Poster, ReadsBackWithASquareOf15PercentOfTheSymbolCovered) {
  for (std::string const& payload : {static_payload(), order_payload()}) {
    auto const image = rasterise(drawn(spec_of(payload), Format::kPdf), kOfficeDpi);
    auto const place = find_symbol(image);
    ASSERT_TRUE(place);
    std::size_t tried = 0;
    for (Square const& square : squares_over(*place, modules_of(payload))) {
      for (std::uint8_t const grey : {std::uint8_t{255}, std::uint8_t{128}, std::uint8_t{0}}) {
        EXPECT_EQ(scanned(covered(image, square, grey)), payload)
            << square.x - place->left << ", " << square.y - place->top << ", " << int{grey};
        ++tried;
      }
    }
    EXPECT_GE(tried, 100u);
  }
}

TEST(Poster, CardsReadBackWithASquareOf15PercentOfTheSymbolCovered) {
  std::string const payload = static_payload();
  auto const page = rasterise(drawn(spec_of(payload, Sheet::kA4Eight), Format::kPdf), kOfficeDpi);
  auto const card = crop(page, 0, 0, page.width / 2, page.height / 4);
  auto const place = find_symbol(card);
  ASSERT_TRUE(place);
  for (Square const& square : squares_over(*place, modules_of(payload))) {
    EXPECT_EQ(scanned(covered(card, square, 255)), payload)
        << square.x - place->left << ", " << square.y - place->top;
  }
}

// --- the same every time ---------------------------------------------------------------------

TEST(Poster, SameInputGivesSameBytes) {
  std::string const payload = order_payload();
  for (Sheet const sheet : {Sheet::kA6, Sheet::kA5, Sheet::kA4Eight, Sheet::kStrip80}) {
    auto const spec = spec_of(payload, sheet);
    EXPECT_EQ(drawn(spec, Format::kPdf), drawn(spec, Format::kPdf));
    EXPECT_EQ(drawn(spec, Format::kPng, 150), drawn(spec, Format::kPng, 150));
  }
}

TEST(Poster, CreationDateIsTheDayOfIssue) {
  std::string const payload = static_payload();
  auto const file = drawn(spec_of(payload), Format::kPdf);
  TemporaryFile const pdf(file);
  EXPECT_NE(output_of("pdfinfo -rawdates " + pdf.path()).find("20261124000000+07'00"),
            std::string::npos);
}

TEST(Poster, ThreadsDrawAtTheSameTime) {
  std::string const payload = order_payload();
  auto const spec = spec_of(payload);
  std::string const expected = drawn(spec, Format::kPdf);
  std::vector<std::string> files(4);
  std::vector<std::thread> threads;
  for (std::string& file : files) {
    threads.emplace_back([&spec, &file] { file = drawn(spec, Format::kPdf); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::string const& file : files) EXPECT_EQ(file, expected);
}

// --- what cannot be drawn --------------------------------------------------------------------

TEST(Poster, TextShrinksBeforeTheSymbolLosesCorrection) {
  std::string const payload = order_payload();
  auto spec = spec_of(payload);
  spec.shop_name = "Cửa hàng Tạp hoá và Vật liệu Xây dựng Nguyễn Thị Thu Hường";
  spec.holder = "CONG TY TNHH MOT THANH VIEN THUONG MAI DICH VU HUONG";
  spec.note = "Quầy 2, hỏi chị Hoa khi cần hoá đơn điện tử";
  auto const image = rasterise(drawn(spec, Format::kPdf), kOfficeDpi);
  auto const place = find_symbol(image);
  ASSERT_TRUE(place);
  EXPECT_GE(place->width * kMmPerInch / kOfficeDpi, kModuleMin * modules_of(payload));
  EXPECT_EQ(scanned(image), payload);
}

TEST(Poster, TheLongestTextsAreDrawnOrRefusedByName) {
  std::string const payload = order_payload();
  std::string name;
  while (name.size() + 8 <= 80) name += "MWMWMWM ";
  name.pop_back();
  std::string const holder = name.substr(0, 63);
  for (Sheet const sheet : {Sheet::kA6, Sheet::kA5, Sheet::kA4Eight, Sheet::kStrip80}) {
    auto spec = spec_of(payload, sheet);
    spec.shop_name = name;
    spec.holder = holder;
    auto const file = draw_poster(spec, Format::kPdf);
    if (!file) {
      EXPECT_EQ(file.error().errc, Errc::kInvalidField);
      EXPECT_TRUE(file.error().detail.starts_with('/')) << file.error().detail;
    }
    EXPECT_EQ(file.has_value(), sheet != Sheet::kA4Eight) << static_cast<int>(sheet);
  }
}

TEST(Poster, RefusesAWordThatFitsNoLine) {
  std::string const payload = static_payload();
  auto spec = spec_of(payload);
  std::string const word(80, 'W');
  spec.shop_name = word;
  auto const file = draw_poster(spec, Format::kPdf);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().errc, Errc::kInvalidField);
  EXPECT_EQ(file.error().detail, "/shop_name: does not fit at the smallest size");
}

TEST(Poster, LongCodesNeedALargerSheet) {
  // Close to EMVCo's limit of 512 characters.
  PayloadSpec long_one;
  long_one.bank_bin = "970436";
  long_one.account = "0071001234567";
  std::string const filler = "0010A0000007270181" + std::string(81, 'X');
  std::vector<TlvObject> templates;
  for (std::uint8_t tag = 80; tag < 84; ++tag) {
    TlvObject object;
    object.tag = tag;
    object.value = filler;
    templates.push_back(object);
  }
  long_one.unreserved = templates;
  auto const payload = build_payload(long_one);
  ASSERT_TRUE(payload) << to_string(payload.error());
  ASSERT_GT(payload->size(), 480u);
  auto const small = draw_poster(spec_of(*payload, Sheet::kA4Eight), Format::kPdf);
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().detail, "/sheet: too small for this code and text");
  auto const wall = rasterise(drawn(spec_of(*payload, Sheet::kA5), Format::kPdf), kOfficeDpi);
  EXPECT_EQ(scanned(wall), *payload);
  // Four dots a module, as a receipt printer prints them.
  auto const strip = rasterise(drawn(spec_of(*payload, Sheet::kStrip80), Format::kPdf), 203);
  EXPECT_EQ(scanned(strip), *payload);
}

TEST(Poster, RefusesResolutionsOutOfRangeAndTooManyPixels) {
  std::string const payload = static_payload();
  for (unsigned dpi : {0u, 71u, 601u, 4'000'000'000u}) {
    auto const file = draw_poster(spec_of(payload), Format::kPng, dpi);
    ASSERT_FALSE(file) << dpi;
    EXPECT_EQ(file.error().errc, Errc::kInvalidField);
  }
  auto const file = draw_poster(spec_of(payload, Sheet::kA4Eight), Format::kPng, 600);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().errc, Errc::kImageTooLarge);
}

}  // namespace
}  // namespace qrpay::qr::poster
