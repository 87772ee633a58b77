// The engine against the model over many seeds. QRPAY_SEED=<n> runs one; QRPAY_LONG=1 runs twenty
// times as many, and ten times as many on a disk. A failure names its seed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/simulation.h"

namespace qrpay::sim {
namespace {

/// Seeds of all shards; 10 ms each.
constexpr std::uint64_t kSeeds = 5'000;
constexpr std::uint64_t kLongFactor = 20;
/// Each is a test of its own, so that they run beside each other.
constexpr std::uint64_t kShards = 8;
static_assert(kSeeds % kShards == 0);
/// Each costs some hundred syncs of a real disk.
constexpr std::uint64_t kRocksSeeds = 12;
constexpr std::uint64_t kProjectingSeeds = 40;

std::uint64_t environment(char const* name) {
  char const* const text = std::getenv(name);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

bool is_long() { return environment("QRPAY_LONG") != 0; }

struct Seeds {
  std::uint64_t first;
  std::uint64_t count;
};

/// Runs the seeds and stops at the first that shows a difference.
Coverage run(Seeds seeds, SimulationOptions options) {
  Coverage coverage;
  if (std::uint64_t const only = environment("QRPAY_SEED"); only != 0) seeds = {only, 1};
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    options.seed = seed;
    Simulation simulation(options);
    auto const difference = simulation.run();
    coverage.add(simulation.coverage());
    EXPECT_FALSE(difference) << "seed " << seed << ", " << difference.value_or("")
                             << "\nrepeat with QRPAY_SEED=" << seed;
    if (difference) break;
  }
  return coverage;
}

Seeds seeds_of(std::uint64_t count) { return {1, count * (is_long() ? 10 : 1)}; }

/// Names from `wanted` that were met fewer than `least` times.
std::string rare(std::map<std::string, std::uint64_t> const& met, std::uint64_t least,
                 std::initializer_list<char const*> wanted) {
  std::string names;
  for (char const* const name : wanted) {
    auto const found = met.find(name);
    if (found == met.end() || found->second < least) names += std::string(name) + " ";
  }
  return names;
}

class SimulationShard : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Shards, SimulationShard, testing::Range<std::uint64_t>(0, kShards));

TEST_P(SimulationShard, KeepsEveryPromiseOnEverySeed) {
  std::uint64_t const count = kSeeds / kShards * (is_long() ? kLongFactor : 1);
  bool const only_one = environment("QRPAY_SEED") != 0;
  if (only_one && GetParam() != 0) return;
  auto const coverage = run({1 + GetParam() * count, count}, {});
  if (only_one || HasFailure()) return;
  // A run that met nothing proves nothing. totals_full needs a million of the largest transfers.
  std::uint64_t const least = count / 20;
  EXPECT_EQ(
      rare(coverage.outcomes, least,
           {"done",           "paid",        "underpaid",   "overpaid",        "late",
            "paid_again",     "received",    "unmatched",   "unknown_account", "notice_repeated",
            "conflict",       "superseded",  "id_reused",   "floor_reached",   "ceiling_reached",
            "account_closed", "hold_posted", "hold_voided", "hold_expired",    "hold_exceeded",
            "balance_left",   "holds_left"}),
      "");
  EXPECT_EQ(
      rare(coverage.refusals, least,
           {"unauthenticated", "forbidden", "not_found", "invalid_field", "code_in_use",
            "already_exists", "not_pending", "revision_mismatch", "not_supported", "id_reused"}),
      "");
  EXPECT_EQ(rare(coverage.events, least,
                 {"decided",
                  "replayed",
                  "id reused",
                  "read",
                  "shed",
                  "crash",
                  "clock jump",
                  "dry run",
                  "batch done",
                  "batch refused",
                  "holds expired",
                  "many legs",
                  "punctured",
                  "imported hold or batch",
                  "repeat of what was erased",
                  "sync failed, kept",
                  "sync failed, lost",
                  "repeat after revocation",
                  "dedupe secret rotated",
                  "log key added",
                  "log key retired",
                  "restored",
                  "prepared before a rotation"}),
            "");
}

TEST(Simulation, KeepsEveryPromiseOnARealJournal) {
  static_cast<void>(run(seeds_of(kRocksSeeds), {.on_rocks = true}));
}

TEST(Simulation, KeepsEveryPromiseWithProjectionsThatAreCutLostAndDamagedAtAnyMoment) {
  auto const coverage = run(seeds_of(kProjectingSeeds), {.projecting = true});
  if (environment("QRPAY_SEED") != 0 || HasFailure()) return;
  for (char const* const name : {"projected", "run lost", "rebuilt", "restarted from projections"})
    EXPECT_GE(coverage.events.contains(name) ? coverage.events.at(name) : 0, kProjectingSeeds / 10)
        << name;
}

}  // namespace
}  // namespace qrpay::sim
