// What a look at the past costs.
#include "ledger/rocks_index.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

AccountId account(std::uint64_t n) { return account_id(AccountClass::kGeneral, Sequence(n)); }

// Not a time, which a busy machine would change, but what is read for it.
TEST(RocksIndex, ABalanceCostsOneEntryHoweverLongTheHistory) {
  ScratchDirectory const scratch;
  auto index = std::move(*RocksIndex::open(scratch.path() + "/projections"));
  std::mt19937_64 random(11);
  std::uint64_t last = 0;
  for (std::uint64_t const size : {1'000u, 10'000u, 100'000u}) {
    auto const run = index->begin_run(Sequence(last));
    RunSeal seal;
    seal.groups.resize(size / 256 - last / 256);
    while (last < size) {
      ++last;
      run->postings.push({account(1), Sequence(last), 1, Layer::kPosted, Leg::kSale});
      run->postings.push({account(2), Sequence(last), -1, Layer::kPosted, Leg::kSale});
    }
    run->through.store(last);
    ASSERT_TRUE(index->ingest(*run, seal));
    std::uint64_t const before = index->history_reads();
    for (int i = 0; i < 100; ++i) {
      std::uint64_t const at = 1 + below(random, size);
      auto const found = index->account_at(account(1), Sequence(at));
      ASSERT_TRUE(found);
      EXPECT_EQ(found->posted_debit, static_cast<std::int64_t>(at));
    }
    EXPECT_EQ(index->history_reads() - before, 100u) << size << " records";
  }
}

}  // namespace
}  // namespace qrpay::ledger::test
