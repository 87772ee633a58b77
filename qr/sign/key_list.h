// The public list of the keys that sign codes: who, from when, until when, and what was revoked.
// Signed by a root key, so that it can travel over any channel. Pure.
//
// Text, byte by byte in docs/formats/key_list.md. A list is trusted only when it comes out of
// open_key_list().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "base/time_text.h"
#include "qr/sign/signing_key.h"

namespace qrpay::qr::sign {

inline constexpr std::size_t kKeyListBytesMax = 1024 * 1024;  ///< 1,000 keys, all revoked: 0.7 MB
inline constexpr std::size_t kKeyListKeysMax = 1'000;         ///< every bank and province, twice
inline constexpr std::size_t kKeyListSignaturesMax = 8;       ///< two while a root is replaced
inline constexpr std::size_t kOperatorNameCharactersMax = 64;
inline constexpr std::size_t kRevocationReasonCharactersMax = 64;

/// A key that must not be believed any more, whatever day it is: who holds a stolen key writes any
/// date into what it signs.
struct Revocation {
  base::Day on;        ///< for people
  std::string reason;  ///< for people; like KeyEntry::operator_name
  friend bool operator==(Revocation const&, Revocation const&) = default;
};

/// All days are whole days at +07:00, both ends within.
struct KeyEntry {
  PublicKey key;  ///< of KeyRole::kCode
  base::Day valid_from;
  base::Day valid_until;      ///< nothing it signed is valid later
  std::string operator_name;  ///< 1-64 characters, NFC, no control characters or outer blanks
  std::optional<Revocation> revoked;
  friend bool operator==(KeyEntry const&, KeyEntry const&) = default;
};

struct KeyList {
  std::uint64_t serial = 0;  ///< from 1; the higher one wins
  base::Day issued;
  base::Day until;             ///< the issuer promises a newer list by then
  std::vector<KeyEntry> keys;  ///< rising by id, each id once

  /// nullptr when the list has no such key. Requires: in order, as any list that was read is.
  [[nodiscard]] KeyEntry const* find(std::string_view id) const;
  friend bool operator==(KeyList const&, KeyList const&) = default;
};

/// Who signed a list. `signature` is over the text before the first signature line.
struct ListSignature {
  std::string root_id;
  base::Ed25519Signature signature{};
  friend bool operator==(ListSignature const&, ListSignature const&) = default;
};

/// A list as read; nothing is verified.
struct SignedKeyList {
  KeyList list;
  std::vector<ListSignature> signatures;  ///< at least one, each root once
  friend bool operator==(SignedKeyList const&, SignedKeyList const&) = default;
};

/// Writes what parse_key_list reads. Requires: `signed_list` came from parse_key_list.
[[nodiscard]] std::string format_key_list(SignedKeyList const& signed_list);

/// Reads a list without verifying it; format_key_list gives the same bytes back. Linear time.
/// Errors, `detail` names the line where there is one and holds nothing of it: kTooLarge, over a
///   limit; kKeyUnsupported, another version; kDuplicateField, a key or a root twice; kWrongKey,
///   an id that is not its key's; kInvalidField, a name, a period or a key that cannot be;
///   kMalformed, everything else.
[[nodiscard]] base::Result<SignedKeyList> parse_key_list(std::string_view bytes);

/// Parses and verifies: one known root that signed is enough, lines of unknown roots are passed
/// over. Cost: one Ed25519 verification per line of a known root, at most 8.
/// Errors: those of parse_key_list; kSignatureInvalid, the line of a known root does not verify;
///   kNoteUnverified, no line is of a known root.
[[nodiscard]] base::Result<KeyList> open_key_list(std::string_view bytes,
                                                  std::span<PublicKey const> roots);

/// The text of `list`, its keys put in order, with one signature line per root, in their order.
/// Requires: `roots` are of KeyRole::kRoot.
/// Errors: those of parse_key_list: nothing is handed out that a reader would refuse.
[[nodiscard]] base::Result<std::string> sign_key_list(KeyList list,
                                                      std::span<SigningKey const* const> roots);

enum class Succession : std::uint8_t {
  kNewer = 1,     ///< take it
  kSame = 2,      ///< nothing to do
  kOlder = 3,     ///< keep what you have: an old list hides revocations
  kConflict = 4,  ///< the same serial says two things: the issuer must be asked
};

/// What to do with `candidate` by whoever holds `held`. Both opened.
[[nodiscard]] Succession compare_key_lists(KeyList const& candidate, KeyList const& held);

}  // namespace qrpay::qr::sign
