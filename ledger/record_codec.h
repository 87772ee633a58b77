// Record <-> bytes (docs/formats/record.md), the commitment, and the side record as it lies on
// disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ledger/record.h"

namespace qrpay::ledger {

inline constexpr std::uint8_t kRecordFormat = 1;
inline constexpr std::size_t kRecordHeaderBytes = 112;
inline constexpr std::size_t kPostingBytes = 28;

/// Appends the canonical bytes. Requires: at most kMoneyTagsMax tags, kPostingsMax postings, a body
/// that leaves the whole within kRecordBytesMax.
void encode_record(Record const& record, std::string& out);

/// Errors: kMalformed with the offset: unknown format, wrong length, a posting of 0, an unknown
/// layer, a body that is not TLV. Unknown kinds, outcomes and legs are not errors: they still fold.
[[nodiscard]] base::Result<Record> decode_record(base::ByteView bytes);

/// The sequence of encoded bytes without decoding them. Requires: kRecordHeaderBytes or more.
[[nodiscard]] Sequence peek_sequence(base::ByteView bytes);

/// A section as stored: digest in the clear, text sealed under a key of its own.
struct SealedSection {
  std::uint8_t number = 0;
  Digest digest{};
  std::string sealed;  ///< AES-256-GCM, tag included
  friend bool operator==(SealedSection const&, SealedSection const&) = default;
};
using SideRecord = std::vector<SealedSection>;

/// SHA-256(salt || number || text).
[[nodiscard]] Digest section_digest(base::Bytes32 const& salt, Section const& section);
/// SHA-256(count || digests, ascending by number). An empty side record commits to one zero byte.
[[nodiscard]] Digest commitment_of(std::vector<Digest> const& digests);

/// Nothing at all for an empty side record.
void encode_side(SideRecord const& side, std::string& out);
/// Errors: kMalformed.
[[nodiscard]] base::Result<SideRecord> decode_side(base::ByteView bytes);

}  // namespace qrpay::ledger
