// The first, second, ... n-th operation on the file system fails: nothing acknowledged is lost,
// half there or there twice, and a process that met the fault says so and stops.
#include <iostream>

#include "tests/ledger/trial.h"

namespace qrpay::ledger::test {
namespace {

struct Sweep {
  char const* name;
  FaultKind kind;
  bool for_ever;
};

class FaultSweep : public testing::TestWithParam<Sweep> {};

TEST_P(FaultSweep, LosesHalvesAndDoublesNothing) {
  Trial const trial(1);
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;
  std::uint64_t unharmed = 0;
  std::uint64_t const step = is_long_run() ? 1 : 41;
  for (std::uint64_t n = 1;; n += step) {
    trial.put_back();
    FaultyFs fs(trial.paths().journal());
    fs.fail_at(n, GetParam().kind, GetParam().for_ever);
    Life const life = trial.live(fs);
    SCOPED_TRACE("operation " + std::to_string(n) + ": " + fs.struck());
    if (!fs.has_struck()) {
      EXPECT_TRUE(life.refusals.empty() && life.unknown.empty()) << "stopped without a fault";
      std::cout << n - 1 << " operations: " << refused << " opens refused, " << unknown
                << " appends unknown, " << unharmed << " without harm\n";
      // Each fault must have shown itself, or the sweep has swept nothing.
      EXPECT_GT(refused + unknown, 0U);
      return;
    }
    for (auto const& refusal : life.refusals) {
      EXPECT_TRUE(is_named_refusal(refusal)) << to_string(refusal);
      ++refused;
    }
    if (!life.unknown.empty()) ++unknown;
    if (life.unknown.empty() && life.refusals.empty()) ++unharmed;
    fs.heal();
    trial.check_after(life, fs);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(AllKinds, FaultSweep,
                         testing::Values(Sweep{"io_error_once", FaultKind::kIoError, false},
                                         Sweep{"io_error_for_ever", FaultKind::kIoError, true},
                                         Sweep{"no_space_once", FaultKind::kNoSpace, false},
                                         Sweep{"no_space_for_ever", FaultKind::kNoSpace, true},
                                         Sweep{"short_write_once", FaultKind::kShortWrite, false},
                                         Sweep{"short_write_for_ever", FaultKind::kShortWrite,
                                               true}),
                         [](auto const& sweep) { return sweep.param.name; });

TEST(FaultSweepOfInit, AJournalIsMadeWholeOrRefused) {
  std::uint64_t refused = 0;
  for (std::uint64_t n = 1;; ++n) {
    ScratchDirectory const scratch;
    std::string const journal = scratch.path() + "/journal";
    FaultyFs fs(journal);
    fs.fail_at(n, FaultKind::kIoError, /*for_ever=*/true);
    auto const made = RocksStore::create(journal, {.env = fs.env()});
    SCOPED_TRACE("operation " + std::to_string(n) + ": " + fs.struck());
    if (!made) {
      ++refused;
      EXPECT_EQ(made.error().errc, base::Errc::kStoreRead) << to_string(made.error());
    } else {
      EXPECT_EQ((*made)->last(), Sequence(0));
    }
    if (!fs.has_struck()) break;
  }
  EXPECT_GT(refused, 10U);
}

}  // namespace
}  // namespace qrpay::ledger::test
