#include "ledger/memory_store.h"

#include <iterator>

namespace qrpay::ledger {

using base::Errc;
using base::fail;

base::Result<Sequence> MemoryStore::append(std::span<Block const> batch) {
  std::lock_guard const lock(mutex_);
  if (failed_) return fail(Errc::kStoreUnknown, "an earlier append failed");
  QRPAY_CHECK(!batch.empty());
  std::uint64_t next = last_.value() + 1;
  for (auto const& block : batch) {
    QRPAY_CHECK(block.first.value() == next && block.count > 0);
    next += block.count;
  }
  if (fault_ != StoreFault::kNone) {
    failed_ = true;
    if (fault_ == StoreFault::kFailAfter)
      for (auto const& block : batch) pending_[block.first.value()] = block;
    return fail(Errc::kStoreUnknown, "fault asked for");
  }
  for (auto const& block : batch) blocks_[block.first.value()] = block;
  last_ = Sequence(next - 1);
  return last_;
}

Sequence MemoryStore::last() const {
  std::lock_guard const lock(mutex_);
  return last_;
}

base::Result<Block> MemoryStore::read_block(Sequence sequence) const {
  std::lock_guard const lock(mutex_);
  if (sequence == Sequence(0) || sequence > last_)
    return fail(Errc::kNotFound, "sequence " + std::to_string(sequence.value()));
  auto const after = blocks_.upper_bound(sequence.value());
  return std::prev(after)->second;
}

base::Result<void> MemoryStore::scan(Sequence from, Visit const& visit) const {
  Sequence const end = last();
  std::uint64_t next = from.value() == 0 ? 1 : from.value();
  while (next <= end.value()) {
    QRPAY_TRY(Block block, read_block(Sequence(next)));
    next = block.first.value() + block.count;
    if (!visit(block)) break;
  }
  return {};
}

void MemoryStore::set_fault(StoreFault fault) {
  std::lock_guard const lock(mutex_);
  fault_ = fault;
}

void MemoryStore::restart() {
  std::lock_guard const lock(mutex_);
  for (auto& [first, block] : pending_) {
    last_ = Sequence(first + block.count - 1);
    blocks_[first] = std::move(block);
  }
  pending_.clear();
  failed_ = false;
  fault_ = StoreFault::kNone;
}

void MemoryStore::overwrite(Sequence first, std::string bytes) {
  std::lock_guard const lock(mutex_);
  blocks_.at(first.value()).bytes = std::move(bytes);
}

}  // namespace qrpay::ledger
