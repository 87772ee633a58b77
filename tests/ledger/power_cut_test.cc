// The power goes at any operation: what was not synced is lost, kept, torn or reordered, and what
// was acknowledged is there.
#include <iostream>

#include "tests/ledger/trial.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

class PowerCut : public testing::Test {
 protected:
  /// A life that ends by a cut at operation `n`; false when it ended before.
  bool live_until_cut(std::uint64_t n) {
    trial_.put_back();
    fs_ = std::make_unique<FaultyFs>(trial_.paths().journal());
    fs_->cut_at(n);
    life_ = trial_.live(*fs_);
    fs_->heal();
    mark_ = slurp(trial_.paths().durable_mark());
    return fs_->has_struck();
  }

  /// The power is back. The mark is not synced: it is as it was written, or older, or empty.
  void settle(Loss loss, std::mt19937_64& random) {
    fs_->settle(loss, random());
    spill(trial_.paths().durable_mark(), mark_);
    switch (below(random, 3)) {
      case 0: break;
      case 1: spill(trial_.paths().durable_mark(), ""); break;
      default: {
        std::uint64_t const older = 1 + below(random, life_.acknowledged.size());
        DurableMark::open(trial_.paths().durable_mark())->set(Sequence(older));
      }
    }
  }

  /// Opens, and loses the power again while doing so.
  void cut_recovery(Loss loss, std::mt19937_64& random) {
    fs_->cut_at(fs_->operations() + 1 + below(random, 60));
    {
      DiskLedger ledger(trial_.paths());
      auto const opened = ledger.open({.memtable_bytes = Trial::kMemtableBytes, .env = fs_->env()});
      EXPECT_TRUE(opened || is_named_refusal(opened.error())) << to_string(opened.error());
    }
    fs_->heal();
    fs_->settle(loss, random());
  }

  Trial trial_{2};
  std::unique_ptr<FaultyFs> fs_;
  Life life_;
  std::string mark_;
};

TEST_F(PowerCut, KeepsWhatWasAcknowledgedAndNoHalfBatch) {
  std::uint64_t const stride = is_long_run() ? 1 : 41;
  std::uint64_t cuts = 0;
  for (std::uint64_t n = 1; live_until_cut(n); n += stride) {
    for (Loss const loss : {Loss::kDropAll, Loss::kKeepAll, Loss::kTear, Loss::kTear}) {
      std::uint64_t const seed = n * 8 + cuts % 8;
      SCOPED_TRACE("cut at operation " + std::to_string(n) + ": " + fs_->struck() + ", loss " +
                   std::to_string(static_cast<int>(loss)) + ", seed " + std::to_string(seed));
      std::mt19937_64 random(seed);
      settle(loss, random);
      trial_.check_after(life_, *fs_);
      ++cuts;
      ASSERT_FALSE(HasFailure());
    }
  }
  std::cout << cuts << " cuts\n";
  EXPECT_GT(cuts, 20U);
}

TEST_F(PowerCut, WhileRecoveringFromAnotherLosesNothingEither) {
  std::uint64_t const stride = is_long_run() ? 2 : 67;
  std::uint64_t cuts = 0;
  for (std::uint64_t n = 1; live_until_cut(n); n += stride) {
    for (Loss const loss : {Loss::kDropAll, Loss::kTear}) {
      std::uint64_t const seed = n * 8 + cuts % 8;
      SCOPED_TRACE("cut at operation " + std::to_string(n) + ": " + fs_->struck() + ", loss " +
                   std::to_string(static_cast<int>(loss)) + ", seed " + std::to_string(seed));
      std::mt19937_64 random(seed);
      settle(loss, random);
      cut_recovery(loss, random);
      trial_.check_after(life_, *fs_);
      ++cuts;
      ASSERT_FALSE(HasFailure());
    }
  }
  std::cout << cuts << " double cuts\n";
  EXPECT_GT(cuts, 4U);
}

// What a file system may do by the letter, and common ones do not: a file grows before its bytes
// are there; a synced file has no name. Such a journal may be refused by name, never served in
// part; with the unsynced part taken away, as a repair does, it holds all that was acknowledged.
class PowerCutByTheLetter : public PowerCut, public testing::WithParamInterface<Loss> {};

TEST_P(PowerCutByTheLetter, IsRefusedByNameOrHarmless) {
  static std::set<Errc> const kNamed = {Errc::kJournalCorrupt, Errc::kStoreRead};
  std::uint64_t const stride = is_long_run() ? 1 : 47;
  std::uint64_t cuts = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t n = 3; live_until_cut(n); n += stride) {
    std::mt19937_64 random(n);
    SCOPED_TRACE("cut at operation " + std::to_string(n) + ": " + fs_->struck());
    settle(GetParam(), random);
    ++cuts;
    DiskLedger ledger(trial_.paths());
    auto const opened = ledger.open({.memtable_bytes = Trial::kMemtableBytes, .env = fs_->env()});
    ledger.close();
    if (!opened) {
      EXPECT_TRUE(kNamed.contains(opened.error().errc)) << to_string(opened.error());
      ++refused;
      settle(Loss::kDropAll, random);
    }
    trial_.check_after(life_, *fs_);
    ASSERT_FALSE(HasFailure());
  }
  std::cout << cuts << " cuts, " << refused << " refused by name\n";
  EXPECT_GT(cuts, 2U);
}

INSTANTIATE_TEST_SUITE_P(Losses, PowerCutByTheLetter,
                         testing::Values(Loss::kHoles, Loss::kTearLetter), [](auto const& loss) {
                           return loss.param == Loss::kHoles ? "holes" : "names";
                         });

}  // namespace
}  // namespace qrpay::ledger::test
