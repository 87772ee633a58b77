#include "ledger/record_codec.h"

#include "base/crypto.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::Errc;
using base::fail;

void encode_record(Record const& record, std::string& out) {
  QRPAY_CHECK(record.money_tags.size() <= kMoneyTagsMax);
  QRPAY_CHECK(record.postings.size() <= kPostingsMax);
  std::size_t const size = kRecordHeaderBytes + record.money_tags.size() * 16 +
                           record.postings.size() * kPostingBytes + record.body.size();
  QRPAY_CHECK(size <= kRecordBytesMax);
  ByteWriter writer(out);
  writer.u8(kRecordFormat);
  writer.u8(static_cast<std::uint8_t>(record.money_tags.size()));
  writer.u16(record.rules_version);
  writer.u16(static_cast<std::uint16_t>(record.kind));
  writer.u16(record.outcome);
  writer.u64(record.sequence.value());
  writer.i64(record.log_time.microseconds());
  writer.i64(record.amount.dong());
  writer.u64(record.actor.value());
  writer.u32(record.tag_generation);
  writer.u16(static_cast<std::uint16_t>(record.postings.size()));
  writer.u16(static_cast<std::uint16_t>(record.body.size()));
  writer.bytes(record.id_tag.value());
  writer.bytes(record.body_tag.value());
  writer.bytes(record.commitment);
  for (auto const& tag : record.money_tags) writer.bytes(tag.value());
  for (auto const& posting : record.postings) {
    writer.bytes(posting.account.value());
    writer.i64(posting.amount.dong());
    writer.u16(posting.currency);
    writer.u8(static_cast<std::uint8_t>(posting.layer));
    writer.u8(static_cast<std::uint8_t>(posting.leg));
  }
  writer.text(record.body);
}

base::Result<Record> decode_record(ByteView bytes) {
  if (bytes.size() > kRecordBytesMax) return fail(Errc::kMalformed, "record over 65535 bytes");
  ByteReader reader(bytes);
  if (reader.u8() != kRecordFormat) return fail(Errc::kMalformed, "offset 0: record format");
  Record record;
  std::size_t const money_tags = reader.u8();
  record.rules_version = reader.u16();
  record.kind = static_cast<Kind>(reader.u16());
  record.outcome = reader.u16();
  record.sequence = Sequence(reader.u64());
  record.log_time = WallTime(reader.i64());
  record.amount = Vnd(reader.i64());
  record.actor = Sequence(reader.u64());
  record.tag_generation = reader.u32();
  std::size_t const postings = reader.u16();
  std::size_t const body_bytes = reader.u16();
  record.id_tag = IdTag(reader.array<16>());
  record.body_tag = BodyTag(reader.array<16>());
  record.commitment = reader.array<32>();
  if (money_tags > kMoneyTagsMax) return fail(Errc::kMalformed, "offset 1: money tags");
  if (postings > kPostingsMax) return fail(Errc::kMalformed, "offset 44: postings");
  for (std::size_t i = 0; i < money_tags; ++i)
    record.money_tags.push_back(MoneyTag(reader.array<16>()));
  for (std::size_t i = 0; i < postings; ++i) {
    std::size_t const at = reader.position();
    Posting posting;
    posting.account = AccountId(reader.array<16>());
    posting.amount = Vnd(reader.i64());
    posting.currency = reader.u16();
    std::uint8_t const layer = reader.u8();
    posting.leg = static_cast<Leg>(reader.u8());
    if (posting.amount == Vnd(0) || layer < 1 || layer > 2)
      return fail(Errc::kMalformed, "offset " + std::to_string(at) + ": posting");
    posting.layer = static_cast<Layer>(layer);
    record.postings.push_back(posting);
  }
  record.body = base::as_text(reader.bytes(body_bytes));
  if (!reader.ok() || !reader.at_end())
    return fail(Errc::kMalformed, "offset " + std::to_string(reader.position()) + ": length");
  if (record.sequence == Sequence(0)) return fail(Errc::kMalformed, "offset 8: sequence 0");
  QRPAY_TRY_VOID(check_tlv(record.body));
  return record;
}

Sequence peek_sequence(ByteView bytes) {
  QRPAY_CHECK(bytes.size() >= kRecordHeaderBytes);
  ByteReader reader(bytes.subspan(8, 8));
  return Sequence(reader.u64());
}

Digest section_digest(base::Bytes32 const& salt, Section const& section) {
  std::string message;
  message.reserve(salt.size() + 1 + section.text.size());
  ByteWriter writer(message);
  writer.bytes(salt);
  writer.u8(section.number);
  writer.text(section.text);
  return base::sha256(base::as_bytes(message));
}

Digest commitment_of(std::vector<Digest> const& digests) {
  if (digests.empty()) {
    static Digest const kEmpty = base::sha256(base::as_bytes(std::string_view("\0", 1)));
    return kEmpty;
  }
  std::string message;
  message.reserve(1 + digests.size() * 32);
  ByteWriter writer(message);
  writer.u8(static_cast<std::uint8_t>(digests.size()));
  for (auto const& digest : digests) writer.bytes(digest);
  return base::sha256(base::as_bytes(message));
}

void encode_side(SideRecord const& side, std::string& out) {
  if (side.empty()) return;
  QRPAY_CHECK(side.size() <= kSectionsMax);
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(side.size()));
  for (auto const& section : side) {
    writer.u8(section.number);
    writer.bytes(section.digest);
    writer.text16(section.sealed);
  }
}

base::Result<SideRecord> decode_side(ByteView bytes) {
  SideRecord side;
  if (bytes.empty()) return side;
  ByteReader reader(bytes);
  std::size_t const count = reader.u8();
  if (count == 0 || count > kSectionsMax) return fail(Errc::kMalformed, "side record: count");
  for (std::size_t i = 0; i < count; ++i) {
    SealedSection section;
    section.number = reader.u8();
    section.digest = reader.array<32>();
    section.sealed = reader.text16();
    if (!reader.ok()) return fail(Errc::kMalformed, "side record: length");
    bool const ascends = side.empty() || section.number > side.back().number;
    if (!ascends || section.number >= kSectionsMax)
      return fail(Errc::kMalformed, "side record: section number");
    side.push_back(std::move(section));
  }
  if (!reader.at_end()) return fail(Errc::kMalformed, "side record: trailing bytes");
  return side;
}

}  // namespace qrpay::ledger
