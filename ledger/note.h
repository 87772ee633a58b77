// Signed notes: a text, an empty line, and lines that sign the text, each naming its key:
//
//   U+2014 SP key-name SP base64(4-byte key id, signature)
//
// All functions are pure and bounded by the limits below. A text is trusted only when it comes out
// of open_note(). Source: c2sp.org/signed-note.
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

namespace qrpay::ledger {

inline constexpr std::size_t kNoteBytesMax = 64 * 1024;     ///< 100 Ed25519 lines are 16 KiB
inline constexpr std::size_t kNoteSignaturesMax = 100;      ///< C2SP asks for at least 16
inline constexpr std::size_t kNoteLineBytesMax = 8 * 1024;  ///< C2SP: a signature is nearly 5 kB
inline constexpr std::size_t kKeyNameBytesMax = 255;        ///< C2SP cosignatures: one length byte

/// The byte that goes into a key's id and vkey. Assigned by c2sp.org/signed-note.
enum class SignatureType : std::uint8_t {
  kEd25519 = 0x01,      ///< over the note's text
  kCosignature = 0x04,  ///< Ed25519 of a witness over a time and a checkpoint (checkpoint.h)
};

/// A public key and its name. Make it with make_verifier_key or parse_vkey: then `key_id` fits.
struct VerifierKey {
  std::string name;
  std::uint32_t key_id = 0;
  SignatureType type = SignatureType::kEd25519;
  base::Ed25519PublicKey public_key{};
  friend bool operator==(VerifierKey const&, VerifierKey const&) = default;
};

/// The id is the first four bytes of SHA-256(name, newline, type, public key), big-endian: a short
/// label, not a proof of anything.
/// Errors: kNoteMalformed, the name is empty, over 255 bytes, not UTF-8, or holds a space, a plus
///   sign or a control character.
[[nodiscard]] base::Result<VerifierKey> make_verifier_key(std::string name, SignatureType type,
                                                          base::Ed25519PublicKey const& key);

/// "name+id+base64(type, public key)", the id as 8 lower-case hexadecimal digits.
[[nodiscard]] std::string format_vkey(VerifierKey const& key);

/// Reads exactly what format_vkey writes.
/// Errors: kKeyUnsupported, a type other than the two above; kNoteMalformed, bad syntax or an id
///   that is not this key's.
[[nodiscard]] base::Result<VerifierKey> parse_vkey(std::string_view vkey);

/// One signature line. `signature` is what follows the key id, at least one byte.
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string signature;
  friend bool operator==(NoteSignature const&, NoteSignature const&) = default;
};

/// A note as read; nothing is verified. `text` ends in a newline.
struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;
  friend bool operator==(Note const&, Note const&) = default;
};

/// Writes what parse_note reads. Requires: `note` came from parse_note or sign_note.
[[nodiscard]] std::string format_note(Note const& note);

/// Reads a note without verifying it; format_note gives the same bytes back.
/// Errors: kNoteMalformed, `detail` says which rule: over a limit, not UTF-8, a control character
///   other than newline, no signature, a bad signature line.
[[nodiscard]] base::Result<Note> parse_note(std::string_view bytes);

/// True when the line names this key: both the name and the id. Says nothing about the signature.
[[nodiscard]] bool is_signed_as(NoteSignature const& signature, VerifierKey const& key);

/// A note of which at least one known key signed the text.
struct OpenedNote {
  Note note;
  std::vector<VerifierKey> verified_by;  ///< in the order of the lines, each once
};

/// Parses and verifies. Only keys of type kEd25519 count: a witness cannot stand in for the log, so
/// a cosignature key among `known` is treated like an unknown one. Cost: one Ed25519 verification
/// per line of a known key, at most 100.
/// Errors: those of parse_note; kSignatureInvalid, a line of a known key does not verify;
///   kNoteUnverified, no line is of a known key.
[[nodiscard]] base::Result<OpenedNote> open_note(std::string_view bytes,
                                                 std::span<VerifierKey const> known);

/// A private key with the name it signs under. Threads: sign() may run concurrently.
class NoteSigner {
 public:
  /// `seed` is the 32-byte Ed25519 private key. Errors: kNoteMalformed, see make_verifier_key.
  [[nodiscard]] static base::Result<NoteSigner> make(std::string name, base::Secret const& seed);

  [[nodiscard]] VerifierKey const& verifier_key() const { return key_; }

  /// Deterministic, as RFC 8032 is. Requires: `text` is one that parse_note would accept.
  [[nodiscard]] NoteSignature sign(std::string_view text) const;

 private:
  NoteSigner(base::Ed25519Signer signer, VerifierKey key);

  base::Ed25519Signer signer_;
  VerifierKey key_;
};

/// A note with one signature per signer, in their order (two while a log key is being rotated).
/// Errors: kNoteMalformed, the result is not a note: the text does not end in a newline or breaks a
///   rule of parse_note, or there is no signer or more than 100.
[[nodiscard]] base::Result<Note> sign_note(std::string_view text,
                                           std::span<NoteSigner const* const> signers);

}  // namespace qrpay::ledger
