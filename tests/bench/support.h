// What every benchmark shares: a place on the real disk, percentiles, and a table of results.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace qrpay::bench {

using Steady = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

/// Ends the program: a benchmark whose answer is wrong has no number.
[[noreturn]] void give_up(std::string_view what);
/// The value, or give_up().
template <class T>
T must(base::Result<T> result, std::string_view what) {
  if (!result) give_up(std::string(what) + ": " + to_string(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
void check(bool holds, std::string_view what);

/// A new folder beside the program, which the build put on a real disk; gone with this.
class BenchFolder {
 public:
  BenchFolder();
  ~BenchFolder();
  BenchFolder(BenchFolder const&) = delete;
  BenchFolder& operator=(BenchFolder const&) = delete;
  [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

/// All bytes of the files below `folder`.
[[nodiscard]] std::uint64_t bytes_below(std::string const& folder);

/// Processor time that all threads of this process took, in the kernel too.
[[nodiscard]] double cpu_seconds();
/// Memory of this process that is in RAM now, bytes.
[[nodiscard]] std::uint64_t resident_bytes();
/// What malloc has handed out and not got back, bytes.
[[nodiscard]] std::uint64_t heap_bytes();

/// Microseconds, sorted when asked.
class Latencies {
 public:
  void add(double microseconds) {
    values_.push_back(microseconds);
    sorted_ = false;
  }
  [[nodiscard]] double quantile(double q);
  [[nodiscard]] double max() { return quantile(1.0); }
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  std::vector<double> values_;
  bool sorted_ = false;
};

/// The middle one. Requires: not empty.
[[nodiscard]] double median(std::vector<double> values);

/// "build Release, 2 cores, load 0.42": what a number has to be read with.
[[nodiscard]] std::string conditions();

/// Milliseconds.
struct Delays {
  double p50 = 0;
  double p99 = 0;
  double p9999 = 0;
  double max = 0;
};
[[nodiscard]] Delays delays_of(Latencies& latencies);
/// "p50 0.31 p99 1.20 p99.99 4.00 max 5.21 ms".
[[nodiscard]] std::string to_string(Delays const& delays);

// What is measured is printed as a line of a table and, where QRPAY_BENCH_NDJSON names a file,
// added to it: name, value, unit, ratio, floor, p50_ms, p99_ms, p9999_ms, max_ms; null where there
// is none.

/// How many a second, the floor beside it and their ratio, and a remark.
struct Row {
  std::string name;
  double per_second = 0;
  std::string unit;  ///< of what is counted: "transfers"
  std::string floor_name = {};
  double floor_per_second = 0;  ///< 0: no floor
  std::string remark = {};
  std::optional<Delays> delays = {};
};
void print_row(Row const& row);
/// Anything else that has a number: bytes, seconds.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::string floor_name = {};
  double floor = 0;  ///< 0: no floor
  std::string remark = {};
  std::optional<Delays> delays = {};
};
void print_figure(Figure const& figure);
/// Prints "name: text".
void print_note(std::string_view name, std::string_view text);
/// A number with thousands set apart: 1234567 -> "1,234,567".
[[nodiscard]] std::string grouped(double number);

/// What the command line asks for: everything, or what has one of its words in its name.
class Choice {
 public:
  Choice(int argc, char** argv) : words_(argv + 1, argv + argc) {}
  /// Should this benchmark run?
  [[nodiscard]] bool runs(std::string_view name) const;
  /// Is there anything to run of the benchmarks that begin with `group`?
  [[nodiscard]] bool has(std::string_view group) const;
  /// The same, but not just because everything was asked for.
  [[nodiscard]] bool names(std::string_view group) const { return !words_.empty() && has(group); }

 private:
  std::vector<std::string> words_;
};

}  // namespace qrpay::bench
