// The archive: the beginning of a journal, moved to segment files (docs/formats/segment.md) so
// that its disk is free. RocksStore reads through it: nothing above knows where a record lies.
//
// <journal>.archive, beside the journal, says where the files are and what they must be.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/data_dir.h"
#include "ledger/segment.h"

namespace qrpay::ledger {

/// What <journal>.archive says.
struct ArchiveList {
  std::string directory;               ///< absolute
  std::vector<SegmentEntry> segments;  ///< full ones, dense from sequence 1
  /// The last record in it; 0 = none.
  [[nodiscard]] Sequence through() const { return Sequence(segments.size() * kSegmentRecords); }
};
[[nodiscard]] std::string format_archive_list(ArchiveList const& list);
/// `path` is for errors. Errors: kArchiveDamaged.
[[nodiscard]] base::Result<ArchiveList> parse_archive_list(std::string const& path,
                                                           std::string_view text);
/// The list of the journal in `journal`; an empty one where there is no file.
[[nodiscard]] base::Result<ArchiveList> read_archive_list(std::string const& journal);

/// A file that is missing or damaged, as an error names it.
struct ArchiveDamage {
  SegmentSpan span;
  std::string detail;
};

/// Reads an archive. Any thread. Files are opened when they are asked for, so one that is missing
/// or damaged takes nothing with it but its own records: kArchiveDamaged names it and them.
class Archive {
 public:
  /// Looks at each file's size, no more. Requires: the list is not empty.
  explicit Archive(ArchiveList list);
  ~Archive();

  [[nodiscard]] Sequence through() const { return list_.through(); }
  /// Cost: as from the journal while one of kArchiveFilesOpen recent files is asked, and 12 KB read
  /// and hashed otherwise. Requires: 1 <= sequence <= through(). Errors: kArchiveDamaged.
  [[nodiscard]] base::Result<Block> read_block(Sequence sequence) const;
  /// As Store::scan, up to through(); false when `visit` ended it. Errors: kArchiveDamaged.
  [[nodiscard]] base::Result<bool> scan(Sequence from, Store::Visit const& visit) const;

  /// What is known to be missing or damaged. Files that could not be opened are tried again; a
  /// damaged block is remembered until the next start.
  [[nodiscard]] std::vector<ArchiveDamage> damage() const;

 private:
  struct State;
  [[nodiscard]] base::Result<std::shared_ptr<SegmentFile const>> open(std::uint64_t number) const;
  base::Unexpected<base::Error> remember(std::uint64_t number, base::Error error) const;

  ArchiveList list_;
  std::unique_ptr<State> state_;
};

struct ArchiveOptions {
  Sequence before;  ///< records before this one may go
  std::string to;   ///< directory; where an archive is already, its own (its files may have moved)
};

struct ArchiveReport {
  std::string directory;
  std::uint64_t through = 0;   ///< the last archived record
  std::uint64_t segments = 0;  ///< in the archive
  std::uint64_t moved = 0;     ///< by this call
  std::uint64_t journal_bytes_before = 0;
  std::uint64_t journal_bytes_after = 0;
};

/// Moves whole segments of signed records before `before` to files, then deletes them from the
/// journal, whose first and last records always stay. Offline. Nothing is deleted before the files
/// were synced, read back, and shown to lead, with the rest of the journal, to the signed root. A
/// crash leaves a ledger that serves everything; the next call ends what was begun.
/// Errors: kDataDirMissing, kDataFormatNewer, kDataFormatOlder, kDataDirInUse, kNotFound
///   (nothing is signed), kBackupForeign (`to` is another ledger's archive), kDataDirNotEmpty (`to`
///   holds other things, or this ledger's archive is elsewhere), kArchiveDamaged, kJournalForked,
///   kWrongKey, kJournalCorrupt, kJournalTruncated, kStoreRead, kStoreUnknown, kIo.
[[nodiscard]] base::Result<ArchiveReport> archive_journal(DataPaths const& paths,
                                                          ArchiveOptions const& options);

/// The first record stamped at or after `time`; one after the last when there is none. O(log n).
/// Errors: those of Store::read_block().
[[nodiscard]] base::Result<Sequence> first_since(Store const& store, WallTime time);

}  // namespace qrpay::ledger
