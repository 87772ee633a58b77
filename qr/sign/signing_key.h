// Keys that sign codes and key lists. Pure.
//
// A private key lies in a secret file of base/files.h: 64 hexadecimal digits. A public key is one
// line, "qrpay-code-1+<key id>+<base64>"; docs/formats/key_list.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/error.h"
#include "base/ids.h"

namespace qrpay::qr::sign {

/// What a key may sign. A key of one role never verifies the other's signatures.
enum class KeyRole : std::uint8_t {
  kCode = 1,  ///< an operator's: signs payloads
  kRoot = 2,  ///< signs the list of operators' keys
};

/// A public key. Made by make_public_key or parse_public_key: then `id` fits and the key is sound.
struct PublicKey {
  KeyRole role = KeyRole::kCode;
  std::string id;  ///< 8 characters of Crockford's base 32: a label, not a proof of anything
  base::Ed25519PublicKey bytes{};
  friend bool operator==(PublicKey const&, PublicKey const&) = default;
};

/// The first 40 bits of SHA-256(role name, newline, key).
[[nodiscard]] std::string key_id(KeyRole role, base::Ed25519PublicKey const& key);

/// Errors: kInvalidField, a point of small order: under it anybody's signature can be made to fit.
[[nodiscard]] base::Result<PublicKey> make_public_key(KeyRole role,
                                                      base::Ed25519PublicKey const& key);

/// "qrpay-code-1+8KQ2V07D+<base64>" or "qrpay-root-1+...", without a newline.
[[nodiscard]] std::string format_public_key(PublicKey const& key);

/// Reads exactly what format_public_key writes, of either role.
/// Errors: kMalformed; kKeyUnsupported, another kind or version; kWrongKey, the id is not this
///   key's; kInvalidField, see make_public_key.
[[nodiscard]] base::Result<PublicKey> parse_public_key(std::string_view text);

/// A private key. Threads: sign() may run concurrently. Moves, never copies.
class SigningKey {
 public:
  /// `seed` is the 32-byte Ed25519 private key, drawn from base::Entropy.
  SigningKey(KeyRole role, base::Secret const& seed);

  [[nodiscard]] PublicKey const& public_key() const { return public_key_; }

  /// Deterministic, as RFC 8032 is. The caller's message begins with its own domain.
  [[nodiscard]] base::Ed25519Signature sign(std::string_view message) const;

 private:
  base::Ed25519Signer signer_;
  PublicKey public_key_;
};

}  // namespace qrpay::qr::sign
