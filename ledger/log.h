// The log: sealed records made durable, and the Merkle tree over them.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "ledger/data_dir.h"
#include "ledger/merkle.h"
#include "ledger/record_codec.h"
#include "ledger/store.h"

namespace qrpay::ledger {

/// A record with its side record, as read back.
struct StoredRecord {
  Record record;
  SideRecord side;
  std::string leaf;  ///< the canonical bytes
};

/// A proof that a record is in the tree of `size` leaves.
struct InclusionProof {
  std::uint64_t size = 0;
  Digest root{};
  std::vector<Digest> hashes;
};

/// Appends by one thread, reads by any. Everything it tells is durable.
class Log {
 public:
  /// `mark` may be absent (tests, verification).
  Log(Store& store, std::optional<DurableMark> mark);

  /// Reads the whole journal once, in order: checks density, decodes, hashes, and hands each record
  /// to `visit`. Must be called before anything else. About 1M records a second.
  /// Errors: kJournalCorrupt with the sequence; whatever `visit` returns.
  using Visit = std::function<base::Result<void>(StoredRecord const&)>;
  [[nodiscard]] base::Result<void> replay(Visit const& visit);

  /// One record ready to be stored. `leaf` and `side` are encoded.
  struct Sealed {
    std::string leaf;
    std::string side;
  };
  /// One synced write. Errors: kStoreUnknown: stop.
  [[nodiscard]] base::Result<void> append(std::span<Sealed const> records);

  /// Number of durable records = sequence of the last.
  [[nodiscard]] std::uint64_t size() const;
  /// Errors: kNotFound; kStoreRead; kJournalCorrupt.
  [[nodiscard]] base::Result<StoredRecord> read(Sequence sequence) const;
  /// Visits records from `from` to the end as it was at the call, until `visit` returns false.
  [[nodiscard]] base::Result<void> scan(
      Sequence from, std::function<bool(StoredRecord const&)> const& visit) const;
  /// Root of the first `size` records. Errors: kInvalidField beyond size().
  [[nodiscard]] base::Result<Digest> root(std::uint64_t size) const;
  /// Errors: kInvalidField.
  [[nodiscard]] base::Result<InclusionProof> inclusion(Sequence sequence,
                                                       std::uint64_t size) const;
  [[nodiscard]] base::Result<std::vector<Digest>> consistency(std::uint64_t size1,
                                                              std::uint64_t size2) const;
  [[nodiscard]] std::size_t tree_memory_bytes() const;

 private:
  Store& store_;
  std::optional<DurableMark> mark_;
  mutable std::shared_mutex mutex_;  ///< guards tree_
  MerkleTree tree_;
};

/// Decodes one entry of a block. Errors: kJournalCorrupt naming `sequence`.
[[nodiscard]] base::Result<StoredRecord> decode_entry(BlockView::Entry const& entry,
                                                      Sequence sequence);

}  // namespace qrpay::ledger
