// The first record: which ledger is this, and do vault, secret and key belong to it?
#pragma once

#include <optional>
#include <string>

#include "engine/command.h"
#include "ledger/note.h"
#include "ledger/tags.h"
#include "ledger/vault.h"

namespace qrpay::engine {

/// What the secrets at hand would write into record 1. nullopt: missing, and not compared.
struct Identity {
  std::string log_vkey;
  std::optional<base::Bytes16> vault_check;
  std::optional<base::Bytes16> secret_check;
};
[[nodiscard]] Identity identity_of(ledger::VerifierKey const& log_key, ledger::Vault const& vault,
                                   ledger::Tagger const& tagger);

/// The command that begins a ledger. What is missing is written as zeros, which only tests do.
[[nodiscard]] Command make_genesis(std::string origin, Identity const& identity);

/// The origin in a Genesis record. Errors: kJournalCorrupt (record 1 is another kind).
[[nodiscard]] base::Result<std::string> origin_of(ledger::Record const& genesis);

/// Errors: kJournalCorrupt (record 1 is another kind), kWrongVault, kWrongSecret, kWrongKey.
[[nodiscard]] base::Result<void> check_genesis(ledger::Record const& genesis,
                                               Identity const& identity);

}  // namespace qrpay::engine
