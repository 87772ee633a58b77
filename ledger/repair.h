// Cutting a damaged end off a journal: what `qrpay ledger repair` may do, never more (DESIGN 4).
//
// One thing is ever cut: the last write of the newest write-ahead log, when it is as long as it
// should be but does not check, nothing after it does, and the journal that is left reaches every
// mark that is known: durable, projected, signed. Such a write was never acknowledged, as far as
// anything tells; all other damage is refused by name and left as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/data_dir.h"

namespace qrpay::ledger {

struct RepairPlan {
  std::string file;              ///< of the journal's directory
  std::uint64_t keep_bytes = 0;  ///< of it; the rest is cut
  std::uint64_t file_bytes = 0;
  Sequence kept;      ///< the journal's last after the cut
  Sequence promised;  ///< the largest mark; not above `kept`
  Identity identity;  ///< of what is kept
};

/// What would be cut; nullopt when the journal opens and nothing is. Changes nothing: what is left
/// is tried on a copy. Reads the newest log and opens the journal.
/// Errors: kDataDirMissing, kDataFormatNewer, kDataDirInUse; kJournalCorrupt, the damage is
///   elsewhere, or not the last; kJournalTruncated, a mark is above what would be left; kStoreRead,
///   kIo, kNoteMalformed (a high-water file).
[[nodiscard]] base::Result<std::optional<RepairPlan>> plan_repair(DataPaths const& paths);

/// Cuts. What is cut is kept beside, in <dir>/cut-<file>-<offset>, and the directory is marked as
/// unfinished until the caller has begun a new incarnation. Durable on return.
/// Errors: kIo: the journal is as it was, or the directory is marked and it is cut: plan again.
[[nodiscard]] base::Result<void> apply_repair(DataPaths const& paths, RepairPlan const& plan);

}  // namespace qrpay::ledger
