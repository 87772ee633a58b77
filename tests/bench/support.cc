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

void print_row(Row const& row) {
  std::printf("%-30s %12s %s/s", row.name.c_str(), grouped(row.per_second).c_str(),
              row.unit.c_str());
  if (row.floor_per_second > 0) {
    std::printf("  | %s %s/s, ratio %.2f", row.floor_name.c_str(),
                grouped(row.floor_per_second).c_str(), row.per_second / row.floor_per_second);
  }
  if (!row.remark.empty()) std::printf("  | %s", row.remark.c_str());
  std::printf("\n");
  std::fflush(stdout);
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
