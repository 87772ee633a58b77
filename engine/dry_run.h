// What would become of a command, had it been asked for in earnest: nothing is recorded, no id is
// taken, and the answer is that of a real run on the same state at the same time.
#pragma once

#include "engine/core.h"

namespace qrpay::engine {

/// The first half, on the state: a query in the engine's thread.
struct DryRun {
  /// The record whose id the command has; 0 when it is new or refused.
  Sequence known;
  ledger::SectionMask erased = 0;  ///< of that record
  Reply reply = {};  ///< of a new or refused command; a record that was not made has sequence 0
};
[[nodiscard]] DryRun dry_run(State const& state, Prepared const& prepared, WallTime now);

/// The second half, for a known id, when all that was seen is durable: as a repeat is answered.
/// Any thread; reads the journal. Errors of it are in the reply.
[[nodiscard]] Reply look_back(DryRun const& tried, std::string const& canonical,
                              ledger::Log const& log, std::shared_ptr<ledger::Vault const> vault);

}  // namespace qrpay::engine
