// Where in a journal its identity is told: <dir>/identity, so that an opening need not read all.
//
//   qrpay identity 1
//   1
//   5021
//
// The sequences of the records that ledger/identity.h folds, one a line. A hint and nothing more:
// it may be deleted, and it may lack the newest after a crash. So whoever opens a ledger compares
// what it gave with the fold of all records, which a start makes anyway, and writes it anew.
#pragma once

#include <string>

#include "ledger/identity.h"
#include "ledger/store.h"

namespace qrpay::ledger {

/// The identity by the hint at `path`; without a good one every record is read, about a second for
/// two million. Nothing for an empty journal. Errors: kJournalCorrupt; kStoreRead.
[[nodiscard]] base::Result<Identity> find_identity(Store const& store, std::string const& path);

/// Makes the file say this, synced; not touched when it does already. Errors: kIo.
[[nodiscard]] base::Result<void> write_identity_file(std::string const& path,
                                                     Identity const& identity);

}  // namespace qrpay::ledger
