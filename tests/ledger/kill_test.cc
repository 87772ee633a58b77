// Real processes killed at random moments: nothing acknowledged is lost, nothing is there twice.
#include <set>

#include "tests/ledger/support.h"
#include "tests/ledger/writer_process.h"

namespace qrpay::ledger::test {
namespace {

int kills() { return is_long_run() ? 1'000 : 50; }

/// What must be there from now on, by sequence - 1.
using Expected = std::vector<std::string>;

// Opens after a kill, and adds what was found beyond the acknowledgements: it was served once, so
// it must stay too.
void check_after_kill(DataPaths const& paths, Expected& expected) {
  DiskLedger ledger(paths);
  auto const opened = ledger.open();
  ASSERT_TRUE(opened) << to_string(opened.error());
  auto const& leaves = ledger.leaves();
  ASSERT_GE(leaves.size(), expected.size()) << "acknowledged records are lost";
  std::vector<Digest> hashes;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    auto const bytes = base::as_bytes(leaves[i]);
    auto const record = decode_record(bytes);
    ASSERT_TRUE(record);
    ASSERT_EQ(record->sequence.value(), i + 1);
    ASSERT_TRUE(ids.insert(base::to_hex(record->id_tag.value())).second) << "twice: " << i + 1;
    hashes.push_back(base::sha256(base::as_bytes(std::string(1, '\0') + leaves[i])));
    std::string const hex = base::to_hex(hashes.back());
    if (i < expected.size()) {
      ASSERT_EQ(hex, expected[i]) << "sequence " << i + 1;
    } else {
      expected.push_back(hex);
    }
  }
  ASSERT_EQ(ledger.log().size(), leaves.size());
  ASSERT_EQ(ledger.log().root(leaves.size()).value(), naive_root(hashes));
}

void kill_again_and_again(std::uint64_t seed, int times, std::size_t memtable_bytes,
                          std::size_t section_bytes_max) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  {
    DiskLedger ledger(paths);
    ASSERT_TRUE(ledger.create(seed));
  }
  Expected expected;
  check_after_kill(paths, expected);
  std::mt19937_64 random(seed);
  for (int i = 0; i < times; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", kill " + std::to_string(i));
    WriterProcess writer(scratch.path(), random(), memtable_bytes, section_bytes_max);
    // One in ten dies while it opens, the others among their writes.
    std::uint64_t const wanted = below(random, 10) == 0 ? 0 : 1 + below(random, 60);
    auto const take = [&](Acknowledged const& acknowledged) {
      ASSERT_EQ(acknowledged.sequence, expected.size() + 1);
      expected.push_back(acknowledged.leaf_hash);
    };
    std::size_t const known = expected.size();
    for (std::uint64_t n = 0; n < wanted; ++n) {
      auto const acknowledged = writer.next();
      ASSERT_TRUE(acknowledged) << "the writer ended by itself";
      take(*acknowledged);
    }
    ASSERT_TRUE(writer.kill());
    while (auto const acknowledged = writer.next()) take(*acknowledged);
    ASSERT_GE(expected.size(), known + wanted);
    check_after_kill(paths, expected);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Kill, LosesAndDoublesNothingInTheWal) {
  kill_again_and_again(1, kills() / 2, std::size_t{64} << 20, 0);
}

TEST(Kill, LosesAndDoublesNothingWhileFilesAreFlushed) {
  kill_again_and_again(2, kills() - kills() / 2, 65'536, 4096);
}

}  // namespace
}  // namespace qrpay::ledger::test
