// The log: sealed records made durable, and the Merkle tree over them.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "base/world.h"
#include "ledger/damage.h"
#include "ledger/data_dir.h"
#include "ledger/merkle.h"
#include "ledger/record_codec.h"
#include "ledger/store.h"
#include "ledger/tiles.h"

namespace qrpay::ledger {

/// Leaves whose hashes stay in memory, 4 MB: receipts of what has just happened read nothing.
inline constexpr std::uint64_t kTreeLeavesKept = 65'536;

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

/// Where the time of an append goes, in microseconds of `clock`: the rest is the store's write.
struct AppendTimes {
  base::Clock& clock;
  std::int64_t hash = 0;  ///< leaves, tree, and laying them into blocks
  std::int64_t sync = 0;  ///< as the store measured it
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
  [[nodiscard]] base::Result<void> replay(Visit const& visit) { return resume(visit); }

  /// The tree of the first records, as it was told elsewhere.
  struct Start {
    std::uint64_t size = 0;
    std::vector<Digest> groups;  ///< roots of the complete groups of 256 leaves
    Digest root{};
  };
  /// Takes the tree of the first records instead of reading them all: reads and hashes those after
  /// the last complete group, and compares the root. Must be called before resume().
  /// Errors: kStoreRead, another root, or the store ends before; nothing was taken then.
  ///   kJournalCorrupt.
  [[nodiscard]] base::Result<void> begin(Start const& start);
  /// replay() of the records after those that begin() took.
  [[nodiscard]] base::Result<void> resume(Visit const& visit);
  /// The last sequence of the store, replayed or not.
  [[nodiscard]] Sequence stored() const;

  /// One record ready to be stored. `leaf` and `side` are encoded.
  struct Sealed {
    std::string leaf;
    std::string side;
  };
  /// One synced write. Errors: kStoreUnknown: stop.
  [[nodiscard]] base::Result<void> append(std::span<Sealed const> records,
                                          AppendTimes* times = nullptr);

  /// Number of durable records = sequence of the last.
  [[nodiscard]] std::uint64_t size() const;
  /// Errors: kNotFound; kStoreRead; kJournalCorrupt.
  [[nodiscard]] base::Result<StoredRecord> read(Sequence sequence) const;
  /// Visits records from `from` to the end as it was at the call, until `visit` returns false.
  [[nodiscard]] base::Result<void> scan(
      Sequence from, std::function<bool(StoredRecord const&)> const& visit) const;
  /// The last of the first `size` records that was stamped no later than `time`; 0 when none was.
  /// Log time never goes back: O(log n) reads. Errors: those of read().
  [[nodiscard]] base::Result<Sequence> last_at(WallTime time, std::uint64_t size) const;
  /// Root of the first `size` records. Errors: kInvalidField beyond size().
  [[nodiscard]] base::Result<Digest> root(std::uint64_t size) const;
  /// Errors: kInvalidField.
  [[nodiscard]] base::Result<InclusionProof> inclusion(Sequence sequence, std::uint64_t size) const;
  [[nodiscard]] base::Result<std::vector<Digest>> consistency(std::uint64_t size1,
                                                              std::uint64_t size2) const;
  /// Roots of the complete groups of 256 leaves from group `from` on that end at or before `size`.
  [[nodiscard]] std::vector<Digest> groups(std::uint64_t from, std::uint64_t size) const;
  /// Hash of the leaf of a stored record. Errors: kNotFound; kStoreRead; kJournalCorrupt.
  [[nodiscard]] base::Result<Digest> leaf_hash_of(Sequence sequence) const;
  /// Lets go of hashes that can be made again from the journal: those of leaves up to `sequence`
  /// but for the newest kTreeLeavesKept. Proofs of older records then hash 256 or 512 records.
  void forget_leaves(Sequence sequence);

  /// The hashes of a tile. Errors: kNotFound, not all of them are there; those of leaf_hash_of().
  [[nodiscard]] base::Result<std::string> tile(TileId const& tile) const;
  [[nodiscard]] std::size_t tree_memory_bytes() const;
  /// What read(), scan() and proofs met that could not be read, until it can be read again. All of
  /// it was acknowledged; nothing else is lost with it.
  [[nodiscard]] std::vector<Damage> damage() const { return damage_.list(); }

 private:
  [[nodiscard]] base::Result<StoredRecord> read_stored(Sequence sequence) const;
  /// Puts the stretch around `sequence` that cannot be read on the list of damage.
  void note_damage(Sequence sequence, base::Error const& error) const;
  /// Of the 256 leaves of a complete group, from the journal; compared with the group's root.
  [[nodiscard]] base::Result<std::vector<Digest>> read_group(std::uint64_t group) const;
  /// Calls `ask` under the lock until nothing it needs is missing.
  template <class Ask>
  [[nodiscard]] auto ask_tree(Ask const& ask) const -> decltype(ask(nullptr));

  Store& store_;
  std::optional<DurableMark> mark_;
  mutable std::shared_mutex mutex_;  ///< guards tree_
  MerkleTree tree_;
  mutable DamageList damage_;
};

/// Decodes one entry of a block. Errors: kJournalCorrupt naming `sequence`.
[[nodiscard]] base::Result<StoredRecord> decode_entry(BlockView::Entry const& entry,
                                                      Sequence sequence);

}  // namespace qrpay::ledger
