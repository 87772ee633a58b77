// What a log asks of a witness, and what a witness answers: c2sp.org/tlog-witness.
//
//   old N                        size of the last checkpoint the witness cosigned, 0 for none
//   base64(hash), one a line     RFC 6962 consistency proof from N to the checkpoint; none from 0
//   (empty line)
//   the checkpoint, verbatim
//
// All functions are pure. What a witness remembers is kept by ledger/witness_store.
// docs/formats/witness.md has the rules in one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "base/ids.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace qrpay::ledger {

/// C2SP: a client sends no more hashes; a tree that needs 64 has over 2^62 leaves.
inline constexpr std::size_t kWitnessProofHashesMax = 63;
/// The hashes, and a note as long as notes may be.
inline constexpr std::size_t kAddCheckpointBytesMax = kNoteBytesMax + 4 * 1024;
/// Of the answer 409, whose body is the size in decimal and a newline.
inline constexpr std::string_view kLogSizeContentType = "text/x.tlog.size";

/// A request as read; nothing is verified.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<base::Digest> proof;
  std::string checkpoint;  ///< the signed note, byte for byte
  friend bool operator==(AddCheckpoint const&, AddCheckpoint const&) = default;
};

/// Writes what parse_add_checkpoint reads. Requires: at most 63 hashes, a note.
[[nodiscard]] std::string format_add_checkpoint(AddCheckpoint const& request);

/// Reads a request without verifying it; format_add_checkpoint gives the same bytes back. The note
/// inside is checked for its form.
/// Errors: kNoteMalformed, `detail` says which line; also when over a limit.
[[nodiscard]] base::Result<AddCheckpoint> parse_add_checkpoint(std::string_view text);

/// The newest tree of a log that a witness has cosigned; size 0 before the first.
struct WitnessHead {
  std::uint64_t size = 0;
  base::Digest root{};
  friend bool operator==(WitnessHead const&, WitnessHead const&) = default;
};

/// How C2SP's answers are numbered.
enum class WitnessStatus : int {
  kCosigned = 200,
  kMalformed = 400,   ///< no request, or an old size above the checkpoint's
  kUnknownKey = 403,  ///< no key that is trusted for this origin signed it
  kUnknownLog = 404,
  kConflict = 409,  ///< the old size is not that of the head, or one size has two roots
  kBadProof = 422,  ///< the log was not only appended to
};

/// What a witness that remembers `head` must do about a request.
struct WitnessVerdict {
  WitnessStatus status = WitnessStatus::kMalformed;
  WitnessHead next;          ///< with kCosigned: to be durable before the cosignature leaves
  bool proves_fork = false;  ///< the log itself signed what does not fit `head`: keep the request
};

/// Judges a request whose note's text is `checkpoint`. `log_keys` are those trusted for its origin.
/// Cost: one Ed25519 verification per known line and at most 64 hashes.
[[nodiscard]] WitnessVerdict judge_add_checkpoint(AddCheckpoint const& request,
                                                  std::span<VerifierKey const> log_keys,
                                                  WitnessHead const& head);

/// A witness's private key. Threads: cosign() may run concurrently.
class CosignatureSigner {
 public:
  /// `seed` is the 32-byte Ed25519 private key. Errors: kNoteMalformed, see make_verifier_key.
  [[nodiscard]] static base::Result<CosignatureSigner> make(std::string name,
                                                            base::Secret const& seed);
  /// Of type kCosignature.
  [[nodiscard]] VerifierKey const& verifier_key() const { return key_; }
  /// "At `timestamp` (unix seconds, below 2^63) this was the largest consistent head I had seen."
  /// `text` is a checkpoint's, without signatures. Deterministic.
  [[nodiscard]] NoteSignature cosign(std::string_view text, std::uint64_t timestamp) const;

 private:
  CosignatureSigner(base::Ed25519Signer signer, VerifierKey key);

  base::Ed25519Signer signer_;
  VerifierKey key_;
};

/// Signature lines as they follow a note's text: the body of a 200.
[[nodiscard]] std::string format_signature_lines(std::span<NoteSignature const> signatures);

/// Reads the body of a 200 to a request for `checkpoint` (a signed note).
/// Returns the line of `witness`; lines of others are passed over.
/// Errors: kNoteMalformed; kNoteUnverified, no line is this witness's; kSignatureInvalid.
[[nodiscard]] base::Result<NoteSignature> read_cosignature(std::string_view body,
                                                           std::string_view checkpoint,
                                                           VerifierKey const& witness);

/// The text and the log's own lines of a note, followed by `cosignatures`: what is served.
/// Lines of one key appear once, the newest. Errors: kNoteMalformed.
[[nodiscard]] base::Result<std::string> with_cosignatures(
    std::string_view note, std::span<NoteSignature const> cosignatures);

}  // namespace qrpay::ledger
