// Posters as a print shop and a customer get them: rasterised, read, and taken apart by poppler.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time_text.h"
#include "qr/build.h"
#include "qr/picture/image.h"
#include "qr/picture/png.h"
#include "qr/poster/poster.h"
#include "qr/scan/scan.h"

namespace qrpay::qr::poster {

inline constexpr double kMmPerInch = 25.4;

/// A file for the length of a test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& content) {
    static int count = 0;
    path_ = testing::TempDir() + "poster-" + std::to_string(getpid()) + "-" +
            std::to_string(++count) + ".pdf";
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

/// What a command prints; the test fails when it fails.
inline std::string output_of(std::string const& command) {
  std::string out;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << command;
    return out;
  }
  char buffer[1 << 16];
  while (std::size_t const size = std::fread(buffer, 1, sizeof buffer, pipe)) {
    out.append(buffer, size);
  }
  int const status = pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << command;
  return out;
}

/// The first page by pdftoppm, in grey.
inline picture::GreyImage rasterise(std::string const& pdf, unsigned dpi) {
  TemporaryFile const file(pdf);
  std::istringstream in(
      output_of("pdftoppm -gray -singlefile -r " + std::to_string(dpi) + " " + file.path()));
  std::string magic;
  unsigned maximum = 0;
  picture::GreyImage image;
  in >> magic >> image.width >> image.height >> maximum;
  EXPECT_EQ(magic, "P5");
  EXPECT_EQ(maximum, 255u);
  in.get();
  image.pixels.resize(std::size_t{image.width} * image.height);
  in.read(reinterpret_cast<char*>(image.pixels.data()),
          static_cast<std::streamsize>(image.pixels.size()));
  EXPECT_TRUE(in.good());
  return image;
}

/// Text of a PDF by pdftotext, every run of white space made one blank. "-raw" keeps the order of
/// the file, which a screen reader follows; without it figures of one size are taken for a column.
inline std::string text_of(std::string const& pdf, std::string const& options = {}) {
  TemporaryFile const file(pdf);
  std::istringstream in(output_of("pdftotext " + options + " " + file.path() + " -"));
  std::string out;
  for (std::string word; in >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// The text of the only code in a picture, or what went wrong.
inline std::string scanned(picture::GreyImage const& image) {
  auto const text = scan::scan_image(image);
  return text ? *text : to_string(text.error());
}

inline picture::GreyImage grey_of(std::string const& png) {
  auto image = picture::read_png(base::as_bytes(png));
  EXPECT_TRUE(image) << to_string(image.error());
  return image ? *image : picture::GreyImage{};
}

inline picture::GreyImage crop(picture::GreyImage const& from, std::uint32_t x, std::uint32_t y,
                               std::uint32_t width, std::uint32_t height) {
  picture::GreyImage out{width, height, {}};
  for (std::uint32_t row = y; row < y + height; ++row) {
    auto const begin =
        from.pixels.begin() + static_cast<std::ptrdiff_t>(std::size_t{row} * from.width + x);
    out.pixels.insert(out.pixels.end(), begin, begin + width);
  }
  return out;
}

/// Where the modules of a symbol lie in a picture, in pixels, quiet zone not included.
struct Place {
  std::uint32_t left = 0;
  std::uint32_t top = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

inline bool is_dark(picture::GreyImage const& image, std::uint32_t x, std::uint32_t y) {
  return image.pixels[std::size_t{y} * image.width + x] < 128;
}

/// The ends, first and one past, of every stretch of a row that runs dark, light, dark, light, dark
/// as 1:1:3:1:1. Finder patterns have them; so have some letters.
inline std::vector<std::pair<std::uint32_t, std::uint32_t>> finder_runs(
    picture::GreyImage const& image, std::uint32_t y) {
  std::vector<std::uint32_t> edges;
  for (std::uint32_t x = 1; x < image.width; ++x) {
    if (is_dark(image, x, y) != is_dark(image, x - 1, y)) edges.push_back(x);
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  for (std::size_t i = 0; i + 5 < edges.size(); ++i) {
    double const module = (edges[i + 5] - edges[i]) / 7.0;
    double const wanted[] = {1, 1, 3, 1, 1};
    bool good = is_dark(image, edges[i], y) && module >= 2;
    for (std::size_t k = 0; k < 5; ++k) {
      double const run = edges[i + k + 1] - edges[i + k];
      good = good && std::abs(run - wanted[k] * module) <= std::max(1.0, 0.25 * module);
    }
    if (good) found.emplace_back(edges[i], edges[i + 5]);
  }
  return found;
}

/// Whether the 49 modules of a finder pattern lie there.
inline bool is_finder(picture::GreyImage const& image, double left, double top, double module) {
  if (left < 0 || top < 0 || left + 7 * module > image.width || top + 7 * module > image.height) {
    return false;
  }
  for (int row = 0; row < 7; ++row) {
    for (int column = 0; column < 7; ++column) {
      int const ring = std::max(std::abs(row - 3), std::abs(column - 3));
      auto const x = static_cast<std::uint32_t>(left + (column + 0.5) * module);
      auto const y = static_cast<std::uint32_t>(top + (row + 0.5) * module);
      if (is_dark(image, x, y) != (ring != 2)) return false;
    }
  }
  return true;
}

/// Finds the only symbol of an upright picture by its three finder patterns.
inline std::optional<Place> find_symbol(picture::GreyImage const& image) {
  for (std::uint32_t y = 0; y < image.height; ++y) {
    auto const runs = finder_runs(image, y);
    for (auto const& [left, left_end] : runs) {
      double const module = (left_end - left) / 7.0;
      std::uint32_t top = y;
      auto const column = static_cast<std::uint32_t>(left + module / 2);
      while (top > 0 && is_dark(image, column, top - 1)) --top;
      if (!is_finder(image, left, top, module)) continue;
      for (auto const& [right_begin, right] : runs) {
        if (right <= left_end || !is_finder(image, right_begin, top, module)) continue;
        std::uint32_t const side = right - left;
        if (is_finder(image, left, top + side - 7 * module, module)) {
          return Place{left, top, side, side};
        }
      }
    }
  }
  return std::nullopt;
}

/// White pixels around `place` before anything dark, the least of the four sides. The first one is
/// not looked at: edges that fall within a pixel may be rounded to either side.
inline std::uint32_t quiet_pixels(picture::GreyImage const& image, Place const& place) {
  std::uint32_t quiet = 1;
  for (;; ++quiet) {
    std::uint32_t const reach = quiet + 1;
    if (place.left < reach || place.top < reach || place.left + place.width + reach > image.width ||
        place.top + place.height + reach > image.height) {
      return quiet;
    }
    for (std::uint32_t i = 0; i < place.width + 2 * reach; ++i) {
      std::uint32_t const x = place.left - reach + i;
      std::uint32_t const y = place.top - reach + i;
      if (is_dark(image, x, place.top - reach) ||
          is_dark(image, x, place.top + place.height + reach - 1) ||
          is_dark(image, place.left - reach, y) ||
          is_dark(image, place.left + place.width + reach - 1, y)) {
        return quiet;
      }
    }
  }
}

inline std::string static_payload() {
  PayloadSpec spec;
  spec.bank_bin = "970436";
  spec.account = "0071001234567";
  auto const payload = build_payload(spec);
  EXPECT_TRUE(payload) << to_string(payload.error());
  return *payload;
}

inline std::string order_payload() {
  PayloadSpec spec;
  spec.bank_bin = "970436";
  spec.account = "0071001234567";
  spec.amount = base::Vnd(45'000);
  spec.additional.purpose = "HD 1207 QUAN MINH";
  auto const payload = build_payload(spec);
  EXPECT_TRUE(payload) << to_string(payload.error());
  return *payload;
}

inline PosterSpec spec_of(std::string_view payload, Sheet sheet = Sheet::kA6) {
  PosterSpec spec;
  spec.payload = payload;
  spec.shop_name = "Quán Phở Bát Đàn";
  spec.holder = "TRAN VAN MINH";
  spec.issued = *base::parse_day("2026-11-24");
  spec.sheet = sheet;
  return spec;
}

}  // namespace qrpay::qr::poster
