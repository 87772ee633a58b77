// A new incarnation of a ledger: what restore and repair end with.
#pragma once

#include <string>

#include "engine/command.h"
#include "ledger/data_dir.h"

namespace qrpay::cli {

struct NewIncarnation {
  std::string former_origin;
  std::string origin;
  std::string log_vkey;
  ledger::TreeHead former;     ///< the last that was signed under the former origin
  ledger::TreeHead restored;   ///< the records that are kept
  base::WallTime last_time;    ///< of the last of them: since then banks have to send again
  bool rotated_since = false;  ///< there are log keys that the kept records do not know
};

/// Holds what was signed under the origin of `data`'s journal against it, begins a fresh seed in
/// the vault, records a Restore, and signs the first checkpoint of the new origin. When the last
/// record is such a Restore already, only the signing is done.
/// `data` is open; the directory need not have its FORMAT yet. Nothing is changed where it refuses.
/// Errors: those of check_identity(); kBackupForeign, a later incarnation has signed already;
///   kJournalForked, the records are not those that were signed; kWrongKey, a high-water file is of
///   another log; those of a start; kIo.
[[nodiscard]] base::Result<NewIncarnation> begin_incarnation(ledger::DataPaths const& paths,
                                                             ledger::OpenedData data,
                                                             engine::Cause cause);

}  // namespace qrpay::cli
