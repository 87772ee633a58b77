// Receipts: a tlog-proof that carries the leaf and the opening of the record's section 0.
//
// docs/formats/proof.md, "Receipt". It proves that the record was in the log at the checkpoint's
// size, and what its section 0 says; never that nothing undid it since.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/log.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

/// `checkpoint` = a signed note over at least `sequence` records of `log`.
/// Errors: kNotFound, kNoteMalformed, store errors; kUnsealFailed when section 0 cannot be opened.
/// A section 0 that was erased is not opened: the receipt then proves the record alone.
[[nodiscard]] base::Result<std::string> make_receipt(Log const& log, VaultCursor& cursor,
                                                     Sequence sequence,
                                                     std::string const& checkpoint);

struct Receipt {
  Record record;
  std::string section0;  ///< empty when the record has none
  Checkpoint checkpoint;
  std::vector<Cosignature> cosignatures;  ///< of the policy's witnesses
};

/// Checks everything offline: signature, inclusion, index = sequence - 1, commitment, opening.
/// Errors: those of verify_tlog_proof; kProofInvalid; kMalformed.
[[nodiscard]] base::Result<Receipt> verify_receipt(std::string_view text,
                                                   std::span<VerifierKey const> log_keys);
/// The same under a policy with witnesses. `policy.origin` empty means: the name of a key that
/// signed. Further errors: kNoteUnverified, too few witnesses.
[[nodiscard]] base::Result<Receipt> verify_receipt(std::string_view text, LogPolicy const& policy);

}  // namespace qrpay::ledger
