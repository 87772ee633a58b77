#include "ledger/checkpoint.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "ledger/lines.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kCosignatureHeader = "cosignature/v1\n";
// C2SP: a timestamp must not exceed 2^63 - 1, so that it fits signed types everywhere.
constexpr std::uint64_t kTimestampMax = (std::uint64_t{1} << 63) - 1;

base::Unexpected<base::Error> malformed(char const* why) {
  return base::fail(base::Errc::kNoteMalformed, why);
}

bool is_line(std::string_view text) {
  return !text.empty() && text.find('\n') == std::string_view::npos;
}

}  // namespace

std::string format_checkpoint(Checkpoint const& checkpoint) {
  // An origin with a newline in it would make another checkpoint than the one described.
  QRPAY_CHECK(is_line(checkpoint.origin));
  QRPAY_CHECK(std::all_of(checkpoint.extensions.begin(), checkpoint.extensions.end(), is_line));
  std::string text = checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
                     base::to_base64(checkpoint.root) + '\n';
  for (std::string const& line : checkpoint.extensions) text += line + '\n';
  return text;
}

base::Result<CheckpointLines> parse_checkpoint_lines(std::string_view text) {
  // A checkpoint arrives inside a note; this bounds callers that have only the text.
  if (text.size() > kNoteBytesMax) return malformed("checkpoint over 64 KiB");
  LineReader lines(text);
  auto const origin = lines.next();
  if (!origin || origin->empty()) return malformed("checkpoint origin");
  auto const size_line = lines.next();
  auto const size = size_line ? parse_decimal(*size_line) : std::nullopt;
  if (!size) return malformed("checkpoint size");
  auto const root_line = lines.next();
  auto root = root_line ? base::from_base64(*root_line) : std::nullopt;
  if (!root || root->empty()) return malformed("checkpoint root");
  CheckpointLines checkpoint{std::string(*origin), *size, std::move(*root), {}};
  while (auto const line = lines.next()) {
    if (line->empty()) return malformed("checkpoint extension");
    checkpoint.extensions.emplace_back(*line);
  }
  if (!lines.rest().empty()) return malformed("checkpoint without a final newline");
  return checkpoint;
}

base::Result<Checkpoint> parse_checkpoint(std::string_view text) {
  QRPAY_TRY(CheckpointLines lines, parse_checkpoint_lines(text));
  auto const root = parse_hash(base::as_bytes(lines.root));
  if (!root) return malformed("checkpoint root is not 32 bytes");
  return Checkpoint{std::move(lines.origin), lines.size, *root, std::move(lines.extensions)};
}

base::Result<std::string> sign_checkpoint(Checkpoint const& checkpoint,
                                          std::span<NoteSigner const* const> signers) {
  QRPAY_TRY(Note const note, sign_note(format_checkpoint(checkpoint), signers));
  return format_note(note);
}

std::string cosignature_message(std::uint64_t timestamp, std::string_view text) {
  std::string message(kCosignatureHeader);
  message += "time " + std::to_string(timestamp) + '\n';
  message += text;
  return message;
}

base::Result<Cosignature> verify_cosignature(Note const& note, VerifierKey const& witness) {
  if (witness.type != SignatureType::kCosignature) {
    return base::fail(base::Errc::kKeyUnsupported, "not a cosignature key");
  }
  auto const line = std::find_if(
      note.signatures.begin(), note.signatures.end(),
      [&](NoteSignature const& signature) { return is_signed_as(signature, witness); });
  if (line == note.signatures.end()) return base::fail(base::Errc::kNoteUnverified, witness.name);

  base::ByteReader reader(base::as_bytes(line->signature));
  std::uint64_t const timestamp = reader.u64();
  base::ByteView const signature = reader.bytes(std::tuple_size_v<base::Ed25519Signature>);
  if (!reader.ok() || !reader.at_end() || timestamp > kTimestampMax) {
    return base::fail(base::Errc::kSignatureInvalid, witness.name);
  }
  std::string const message = cosignature_message(timestamp, note.text);
  if (!base::ed25519_verify(witness.public_key, base::as_bytes(message), signature)) {
    return base::fail(base::Errc::kSignatureInvalid, witness.name);
  }
  return Cosignature{witness, timestamp};
}

base::Result<OpenedCheckpoint> open_checkpoint(std::string_view note, LogPolicy const& policy) {
  QRPAY_TRY(OpenedNote opened, open_note(note, policy.log_keys));
  QRPAY_TRY(Checkpoint checkpoint, parse_checkpoint(opened.note.text));
  if (!policy.origin.empty() && checkpoint.origin != policy.origin) {
    return base::fail(base::Errc::kProofInvalid, "another origin");
  }
  OpenedCheckpoint result{std::move(checkpoint), std::move(opened.verified_by), {}};
  for (VerifierKey const& witness : policy.witnesses) {
    auto cosignature = verify_cosignature(opened.note, witness);
    if (cosignature) {
      // A key listed twice in the policy is still one witness.
      auto& found = result.cosignatures;
      if (std::find(found.begin(), found.end(), *cosignature) == found.end()) {
        found.push_back(std::move(cosignature).value());
      }
    } else if (cosignature.error().errc != base::Errc::kNoteUnverified) {
      return base::Unexpected(std::move(cosignature).error());
    }
  }
  if (result.cosignatures.size() < policy.witnesses_min) {
    return base::fail(base::Errc::kNoteUnverified, "too few witnesses");
  }
  return result;
}

}  // namespace qrpay::ledger
