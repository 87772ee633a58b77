// Times one small thing on one core, by processor time: a busy host then tells nearly the same as
// an idle one. Medians over rounds, so that a hiccup is not news.
#pragma once

#include <cstddef>

#include "tests/bench/support.h"

namespace qrpay::bench {

/// Calls `once` per item, several rounds of about a tenth of a second, and returns items per second
/// of processor time (the median round). `once` takes the number of the call. One thread only.
template <class Once>
[[nodiscard]] double rate_of(Once&& once, int rounds = 7) {
  std::size_t number = 0;
  std::size_t calls = 1;
  double seconds = 0;
  for (;;) {  // how many calls take long enough to be timed
    double const start = cpu_seconds();
    for (std::size_t i = 0; i < calls; ++i) once(number++);
    seconds = cpu_seconds() - start;
    if (seconds > 0.05) break;
    calls *= 2;
  }
  calls = static_cast<std::size_t>(static_cast<double>(calls) * 0.1 / seconds) + 1;
  std::vector<double> rates;
  for (int round = 0; round < rounds; ++round) {
    double const start = cpu_seconds();
    for (std::size_t i = 0; i < calls; ++i) once(number++);
    rates.push_back(static_cast<double>(calls) / (cpu_seconds() - start));
  }
  return median(std::move(rates));
}

/// Keeps a result from being optimised away.
template <class T>
void keep(T const& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace qrpay::bench
