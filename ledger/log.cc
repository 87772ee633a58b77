#include "ledger/log.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

Result<StoredRecord> decode_entry(BlockView::Entry const& entry, Sequence sequence) {
  auto const corrupt = [&](std::string const& what) {
    return fail(Errc::kJournalCorrupt,
                "sequence " + std::to_string(sequence.value()) + ": " + what);
  };
  StoredRecord stored;
  auto record = decode_record(entry.leaf);
  if (!record) return corrupt(record.error().detail);
  if (record->sequence != sequence) return corrupt("another sequence inside");
  auto side = decode_side(entry.side);
  if (!side) return corrupt(side.error().detail);
  stored.record = std::move(*record);
  stored.side = std::move(*side);
  std::vector<Digest> digests;
  for (auto const& section : stored.side) digests.push_back(section.digest);
  if (commitment_of(digests) != stored.record.commitment) return corrupt("commitment");
  stored.leaf = base::as_text(entry.leaf);
  return stored;
}

Log::Log(Store& store, std::optional<DurableMark> mark) : store_(store), mark_(std::move(mark)) {}

Result<void> Log::replay(Visit const& visit) {
  QRPAY_CHECK(tree_.size() == 0);
  Result<void> outcome;
  auto const scanned = store_.scan(Sequence(1), [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i) {
      auto stored = decode_entry(view->entry(i), Sequence(block.first.value() + i));
      if (!stored) {
        outcome = base::Unexpected(stored.error());
        return false;
      }
      tree_.append(leaf_hash(view->entry(i).leaf));
      if (auto visited = visit(*stored); !visited) {
        outcome = visited;
        return false;
      }
    }
    return true;
  });
  QRPAY_TRY_VOID(scanned);
  QRPAY_TRY_VOID(outcome);
  if (mark_) mark_->set(Sequence(tree_.size()));
  return {};
}

Result<void> Log::append(std::span<Sealed const> records) {
  BlockBuilder builder;
  std::vector<Digest> hashes;
  hashes.reserve(records.size());
  for (auto const& record : records) {
    auto const leaf = base::as_bytes(record.leaf);
    hashes.push_back(leaf_hash(leaf));
    builder.add(leaf, base::as_bytes(record.side));
  }
  std::vector<Block> const blocks = builder.take();
  QRPAY_TRY(Sequence const last, store_.append(blocks));
  {
    std::unique_lock const lock(mutex_);
    for (auto const& hash : hashes) tree_.append(hash);
    QRPAY_CHECK(tree_.size() == last.value());
  }
  if (mark_) mark_->set(last);
  return {};
}

std::uint64_t Log::size() const {
  std::shared_lock const lock(mutex_);
  return tree_.size();
}

Result<StoredRecord> Log::read(Sequence sequence) const {
  if (sequence.value() > size())
    return fail(Errc::kNotFound, "sequence " + std::to_string(sequence.value()));
  QRPAY_TRY(Block const block, store_.read_block(sequence));
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  return decode_entry(view.at(sequence), sequence);
}

Result<void> Log::scan(Sequence from,
                       std::function<bool(StoredRecord const&)> const& visit) const {
  std::uint64_t const end = size();
  Sequence const start = from == Sequence(0) ? Sequence(1) : from;
  if (start.value() > end) return {};
  Result<void> outcome;
  auto const scanned = store_.scan(start, [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i) {
      Sequence const sequence(block.first.value() + i);
      if (sequence < start) continue;
      if (sequence.value() > end) return false;
      auto const stored = decode_entry(view->entry(i), sequence);
      if (!stored) {
        outcome = base::Unexpected(stored.error());
        return false;
      }
      if (!visit(*stored)) return false;
    }
    return true;
  });
  QRPAY_TRY_VOID(scanned);
  return outcome;
}

Result<Digest> Log::root(std::uint64_t size) const {
  std::shared_lock const lock(mutex_);
  return tree_.root(size);
}

Result<InclusionProof> Log::inclusion(Sequence sequence, std::uint64_t size) const {
  if (sequence == Sequence(0)) return fail(Errc::kInvalidField, "sequence 0");
  std::shared_lock const lock(mutex_);
  InclusionProof proof;
  proof.size = size;
  QRPAY_TRY(proof.root, tree_.root(size));
  QRPAY_TRY(proof.hashes, tree_.inclusion(sequence.value() - 1, size));
  return proof;
}

Result<std::vector<Digest>> Log::consistency(std::uint64_t size1, std::uint64_t size2) const {
  std::shared_lock const lock(mutex_);
  return tree_.consistency(size1, size2);
}

std::size_t Log::tree_memory_bytes() const {
  std::shared_lock const lock(mutex_);
  return tree_.memory_bytes();
}

}  // namespace qrpay::ledger
