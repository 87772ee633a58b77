// Codes that carry a signature: an operator vouches for every character of a payload, so that a
// payer's app or an inspector can check it offline. Pure: the time is passed in.
//
// Two unreserved templates (EMVCo 80-99) hold it; every other reader passes over them. Byte by byte
// in docs/formats/signed_code.md. Nothing signs by itself: a code is signed when asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time_text.h"
#include "base/world.h"
#include "qr/payload.h"
#include "qr/sign/key_list.h"
#include "qr/sign/signing_key.h"

namespace qrpay::qr::sign {

/// 00 of both templates. Assigned by nobody but us: EMVCo asks for a reverse domain.
inline constexpr std::string_view kSignedCodeGuid = "vn.qrpay";

/// The payload with its signature, in canonical order; read_payload() accepts it without a fault
/// and finds the same fields, and two more of `unreserved`. Adds 162 characters. The last day of
/// validity is the whole of `valid_until` at +07:00. Deterministic. Cost: one Ed25519 signature.
/// Requires: `key` is of KeyRole::kCode.
/// Errors: kQrInvalid, strict reading refuses the payload, so nobody should vouch for it;
///   kNotSupported, not a VietQR; kAlreadyExists, something of a signature is in it;
///   kInvalidField, the day is before 1970 or after 2199, or fewer than two tags of 84-99 are
///   free; kTooLarge, over 512 characters with the signature.
[[nodiscard]] base::Result<std::string> sign_payload(std::string_view payload,
                                                     SigningKey const& key, base::Day valid_until);

/// What became of the question "who vouches for this code?". Numbers are stable. The first that
/// holds, in the order kMalformed, kUnsigned, kUnknownKey, kBadSignature, kRevoked, kNotYetValid,
/// kExpired, kValid: so kExpired says that the signature was right.
enum class SignatureStatus : std::uint8_t {
  kUnsigned = 1,      ///< reads, and has nothing of ours: most codes of the country
  kValid = 2,         ///< every character is what the operator signed
  kExpired = 3,       ///< after the code's or the key's last day
  kRevoked = 4,       ///< the key was revoked, whenever this was signed
  kUnknownKey = 5,    ///< the list has no such key: get a newer list, or distrust
  kNotYetValid = 6,   ///< before the key's first day
  kBadSignature = 7,  ///< something was changed, or it was never signed by that key
  kMalformed = 8,     ///< not readable, or a signature that is not whole
};

/// Lower-case name, e.g. "unknown_key". Stable.
[[nodiscard]] std::string_view signature_status_name(SignatureStatus status);

/// Who, until when, for what. Only kValid lets anything here be believed; for the others it helps
/// to say what was claimed.
struct Verification {
  SignatureStatus status = SignatureStatus::kMalformed;
  std::string_view why;       ///< of kMalformed: static words; else empty
  std::string key_id;         ///< empty for kUnsigned and kMalformed
  std::string operator_name;  ///< empty unless the key is known
  /// Last day, at +07:00: the earlier of the code's and, once it is known, the key's.
  std::optional<base::Day> valid_until;
  std::optional<Revocation> revocation;  ///< of kRevoked
  /// The list is past its own day: a revocation may be missing. Never changes the status, since a
  /// village without a network must still be able to check.
  bool key_list_stale = false;
  /// For which account, amount and note: what read_payload() said. Views into the text verified;
  /// empty when it does not read.
  QrPayload payload;
};

/// Checks any bytes against an opened list. Never fails. Outer white space and a lower-case CRC are
/// no part of what is signed and do not matter; every other fault of a signed code does.
/// Cost: reading, and one Ed25519 verification when the key is known.
[[nodiscard]] Verification verify_signed(std::string_view text, KeyList const& keys,
                                         base::WallTime now);

}  // namespace qrpay::qr::sign
