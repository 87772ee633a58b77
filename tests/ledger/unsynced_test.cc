// While a batch is written and not yet synced, nobody outside is told of it.
#include <functional>
#include <mutex>
#include <vector>

#include "ledger/verify.h"
#include "tests/ledger/faulty_fs.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

constexpr int kLooks = 100;
constexpr int kFlushLooks = 30;

/// A writer whose syncs are watched.
class Unsynced : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ledger_.create(1));
    ledger_.close();
    ASSERT_TRUE(ledger_.open({.memtable_bytes = std::size_t{1} << 20, .env = fs_.env()}));
  }
  void TearDown() override {
    ledger_.close();
    fs_.set_before_sync(nullptr);
  }

  /// Calls `look` while a file is being synced, until it was called `looks` times: for the log, in
  /// the writing thread, between two acknowledgements; for other files, in the one that flushes.
  /// A look must not read blocks through the store: that may wait for the very sync it is in.
  void look_during_syncs(bool of_log, int looks, std::function<void()> const& look) {
    fs_.set_before_sync([this, of_log, looks, look](std::string const& name) {
      if (name.ends_with(".log") != of_log) return;
      std::lock_guard const lock(mutex_);
      if (looks_ == looks) return;
      ++looks_;
      SCOPED_TRACE(name);
      look();
    });
    // Every second batch is large, so that files are flushed.
    for (int i = 0; !has_looked(looks); ++i)
      ASSERT_TRUE(ledger_.append_transfers(random_, 1 + below(random_, 40), i % 2 == 0 ? 0 : 8192));
  }

  bool has_looked(int looks) {
    std::lock_guard const lock(mutex_);
    return looks_ == looks;
  }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  FaultyFs fs_{paths_.journal()};
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{1};
  std::mutex mutex_;
  int looks_ = 0;
};

TEST_F(Unsynced, VerifySeesItAndLeavesItOutOfTheRoot) {
  std::vector<VerifyReport> reports;
  look_during_syncs(/*of_log=*/true, kLooks, [&] {
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_TRUE(report->beside_server);
    EXPECT_EQ(report->durable, ledger_.leaves().size());
    EXPECT_GT(report->records, report->durable) << "it must be there to be left out";
    reports.push_back(*report);
  });
  for (auto const& report : reports)
    EXPECT_EQ(report.root, ledger_.log().root(report.durable).value()) << report.durable;
}

TEST_F(Unsynced, VerifyIsNotAlarmedByFilesThatAreBeingFlushed) {
  look_during_syncs(/*of_log=*/false, kFlushLooks, [&] {
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    EXPECT_TRUE(report) << to_string(report.error());
  });
}

TEST_F(Unsynced, ACheckpointDoesNotCoverIt) {
  look_during_syncs(/*of_log=*/true, kLooks, [&] {
    auto const signed_now = ledger_.signer().sign_now();
    ASSERT_TRUE(signed_now);
    EXPECT_EQ(signed_now->size, ledger_.leaves().size());
  });
}

TEST_F(Unsynced, AReadDoesNotShowIt) {
  look_during_syncs(/*of_log=*/true, kLooks, [&] {
    std::uint64_t const durable = ledger_.leaves().size();
    EXPECT_EQ(ledger_.log().size(), durable);
    EXPECT_EQ(ledger_.data().store->last(), Sequence(durable));
    EXPECT_EQ(ledger_.log().read(Sequence(durable + 1)).error().errc, base::Errc::kNotFound);
    EXPECT_FALSE(ledger_.log().root(durable + 1));
    EXPECT_FALSE(ledger_.log().inclusion(Sequence(durable + 1), durable + 1));
  });
}

}  // namespace
}  // namespace qrpay::ledger::test
