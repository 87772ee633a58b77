// Backups: a journal as segment files and a MANIFEST that names them, with the checkpoint that
// signs them (docs/formats/segment.md). Made beside a running server, brought up to date by what is
// new, checked and restored without the ledger they came from.
//
// Neither vault nor keys are in a backup: they have backups of their own, and a disk that holds all
// three holds what was erased.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/checkpoint.h"
#include "ledger/data_dir.h"
#include "ledger/segment.h"

namespace qrpay::ledger {

struct BackupReport {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};
  std::uint64_t previous_size = 0;  ///< of the backup that was there; 0 = none
  std::uint64_t segments = 0;
  std::uint64_t segments_written = 0;
  std::uint64_t bytes_written = 0;
  friend bool operator==(BackupReport const&, BackupReport const&) = default;
};

/// Makes the backup in `to`, or brings it up to the newest signed size; a record that no checkpoint
/// covers yet is not in it. Full segments that are there stay as they are (their tails are checked
/// and their roots count; check_backup() reads their bytes), the last partial one is replaced. The
/// MANIFEST comes last: a crash or a failure leaves the backup that was there before.
/// Memory: a few MB. Writes nothing outside `to`.
/// Errors: kDataDirMissing, kDataFormatNewer, kNotFound (nothing is signed yet); kDataDirNotEmpty
///   (`to` holds what no backup puts there), kBackupForeign (a backup of another ledger or
///   incarnation), kArchiveDamaged (its MANIFEST), kJournalTruncated (the journal is shorter than
///   it), kJournalForked (another root than the one signed, then or now), kWrongKey,
///   kJournalCorrupt, kStoreRead, kIo.
[[nodiscard]] base::Result<BackupReport> back_up(DataPaths const& paths, std::string const& to);

/// What a MANIFEST says.
struct BackupInfo {
  Checkpoint checkpoint;  ///< size and root of the whole
  std::string note;       ///< the checkpoint as it was signed
  std::vector<SegmentEntry> segments;
  /// From the records; told by check_backup() and restore_journal() alone.
  WallTime last_time;
  VerifierKey log_key;  ///< the newest that signed it
};

/// The MANIFEST alone: whole, and about segments that follow each other up to its size. Nothing is
/// verified. Errors: kNotFound (none there), kArchiveDamaged.
[[nodiscard]] base::Result<BackupInfo> read_manifest(std::string const& directory);

/// Reads every byte: each file has the hash, the records and the root that the MANIFEST names, all
/// of them together the root that the ledger's own log key, announced in its records, signed.
/// Errors: kNotFound, kArchiveDamaged naming the file, kWrongKey.
[[nodiscard]] base::Result<BackupInfo> check_backup(std::string const& directory);

/// A new journal in `journal`, which must not be there, of exactly the records of the backup;
/// checked on the way as check_backup() does, and removed again when anything does not hold.
/// Durable on return. Errors: those of check_backup(); kAlreadyExists, kStoreUnknown, kIo.
[[nodiscard]] base::Result<BackupInfo> restore_journal(std::string const& directory,
                                                       std::string const& journal);

}  // namespace qrpay::ledger
