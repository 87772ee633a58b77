// The text format of Prometheus, version 0.0.4: what a scrape answers with.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace qrpay::gateway::api {

/// One metric family after the other, its samples together. Pure.
class MetricsText {
 public:
  enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Begins a family. `name` and `help` are ours: letters, digits and "_"; one line.
  void family(std::string_view name, Type type, std::string_view help);
  /// A sample of the family begun last. Label values are escaped.
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, std::int64_t value);

  /// A histogram's samples: cumulative buckets, sum and count. `counts` are those of each bucket
  /// alone, one more than `bounds`.
  struct Histogram {
    std::span<std::int64_t const> bounds;
    std::span<std::uint64_t const> counts;
    std::int64_t sum = 0;
    bool microseconds = false;  ///< told in seconds
  };
  void histogram(Labels labels, Histogram const& values);

  [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);
  std::string text_;
  std::string name_;
};

/// "0.00025": microseconds as seconds, exact, no zeros at the end.
[[nodiscard]] std::string seconds_text(std::int64_t microseconds);

}  // namespace qrpay::gateway::api
