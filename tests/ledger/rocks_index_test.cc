// The projections against a naive fold: balances at any past record, statements and lists by
// cursor, tags; what is in memory and what is on disk must look like one.
#include "ledger/rocks_index.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "ledger/index.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

AccountId general(std::uint64_t n) { return account_id(AccountClass::kGeneral, Sequence(n)); }

Bytes16 tag_bytes(std::mt19937_64& random) {
  Bytes16 bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Records made at random, what they add to the projections, and the same in plain lists.
class Fold {
 public:
  explicit Fold(std::string directory) : directory_(std::move(directory)) { open(); }

  void open() {
    cut_.clear();
    index_.reset();
    auto opened = RocksIndex::open(directory_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    index_ = std::move(*opened);
    ASSERT_EQ(index_->projected().value(), projected_);
    // What was not written is replayed, as the engine does from the journal.
    run_ = index_->begin_run(Sequence(projected_));
    for (auto const& one : postings_)
      if (one.sequence.value() > projected_) run_->postings.push(one);
    for (auto const& one : payments_)
      if (one.record.value() > projected_) run_->payments.push(one);
    for (auto const& [tag, sequence] : ids_)
      if (sequence.value() > projected_) run_->ids.add(tag, sequence);
    run_->through.store(last_);
  }

  void record(std::mt19937_64& random) {
    Sequence const sequence(++last_);
    std::size_t const legs = 1 + below(random, 3);
    for (std::size_t i = 0; i < legs; ++i) {
      AccountId const account = general(1 + below(random, 300));
      Layer const layer = below(random, 4) == 0 ? Layer::kHeld : Layer::kPosted;
      auto amount = static_cast<std::int64_t>(1 + below(random, 1'000'000'000));
      if (below(random, 2) == 0) amount = -amount;
      Leg leg = Leg::kTransfer;
      auto& held = held_[{account, amount < 0}];
      if (layer == Layer::kHeld && below(random, 2) == 0 && !held.empty()) {
        leg = Leg::kRelease;  // takes away what a leg of this sign had held
        amount = -held.back();
        held.pop_back();
      } else if (layer == Layer::kHeld) {
        held.push_back(amount);
      }
      TailPosting const posting{account, sequence, amount, layer, leg};
      postings_.push_back(posting);
      run_->postings.push(posting);
    }
    if (below(random, 3) == 0) {
      TailPayment const payment{Sequence(1 + below(random, 5)), sequence,
                                static_cast<std::int32_t>(below(random, 9)) - 4};
      payments_.push_back(payment);
      run_->payments.push(payment);
    }
    IdTag const id(tag_bytes(random));
    ids_.emplace_back(id, sequence);
    run_->ids.add(id, sequence);
    run_->through.store(last_);
  }

  void cut() {
    if (run_->records() == 0) return;
    cut_.push_back(run_);
    run_ = index_->begin_run(Sequence(last_));
  }
  void write() {
    if (cut_.empty()) return;
    RunSeal seal;
    seal.genesis_leaf.fill(7);
    std::uint64_t const from = cut_.front()->after.value() / 256;
    for (auto group = from; (group + 1) * 256 <= cut_.front()->through.load(); ++group)
      seal.groups.push_back(leaf_hash(base::as_bytes(std::to_string(group))));
    auto const done = index_->ingest(*cut_.front(), seal);
    ASSERT_TRUE(done) << to_string(done.error());
    projected_ = cut_.front()->through.load();
    cut_.pop_front();
  }

  [[nodiscard]] Account naive(AccountId const& account, std::uint64_t at) const {
    Account totals;
    for (auto const& posting : postings_) {
      if (posting.account != account || posting.sequence.value() > at) continue;
      bool const release = posting.leg == Leg::kRelease;
      std::int64_t const amount = release ? -posting.amount : posting.amount;
      std::int64_t const size = (amount < 0 ? -amount : amount) * (release ? -1 : 1);
      if (posting.layer == Layer::kHeld)
        (amount > 0 ? totals.held_debit : totals.held_credit) += size;
      else
        (amount > 0 ? totals.posted_debit : totals.posted_credit) += size;
    }
    return totals;
  }

  void check_balances(std::mt19937_64& random) {
    for (int i = 0; i < 200; ++i) {
      AccountId const account = general(1 + below(random, 310));
      std::uint64_t const at = below(random, last_ + 2);
      auto const found = index_->account_at(account, Sequence(at));
      ASSERT_TRUE(found);
      ASSERT_EQ(*found, naive(account, at)) << "at " << at << " of " << last_;
    }
  }

  void check_statements(std::mt19937_64& random) {
    for (int i = 0; i < 20; ++i) {
      AccountId const account = general(1 + below(random, 300));
      Sequence const until(below(random, last_ + 1));
      std::vector<StatementLine> wanted;
      for (auto const& posting : postings_)
        if (posting.account == account && posting.sequence <= until)
          wanted.push_back({posting.sequence, Vnd(posting.amount), posting.layer,
                            posting.leg == Leg::kRelease,
                            naive(account, posting.sequence.value()).balance()});
      std::vector<StatementLine> got;
      Sequence after(0);
      for (;;) {
        auto const page = index_->statement(account, {after, until, 1 + below(random, 7)});
        ASSERT_TRUE(page);
        if (page->empty()) break;
        got.insert(got.end(), page->begin(), page->end());
        after = page->back().sequence;
      }
      ASSERT_EQ(got.size(), wanted.size());
      for (std::size_t n = 0; n < got.size(); ++n) {
        bool const last_of_record = n + 1 == got.size() || got[n + 1].sequence != got[n].sequence;
        if (!last_of_record) got[n].balance = wanted[n].balance;  // within a record: before its end
        ASSERT_EQ(got[n], wanted[n]) << "line " << n;
      }
    }
  }

  void check_periods(std::mt19937_64& random) {
    std::uint64_t const until = below(random, last_ + 1);
    std::uint64_t const after = below(random, until + 1);
    std::vector<PeriodLine> wanted;
    for (std::uint64_t n = 1; n <= 300; ++n) {
      PeriodLine const line{general(n), naive(general(n), after), naive(general(n), until)};
      if (line.opening != Account{} || line.closing != Account{}) wanted.push_back(line);
    }
    auto const scan = index_->period(Sequence(after), Sequence(until));
    std::vector<PeriodLine> got;
    for (;;) {
      auto const part = scan->next(1 + below(random, 50));
      ASSERT_TRUE(part);
      if (part->empty()) break;
      got.insert(got.end(), part->begin(), part->end());
    }
    ASSERT_EQ(got, wanted) << "(" << after << ", " << until << "] of " << last_;
  }

  void check_payments(std::mt19937_64& random) {
    for (std::uint64_t shop = 1; shop <= 6; ++shop) {
      std::vector<ShopPayment> wanted;
      for (auto const& payment : payments_)
        if (payment.shop == Sequence(shop)) wanted.push_back({payment.record, payment.day});
      std::vector<ShopPayment> got;
      for (Sequence after(0);;) {
        auto const page =
            index_->payments(Sequence(shop), {after, Sequence(last_), 1 + below(random, 20)});
        ASSERT_TRUE(page);
        if (page->empty()) break;
        got.insert(got.end(), page->begin(), page->end());
        after = page->back().record;
      }
      ASSERT_EQ(got, wanted);
    }
  }

  void check_ids() {
    for (auto const& [tag, sequence] : ids_) {
      auto const found = index_->find_id(tag);
      ASSERT_TRUE(found);
      bool const is_projected = sequence.value() <= projected_;
      ASSERT_EQ(found->has_value(), is_projected);
      if (is_projected) {
        ASSERT_EQ(**found, sequence);
      }
    }
  }

  [[nodiscard]] RocksIndex& index() { return *index_; }
  [[nodiscard]] std::uint64_t last() const { return last_; }
  void close() {
    cut_.clear();
    run_.reset();
    index_.reset();
  }

 private:
  std::string const directory_;
  std::unique_ptr<RocksIndex> index_;
  std::shared_ptr<Run> run_;
  std::deque<std::shared_ptr<Run>> cut_;
  std::uint64_t last_ = 0;
  std::uint64_t projected_ = 0;
  std::vector<TailPosting> postings_;
  std::vector<TailPayment> payments_;
  std::vector<std::pair<IdTag, Sequence>> ids_;
  std::map<std::pair<AccountId, bool>, std::vector<std::int64_t>> held_;
};

TEST(RocksIndex, TellsWhatANaiveFoldTellsWhileRunsMoveFromMemoryToDisk) {
  ScratchDirectory const scratch;
  Fold fold(scratch.path() + "/projections");
  std::mt19937_64 random(7);
  for (int round = 0; round < 10; ++round) {
    for (std::uint64_t n = 40 + below(random, 400); n > 0; --n) fold.record(random);
    if (below(random, 3) != 0) fold.cut();
    if (below(random, 3) != 0) fold.write();
    if (below(random, 4) == 0) fold.open();  // as after a kill
    fold.check_balances(random);
    fold.check_statements(random);
    fold.check_payments(random);
    for (int i = 0; i < 3; ++i) fold.check_periods(random);
    fold.check_ids();
    if (testing::Test::HasFatalFailure()) return;
  }
}

// One thread makes records, one projects, and the statement is read the while.
TEST(RocksIndex, AStatementIsCompleteAndOrderedWhileItsRecordsAreBeingProjected) {
  constexpr std::uint64_t kRecords = 40'000;
  constexpr std::uint64_t kRunRecords = 2'000;
  constexpr std::uint64_t kAccounts = 10;
  ScratchDirectory const scratch;
  auto index = std::move(*RocksIndex::open(scratch.path() + "/projections"));
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<ledger::Run>> cut;
  std::atomic<std::uint64_t> durable{0};
  std::thread maker([&] {
    auto run = index->begin_run(Sequence(0));
    for (std::uint64_t n = 1; n <= kRecords; ++n) {
      run->postings.push({general(n % kAccounts), Sequence(n), 1, Layer::kPosted, Leg::kSale});
      run->through.store(n);
      durable.store(n);
      if (n % kRunRecords != 0) continue;
      std::lock_guard const lock(mutex);
      cut.push_back(std::exchange(run, index->begin_run(Sequence(n))));
      changed.notify_one();
    }
  });
  std::thread projector([&] {
    for (std::uint64_t runs = 0; runs < kRecords / kRunRecords; ++runs) {
      std::shared_ptr<ledger::Run> run;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !cut.empty(); });
        run = std::move(cut.front());
        cut.pop_front();
      }
      RunSeal seal;
      seal.groups.resize(run->through.load() / 256 - run->after.value() / 256);
      EXPECT_TRUE(index->ingest(*run, seal));
    }
  });
  for (std::uint64_t reads = 0; index->projected() < Sequence(kRecords); ++reads) {
    std::uint64_t const until = durable.load();
    std::uint64_t const account = reads % kAccounts;
    std::uint64_t next = account == 0 ? kAccounts : account;
    std::int64_t balance = 0;
    for (Sequence after(0);;) {
      auto const page = index->statement(general(account), {after, Sequence(until), 700});
      if (!page || page->empty()) break;
      for (auto const& line : *page) {
        ASSERT_EQ(line.sequence.value(), next);
        ASSERT_EQ(line.balance, Vnd(++balance));
        next += kAccounts;
      }
      after = page->back().sequence;
    }
    ASSERT_GT(next, until);
    auto const totals = index->account_at(general(account), Sequence(until));
    ASSERT_EQ(totals->posted_debit, balance);
  }
  maker.join();
  projector.join();
}

TEST(RocksIndex, KeepsOneAccountWithManyLegsInPartsThatStayShort) {
  ScratchDirectory const scratch;
  Fold fold(scratch.path() + "/projections");
  auto& index = fold.index();
  auto const run = index.begin_run(Sequence(0));
  for (std::uint64_t i = 1; i <= 1'000; ++i)
    for (int leg = 0; leg < 3; ++leg)
      run->postings.push({general(1), Sequence(i), 5, Layer::kPosted, Leg::kSale});
  run->through.store(1'000);
  RunSeal seal;
  seal.groups.resize(3);
  ASSERT_TRUE(index.ingest(*run, seal));
  for (std::uint64_t at : {1u, 85u, 86u, 87u, 500u, 999u, 1'000u})
    EXPECT_EQ(index.account_at(general(1), Sequence(at))->posted_debit,
              static_cast<std::int64_t>(at) * 15);
  // A page never parts a record's legs.
  auto const page = index.statement(general(1), {Sequence(84), Sequence(1'000), 4});
  ASSERT_EQ(page->size(), 6u);
  EXPECT_EQ(page->back().sequence, Sequence(86));
}

TEST(RocksIndex, KeepsTheLatestOfARowAndForgetsADroppedOne) {
  ScratchDirectory const scratch;
  std::string const directory = scratch.path() + "/projections";
  {
    auto index = std::move(*RocksIndex::open(directory));
    auto const first = index->begin_run(Sequence(0));
    first->put_row(3, "a", "1");
    first->put_row(3, "b", "2");
    first->put_row(3, "a", "3");
    first->through.store(1);
    ASSERT_TRUE(index->ingest(*first, {}));
    auto const second = index->begin_run(Sequence(1));
    second->drop_row(3, "b");
    second->put_row(2, "b", "4");
    second->through.store(2);
    second->last_time = WallTime(5);
    ASSERT_TRUE(index->ingest(*second, {}));
  }
  auto const index = std::move(*RocksIndex::open(directory));
  std::vector<std::string> rows;
  ASSERT_TRUE(index->scan_rows([&](StateRow const& row) -> base::Result<void> {
    rows.push_back(std::to_string(row.table) + row.key + *row.value);
    return {};
  }));
  EXPECT_EQ(rows, (std::vector<std::string>{"2b4", "3a3"}));
  EXPECT_EQ(index->head().through, Sequence(2));
  EXPECT_EQ(index->head().last_time, WallTime(5));
}

TEST(RocksIndex, TheFirstUseOfATagStandsWhereverItLies) {
  ScratchDirectory const scratch;
  auto projections = std::move(*RocksIndex::open(scratch.path() + "/projections"));
  std::mt19937_64 random(3);
  MoneyTag const money(tag_bytes(random));
  IdTag const page(tag_bytes(random));
  Index index(projections.get());
  auto const add = [&](std::uint64_t sequence) {
    index.add_money(money, {Sequence(sequence), Vnd(1), WallTime(2)});
    index.add_page(page, Sequence(sequence));
    index.run()->through.store(sequence);
    EXPECT_EQ(index.find_money(money)->sequence, Sequence(1));
    EXPECT_EQ(index.find_page(page), Sequence(1));
  };
  add(1);
  auto const run = index.cut();
  add(2);
  ASSERT_TRUE(projections->ingest(*run, {}));
  add(3);
  EXPECT_EQ(index.settle().size(), 1u);
  add(4);
  EXPECT_EQ(index.money(), 0u);  // no longer in memory
  EXPECT_FALSE(index.failed());
}

/// The files of the instance that hold entries.
std::vector<std::filesystem::path> table_files(std::string const& directory) {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".sst") files.push_back(entry.path());
  return files;
}

TEST(RocksIndex, ALookUpInDamagedEntriesFailsAndTheNextOpenRefuses) {
  ScratchDirectory const scratch;
  std::string const directory = scratch.path() + "/projections";
  std::vector<IdTag> tags;
  {
    auto index = std::move(*RocksIndex::open(directory));
    auto const run = index->begin_run(Sequence(0));
    std::mt19937_64 random(5);
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
      tags.emplace_back(tag_bytes(random));
      run->ids.add(tags.back(), Sequence(i));
    }
    run->through.store(2'000);
    RunSeal seal;
    seal.groups.resize(7);
    ASSERT_TRUE(index->ingest(*run, seal));
  }
  // The largest file is that of the ids; its first half is their blocks.
  auto files = table_files(directory);
  std::sort(files.begin(), files.end(), [](auto const& a, auto const& b) {
    return std::filesystem::file_size(a) < std::filesystem::file_size(b);
  });
  {
    std::fstream file(files.back(), std::ios::in | std::ios::out | std::ios::binary);
    for (int at = 100; at < 20'000; at += 64) {
      file.seekp(at);
      file.put('\x55');
    }
  }
  {
    auto projections = std::move(*RocksIndex::open(directory));
    Index index(projections.get());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      auto const found = index.find_id(tags[i]);
      if (found && *found != Sequence(i + 1)) ++wrong;
    }
    EXPECT_EQ(wrong, 0u);
    EXPECT_TRUE(index.failed());
  }
  EXPECT_EQ(RocksIndex::open(directory).error().errc, Errc::kStoreRead);
  ASSERT_TRUE(RocksIndex::remove(directory));
  EXPECT_EQ((*RocksIndex::open(directory))->projected(), Sequence(0));
}

TEST(RocksIndex, RefusesAFileThatWasCutOrIsMissing) {
  for (bool const cut : {true, false}) {
    ScratchDirectory const scratch;
    std::string const directory = scratch.path() + "/projections";
    {
      auto index = std::move(*RocksIndex::open(directory));
      auto const run = index->begin_run(Sequence(0));
      run->ids.add(IdTag(Bytes16{1}), Sequence(1));
      run->through.store(1);
      ASSERT_TRUE(index->ingest(*run, {}));
    }
    auto const file = table_files(directory).front();
    if (cut)
      std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    else
      std::filesystem::remove(file);
    EXPECT_EQ(RocksIndex::open(directory).error().errc, Errc::kStoreRead);
  }
}

TEST(RocksIndex, NamesAnInstanceThatIsOpenElsewhereAndDeletesNothing) {
  ScratchDirectory const scratch;
  std::string const directory = scratch.path() + "/clock/projections";
  auto const held = RocksIndex::open(directory);
  ASSERT_TRUE(held);
  EXPECT_EQ(RocksIndex::open(directory).error().errc, Errc::kDataDirInUse);
}

TEST(RocksIndexCodec, ReadsBackWhatItWritesAndNothingElse) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 2'000; ++i) {
    HistoryEntry entry;
    std::uint64_t at = 1 + below(random, 1'000'000);
    for (std::size_t n = 1 + below(random, 20); n > 0; --n, at += below(random, 5'000))
      entry.legs.push_back({Sequence(at),
                            static_cast<std::int64_t>(random() >> 1) * (n % 2 ? 1 : -1),
                            n % 3 ? Layer::kPosted : Layer::kHeld, n % 6 == 0});
    entry.after.posted_debit = static_cast<std::int64_t>(random() >> 1);
    Sequence const last = entry.legs.back().sequence;
    std::string const bytes = encode_history(entry);
    auto const read = decode_history(bytes, last);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->legs, entry.legs);
    EXPECT_EQ(read->after, entry.after);
    EXPECT_FALSE(decode_history(std::string_view(bytes).substr(0, bytes.size() - 1), last));
    EXPECT_FALSE(decode_history(bytes, Sequence(last.value() + 1)) &&
                 decode_history(bytes, Sequence(last.value() + 1))->legs == entry.legs);
  }
  Bucket const bucket = {{3, {1, 2, 3, 4, Limit::kFloor, Sides::kCredit}},
                         {200, {5, 6, 7, 8, Limit::kNone, Sides::kNone}}};
  EXPECT_EQ(decode_bucket(encode_bucket(bucket)), bucket);
  EXPECT_FALSE(decode_bucket(encode_bucket({bucket[1], bucket[0]})));
  std::string_view none = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  EXPECT_FALSE(take_varint(none));
}

}  // namespace
}  // namespace qrpay::ledger::test
