#include "ledger/receipt.h"

#include <algorithm>

#include "ledger/tlog_proof.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Fields of the extra line.
constexpr std::uint16_t kLeaf = 1;
constexpr std::uint16_t kDigests = 3;  // of all sections, ascending
constexpr std::uint16_t kSalt = 5;     // of section 0
constexpr std::uint16_t kText = 7;     // of section 0

}  // namespace

Result<std::string> make_receipt(Log const& log, VaultCursor& cursor, Sequence sequence,
                                 std::string const& checkpoint) {
  QRPAY_TRY(Note const note, parse_note(checkpoint));
  QRPAY_TRY(Checkpoint const head, parse_checkpoint(note.text));
  QRPAY_TRY(StoredRecord const stored, log.read(sequence));
  QRPAY_TRY(InclusionProof inclusion, log.inclusion(sequence, head.size));
  TlogProof proof;
  proof.index = sequence.value() - 1;
  proof.hashes = std::move(inclusion.hashes);
  proof.checkpoint = checkpoint;
  TlvWriter extra(proof.extra);
  extra.text(kLeaf, stored.leaf);
  std::string digests;
  for (auto const& section : stored.side) digests += base::as_text(section.digest);
  extra.text_if(kDigests, digests);
  if (!stored.side.empty() && stored.side.front().number == kSectionCaller) {
    auto const text = cursor.open(sequence, stored.side.front());
    auto const keys = cursor.find_keys(sequence, kSectionCaller);
    if (text && keys) {
      extra.bytes(kSalt, keys->salt);
      extra.text(kText, *text);
    } else if (!text && text.error().errc != Errc::kVaultMissing &&
               text.error().errc != Errc::kErased) {
      return base::Unexpected(text.error());
    }
  }
  return format_tlog_proof(proof);
}

Result<Receipt> verify_receipt(std::string_view text, std::span<VerifierKey const> log_keys) {
  return verify_receipt(text, LogPolicy{.log_keys = log_keys});
}

Result<Receipt> verify_receipt(std::string_view text, LogPolicy const& policy) {
  QRPAY_TRY(TlogProof const proof, parse_tlog_proof(text));
  QRPAY_TRY_VOID(check_tlv(proof.extra));
  TlvReader const extra(proof.extra);
  auto const leaf = base::as_bytes(extra.text(kLeaf));
  QRPAY_TRY(Record record, decode_record(leaf));
  if (record.sequence.value() != proof.index + 1)
    return fail(Errc::kProofInvalid, "the leaf has another sequence than the proof");
  QRPAY_TRY(ProvenEntry const proven, verify_tlog_proof(leaf, text, policy));
  // Our origin is the key's name; a checkpoint of another origin is another log's.
  auto const& signers = proven.checkpoint.verified_by;
  auto const is_name = [&](VerifierKey const& key) {
    return key.name == proven.checkpoint.checkpoint.origin;
  };
  if (std::none_of(signers.begin(), signers.end(), is_name))
    return fail(Errc::kProofInvalid, "another origin");

  Receipt receipt;
  std::vector<Digest> digests;
  base::ByteReader reader(base::as_bytes(extra.text(kDigests)));
  while (!reader.at_end() && reader.ok()) digests.push_back(reader.array<32>());
  if (!reader.ok() || commitment_of(digests) != record.commitment)
    return fail(Errc::kProofInvalid, "the digests are not what the leaf commits to");
  // Half an opening would be read as none, and what it says shown to nobody.
  auto const salt = extra.array<32>(kSalt);
  if (extra.find(kSalt).has_value() != salt.has_value() ||
      extra.find(kText).has_value() != salt.has_value())
    return fail(Errc::kProofInvalid, "the opening of section 0 is not whole");
  if (salt) {
    receipt.section0 = extra.text(kText);
    Section const section{kSectionCaller, receipt.section0};
    if (digests.empty() || section_digest(*salt, section) != digests.front())
      return fail(Errc::kProofInvalid, "section 0 is not what the leaf commits to");
  }
  receipt.record = std::move(record);
  receipt.checkpoint = proven.checkpoint.checkpoint;
  receipt.cosignatures = proven.checkpoint.cosignatures;
  return receipt;
}

}  // namespace qrpay::ledger
