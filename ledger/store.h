// Storage of blocks. What is ordered, decided or answered lies above it.
#pragma once

#include <functional>
#include <span>

#include "base/error.h"
#include "ledger/block.h"

namespace qrpay::ledger {

/// One contract, two implementations, the same tests (tests/ledger/store_contract_test.cc).
class Store {
 public:
  virtual ~Store() = default;

  /// Appends `batch` as one unit with one sync; returns the sequence of its last record.
  /// Durable on return. A crash during the call keeps all of the batch or none.
  /// Requires: not empty; the first block starts at last() + 1; blocks are dense. Sync thread only.
  /// Errors: kStoreUnknown, the write or the sync failed (a full disk too) and the bytes may or may
  ///   not survive: stop writing and restart, since a retry could post the money twice. Every later
  ///   append fails the same way.
  [[nodiscard]] virtual base::Result<Sequence> append(std::span<Block const> batch) = 0;

  /// How long the sync itself of the last append() took; 0 where there is none. Sync thread only.
  [[nodiscard]] virtual std::int64_t last_sync_microseconds() const { return 0; }

  /// The last durable sequence; 0 = empty. Any thread.
  [[nodiscard]] virtual Sequence last() const = 0;

  /// The block that holds `sequence`. Any thread. Cost: one look-up of at most 64 KiB.
  /// Errors: kNotFound (0 or beyond last()), kStoreRead, kJournalCorrupt.
  [[nodiscard]] virtual base::Result<Block> read_block(Sequence sequence) const = 0;

  /// Visits whole blocks in order, starting with the one that holds `from`, until `visit` returns
  /// false or the end. Sees what was durable when called. Any thread.
  /// Errors: kStoreRead; kJournalCorrupt when sequences are not dense.
  using Visit = std::function<bool(Block const&)>;
  [[nodiscard]] virtual base::Result<void> scan(Sequence from, Visit const& visit) const = 0;
};

}  // namespace qrpay::ledger
