#include "ledger/log.h"

#include <algorithm>

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

Result<void> Log::begin(Start const& start) {
  QRPAY_CHECK(tree_.size() == 0 && start.groups.size() == start.size / MerkleTree::kGroupLeaves);
  MerkleTree tree;
  tree.restore(start.groups);
  Result<void> outcome;
  auto const hash_rest = [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i)
      if (block.first.value() + i == tree.size() + 1 && tree.size() < start.size)
        tree.append(leaf_hash(view->entry(i).leaf));
    return tree.size() < start.size;
  };
  if (tree.size() < start.size) QRPAY_TRY_VOID(store_.scan(Sequence(tree.size() + 1), hash_rest));
  QRPAY_TRY_VOID(outcome);
  if (tree.size() != start.size || tree.root() != start.root)
    return fail(Errc::kStoreRead, "another root at size " + std::to_string(start.size));
  tree_ = std::move(tree);
  return {};
}

Result<void> Log::resume(Visit const& visit) {
  Result<void> outcome;
  auto const scanned = store_.scan(Sequence(tree_.size() + 1), [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i) {
      std::uint64_t const sequence = block.first.value() + i;
      if (sequence <= tree_.size()) continue;
      auto stored = decode_entry(view->entry(i), Sequence(sequence));
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

Result<void> Log::append(std::span<Sealed const> records, AppendTimes* times) {
  auto const now = [times] { return times == nullptr ? 0 : times->clock.ticks().microseconds(); };
  std::int64_t const begin = now();
  BlockBuilder builder;
  std::vector<Digest> hashes;
  hashes.reserve(records.size());
  for (auto const& record : records) {
    auto const leaf = base::as_bytes(record.leaf);
    hashes.push_back(leaf_hash(leaf));
    builder.add(leaf, base::as_bytes(record.side));
  }
  std::vector<Block> const blocks = builder.take();
  std::int64_t const hashed = now();
  QRPAY_TRY(Sequence const last, store_.append(blocks));
  std::int64_t const written = now();
  {
    std::unique_lock const lock(mutex_);
    for (auto const& hash : hashes) tree_.append(hash);
    QRPAY_CHECK(tree_.size() == last.value());
  }
  if (times != nullptr) {
    times->hash = (hashed - begin) + (now() - written);
    times->sync = store_.last_sync_microseconds();
  }
  if (mark_) mark_->set(last);
  return {};
}

Sequence Log::stored() const { return store_.last(); }

std::uint64_t Log::size() const {
  std::shared_lock const lock(mutex_);
  return tree_.size();
}

Result<StoredRecord> Log::read(Sequence sequence) const {
  if (sequence.value() > size())
    return fail(Errc::kNotFound, "sequence " + std::to_string(sequence.value()));
  auto stored = read_stored(sequence);
  if (stored)
    damage_.heal(sequence);
  else
    note_damage(sequence, stored.error());
  return stored;
}

Result<StoredRecord> Log::read_stored(Sequence sequence) const {
  QRPAY_TRY(Block const block, store_.read_block(sequence));
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  return decode_entry(view.at(sequence), sequence);
}

// The ends of the stretch are looked for in growing steps and then by halves: about forty reads,
// once for each stretch.
void Log::note_damage(Sequence sequence, base::Error const& error) const {
  if (error.errc != Errc::kStoreRead && error.errc != Errc::kJournalCorrupt) return;
  if (damage_.holds(sequence)) return;
  std::uint64_t const last = size();
  auto const reads = [this](std::uint64_t at) { return read_stored(Sequence(at)).has_value(); };
  // How far it goes on from `sequence`, of at most `room` records.
  auto const reach = [&](std::uint64_t room, auto const& at) {
    std::uint64_t bad = 0;
    std::uint64_t good = 1;
    while (good <= room && !reads(at(good))) {
      bad = good;
      good *= 2;
    }
    good = std::min(good, room + 1);
    while (good - bad > 1) {
      std::uint64_t const middle = bad + (good - bad) / 2;
      (reads(at(middle)) ? good : bad) = middle;
    }
    return bad;
  };
  std::uint64_t const here = sequence.value();
  std::uint64_t const before = reach(here - 1, [&](std::uint64_t n) { return here - n; });
  std::uint64_t const behind = reach(last - here, [&](std::uint64_t n) { return here + n; });
  damage_.add({Sequence(here - before), Sequence(here + behind), error.errc});
}

Result<void> Log::scan(Sequence from, std::function<bool(StoredRecord const&)> const& visit) const {
  std::uint64_t const end = size();
  Sequence next = from == Sequence(0) ? Sequence(1) : from;
  if (next.value() > end) return {};
  Result<void> outcome;
  auto const scanned = store_.scan(next, [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i) {
      Sequence const sequence(block.first.value() + i);
      if (sequence < next) continue;
      if (sequence.value() > end) return false;
      auto const stored = decode_entry(view->entry(i), sequence);
      if (!stored) {
        outcome = base::Unexpected(stored.error());
        return false;
      }
      next = Sequence(sequence.value() + 1);
      if (!visit(*stored)) return false;
    }
    return true;
  });
  auto const& failed = scanned ? outcome : scanned;
  if (!failed && next.value() <= end) note_damage(next, failed.error());
  return failed;
}

Result<Sequence> Log::last_at(WallTime time, std::uint64_t size) const {
  std::uint64_t low = 0;
  std::uint64_t high = size;
  while (low < high) {
    std::uint64_t const middle = low + (high - low + 1) / 2;
    QRPAY_TRY(StoredRecord const stored, read(Sequence(middle)));
    if (stored.record.log_time <= time)
      low = middle;
    else
      high = middle - 1;
  }
  return Sequence(low);
}

Result<std::vector<Digest>> Log::read_group(std::uint64_t group) const {
  std::uint64_t const first = group * MerkleTree::kGroupLeaves + 1;
  std::vector<Digest> hashes;
  Result<void> outcome;
  auto const scanned = store_.scan(Sequence(first), [&](Block const& block) {
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    if (!view) {
      outcome = base::Unexpected(view.error());
      return false;
    }
    for (std::uint32_t i = 0; i < view->count(); ++i)
      if (block.first.value() + i >= first && hashes.size() < MerkleTree::kGroupLeaves)
        hashes.push_back(leaf_hash(view->entry(i).leaf));
    return hashes.size() < MerkleTree::kGroupLeaves;
  });
  auto const& read = scanned ? outcome : scanned;
  if (!read) note_damage(Sequence(first + hashes.size()), read.error());
  QRPAY_TRY_VOID(read);
  MerkleTree::Supplied group_nodes;
  if (hashes.size() == MerkleTree::kGroupLeaves) group_nodes.add(group, hashes);
  std::shared_lock const lock(mutex_);
  if (hashes.size() != MerkleTree::kGroupLeaves ||
      group_nodes.root(group) != tree_.node(MerkleTree::kGroupLevel, group))
    return fail(Errc::kJournalCorrupt,
                "sequences from " + std::to_string(first) + ": not the leaves that were hashed");
  return hashes;
}

template <class Ask>
auto Log::ask_tree(Ask const& ask) const -> decltype(ask(nullptr)) {
  MerkleTree::Supplied supplied;
  for (;;) {
    {
      std::shared_lock const lock(mutex_);
      auto answer = ask(&supplied);
      if (!supplied.missing()) return answer;
    }
    std::uint64_t const group = *supplied.missing();
    QRPAY_TRY(auto const hashes, read_group(group));
    supplied.add(group, hashes);
  }
}

std::vector<Digest> Log::groups(std::uint64_t from, std::uint64_t size) const {
  std::shared_lock const lock(mutex_);
  std::vector<Digest> roots;
  for (std::uint64_t group = from; (group + 1) * MerkleTree::kGroupLeaves <= size; ++group)
    roots.push_back(tree_.node(MerkleTree::kGroupLevel, group));
  return roots;
}

Result<Digest> Log::leaf_hash_of(Sequence sequence) const {
  auto const block = store_.read_block(sequence);
  if (!block) {
    if (sequence.value() <= size()) note_damage(sequence, block.error());
    return base::Unexpected(block.error());
  }
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block->bytes), block->first));
  return leaf_hash(view.at(sequence).leaf);
}

void Log::forget_leaves(Sequence sequence) {
  MerkleTree::Forgotten forgotten;  // destroyed after the lock is let go
  std::unique_lock const lock(mutex_);
  std::uint64_t const size = tree_.size();
  std::uint64_t const kept = size - std::min(size, kTreeLeavesKept);
  forgotten = tree_.forget_below(std::min(sequence.value(), kept));
}

Result<Digest> Log::root(std::uint64_t size) const {
  return ask_tree([&](MerkleTree::Supplied* supplied) { return tree_.root(size, supplied); });
}

Result<InclusionProof> Log::inclusion(Sequence sequence, std::uint64_t size) const {
  if (sequence == Sequence(0)) return fail(Errc::kInvalidField, "sequence 0");
  InclusionProof proof;
  proof.size = size;
  QRPAY_TRY(proof.root, root(size));
  QRPAY_TRY(proof.hashes, ask_tree([&](MerkleTree::Supplied* supplied) {
              return tree_.inclusion(sequence.value() - 1, size, supplied);
            }));
  return proof;
}

Result<std::vector<Digest>> Log::consistency(std::uint64_t size1, std::uint64_t size2) const {
  return ask_tree(
      [&](MerkleTree::Supplied* supplied) { return tree_.consistency(size1, size2, supplied); });
}

Result<std::string> Log::tile(TileId const& tile) const {
  {
    std::shared_lock const lock(mutex_);
    bool const is_read =
        tile.level == 0 && tile.width > 0 && tile.index < tree_.floor() / MerkleTree::kGroupLeaves;
    if (!is_read) return tile_bytes(tree_, tile);
  }
  QRPAY_TRY(auto const hashes, read_group(tile.index));
  std::string bytes;
  for (unsigned i = 0; i < tile.width && i < hashes.size(); ++i)
    bytes.append(base::as_text(hashes[i]));
  return bytes;
}

std::size_t Log::tree_memory_bytes() const {
  std::shared_lock const lock(mutex_);
  return tree_.memory_bytes();
}

}  // namespace qrpay::ledger
