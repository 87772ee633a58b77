// What every Store promises, run on each of them; then what only the one on disk does.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "ledger/memory_store.h"
#include "ledger/rocks_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

/// Blocks of `counts` records each, from `first` on.
std::vector<Block> blocks_from(std::uint64_t first, std::vector<std::size_t> const& counts) {
  std::vector<Block> blocks;
  for (std::size_t const count : counts) {
    BlockBuilder builder;
    for (std::size_t i = 0; i < count; ++i) {
      Record record;
      record.kind = Kind::kTick;
      record.sequence = Sequence(first++);
      std::string leaf;
      encode_record(record, leaf);
      builder.add(base::as_bytes(leaf), {});
    }
    blocks.push_back(std::move(builder.take().front()));
  }
  return blocks;
}

class MemoryWorld {
 public:
  Store& store() { return store_; }
  void reopen() { store_.restart(); }
  /// Appends under a fault that was asked for.
  base::Result<Sequence> append_failing(std::vector<Block> const& batch) {
    store_.set_fault(StoreFault::kFailAfter);
    return store_.append(batch);
  }

 private:
  MemoryStore store_;
};

class RocksWorld {
 public:
  RocksWorld() { store_ = std::move(RocksStore::create(journal_)).value(); }
  Store& store() { return *store_; }
  void reopen() {
    store_.reset();
    store_ = std::move(RocksStore::open(journal_)).value();
  }
  /// Appends while the kernel lets no file grow, as on a full disk.
  base::Result<Sequence> append_failing(std::vector<Block> const& batch) {
    auto const before = ::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    rlimit const none{0, old.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
    auto result = store_->append(batch);
    ::setrlimit(RLIMIT_FSIZE, &old);
    ::signal(SIGXFSZ, before);
    return result;
  }

 private:
  ScratchDirectory scratch_;
  std::string journal_ = scratch_.path() + "/journal";
  std::unique_ptr<RocksStore> store_;
};

template <class World>
class StoreContract : public testing::Test {
 protected:
  void append(std::uint64_t first, std::vector<std::size_t> const& counts) {
    std::size_t total = 0;
    for (std::size_t const count : counts) total += count;
    auto const last = world_.store().append(blocks_from(first, counts));
    ASSERT_TRUE(last);
    ASSERT_EQ(last->value(), first + total - 1);
    ASSERT_EQ(world_.store().last(), *last);
  }
  std::vector<std::uint64_t> firsts_from(std::uint64_t from) {
    std::vector<std::uint64_t> firsts;
    EXPECT_TRUE(world_.store().scan(Sequence(from), [&](Block const& block) {
      firsts.push_back(block.first.value());
      return true;
    }));
    return firsts;
  }
  World world_;
};

using Worlds = testing::Types<MemoryWorld, RocksWorld>;
TYPED_TEST_SUITE(StoreContract, Worlds);

TYPED_TEST(StoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(this->world_.store().last(), Sequence(0));
  EXPECT_EQ(this->world_.store().read_block(Sequence(1)).error().errc, Errc::kNotFound);
  EXPECT_TRUE(this->firsts_from(0).empty());
  EXPECT_TRUE(this->firsts_from(1).empty());
}

TYPED_TEST(StoreContract, ReadsTheBlockThatHoldsASequence) {
  this->append(1, {1, 3});
  this->append(5, {2});
  auto const expected = blocks_from(1, {1, 3, 2});
  std::vector<std::size_t> const block_of = {0, 1, 1, 1, 2, 2};
  for (std::uint64_t n = 1; n <= 6; ++n) {
    auto const block = this->world_.store().read_block(Sequence(n));
    ASSERT_TRUE(block) << n;
    EXPECT_EQ(block->first, expected[block_of[n - 1]].first) << n;
    EXPECT_EQ(block->count, expected[block_of[n - 1]].count) << n;
    EXPECT_EQ(block->bytes, expected[block_of[n - 1]].bytes) << n;
  }
  EXPECT_EQ(this->world_.store().read_block(Sequence(0)).error().errc, Errc::kNotFound);
  EXPECT_EQ(this->world_.store().read_block(Sequence(7)).error().errc, Errc::kNotFound);
}

TYPED_TEST(StoreContract, ScansFromTheBlockThatHoldsTheStart) {
  this->append(1, {1, 3});
  this->append(5, {2});
  using Firsts = std::vector<std::uint64_t>;
  EXPECT_EQ(this->firsts_from(0), (Firsts{1, 2, 5}));
  EXPECT_EQ(this->firsts_from(1), (Firsts{1, 2, 5}));
  EXPECT_EQ(this->firsts_from(2), (Firsts{2, 5}));
  EXPECT_EQ(this->firsts_from(4), (Firsts{2, 5}));
  EXPECT_EQ(this->firsts_from(5), (Firsts{5}));
  EXPECT_EQ(this->firsts_from(6), (Firsts{5}));
  EXPECT_EQ(this->firsts_from(7), Firsts{});
}

TYPED_TEST(StoreContract, AScanEndsWhenToldTo) {
  this->append(1, {1, 1, 1});
  int visits = 0;
  EXPECT_TRUE(this->world_.store().scan(Sequence(1), [&](Block const&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TYPED_TEST(StoreContract, KeepsEverythingOverAReopening) {
  this->append(1, {2, 2});
  this->world_.reopen();
  EXPECT_EQ(this->world_.store().last(), Sequence(4));
  this->append(5, {1});
  this->world_.reopen();
  EXPECT_EQ(this->firsts_from(1), (std::vector<std::uint64_t>{1, 3, 5}));
  EXPECT_EQ(this->world_.store().read_block(Sequence(4))->bytes, blocks_from(3, {2})[0].bytes);
}

TYPED_TEST(StoreContract, AFailedAppendKeepsFailingUntilReopened) {
  this->append(1, {3});
  auto const batch = blocks_from(4, {1, 2});
  auto const failed = this->world_.append_failing(batch);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().errc, Errc::kStoreUnknown);
  for (int i = 0; i < 3; ++i) {
    auto const again = this->world_.store().append(batch);
    ASSERT_FALSE(again) << "a retry could post the money twice";
    EXPECT_EQ(again.error().errc, Errc::kStoreUnknown);
  }
  EXPECT_EQ(this->world_.store().last(), Sequence(3)) << "not durable, so not served";
  EXPECT_EQ(this->firsts_from(1), (std::vector<std::uint64_t>{1}));
  this->world_.reopen();
  std::uint64_t const last = this->world_.store().last().value();
  EXPECT_TRUE(last == 3 || last == 6) << "all of the batch or none, not " << last;
  this->append(last + 1, {1});
}

TYPED_TEST(StoreContract, ReadsBesideAnAppendAreDense) {
  std::atomic<bool> done{false};
  std::thread reader([&] {
    bool last_round = false;
    while (!last_round) {
      last_round = done.load();
      std::uint64_t const end = this->world_.store().last().value();
      std::uint64_t next = 1;
      auto const scanned = this->world_.store().scan(Sequence(1), [&](Block const& block) {
        EXPECT_EQ(block.first.value(), next);
        next += block.count;
        return true;
      });
      EXPECT_TRUE(scanned);
      EXPECT_GT(next, end);
    }
  });
  for (std::uint64_t n = 0; n < 50; ++n) this->append(1 + 3 * n, {1, 2});
  done.store(true);
  reader.join();
}

template <class World>
class StoreContractDeathTest : public StoreContract<World> {};
TYPED_TEST_SUITE(StoreContractDeathTest, Worlds);

TYPED_TEST(StoreContractDeathTest, AGapIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a store may have threads
  this->append(1, {2});
  auto const append = [&](std::vector<Block> const& batch) {
    (void)this->world_.store().append(batch).has_value();
  };
  EXPECT_DEATH(append(blocks_from(4, {1})), "next");
  EXPECT_DEATH(append(blocks_from(2, {1})), "next");
  EXPECT_DEATH(append({}), "empty");
}

TEST(MemoryStore, AFaultBeforeKeepsNothingAndAFaultAfterKeepsAll) {
  MemoryStore store;
  store.set_fault(StoreFault::kFailBefore);
  EXPECT_FALSE(store.append(blocks_from(1, {2})));
  store.restart();
  EXPECT_EQ(store.last(), Sequence(0));
  store.set_fault(StoreFault::kFailAfter);
  EXPECT_FALSE(store.append(blocks_from(1, {2})));
  store.restart();
  EXPECT_EQ(store.last(), Sequence(2));
}

class RocksStoreTest : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  std::string journal_ = scratch_.path() + "/journal";
};

TEST_F(RocksStoreTest, IsMadeOnceOnly) {
  ASSERT_TRUE(RocksStore::create(journal_));
  auto const before = listing_of(journal_);
  EXPECT_EQ(RocksStore::create(journal_).error().errc, Errc::kAlreadyExists);
  EXPECT_EQ(listing_of(journal_), before);
}

TEST_F(RocksStoreTest, NamesAMissingJournalAndMakesNone) {
  EXPECT_EQ(RocksStore::open(journal_).error().errc, Errc::kDataDirMissing);
  EXPECT_EQ(RocksStore::open_read_only(journal_).error().errc, Errc::kDataDirMissing);
  EXPECT_FALSE(base::file_exists(journal_));
}

TEST_F(RocksStoreTest, HasOneWriterAtATime) {
  auto writer = std::move(RocksStore::create(journal_)).value();
  EXPECT_TRUE(RocksStore::is_locked(journal_));
  EXPECT_TRUE(RocksStore::is_locked(journal_ + "/../journal/"));
  EXPECT_EQ(RocksStore::open(journal_).error().errc, Errc::kDataDirInUse);
  writer.reset();
  EXPECT_FALSE(RocksStore::is_locked(journal_));
  EXPECT_TRUE(RocksStore::open(journal_));
}

TEST_F(RocksStoreTest, ReadOnlyBesideAWriterSeesWhatWasThereAndWritesNothing) {
  auto const writer = std::move(RocksStore::create(journal_)).value();
  ASSERT_TRUE(writer->append(blocks_from(1, {2, 3})));
  auto const before = listing_of(journal_);
  auto const reader = std::move(RocksStore::open_read_only(journal_)).value();
  EXPECT_EQ(reader->last(), Sequence(5));
  EXPECT_EQ(reader->read_block(Sequence(4))->bytes, blocks_from(3, {3})[0].bytes);
  EXPECT_TRUE(reader->check_joints());
  EXPECT_EQ(listing_of(journal_), before);
  ASSERT_TRUE(writer->append(blocks_from(6, {1})));
  EXPECT_EQ(reader->last(), Sequence(5)) << "as it was when opened";
  EXPECT_EQ((*RocksStore::open_read_only(journal_))->last(), Sequence(6));
}

TEST_F(RocksStoreTest, KeepsBlocksInManyFilesApart) {
  RocksOptions const small{.memtable_bytes = 65'536};
  auto writer = std::move(RocksStore::create(journal_, small)).value();
  std::vector<std::string> bytes;
  std::uint64_t next = 1;
  for (int i = 0; i < 100; ++i) {
    auto const batch = blocks_from(next, {50, 1});
    for (auto const& block : batch) bytes.push_back(block.bytes);
    next = writer->append(batch)->value() + 1;
  }
  for (int opens = 0; opens < 2; ++opens) {
    std::vector<std::string> seen;
    ASSERT_TRUE(writer->scan(Sequence(1), [&](Block const& block) {
      seen.push_back(block.bytes);
      return true;
    }));
    EXPECT_EQ(seen, bytes);
    EXPECT_TRUE(writer->check_joints());
    writer.reset();
    writer = std::move(RocksStore::open(journal_, small)).value();
  }
  auto const files = listing_of(journal_);
  EXPECT_GE(std::count_if(files.begin(), files.end(),
                          [](auto const& file) { return file.first.ends_with(".sst"); }),
            1);
}

}  // namespace
}  // namespace qrpay::ledger::test
