// Repair cuts a damaged last write that nobody was promised, and touches nothing else.
#include "ledger/repair.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

constexpr std::size_t kWrites = 30;

/// A ledger whose last write was never told to anybody: the mark is the one before it.
class Repair : public testing::Test {
 protected:
  void make(RocksOptions const& options = {}, std::size_t section_bytes_max = 0) {
    std::mt19937_64 random(1);
    DiskLedger ledger(paths_);
    ASSERT_TRUE(ledger.create(1, options));
    for (std::size_t i = 0; i < kWrites; ++i) {
      if (i + 1 == kWrites) told_ = ledger.leaves();
      ASSERT_TRUE(ledger.append_transfers(random, 2, section_bytes_max));
      if (i == kWrites / 2) {
        ASSERT_TRUE(ledger.signer().sign_now());
      }
      ends_.push_back(std::filesystem::file_size(newest_wal()));
    }
    ledger.close();
    set_mark(told_.size());
    wal_ = newest_wal();
    whole_ = image_of(scratch_.path());
  }
  std::string newest_wal() const {
    std::string newest;
    for (auto const& entry : std::filesystem::directory_iterator(paths_.journal()))
      if (std::string const path = entry.path().string();
          path.ends_with(".log") && entry.file_size() > 0 && path > newest)
        newest = path;
    return newest;
  }
  void set_mark(std::uint64_t sequence) {
    std::filesystem::remove(paths_.durable_mark());
    DurableMark::open(paths_.durable_mark())->set(Sequence(sequence));
  }
  void reset() { write_image(whole_, scratch_.path()); }
  void flip(std::string const& path, std::size_t at, unsigned bit = 0) {
    std::string content = slurp(path);
    content[at] = static_cast<char>(static_cast<unsigned char>(content[at]) ^ (1U << bit));
    spill(path, content);
  }
  /// Nothing is cut, for that reason, and every file stays as it is.
  void expect_refused(Errc errc, std::string const& claim) {
    auto const before = listing_of(scratch_.path());
    auto const plan = plan_repair(paths_);
    ASSERT_FALSE(plan) << claim;
    EXPECT_EQ(plan.error().errc, errc) << claim << ": " << to_string(plan.error());
    EXPECT_EQ(listing_of(scratch_.path()), before) << claim;
  }
  std::size_t last_write() const { return ends_[kWrites - 2]; }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  std::vector<std::string> told_;
  std::vector<std::size_t> ends_;  ///< of the newest log, after each write
  std::string wal_;
  std::map<std::string, std::string> whole_;
};

TEST_F(Repair, CutsTheLastWriteWhicheverOfItsBytesIsDamaged) {
  make();
  std::mt19937_64 random(2);
  int cut = 0;
  int tried = 0;
  // Every byte of what RocksDB writes before ours, and a fifth of the rest.
  for (std::size_t at = last_write(); at < ends_.back();
       at += at < last_write() + 32 || is_long_run() ? 1 : 5) {
    ++tried;
    reset();
    flip(wal_, at, static_cast<unsigned>(below(random, 8)));
    auto const before = listing_of(scratch_.path());
    auto const plan = plan_repair(paths_);
    ASSERT_TRUE(plan) << at << ": " << to_string(plan.error());
    EXPECT_EQ(listing_of(scratch_.path()), before) << "a plan changed something";
    if (*plan) {
      ++cut;
      EXPECT_EQ((*plan)->keep_bytes, last_write()) << at;
      EXPECT_EQ((*plan)->kept, Sequence(told_.size())) << at;
      EXPECT_EQ((*plan)->promised, Sequence(told_.size())) << at;
      if (at % 16 != 0) continue;  // the rest is the same for all
      ASSERT_TRUE(apply_repair(paths_, **plan));
      EXPECT_TRUE(base::file_exists(paths_.unfinished()));
      EXPECT_EQ(open_data(paths_).error().errc, Errc::kJournalCorrupt) << "not finished";
      EXPECT_EQ(
          slurp(paths_.dir + "/cut-" + (*plan)->file + "-" + std::to_string(last_write())).size(),
          ends_.back() - last_write());
      std::filesystem::remove(paths_.unfinished());
    }
    // Else RocksDB takes it for a write that was cut short, and cuts it by itself.
    if (at % 16 != 0) continue;
    DiskLedger ledger(paths_);
    ASSERT_TRUE(ledger.open()) << at;
    EXPECT_EQ(ledger.leaves(), told_) << at;
  }
  EXPECT_GT(cut, tried * 9 / 10);
}

TEST_F(Repair, CutsALastWriteOfSeveralPieces) {
  make({}, 15'000);
  std::mt19937_64 random(3);
  for (int i = 0; i < 40; ++i) {
    reset();
    flip(wal_, last_write() + below(random, ends_.back() - last_write()));
    auto const plan = plan_repair(paths_);
    ASSERT_TRUE(plan) << to_string(plan.error());
    if (!*plan) continue;
    EXPECT_EQ((*plan)->keep_bytes, last_write());
    EXPECT_EQ((*plan)->kept, Sequence(told_.size()));
  }
}

TEST_F(Repair, DoesNothingWhereNothingIsDamaged) {
  make();
  auto const before = listing_of(scratch_.path());
  auto const plan = plan_repair(paths_);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(*plan);
  EXPECT_EQ(listing_of(scratch_.path()), before);
}

TEST_F(Repair, CutsNothingThatAMarkSpeaksOf) {
  make();
  flip(wal_, last_write() + 40);
  set_mark(told_.size() + 1);
  expect_refused(Errc::kJournalTruncated, "the durable mark is above");
  set_mark(told_.size());
  NoteSigner const signer = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{1})).value();
  NoteSigner const* signers[] = {&signer};
  spill(paths_.high_water(),
        sign_checkpoint({kTestOrigin, told_.size() + 2, {}, {}}, signers).value());
  expect_refused(Errc::kJournalTruncated, "a checkpoint is above");
  std::filesystem::remove(paths_.durable_mark());
  expect_refused(Errc::kJournalTruncated, "a checkpoint is above, and there is no mark");
}

TEST_F(Repair, CutsNoWriteBeforeTheLast) {
  make();
  std::mt19937_64 random(4);
  set_mark(1);
  std::filesystem::remove(paths_.high_water());
  whole_ = image_of(scratch_.path());
  for (int i = 0; i < 60; ++i) {
    reset();
    // Half of them in the write before the last.
    std::size_t const begin = i % 2 == 0 ? ends_[kWrites - 3] : 0;
    std::size_t const at = begin + below(random, last_write() - begin);
    flip(wal_, at, static_cast<unsigned>(below(random, 8)));
    auto const before = listing_of(scratch_.path());
    auto const plan = plan_repair(paths_);
    EXPECT_FALSE(plan && *plan) << "damage at " << at << " was to be cut";
    if (!plan) {
      EXPECT_EQ(plan.error().errc, Errc::kJournalCorrupt) << to_string(plan.error());
    }
    EXPECT_EQ(listing_of(scratch_.path()), before);
  }
}

TEST_F(Repair, TouchesNoOtherFile) {
  make({.memtable_bytes = 65'536}, 15'000);
  set_mark(1);
  std::filesystem::remove(paths_.high_water());
  whole_ = image_of(scratch_.path());
  std::mt19937_64 random(5);
  std::set<std::string> kinds;
  for (auto const& [name, content] : whole_) {
    bool const is_journal = name.starts_with("data/journal/") && !content.empty();
    std::string const path = scratch_.path() + "/" + name;
    if (!is_journal || path == wal_ || name.ends_with("LOCK")) continue;
    for (int i = 0; i < 3; ++i) {
      reset();
      flip(path, below(random, content.size()));
      auto const before = listing_of(scratch_.path());
      auto const plan = plan_repair(paths_);
      EXPECT_FALSE(plan && *plan) << name;
      EXPECT_EQ(listing_of(scratch_.path()), before) << name;
      kinds.insert(name.substr(name.rfind(name.ends_with(".sst") ? '.' : '/')));
    }
  }
  EXPECT_GE(kinds.size(), 3U);
}

TEST_F(Repair, LeavesARunningLedgerAlone) {
  make();
  auto const open = open_data(paths_);
  ASSERT_TRUE(open);
  EXPECT_EQ(plan_repair(paths_).error().errc, Errc::kDataDirInUse);
}

}  // namespace
}  // namespace qrpay::ledger::test
