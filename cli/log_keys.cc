// qrpay keys rotate-log, retire-log, log: the keys that sign the ledger's checkpoints.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "base/files.h"
#include "cli/offline.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/identity_file.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using gateway::json::Writer;

namespace {

// Has any key of this pair ever been named? Its name differs between origins, its bytes do not.
bool is_named(ledger::Identity const& identity, base::Ed25519PublicKey const& key) {
  for (auto const& incarnation : identity.incarnations())
    for (auto const& span : incarnation.keys)
      if (auto const known = ledger::parse_vkey(span.vkey); known && known->public_key == key)
        return true;
  return false;
}

// A key file that no record names is left from a rotation that was cut short, and is taken first.
Result<ledger::NoteSigner> next_key(ledger::DataPaths const& paths, OfflineLedger& ledger) {
  auto const& identity = ledger.identity();
  auto const& secrets = ledger.data().secrets;
  for (auto const& seed : secrets.later_logs) {
    QRPAY_TRY(auto signer, ledger::NoteSigner::make(identity.origin(), seed));
    if (!is_named(identity, signer.verifier_key().public_key)) return signer;
  }
  base::Bytes32 bytes;
  base::system_entropy().fill(bytes);
  base::Secret const seed(bytes);
  // On disk before any record names it: what is named can always sign.
  auto const generation = static_cast<std::uint32_t>(secrets.later_logs.size()) + 2;
  QRPAY_TRY_VOID(base::create_secret_file(paths.keys + "/" + ledger::log_file(generation), seed));
  ledger.add_log_seed(seed);
  return ledger::NoteSigner::make(identity.origin(), seed);
}

struct Changed {
  std::string vkey;  ///< the key that is new, or signs no more
  std::uint64_t sequence = 0;
  std::uint64_t signed_size = 0;
  std::vector<std::string> signing;
};

Result<Changed> record_change(OfflineLedger& ledger, engine::LogKey key) {
  engine::Command command;
  command.id = (key.retired ? "retire " : "") + key.vkey;
  Changed changed;
  changed.vkey = key.vkey;
  command.payload = std::move(key);
  QRPAY_TRY(engine::Decided const decided, ledger.run(std::move(command)));
  changed.sequence = decided.record.sequence.value();
  QRPAY_TRY(auto const signed_now, ledger.sign());
  changed.signed_size = signed_now.size;
  for (auto const& live : ledger.identity().live_keys())
    changed.signing.push_back(ledger::format_vkey(live));
  return changed;
}

Result<Changed> rotate(Config const& config) {
  QRPAY_TRY(auto const ledger, OfflineLedger::open(config));
  auto const& identity = ledger->identity();
  auto const& secrets = ledger->data().secrets;
  if (identity.live_keys().size() >= ledger::kLogKeysLiveMax)
    return fail(Errc::kAlreadyExists, "too many log keys sign: retire one first");
  QRPAY_TRY(auto const signers, ledger::log_signers(identity, secrets.log_seeds()));
  QRPAY_TRY(auto const next, next_key(config.paths(), *ledger));
  engine::LogKey key;
  key.vkey = ledger::format_vkey(next.verifier_key());
  QRPAY_TRY(key.note, ledger::vouch_for(signers.back(), key.vkey, ledger->log().size() + 1));
  return record_change(*ledger, std::move(key));
}

Result<Changed> retire(Config const& config, std::string const& vkey) {
  QRPAY_TRY(auto const ledger, OfflineLedger::open(config));
  auto const live = ledger->identity().live_keys();
  if (live.size() < 2)
    return fail(Errc::kUsage, "only one log key signs: `qrpay keys rotate-log` makes the next");
  engine::LogKey key;
  key.vkey = vkey.empty() ? ledger::format_vkey(live.front()) : vkey;
  key.retired = true;
  bool const signs = std::any_of(live.begin(), live.end(), [&](auto const& one) {
    return ledger::format_vkey(one) == key.vkey;
  });
  if (!signs) return fail(Errc::kNotFound, key.vkey + ": not a log key that signs");
  return record_change(*ledger, std::move(key));
}

int print_changed(Changed const& changed, char const* member, char const* words, bool json) {
  if (json) {
    std::string text;
    Writer out(text);
    out.begin_object().member(member, changed.vkey).member("sequence", changed.sequence);
    out.member("signed_size", changed.signed_size).key("signing").begin_array();
    for (auto const& vkey : changed.signing) out.string(vkey);
    out.end_array().end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf("%s\n  %s\nrecorded as %llu; checkpoints are signed by\n", words,
              changed.vkey.c_str(), static_cast<unsigned long long>(changed.sequence));
  for (auto const& vkey : changed.signing) std::printf("  %s\n", vkey.c_str());
  return kOk;
}

Result<ledger::Identity> read_identity(ledger::DataPaths const& paths) {
  QRPAY_TRY_VOID(ledger::check_format(paths.dir));
  QRPAY_TRY(auto const store, ledger::RocksStore::open_read_only(paths.journal()));
  return ledger::find_identity(*store, paths.identity());
}

void print_origin(ledger::Incarnation const& incarnation) {
  std::printf("%s, from record %llu\n", incarnation.origin.c_str(),
              static_cast<unsigned long long>(incarnation.begins.value()));
  for (auto const& key : incarnation.keys) {
    std::printf("  %s  signs from size %llu", key.vkey.c_str(),
                static_cast<unsigned long long>(key.from));
    if (key.until != 0)
      std::printf(", retired at %llu", static_cast<unsigned long long>(key.until));
    std::printf("\n");
  }
}

}  // namespace

int run_rotate_log(Config const& config, bool json) {
  auto const changed = rotate(config);
  if (!changed) return report(changed.error());
  int const code = print_changed(*changed, "log_vkey", "A new log key:", json);
  if (!json)
    std::printf(
        "Give it to auditors and witnesses, keep a copy of its file offline, and run\n"
        "`qrpay keys retire-log` when all of them have it.\n");
  return code;
}

int run_retire_log(Config const& config, std::string const& vkey, bool json) {
  auto const changed = retire(config, vkey);
  if (!changed) return report(changed.error());
  return print_changed(*changed, "retired", "Signs no more:", json);
}

int run_log_keys(Config const& config, bool json) {
  auto const identity = read_identity(config.paths());
  if (!identity) return report(identity.error());
  if (!json) {
    for (auto const& incarnation : identity->incarnations()) print_origin(incarnation);
    return kOk;
  }
  std::string text;
  Writer out(text);
  out.begin_object().key("origins").begin_array();
  for (auto const& incarnation : identity->incarnations()) {
    out.begin_object().member("origin", incarnation.origin);
    out.member("from_record", incarnation.begins.value()).key("keys").begin_array();
    for (auto const& key : incarnation.keys) {
      out.begin_object().member("vkey", key.vkey).member("from_size", key.from);
      if (key.until != 0) out.member("retired_at", key.until);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  std::printf("%s\n", text.c_str());
  return kOk;
}

}  // namespace qrpay::cli
