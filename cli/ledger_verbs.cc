// qrpay ledger verify, qrpay ledger export, qrpay proof verify: checks that need nobody's word, and
// the files for those who check with programs of their own.
#include <cstdio>

#include "base/files.h"
#include "base/time_text.h"
#include "cli/verbs.h"
#include "engine/outcome.h"
#include "gateway/json/writer.h"
#include "ledger/fields.h"
#include "ledger/kind.h"
#include "ledger/receipt.h"
#include "ledger/tlog_proof.h"
#include "ledger/tlv.h"
#include "ledger/verify.h"

namespace qrpay::cli {

using base::Errc;
using gateway::json::Writer;

int run_ledger_verify(std::string const& dir, std::string const& keys_dir, bool json) {
  ledger::VerifyOptions options;
  options.keys = keys_dir.empty() ? dir + "/keys" : keys_dir;
  auto const checked = ledger::verify_directory(dir, options);
  if (!checked) return report(checked.error());
  std::string const root = base::to_base64(checked->root);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", checked->origin)
        .member("records", checked->durable)
        .member("root", root)
        .member("accounts", checked->accounts)
        .member("balances_to_zero", checked->balances_to_zero)
        .member("book", base::to_hex(checked->book))
        .member("signed_size", checked->signed_size)
        .member("beside_server", checked->beside_server)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: sound\n  records   %llu (durable)%s\n  root      %s\n  accounts  %llu, %s\n"
      "  signed    size %llu agrees\n",
      checked->origin.c_str(), static_cast<unsigned long long>(checked->durable),
      checked->beside_server ? ", beside a running server" : "", root.c_str(),
      static_cast<unsigned long long>(checked->accounts),
      checked->balances_to_zero ? "all balances sum to zero" : "UNBALANCED",
      static_cast<unsigned long long>(checked->signed_size));
  return checked->balances_to_zero ? kOk : kFoundBad;
}

int run_ledger_export(ledger::ExportPaths const& paths, bool json) {
  auto const exported = ledger::export_tiles(paths);
  if (!exported) return report(exported.error());
  std::string const root = base::to_base64(exported->root);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", exported->origin)
        .member("size", exported->size)
        .member("root", root)
        .member("previous_size", exported->previous_size)
        .member("files_written", exported->files_written)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: exported to %s\n  records   %llu (%llu were there)\n  root      %s\n"
      "  files     %llu written\n",
      exported->origin.c_str(), paths.tiles.c_str(),
      static_cast<unsigned long long>(exported->size),
      static_cast<unsigned long long>(exported->previous_size), root.c_str(),
      static_cast<unsigned long long>(exported->files_written));
  return kOk;
}

namespace {

// `key` is a vkey, or a file whose first line is one.
base::Result<ledger::VerifierKey> read_key(std::string const& key) {
  if (auto const parsed = ledger::parse_vkey(key)) return parsed;
  auto const text = base::read_file(key, 4096);
  if (!text) return base::fail(Errc::kUsage, "--key: neither a verifier key nor a file with one");
  return ledger::parse_vkey(text->substr(0, text->find('\n')));
}

}  // namespace

int run_proof_verify(std::string const& file, std::string const& key, bool json) {
  auto const verifier = read_key(key);
  if (!verifier) return report(verifier.error());
  auto const text = base::read_file(file, ledger::kProofBytesMax);
  if (!text) return report(text.error());
  auto const receipt = ledger::verify_receipt(*text, {&*verifier, 1});
  if (!receipt) {
    report(receipt.error());
    return kFoundBad;  // a leaf that cannot be read proves no more than a wrong one
  }
  ledger::Record const& record = receipt->record;
  std::string const kind(ledger::kind_name(record.kind));
  std::string const outcome(engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
  std::string const id(ledger::TlvReader(receipt->section0).text(ledger::side::kId));
  std::string const time = base::format_time(record.log_time);
  if (json) {
    std::string out;
    Writer(out)
        .begin_object()
        .member("valid", true)
        .member("origin", receipt->checkpoint.origin)
        .member("size", receipt->checkpoint.size)
        .member("sequence", record.sequence.value())
        .member("kind", kind)
        .member("outcome", outcome)
        .member("amount", record.amount.dong())
        .member("recorded_at", time)
        .member("id", id)
        .end_object();
    std::printf("%s\n", out.c_str());
    return kOk;
  }
  std::printf(
      "valid: record %llu is in %s at size %llu\n  kind      %s\n  outcome   %s\n"
      "  amount    %lld VND\n  recorded  %s\n  id        %s\n"
      "It proves that this was recorded, not that nothing undid it since.\n",
      static_cast<unsigned long long>(record.sequence.value()), receipt->checkpoint.origin.c_str(),
      static_cast<unsigned long long>(receipt->checkpoint.size), kind.c_str(), outcome.c_str(),
      static_cast<long long>(record.amount.dong()), time.c_str(), id.c_str());
  return kOk;
}

}  // namespace qrpay::cli
