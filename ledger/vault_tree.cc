#include "ledger/vault_tree.h"

#include <algorithm>
#include <bit>

#include "ledger/locked_memory.h"

namespace qrpay::ledger {

using base::AesCtrStream;
using base::ByteReader;
using base::Bytes32;
using base::ByteWriter;

namespace {

bool has(std::uint16_t mask, unsigned child) { return ((mask >> child) & 1) != 0; }
std::uint16_t bit(unsigned child) { return static_cast<std::uint16_t>(1U << child); }
/// How many of `mask` stand before `child`.
std::size_t rank(std::uint16_t mask, unsigned child) {
  return static_cast<std::size_t>(std::popcount(mask & (bit(child) - 1U)));
}

std::shared_ptr<VaultNode> make_node() {
  std::pmr::polymorphic_allocator<VaultNode> const memory(&locked_memory());
  return std::allocate_shared<VaultNode>(memory, locked_memory());
}

unsigned digit(std::uint64_t n, int depth) {
  return static_cast<unsigned>((n >> (4 * (kVaultLevels - 1 - depth))) & 15);
}

/// Leaves below a node of that depth.
std::uint64_t width(int depth) { return std::uint64_t{1} << (4 * (kVaultLevels - depth)); }

struct Subtree {
  int depth = 0;
  std::uint64_t first = 0;  ///< its lowest leaf
  [[nodiscard]] std::uint64_t last() const { return first + width(depth) - 1; }
  [[nodiscard]] Subtree child(unsigned c) const {
    return {depth + 1, first + c * width(depth + 1)};
  }
};

class Puncture {
 public:
  explicit Puncture(AesCtrStream& stream) : stream_(stream) {}

  VaultBranch cut(VaultBranch const& branch, Subtree const& at,
                  std::span<EraseTarget const> targets) {
    targets = within(targets, at);
    if (branch.gone() || targets.empty()) return branch;
    if (at.depth == kVaultLevels) return cut_leaf(branch, targets);
    auto const& only = targets.front();
    bool const all =
        only.first.value() <= at.first && only.last() >= at.last() && only.sections == kAllSections;
    if (all) return {};
    VaultChildren derived{};
    if (branch.whole)
      stream_.keystream(branch.key.reveal(), 0, {derived[0].data(), sizeof derived});
    auto node = make_node();
    node->keys.reserve(16);  // a vector that grows leaves copies of keys behind
    for (unsigned c = 0; c < 16; ++c) {
      VaultBranch child;
      if (branch.whole) {
        child = {true, base::Secret(derived[c]), nullptr};
      } else if (has(branch.node->whole, c)) {
        child = {true, base::Secret(branch.node->keys[rank(branch.node->whole, c)]), nullptr};
      } else if (has(branch.node->split, c)) {
        child.node = branch.node->children[rank(branch.node->split, c)];
      }
      add(*node, c, cut(child, at.child(c), targets));
    }
    if (node->whole == 0 && node->split == 0) return {};
    return {false, {}, std::move(node)};
  }

 private:
  static std::span<EraseTarget const> within(std::span<EraseTarget const> targets,
                                             Subtree const& at) {
    auto const begin =
        std::partition_point(targets.begin(), targets.end(),
                             [&](EraseTarget const& target) { return target.last() < at.first; });
    auto const end = std::partition_point(begin, targets.end(), [&](EraseTarget const& target) {
      return target.first.value() <= at.last();
    });
    return {begin, end};
  }

  static void add(VaultNode& node, unsigned c, VaultBranch const& child) {
    if (child.whole) {
      node.whole = static_cast<std::uint16_t>(node.whole | bit(c));
      node.keys.push_back(child.key.reveal());
    } else if (child.node != nullptr) {
      node.split = static_cast<std::uint16_t>(node.split | bit(c));
      node.children.push_back(child.node);
    }
  }

  VaultBranch cut_leaf(VaultBranch const& leaf, std::span<EraseTarget const> targets) {
    auto const erased = static_cast<std::uint16_t>(targets.front().sections | kBodyTagBit);
    auto node = make_node();
    node->keys.reserve(std::size_t{2} * 15);
    for (unsigned s = 0; s < 16; ++s) {
      if (has(erased, s)) continue;
      std::array<Bytes32, 2> pair{};
      if (leaf.whole) {
        stream_.keystream(leaf.key.reveal(), 4 * s, {pair[0].data(), sizeof pair});
      } else {
        auto const* found = find_section(*leaf.node, static_cast<std::uint8_t>(s));
        if (found == nullptr) continue;
        pair = {found[0], found[1]};
      }
      node->whole = static_cast<std::uint16_t>(node->whole | bit(s));
      node->keys.insert(node->keys.end(), pair.begin(), pair.end());
    }
    if (node->whole == 0) return {};
    return {false, {}, std::move(node)};
  }

  AesCtrStream& stream_;
};

}  // namespace

VaultNode::~VaultNode() {
  for (auto& key : keys) {
    std::uint8_t volatile* const bytes = key.data();
    for (std::size_t i = 0; i < key.size(); ++i) bytes[i] = 0;
  }
}

VaultPlace find_leaf(VaultBranch const& root, std::uint64_t n) {
  if (root.whole) return {0, &root.key.reveal(), nullptr};
  VaultNode const* node = root.node.get();
  for (int depth = 0; node != nullptr && depth < kVaultLevels; ++depth) {
    unsigned const c = digit(n, depth);
    if (has(node->whole, c)) return {depth + 1, &node->keys[rank(node->whole, c)], nullptr};
    if (!has(node->split, c)) return {};
    node = node->children[rank(node->split, c)].get();
  }
  return {-1, nullptr, node};
}

Bytes32 const* find_section(VaultNode const& leaf, std::uint8_t s) {
  return has(leaf.whole, s) ? &leaf.keys[2 * rank(leaf.whole, s)] : nullptr;
}

VaultBranch puncture(VaultBranch const& root, std::span<EraseTarget const> targets,
                     AesCtrStream& stream) {
  return Puncture(stream).cut(root, {}, targets);
}

// --- bytes -------------------------------------------------------------------------------------

namespace {

void collect_blocks(VaultNodePtr const& node, Subtree const& at, std::vector<VaultBlock>& out) {
  if (at.depth == kVaultBlockDepth) {
    out.push_back({static_cast<std::uint32_t>(at.first >> kVaultBlockBits), node});
    return;
  }
  for (unsigned c = 0; c < 16; ++c)
    if (has(node->split, c)) collect_blocks(node->children[rank(node->split, c)], at.child(c), out);
}

/// Nodes of depth `until` are left out.
void encode_node(VaultNode const& node, int depth, int until, ByteWriter& out) {
  if (depth == until) return;
  out.u16(node.whole);
  if (depth < kVaultLevels) out.u16(node.split);
  for (auto const& key : node.keys) out.bytes(key);
  for (auto const& child : node.children) encode_node(*child, depth + 1, until, out);
}

struct Decoder {
  ByteReader& in;
  int until;
  std::span<VaultBlock const> blocks;  ///< not yet taken

  // At most kVaultLevels deep; nullptr when the bytes do not read.
  [[nodiscard]] VaultNodePtr node(Subtree const& at) {
    if (at.depth == until) {
      if (blocks.empty() || blocks.front().number != at.first >> kVaultBlockBits) return nullptr;
      auto const taken = blocks.front().node;
      blocks = blocks.subspan(1);
      return taken;
    }
    auto made = make_node();
    made->whole = in.u16();
    made->split = at.depth < kVaultLevels ? in.u16() : std::uint16_t{0};
    if ((made->whole & made->split) != 0 || (made->whole | made->split) == 0) return nullptr;
    auto keys = static_cast<std::size_t>(std::popcount(made->whole));
    if (at.depth == kVaultLevels) keys *= 2;
    made->keys.reserve(keys);
    for (std::size_t i = 0; i < keys && in.ok(); ++i) made->keys.push_back(in.array<32>());
    for (unsigned c = 0; c < 16 && in.ok(); ++c) {
      if (!has(made->split, c)) continue;
      auto child = node(at.child(c));
      if (child == nullptr) return nullptr;
      made->children.push_back(std::move(child));
    }
    return in.ok() ? made : nullptr;
  }
};

enum class RootState : std::uint8_t { kGone = 0, kWhole = 1, kSplit = 2 };

}  // namespace

std::vector<VaultBlock> blocks_of(VaultBranch const& root) {
  std::vector<VaultBlock> blocks;
  if (root.node != nullptr) collect_blocks(root.node, {}, blocks);
  return blocks;
}

void encode_top(VaultBranch const& root, std::string& bytes) {
  ByteWriter out(bytes);
  RootState const state = root.whole             ? RootState::kWhole
                          : root.node != nullptr ? RootState::kSplit
                                                 : RootState::kGone;
  out.u8(static_cast<std::uint8_t>(state));
  if (root.whole) out.bytes(root.key.reveal());
  if (root.node != nullptr) encode_node(*root.node, 0, kVaultBlockDepth, out);
}

bool decode_top(ByteReader& in, std::span<VaultBlock const> blocks, VaultBranch& out) {
  out = {};
  auto const state = in.u8();
  if (state == static_cast<std::uint8_t>(RootState::kGone)) return in.ok() && blocks.empty();
  if (state == static_cast<std::uint8_t>(RootState::kWhole)) {
    out.whole = true;
    out.key = base::Secret(in.array<32>());
    return in.ok() && blocks.empty();
  }
  if (state != static_cast<std::uint8_t>(RootState::kSplit)) return false;
  Decoder decoder{in, kVaultBlockDepth, blocks};
  out.node = decoder.node({});
  return out.node != nullptr && decoder.blocks.empty();
}

void encode_block(VaultNode const& node, std::string& bytes) {
  ByteWriter out(bytes);
  encode_node(node, kVaultBlockDepth, kVaultLevels + 1, out);
}

VaultNodePtr decode_block(ByteReader& in) {
  return Decoder{in, kVaultLevels + 1, {}}.node({kVaultBlockDepth, 0});
}

}  // namespace qrpay::ledger
