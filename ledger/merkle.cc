#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/crypto.h"

namespace qrpay::ledger {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

// Records are a few hundred bytes: those are copied behind the prefix and hashed in one call.
constexpr std::size_t kLeafBufferBytes = 1024;

base::Unexpected<base::Error> invalid(char const* why) {
  return base::fail(base::Errc::kProofInvalid, why);
}

// Where a walk up a tree stands: the node's own position and that of the last node of its level.
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  void up() {
    node >>= 1;
    last >>= 1;
  }
  [[nodiscard]] bool at_root() const { return last == 0; }
  // The next hash of a proof stands to the left. A last node without a right sibling moves up
  // unchanged until it is a right child, so those levels have no hash in the proof.
  [[nodiscard]] bool sibling_is_left() const { return (node & 1) != 0 || node == last; }
  void skip_levels_without_sibling() {
    while ((node & 1) == 0 && node != 0) up();
  }
};

// Largest power of two below `n`. Requires: n > 1.
std::uint64_t split_point(std::uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

base::Digest leaf_hash(base::ByteView entry) {
  if (entry.size() >= kLeafBufferBytes) {
    return base::Sha256().update_u8(kLeafPrefix).update(entry).finish();
  }
  std::array<std::uint8_t, kLeafBufferBytes> buffer;
  buffer[0] = kLeafPrefix;
  std::copy(entry.begin(), entry.end(), buffer.begin() + 1);
  return base::sha256({buffer.data(), entry.size() + 1});
}

base::Digest node_hash(base::ByteView left, base::ByteView right) {
  constexpr std::size_t kHashBytes = sizeof(base::Digest);
  QRPAY_CHECK(left.size() <= kHashBytes && right.size() <= kHashBytes);
  std::array<std::uint8_t, 1 + 2 * kHashBytes> buffer;
  buffer[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), buffer.begin() + 1);
  std::copy(right.begin(), right.end(), buffer.data() + 1 + left.size());
  return base::sha256({buffer.data(), 1 + left.size() + right.size()});
}

base::Digest root_of_row(std::vector<base::Digest> row) {
  // Pairing the row again and again and passing the odd one up gives the tree of RFC 6962.
  while (row.size() > 1) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i + 1 < row.size(); i += 2) row[kept++] = node_hash(row[i], row[i + 1]);
    if (row.size() % 2 == 1) row[kept++] = row.back();
    row.resize(kept);
  }
  return row.front();
}

base::Digest empty_root() { return base::sha256({}); }

std::optional<base::Digest> parse_hash(base::ByteView bytes) {
  base::Digest hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

base::Result<void> verify_inclusion(InclusionClaim const& claim,
                                    std::span<base::Digest const> proof) {
  if (claim.index >= claim.size) return invalid("index is not below the size");
  Walk walk{claim.index, claim.size - 1};
  base::Digest root = claim.leaf_hash;
  for (base::Digest const& hash : proof) {
    if (walk.at_root()) return invalid("too many hashes");
    if (walk.sibling_is_left()) {
      root = node_hash(hash, root);
      walk.skip_levels_without_sibling();
    } else {
      root = node_hash(root, hash);
    }
    walk.up();
  }
  if (!walk.at_root()) return invalid("too few hashes");
  if (root != claim.root) return invalid("another root");
  return {};
}

base::Result<void> verify_consistency(ConsistencyClaim const& claim,
                                      std::span<base::Digest const> proof) {
  if (claim.size1 == 0) return invalid("an empty tree proves nothing");
  if (claim.size1 > claim.size2) return invalid("size1 is above size2");
  if (claim.size1 == claim.size2) {
    if (!proof.empty()) return invalid("equal sizes need no hash");
    if (claim.root1 != claim.root2) return invalid("equal sizes with different roots");
    return {};
  }
  // A complete old tree is itself a node of the new one, so its root is left out of the proof.
  base::Digest first = claim.root1;
  if (!std::has_single_bit(claim.size1)) {
    if (proof.empty()) return invalid("too few hashes");
    first = proof.front();
    proof = proof.subspan(1);
  }
  Walk walk{claim.size1 - 1, claim.size2 - 1};
  while ((walk.node & 1) != 0) walk.up();
  base::Digest root1 = first;
  base::Digest root2 = first;
  for (base::Digest const& hash : proof) {
    if (walk.at_root()) return invalid("too many hashes");
    if (walk.sibling_is_left()) {
      root1 = node_hash(hash, root1);
      root2 = node_hash(hash, root2);
      walk.skip_levels_without_sibling();
    } else {
      root2 = node_hash(root2, hash);
    }
    walk.up();
  }
  if (!walk.at_root()) return invalid("too few hashes");
  if (root1 != claim.root1) return invalid("another first root");
  if (root2 != claim.root2) return invalid("another second root");
  return {};
}

base::Digest const& MerkleTree::Level::push(base::Digest const& hash) {
  std::size_t const slot = count % kChunkHashes;
  // for_overwrite: the chunk is written hash by hash, zeroing 128 KiB first would be a small stall.
  if (slot == 0) chunks.emplace_back();
  if (!chunks.back()) chunks.back() = std::make_unique_for_overwrite<Chunk>();
  ++count;
  return (*chunks.back())[slot] = hash;
}

void MerkleTree::Supplied::add(std::uint64_t group, std::span<base::Digest const> leaf_hashes) {
  QRPAY_CHECK(leaf_hashes.size() == kGroupLeaves);
  auto& levels = groups_[group];
  levels.assign(1, {leaf_hashes.begin(), leaf_hashes.end()});
  while (levels.back().size() > 1) {
    auto const& below = levels.back();
    std::vector<base::Digest> row;
    for (std::size_t i = 0; i < below.size(); i += 2)
      row.push_back(node_hash(below[i], below[i + 1]));
    levels.push_back(std::move(row));
  }
}

void MerkleTree::restore(std::span<base::Digest const> group_roots) {
  QRPAY_CHECK(size_ == 0);
  size_ = group_roots.size() << kGroupLevel;
  floor_ = size_;
  for (std::size_t level = 0; level < kGroupLevel; ++level) {
    Level& row = levels_.emplace_back();
    row.count = size_ >> level;
    row.chunks.resize((row.count + kChunkHashes - 1) / kChunkHashes);
  }
  for (auto const& root : group_roots) push_up(kGroupLevel, root);
}

MerkleTree::Forgotten MerkleTree::forget_below(std::uint64_t leaf) {
  QRPAY_CHECK(leaf <= size_);
  Forgotten forgotten;
  floor_ = std::max(floor_, leaf >> kGroupLevel << kGroupLevel);
  for (std::size_t level = 0; level < kGroupLevel && level < levels_.size(); ++level) {
    // A chunk that is not full reaches beyond floor(), and stays.
    auto& chunks = levels_[level].chunks;
    std::size_t const end = (floor_ >> level) / kChunkHashes;
    for (std::size_t i = std::min(end, chunks.size()); i > 0 && chunks[i - 1]; --i)
      forgotten.push_back(std::move(chunks[i - 1]));
  }
  return forgotten;
}

void MerkleTree::append(base::Digest const& leaf_hash) {
  push_up(0, leaf_hash);
  ++size_;
}

void MerkleTree::push_up(std::size_t begin, base::Digest hash) {
  for (std::size_t level = begin;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    Level& row = levels_[level];
    row.push(hash);
    if (row.count % 2 != 0) break;
    hash = node_hash(row.at(row.count - 2), row.at(row.count - 1));
  }
}

base::Digest const& MerkleTree::node(std::size_t level, std::uint64_t index) const {
  QRPAY_CHECK(level < levels_.size() && index < levels_[level].count);
  QRPAY_CHECK(level >= kGroupLevel || index << level >= floor_);
  return levels_[level].at(index);
}

base::Digest MerkleTree::node_from(std::size_t level, std::uint64_t index,
                                   Supplied* supplied) const {
  if (supplied == nullptr || level >= kGroupLevel || index << level >= floor_)
    return node(level, index);
  std::uint64_t const group = index >> (kGroupLevel - level);
  auto const found = supplied->groups_.find(group);
  if (found != supplied->groups_.end())
    return found->second[level][index - (group << (kGroupLevel - level))];
  supplied->missing_ = group;
  return {};
}

// Root of leaves [begin, end). Requires: begin is a multiple of a power of two >= end - begin, so
// every complete subtree of the range is a stored node. Joins them from the smallest, the last one.
base::Digest MerkleTree::range_root(std::uint64_t begin, std::uint64_t end,
                                    Supplied* supplied) const {
  std::uint64_t rest = end - begin;
  std::optional<base::Digest> root;
  while (rest != 0) {
    auto const level = static_cast<std::size_t>(std::countr_zero(rest));
    base::Digest const left = node_from(level, ((begin + rest) >> level) - 1, supplied);
    root = root ? node_hash(left, *root) : left;
    rest &= rest - 1;
  }
  return root ? *root : empty_root();
}

base::Digest MerkleTree::root() const { return range_root(0, size_, /*supplied=*/nullptr); }

base::Result<base::Digest> MerkleTree::root(std::uint64_t size, Supplied* supplied) const {
  if (supplied != nullptr) supplied->missing_.reset();
  if (size > size_) return base::fail(base::Errc::kInvalidField, "size");
  return range_root(0, size, supplied);
}

base::Result<std::vector<base::Digest>> MerkleTree::inclusion(std::uint64_t index,
                                                              std::uint64_t size,
                                                              Supplied* supplied) const {
  if (supplied != nullptr) supplied->missing_.reset();
  if (size > size_) return base::fail(base::Errc::kInvalidField, "size");
  if (index >= size) return base::fail(base::Errc::kInvalidField, "index");
  std::vector<base::Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    std::uint64_t const middle = begin + split_point(end - begin);
    if (index < middle) {
      proof.push_back(range_root(middle, end, supplied));
      end = middle;
    } else {
      proof.push_back(range_root(begin, middle, supplied));
      begin = middle;
    }
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

base::Result<std::vector<base::Digest>> MerkleTree::consistency(std::uint64_t size1,
                                                                std::uint64_t size2,
                                                                Supplied* supplied) const {
  if (supplied != nullptr) supplied->missing_.reset();
  if (size2 > size_) return base::fail(base::Errc::kInvalidField, "size2");
  if (size1 == 0 || size1 > size2) return base::fail(base::Errc::kInvalidField, "size1");
  std::vector<base::Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size2;
  while (end != size1) {
    std::uint64_t const middle = begin + split_point(end - begin);
    if (size1 <= middle) {
      proof.push_back(range_root(middle, end, supplied));
      end = middle;
    } else {
      proof.push_back(range_root(begin, middle, supplied));
      begin = middle;
    }
  }
  // begin is still 0 when the old tree is a node of the new one: the verifier has its root already.
  if (begin != 0) proof.push_back(range_root(begin, end, supplied));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

std::size_t MerkleTree::memory_bytes() const {
  std::size_t bytes = 0;
  for (Level const& level : levels_)
    for (auto const& chunk : level.chunks) bytes += sizeof chunk + (chunk ? sizeof(Chunk) : 0);
  return bytes;
}

}  // namespace qrpay::ledger
