// The Merkle tree of RFC 6962 section 2.1 over SHA-256: hashes, proofs and their verification.
//
// Leaf i of our log is the canonical record of sequence i + 1. The free functions are pure and may
// be called from any thread. Source of every rule: RFC 6962 2.1, 2.1.1, 2.1.2 (RFC 9162 keeps the
// tree); the verifiers follow RFC 9162 2.1.3.2 and 2.1.4.2, which fix the order of the checks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

namespace qrpay::ledger {

/// A path from a leaf to the root of a tree of at most 2^64 leaves has at most this many hashes;
/// a consistency proof has one more.
inline constexpr std::size_t kProofHashesMax = 64;

/// SHA-256(0x00 || entry).
[[nodiscard]] base::Digest leaf_hash(base::ByteView entry);

/// SHA-256(0x01 || left || right). Requires: each at most 32 bytes (a hash has exactly 32).
[[nodiscard]] base::Digest node_hash(base::ByteView left, base::ByteView right);

/// Root of the tree without leaves: SHA-256 of nothing.
[[nodiscard]] base::Digest empty_root();

/// Root over a row of subtrees of one size, a power of two, of which the last may be smaller.
/// Requires: not empty.
[[nodiscard]] base::Digest root_of_row(std::vector<base::Digest> row);

/// The way for foreign bytes into a proof: nullopt unless exactly 32 bytes.
[[nodiscard]] std::optional<base::Digest> parse_hash(base::ByteView bytes);

/// "`leaf_hash` is leaf `index` (from 0) of the tree of `size` leaves whose root is `root`."
struct InclusionClaim {
  std::uint64_t index;
  std::uint64_t size;
  base::Digest leaf_hash;
  base::Digest root;
};

/// "The tree of `size1` leaves with `root1` is the beginning of the one of `size2` with `root2`."
struct ConsistencyClaim {
  std::uint64_t size1;
  std::uint64_t size2;
  base::Digest root1;
  base::Digest root2;
};

/// Checks `proof`, ordered from the leaf's sibling upwards. O(proof) hashes, never more than 65.
/// Errors: kProofInvalid.
[[nodiscard]] base::Result<void> verify_inclusion(InclusionClaim const& claim,
                                                  std::span<base::Digest const> proof);

/// Checks `proof`. Size 0 proves nothing and is refused; equal sizes need equal roots and no hash.
/// Errors: kProofInvalid.
[[nodiscard]] base::Result<void> verify_consistency(ConsistencyClaim const& claim,
                                                    std::span<base::Digest const> proof);

/// A growing tree that answers for its present size and for every earlier one.
///
/// Keeps the hash of every complete subtree of 256 leaves or more, a byte for four leaves, and of
/// the smaller ones from floor() on, 64 bytes a leaf; in chunks that never move, so an append never
/// waits for a copy of the past. What a proof needs below floor() is supplied from the leaves,
/// which the journal holds. Nothing is durable here. Not thread-safe, reads beside an append
/// included: the owner locks.
class MerkleTree {
 public:
  /// A group: 256 leaves that begin at a multiple of 256. Its root is kept for ever.
  static constexpr std::size_t kGroupLevel = 8;
  static constexpr std::uint64_t kGroupLeaves = std::uint64_t{1} << kGroupLevel;

  /// Groups below floor() that proofs may use, and the first that one would have needed.
  class Supplied {
   public:
    /// Requires: exactly the 256 leaf hashes of that group.
    void add(std::uint64_t group, std::span<base::Digest const> leaf_hashes);
    /// Of the last call that took this; its result then means nothing.
    [[nodiscard]] std::optional<std::uint64_t> missing() const { return missing_; }
    /// Of a group that was added.
    [[nodiscard]] base::Digest const& root(std::uint64_t group) const {
      return groups_.at(group).back().front();
    }

   private:
    friend class MerkleTree;
    std::map<std::uint64_t, std::vector<std::vector<base::Digest>>> groups_;  // by level
    std::optional<std::uint64_t> missing_;
  };

  /// Begins with complete groups instead of their leaves; floor() is then at their end.
  /// Requires: an empty tree.
  void restore(std::span<base::Digest const> group_roots);

  /// The first leaf whose own hash is here; a multiple of 256.
  [[nodiscard]] std::uint64_t floor() const { return floor_; }

 private:
  // 128 KiB a chunk: big enough that allocations are rare, small enough that the last chunk of each
  // of the ~24 levels of a 10M tree wastes little.
  static constexpr std::size_t kChunkHashes = 4096;
  using Chunk = std::array<base::Digest, kChunkHashes>;

 public:
  /// Raises floor() to the multiple of 256 at or below `leaf`. What is let go of is the caller's to
  /// destroy, outside any lock. Requires: leaf <= size().
  using Forgotten = std::vector<std::unique_ptr<Chunk>>;
  [[nodiscard]] Forgotten forget_below(std::uint64_t leaf);

  /// Adds one leaf. Cost: one node hash on average, at most 63; one allocation per 4,096 hashes.
  void append(base::Digest const& leaf_hash);

  /// Number of leaves.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Root of the present tree. O(log n) hashes.
  [[nodiscard]] base::Digest root() const;

  /// Root of the first `size` leaves. O(log n) hashes.
  /// Here and below, without `supplied`: requires that no hash below floor() is needed.
  /// Errors: kInvalidField, `size` is above size().
  [[nodiscard]] base::Result<base::Digest> root(std::uint64_t size,
                                                Supplied* supplied = nullptr) const;

  /// Proof that leaf `index` (from 0) is in the tree of the first `size` leaves. O(log n) hashes.
  /// Errors: kInvalidField, unless index < size <= size().
  [[nodiscard]] base::Result<std::vector<base::Digest>> inclusion(
      std::uint64_t index, std::uint64_t size, Supplied* supplied = nullptr) const;

  /// Proof that the first `size1` leaves begin the tree of `size2`. O(log n) hashes.
  /// Errors: kInvalidField, unless 0 < size1 <= size2 <= size().
  [[nodiscard]] base::Result<std::vector<base::Digest>> consistency(
      std::uint64_t size1, std::uint64_t size2, Supplied* supplied = nullptr) const;

  /// Root of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level). O(1).
  /// Requires: those leaves are in the tree, and not below floor() at a level under kGroupLevel.
  [[nodiscard]] base::Digest const& node(std::size_t level, std::uint64_t index) const;

  /// Bytes held for hashes, unused room in the last chunks included.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Level {
    std::vector<std::unique_ptr<Chunk>> chunks;  ///< null: forgotten
    std::uint64_t count = 0;

    [[nodiscard]] base::Digest const& at(std::uint64_t index) const {
      return (*chunks[index / kChunkHashes])[index % kChunkHashes];
    }
    base::Digest const& push(base::Digest const& hash);
  };

  void push_up(std::size_t level, base::Digest hash);
  [[nodiscard]] base::Digest range_root(std::uint64_t begin, std::uint64_t end,
                                        Supplied* supplied) const;
  [[nodiscard]] base::Digest node_from(std::size_t level, std::uint64_t index,
                                       Supplied* supplied) const;

  std::vector<Level> levels_;
  std::uint64_t size_ = 0;
  std::uint64_t floor_ = 0;
};

}  // namespace qrpay::ledger
