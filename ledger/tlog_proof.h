// Offline receipts in text: an inclusion proof and the checkpoint it leads to, in one file.
//
//   c2sp.org/tlog-proof@v1
//   extra base64(bytes)          optional; not signed, so never trusted by itself
//   index N
//   base64(hash), one a line     from the leaf's sibling upwards
//   (empty line)
//   the checkpoint, verbatim
//
// It proves "recorded in the tree of this size", not "never reversed since". All functions are
// pure. Source: c2sp.org/tlog-proof.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace qrpay::ledger {

/// Decoded. Holds the opening of a record's personal sections, which are at most 16 KiB together,
/// with salts and digests.
inline constexpr std::size_t kProofExtraBytesMax = 32 * 1024;
/// Room for the longest extra line, 64 hashes and the longest note.
inline constexpr std::size_t kProofBytesMax = 128 * 1024;

/// A proof as read; nothing is verified.
struct TlogProof {
  std::uint64_t index = 0;           ///< of the leaf, from 0; our sequence - 1
  std::vector<base::Digest> hashes;  ///< at most kProofHashesMax
  std::string extra;                 ///< decoded bytes; empty means no extra line
  std::string checkpoint;            ///< the signed note, byte for byte
  friend bool operator==(TlogProof const&, TlogProof const&) = default;
};

/// Does this text claim to be one? Only the first line is looked at.
[[nodiscard]] bool is_tlog_proof(std::string_view text);

/// Writes what parse_tlog_proof reads. Requires: within the limits above.
[[nodiscard]] std::string format_tlog_proof(TlogProof const& proof);

/// Reads a proof without verifying it; format_tlog_proof gives the same bytes back. The note inside
/// is checked for its form.
/// Errors: kNoteMalformed, `detail` says which line; also when over a limit.
[[nodiscard]] base::Result<TlogProof> parse_tlog_proof(std::string_view text);

/// What a valid proof says about an entry.
struct ProvenEntry {
  std::uint64_t index = 0;
  OpenedCheckpoint checkpoint;
  std::string extra;  ///< still not proven: check it against the entry's commitment
};

/// Checks that `entry` (the bytes of a canonical record) is in the log of `policy`.
/// Errors: those of parse_tlog_proof and open_checkpoint; kProofInvalid, the hashes do not lead
///   from this entry to the signed root.
[[nodiscard]] base::Result<ProvenEntry> verify_tlog_proof(base::ByteView entry,
                                                          std::string_view text,
                                                          LogPolicy const& policy);

}  // namespace qrpay::ledger
