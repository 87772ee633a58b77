// Checkpoints: a log's size and root as a signed note, and the cosignatures of witnesses on it.
//
//   origin
//   size, decimal
//   base64(root)
//   extension lines, discouraged
//
// All functions are pure. Source: c2sp.org/tlog-checkpoint and, for v1 cosignatures of Ed25519,
// c2sp.org/tlog-cosignature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "ledger/note.h"

namespace qrpay::ledger {

/// The three lines and what follows them, before anyone asked for the length of the root: the
/// syntax alone. Foreign logs may hash otherwise; ours never does.
struct CheckpointLines {
  std::string origin;
  std::uint64_t size = 0;
  std::string root;  ///< decoded bytes
  std::vector<std::string> extensions;
  friend bool operator==(CheckpointLines const&, CheckpointLines const&) = default;
};

/// The tree head of an RFC 6962 log.
struct Checkpoint {
  std::string origin;  ///< name of the log; ours is <name>/<shard>/<incarnation>
  std::uint64_t size = 0;
  base::Digest root{};
  std::vector<std::string> extensions;  ///< signed with the rest; we write none
  friend bool operator==(Checkpoint const&, Checkpoint const&) = default;
};

/// The signed text. Requires: origin and extensions are not empty and hold no newline.
[[nodiscard]] std::string format_checkpoint(Checkpoint const& checkpoint);

/// Errors: kNoteMalformed, fewer than three lines, an empty line, a size that is not plain decimal
///   of 64 bits, or a root that is not canonical base64.
[[nodiscard]] base::Result<CheckpointLines> parse_checkpoint_lines(std::string_view text);

/// parse_checkpoint_lines, then the root must have 32 bytes; format_checkpoint gives the same text.
/// Errors: kNoteMalformed.
[[nodiscard]] base::Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Signs: the whole note, ready to be served. The caller keeps the promise that makes it worth
/// something: no two checkpoints of one origin that are inconsistent.
/// Errors: kNoteMalformed, see sign_note.
[[nodiscard]] base::Result<std::string> sign_checkpoint(Checkpoint const& checkpoint,
                                                        std::span<NoteSigner const* const> signers);

/// One witness's statement: "at `timestamp` this was the largest consistent head I had seen".
struct Cosignature {
  VerifierKey witness;
  std::uint64_t timestamp = 0;  ///< unix seconds, below 2^63; 0 if the witness states no time
  friend bool operator==(Cosignature const&, Cosignature const&) = default;
};

/// What a witness signs: a header line, the time, and the checkpoint's text.
[[nodiscard]] std::string cosignature_message(std::uint64_t timestamp, std::string_view text);

/// Finds and verifies the line of `witness` under `note`. Does not look at the log's own signature.
/// Errors: kKeyUnsupported, `witness` is not of type kCosignature; kNoteUnverified, no line is this
///   witness's; kSignatureInvalid, it does not verify or is not a time and 64 bytes.
[[nodiscard]] base::Result<Cosignature> verify_cosignature(Note const& note,
                                                           VerifierKey const& witness);

/// Whom a reader believes. The spans are borrowed for the call.
struct LogPolicy {
  std::span<VerifierKey const> log_keys;      ///< one of them must have signed
  std::string_view origin = {};               ///< expected; empty accepts any origin of these keys
  std::span<VerifierKey const> witnesses = {};  ///< keys of type kCosignature
  std::size_t witnesses_min = 0;              ///< so many different ones must have cosigned
};

/// A checkpoint that met a policy.
struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::vector<VerifierKey> verified_by;   ///< log keys
  std::vector<Cosignature> cosignatures;  ///< of the policy's witnesses, in the policy's order
};

/// Parses, verifies the log's signature, then the witnesses'.
/// Errors: those of open_note; kNoteMalformed, the text is no checkpoint; kProofInvalid, another
///   origin; kSignatureInvalid, a known witness's line does not verify; kNoteUnverified, too few
///   witnesses.
[[nodiscard]] base::Result<OpenedCheckpoint> open_checkpoint(std::string_view note,
                                                             LogPolicy const& policy);

}  // namespace qrpay::ledger
