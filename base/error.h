// The numbered catalogue of everything that can go wrong outside the rules of money.
//
// A business "no" (insufficient funds, a paid order paid again) is an engine::Outcome, not an Errc.
// Numbers are stable: shown to people as QRPAY-nnnn, used in scripts, never reused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace qrpay::base {

enum class Errc : std::uint16_t {
  // 1000: what a caller sent.
  kMalformed = 1001,        ///< not of the announced syntax (JSON, TLV, number, date)
  kInvalidField = 1002,     ///< right syntax, value not allowed; `detail` starts with the pointer
  kUnknownField = 1003,     ///< a member nobody defined
  kDuplicateField = 1004,   ///< a member twice
  kMissingField = 1005,     ///< a required member is absent
  kTooLarge = 1006,         ///< over a stated limit
  kUnauthenticated = 1007,  ///< no key, a wrong key, or a wrong signature; never says which
  kForbidden = 1008,        ///< the key may not do this
  kNotFound = 1009,         ///< no such thing
  kMethodNotAllowed = 1010,
  kIdReused = 1011,          ///< the id belongs to an earlier command with another body
  kRevisionMismatch = 1012,  ///< If-Match names another revision
  kRevisionRequired = 1013,  ///< If-Match is missing
  kNotPending = 1014,        ///< the order's state does not allow this
  kCodeInUse = 1015,         ///< the code is open or past on this account
  kNotSupported = 1016,      ///< a defined feature that this release does not do
  kAlreadyExists = 1017,     ///< the account number, code or key is registered under another id
  kUnsupportedMedia = 1018,  ///< Content-Type is not the one this resource reads
  kUriTooLong = 1019,
  kHeaderTooLarge = 1020,
  kTimeout = 1021,        ///< the request did not arrive within its deadline
  kImportRefused = 1022,  ///< a line of an import; `detail` names line and column

  // 2000: the engine cannot take it now; nothing was written.
  kOverloaded = 2001,  ///< the inbox is full
  kShuttingDown = 2002,
  kRateLimited = 2003,  ///< the key's own limit
  kDiskFull = 2004,     ///< under the admission headroom
  kReadOnly = 2005,     ///< the vault or a secret is missing

  // 3000: storage.
  kStoreUnknown = 3001,      ///< the write or sync failed: the bytes may or may not survive
  kStoreRead = 3002,         ///< a read failed
  kDataDirInUse = 3003,      ///< another process holds the directory
  kDataDirMissing = 3004,    ///< no data directory there
  kDataDirNotEmpty = 3005,   ///< init refuses to touch what it did not make
  kDataFormatNewer = 3006,   ///< written by a newer qrpay
  kJournalCorrupt = 3007,    ///< a block or record does not check; `detail` names the sequence
  kJournalTruncated = 3008,  ///< the journal ends before a mark that was made durable
  kJournalForked = 3009,     ///< the root at a signed size is not the signed root
  kWrongVault = 3010,        ///< the vault's check value is not the one in Genesis
  kWrongSecret = 3011,       ///< the dedupe secret's check value is not the one in Genesis
  kVaultMissing = 3012,
  kErased = 3013,           ///< the section was erased
  kUnsealFailed = 3014,     ///< ciphertext does not open: damaged or foreign
  kClockBehind = 3015,      ///< wall clock is before the last stamp by more than 5 s
  kWrongKey = 3016,         ///< log key or key file is not the one the ledger names
  kArchiveDamaged = 3017,   ///< a file of the archive or of a backup; `detail` names it
  kBackupForeign = 3018,    ///< a backup of another ledger, or of another incarnation
  kDataFormatOlder = 3019,  ///< `qrpay ledger upgrade` makes it one that is served

  // 4000: proofs.
  kProofInvalid = 4001,  ///< inclusion or consistency does not lead to the root
  kSignatureInvalid = 4002,
  kNoteMalformed = 4003,
  kNoteUnverified = 4004,  ///< no known key signed
  kKeyUnsupported = 4005,  ///< a key type we do not know
  kSplitView = 4006,       ///< two roots for one size, or a history that was not appended to
  kWitnessRefused = 4007,  ///< a witness did not cosign; `detail` says which and why

  // 5000: QR codes and pictures.
  kQrInvalid = 5001,  ///< the payload is refused; the report lists the numbered faults
  kQrTooLong = 5002,  ///< no symbol of that level holds the payload
  kImageMalformed = 5003,
  kImageTooLarge = 5004,  ///< more pixels than the limit
  kNoCodeFound = 5005,
  kSeveralCodes = 5006,       ///< several different codes in one picture
  kUnsupportedSymbol = 5007,  ///< a Micro QR or rMQR symbol: VietQR is neither
  kGlyphMissing = 5008,       ///< the font has no glyph for a character of the text
  kFontMissing = 5009,        ///< the font itself is not installed

  // 6000: the host.
  kIo = 6001,
  kConfigInvalid = 6002,
  kAddressInUse = 6003,
  kCryptoFailed = 6004,
  kUsage = 6005,
};

/// Lower-case name used in problem types and logs, e.g. "id_reused".
[[nodiscard]] std::string_view errc_name(Errc errc);

/// An error and the words that locate it. `detail` never holds secrets, bodies or personal data.
struct Error {
  Errc errc;
  std::string detail;
  friend bool operator==(Error const&, Error const&) = default;
};

template <class T>
using Result = Expected<T, Error>;

[[nodiscard]] inline Unexpected<Error> fail(Errc errc, std::string detail = {}) {
  return Unexpected<Error>(Error{errc, std::move(detail)});
}

/// "QRPAY-3007 journal_corrupt: sequence 12".
[[nodiscard]] std::string to_string(Error const& error);

}  // namespace qrpay::base
