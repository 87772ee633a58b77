// What witnesses remember of our log, held against what we have: the check at start, and the judge
// of a witness that does not agree with us.
//
// Only a checkpoint that our own key signed proves that the log had another history: nobody else
// can make one. A bare number is a claim; a witness that lies must not be able to stop a ledger
// that remembers for itself (docs/decisions/0015-witnesses-and-receipts.md).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/witness/asker.h"
#include "ledger/log.h"

namespace qrpay::gateway::witness {

/// Our log as it is asked about.
struct Ours {
  ledger::Log const& log;
  std::string origin;
  std::vector<ledger::VerifierKey> keys;  ///< that sign its checkpoints
};

/// Holds a note from a witness against our log.
/// Errors: kJournalTruncated, our key signed a larger size than our log has; kJournalForked, it
///   signed another root: proofs, both. kNoteUnverified and others of open_checkpoint(): no word of
///   ours. Anything else is a failed read.
[[nodiscard]] base::Result<ledger::Checkpoint> compare_with_ours(std::string_view note,
                                                                 Ours const& ours);
[[nodiscard]] bool is_proof_of_another_history(base::Errc errc);

/// Asks every witness at once what it saw last, before anything is signed. `genesis` is the signed
/// checkpoint of size 1: the one that can disagree with nothing, for witnesses that only tell their
/// size to who asks for a cosignature. Returns how many of them remember this log.
/// Meant for a ledger without a high-water file, which has no other memory: so here a larger size
/// that is only claimed refuses as well.
/// Errors: kJournalTruncated, kJournalForked; `detail` names the witness.
[[nodiscard]] base::Result<std::size_t> ask_memory(std::span<WitnessAddress const> witnesses,
                                                   Ours const& ours, std::string const& genesis,
                                                   http::ClientOptions const& options);

}  // namespace qrpay::gateway::witness
