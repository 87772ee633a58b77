#include "cli/proof.h"

#include <cstdio>
#include <optional>
#include <vector>

#include "base/files.h"
#include "base/time_text.h"
#include "cli/verbs.h"
#include "engine/outcome.h"
#include "gateway/json/writer.h"
#include "ledger/compact_receipt.h"
#include "ledger/fields.h"
#include "ledger/kind.h"
#include "ledger/tlog_proof.h"
#include "ledger/tlv.h"
#include "ledger/witness_policy.h"
#include "qr/scan/scan.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using gateway::json::Writer;

namespace {

/// A photograph of a screen has 2 to 6 MiB.
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;
constexpr std::string_view kPictureStarts[] = {"\x89PNG", "\xff\xd8\xff", "RIFF"};

/// Whom to believe: the keys of the policy and of --key.
struct Trust {
  std::optional<ledger::WitnessPolicy> policy;
  std::vector<ledger::VerifierKey> logs;

  [[nodiscard]] ledger::LogPolicy log_policy() const {
    ledger::LogPolicy whom;
    whom.log_keys = logs;
    if (policy) whom.witnesses = policy->witnesses();
    return whom;
  }
  [[nodiscard]] Result<void> check(std::span<ledger::Cosignature const> cosignatures) const {
    return policy ? policy->check(cosignatures) : Result<void>();
  }
};

Result<Trust> read_trust(ProofOptions const& options) {
  Trust trust;
  if (!options.policy.empty()) {
    QRPAY_TRY(std::string const text, base::read_file(options.policy, ledger::kPolicyBytesMax));
    auto policy = ledger::WitnessPolicy::parse(text);
    if (!policy) return fail(Errc::kUsage, options.policy + ": " + policy.error().detail);
    trust.logs.assign(policy->logs().begin(), policy->logs().end());
    trust.policy = std::move(*policy);
  }
  for (auto const& text : options.keys) {
    QRPAY_TRY(ledger::VerifierKey key, read_verifier_key(text));
    trust.logs.push_back(std::move(key));
  }
  if (trust.logs.empty()) return fail(Errc::kUsage, "--key, or --policy with a log, is needed");
  return trust;
}

bool is_picture(std::string_view bytes) {
  for (auto const start : kPictureStarts)
    if (bytes.starts_with(start)) return true;
  return false;
}

/// Bytes of a receipt, whatever they were wrapped in.
Result<std::string> unwrap(std::string bytes) {
  if (is_picture(bytes)) {
    QRPAY_TRY(bytes, qr::scan::scan_file(base::as_bytes(bytes)));
  }
  if (!ledger::is_compact_receipt_text(bytes)) return bytes;
  while (bytes.ends_with('\n') || bytes.ends_with('\r')) bytes.pop_back();
  return ledger::parse_compact_receipt_text(bytes);
}

void write_witnesses(Writer& out, std::span<ledger::Cosignature const> cosignatures) {
  out.key("cosigned_by").begin_array();
  for (auto const& one : cosignatures) out.string(one.witness.name);
  out.end_array();
}

void print_witnesses(std::span<ledger::Cosignature const> cosignatures) {
  for (auto const& one : cosignatures) {
    base::WallTime const time(static_cast<std::int64_t>(one.timestamp) * base::kSecond);
    std::printf("  cosigned  %s at %s\n", one.witness.name.c_str(),
                base::format_time(time).c_str());
  }
}

int print_receipt(ledger::Receipt const& receipt, bool json) {
  ledger::Record const& record = receipt.record;
  std::string const kind(ledger::kind_name(record.kind));
  std::string const outcome(engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
  std::string const id(ledger::TlvReader(receipt.section0).text(ledger::side::kId));
  std::string const time = base::format_time(record.log_time);
  if (json) {
    std::string text;
    Writer out(text);
    out.begin_object()
        .member("valid", true)
        .member("origin", receipt.checkpoint.origin)
        .member("size", receipt.checkpoint.size)
        .member("sequence", record.sequence.value())
        .member("kind", kind)
        .member("outcome", outcome)
        .member("amount", record.amount.dong())
        .member("recorded_at", time)
        .member("id", id);
    write_witnesses(out, receipt.cosignatures);
    out.end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "valid: record %llu is in %s at size %llu\n  kind      %s\n  outcome   %s\n"
      "  amount    %lld VND\n  recorded  %s\n  id        %s\n",
      static_cast<unsigned long long>(record.sequence.value()), receipt.checkpoint.origin.c_str(),
      static_cast<unsigned long long>(receipt.checkpoint.size), kind.c_str(), outcome.c_str(),
      static_cast<long long>(record.amount.dong()), time.c_str(), id.c_str());
  print_witnesses(receipt.cosignatures);
  std::printf("It proves that this was recorded, not that nothing undid it since.\n");
  return kOk;
}

int print_checkpoint(ledger::OpenedCheckpoint const& opened, bool json) {
  ledger::Checkpoint const& checkpoint = opened.checkpoint;
  std::string const root = base::to_base64(checkpoint.root);
  if (json) {
    std::string text;
    Writer out(text);
    out.begin_object()
        .member("valid", true)
        .member("origin", checkpoint.origin)
        .member("size", checkpoint.size)
        .member("root", root);
    write_witnesses(out, opened.cosignatures);
    out.end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf("valid: a checkpoint of %s at size %llu\n  root      %s\n", checkpoint.origin.c_str(),
              static_cast<unsigned long long>(checkpoint.size), root.c_str());
  print_witnesses(opened.cosignatures);
  return kOk;
}

Result<int> verify(std::string const& bytes, Trust const& trust, bool json) {
  if (ledger::is_compact_receipt(bytes)) {
    QRPAY_TRY(auto const receipt,
              ledger::verify_compact_receipt(base::as_bytes(bytes), trust.log_policy()));
    QRPAY_TRY_VOID(trust.check(receipt.cosignatures));
    return print_receipt(receipt, json);
  }
  if (ledger::is_tlog_proof(bytes)) {
    QRPAY_TRY(auto const receipt, ledger::verify_receipt(bytes, trust.log_policy()));
    QRPAY_TRY_VOID(trust.check(receipt.cosignatures));
    return print_receipt(receipt, json);
  }
  QRPAY_TRY(auto const opened, ledger::open_checkpoint(bytes, trust.log_policy()));
  QRPAY_TRY_VOID(trust.check(opened.cosignatures));
  return print_checkpoint(opened, json);
}

}  // namespace

Result<ledger::VerifierKey> read_verifier_key(std::string const& key) {
  if (auto const parsed = ledger::parse_vkey(key)) return parsed;
  auto const text = base::read_file(key, 4096);
  if (!text) return fail(Errc::kUsage, "neither a verifier key nor a file with one: " + key);
  return ledger::parse_vkey(text->substr(0, text->find('\n')));
}

int run_proof_verify(ProofOptions const& options) {
  auto const trust = read_trust(options);
  if (!trust) return report(trust.error());
  auto file = base::read_file(options.file, kFileBytesMax);
  if (!file) return report(file.error());
  auto const bytes = unwrap(std::move(*file));
  if (!bytes) {
    report(bytes.error());
    return kFoundBad;
  }
  auto const verified = verify(*bytes, *trust, options.json);
  if (verified) return *verified;
  report(verified.error());
  return kFoundBad;  // a leaf that cannot be read proves no more than a wrong one
}

}  // namespace qrpay::cli
