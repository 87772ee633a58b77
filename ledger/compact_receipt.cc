#include "ledger/compact_receipt.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kMagic = "QRC\x01";
constexpr std::string_view kTextPrefix = "QRC1:";
constexpr std::uint8_t kClosed = 0;
constexpr std::uint8_t kOpened = 1;
constexpr std::size_t kSignatureBytes = std::tuple_size_v<base::Ed25519Signature>;

base::Unexpected<base::Error> malformed(char const* why) {
  return fail(Errc::kMalformed, std::string("compact receipt: ") + why);
}

std::vector<Digest> read_digests(ByteReader& reader, std::size_t count) {
  std::vector<Digest> digests;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) digests.push_back(reader.array<32>());
  return digests;
}

void write_digests(ByteWriter& out, std::span<Digest const> digests) {
  for (Digest const& digest : digests) out.bytes(digest);
}

/// The root to which a leaf and its path lead; nullopt when the path has another length than one
/// of that place. verify_inclusion() with the root as the unknown.
std::optional<Digest> root_of_path(std::uint64_t index, std::uint64_t size, Digest const& leaf,
                                   std::span<Digest const> path) {
  if (index >= size) return std::nullopt;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest root = leaf;
  for (Digest const& hash : path) {
    if (last == 0) return std::nullopt;
    if ((node & 1) != 0 || node == last) {
      root = node_hash(hash, root);
      for (; (node & 1) == 0 && node != 0; node >>= 1) last >>= 1;
    } else {
      root = node_hash(root, hash);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 ? std::optional(root) : std::nullopt;
}

}  // namespace

bool is_compact_receipt(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string format_compact_receipt(CompactReceipt const& receipt) {
  QRPAY_CHECK(receipt.witnesses.size() <= kCompactCosignaturesMax);
  QRPAY_CHECK(receipt.hashes.size() <= kProofHashesMax);
  QRPAY_CHECK(receipt.leaf.size() <= kRecordBytesMax);
  std::string bytes;
  ByteWriter out(bytes);
  out.text(kMagic);
  out.u64(receipt.size);
  out.u32(receipt.log.key_id);
  out.bytes(receipt.log.signature);
  out.u8(static_cast<std::uint8_t>(receipt.witnesses.size()));
  for (auto const& witness : receipt.witnesses) {
    out.u32(witness.key_id);
    out.u64(witness.timestamp);
    out.bytes(witness.signature);
  }
  out.u8(static_cast<std::uint8_t>(receipt.hashes.size()));
  write_digests(out, receipt.hashes);
  out.text16(receipt.leaf);
  out.u8(receipt.opening ? kOpened : kClosed);
  if (receipt.opening) {
    out.bytes(receipt.opening->salt);
    out.text16(receipt.opening->text);
  }
  out.u8(static_cast<std::uint8_t>(receipt.digests.size()));
  write_digests(out, receipt.digests);
  return bytes;
}

Result<CompactReceipt> parse_compact_receipt(base::ByteView bytes) {
  if (bytes.size() > kCompactReceiptBytesMax) return malformed("over 72 KiB");
  ByteReader reader(bytes);
  if (base::as_text(reader.bytes(kMagic.size())) != kMagic) return malformed("magic or version");
  CompactReceipt receipt;
  receipt.size = reader.u64();
  receipt.log.key_id = reader.u32();
  receipt.log.signature = reader.array<kSignatureBytes>();
  std::size_t const witnesses = reader.u8();
  if (witnesses > kCompactCosignaturesMax) return malformed("over 16 cosignatures");
  for (std::size_t i = 0; i < witnesses && reader.ok(); ++i) {
    CompactReceipt::Cosigned cosigned;
    cosigned.key_id = reader.u32();
    cosigned.timestamp = reader.u64();
    cosigned.signature = reader.array<kSignatureBytes>();
    receipt.witnesses.push_back(cosigned);
  }
  std::size_t const hashes = reader.u8();
  if (hashes > kProofHashesMax) return malformed("over 64 hashes");
  receipt.hashes = read_digests(reader, hashes);
  receipt.leaf = reader.text16();
  std::uint8_t const opened = reader.u8();
  if (opened > kOpened) return malformed("opening");
  if (opened == kOpened) {
    CompactReceipt::Opening opening;
    opening.salt = reader.array<32>();
    opening.text = reader.text16();
    receipt.opening = std::move(opening);
  }
  std::size_t const digests = reader.u8();
  if (digests + opened > kSectionsMax) return malformed("over 15 sections");
  receipt.digests = read_digests(reader, digests);
  if (!reader.ok()) return malformed("ends early");
  if (!reader.at_end()) return malformed("longer than it says");
  return receipt;
}

Result<std::string> make_compact_receipt(Log const& log, VaultCursor& cursor, Sequence sequence,
                                         std::string const& checkpoint,
                                         std::span<VerifierKey const> witnesses) {
  QRPAY_TRY(Note const note, parse_note(checkpoint));
  QRPAY_TRY(Checkpoint const head, parse_checkpoint(note.text));
  QRPAY_TRY(StoredRecord const stored, log.read(sequence));
  QRPAY_TRY(InclusionProof inclusion, log.inclusion(sequence, head.size));
  CompactReceipt receipt;
  receipt.size = head.size;
  NoteSignature const& signed_by = note.signatures.front();
  ByteReader signature(base::as_bytes(signed_by.signature));
  receipt.log = {signed_by.key_id, signature.array<kSignatureBytes>()};
  if (!signature.ok() || !signature.at_end())
    return fail(Errc::kNoteMalformed, "the first signature is not the log's");
  for (VerifierKey const& witness : witnesses) {
    for (NoteSignature const& line : note.signatures) {
      if (!is_signed_as(line, witness) || receipt.witnesses.size() == kCompactCosignaturesMax)
        continue;
      ByteReader reader(base::as_bytes(line.signature));
      CompactReceipt::Cosigned cosigned{line.key_id, reader.u64(), {}};
      cosigned.signature = reader.array<kSignatureBytes>();
      if (reader.ok() && reader.at_end()) receipt.witnesses.push_back(cosigned);
    }
  }
  receipt.hashes = std::move(inclusion.hashes);
  receipt.leaf = stored.leaf;
  for (SealedSection const& section : stored.side) {
    // The keys first: an erasure may come between, and then neither text nor salt is given.
    auto const keys = section.number == kSectionCaller ? cursor.find_keys(sequence, section.number)
                                                       : std::nullopt;
    if (keys) {
      auto text = cursor.open(sequence, section);
      if (!text && text.error().errc != Errc::kErased) return base::Unexpected(text.error());
      if (text && text->size() <= kCompactTextBytesMax) {
        receipt.opening = CompactReceipt::Opening{keys->salt, std::move(*text)};
        continue;
      }
    }
    receipt.digests.push_back(section.digest);
  }
  return format_compact_receipt(receipt);
}

namespace {

VerifierKey const* find_key(std::span<VerifierKey const> keys, std::uint32_t id,
                            SignatureType type) {
  auto const found = std::find_if(keys.begin(), keys.end(), [&](VerifierKey const& key) {
    return key.key_id == id && key.type == type;
  });
  return found == keys.end() ? nullptr : &*found;
}

// What the log and each known witness signed is the checkpoint that leaf and path lead to.
Result<Checkpoint> check_signatures(CompactReceipt const& receipt, std::uint64_t index,
                                    LogPolicy const& policy, std::vector<Cosignature>& found) {
  auto const* const key = find_key(policy.log_keys, receipt.log.key_id, SignatureType::kEd25519);
  if (key == nullptr) return fail(Errc::kNoteUnverified);
  if (!policy.origin.empty() && policy.origin != key->name)
    return fail(Errc::kProofInvalid, "another origin");
  auto const root =
      root_of_path(index, receipt.size, leaf_hash(base::as_bytes(receipt.leaf)), receipt.hashes);
  if (!root) return fail(Errc::kProofInvalid, "the path is not that of this place");
  Checkpoint checkpoint{key->name, receipt.size, *root, {}};
  std::string const text = format_checkpoint(checkpoint);
  if (!base::ed25519_verify(key->public_key, base::as_bytes(text), receipt.log.signature))
    return fail(Errc::kSignatureInvalid, key->name);
  for (auto const& cosigned : receipt.witnesses) {
    auto const* const witness =
        find_key(policy.witnesses, cosigned.key_id, SignatureType::kCosignature);
    if (witness == nullptr) continue;
    Note note{text, {}};
    std::string bytes;
    ByteWriter writer(bytes);
    writer.u64(cosigned.timestamp);
    writer.bytes(cosigned.signature);
    note.signatures.push_back({witness->name, witness->key_id, std::move(bytes)});
    QRPAY_TRY(Cosignature cosignature, verify_cosignature(note, *witness));
    auto const same = [&](Cosignature const& one) { return one.witness == cosignature.witness; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(std::move(cosignature));
  }
  if (found.size() < policy.witnesses_min) return fail(Errc::kNoteUnverified, "too few witnesses");
  return checkpoint;
}

}  // namespace

Result<Receipt> verify_compact_receipt(base::ByteView bytes, LogPolicy const& policy) {
  QRPAY_TRY(CompactReceipt const compact, parse_compact_receipt(bytes));
  QRPAY_TRY(Record record, decode_record(base::as_bytes(compact.leaf)));
  Receipt receipt;
  QRPAY_TRY(receipt.checkpoint,
            check_signatures(compact, record.sequence.value() - 1, policy, receipt.cosignatures));
  std::vector<Digest> digests;
  if (compact.opening) {
    Section const section{kSectionCaller, compact.opening->text};
    digests.push_back(section_digest(compact.opening->salt, section));
    receipt.section0 = section.text;
  }
  digests.insert(digests.end(), compact.digests.begin(), compact.digests.end());
  if (commitment_of(digests) != record.commitment)
    return fail(Errc::kProofInvalid, "the sections are not what the leaf commits to");
  receipt.record = std::move(record);
  return receipt;
}

// --- Base45, RFC 9285: two bytes are three characters, a last single byte two -------------------
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
constexpr std::uint32_t kBase = 45;

std::optional<std::uint32_t> value_of(std::string_view digits) {
  std::uint32_t value = 0;
  for (std::size_t i = digits.size(); i > 0; --i) {
    std::size_t const digit = kAlphabet.find(digits[i - 1]);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * kBase + static_cast<std::uint32_t>(digit);
  }
  return value;
}

void append_digits(std::string& out, std::uint32_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i, value /= kBase) out += kAlphabet[value % kBase];
}

}  // namespace

bool is_compact_receipt_text(std::string_view text) { return text.starts_with(kTextPrefix); }

std::string compact_receipt_text(std::string_view bytes) {
  std::string text(kTextPrefix);
  ByteReader reader(base::as_bytes(bytes));
  while (reader.remaining() >= 2) append_digits(text, reader.u16(), 3);
  if (!reader.at_end()) append_digits(text, reader.u8(), 2);
  return text;
}

Result<std::string> parse_compact_receipt_text(std::string_view text) {
  if (!is_compact_receipt_text(text)) return malformed("text without its prefix");
  text.remove_prefix(kTextPrefix.size());
  if (text.size() > kCompactReceiptBytesMax / 2 * 3) return malformed("over 72 KiB");
  std::string bytes;
  ByteWriter out(bytes);
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::string_view const digits = text.substr(at, 3);
    auto const value = value_of(digits);
    std::uint32_t const limit = digits.size() == 3 ? 0xffff : 0xff;
    if (digits.size() == 1 || !value || *value > limit) return malformed("not Base45");
    if (digits.size() == 3)
      out.u16(static_cast<std::uint16_t>(*value));
    else
      out.u8(static_cast<std::uint8_t>(*value));
  }
  return bytes;
}

}  // namespace qrpay::ledger
