// Receipts small enough for one QR code: the leaf, its path, and one signature, in binary.
//
// docs/formats/receipt.md, byte by byte. The root is not in it: it follows from leaf and path, and
// the signature is over the checkpoint that this root makes. Like every receipt it proves that the
// record was in the log at that size; never that nothing undid it since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/log.h"
#include "ledger/receipt.h"
#include "ledger/signer.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

/// Longer texts of section 0 are left out of a compact receipt; the text form has no such limit.
inline constexpr std::size_t kCompactTextBytesMax = 140;
/// A policy that needs more witnesses uses the text form.
inline constexpr std::size_t kCompactCosignaturesMax = 16;
/// A leaf, 64 hashes and all the rest at their longest.
inline constexpr std::size_t kCompactReceiptBytesMax = 72 * 1024;

/// A compact receipt as read; nothing is verified.
struct CompactReceipt {
  struct Signature {
    std::uint32_t key_id = 0;
    base::Ed25519Signature signature{};
    friend bool operator==(Signature const&, Signature const&) = default;
  };
  struct Cosigned {
    std::uint32_t key_id = 0;
    std::uint64_t timestamp = 0;
    base::Ed25519Signature signature{};
    friend bool operator==(Cosigned const&, Cosigned const&) = default;
  };
  struct Opening {
    Digest salt{};
    std::string text;  ///< of section 0
    friend bool operator==(Opening const&, Opening const&) = default;
  };
  std::uint64_t size = 0;  ///< of the checkpoint
  Signature log;
  std::vector<Cosigned> witnesses;
  std::vector<Digest> hashes;  ///< from the leaf's sibling upwards
  std::string leaf;
  std::optional<Opening> opening;
  std::vector<Digest> digests;  ///< of the sections that are not opened, ascending
  friend bool operator==(CompactReceipt const&, CompactReceipt const&) = default;
};

/// Writes what parse_compact_receipt reads. Requires: within the format's limits.
[[nodiscard]] std::string format_compact_receipt(CompactReceipt const& receipt);
/// format_compact_receipt gives the same bytes back. Errors: kMalformed, `detail` says where.
[[nodiscard]] base::Result<CompactReceipt> parse_compact_receipt(base::ByteView bytes);
/// Do these bytes claim to be one?
[[nodiscard]] bool is_compact_receipt(std::string_view bytes);

/// The receipt as text for a QR code: "QRC1:" and Base45 (RFC 9285), which symbols hold at 5.5 bits
/// a character and every scanner returns unharmed, where raw bytes are guessed to be some text.
[[nodiscard]] std::string compact_receipt_text(std::string_view bytes);
/// Errors: kMalformed.
[[nodiscard]] base::Result<std::string> parse_compact_receipt_text(std::string_view text);
[[nodiscard]] bool is_compact_receipt_text(std::string_view text);

/// `checkpoint` = a signed note over at least `sequence` records of `log`; its log signatures come
/// first. Cosignatures in it by type 0x04 keys of `witnesses` are taken along.
/// Errors: as make_receipt().
[[nodiscard]] base::Result<std::string> make_compact_receipt(
    Log const& log, VaultCursor& cursor, Sequence sequence, std::string const& checkpoint,
    std::span<VerifierKey const> witnesses = {});

/// Checks everything offline, as verify_receipt() does. `policy.origin` empty means: the name of
/// the key that signed.
/// Errors: kMalformed; kNoteUnverified, signed by no key of the policy or by too few witnesses;
///   kSignatureInvalid, also when the path is not this leaf's; kProofInvalid.
[[nodiscard]] base::Result<Receipt> verify_compact_receipt(base::ByteView bytes,
                                                           LogPolicy const& policy);

}  // namespace qrpay::ledger
