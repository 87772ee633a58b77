// Before anything of a ledger is unsealed: what its journal says was erased is erased.
#pragma once

#include "ledger/store.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

/// Ends what a crash left half done, and where the vault has a note that an Erase record may have
/// become durable behind its back, looks for such records and takes their targets away.
/// By the holder of the ledger's lock. Cost: nothing without the note; with it a read of the
/// journal's last records. Errors: kIo, of the vault's disk; those of Store::scan.
[[nodiscard]] base::Result<void> settle_vault(Store const& journal, Vault& vault);

}  // namespace qrpay::ledger
