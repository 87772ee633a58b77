#include "ledger/backup.h"

#include <algorithm>

#include "ledger/verify.h"
#include "tests/ledger/support.h"
#include "tests/ledger/writer_process.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

class Backups : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ledger_.create(1)); }

  void grow_to(std::uint64_t size, std::size_t section_bytes_max = 0) {
    while (ledger_.log().size() < size) {
      std::uint64_t const missing = size - ledger_.log().size();
      ASSERT_TRUE(ledger_.append_transfers(random_, std::min<std::uint64_t>(missing, 4096),
                                           section_bytes_max));
    }
    ASSERT_TRUE(ledger_.signer().sign_now());
  }
  base::Result<BackupReport> run() { return back_up(paths_, to_); }
  Errc refusal() {
    auto const report = run();
    EXPECT_FALSE(report);
    return report ? Errc{} : report.error().errc;
  }
  base::Error check_refusal() const {
    auto const info = check_backup(to_);
    EXPECT_FALSE(info);
    return info ? base::Error{} : info.error();
  }
  /// The leaves of the journal in `journal`.
  static std::vector<std::string> leaves_of(std::string const& journal) {
    std::vector<std::string> leaves;
    auto const store = std::move(RocksStore::open(journal)).value();
    Log log(*store, std::nullopt);
    EXPECT_TRUE(log.replay([&](StoredRecord const& stored) -> base::Result<void> {
      leaves.push_back(stored.leaf);
      return {};
    }));
    return leaves;
  }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{2};
  std::string to_ = scratch_.path() + "/backup";
  std::string restored_ = scratch_.path() + "/restored";
};

TEST_F(Backups, HoldsWhatIsSignedAndNothingBeyond) {
  grow_to(300, 100);
  ASSERT_TRUE(ledger_.append_transfers(random_, 5));  // durable, not yet signed
  auto const report = run();
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->origin, kTestOrigin);
  EXPECT_EQ(report->size, 300U);
  EXPECT_EQ(report->root, ledger_.log().root(300).value());
  EXPECT_EQ(report->segments, 1U);
  EXPECT_EQ(report->segments_written, 1U);
  auto const files = image_of(to_);
  EXPECT_EQ(files.size(), 2U);
  EXPECT_TRUE(files.contains("MANIFEST"));
  EXPECT_TRUE(files.contains("segment-000000000001-000000000300"));
  auto const checked = check_backup(to_);
  ASSERT_TRUE(checked) << to_string(checked.error());
  EXPECT_EQ(checked->checkpoint.root, report->root);
  EXPECT_EQ(checked->note, ledger_.signer().newest().note);
  EXPECT_EQ(checked->last_time, ledger_.log().read(Sequence(300))->record.log_time);
  EXPECT_EQ(checked->log_key, ledger_.signer().verifier_key());
}

TEST_F(Backups, IsRestoredToTheSameRecordsSideRecordsAndRoot) {
  grow_to(2'000, 500);
  ASSERT_TRUE(run());
  auto const info = restore_journal(to_, restored_);
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(leaves_of(restored_), ledger_.leaves());
  auto const store = std::move(RocksStore::open(restored_)).value();
  EXPECT_TRUE(store->check_joints());
  for (std::uint64_t n = 1; n <= 2'000; n += 37) {
    Block const block = store->read_block(Sequence(n)).value();
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    EXPECT_EQ(decode_entry(view->at(Sequence(n)), Sequence(n))->side,
              ledger_.log().read(Sequence(n))->side);
  }
}

TEST_F(Backups, AreBroughtUpToDateByWhatIsNew) {
  std::uint64_t before = 0;
  std::filesystem::file_time_type full_written;
  std::string const full = to_ + "/segment-000000000001-000000065536";
  for (std::uint64_t const size : {100U, 65'535U, 65'536U, 65'537U, 70'000U, 140'000U}) {
    grow_to(size);
    auto const report = run();
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->previous_size, before);
    EXPECT_EQ(report->size, size);
    EXPECT_EQ(report->root, ledger_.log().root(size).value());
    std::uint64_t const segments = (size + 65'535) / 65'536;
    EXPECT_EQ(report->segments, segments);
    EXPECT_EQ(report->segments_written, segments - before / 65'536) << size;
    EXPECT_EQ(image_of(to_).size(), segments + 1) << "superseded parts are gone";
    ASSERT_TRUE(check_backup(to_)) << size;
    if (size == 65'536) full_written = std::filesystem::last_write_time(full);
    if (size > 65'536) {
      EXPECT_EQ(std::filesystem::last_write_time(full), full_written);
    }
    before = size;
  }
  auto const again = run();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size, 140'000U);
  ASSERT_TRUE(restore_journal(to_, restored_));
  EXPECT_EQ(leaves_of(restored_), ledger_.leaves());
}

TEST_F(Backups, AreTheSameBytesHoweverOftenTheyWereBroughtUpToDate) {
  grow_to(66'000);
  ASSERT_TRUE(run());
  grow_to(67'000);
  ASSERT_TRUE(run());
  std::string const once = scratch_.path() + "/once";
  ASSERT_TRUE(back_up(paths_, once));
  EXPECT_EQ(listing_of(once), listing_of(to_));
}

TEST_F(Backups, WriteAnewAFileThatIsGoneOrCutShort) {
  grow_to(66'000);
  ASSERT_TRUE(run());
  auto const good = listing_of(to_);
  std::string const full = to_ + "/segment-000000000001-000000065536";
  std::filesystem::remove(full);
  EXPECT_EQ(check_refusal().errc, Errc::kArchiveDamaged);
  ASSERT_TRUE(run());
  EXPECT_EQ(listing_of(to_), good);
  std::filesystem::resize_file(full, 1'000'000);
  ASSERT_TRUE(run());
  EXPECT_EQ(listing_of(to_), good);
}

TEST_F(Backups, NoByteOfThemCanBeFlippedUnseen) {
  grow_to(200, 50);
  ASSERT_TRUE(run());
  for (auto const& [name, good] : image_of(to_)) {
    std::string const path = to_ + '/' + name;
    std::size_t const step = is_long_run() || name == "MANIFEST" ? 1 : 23;
    for (std::size_t at = 0; at < good.size(); at += step) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x04);
      spill(path, bad);
      auto const error = check_refusal();
      EXPECT_EQ(error.errc, Errc::kArchiveDamaged) << name << " offset " << at;
      EXPECT_NE(error.detail.find(name), std::string::npos) << error.detail;
    }
    spill(path, good);
  }
  EXPECT_TRUE(check_backup(to_));
}

TEST_F(Backups, AFileThatChecksButIsNotTheOneInTheListIsNamed) {
  grow_to(200, 50);
  ASSERT_TRUE(run());
  std::string const name = "/segment-000000000001-000000000200";
  DataPaths const other_paths = paths_in(scratch_.path() + "/other");
  DiskLedger other(other_paths);
  ASSERT_TRUE(other.create(9));
  ASSERT_TRUE(other.append_transfers(random_, 199, 50));
  ASSERT_TRUE(other.signer().sign_now());
  ASSERT_TRUE(back_up(other_paths, scratch_.path() + "/foreign"));
  spill(to_ + name, slurp(scratch_.path() + "/foreign" + name));
  EXPECT_EQ(check_refusal().errc, Errc::kArchiveDamaged);
  EXPECT_EQ(restore_journal(to_, restored_).error().errc, Errc::kArchiveDamaged);
  EXPECT_FALSE(base::file_exists(restored_)) << "nothing half restored stays";
}

TEST_F(Backups, AListThatNobodySignedIsRefused) {
  grow_to(200);
  ASSERT_TRUE(run());
  // A whole backup of the same records, signed by another key.
  auto const signer = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{7}));
  NoteSigner const* const signers[] = {&*signer};
  auto const info = read_manifest(to_);
  auto const note = sign_checkpoint(info->checkpoint, signers);
  std::string body = format_segment_line(info->segments[0]) + "\ncheckpoint\n" + *note;
  spill(to_ + "/MANIFEST",
        "qrpay backup 1\nsha256 " + base::to_hex(base::sha256(base::as_bytes(body))) + '\n' + body);
  ASSERT_TRUE(read_manifest(to_));
  EXPECT_EQ(check_refusal().errc, Errc::kWrongKey);
  EXPECT_EQ(refusal(), Errc::kBackupForeign);
}

TEST_F(Backups, RefuseWhatIsNotTheirs) {
  EXPECT_EQ(refusal(), Errc::kNotFound) << "nothing is signed yet";
  grow_to(10);
  std::filesystem::create_directories(to_);
  spill(to_ + "/photo.jpg", "x");
  EXPECT_EQ(refusal(), Errc::kDataDirNotEmpty);
  std::filesystem::remove(to_ + "/photo.jpg");
  EXPECT_EQ(check_refusal().errc, Errc::kNotFound);
  ASSERT_TRUE(run());
  DataPaths const other_paths = paths_in(scratch_.path() + "/other");
  DiskLedger other(other_paths);
  ASSERT_TRUE(other.create(9));
  ASSERT_TRUE(other.append_transfers(random_, 20));
  ASSERT_TRUE(other.signer().sign_now());
  auto const before = listing_of(to_);
  EXPECT_EQ(back_up(other_paths, to_).error().errc, Errc::kBackupForeign);
  EXPECT_EQ(listing_of(to_), before);
  spill(to_ + "/MANIFEST", "qrpay backup 2\n");
  EXPECT_EQ(refusal(), Errc::kArchiveDamaged);
  EXPECT_EQ(back_up(paths_in(scratch_.path() + "/none"), to_).error().errc, Errc::kDataDirMissing);
}

TEST_F(Backups, RefuseAJournalThatIsShorterOrForked) {
  grow_to(100);
  ledger_.close();
  auto const old = image_of(scratch_.path());
  ASSERT_TRUE(ledger_.open());
  grow_to(150);
  ASSERT_TRUE(run());
  ledger_.close();
  auto const backup = image_of(to_);
  write_image(old, scratch_.path());
  EXPECT_EQ(check_refusal().errc, Errc::kNotFound);
  write_image(backup, to_);
  EXPECT_EQ(refusal(), Errc::kJournalTruncated);
  ASSERT_TRUE(ledger_.open());
  random_.seed(77);
  grow_to(150);
  EXPECT_EQ(refusal(), Errc::kJournalForked) << "the same size, another history";
  grow_to(160);
  EXPECT_EQ(refusal(), Errc::kJournalForked) << "a part that is not the beginning of the new file";
  EXPECT_EQ(read_manifest(to_)->checkpoint.size, 150U);
}

TEST_F(Backups, RestoreIntoNothingThatIsThere) {
  grow_to(10);
  ASSERT_TRUE(run());
  EXPECT_EQ(restore_journal(to_, paths_.journal()).error().errc, Errc::kAlreadyExists);
  EXPECT_EQ(restore_journal(restored_, restored_).error().errc, Errc::kNotFound);
  EXPECT_FALSE(base::file_exists(restored_));
}

TEST_F(Backups, AKillAtAnyStepLeavesTheOneBeforeOrTheOneAfter) {
  grow_to(65'000);
  ASSERT_TRUE(run());
  grow_to(140'000);
  ledger_.close();
  auto const before = image_of(to_);
  // What appears in the folder, in order; the child is killed as soon as it does.
  for (std::string const step :
       {"segment-000000000001-000000065536.new", "segment-000000000001-000000065536",
        "segment-000000065537-000000131072.new", "segment-000000065537-000000131072",
        "segment-000000131073-000000140000", "MANIFEST.new"}) {
    write_image(before, to_);
    pid_t const child = ::fork();
    if (child == 0) ::_exit(back_up(paths_, to_) ? 0 : 1);
    while (!base::file_exists(to_ + '/' + step) && ::waitpid(child, nullptr, WNOHANG) == 0) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    auto const checked = check_backup(to_);
    ASSERT_TRUE(checked) << step << ": " << to_string(checked.error());
    std::uint64_t const size = checked->checkpoint.size;
    EXPECT_TRUE(size == 65'000 || size == 140'000) << step << ": " << size;
  }
  ASSERT_TRUE(run());
  EXPECT_EQ(check_backup(to_)->checkpoint.size, 140'000U);
  EXPECT_EQ(image_of(to_).size(), 4U);
}

TEST(BackupBesideAWriter, IsAlwaysWhatTheSignedRootSays) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  std::string const to = scratch.path() + "/backup";
  DiskLedger ledger(paths);
  ASSERT_TRUE(ledger.create(1));
  ASSERT_TRUE(ledger.signer().sign_now());
  ledger.close();
  std::vector<BackupReport> reports;
  {
    WriterProcess writer(scratch.path(), 1, std::size_t{1} << 20, 2048);
    for (int i = 0; i < 30; ++i) {
      for (int n = 0; n < 200; ++n) ASSERT_TRUE(writer.next());
      auto const report = back_up(paths, to);
      ASSERT_TRUE(report) << "round " << i << ": " << to_string(report.error());
      auto const checked = check_backup(to);
      ASSERT_TRUE(checked) << "round " << i << ": " << to_string(checked.error());
      reports.push_back(*report);
    }
    ASSERT_TRUE(writer.kill());
  }
  ASSERT_TRUE(ledger.open());
  for (auto const& report : reports)
    EXPECT_EQ(report.root, ledger.log().root(report.size).value()) << report.size;
}

}  // namespace
}  // namespace qrpay::ledger::test
