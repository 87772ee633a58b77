// Pictures through the C face: drawn, scanned, refused.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "qr/c/qrpay_qr.h"
#include "tests/qr/c_face.h"

namespace qrpay::qr::c {
namespace {

qrpay_qr_drawing drawing_of(std::int32_t format) {
  qrpay_qr_drawing drawing{};
  drawing.struct_size = sizeof drawing;
  drawing.format = format;
  return drawing;
}

TEST(QrCFace, DrawsAPngThatScansBack) {
  std::string const text(kStatic);
  for (std::int32_t pixels : {0, 1, 3, 64}) {
    qrpay_qr_drawing drawing = drawing_of(QRPAY_QR_FORMAT_PNG);
    drawing.pixels_per_module = pixels;
    Bytes png;
    ASSERT_EQ(qrpay_qr_draw(text.c_str(), &drawing, &png, nullptr), QRPAY_QR_OK);
    EXPECT_TRUE(png.text().starts_with("\x89PNG"));
    EXPECT_EQ(png.data[png.size], 0);
    EXPECT_EQ(png.width % static_cast<std::uint32_t>(pixels == 0 ? 8 : pixels), 0U);
    if (pixels < 2 && pixels != 0) continue;  // one pixel a module is for printers
    Bytes seen;
    ASSERT_EQ(qrpay_qr_scan(png.data, png.size, &seen, nullptr), QRPAY_QR_OK) << pixels;
    EXPECT_EQ(seen.text(), text);
    EXPECT_STREQ(reinterpret_cast<char const*>(seen.data), text.c_str());
    EXPECT_EQ(seen.width, 0U);
  }
}

TEST(QrCFace, DrawsModules) {
  qrpay_qr_drawing drawing = drawing_of(QRPAY_QR_FORMAT_MODULES);
  drawing.level = QRPAY_QR_LEVEL_L;
  Bytes modules;
  ASSERT_EQ(qrpay_qr_draw("QRPAY", &drawing, &modules, nullptr), QRPAY_QR_OK);
  EXPECT_EQ(modules.width, 21U);
  ASSERT_EQ(modules.size, 21U * 21U);
  // The first row of a finder pattern, and its separator.
  EXPECT_EQ(modules.text().substr(0, 8), (std::string{1, 1, 1, 1, 1, 1, 1, 0}));
  for (std::size_t i = 0; i < modules.size; ++i) ASSERT_LE(modules.data[i], 1);
}

TEST(QrCFace, DrawsSvg) {
  qrpay_qr_drawing drawing = drawing_of(QRPAY_QR_FORMAT_SVG);
  drawing.module_um = 500;
  Bytes svg;
  ASSERT_EQ(qrpay_qr_draw("QRPAY", &drawing, &svg, nullptr), QRPAY_QR_OK);
  EXPECT_NE(svg.text().find("<svg"), std::string::npos);
  EXPECT_NE(svg.text().find("14.5mm"), std::string::npos) << svg.text();
  EXPECT_EQ(svg.width, 29U);
}

TEST(QrCFace, DrawsTheLevelThatIsAskedFor) {
  std::string const text(kStatic);
  std::vector<std::uint32_t> widths;
  for (std::int32_t level : {0, 1, 2, 3, 4}) {
    qrpay_qr_drawing drawing = drawing_of(QRPAY_QR_FORMAT_MODULES);
    drawing.level = level;
    drawing.exact_level = 1;
    Bytes modules;
    ASSERT_EQ(qrpay_qr_draw(text.c_str(), &drawing, &modules, nullptr), QRPAY_QR_OK);
    widths.push_back(modules.width);
  }
  EXPECT_EQ(widths[0], widths[2]);
  EXPECT_LT(widths[1], widths[3]);
  EXPECT_LT(widths[2], widths[4]);
}

TEST(QrCFace, RefusesWhatCannotBeDrawn) {
  std::string const long_text(2'332, 'a');
  std::string const longer_text(1 << 20, 'a');
  auto const status = [](char const* text, auto&& spoil) {
    qrpay_qr_drawing drawing = drawing_of(0);
    spoil(drawing);
    Bytes out;
    out.size = 5;
    std::int32_t const result = qrpay_qr_draw(text, &drawing, &out, nullptr);
    EXPECT_EQ(out.data, nullptr);
    EXPECT_EQ(out.size, 0U);
    return result;
  };
  auto const as_is = [](qrpay_qr_drawing&) {};
  EXPECT_EQ(status(nullptr, as_is), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(status("", as_is), QRPAY_QR_INVALID_FIELD);
  EXPECT_EQ(status(long_text.c_str(), as_is), QRPAY_QR_TOO_LONG);
  EXPECT_EQ(status(longer_text.c_str(), as_is), QRPAY_QR_TOO_LONG);
  EXPECT_EQ(status("a", [](auto& d) { d.struct_size = 1; }), QRPAY_QR_BAD_ARGUMENT);
  for (std::int32_t bad : {-1, 5, std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_EQ(status("a", [bad](auto& d) { d.format = bad; }), QRPAY_QR_INVALID_FIELD);
    EXPECT_EQ(status("a", [bad](auto& d) { d.level = bad; }), QRPAY_QR_INVALID_FIELD);
    EXPECT_EQ(status("a", [bad](auto& d) { d.module_um = bad; }), QRPAY_QR_INVALID_FIELD);
  }
  for (std::int32_t bad : {-1, 65, std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_EQ(status("a", [bad](auto& d) { d.pixels_per_module = bad; }), QRPAY_QR_INVALID_FIELD);
  }
  EXPECT_EQ(qrpay_qr_draw("a", nullptr, nullptr, nullptr), QRPAY_QR_BAD_ARGUMENT);
}

TEST(QrCFace, RefusesWhatIsNoPictureOfACode) {
  Bytes out;
  qrpay_qr_error error = no_error();
  EXPECT_EQ(qrpay_qr_scan(nullptr, 1, &out, &error), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_scan("", 0, nullptr, &error), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_scan(nullptr, 0, &out, &error), QRPAY_QR_IMAGE_MALFORMED);
  EXPECT_EQ(error.status, QRPAY_QR_IMAGE_MALFORMED);
  EXPECT_EQ(qrpay_qr_scan("hello", 5, &out, &error), QRPAY_QR_IMAGE_MALFORMED);
  EXPECT_EQ(qrpay_qr_scan("hello", kHuge, &out, &error), QRPAY_QR_IMAGE_TOO_LARGE);
  EXPECT_EQ(out.data, nullptr);
  Bytes png;
  ASSERT_EQ(qrpay_qr_draw("QRPAY", nullptr, &png, nullptr), QRPAY_QR_OK);
  EXPECT_EQ(qrpay_qr_scan(png.data, png.size / 2, &out, &error), QRPAY_QR_IMAGE_MALFORMED);
}

TEST(QrCFace, FreesTwiceWithoutHarm) {
  qrpay_qr_bytes png{};
  ASSERT_EQ(qrpay_qr_draw("QRPAY", nullptr, &png, nullptr), QRPAY_QR_OK);
  qrpay_qr_bytes_free(&png);
  EXPECT_EQ(png.data, nullptr);
  EXPECT_EQ(png.size, 0U);
  qrpay_qr_bytes_free(&png);
  qrpay_qr_bytes_free(nullptr);
}

TEST(QrCFace, ServesManyThreads) {
  std::vector<std::thread> threads;
  std::array<std::string, 4> answers;
  threads.reserve(answers.size());
  for (std::string& answer : answers) {
    threads.emplace_back([&answer] {
      std::string const text = build(transfer());
      Bytes png;
      Bytes seen;
      if (qrpay_qr_draw(text.c_str(), nullptr, &png, nullptr) != QRPAY_QR_OK) return;
      if (qrpay_qr_scan(png.data, png.size, &seen, nullptr) != QRPAY_QR_OK) return;
      answer = seen.text();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::string const& answer : answers) EXPECT_EQ(answer, kStatic);
}

}  // namespace
}  // namespace qrpay::qr::c
