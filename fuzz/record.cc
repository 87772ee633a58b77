// Bytes of the journal from strangers: canonical records, side records, TLV bodies, blocks.
// Property: what a decoder accepts, the encoder writes back byte for byte.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "ledger/block.h"
#include "ledger/log.h"
#include "ledger/record_codec.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {
namespace {

void try_record(base::ByteView bytes) {
  auto const record = decode_record(bytes);
  if (!record) return;
  QRPAY_CHECK(record->money_tags.size() <= kMoneyTagsMax);
  QRPAY_CHECK(record->postings.size() <= kPostingsMax);
  QRPAY_CHECK(record->sequence == peek_sequence(bytes));
  std::string written;
  encode_record(*record, written);
  QRPAY_CHECK(written == base::as_text(bytes));
}

void try_side(base::ByteView bytes) {
  auto const side = decode_side(bytes);
  if (!side) return;
  QRPAY_CHECK(side->size() <= kSectionsMax);
  std::string written;
  encode_side(*side, written);
  QRPAY_CHECK(written == base::as_text(bytes));
}

// A body that is accepted is found again field by field, by a walk of its own.
void try_tlv(std::string_view text) {
  TlvReader const reader(text);
  if (!check_tlv(text)) {
    // A torn body must not be read past its end either.
    static_cast<void>(reader.find(0xffff));
    return;
  }
  std::string written;
  TlvWriter writer(written);
  for (std::size_t at = 0; at < text.size();) {
    base::ByteReader head(base::as_bytes(text.substr(at, 4)));
    std::uint16_t const tag = head.u16();
    std::size_t const length = head.u16();
    std::string_view const value = text.substr(at + 4, length);
    QRPAY_CHECK(reader.find(tag) == value);
    writer.text(tag, value);
    at += 4 + length;
  }
  QRPAY_CHECK(written == text);
}

// Blocks carry a checksum that a mutation never meets, so the rules behind it are reached with the
// right one appended too.
void try_block(base::ByteView bytes) {
  base::ByteReader reader(bytes.size() < 16 ? base::ByteView{} : bytes.subspan(8, 8));
  Sequence const first(reader.u64());
  auto const view = BlockView::open(bytes, first);
  if (!view) return;
  BlockBuilder builder;
  for (std::uint32_t i = 0; i < view->count(); ++i) {
    auto const& entry = view->entry(i);
    QRPAY_CHECK(peek_sequence(entry.leaf).value() == first.value() + i);
    static_cast<void>(decode_entry(entry, Sequence(first.value() + i)).has_value());
    builder.add(entry.leaf, entry.side);
  }
  auto const blocks = builder.take();
  // More than one only when the bytes hold more than a block may, which no builder makes.
  if (blocks.size() == 1) QRPAY_CHECK(blocks.front().bytes == base::as_text(bytes));
}

void try_block_with_checksum(base::ByteView bytes) {
  std::string block(base::as_text(bytes));
  auto const digest = base::sha256(bytes);
  block.append(base::as_text(digest).substr(0, 8));
  try_block(base::as_bytes(block));
}

}  // namespace
}  // namespace qrpay::ledger

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  qrpay::base::ByteView const bytes(data, size);
  qrpay::ledger::try_record(bytes);
  qrpay::ledger::try_side(bytes);
  qrpay::ledger::try_tlv(qrpay::base::as_text(bytes));
  qrpay::ledger::try_block(bytes);
  qrpay::ledger::try_block_with_checksum(bytes);
  return 0;
}
