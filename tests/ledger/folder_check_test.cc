// An exported folder, checked alone: sound at every size, and no byte of it can be another.
#include "ledger/folder_check.h"

#include <algorithm>

#include "ledger/export.h"
#include "ledger/verify.h"
#include "tests/ledger/support.h"
#include "tests/ledger/writer_process.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

class FolderCheck : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ledger_.create(1)); }

  void export_at(std::uint64_t size) {
    while (ledger_.log().size() < size) {
      std::uint64_t const missing = size - ledger_.log().size();
      ASSERT_TRUE(ledger_.append_transfers(random_, std::min<std::uint64_t>(missing, 4096)));
    }
    ASSERT_TRUE(ledger_.signer().sign_now());
    ASSERT_TRUE(export_tiles({paths_.dir, paths_.keys, tiles_}));
  }
  FolderCheckOptions options() {
    auto const genesis = ledger_.log().read(base::Sequence(1)).value().record;
    FolderCheckOptions options;
    options.key = parse_vkey(TlvReader(genesis.body).text(field::kLogVkey)).value();
    return options;
  }
  base::Result<FolderReport> run() { return check_folder(tiles_, options()); }
  /// The name that the refusal begins with; "" = sound.
  std::string bad_file() {
    auto const checked = run();
    return checked ? "" : checked.error().detail.substr(0, checked.error().detail.find(": "));
  }
  void write(std::string const& name, std::string const& content) const {
    std::ofstream(tiles_ + "/" + name, std::ios::binary | std::ios::trunc) << content;
  }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  std::string tiles_ = scratch_.path() + "/tiles";
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{3};
};

TEST_F(FolderCheck, AgreesWithTheJournalAtEverySize) {
  for (std::uint64_t const size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 2'000U}) {
    export_at(size);
    auto const checked = run();
    ASSERT_TRUE(checked) << size << ": " << to_string(checked.error());
    auto const journal = verify_directory(paths_.dir, {.keys = paths_.keys});
    ASSERT_TRUE(journal) << to_string(journal.error());
    EXPECT_EQ(checked->origin, kTestOrigin);
    EXPECT_EQ(checked->size, size);
    EXPECT_EQ(checked->root, journal->root);
    EXPECT_EQ(checked->accounts, journal->accounts);
    EXPECT_EQ(checked->book, journal->book);
  }
}

TEST_F(FolderCheck, ReachesTilesOfTilesOfTiles) {
  export_at(65'536);
  ASSERT_TRUE(run());
  export_at(65'536 + 300);
  auto const checked = run();
  ASSERT_TRUE(checked) << to_string(checked.error());
  EXPECT_EQ(checked->root, ledger_.log().root(65'836).value());
}

TEST_F(FolderCheck, NoByteOfAnyFileCanBeAnother) {
  export_at(9);
  export_at(14);  // leaves partial tiles of 9 behind
  auto const files = image_of(tiles_);
  ASSERT_EQ(files.size(), 5U);
  std::size_t flips = 0;
  for (auto const& [name, content] : files) {
    for (std::size_t at = 0; at < content.size(); ++at, ++flips) {
      std::string flipped = content;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << below(random_, 8)));
      write(name, flipped);
      ASSERT_EQ(bad_file(), name) << "byte " << at;
    }
    write(name, content);
  }
  EXPECT_EQ(bad_file(), "");
  EXPECT_GT(flips, 3'000U);
}

TEST_F(FolderCheck, AFileThatIsMissingCutOrOfNoExportIsNamed) {
  export_at(300);
  for (auto const& [name, content] : image_of(tiles_)) {
    std::filesystem::remove(tiles_ + "/" + name);
    EXPECT_EQ(bad_file(), name);
    write(name, content.substr(0, content.size() - 1));
    EXPECT_EQ(bad_file(), name);
    write(name, content + "x");
    EXPECT_EQ(bad_file(), name);
    write(name, content);
  }
  for (std::string const name : {"note", "checkpoint.new", "tile/0/002", "tile/8"}) {
    write(name, "x");
    EXPECT_EQ(bad_file(), name);
    std::filesystem::remove(tiles_ + "/" + name);
  }
  EXPECT_EQ(bad_file(), "");
}

TEST_F(FolderCheck, AKeptCheckpointAndAWitnessMustAgree) {
  export_at(20);
  std::string const old = image_of(tiles_).at("checkpoint");
  export_at(40);
  std::string const now = image_of(tiles_).at("checkpoint");
  FolderCheckOptions kept = options();
  kept.kept = {{"old", old}, {"now", now}};
  EXPECT_TRUE(check_folder(tiles_, kept));

  write("checkpoint", old);
  auto const rolled_back = check_folder(tiles_, kept);
  ASSERT_FALSE(rolled_back);
  EXPECT_EQ(rolled_back.error().errc, Errc::kSplitView);
  EXPECT_TRUE(rolled_back.error().detail.starts_with("checkpoint: rolled back to size 20"));
  write("checkpoint", now);

  FolderCheckOptions watched = options();
  watched.witnesses = {
      make_verifier_key("witness.test", SignatureType::kCosignature, watched.key.public_key)
          .value()};
  auto const alone = check_folder(tiles_, watched);
  ASSERT_FALSE(alone);
  EXPECT_TRUE(alone.error().detail.starts_with("checkpoint: ")) << alone.error().detail;

  FolderCheckOptions other = options();
  other.key.name += "x";
  other.key =
      make_verifier_key(other.key.name, SignatureType::kEd25519, other.key.public_key).value();
  EXPECT_FALSE(check_folder(tiles_, other));
}

}  // namespace
}  // namespace qrpay::ledger::test
