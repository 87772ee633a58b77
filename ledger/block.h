// Blocks: how records and their side records lie in the journal (docs/formats/journal.md).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// A block holds at most this many bytes, or one record that is larger. Measured: one record out of
/// 64 KiB reads in 18 us, out of a value of 8,000 records in 1 ms; appending costs the same.
inline constexpr std::size_t kBlockBytesMax = 65'536;

struct Block {
  Sequence first;
  std::uint32_t count = 0;
  std::string bytes;
};

/// Collects encoded records in sequence order and cuts them into blocks.
class BlockBuilder {
 public:
  /// `leaf` = canonical record, `side` = encoded side record (may be empty).
  void add(base::ByteView leaf, base::ByteView side);
  /// Finished blocks; the builder is empty afterwards.
  [[nodiscard]] std::vector<Block> take();
  /// Finished blocks, without closing the one that is being filled.
  [[nodiscard]] std::vector<Block> take_closed() { return std::exchange(done_, {}); }

 private:
  void close();
  Block block_;
  std::vector<std::uint32_t> offsets_;
  std::vector<Block> done_;
};

/// A checked view of a block's bytes, which must outlive it.
class BlockView {
 public:
  struct Entry {
    base::ByteView leaf;
    base::ByteView side;
  };
  /// Errors: kJournalCorrupt with what does not hold: magic, checksum, lengths, first sequence.
  [[nodiscard]] static base::Result<BlockView> open(base::ByteView bytes, Sequence first);
  [[nodiscard]] Sequence first() const { return first_; }
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }
  [[nodiscard]] Sequence last() const { return Sequence(first_.value() + entries_.size() - 1); }
  [[nodiscard]] Entry const& entry(std::size_t i) const { return entries_[i]; }
  [[nodiscard]] bool holds(Sequence sequence) const {
    return sequence >= first_ && sequence <= last();
  }
  [[nodiscard]] Entry const& at(Sequence sequence) const {
    QRPAY_CHECK(holds(sequence));
    return entries_[sequence.value() - first_.value()];
  }

 private:
  Sequence first_;
  std::vector<Entry> entries_;
};

}  // namespace qrpay::ledger
