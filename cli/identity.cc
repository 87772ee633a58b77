#include "cli/identity.h"

#include <utility>

#include "ledger/identity_file.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

Result<void> check_identity(ledger::Identity const& identity, ledger::OpenedData const& data) {
  if (!identity.begun()) return fail(Errc::kJournalCorrupt, "sequence 1: not a genesis");
  std::string const& origin = identity.origin();
  // A vault or secret that is missing is for whoever opens to judge.
  auto const& checks = identity.vault_checks();
  if (data.vault && (checks.empty() || checks.front().check != data.vault->check_value()))
    return fail(Errc::kWrongVault, "the vault is not the one of " + origin);
  for (auto const& check : checks)
    if (data.vault && check.from != base::Sequence(1) &&
        !data.vault->has_segment(check.from, check.check))
      return fail(Errc::kWrongVault, "the vault is older than " + origin);
  ledger::Tagger const tagger(data.secrets.dedupe);
  auto const* const first = tagger.find(1);
  if (first != nullptr && identity.secret_check() != first->check_value())
    return fail(Errc::kWrongSecret, "the dedupe secret is not the one of " + origin);
  QRPAY_TRY_VOID(log_signers(identity, data.secrets.log_seeds()));
  return {};
}

Result<void> settle_identity(ledger::Identity const& identity, ledger::DataPaths const& paths,
                             ledger::OpenedData const& data) {
  QRPAY_TRY_VOID(check_identity(identity, data));
  return write_identity_file(paths.identity(), identity);
}

std::vector<ledger::VerifierKey> log_keys_of(ledger::Incarnation const& incarnation) {
  std::vector<ledger::VerifierKey> keys;
  for (auto const& span : incarnation.keys)
    if (auto key = ledger::parse_vkey(span.vkey)) keys.push_back(std::move(*key));
  return keys;
}

Result<std::unique_ptr<ledger::CheckpointSigner>> open_signer(ledger::Identity const& identity,
                                                              ledger::DataPaths const& paths,
                                                              ledger::OpenedData const& data,
                                                              ledger::Log const& log) {
  ledger::LogSigners signers;
  QRPAY_TRY(signers.now, log_signers(identity, data.secrets.log_seeds()));
  for (auto const& span : identity.now().keys) {
    auto const key = ledger::parse_vkey(span.vkey);
    if (key && span.until != 0) signers.earlier.push_back(*key);
  }
  std::uint64_t const number = ledger::incarnation_number(identity.origin());
  return ledger::CheckpointSigner::open(log, std::move(signers), paths.high_water(number));
}

}  // namespace qrpay::cli
