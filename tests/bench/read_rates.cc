#include "tests/bench/read_rates.h"

#include <stdio.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "qr/scan/scan.h"
#include "tests/bench/support.h"
#include "tests/qr/scan/damage.h"
#include "tests/qr/scan/library_alone.h"

namespace qrpay::bench {
namespace {

namespace fs = std::filesystem;
using qr::scan::DamagedPicture;

// One reader over all pictures.
struct Reader {
  std::string name;
  std::vector<int> right = std::vector<int>(qr::scan::all_damages().size());
  int wrong = 0;
  Latencies times = {};

  void count(DamagedPicture const& picture, std::optional<std::string> const& text) {
    if (text == picture.text) ++right[picture.damage];
    if (text && text != picture.text) ++wrong;
  }
  [[nodiscard]] int total() const {
    int sum = 0;
    for (int number : right) sum += number;
    return sum;
  }
};

template <class Read>
Reader try_all(std::string name, std::vector<DamagedPicture> const& pictures, Read&& read) {
  Reader reader{std::move(name)};
  for (DamagedPicture const& picture : pictures) {
    double const start = cpu_seconds();
    std::optional<std::string> const text = read(picture.image);
    reader.times.add(1e6 * (cpu_seconds() - start));
    reader.count(picture, text);
  }
  return reader;
}

// One file for each picture and their texts, for the script.
void write_pictures(std::vector<DamagedPicture> const& pictures, BenchFolder const& folder) {
  std::ofstream list(folder.path("texts"), std::ios::binary);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto const& image = pictures[i].image;
    list << pictures[i].text << '\n';
    std::ofstream out(folder.path(std::to_string(i) + ".pgm"), std::ios::binary);
    out << "P5\n" << image.width << ' ' << image.height << "\n255\n";
    out.write(reinterpret_cast<char const*>(image.pixels.data()),
              static_cast<std::streamsize>(image.pixels.size()));
  }
}

// The script prints its name, then "right", "wrong" or "none" and microseconds for each picture.
// Without Python, PyPI or a wheel for this machine it prints nothing.
std::optional<Reader> try_newest(std::vector<DamagedPicture> const& pictures) {
  BenchFolder const folder;
  write_pictures(pictures, folder);
  fs::path const here = fs::read_symlink("/proc/self/exe").parent_path();
  std::string const command = "python3 -B '" QRPAY_SOURCE_DIR "/tests/bench/zxing_wheel.py' '" +
                              (here / "zxing_wheel").string() + "' '" + folder.path("") + "'";
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  char line[100];
  std::optional<Reader> reader;
  if (std::fgets(line, sizeof line, pipe) != nullptr) {
    reader = Reader{std::string(line, std::string(line).find('\n'))};
  }
  char word[8];
  double microseconds = 0;
  std::size_t count = 0;
  for (; count < pictures.size() && reader; ++count) {
    if (std::fscanf(pipe, "%7s %lf", word, &microseconds) != 2) break;
    std::string const answer = word;
    reader->times.add(microseconds);
    if (answer == "right") ++reader->right[pictures[count].damage];
    if (answer == "wrong") ++reader->wrong;
  }
  bool const good = ::pclose(pipe) == 0;
  return good && count == pictures.size() ? reader : std::nullopt;
}

void print_table(std::vector<Reader>& readers, int pictures_each) {
  char line[200];
  auto const damages = qr::scan::all_damages();
  for (std::size_t i = 0; i < damages.size(); ++i) {
    std::string text = "of " + std::to_string(pictures_each);
    for (Reader const& reader : readers) {
      std::snprintf(line, sizeof line, "  | %s %d", reader.name.c_str(), reader.right[i]);
      text += line;
    }
    print_note("qr_read " + std::string(damages[i].name), text);
  }
  for (Reader& reader : readers) {
    std::snprintf(line, sizeof line,
                  "%d of %d, %d wrong, median %.2f ms, p99 %.2f ms, most %.2f ms", reader.total(),
                  pictures_each * static_cast<int>(damages.size()), reader.wrong,
                  reader.times.quantile(0.5) / 1e3, reader.times.quantile(0.99) / 1e3,
                  reader.times.max() / 1e3);
    print_note("qr_read all, " + reader.name, line);
  }
}

}  // namespace

void bench_read_rates() {
  auto const pictures = qr::scan::all_damaged_pictures();
  std::vector<Reader> readers;
  readers.push_back(try_all("qrpay", pictures, [](auto const& image) -> std::optional<std::string> {
    auto text = qr::scan::scan_image(image);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  }));
  readers.push_back(try_all(qr::scan::library_name(), pictures, qr::scan::read_with_library_alone));
  if (auto newest = try_newest(pictures)) readers.push_back(std::move(*newest));
  bool const has_newest = readers.size() == 3;
  auto const damages = qr::scan::all_damages();
  print_table(readers, static_cast<int>(pictures.size() / damages.size()));
  if (!has_newest) print_note("qr_read all, zxing-cpp of PyPI", "not available");

  check(readers[0].wrong == 0, "qr_read: a wrong text");
  for (std::size_t i = 0; i < damages.size(); ++i) {
    check(readers[0].right[i] >= readers[1].right[i],
          "qr_read: fewer than the library alone: " + std::string(damages[i].name));
  }
  if (has_newest) {
    check(readers[0].total() >= readers[2].total(), "qr_read: fewer than the newest release");
  }
}

}  // namespace qrpay::bench
