// Every balance and every index of the projections against the journal: `qrpay ledger check`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/store.h"
#include "ledger/vault.h"

namespace qrpay::engine {

struct CheckParts {
  std::string projections;  ///< directory of the instance; its entries stay as they are
  std::string scratch;      ///< directory for what the journal gives; made, and removed again
  ledger::Store& store;     ///< the journal
  std::shared_ptr<ledger::Vault const> vault;
};

struct CheckReport {
  std::uint64_t projected = 0;  ///< records that the projections hold, all of them checked
  std::uint64_t journal = 0;    ///< records in the journal; the rest is replayed at each start
  /// The first entry that is missing, too many or another: where, what it has, what the journal
  /// gives. nullopt = there is none.
  std::optional<std::string> difference;
};

/// Folds the journal up to the last projected record into a second instance and compares all: ids,
/// money tags, pages, accounts, history, payments, tree and the rows of the state. Offline; takes
/// the disk of the projections once more, and about a second for 500,000 records.
/// Errors: kDataDirInUse; those of Log::replay(); kIo, kStoreUnknown (the second instance cannot be
/// written).
[[nodiscard]] base::Result<CheckReport> check_projections(CheckParts const& parts);

}  // namespace qrpay::engine
