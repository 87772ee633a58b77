// The engine against the model over many seeds. QRPAY_SEED=<n> runs one; QRPAY_LONG=1 runs ten
// times as many. A failure names its seed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/simulation.h"

namespace qrpay::sim {
namespace {

constexpr std::uint64_t kSeeds = 1'000;
/// Each costs some hundred syncs of a real disk.
constexpr std::uint64_t kRocksSeeds = 12;
constexpr std::uint64_t kProjectingSeeds = 40;

std::uint64_t environment(char const* name) {
  char const* const text = std::getenv(name);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

/// Runs the seeds and stops at the first that shows a difference.
Coverage run(std::uint64_t seeds, SimulationOptions options) {
  Coverage coverage;
  std::uint64_t const only = environment("QRPAY_SEED");
  std::uint64_t const first = only == 0 ? 1 : only;
  std::uint64_t const last = only != 0 ? only : seeds * (environment("QRPAY_LONG") == 0 ? 1 : 10);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
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

/// Names from `wanted` that were met fewer than once in ten seeds.
std::string rare(std::map<std::string, std::uint64_t> const& met,
                 std::initializer_list<char const*> wanted) {
  std::string names;
  for (char const* const name : wanted) {
    auto const found = met.find(name);
    if (found == met.end() || found->second < kSeeds / 10) names += std::string(name) + " ";
  }
  return names;
}

TEST(Simulation, KeepsEveryPromiseOnEverySeed) {
  auto const coverage = run(kSeeds, {});
  if (environment("QRPAY_SEED") != 0 || HasFailure()) return;
  // A run that met nothing proves nothing. totals_full needs a million of the largest transfers.
  EXPECT_EQ(
      rare(coverage.outcomes,
           {"done",           "paid",        "underpaid",   "overpaid",        "late",
            "paid_again",     "received",    "unmatched",   "unknown_account", "notice_repeated",
            "conflict",       "superseded",  "id_reused",   "floor_reached",   "ceiling_reached",
            "account_closed", "hold_posted", "hold_voided", "hold_expired",    "hold_exceeded",
            "balance_left",   "holds_left"}),
      "");
  EXPECT_EQ(rare(coverage.refusals, {"unauthenticated", "forbidden", "not_found", "invalid_field",
                                     "code_in_use", "already_exists", "not_pending",
                                     "revision_mismatch", "not_supported", "id_reused"}),
            "");
  EXPECT_EQ(rare(coverage.events,
                 {"decided", "replayed", "id reused", "read", "shed", "crash", "clock jump",
                  "dry run", "batch done", "batch refused", "holds expired", "many legs",
                  "sync failed, kept", "sync failed, lost", "repeat after revocation"}),
            "");
}

TEST(Simulation, KeepsEveryPromiseOnARealJournal) {
  static_cast<void>(run(kRocksSeeds, {.on_rocks = true}));
}

TEST(Simulation, KeepsEveryPromiseWithProjectionsThatAreCutLostAndDamagedAtAnyMoment) {
  auto const coverage = run(kProjectingSeeds, {.projecting = true});
  if (environment("QRPAY_SEED") != 0 || HasFailure()) return;
  for (char const* const name : {"projected", "run lost", "rebuilt", "restarted from projections"})
    EXPECT_GE(coverage.events.contains(name) ? coverage.events.at(name) : 0, kProjectingSeeds / 10)
        << name;
}

}  // namespace
}  // namespace qrpay::sim
