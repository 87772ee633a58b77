#include "ledger/backup.h"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/files.h"
#include "ledger/beside_server.h"
#include "ledger/log.h"
#include "ledger/signed_head.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr char kManifest[] = "MANIFEST";
constexpr std::string_view kFirstLine = "qrpay backup 1\n";
constexpr std::string_view kNoteWord = "checkpoint\n";
/// One synced write of a restore.
constexpr std::size_t kRestoreBatchBytes = std::size_t{8} << 20;

std::string path_of(std::string const& directory, std::string const& name) {
  return directory + '/' + name;
}

std::string format_manifest(std::vector<SegmentEntry> const& segments, std::string const& note) {
  std::string body;
  for (auto const& entry : segments) body += format_segment_line(entry) + '\n';
  body.append(kNoteWord).append(note);
  return seal_list(kFirstLine, body);
}

Result<BackupInfo> parse_manifest(std::string const& path, std::string_view text) {
  auto const damaged = [&](std::string const& what) {
    return fail(Errc::kArchiveDamaged, path + ": " + what);
  };
  auto body = open_list(kFirstLine, text);
  if (!body) return damaged("not a list of a backup that we read, or its checksum");
  BackupInfo info;
  std::uint64_t size = 0;
  while (!body->starts_with(kNoteWord)) {
    auto const entry = parse_segment_line(take_line(*body));
    if (!entry || entry->span.first.value() != size + 1 || size % kSegmentRecords != 0)
      return damaged("segments");
    size = entry->span.last().value();
    info.segments.push_back(*entry);
  }
  info.note = body->substr(kNoteWord.size());
  auto const note = parse_note(info.note);
  if (!note) return damaged(note.error().detail);
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->size != size || size == 0) return damaged("checkpoint");
  if (checkpoint->root != root_of_segments(info.segments)) return damaged("root");
  info.checkpoint = std::move(*checkpoint);
  return info;
}

Result<StoredRecord> record_of(Block const& block, Sequence sequence) {
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  return decode_entry(view.at(sequence), sequence);
}

// Reads every byte of a backup and hands over its blocks in order.
Result<BackupInfo> read_all(std::string const& directory,
                            std::function<Result<void>(Block const&)> const& take) {
  QRPAY_TRY(BackupInfo info, read_manifest(directory));
  Identity identity;
  Result<void> taken;
  auto const see = [&](Block const& block) -> Result<void> {
    QRPAY_TRY_VOID(identity.take(block));
    Sequence const last(block.first.value() + block.count - 1);
    if (last == Sequence(info.checkpoint.size)) {
      QRPAY_TRY(StoredRecord const newest, record_of(block, last));
      info.last_time = newest.record.log_time;
    }
    return take(block);
  };
  for (auto const& entry : info.segments) {
    QRPAY_TRY(SegmentFile const file, SegmentFile::open(directory, entry.span));
    auto const checked = file.check([&](Block const& block) {
      taken = see(block);
      return taken.has_value();
    });
    QRPAY_TRY_VOID(taken);
    if (!checked) return base::Unexpected(checked.error());
    if (*checked != entry)
      return fail(Errc::kArchiveDamaged,
                  path_of(directory, entry.span.name()) + ": not the file that the list names");
  }
  QRPAY_TRY(Checkpoint const head, open_signed(info.note, identity, path_of(directory, kManifest)));
  QRPAY_CHECK(head.root == root_of_segments(info.segments));  // parse_manifest() saw to it
  info.log_key = identity.keys(head.origin, head.size).back();
  return info;
}

// One backup, from one open of the journal.
class Backup {
 public:
  Backup(DataPaths const& paths, std::string const& to) : paths_(paths), to_(to) {}

  Result<BackupReport> run() {
    QRPAY_TRY(Head const head, read_high_water(paths_));
    QRPAY_TRY(auto const store, RocksStore::open_read_only(paths_.journal()));
    QRPAY_TRY(SignedHead const signed_by, open_signed_head(*store, head, paths_));
    note_ = head.note;
    head_ = signed_by.checkpoint;
    QRPAY_TRY_VOID(make_folder());
    QRPAY_TRY_VOID(read_previous(signed_by.identity));
    BackupReport report{head_.origin, head_.size, head_.root};
    if (previous_) report.previous_size = previous_->checkpoint.size;
    keep_what_stands();
    SegmentCut const cut{segments_.size(), Sequence(head_.size), to_};
    QRPAY_TRY_VOID(cut_segments(*store, cut, [&](SegmentEntry const& entry) -> Result<void> {
      segments_.push_back(entry);
      ++report.segments_written;
      report.bytes_written += entry.bytes;
      return {};
    }));
    report.segments = segments_.size();
    QRPAY_TRY_VOID(check_roots());
    QRPAY_TRY_VOID(base::sync_directory(to_));
    QRPAY_TRY_VOID(put_manifest());
    remove_superseded();
    return report;
  }

 private:
  Result<void> make_folder() const {
    QRPAY_TRY_VOID(base::make_directories(to_));
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(to_, error)) {
      std::string const name = entry.path().filename().string();
      if (!name.starts_with("segment-") && name != kManifest &&
          name != std::string(kManifest) + ".new")
        return fail(Errc::kDataDirNotEmpty, to_ + ": " + name + " is of no backup");
    }
    if (error) return fail(Errc::kIo, to_ + ": " + error.message());
    return {};
  }

  Result<void> read_previous(Identity const& identity) {
    auto previous = read_manifest(to_);
    if (!previous && previous.error().errc == Errc::kNotFound) return {};
    QRPAY_TRY(previous_, std::move(previous));
    Checkpoint const& before = previous_->checkpoint;
    if (before.origin != head_.origin)
      return fail(Errc::kBackupForeign,
                  to_ + " is of " + before.origin + ", not of " + head_.origin);
    if (!open_signed(previous_->note, identity, to_))
      return fail(Errc::kBackupForeign, to_ + ": not signed by this ledger's key");
    if (before.size > head_.size)
      return fail(Errc::kJournalTruncated, to_ + " is of size " + std::to_string(before.size) +
                                               ", but only " + std::to_string(head_.size) +
                                               " was signed here");
    if (before.size == head_.size && before.root != head_.root)
      return fail(Errc::kJournalForked, to_ + ": size " + std::to_string(head_.size));
    return {};
  }

  // Full segments, up to the first that is not there as it was. Their roots go into the new root.
  void keep_what_stands() {
    if (!previous_) return;
    for (auto const& entry : previous_->segments) {
      if (!entry.span.is_full()) return;
      auto const file = SegmentFile::open(to_, entry.span);
      if (!file || file->bytes() != entry.bytes || file->root_of_groups() != entry.root) return;
      segments_.push_back(entry);
    }
  }

  Result<void> check_roots() const {
    if (root_of_segments(segments_) != head_.root)
      return fail(Errc::kJournalForked, "size " + std::to_string(head_.size));
    if (!previous_ || previous_->segments.back().span.is_full()) return {};
    // What was a part is the beginning of a file now.
    SegmentEntry const& before = previous_->segments.back();
    SegmentEntry const& now = segments_.at(previous_->segments.size() - 1);
    QRPAY_TRY(SegmentFile const file, SegmentFile::open(to_, now.span));
    MerkleTree tree;
    QRPAY_TRY_VOID(file.scan(now.span.first, [&](Block const& block) {
      auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
      for (std::uint32_t i = 0; i < view->count() && tree.size() < before.span.count; ++i)
        tree.append(leaf_hash(view->entry(i).leaf));
      return tree.size() < before.span.count;
    }));
    if (tree.root() == before.root) return {};
    return fail(Errc::kJournalForked, to_ + ": size " + std::to_string(previous_->checkpoint.size));
  }

  Result<void> put_manifest() const {
    std::string const text = format_manifest(segments_, note_);
    std::string const path = path_of(to_, kManifest);
    if (auto const old = base::read_file(path, text.size()); old && *old == text) return {};
    return base::replace_file_synced(path, text);
  }

  // The list that named them is gone.
  void remove_superseded() const {
    std::set<std::string> kept;
    for (auto const& entry : segments_) kept.insert(entry.span.name());
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator(to_, ignored)) {
      std::string const name = entry.path().filename().string();
      if (name.starts_with("segment-") && !kept.contains(name))
        std::filesystem::remove(entry.path(), ignored);
    }
  }

  DataPaths const& paths_;
  std::string const& to_;
  std::string note_;
  Checkpoint head_;
  std::optional<BackupInfo> previous_;
  std::vector<SegmentEntry> segments_;
};

}  // namespace

Result<BackupReport> back_up(DataPaths const& paths, std::string const& to) {
  QRPAY_TRY_VOID(check_format(paths.dir));
  return read_beside_server(paths.journal(), [&] { return Backup(paths, to).run(); });
}

Result<BackupInfo> read_manifest(std::string const& directory) {
  std::string const path = path_of(directory, kManifest);
  if (!base::file_exists(path)) return fail(Errc::kNotFound, path + ": no backup there");
  auto const text = base::read_file(path, kListBytesMax);
  if (!text) return fail(Errc::kArchiveDamaged, text.error().detail);
  return parse_manifest(path, *text);
}

Result<BackupInfo> check_backup(std::string const& directory) {
  return read_all(directory, [](Block const& /*block*/) -> Result<void> { return {}; });
}

Result<BackupInfo> restore_journal(std::string const& directory, std::string const& journal) {
  QRPAY_TRY_VOID(read_manifest(directory));
  if (base::file_exists(journal)) return fail(Errc::kAlreadyExists, journal);
  QRPAY_TRY(auto store, RocksStore::create(journal));
  std::vector<Block> batch;
  std::size_t bytes = 0;
  auto const write = [&]() -> Result<void> {
    if (batch.empty()) return {};
    QRPAY_TRY(Sequence const last, store->append(batch));
    static_cast<void>(last);
    batch.clear();
    bytes = 0;
    return {};
  };
  auto info = read_all(directory, [&](Block const& block) -> Result<void> {
    batch.push_back(block);
    bytes += block.bytes.size();
    return bytes < kRestoreBatchBytes ? Result<void>() : write();
  });
  Result<void> const written = info ? write() : Result<void>();
  store.reset();
  if (info && written) return info;
  std::error_code ignored;
  std::filesystem::remove_all(journal, ignored);
  return base::Unexpected(info ? written.error() : info.error());
}

}  // namespace qrpay::ledger
