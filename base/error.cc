#include "base/error.h"

namespace qrpay::base {

std::string_view errc_name(Errc errc) {
  switch (errc) {
    case Errc::kMalformed: return "malformed";
    case Errc::kInvalidField: return "invalid_field";
    case Errc::kUnknownField: return "unknown_field";
    case Errc::kDuplicateField: return "duplicate_field";
    case Errc::kMissingField: return "missing_field";
    case Errc::kTooLarge: return "too_large";
    case Errc::kUnauthenticated: return "unauthenticated";
    case Errc::kForbidden: return "forbidden";
    case Errc::kNotFound: return "not_found";
    case Errc::kMethodNotAllowed: return "method_not_allowed";
    case Errc::kIdReused: return "id_reused";
    case Errc::kRevisionMismatch: return "revision_mismatch";
    case Errc::kRevisionRequired: return "revision_required";
    case Errc::kNotPending: return "not_pending";
    case Errc::kCodeInUse: return "code_in_use";
    case Errc::kNotSupported: return "not_supported";
    case Errc::kAlreadyExists: return "already_exists";
    case Errc::kUnsupportedMedia: return "unsupported_media";
    case Errc::kUriTooLong: return "uri_too_long";
    case Errc::kHeaderTooLarge: return "header_too_large";
    case Errc::kTimeout: return "timeout";
    case Errc::kImportRefused: return "import_refused";
    case Errc::kOverloaded: return "overloaded";
    case Errc::kShuttingDown: return "shutting_down";
    case Errc::kRateLimited: return "rate_limited";
    case Errc::kDiskFull: return "disk_full";
    case Errc::kReadOnly: return "read_only";
    case Errc::kStoreUnknown: return "store_unknown";
    case Errc::kStoreRead: return "store_read";
    case Errc::kDataDirInUse: return "data_dir_in_use";
    case Errc::kDataDirMissing: return "data_dir_missing";
    case Errc::kDataDirNotEmpty: return "data_dir_not_empty";
    case Errc::kDataFormatNewer: return "data_format_newer";
    case Errc::kJournalCorrupt: return "journal_corrupt";
    case Errc::kJournalTruncated: return "journal_truncated";
    case Errc::kJournalForked: return "journal_forked";
    case Errc::kWrongVault: return "wrong_vault";
    case Errc::kWrongSecret: return "wrong_secret";
    case Errc::kVaultMissing: return "vault_missing";
    case Errc::kErased: return "erased";
    case Errc::kUnsealFailed: return "unseal_failed";
    case Errc::kClockBehind: return "clock_behind";
    case Errc::kWrongKey: return "wrong_key";
    case Errc::kArchiveDamaged: return "archive_damaged";
    case Errc::kBackupForeign: return "backup_foreign";
    case Errc::kDataFormatOlder: return "data_format_older";
    case Errc::kProofInvalid: return "proof_invalid";
    case Errc::kSignatureInvalid: return "signature_invalid";
    case Errc::kNoteMalformed: return "note_malformed";
    case Errc::kNoteUnverified: return "note_unverified";
    case Errc::kKeyUnsupported: return "key_unsupported";
    case Errc::kSplitView: return "split_view";
    case Errc::kWitnessRefused: return "witness_refused";
    case Errc::kQrInvalid: return "qr_invalid";
    case Errc::kQrTooLong: return "qr_too_long";
    case Errc::kImageMalformed: return "image_malformed";
    case Errc::kImageTooLarge: return "image_too_large";
    case Errc::kNoCodeFound: return "no_code_found";
    case Errc::kSeveralCodes: return "several_codes";
    case Errc::kUnsupportedSymbol: return "unsupported_symbol";
    case Errc::kGlyphMissing: return "glyph_missing";
    case Errc::kFontMissing: return "font_missing";
    case Errc::kIo: return "io";
    case Errc::kConfigInvalid: return "config_invalid";
    case Errc::kAddressInUse: return "address_in_use";
    case Errc::kCryptoFailed: return "crypto_failed";
    case Errc::kUsage: return "usage";
  }
  QRPAY_CHECK(false);  // a number outside the catalogue is a bug
}

std::string to_string(Error const& error) {
  std::string text = "QRPAY-" + std::to_string(static_cast<unsigned>(error.errc)) + " ";
  text += errc_name(error.errc);
  if (!error.detail.empty()) text += ": " + error.detail;
  return text;
}

}  // namespace qrpay::base
