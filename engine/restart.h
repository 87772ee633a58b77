// From a journal and its projections to a state that is ready for the next command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/projector.h"
#include "ledger/rocks_index.h"

namespace qrpay::engine {

struct RestartParts {
  std::string projections;  ///< directory of the instance; made where there is none
  ledger::Log& log;         ///< nothing of it was replayed
  /// nullptr: missing. Codes that shops named are then unknown, nothing may be decided, and what is
  /// written to the projections is made anew by a start that has the vault.
  std::shared_ptr<ledger::Vault const> vault;
  /// Told why before projections that cannot be used are made anew, which may take a while.
  std::function<void(std::string const& why)> on_rebuild = nullptr;
  rocksdb::Env* projections_env = nullptr;  ///< see RocksIndex::open()
};

struct Restarted {
  std::unique_ptr<ledger::RocksIndex> projections;
  State state;
  std::string rebuilt;         ///< why the projections were made anew; "" = they were good
  std::uint64_t replayed = 0;  ///< records read from the journal
};

/// Loads the state as of the projections and replays the journal after it. Projections that are
/// missing, damaged, of another version, of another journal or beyond this one's end are deleted
/// and made anew from the journal, about a second for 500,000 records; they are never trusted.
/// `also` sees what state_rows.h says. Errors: those of Log::resume() and `also`; kDataDirInUse;
/// kIo, kStoreUnknown (the new projections cannot be written).
[[nodiscard]] base::Result<Restarted> restart(RestartParts const& parts,
                                              Observer const& also = nullptr);

/// Deletes the projections and makes them anew. `log` as above.
[[nodiscard]] base::Result<Restarted> rebuild(RestartParts const& parts,
                                              Observer const& also = nullptr);

}  // namespace qrpay::engine
