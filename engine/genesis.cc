#include "engine/genesis.h"

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using base::Errc;
using base::fail;
using ledger::TlvReader;

Identity identity_of(ledger::VerifierKey const& log_key, ledger::Vault const& vault,
                     ledger::Tagger const& tagger) {
  return {ledger::format_vkey(log_key), vault.check_value(), tagger.check_value()};
}

Command make_genesis(std::string origin, Identity const& identity) {
  Command command;
  command.id = "genesis";
  command.payload =
      Genesis{std::move(origin), identity.log_vkey, identity.vault_check.value_or(base::Bytes16{}),
              identity.secret_check.value_or(base::Bytes16{})};
  return command;
}

base::Result<std::string> origin_of(ledger::Record const& genesis) {
  if (genesis.kind != ledger::Kind::kGenesis)
    return fail(Errc::kJournalCorrupt, "sequence 1: not a genesis");
  return std::string(TlvReader(genesis.body).text(field::kOrigin));
}

base::Result<void> check_genesis(ledger::Record const& genesis, Identity const& identity) {
  QRPAY_TRY(std::string const origin, origin_of(genesis));
  TlvReader const body(genesis.body);
  if (identity.vault_check && body.array<16>(field::kVaultCheck) != identity.vault_check)
    return fail(Errc::kWrongVault, "the vault is not the one of " + origin);
  if (identity.secret_check && body.array<16>(field::kSecretCheck) != identity.secret_check)
    return fail(Errc::kWrongSecret, "the dedupe secret is not the one of " + origin);
  if (body.text(field::kLogVkey) != identity.log_vkey)
    return fail(Errc::kWrongKey, "the log key is not the one of " + origin);
  return {};
}

}  // namespace qrpay::engine
