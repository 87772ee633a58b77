// Moves the beginning of a journal to its archive: files first, deletion last.
#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.h"
#include "ledger/archive.h"
#include "ledger/signed_head.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

/// Says whose archive a directory is.
constexpr char kOwnerFile[] = "ARCHIVE";
constexpr std::size_t kOwnerBytesMax = 1024;

std::uint64_t bytes_in(std::string const& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(directory, error)) {
    auto const size = entry.file_size(error);
    if (!error) bytes += size;
  }
  return bytes;
}

class Move {
 public:
  Move(DataPaths const& paths, ArchiveOptions const& options) : paths_(paths), options_(options) {}

  Result<ArchiveReport> run() {
    QRPAY_TRY(list_, read_archive_list(paths_.journal()));
    QRPAY_TRY_VOID(follow());
    QRPAY_TRY(Head const head, read_high_water(paths_));
    ArchiveReport report;
    report.journal_bytes_before = bytes_in(paths_.journal());
    QRPAY_TRY(auto const store, RocksStore::open(paths_.journal()));
    QRPAY_TRY(SignedHead const signed_head, open_signed_head(*store, head, paths_));
    QRPAY_TRY_VOID(take_directory(signed_head.genesis_leaf));
    std::uint64_t const present = list_.segments.size();
    std::uint64_t const wanted = segments_to_keep(*store, signed_head.checkpoint.size);
    if (wanted > present) {
      QRPAY_TRY_VOID(write_segments(*store, wanted));
      QRPAY_TRY_VOID(check_root(*store, signed_head.checkpoint));
      QRPAY_TRY_VOID(base::sync_directory(list_.directory));
      QRPAY_TRY_VOID(
          base::replace_file_synced(paths_.journal() + ".archive", format_archive_list(list_)));
    }
    if (!list_.segments.empty()) QRPAY_TRY_VOID(store->free_archived());
    report.directory = list_.directory;
    report.through = list_.through().value();
    report.segments = list_.segments.size();
    report.moved = report.segments - present;
    report.journal_bytes_after = bytes_in(paths_.journal());
    return report;
  }

 private:
  // Files that were carried to another place are taken from there before anything is read.
  Result<void> follow() {
    std::error_code error;
    auto const directory = std::filesystem::canonical(options_.to, error);
    if (list_.segments.empty() || error || directory == list_.directory) return {};
    ArchiveList there = list_;
    there.directory = directory.string();
    for (auto const& entry : there.segments) {
      QRPAY_TRY(SegmentFile const file, SegmentFile::open(there.directory, entry.span));
      QRPAY_TRY(SegmentEntry const found, file.check());
      if (found != entry)
        return fail(Errc::kDataDirNotEmpty, options_.to + ": " + entry.span.name() +
                                                " is not the one archived in " + list_.directory);
    }
    list_ = std::move(there);
    return base::replace_file_synced(paths_.journal() + ".archive", format_archive_list(list_));
  }

  // The directory is this ledger's alone: another's segments have the same names.
  Result<void> take_directory(Digest const& genesis_leaf) {
    QRPAY_TRY_VOID(base::make_directories(options_.to));
    std::error_code error;
    auto const directory = std::filesystem::canonical(options_.to, error);
    if (error) return fail(Errc::kIo, options_.to + ": " + error.message());
    std::string const owner = "qrpay archive of the ledger whose first leaf has the hash " +
                              base::to_hex(genesis_leaf) + '\n';
    std::string const owner_path = (directory / kOwnerFile).string();
    bool empty = true;
    for (auto const& entry : std::filesystem::directory_iterator(directory, error)) {
      std::string const name = entry.path().filename().string();
      empty = false;
      if (!name.starts_with("segment-") && name != kOwnerFile)
        return fail(Errc::kDataDirNotEmpty, options_.to + ": " + name + " is of no archive");
    }
    if (error) return fail(Errc::kIo, options_.to + ": " + error.message());
    if (empty) {
      QRPAY_TRY_VOID(base::create_file_synced(owner_path, owner));
    } else {
      auto const there = base::read_file(owner_path, kOwnerBytesMax);
      if (!there || *there != owner)
        return fail(Errc::kBackupForeign, options_.to + ": not the archive of this ledger");
    }
    list_.directory = directory.string();
    return {};
  }

  // Only what is signed, and never the last record: the journal's end tells where it goes on.
  [[nodiscard]] std::uint64_t segments_to_keep(Store const& store, std::uint64_t size) const {
    std::uint64_t const before = options_.before.value() == 0 ? 0 : options_.before.value() - 1;
    std::uint64_t const last = store.last().value() - 1;
    return std::max<std::uint64_t>(list_.segments.size(),
                                   std::min({before, size, last}) / kSegmentRecords);
  }

  Result<void> write_segments(Store const& store, std::uint64_t wanted) {
    SegmentCut const cut{list_.segments.size(), Sequence(wanted * kSegmentRecords),
                         list_.directory};
    return cut_segments(store, cut, [&](SegmentEntry const& entry) -> Result<void> {
      QRPAY_TRY(SegmentFile const file, SegmentFile::open(list_.directory, entry.span));
      QRPAY_TRY(SegmentEntry const read_back, file.check());
      if (read_back != entry) return fail(Errc::kIo, entry.span.name() + ": not as it was written");
      list_.segments.push_back(entry);
      return {};
    });
  }

  // The files, with what stays in the journal, are the ledger that was signed.
  Result<void> check_root(Store const& store, Checkpoint const& head) const {
    std::vector<Digest> groups;
    for (auto const& entry : list_.segments) {
      QRPAY_TRY(SegmentFile const file, SegmentFile::open(list_.directory, entry.span));
      groups.insert(groups.end(), file.groups().begin(), file.groups().end());
    }
    MerkleTree tree;
    tree.restore(groups);
    Result<void> read;
    auto const add = [&](Block const& block) -> Result<void> {
      QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
      for (std::uint32_t i = 0; i < view.count() && tree.size() < head.size; ++i)
        if (block.first.value() + i == tree.size() + 1) tree.append(leaf_hash(view.entry(i).leaf));
      return {};
    };
    if (tree.size() < head.size)
      QRPAY_TRY_VOID(store.scan(Sequence(tree.size() + 1), [&](Block const& block) {
        read = add(block);
        return read && tree.size() < head.size;
      }));
    QRPAY_TRY_VOID(read);
    if (tree.size() == head.size && tree.root() == head.root) return {};
    return fail(Errc::kJournalForked, "size " + std::to_string(head.size));
  }

  DataPaths const& paths_;
  ArchiveOptions const& options_;
  ArchiveList list_;
};

}  // namespace

Result<ArchiveReport> archive_journal(DataPaths const& paths, ArchiveOptions const& options) {
  QRPAY_TRY(unsigned const format, read_format(paths.dir));
  if (format < kDataFormat)
    return fail(Errc::kDataFormatOlder, paths.dir + ": upgrade it first; data " +
                                            std::to_string(format) + " has no archive");
  return Move(paths, options).run();
}

}  // namespace qrpay::ledger
