#include "tests/bench/support.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace qrpay::bench {

namespace fs = std::filesystem;

void give_up(std::string_view what) {
  std::fflush(stdout);
  std::fprintf(stderr, "benchmark: WRONG: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

void check(bool holds, std::string_view what) {
  if (!holds) give_up(what);
}

BenchFolder::BenchFolder() {
  std::string name = (fs::read_symlink("/proc/self/exe").parent_path() / "data-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) give_up("no folder for the data");
  folder_ = name;
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;  // what stays behind is in the build folder
  fs::remove_all(folder_, ignored);
}

std::uint64_t bytes_below(std::string const& folder) {
  std::uint64_t bytes = 0;
  for (auto const& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t heap_bytes() {
  auto const info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

double Latencies::quantile(double q) {
  if (values_.empty()) return 0;
  if (!sorted_) std::ranges::sort(values_);
  sorted_ = true;
  auto const last = static_cast<double>(values_.size() - 1);
  return values_[static_cast<std::size_t>(q * last)];
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string conditions() {
  double load[1] = {};
  (void)::getloadavg(load, 1);
  char line[128];
  std::snprintf(line, sizeof line, "%u cores, load %.2f before the run, every batch synced",
                std::thread::hardware_concurrency(), load[0]);
  return line;
}

std::string grouped(double number) {
  auto text = std::to_string(static_cast<long long>(number + 0.5));
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

Delays delays_of(Latencies& latencies) {
  return {latencies.quantile(0.5) / 1000, latencies.quantile(0.99) / 1000,
          latencies.quantile(0.9999) / 1000, latencies.max() / 1000};
}

std::string to_string(Delays const& delays) {
  char text[100];
  std::snprintf(text, sizeof text, "p50 %.2f p99 %.2f p99.99 %.2f max %.2f ms", delays.p50,
                delays.p99, delays.p9999, delays.max);
  return text;
}

namespace {

// Names and units are words of ours: nothing in them needs an escape.
void add_to_file(Figure const& figure) {
  char const* const path = std::getenv("QRPAY_BENCH_NDJSON");
  if (path == nullptr) return;
  auto const number = [](bool there, double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", value);
    return there ? std::string(text) : "null";
  };
  bool const has_floor = figure.floor > 0;
  auto const delays = figure.delays.value_or(Delays{});
  bool const timed = figure.delays.has_value();
  std::ofstream out(path, std::ios::app);
  out << R"({"name":")" << figure.name << R"(","value":)" << number(true, figure.value)
      << R"(,"unit":")" << figure.unit << R"(","ratio":)"
      << number(has_floor, has_floor ? figure.value / figure.floor : 0) << R"(,"floor":)"
      << number(has_floor, figure.floor) << R"(,"p50_ms":)" << number(timed, delays.p50)
      << R"(,"p99_ms":)" << number(timed, delays.p99) << R"(,"p9999_ms":)"
      << number(timed, delays.p9999) << R"(,"max_ms":)" << number(timed, delays.max) << "}\n";
}

void print_line(Figure const& figure, std::string const& value, std::string const& floor) {
  std::printf("%-30s %12s %s", figure.name.c_str(), value.c_str(), figure.unit.c_str());
  if (figure.floor > 0)
    std::printf("  | %s %s, ratio %.2f", figure.floor_name.c_str(), floor.c_str(),
                figure.value / figure.floor);
  if (figure.delays) std::printf("  | %s", to_string(*figure.delays).c_str());
  if (!figure.remark.empty()) std::printf("  | %s", figure.remark.c_str());
  std::printf("\n");
  std::fflush(stdout);
  add_to_file(figure);
}

}  // namespace

void print_row(Row const& row) {
  Figure const figure{row.name,       row.per_second,       row.unit + "/s",
                      row.floor_name, row.floor_per_second, row.remark,
                      row.delays};
  print_line(figure, grouped(row.per_second), grouped(row.floor_per_second) + " " + figure.unit);
}

void print_figure(Figure const& figure) {
  auto const text = [](double value) {
    char number[40];
    std::snprintf(number, sizeof number, value < 100 ? "%.3g" : "%.0f", value);
    return std::string(number);
  };
  print_line(figure, text(figure.value), text(figure.floor) + " " + figure.unit);
}

void print_note(std::string_view name, std::string_view text) {
  std::printf("%-30.*s %.*s\n", static_cast<int>(name.size()), name.data(),
              static_cast<int>(text.size()), text.data());
  std::fflush(stdout);
}

bool Choice::runs(std::string_view name) const {
  auto const within = [&](std::string const& word) { return name.find(word) != name.npos; };
  return words_.empty() || std::ranges::any_of(words_, within);
}

bool Choice::has(std::string_view group) const {
  auto const of_group = [&](std::string const& word) { return word.find(group) != word.npos; };
  return runs(group) || std::ranges::any_of(words_, of_group);
}

}  // namespace qrpay::bench
