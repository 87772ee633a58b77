// Holding the secrets at hand against what the ledger says it is.
#pragma once

#include <memory>
#include <vector>

#include "ledger/data_dir.h"
#include "ledger/log.h"
#include "ledger/signer.h"

namespace qrpay::cli {

/// Are these the secrets and the vault of this ledger? For open_data().
/// Errors: kWrongVault, kWrongSecret, kWrongKey (no log key file is that of a key that signs),
///   kJournalCorrupt (no identity: record 1 is no genesis).
[[nodiscard]] base::Result<void> check_identity(ledger::Identity const& identity,
                                                ledger::OpenedData const& data);

/// Once the whole journal is known: check_identity() again, since what stood in the file of
/// hints may have lacked the newest, and that file brought up to date. Errors: those, and kIo.
[[nodiscard]] base::Result<void> settle_identity(ledger::Identity const& identity,
                                                 ledger::DataPaths const& paths,
                                                 ledger::OpenedData const& data);

/// Every key that signs or signed for an origin.
[[nodiscard]] std::vector<ledger::VerifierKey> log_keys_of(ledger::Incarnation const& incarnation);

/// The signer of the present origin, with all its live keys and its own high-water file.
/// Errors: kWrongKey; those of CheckpointSigner::open().
[[nodiscard]] base::Result<std::unique_ptr<ledger::CheckpointSigner>> open_signer(
    ledger::Identity const& identity, ledger::DataPaths const& paths,
    ledger::OpenedData const& data, ledger::Log const& log);

}  // namespace qrpay::cli
