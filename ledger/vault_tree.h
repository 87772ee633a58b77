// The puncturable tree of a vault: what is left of it, and taking more away. docs/formats/vault.md.
//
// A subtree is whole (its node's key is known, and with it all below), gone, or split: some of its
// children are whole, some split, the others gone. Immutable and shared: a puncture copies the path
// to what it takes away. Threads: any.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/ids.h"
#include "ledger/erasure.h"

namespace qrpay::ledger {

inline constexpr int kVaultLevels = 10;
/// Nodes of this depth cover 2^20 leaves each, which lie in a file of their own once split.
inline constexpr int kVaultBlockDepth = 5;
inline constexpr int kVaultBlockBits = 20;

struct VaultNode;
using VaultNodePtr = std::shared_ptr<VaultNode const>;

/// A subtree. Gone when it has neither.
struct VaultBranch {
  bool whole = false;
  base::Secret key;   ///< when whole
  VaultNodePtr node;  ///< when split
  [[nodiscard]] bool gone() const { return !whole && node == nullptr; }
};

/// A split subtree. At depth 10 the children are the sections: two keys each, and none split.
struct VaultNode {
  std::uint16_t whole = 0;
  std::uint16_t split = 0;
  std::pmr::vector<base::Bytes32> keys;     ///< of the whole ones, ascending
  std::pmr::vector<VaultNodePtr> children;  ///< the split ones, ascending
  explicit VaultNode(std::pmr::memory_resource& memory) : keys(&memory), children(&memory) {}
  VaultNode(VaultNode const&) = delete;
  VaultNode& operator=(VaultNode const&) = delete;
  ~VaultNode();
};

/// 16 children of 32 bytes.
using VaultChildren = std::array<base::Bytes32, 16>;

/// What stands above a leaf.
struct VaultPlace {
  /// Depth of the whole node above it, 0 to 10; -1 when the leaf is split or gone.
  int depth = -1;
  base::Bytes32 const* key = nullptr;   ///< of that node, as long as the tree lives
  VaultNode const* sections = nullptr;  ///< of a split leaf
};
[[nodiscard]] VaultPlace find_leaf(VaultBranch const& root, std::uint64_t n);

/// Key and salt of section `s` in a split leaf; nullptr when it is gone.
[[nodiscard]] base::Bytes32 const* find_section(VaultNode const& leaf, std::uint8_t s);

/// `root` without `targets`, which are ordered. Cost: 3 us a record, or a range.
[[nodiscard]] VaultBranch puncture(VaultBranch const& root, std::span<EraseTarget const> targets,
                                   base::AesCtrStream& stream);

/// A split node of depth kVaultBlockDepth.
struct VaultBlock {
  std::uint32_t number = 0;  ///< the leaves from number << 20 on
  VaultNodePtr node;
};
[[nodiscard]] std::vector<VaultBlock> blocks_of(VaultBranch const& root);

/// The tree above its blocks; what is split at their depth is said to be, no more.
void encode_top(VaultBranch const& root, std::string& out);
/// `blocks` are those that the bytes say are split, ascending. False when the bytes do not read.
[[nodiscard]] bool decode_top(base::ByteReader& in, std::span<VaultBlock const> blocks,
                              VaultBranch& out);
/// All that lies below the node of a block.
void encode_block(VaultNode const& node, std::string& out);
/// nullptr when the bytes do not read.
[[nodiscard]] VaultNodePtr decode_block(base::ByteReader& in);

}  // namespace qrpay::ledger
