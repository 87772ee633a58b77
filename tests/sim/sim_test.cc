// The engine against the model over many seeds. QRPAY_SEED=<n> runs one; QRPAY_LONG=1 runs ten times
// as many. A failure names its seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/sim/simulation.h"

namespace qrpay::sim {
namespace {

/// Seeds of a real journal cost its syncs.
constexpr std::uint64_t kSeeds = 1'000;
constexpr std::uint64_t kRocksSeeds = 20;

std::uint64_t environment(char const* name, std::uint64_t otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t times_long() { return environment("QRPAY_LONG", 0) == 0 ? 1 : 10; }

Coverage run(std::uint64_t first, std::uint64_t count, bool on_rocks) {
  Coverage coverage;
  std::uint64_t const only = environment("QRPAY_SEED", 0);
  if (only != 0) {
    first = only;
    count = 1;
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Simulation simulation({.seed = seed, .on_rocks = on_rocks});
    auto const difference = simulation.run();
    EXPECT_FALSE(difference) << "seed " << seed << ", " << difference.value_or("")
                             << "\nrepeat with QRPAY_SEED=" << seed;
    if (difference) break;
    coverage.add(simulation.coverage());
  }
  return coverage;
}

TEST(Simulation, KeepsEveryPromiseOnEverySeed) {
  auto const coverage = run(1, kSeeds * times_long(), /*on_rocks=*/false);
  for (auto const& [name, count] : coverage.outcomes) std::cout << name << ' ' << count << '\n';
  for (auto const& [name, count] : coverage.refusals) std::cout << name << ' ' << count << '\n';
  for (auto const& [name, count] : coverage.events) std::cout << name << ' ' << count << '\n';
}

TEST(Simulation, KeepsEveryPromiseOnARealJournal) {
  static_cast<void>(run(1, kRocksSeeds * times_long(), /*on_rocks=*/true));
}

}  // namespace
}  // namespace qrpay::sim
