#include "ledger/archive.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "ledger/backup.h"
#include "ledger/export.h"
#include "ledger/verify.h"
#include "tests/ledger/support.h"

extern char** environ;

namespace qrpay::ledger::test {
namespace {

using base::Errc;

constexpr std::uint64_t kSegment = kSegmentRecords;

pid_t spawn(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = -1;
  EXPECT_EQ(::posix_spawn(&child, pointers[0], nullptr, nullptr, pointers.data(), environ), 0);
  return child;
}

/// A ledger of two segments and a bit more, in blocks of all sizes and many files.
class Archives : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ledger_.create(1, kSmall));
    grow_to(2 * kSegment + 1'000);
  }

  void grow_to(std::uint64_t size) {
    while (ledger_.log().size() < size) {
      std::uint64_t const missing = size - ledger_.log().size();
      std::uint64_t const batch = below(random_, 20) == 0 ? 1 : 5'000;
      ASSERT_TRUE(ledger_.append_transfers(random_, std::min(missing, batch)));
    }
    ASSERT_TRUE(ledger_.signer().sign_now());
  }

  /// Of the ledger, which is closed.
  base::Result<ArchiveReport> run(std::uint64_t before) {
    ledger_.close();
    return archive_journal(paths_, {Sequence(before), to_});
  }
  Errc refusal(std::uint64_t before) {
    auto const report = run(before);
    EXPECT_FALSE(report);
    return report ? Errc{} : report.error().errc;
  }
  VerifyReport verified() const {
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    EXPECT_TRUE(report) << to_string(report.error());
    return report ? *report : VerifyReport{};
  }
  std::string segment(std::uint64_t number) const {
    return to_ + '/' + segment_span(number, 10 * kSegment).name();
  }
  /// The open ledger tells every record it was given, from everywhere, once.
  void expect_all_served() {
    auto const& leaves = ledger_.leaves();
    std::vector<std::uint64_t> from = {
        1, kSegment, kSegment + 1, 2 * kSegment, 2 * kSegment + 1, leaves.size()};
    for (int i = 0; i < 10; ++i) from.push_back(1 + below(random_, leaves.size()));
    for (std::uint64_t const first : from) {
      EXPECT_EQ(ledger_.log().read(Sequence(first))->leaf, leaves[first - 1]) << first;
      std::uint64_t next = first;
      ASSERT_TRUE(ledger_.log().scan(Sequence(first), [&](StoredRecord const& stored) {
        EXPECT_EQ(stored.record.sequence.value(), next);
        EXPECT_EQ(stored.leaf, leaves[next - 1]);
        ++next;
        return true;
      })) << first;
      EXPECT_EQ(next, leaves.size() + 1) << first;
    }
  }
  std::vector<InclusionProof> some_proofs() {
    std::vector<InclusionProof> proofs;
    for (std::uint64_t n = 1; n <= ledger_.log().size(); n += 9'973)
      proofs.push_back(ledger_.log().inclusion(Sequence(n), 2 * kSegment + 1'000).value());
    return proofs;
  }

  static constexpr RocksOptions kSmall{.memtable_bytes = std::size_t{1} << 20};
  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{2};
  std::string to_ = std::filesystem::canonical(scratch_.path()).string() + "/archive";
};

TEST_F(Archives, FreeTheDiskAndServeEveryRecordAndProof) {
  auto const proofs = some_proofs();
  ledger_.close();
  VerifyReport const before = verified();
  ASSERT_TRUE(export_tiles({paths_.dir, paths_.keys, scratch_.path() + "/tiles"}));
  ASSERT_TRUE(back_up(paths_, scratch_.path() + "/backup"));
  auto const report = run(2 * kSegment + 500);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->through, 2 * kSegment);
  EXPECT_EQ(report->moved, 2U);
  // 131,072 transfers of 190 bytes are gone, 1,000 are left.
  EXPECT_GT(report->journal_bytes_before, 20'000'000U);
  EXPECT_LT(report->journal_bytes_after, 2'000'000U);
  EXPECT_EQ(verified(), before);
  ASSERT_TRUE(export_tiles({paths_.dir, paths_.keys, scratch_.path() + "/tiles2"}));
  EXPECT_EQ(listing_of(scratch_.path() + "/tiles"), listing_of(scratch_.path() + "/tiles2"));
  ASSERT_TRUE(back_up(paths_, scratch_.path() + "/backup2"));
  EXPECT_EQ(listing_of(scratch_.path() + "/backup"), listing_of(scratch_.path() + "/backup2"));
  ASSERT_TRUE(ledger_.open(kSmall));
  EXPECT_TRUE(ledger_.data().store->check_joints());
  EXPECT_TRUE(ledger_.data().store->archive()->damage().empty());
  expect_all_served();
  auto const now = some_proofs();
  ASSERT_EQ(now.size(), proofs.size());
  for (std::size_t i = 0; i < now.size(); ++i) EXPECT_EQ(now[i].hashes, proofs[i].hashes) << i;
  grow_to(2 * kSegment + 9'000);
  expect_all_served();
  ledger_.close();
  ASSERT_TRUE(ledger_.open(kSmall)) << "and over a restart";
  expect_all_served();
}

TEST_F(Archives, GrowSegmentBySegmentOfWhatIsSigned) {
  EXPECT_EQ(run(kSegment)->moved, 0U) << "record 65,536 itself is not before it";
  EXPECT_FALSE(base::file_exists(paths_.journal() + ".archive"));
  EXPECT_EQ(run(kSegment + 1)->through, kSegment);
  EXPECT_EQ(run(1)->through, kSegment) << "nothing comes back";
  ASSERT_TRUE(ledger_.open(kSmall));
  expect_all_served();
  grow_to(3 * kSegment);
  EXPECT_EQ(run(99 * kSegment)->through, 2 * kSegment) << "the last record stays";
  ASSERT_TRUE(ledger_.open(kSmall));
  ASSERT_TRUE(ledger_.append_transfers(random_, 100));  // and is not signed
  auto const last = ledger_.log().size();
  ledger_.close();
  auto const report = run(99 * kSegment);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->through, 3 * kSegment);
  EXPECT_EQ(report->moved, 1U);
  ASSERT_TRUE(ledger_.open(kSmall));
  EXPECT_EQ(ledger_.log().size(), last);
  expect_all_served();
}

TEST_F(Archives, OfTheSameRecordsAreTheSameFiles) {
  // The other journal came out of a backup: its blocks are cut in another way.
  ledger_.close();
  ASSERT_TRUE(back_up(paths_, scratch_.path() + "/backup"));
  DataPaths other = paths_in(scratch_.path() + "/other");
  std::filesystem::create_directories(scratch_.path() + "/other");
  std::filesystem::copy(paths_.dir, other.dir, std::filesystem::copy_options::recursive);
  std::filesystem::copy(paths_.keys, other.keys, std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(other.journal());
  ASSERT_TRUE(restore_journal(scratch_.path() + "/backup", other.journal()));
  ASSERT_TRUE(run(99 * kSegment));
  std::string const other_to = scratch_.path() + "/archive2";
  ASSERT_TRUE(archive_journal(other, {Sequence(99 * kSegment), other_to}));
  EXPECT_EQ(listing_of(to_), listing_of(other_to));
  EXPECT_EQ(listing_of(to_).size(), 3U);
  EXPECT_EQ(verify_directory(other.dir, {.keys = other.keys})->book, verified().book);
  // A backup's full segments are the same files again.
  EXPECT_EQ(slurp(segment(0)),
            slurp(scratch_.path() + "/backup/segment-000000000001-000000065536"));
}

TEST_F(Archives, AFileThatIsMissingOrDamagedTakesOnlyItsOwnRecords) {
  ASSERT_TRUE(run(99 * kSegment));
  std::string const good = slurp(segment(1));
  std::string bad = good;
  bad[good.size() / 2] = static_cast<char>(bad[good.size() / 2] ^ 1);
  std::uint64_t const in_the_middle = kSegment + kSegment / 2;
  for (std::string const& content : {std::string(), good.substr(0, good.size() / 2), bad}) {
    if (content.empty())
      std::filesystem::remove(segment(1));
    else
      spill(segment(1), content);
    auto const opened = RocksStore::open(paths_.journal());
    ASSERT_TRUE(opened) << to_string(opened.error());
    RocksStore const& store = **opened;
    EXPECT_TRUE(store.check_joints());
    for (std::uint64_t const n : {std::uint64_t{1}, kSegment, 2 * kSegment + 1, 2 * kSegment + 999})
      EXPECT_TRUE(store.read_block(Sequence(n))) << n;
    // In the last form one block is bad, of some 250: look where it is.
    std::optional<base::Error> error;
    for (std::uint64_t n = kSegment + 1; n <= 2 * kSegment && !error; n += 100)
      if (auto const block = store.read_block(Sequence(n)); !block) error = block.error();
    ASSERT_TRUE(error) << in_the_middle;
    EXPECT_EQ(error->errc, Errc::kArchiveDamaged);
    EXPECT_TRUE(error->detail.starts_with("file " + segment(1) + " (sequences 65537 to 131072): "))
        << error->detail;
    auto const scanned = store.scan(Sequence(1), [](Block const&) { return true; });
    ASSERT_FALSE(scanned);
    EXPECT_EQ(scanned.error().errc, Errc::kArchiveDamaged);
    ASSERT_EQ(store.archive()->damage().size(), 1U);
    EXPECT_EQ(store.archive()->damage()[0].detail, error->detail);
    EXPECT_EQ(store.archive()->damage()[0].span, segment_span(1, 3 * kSegment));
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().errc, Errc::kArchiveDamaged);
    EXPECT_EQ(refusal(99 * kSegment), Errc::kDataDirInUse);
  }
  std::filesystem::remove(segment(1));
  auto const store = std::move(RocksStore::open(paths_.journal())).value();
  EXPECT_EQ(store->archive()->damage().size(), 1U) << "seen at the start";
  spill(segment(1), good);
  EXPECT_TRUE(store->archive()->damage().empty()) << "a disk that was mounted again";
  EXPECT_TRUE(store->scan(Sequence(1), [](Block const&) { return true; }));
}

TEST_F(Archives, ASegmentOfAnotherLedgerIsDamage) {
  ASSERT_TRUE(run(99 * kSegment));
  spill(segment(0), slurp(segment(0)) + 'x');
  EXPECT_EQ(verify_directory(paths_.dir).error().errc, Errc::kArchiveDamaged);
}

TEST_F(Archives, ADamagedListIsRefusedAndNamed) {
  ASSERT_TRUE(run(99 * kSegment));
  std::string const path = paths_.journal() + ".archive";
  std::string const good = slurp(path);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_EQ(parse_archive_list(path, bad).error().errc, Errc::kArchiveDamaged) << at;
  }
  spill(path, good.substr(0, good.size() - 1));
  auto const opened = ledger_.open(kSmall);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().errc, Errc::kArchiveDamaged);
  EXPECT_TRUE(opened.error().detail.starts_with(path));
  std::filesystem::remove(path);
  EXPECT_EQ(ledger_.open(kSmall).error().errc, Errc::kJournalCorrupt) << "a hole, then";
  spill(path, good);
  auto const healed = ledger_.open(kSmall);
  ASSERT_TRUE(healed) << to_string(healed.error());
}

TEST_F(Archives, AJournalThatEndsBeforeItsArchiveIsRefused) {
  ledger_.close();
  auto const list = [&] {
    ArchiveList made{to_, {}};
    for (std::uint64_t number = 0; number < 3; ++number)
      made.segments.push_back({segment_span(number, 3 * kSegment), 1, {}, {}});
    return format_archive_list(made);
  }();
  spill(paths_.journal() + ".archive", list);
  EXPECT_EQ(RocksStore::open(paths_.journal()).error().errc, Errc::kJournalTruncated);
}

TEST_F(Archives, RefuseWhatIsNotTheirs) {
  EXPECT_EQ(archive_journal(paths_, {Sequence(kSegment + 1), to_}).error().errc,
            Errc::kDataDirInUse);
  std::filesystem::create_directories(to_);
  spill(to_ + "/photo.jpg", "x");
  EXPECT_EQ(refusal(kSegment + 1), Errc::kDataDirNotEmpty);
  std::filesystem::remove(to_ + "/photo.jpg");
  spill(to_ + "/ARCHIVE", "qrpay archive of the ledger whose first leaf has the hash 00\n");
  EXPECT_EQ(refusal(kSegment + 1), Errc::kBackupForeign);
  std::filesystem::remove_all(to_);
  ASSERT_TRUE(run(kSegment + 1));
  std::string const home = std::exchange(to_, scratch_.path() + "/elsewhere");
  EXPECT_EQ(refusal(99 * kSegment), Errc::kArchiveDamaged) << "the first segment is not there";
  std::filesystem::remove_all(to_);
  std::filesystem::rename(home, to_);
  auto const moved = run(99 * kSegment);
  ASSERT_TRUE(moved) << to_string(moved.error());
  EXPECT_EQ(moved->segments, 2U);
  ASSERT_TRUE(ledger_.open(kSmall));
  expect_all_served();
}

TEST_F(Archives, DeleteNothingBeforeTheSignedRootWasReached) {
  ledger_.close();
  Checkpoint forged{kTestOrigin, 2 * kSegment + 1'000, {}, {}};
  forged.root[0] = 1;
  auto const seed = base::read_secret_file(paths_.keys + "/log.key");
  auto const signer = NoteSigner::make(kTestOrigin, *seed);
  NoteSigner const* const signers[] = {&*signer};
  std::string const honest = slurp(paths_.high_water());
  spill(paths_.high_water(), sign_checkpoint(forged, signers).value());
  EXPECT_EQ(refusal(99 * kSegment), Errc::kJournalForked);
  EXPECT_FALSE(base::file_exists(paths_.journal() + ".archive"));
  std::filesystem::remove(paths_.high_water());
  EXPECT_EQ(refusal(99 * kSegment), Errc::kNotFound);
  spill(paths_.high_water(), honest);
  ASSERT_TRUE(ledger_.open(kSmall));
  expect_all_served();
}

TEST_F(Archives, AKillAtAnyStepLosesNothing) {
  ledger_.close();
  VerifyReport const before = verified();
  auto const data = image_of(paths_.dir);
  auto const files_in_journal = [&] { return image_of(paths_.journal()).size(); };
  std::size_t const files = files_in_journal();
  using Reached = std::function<bool()>;
  auto const there = [](std::string const& path) {
    return Reached([path] { return base::file_exists(path); });
  };
  std::string const list = paths_.journal() + ".archive";
  std::vector<std::pair<std::string, Reached>> const steps = {
      {"first file begun", there(segment(0) + ".new")},
      {"first file", there(segment(0))},
      {"second file", there(segment(1))},
      {"list begun", there(list + ".new")},
      {"list", there(list)},
      {"files deleted", [&] { return base::file_exists(list) && files_in_journal() < files / 2; }},
  };
  for (auto const& [name, reached] : steps) {
    SCOPED_TRACE(name);
    std::filesystem::remove_all(to_);
    write_image(data, paths_.dir);
    // A process of its own: RocksDB's threads do not survive a fork.
    pid_t const child = spawn({QRPAY_KILL_WRITER, scratch_.path(), to_});
    while (!reached() && ::waitpid(child, nullptr, WNOHANG) == 0) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(verified(), before);
    auto const again = run(99 * kSegment);
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(again->through, 2 * kSegment);
    EXPECT_LT(again->journal_bytes_after, 2'000'000U) << "what was begun is ended";
    EXPECT_EQ(verified(), before);
  }
}

TEST_F(Archives, ADayIsFoundAcrossTheBorder) {
  ASSERT_TRUE(run(99 * kSegment));
  ASSERT_TRUE(ledger_.open(kSmall));
  Store const& store = *ledger_.data().store;
  for (std::uint64_t const n : {std::uint64_t{2}, kSegment, kSegment + 1, 2 * kSegment + 7}) {
    WallTime const time = ledger_.log().read(Sequence(n))->record.log_time;
    EXPECT_EQ(first_since(store, time).value(), Sequence(n));
  }
  EXPECT_EQ(first_since(store, WallTime(0)).value(), Sequence(1));
  EXPECT_EQ(first_since(store, WallTime(2'000'000'000'000'000)).value(),
            Sequence(ledger_.log().size() + 1));
}

TEST(ArchiveLists, AreReadAsTheyWereWritten) {
  ArchiveList list{"/srv/archive of qrpay", {}};
  EXPECT_EQ(list.through(), Sequence(0));
  for (std::uint64_t number = 0; number < 3; ++number)
    list.segments.push_back({segment_span(number, 3 * kSegment), 1'000 + number, {}, {}});
  EXPECT_EQ(list.through(), Sequence(3 * kSegment));
  auto const read = parse_archive_list("x", format_archive_list(list));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->directory, list.directory);
  EXPECT_EQ(read->segments, list.segments);
  std::swap(list.segments[1], list.segments[2]);
  EXPECT_FALSE(parse_archive_list("x", format_archive_list(list)));
}

}  // namespace
}  // namespace qrpay::ledger::test
