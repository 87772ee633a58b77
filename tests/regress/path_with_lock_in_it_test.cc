// Seen by the fault sweep: below a folder whose name holds "lock", every I/O error of an open for
// writing was named data_dir_in_use, since RocksDB's message carries the path.
#include <gtest/gtest.h>

#include "ledger/rocks_store.h"
#include "tests/ledger/support.h"

namespace qrpay::regress {
namespace {

using ledger::RocksStore;

TEST(Regress, AReadErrorBelowAFolderNamedLockIsNoOtherServer) {
  ledger::test::ScratchDirectory const scratch;
  std::string const journal = scratch.path() + "/clock-shop/journal";
  ASSERT_TRUE(RocksStore::create(journal));
  ledger::test::spill(journal + "/CURRENT", "MANIFEST-999999\n");
  auto const opened = RocksStore::open(journal);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().errc, base::Errc::kStoreRead) << to_string(opened.error());
}

}  // namespace
}  // namespace qrpay::regress
