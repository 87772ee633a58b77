#include "cli/incarnation.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cli/identity.h"
#include "cli/offline.h"
#include "ledger/identity_file.h"
#include "ledger/kind.h"
#include "ledger/vault_settle.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Signed by this ledger under that origin: by a key that the records name, or by one of our key
// files that came after the last record that is left.
Result<ledger::TreeHead> open_head(ledger::HighWater const& head, ledger::Identity const& identity,
                                   std::vector<base::Secret> const& seeds) {
  auto opened = identity.open(head.note);
  if (!opened) {
    std::vector<ledger::VerifierKey> keys;
    for (auto const& seed : seeds) {
      QRPAY_TRY(auto const signer, ledger::NoteSigner::make(identity.origin(), seed));
      keys.push_back(signer.verifier_key());
    }
    auto const by_file =
        ledger::open_checkpoint(head.note, {.log_keys = keys, .origin = identity.origin()});
    if (!by_file) return fail(Errc::kWrongKey, head.path + ": " + to_string(by_file.error()));
    return ledger::TreeHead{by_file->checkpoint.size, by_file->checkpoint.root};
  }
  return ledger::TreeHead{opened->size, opened->root};
}

// What was signed last under the origin of these records; nullopt when no file says.
Result<std::optional<ledger::TreeHead>> signed_head(ledger::DataPaths const& paths,
                                                    ledger::Identity const& identity,
                                                    ledger::Secrets const& secrets) {
  QRPAY_TRY(auto const heads, ledger::read_high_waters(paths.keys));
  if (heads.empty()) return std::optional<ledger::TreeHead>();
  auto const& newest = heads.back();
  if (newest.incarnation > ledger::incarnation_number(identity.origin()))
    return fail(Errc::kBackupForeign, "these records are of " + identity.origin() + ", but " +
                                          newest.checkpoint.origin + " has signed since");
  if (newest.checkpoint.origin != identity.origin()) return std::optional<ledger::TreeHead>();
  QRPAY_TRY(auto head, open_head(newest, identity, secrets.log_seeds()));
  return std::optional(std::move(head));
}

// The newest of the keys that sign, and its seed, which signs under the new name too.
struct LogKeyPair {
  ledger::NoteSigner signer;
  base::Secret seed;
};
Result<LogKeyPair> newest_key(ledger::Identity const& identity, ledger::Secrets const& secrets) {
  QRPAY_TRY(auto signers, ledger::log_signers(identity, secrets.log_seeds()));
  for (auto const& seed : secrets.log_seeds()) {
    QRPAY_TRY(auto signer, ledger::NoteSigner::make(identity.origin(), seed));
    if (signer.verifier_key() == signers.back().verifier_key())
      return LogKeyPair{std::move(signer), seed};
  }
  return fail(Errc::kWrongKey, "no log key file is that of a key that signs");
}

bool knows_all(ledger::Identity const& identity, ledger::Secrets const& secrets) {
  for (auto const& seed : secrets.later_logs) {
    auto const signer = ledger::NoteSigner::make(identity.origin(), seed);
    bool known = false;
    for (auto const& incarnation : identity.incarnations())
      for (auto const& span : incarnation.keys)
        if (auto const key = ledger::parse_vkey(span.vkey);
            key && signer && key->public_key == signer->verifier_key().public_key)
          known = true;
    if (!known) return false;
  }
  return true;
}

NewIncarnation describe(ledger::Identity const& identity) {
  auto const& all = identity.incarnations();
  NewIncarnation made;
  made.former_origin = all[all.size() - 2].origin;
  made.origin = identity.origin();
  made.log_vkey = identity.now().keys.front().vkey;
  made.former = identity.now().former;
  made.restored = identity.now().restored;
  return made;
}

// Requires: nothing was recorded since the records were restored.
Result<void> record_restore(OfflineLedger& ledger, LogKeyPair const& key, engine::Restore restore) {
  std::uint64_t const size = restore.restored.size;
  QRPAY_TRY(auto const signer, ledger::NoteSigner::make(restore.origin, key.seed));
  restore.log_vkey = ledger::format_vkey(signer.verifier_key());
  QRPAY_TRY(restore.note, ledger::vouch_for(key.signer, restore.log_vkey, size + 1));
  engine::Command command;
  command.id = restore.origin;
  command.payload = std::move(restore);
  QRPAY_TRY_VOID(ledger.run(std::move(command)));
  return {};
}

Result<std::uint64_t> next_number(ledger::DataPaths const& paths,
                                  ledger::Identity const& identity) {
  QRPAY_TRY(auto const heads, ledger::read_high_waters(paths.keys));
  std::uint64_t const now = ledger::incarnation_number(identity.origin());
  return std::max(now, heads.empty() ? 0 : heads.back().incarnation) + 1;
}

}  // namespace

Result<NewIncarnation> begin_incarnation(ledger::DataPaths const& paths, ledger::OpenedData data,
                                         engine::Cause cause) {
  QRPAY_TRY(ledger::Identity const identity, ledger::find_identity(*data.store, paths.identity()));
  QRPAY_TRY_VOID(check_identity(identity, data));
  QRPAY_TRY_VOID(ledger::settle_vault(*data.store, *data.vault));
  ledger::Sequence const last = data.store->last();
  if (identity.incarnations().size() > 1 && identity.now().begins == last) {
    QRPAY_TRY(auto const ledger, OfflineLedger::take(paths, std::move(data)));
    QRPAY_TRY_VOID(ledger->sign());
    NewIncarnation made = describe(identity);
    made.last_time = ledger->last_time();
    return made;
  }
  QRPAY_TRY(auto const signed_before, signed_head(paths, identity, data.secrets));
  QRPAY_TRY(LogKeyPair const key, newest_key(identity, data.secrets));
  QRPAY_TRY(std::uint64_t const number, next_number(paths, identity));
  engine::Restore restore;
  restore.origin = ledger::origin_with_number(identity.origin(), number);
  restore.cause = cause;
  bool const rotated_since = !knows_all(identity, data.secrets);

  auto const vault = data.vault;
  QRPAY_TRY(auto const ledger, OfflineLedger::take(paths, std::move(data)));
  restore.restored.size = last.value();
  QRPAY_TRY(restore.restored.root, ledger->log().root(last.value()));
  restore.former = signed_before.value_or(restore.restored);
  if (restore.former.size <= last.value()) {
    QRPAY_TRY(auto const root, ledger->log().root(restore.former.size));
    if (root != restore.former.root)
      return fail(Errc::kJournalForked, "another root was signed under " + identity.origin() +
                                            " at size " + std::to_string(restore.former.size));
  }
  // Its keys seal the Restore itself: a sequence that is given out again never meets an old one.
  QRPAY_TRY(restore.vault_check, vault->begin_segment(ledger::Sequence(last.value() + 1)));
  base::WallTime const last_time = ledger->last_time();
  QRPAY_TRY_VOID(record_restore(*ledger, key, std::move(restore)));
  QRPAY_TRY_VOID(ledger->sign());
  NewIncarnation made = describe(ledger->identity());
  made.last_time = last_time;
  made.rotated_since = rotated_since;
  return made;
}

}  // namespace qrpay::cli
