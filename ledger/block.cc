#include "ledger/block.h"

#include <cstring>

#include "base/crypto.h"
#include "ledger/record_codec.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::Errc;
using base::fail;

namespace {

constexpr std::string_view kMagic = "QPB1";
constexpr std::size_t kHeaderBytes = 16;   // magic, count, first sequence
constexpr std::size_t kChecksumBytes = 8;  // of SHA-256 over all before
constexpr std::size_t kEntryOverhead = 2 + 4 + 4;  // leaf length, side length, offset

std::string checksum(std::string_view bytes) {
  auto const digest = base::sha256(base::as_bytes(bytes));
  return std::string(base::as_text(digest).substr(0, kChecksumBytes));
}

}  // namespace

void BlockBuilder::add(ByteView leaf, ByteView side) {
  std::size_t const entry = leaf.size() + side.size() + kEntryOverhead;
  std::size_t const trailer = offsets_.size() * 4 + kChecksumBytes;
  if (block_.count > 0 && block_.bytes.size() + entry + trailer > kBlockBytesMax) close();
  ByteWriter writer(block_.bytes);
  if (block_.count == 0) {
    block_.bytes.reserve(kBlockBytesMax);
    block_.first = peek_sequence(leaf);
    writer.text(kMagic);
    writer.u32(0);  // count, set by close()
    writer.u64(block_.first.value());
  }
  QRPAY_CHECK(peek_sequence(leaf).value() == block_.first.value() + block_.count);
  offsets_.push_back(static_cast<std::uint32_t>(block_.bytes.size()));
  writer.u16(static_cast<std::uint16_t>(leaf.size()));
  writer.u32(static_cast<std::uint32_t>(side.size()));
  writer.bytes(leaf);
  writer.bytes(side);
  ++block_.count;
}

void BlockBuilder::close() {
  if (block_.count == 0) return;
  std::string count;
  ByteWriter(count).u32(block_.count);
  std::memcpy(block_.bytes.data() + kMagic.size(), count.data(), count.size());
  ByteWriter writer(block_.bytes);
  for (auto offset : offsets_) writer.u32(offset);
  writer.text(checksum(block_.bytes));
  done_.push_back(std::move(block_));
  block_ = {};
  offsets_.clear();
}

std::vector<Block> BlockBuilder::take() {
  close();
  return std::exchange(done_, {});
}

base::Result<BlockView> BlockView::open(ByteView bytes, Sequence first) {
  auto const corrupt = [first](char const* what) {
    return fail(Errc::kJournalCorrupt,
                "sequence " + std::to_string(first.value()) + ": block " + what);
  };
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return corrupt("too short");
  ByteView const covered = bytes.first(bytes.size() - kChecksumBytes);
  if (checksum(base::as_text(covered)) != base::as_text(bytes.last(kChecksumBytes)))
    return corrupt("checksum");
  ByteReader reader(covered);
  if (base::as_text(reader.bytes(kMagic.size())) != kMagic) return corrupt("magic");
  std::uint32_t const count = reader.u32();
  Sequence const stored_first(reader.u64());
  if (stored_first != first) return corrupt("first sequence");
  if (count == 0 || count > covered.size() / kEntryOverhead) return corrupt("count");
  BlockView view;
  view.first_ = first;
  view.entries_.reserve(count);
  std::vector<std::size_t> offsets;
  offsets.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    offsets.push_back(reader.position());
    std::size_t const leaf_bytes = reader.u16();
    std::size_t const side_bytes = reader.u32();
    Entry entry;
    entry.leaf = reader.bytes(leaf_bytes);
    entry.side = reader.bytes(side_bytes);
    if (!reader.ok() || leaf_bytes < kRecordHeaderBytes) return corrupt("entry length");
    if (peek_sequence(entry.leaf).value() != first.value() + i) return corrupt("sequence");
    view.entries_.push_back(entry);
  }
  for (auto offset : offsets)
    if (reader.u32() != offset) return corrupt("offset table");
  if (!reader.ok() || !reader.at_end()) return corrupt("length");
  return view;
}

}  // namespace qrpay::ledger
