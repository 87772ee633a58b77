// Checks an exported folder alone, as docs/formats/export.md says ("To verify"): every file, record
// and balance, the root and its signature. Needs no journal, vault or secret; reads each file once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/checkpoint.h"

namespace qrpay::ledger {

/// A checkpoint that the auditor has from before, of any origin of the log.
struct KeptNote {
  std::string name;  ///< what an error calls it
  std::string note;
};

struct FolderCheckOptions {
  /// One that the log has or had; from the operator, never from the folder. Where another signed
  /// the checkpoint the records' notes must lead to it (docs/formats/proof.md).
  VerifierKey key;
  std::vector<VerifierKey> witnesses;  ///< each must have cosigned the folder's checkpoint
  std::vector<KeptNote> kept;
  /// Told records checked and records in all, now and then.
  std::function<void(std::uint64_t, std::uint64_t)> on_progress = nullptr;
};

struct FolderReport {
  std::string origin;
  std::uint64_t size = 0;  ///< records
  base::Digest root{};
  std::uint64_t accounts = 0;
  base::Digest book{};  ///< Book::digest() of every balance recomputed
};

/// Memory: the accounts, one bundle of at most 16 MiB, a tile for each level; where files are bad
/// also a name for each. One thread; 1M records/s and more on one core.
/// Errors; `detail` begins with the name of the first file that does not hold, then ": ":
///   kArchiveDamaged  missing, cut, of no export; records that do not hold; a tile that is not the
///                    hashes of the records; records that do not lead to the signed root
///   kSplitView       the checkpoint is smaller than a kept one, or a kept one has another root
///   kNoteMalformed, kNoteUnverified, kSignatureInvalid, kWrongKey, kProofInvalid
///                    `checkpoint` or a kept note
[[nodiscard]] base::Result<FolderReport> check_folder(std::string const& folder,
                                                      FolderCheckOptions const& options);

}  // namespace qrpay::ledger
