#include "ledger/witness_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/bytes.h"
#include "base/files.h"
#include "ledger/lines.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

std::string head_path(std::string const& dir, std::string_view origin) {
  return dir + "/heads/" + witness_log_id(origin);
}

std::size_t count_files(std::string const& dir) {
  std::error_code error;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error))
    ++count;
  return count;
}

Result<CosignatureSigner> read_signer(std::string const& dir) {
  if (!base::file_exists(dir + "/witness.key"))
    return fail(Errc::kDataDirMissing, dir + ": no witness; make one with qrpay witness init");
  QRPAY_TRY(base::Secret const seed, base::read_secret_file(dir + "/witness.key"));
  QRPAY_TRY(std::string const name, base::read_file(dir + "/name", kKeyNameBytesMax + 1));
  return CosignatureSigner::make(name.substr(0, name.find('\n')), seed);
}

}  // namespace

std::string witness_log_id(std::string_view origin) {
  return base::to_hex(base::sha256(base::as_bytes(origin)));
}

Result<VerifierKey> create_witness(std::string const& dir, std::string const& name,
                                   base::Entropy& entropy) {
  base::Bytes32 seed{};
  entropy.fill(seed);
  base::Secret const secret(seed);
  QRPAY_TRY(CosignatureSigner const signer, CosignatureSigner::make(name, secret));
  if (count_files(dir) != 0) return fail(Errc::kDataDirNotEmpty, dir);
  for (char const* folder : {"", "/heads", "/evidence"})
    QRPAY_TRY_VOID(base::make_directories(dir + folder));
  // The key comes last: a directory without one is no witness yet.
  QRPAY_TRY_VOID(base::create_file_synced(dir + "/name", name + "\n"));
  QRPAY_TRY_VOID(base::create_secret_file(dir + "/witness.key", secret));
  return signer.verifier_key();
}

Result<void> Witness::load(Watched& watched) const {
  std::string const path = head_path(dir_, watched.log.origin);
  if (!base::file_exists(path)) return {};
  // A head that cannot be believed is not forgotten: forgetting is what a rolled-back log wants.
  QRPAY_TRY(std::string note, base::read_file(path, kNoteBytesMax));
  VerifierKey const self = signer_.verifier_key();
  auto opened = open_checkpoint(note, {.log_keys = watched.keys,
                                       .origin = watched.log.origin,
                                       .witnesses = {&self, 1},
                                       .witnesses_min = 1});
  if (!opened) return fail(Errc::kJournalCorrupt, path + ": " + to_string(opened.error()));
  watched.log.head = {opened->checkpoint.size, opened->checkpoint.root};
  watched.log.timestamp = opened->cosignatures.front().timestamp;
  watched.log.note = std::move(note);
  return {};
}

Result<std::unique_ptr<Witness>> Witness::open(std::string const& dir,
                                               std::vector<VerifierKey> logs, base::Clock& clock) {
  QRPAY_TRY(CosignatureSigner signer, read_signer(dir));
  std::unique_ptr<Witness> self(new Witness(dir, std::move(signer), clock));
  if (logs.empty()) return fail(Errc::kConfigInvalid, "a witness watches at least one log");
  for (VerifierKey& key : logs) {
    if (key.type != SignatureType::kEd25519)
      return fail(Errc::kConfigInvalid, key.name + ": not the key of a log");
    Watched& watched = self->logs_[key.name];
    watched.log.origin = key.name;
    watched.keys.push_back(std::move(key));
  }
  if (self->logs_.size() > kWitnessLogsMax) return fail(Errc::kConfigInvalid, "over 256 logs");
  for (auto& [origin, watched] : self->logs_) QRPAY_TRY_VOID(self->load(watched));
  return self;
}

Result<Witness::Answer> Witness::cosign(Watched& watched, AddCheckpoint const& request,
                                        WitnessHead const& next) {
  QRPAY_TRY(Note const note, parse_note(request.checkpoint));
  auto const now = static_cast<std::uint64_t>(clock_.wall().microseconds() / base::kSecond);
  NoteSignature const line = signer_.cosign(note.text, now);
  // Only the log's own lines are kept: a stranger's would grow the file and mean nothing here.
  Note kept{note.text, {}};
  for (NoteSignature const& signature : note.signatures) {
    auto const known = [&](VerifierKey const& key) { return is_signed_as(signature, key); };
    if (std::any_of(watched.keys.begin(), watched.keys.end(), known))
      kept.signatures.push_back(signature);
  }
  kept.signatures.push_back(line);
  std::string bytes = format_note(kept);
  QRPAY_TRY_VOID(base::replace_file_synced(head_path(dir_, watched.log.origin), bytes));
  watched.log = {watched.log.origin, next, now, std::move(bytes)};
  return Answer{WitnessStatus::kCosigned, format_signature_lines({&line, 1})};
}

Result<void> Witness::keep_evidence(std::string_view request) const {
  std::string const path =
      dir_ + "/evidence/" + base::to_hex(base::sha256(base::as_bytes(request)));
  if (base::file_exists(path) || evidence_files() >= kWitnessEvidenceMax) return {};
  return base::replace_file_synced(path, request);
}

Result<Witness::Answer> Witness::add_checkpoint(std::string_view body) {
  auto const request = parse_add_checkpoint(body);
  if (!request) return Answer{WitnessStatus::kMalformed, to_string(request.error()) + "\n"};
  auto const origin = LineReader(request->checkpoint).next();
  std::lock_guard const lock(mutex_);
  auto const found = origin ? logs_.find(*origin) : logs_.end();
  if (found == logs_.end()) return Answer{WitnessStatus::kUnknownLog, "no such log\n"};
  Watched& watched = found->second;
  auto const verdict = judge_add_checkpoint(*request, watched.keys, watched.log.head);
  if (verdict.proves_fork) QRPAY_TRY_VOID(keep_evidence(body));
  switch (verdict.status) {
    case WitnessStatus::kCosigned: return cosign(watched, *request, verdict.next);
    case WitnessStatus::kConflict:
      return Answer{verdict.status, std::to_string(watched.log.head.size) + "\n"};
    case WitnessStatus::kMalformed: return Answer{verdict.status, "old size or checkpoint\n"};
    case WitnessStatus::kUnknownKey: return Answer{verdict.status, "not signed by that log\n"};
    case WitnessStatus::kUnknownLog: return Answer{verdict.status, "no such log\n"};
    case WitnessStatus::kBadProof: return Answer{verdict.status, "no consistency proof\n"};
  }
  QRPAY_CHECK(false);
}

std::vector<Witness::Log> Witness::logs() const {
  std::lock_guard const lock(mutex_);
  std::vector<Log> all;
  for (auto const& [origin, watched] : logs_) all.push_back(watched.log);
  return all;
}

std::optional<Witness::Log> Witness::find(std::string_view log_id) const {
  std::lock_guard const lock(mutex_);
  for (auto const& [origin, watched] : logs_)
    if (witness_log_id(origin) == log_id) return watched.log;
  return std::nullopt;
}

std::size_t Witness::evidence_files() const { return count_files(dir_ + "/evidence"); }

}  // namespace qrpay::ledger
