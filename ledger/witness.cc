#include "ledger/witness.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/lines.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kOldPrefix = "old ";

base::Unexpected<base::Error> malformed(char const* why) {
  return base::fail(base::Errc::kNoteMalformed, why);
}

}  // namespace

std::string format_add_checkpoint(AddCheckpoint const& request) {
  QRPAY_CHECK(request.proof.size() <= kWitnessProofHashesMax);
  std::string text(kOldPrefix);
  text += std::to_string(request.old_size) + '\n';
  for (base::Digest const& hash : request.proof) text += base::to_base64(hash) + '\n';
  text += '\n';
  return text + request.checkpoint;
}

base::Result<AddCheckpoint> parse_add_checkpoint(std::string_view text) {
  if (text.size() > kAddCheckpointBytesMax) return malformed("request over 68 KiB");
  LineReader lines(text);
  auto line = lines.next();
  if (!line || !line->starts_with(kOldPrefix)) return malformed("old size");
  auto const old_size = parse_decimal(line->substr(kOldPrefix.size()));
  if (!old_size) return malformed("old size");
  AddCheckpoint request;
  request.old_size = *old_size;
  for (line = lines.next(); line && !line->empty(); line = lines.next()) {
    if (request.proof.size() == kWitnessProofHashesMax) return malformed("over 63 hashes");
    auto const bytes = base::from_base64(*line);
    auto const hash = bytes ? parse_hash(base::as_bytes(*bytes)) : std::nullopt;
    if (!hash) return malformed("proof hash");
    request.proof.push_back(*hash);
  }
  if (!line) return malformed("request without an empty line");
  request.checkpoint = lines.rest();
  QRPAY_TRY([[maybe_unused]] Note const note, parse_note(request.checkpoint));
  return request;
}

WitnessVerdict judge_add_checkpoint(AddCheckpoint const& request,
                                    std::span<VerifierKey const> log_keys,
                                    WitnessHead const& head) {
  auto const refuse = [](WitnessStatus status, bool proves_fork = false) {
    return WitnessVerdict{status, {}, proves_fork};
  };
  if (log_keys.empty()) return refuse(WitnessStatus::kUnknownLog);
  auto const opened = open_checkpoint(request.checkpoint, {.log_keys = log_keys});
  if (!opened) {
    // What the log signed but is no checkpoint is malformed; all else is not the log's word.
    bool const known = open_note(request.checkpoint, log_keys).has_value();
    return refuse(known ? WitnessStatus::kMalformed : WitnessStatus::kUnknownKey);
  }
  Checkpoint const& checkpoint = opened->checkpoint;
  WitnessHead const next{checkpoint.size, checkpoint.root};
  if (request.old_size > next.size) return refuse(WitnessStatus::kMalformed);
  if (request.old_size != head.size) {
    // The one thing that a stale request can prove: another root where the head is.
    bool const forked = next.size == head.size && next.root != head.root;
    return refuse(WitnessStatus::kConflict, forked);
  }
  if (head.size == 0) {
    bool const good = request.proof.empty() && (next.size != 0 || next.root == empty_root());
    return good ? WitnessVerdict{WitnessStatus::kCosigned, next, false}
                : refuse(WitnessStatus::kBadProof);
  }
  if (next.size == head.size && next.root != head.root)
    return refuse(WitnessStatus::kConflict, /*proves_fork=*/true);
  auto const consistent =
      verify_consistency({head.size, next.size, head.root, next.root}, request.proof);
  // Whoever repeats an old checkpoint of the log can spoil its proof: that alone proves nothing.
  if (!consistent) return refuse(WitnessStatus::kBadProof);
  return {WitnessStatus::kCosigned, next, false};
}

CosignatureSigner::CosignatureSigner(base::Ed25519Signer signer, VerifierKey key)
    : signer_(std::move(signer)), key_(std::move(key)) {}

base::Result<CosignatureSigner> CosignatureSigner::make(std::string name,
                                                        base::Secret const& seed) {
  base::Ed25519Signer signer(seed);
  QRPAY_TRY(VerifierKey key,
            make_verifier_key(std::move(name), SignatureType::kCosignature, signer.public_key()));
  return CosignatureSigner(std::move(signer), std::move(key));
}

NoteSignature CosignatureSigner::cosign(std::string_view text, std::uint64_t timestamp) const {
  std::string const message = cosignature_message(timestamp, text);
  std::string bytes;
  base::ByteWriter writer(bytes);
  writer.u64(timestamp);
  writer.bytes(signer_.sign(base::as_bytes(message)));
  return {key_.name, key_.key_id, std::move(bytes)};
}

std::string format_signature_lines(std::span<NoteSignature const> signatures) {
  // A note of no text begins with the empty line that separates it from its signatures.
  std::string lines = format_note({"", {signatures.begin(), signatures.end()}});
  return lines.substr(1);
}

base::Result<NoteSignature> read_cosignature(std::string_view body, std::string_view checkpoint,
                                             VerifierKey const& witness) {
  if (body.size() > kNoteBytesMax) return malformed("answer over 64 KiB");
  QRPAY_TRY(Note note, parse_note(checkpoint));
  // C2SP: put the answer behind the checkpoint and read the whole as a note. The log's own lines
  // are left out, so that the answer's line is the one that is found.
  QRPAY_TRY(Note const answer, parse_note(note.text + "\n" + std::string(body)));
  if (answer.text != note.text) return malformed("answer is more than signature lines");
  QRPAY_TRY([[maybe_unused]] Cosignature const good, verify_cosignature(answer, witness));
  auto const line =
      std::find_if(answer.signatures.begin(), answer.signatures.end(),
                   [&](NoteSignature const& one) { return is_signed_as(one, witness); });
  QRPAY_CHECK(line != answer.signatures.end());
  return *line;
}

base::Result<std::string> with_cosignatures(std::string_view note,
                                            std::span<NoteSignature const> cosignatures) {
  QRPAY_TRY(Note whole, parse_note(note));
  for (NoteSignature const& fresh : cosignatures) {
    auto const same = [&fresh](NoteSignature const& line) {
      return line.key_id == fresh.key_id && line.name == fresh.name;
    };
    auto const old = std::find_if(whole.signatures.begin(), whole.signatures.end(), same);
    if (old != whole.signatures.end())
      *old = fresh;
    else
      whole.signatures.push_back(fresh);
  }
  if (whole.signatures.size() > kNoteSignaturesMax) return malformed("over 100 signatures");
  return format_note(whole);
}

}  // namespace qrpay::ledger
