// Seeded chance: the same seed throws the same dice on every platform.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace qrpay::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// 0 to bound - 1. Requires: bound > 0.
  std::size_t below(std::size_t bound) {
    QRPAY_CHECK(bound > 0);
    return static_cast<std::size_t>(random_() % bound);
  }
  bool percent(std::size_t p) { return below(100) < p; }
  std::uint64_t bits() { return random_(); }
  template <class T>
  T const& one_of(std::vector<T> const& from) {
    return from[below(from.size())];
  }
  std::int64_t one_of(std::initializer_list<std::int64_t> from) {
    return from.begin()[below(from.size())];
  }
  std::string text_of(std::initializer_list<std::string_view> from) {
    return std::string(from.begin()[below(from.size())]);
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace qrpay::sim
