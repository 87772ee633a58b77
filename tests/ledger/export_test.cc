#include "ledger/export.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "ledger/tiles.h"
#include "ledger/verify.h"
#include "tests/ledger/support.h"
#include "tests/ledger/writer_process.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using Files = std::map<std::string, std::string>;

/// What an export of the first `size` leaves holds beside its checkpoint.
Files expected_files(std::vector<std::string> const& leaves, std::uint64_t size) {
  MerkleTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash(base::as_bytes(leaves[i])));
  Files files;
  for (unsigned level = 0; level <= kTileLevelMax; ++level) {
    for (std::uint64_t index = 0; tile_width(level, index, size) > 0; ++index) {
      TileId const tile{level, index, tile_width(level, index, size)};
      files[format_tile_path(tile)] = tile_bytes(tree, tile).value();
      if (level > 0) continue;
      std::vector<base::ByteView> entries;
      for (std::uint64_t i = 0; i < tile.width; ++i)
        entries.push_back(base::as_bytes(leaves[index * kTileWidth + i]));
      files[format_entries_path({index, tile.width})] = entry_bundle_bytes(entries).value();
    }
  }
  return files;
}

class Export : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ledger_.create(1)); }

  /// Appends transfers up to `size` records and signs it.
  void grow_to(std::uint64_t size) {
    while (ledger_.log().size() < size) {
      std::uint64_t const missing = size - ledger_.log().size();
      ASSERT_TRUE(ledger_.append_transfers(random_, std::min<std::uint64_t>(missing, 4096)));
    }
    ASSERT_TRUE(ledger_.signer().sign_now());
  }

  base::Result<ExportReport> run() { return export_tiles({paths_.dir, paths_.keys, tiles_}); }
  Errc refusal() {
    auto const report = run();
    EXPECT_FALSE(report);
    return report ? Errc{} : report.error().errc;
  }

  /// The folder must be what the newest checkpoint says; earlier partial tiles may be there too.
  void expect_export_of(std::uint64_t size) {
    Files files = image_of(tiles_);
    EXPECT_EQ(files["checkpoint"], ledger_.signer().newest().note);
    files.erase("checkpoint");
    Files const expected = expected_files(ledger_.leaves(), size);
    for (auto const& [name, bytes] : expected) EXPECT_EQ(files[name], bytes) << name;
    for (auto const& [name, bytes] : files) {
      if (expected.contains(name)) continue;
      std::size_t const mark = name.find(".p/");
      ASSERT_NE(mark, std::string::npos) << name;
      // Only of the last tile, which is partial still, and the beginning of what it is now.
      std::string const stem = name.substr(0, mark);
      EXPECT_FALSE(expected.contains(stem)) << name << " stayed beside the full tile";
      auto const now = std::find_if(expected.begin(), expected.end(), [&](auto const& file) {
        return file.first.starts_with(stem + ".p/");
      });
      ASSERT_NE(now, expected.end()) << name;
      EXPECT_TRUE(now->second.starts_with(bytes)) << name;
    }
  }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  std::string tiles_ = scratch_.path() + "/public/log";
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{2};
};

TEST_F(Export, WritesTheTilesOfTheSignedSizeAndNothingBeyond) {
  grow_to(600);
  ASSERT_TRUE(ledger_.append_transfers(random_, 300));
  auto const report = run();
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->origin, kTestOrigin);
  EXPECT_EQ(report->size, 600U);
  EXPECT_EQ(report->root, ledger_.log().root(600).value());
  EXPECT_EQ(report->previous_size, 0U);
  EXPECT_EQ(report->files_written, 8U);  // three tiles and bundles, one tile above, the checkpoint
  Files files = image_of(tiles_);
  files.erase("checkpoint");
  EXPECT_EQ(files, expected_files(ledger_.leaves(), 600));
}

TEST_F(Export, LeavesTheJournalAsItIs) {
  grow_to(300);
  ledger_.close();
  auto const before = listing_of(paths_.dir);
  ASSERT_TRUE(run());
  EXPECT_EQ(listing_of(paths_.dir), before);
}

TEST_F(Export, ARepeatWritesNothing) {
  grow_to(512);
  ASSERT_TRUE(run());
  auto const before = listing_of(tiles_);
  auto const again = run();
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->previous_size, 512U);
  EXPECT_EQ(again->files_written, 0U);
  EXPECT_EQ(listing_of(tiles_), before);
}

TEST_F(Export, ContinuesFromEverySizeAndReplacesPartialTilesOnly) {
  std::uint64_t previous = 0;
  for (std::uint64_t const size : {1U, 2U, 255U, 256U, 257U, 300U, 511U, 512U, 1024U, 1025U}) {
    grow_to(size);
    auto const report = run();
    ASSERT_TRUE(report) << size << ": " << to_string(report.error());
    EXPECT_EQ(report->previous_size, previous);
    // Never the full tiles that were there.
    EXPECT_LE(report->files_written, 2 * (size / 256 - previous / 256) + 5) << size;
    expect_export_of(size);
    previous = size;
  }
}

TEST_F(Export, ReachesTheTilesOfTilesOfTiles) {
  grow_to(65'535);
  ASSERT_TRUE(run());
  grow_to(65'536 + 300);
  auto const report = run();
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_TRUE(base::file_exists(tiles_ + "/tile/2/000.p/1"));
  EXPECT_TRUE(base::file_exists(tiles_ + "/tile/1/000"));
  EXPECT_FALSE(base::file_exists(tiles_ + "/tile/1/000.p"));
  EXPECT_LE(report->files_written, 10U);
  expect_export_of(65'836);
}

TEST_F(Export, WritesAnewWhatTheCheckpointThereDoesNotVouchFor) {
  grow_to(600);
  ASSERT_TRUE(run());
  std::string const above = tiles_ + "/tile/1/000.p/2";
  std::string damaged = slurp(above);
  damaged[5] = static_cast<char>(damaged[5] ^ 1);
  spill(above, damaged);
  std::filesystem::remove(tiles_ + "/tile/entries/000");
  grow_to(700);
  ASSERT_TRUE(run());
  expect_export_of(700);
}

TEST_F(Export, GoesOnWhereItWasCutShort) {
  grow_to(600);
  ASSERT_TRUE(run());
  std::string const checkpoint = slurp(tiles_ + "/checkpoint");
  grow_to(1'500);
  ASSERT_TRUE(run());
  // All is there but the checkpoint, and one file is torn: the power went before the sync.
  spill(tiles_ + "/checkpoint", checkpoint);
  spill(tiles_ + "/checkpoint.new", "half a che");
  spill(tiles_ + "/tile/entries/003", "torn");
  ASSERT_TRUE(run());
  expect_export_of(1'500);
}

TEST_F(Export, RefusesAFolderOfSomethingElse) {
  grow_to(10);
  std::filesystem::create_directories(tiles_);
  spill(tiles_ + "/letter.txt", "dear auditor");
  EXPECT_EQ(refusal(), Errc::kDataDirNotEmpty);
  EXPECT_EQ(image_of(tiles_).size(), 1U);
}

TEST_F(Export, RefusesTheFolderOfAnotherLog) {
  ScratchDirectory const elsewhere;
  DiskLedger other(paths_in(elsewhere.path()));
  ASSERT_TRUE(other.create(9));
  ASSERT_TRUE(other.signer().sign_now());
  ASSERT_TRUE(export_tiles({other.paths().dir, other.paths().keys, tiles_}));
  auto const before = listing_of(tiles_);
  grow_to(10);
  EXPECT_EQ(refusal(), Errc::kWrongKey);
  EXPECT_EQ(listing_of(tiles_), before);
}

TEST_F(Export, RefusesAFolderThatIsAheadOfTheLedger) {
  grow_to(10);
  std::string const old = slurp(paths_.high_water());
  grow_to(20);
  ASSERT_TRUE(run());
  auto const before = listing_of(tiles_);
  spill(paths_.high_water(), old);
  EXPECT_EQ(refusal(), Errc::kJournalTruncated);
  EXPECT_EQ(listing_of(tiles_), before);
}

TEST_F(Export, RefusesASignedRootThatTheJournalDoesNotGive) {
  grow_to(10);
  ASSERT_TRUE(run());
  std::string const good = slurp(tiles_ + "/checkpoint");
  NoteSigner const signer = NoteSigner::make(kTestOrigin, ledger_.data().secrets.log).value();
  NoteSigner const* signers[] = {&signer};
  auto const forge = [&](std::uint64_t size) {
    return sign_checkpoint({kTestOrigin, size, empty_root(), {}}, signers).value();
  };
  grow_to(600);
  spill(paths_.high_water(), forge(600));
  EXPECT_EQ(refusal(), Errc::kJournalForked);
  EXPECT_EQ(slurp(tiles_ + "/checkpoint"), good) << "a checkpoint was shown that does not hold";
  // The same key signed two roots for one size: whatever the folder's tiles say.
  spill(paths_.high_water(),
        sign_checkpoint({kTestOrigin, 600, ledger_.log().root(600).value(), {}}, signers).value());
  spill(tiles_ + "/checkpoint", forge(10));
  EXPECT_EQ(refusal(), Errc::kJournalForked);
}

TEST_F(Export, NothingSignedIsNothingToExport) {
  EXPECT_EQ(refusal(), Errc::kNotFound);
  EXPECT_FALSE(base::file_exists(tiles_));
}

TEST_F(Export, NamesTheFileThatCannotBeWritten) {
  grow_to(10);
  std::filesystem::create_directories(tiles_ + "/tile/0/000.p/10");
  auto const report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().errc, Errc::kIo);
  EXPECT_NE(report.error().detail.find("tile/0/000.p/10"), std::string::npos);
  EXPECT_FALSE(base::file_exists(tiles_ + "/checkpoint"));
}

TEST(ExportBesideAWriter, IsAlwaysWhatTheSignedRootSays) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  std::string const tiles = scratch.path() + "/tiles";
  DiskLedger ledger(paths);
  ASSERT_TRUE(ledger.create(1));
  ASSERT_TRUE(ledger.signer().sign_now());
  ledger.close();
  std::vector<ExportReport> reports;
  {
    WriterProcess writer(scratch.path(), 1, std::size_t{1} << 20, 2048);
    for (int i = 0; i < 20; ++i) {
      for (int n = 0; n < 300; ++n) ASSERT_TRUE(writer.next());
      auto const report = export_tiles({paths.dir, paths.keys, tiles});
      ASSERT_TRUE(report) << "round " << i << ": " << to_string(report.error());
      reports.push_back(*report);
    }
    ASSERT_TRUE(writer.kill());
  }
  ASSERT_TRUE(ledger.open());
  for (auto const& report : reports) EXPECT_EQ(report.root, ledger.log().root(report.size).value());
  Files const files = image_of(tiles);
  for (auto const& [name, bytes] : expected_files(ledger.leaves(), reports.back().size)) {
    ASSERT_TRUE(files.contains(name)) << name;
    EXPECT_EQ(files.at(name), bytes) << name;
  }
}

}  // namespace
}  // namespace qrpay::ledger::test
