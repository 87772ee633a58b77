// Seen by the fault sweep: where iterators of RocksDB 7.8 look for deleted ranges, they pass over a
// file whose first block cannot be read, and over the rest of its level, with Status OK. The scan
// called that a hole. A disk that does not answer is store_read, and no block is damaged.
#include <gtest/gtest.h>

#include "ledger/rocks_store.h"
#include "tests/ledger/faulty_fs.h"
#include "tests/ledger/support.h"

namespace qrpay::regress {
namespace {

namespace lt = ledger::test;
using ledger::RocksStore;

TEST(Regress, AReadErrorIsNoHoleInTheJournal) {
  lt::ScratchDirectory const scratch;
  ledger::DataPaths const paths = lt::paths_in(scratch.path());
  ledger::RocksOptions options{.memtable_bytes = 65'536};
  {
    lt::DiskLedger ledger(paths);
    std::mt19937_64 random(1);
    ASSERT_TRUE(ledger.create(1, options));
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(ledger.append_transfers(random, 4, 8192));
  }
  int failed = 0;
  for (std::uint64_t n = 1;; ++n) {
    lt::FaultyFs fs(paths.journal());
    options.env = fs.env();
    auto const store = RocksStore::open(paths.journal(), options);
    ASSERT_TRUE(store);
    fs.fail_at(fs.operations() + n, lt::FaultKind::kIoError, /*for_ever=*/true);
    auto const scanned =
        (*store)->scan(ledger::Sequence(1), [](ledger::Block const&) { return true; });
    if (scanned) break;
    ++failed;
    EXPECT_EQ(scanned.error().errc, base::Errc::kStoreRead)
        << to_string(scanned.error()) << " at " << fs.struck();
  }
  EXPECT_GT(failed, 1);
}

}  // namespace
}  // namespace qrpay::regress
