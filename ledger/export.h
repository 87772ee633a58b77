// Writes the log as a folder of static files that the tools of others read: `qrpay ledger export`.
//
// The layout is c2sp.org/tlog-tiles (docs/formats/export.md): `checkpoint`, `tile/L/N[.p/W]`,
// `tile/entries/N[.p/W]`, all for the newest signed checkpoint and never beyond it.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "ledger/record.h"

namespace qrpay::ledger {

struct ExportPaths {
  std::string data;   ///< data directory
  std::string keys;   ///< directory of the high-water file
  std::string tiles;  ///< the folder to write; made if missing
};

struct ExportReport {
  std::string origin;
  std::uint64_t size = 0;  ///< of the checkpoint; so many records are in the folder
  Digest root{};
  std::uint64_t previous_size = 0;  ///< of the checkpoint that was there before; 0 = none
  std::uint64_t files_written = 0;  ///< those that were there with the same bytes are not counted
};

/// Reads the journal once, without changing it, beside a running server too, and writes what the
/// folder lacks. The folder is good at every moment: the checkpoint is replaced last, when all it
/// speaks of is synced. The root of what was written is the signed one, or the checkpoint stays.
/// A folder with an older export of this log is continued from its checkpoint: full tiles are left
/// alone, partial ones are added, and removed only when their full tile is there. What the older
/// checkpoint vouches for is checked as far as it is read; where it does not hold, all is written
/// anew. The same size gives the same bytes.
/// Files have mode 0600, folders 0700: entries are not for everybody.
/// Memory: one bundle of entries, at most 16 MiB, and one tile for each level.
/// Errors: kNotFound (nothing is signed yet); kDataDirNotEmpty (the folder holds something else);
///   kWrongKey (the folder or the high-water file is of another log or key); kJournalTruncated (the
///   journal ends before the signed size, or the folder is ahead of it); kJournalForked (the root
///   is not the signed one); kIo, naming the file; those of opening and reading a journal.
[[nodiscard]] base::Result<ExportReport> export_tiles(ExportPaths const& paths);

}  // namespace qrpay::ledger
