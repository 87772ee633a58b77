#include "ledger/log.h"

#include "ledger/memory_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

/// A log in memory whose records have a section each.
class LogTest : public testing::Test {
 protected:
  /// Appends `records` as one batch and remembers them.
  base::Result<void> append(std::size_t records) {
    std::vector<Log::Sealed> batch;
    for (std::size_t i = 0; i < records; ++i) {
      std::uint64_t const sequence = log_->size() + i + 1;
      batch.push_back(seal_record(transfer_record(sequence, random_),
                                  {{0, "section of " + std::to_string(sequence)}}, cursor_));
    }
    QRPAY_TRY_VOID(log_->append(batch));
    for (auto const& sealed : batch) leaves_.push_back(sealed.leaf);
    return {};
  }

  /// As if the process had ended: a new log over what the store kept.
  base::Result<void> reopen(Log::Visit const& visit) {
    store_.restart();
    log_ = std::make_unique<Log>(store_, std::nullopt);
    return log_->replay(visit);
  }

  MemoryStore store_;
  std::unique_ptr<Log> log_ = std::make_unique<Log>(store_, std::nullopt);
  VaultCursor cursor_{Vault::in_memory(base::Secret(base::Bytes32{3}))};
  std::mt19937_64 random_{1};
  std::vector<std::string> leaves_;
};

TEST_F(LogTest, ReadsBackRecordsWithTheirSections) {
  ASSERT_TRUE(append(3));
  ASSERT_TRUE(append(2));
  EXPECT_EQ(log_->size(), 5U);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    auto const stored = log_->read(Sequence(n));
    ASSERT_TRUE(stored) << n;
    EXPECT_EQ(stored->leaf, leaves_[n - 1]);
    EXPECT_EQ(stored->record.sequence, Sequence(n));
    ASSERT_EQ(stored->side.size(), 1U);
    EXPECT_EQ(cursor_.open(Sequence(n), stored->side[0]).value(),
              "section of " + std::to_string(n));
  }
  EXPECT_EQ(log_->read(Sequence(0)).error().errc, Errc::kNotFound);
  EXPECT_EQ(log_->read(Sequence(6)).error().errc, Errc::kNotFound);
}

TEST_F(LogTest, ScansFromAnySequenceAndEndsWhenToldTo) {
  ASSERT_TRUE(append(3));
  ASSERT_TRUE(append(4));
  for (std::uint64_t from = 0; from <= 8; ++from) {
    std::vector<std::uint64_t> seen;
    EXPECT_TRUE(log_->scan(Sequence(from), [&](StoredRecord const& stored) {
      seen.push_back(stored.record.sequence.value());
      return true;
    }));
    std::vector<std::uint64_t> expected;
    for (std::uint64_t n = std::max<std::uint64_t>(from, 1); n <= 7; ++n) expected.push_back(n);
    EXPECT_EQ(seen, expected) << from;
  }
  int visits = 0;
  EXPECT_TRUE(log_->scan(Sequence(1), [&](StoredRecord const&) { return ++visits < 5; }));
  EXPECT_EQ(visits, 5);
}

TEST_F(LogTest, ReplayGivesTheSameRecordsAndRoots) {
  for (std::size_t n = 1; n < 12; ++n) ASSERT_TRUE(append(n));
  std::vector<Digest> roots;
  for (std::uint64_t n = 0; n <= log_->size(); ++n) roots.push_back(log_->root(n).value());
  std::vector<std::string> seen;
  ASSERT_TRUE(reopen([&](StoredRecord const& stored) -> base::Result<void> {
    seen.push_back(stored.leaf);
    return {};
  }));
  EXPECT_EQ(seen, leaves_);
  ASSERT_EQ(log_->size() + 1, roots.size());
  for (std::uint64_t n = 0; n < roots.size(); ++n) EXPECT_EQ(log_->root(n).value(), roots[n]) << n;
}

TEST_F(LogTest, ReplayPassesOnWhatItsVisitorRefuses) {
  ASSERT_TRUE(append(5));
  int visits = 0;
  auto const replayed = reopen([&](StoredRecord const&) -> base::Result<void> {
    if (++visits == 3) return base::fail(Errc::kWrongVault, "as asked");
    return {};
  });
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().errc, Errc::kWrongVault);
  EXPECT_EQ(visits, 3);
}

TEST_F(LogTest, ReplayNamesTheFirstBadRecord) {
  ASSERT_TRUE(append(4));
  ASSERT_TRUE(append(4));
  Block block = store_.read_block(Sequence(5)).value();
  block.bytes[100] = static_cast<char>(block.bytes[100] ^ 1);
  store_.overwrite(Sequence(5), block.bytes);
  auto const replayed = reopen([](StoredRecord const&) { return base::Result<void>(); });
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().errc, Errc::kJournalCorrupt);
  EXPECT_EQ(replayed.error().detail, "sequence 5: block checksum");
}

TEST_F(LogTest, RecordsThatDoNotHoldTogetherAreCorrupt) {
  auto const one = seal_record(transfer_record(1, random_), {{0, "one"}}, cursor_);
  auto const other = seal_record(transfer_record(1, random_), {{0, "other"}}, cursor_);
  auto const detail_of = [](std::string const& leaf, std::string const& side, std::uint64_t at) {
    auto const stored = decode_entry({base::as_bytes(leaf), base::as_bytes(side)}, Sequence(at));
    EXPECT_FALSE(stored);
    if (stored) return std::string();
    EXPECT_EQ(stored.error().errc, Errc::kJournalCorrupt);
    return stored.error().detail;
  };
  EXPECT_EQ(detail_of(one.leaf, other.side, 1), "sequence 1: commitment");
  EXPECT_EQ(detail_of(one.leaf, "", 1), "sequence 1: commitment");
  EXPECT_EQ(detail_of(one.leaf, "\x01", 1), "sequence 1: side record: length");
  EXPECT_EQ(detail_of(one.leaf, one.side, 2), "sequence 2: another sequence inside");
  EXPECT_EQ(detail_of("", "", 1), "sequence 1: offset 0: record format");
}

TEST_F(LogTest, AFailedAppendShowsNothing) {
  ASSERT_TRUE(append(2));
  Digest const root = log_->root(2).value();
  store_.set_fault(StoreFault::kFailAfter);
  auto const failed = append(3);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().errc, Errc::kStoreUnknown);
  EXPECT_EQ(log_->size(), 2U);
  EXPECT_EQ(log_->read(Sequence(3)).error().errc, Errc::kNotFound);
  EXPECT_EQ(log_->root(3).error().errc, Errc::kInvalidField);
  EXPECT_EQ(log_->root(2).value(), root);
  EXPECT_EQ(append(1).error().errc, Errc::kStoreUnknown);
  ASSERT_TRUE(reopen([](StoredRecord const&) { return base::Result<void>(); }));
  EXPECT_EQ(log_->size(), 5U) << "the bytes had survived";
}

TEST_F(LogTest, ProvesEveryRecordInEverySize) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append(3));
  for (std::uint64_t size = 1; size <= 18; ++size) {
    Digest const root = log_->root(size).value();
    for (std::uint64_t n = 1; n <= size; ++n) {
      auto const proof = log_->inclusion(Sequence(n), size);
      ASSERT_TRUE(proof) << n << " in " << size;
      EXPECT_EQ(proof->size, size);
      EXPECT_EQ(proof->root, root);
      EXPECT_TRUE(verify_inclusion({n - 1, size, leaf_hash(base::as_bytes(leaves_[n - 1])), root},
                                   proof->hashes));
    }
    auto const consistency = log_->consistency(size, 18);
    ASSERT_TRUE(consistency);
    EXPECT_TRUE(verify_consistency({size, 18, root, log_->root(18).value()}, *consistency));
  }
}

TEST_F(LogTest, RefusesProofsOutsideTheLog) {
  ASSERT_TRUE(append(3));
  EXPECT_EQ(log_->inclusion(Sequence(0), 3).error().errc, Errc::kInvalidField);
  EXPECT_EQ(log_->inclusion(Sequence(4), 3).error().errc, Errc::kInvalidField);
  EXPECT_EQ(log_->inclusion(Sequence(1), 4).error().errc, Errc::kInvalidField);
  EXPECT_EQ(log_->consistency(0, 3).error().errc, Errc::kInvalidField);
  EXPECT_EQ(log_->consistency(3, 4).error().errc, Errc::kInvalidField);
}

TEST_F(LogTest, CutsALargeBatchIntoSeveralBlocksOfOneAppend) {
  ASSERT_TRUE(append(2000));
  std::size_t blocks = 0;
  ASSERT_TRUE(store_.scan(Sequence(1), [&](Block const& block) {
    ++blocks;
    EXPECT_LE(block.bytes.size(), kBlockBytesMax);
    return true;
  }));
  EXPECT_GT(blocks, 5U);
  EXPECT_EQ(log_->read(Sequence(1999))->leaf, leaves_[1998]);
}

TEST(LogMark, FollowsWhatIsDurable) {
  ScratchDirectory const scratch;
  std::string const path = scratch.path() + "/durable";
  MemoryStore store;
  VaultCursor cursor(Vault::in_memory(base::Secret(base::Bytes32{3})));
  std::mt19937_64 random(1);
  {
    Log log(store, std::move(DurableMark::open(path)).value());
    ASSERT_TRUE(log.append(std::vector{seal_record(transfer_record(1, random), {}, cursor),
                                       seal_record(transfer_record(2, random), {}, cursor)}));
    EXPECT_EQ(DurableMark::read(path).value(), Sequence(2));
    store.set_fault(StoreFault::kFailAfter);
    EXPECT_FALSE(log.append(std::vector{seal_record(transfer_record(3, random), {}, cursor)}));
    EXPECT_EQ(DurableMark::read(path).value(), Sequence(2)) << "never ahead of the journal";
  }
  store.restart();
  Log log(store, std::move(DurableMark::open(path)).value());
  ASSERT_TRUE(log.replay([](StoredRecord const&) { return base::Result<void>(); }));
  EXPECT_EQ(DurableMark::read(path).value(), Sequence(3)) << "recovery made it durable";
}

/// A store with blocks that do not read.
class RottenStore final : public MemoryStore {
 public:
  base::Result<Block> read_block(Sequence sequence) const override {
    if (errc_ && from_ <= sequence && sequence <= to_) return base::fail(*errc_, "rotten");
    return MemoryStore::read_block(sequence);
  }
  void rot(Sequence from, Sequence to, std::optional<Errc> errc) {
    from_ = from;
    to_ = to;
    errc_ = errc;
  }

 private:
  Sequence from_;
  Sequence to_;
  std::optional<Errc> errc_;
};

TEST(LogDamage, IsNamedWithItsEndsAndForgottenWhenItReadsAgain) {
  RottenStore store;
  Log log(store, std::nullopt);
  VaultCursor cursor{Vault::in_memory(base::Secret(base::Bytes32{3}))};
  std::mt19937_64 random(1);
  for (std::uint64_t n = 1; n <= 40; ++n) {
    std::vector<Log::Sealed> const one = {seal_record(transfer_record(n, random), {}, cursor)};
    ASSERT_TRUE(log.append(one));
  }
  struct Case {
    std::uint64_t from;
    std::uint64_t to;
  };
  for (auto const errc : {Errc::kStoreRead, Errc::kJournalCorrupt})
    for (auto const& [from, to] : {Case{7, 7}, {1, 1}, {40, 40}, {1, 40}, {12, 31}}) {
      SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
      store.rot(Sequence(from), Sequence(to), errc);
      std::vector<Damage> const wanted = {{Sequence(from), Sequence(to), errc}};
      std::uint64_t const asked = from + (to - from) / 3;
      EXPECT_EQ(log.read(Sequence(asked)).error().errc, errc);
      EXPECT_EQ(log.damage(), wanted);
      EXPECT_FALSE(log.read(Sequence(to)));
      EXPECT_EQ(log.damage(), wanted);  // told once
      store.rot(Sequence(from), Sequence(to), std::nullopt);
      EXPECT_TRUE(log.read(Sequence(from)));
      EXPECT_EQ(log.damage(), std::vector<Damage>());
    }
  // A scan names what it could not pass.
  store.rot(Sequence(20), Sequence(22), Errc::kJournalCorrupt);
  EXPECT_FALSE(log.scan(Sequence(5), [](StoredRecord const&) { return true; }));
  EXPECT_EQ(log.damage(),
            (std::vector<Damage>{{Sequence(20), Sequence(22), Errc::kJournalCorrupt}}));
  EXPECT_FALSE(log.read(Sequence(41)));  // never written: no damage
  EXPECT_EQ(log.damage().size(), 1U);
}

TEST_F(LogTest, FindsTheLastRecordOfATimeInFewReads) {
  ASSERT_TRUE(append(50));
  std::vector<WallTime> times;
  for (std::uint64_t n = 1; n <= 50; ++n) times.push_back(log_->read(Sequence(n))->record.log_time);
  ASSERT_TRUE(std::is_sorted(times.begin(), times.end()));
  for (std::size_t i = 0; i < times.size(); ++i) {
    auto const last = std::upper_bound(times.begin(), times.end(), times[i]) - times.begin();
    EXPECT_EQ(log_->last_at(times[i], 50)->value(), static_cast<std::uint64_t>(last));
    EXPECT_EQ(log_->last_at(times[i], i)->value(), i);  // of fewer records
  }
  EXPECT_EQ(*log_->last_at(base::later(times[0], -1), 50), Sequence(0));
}

}  // namespace
}  // namespace qrpay::ledger::test
