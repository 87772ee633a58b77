#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "ledger/tiles.h"

namespace qrpay::ledger {
namespace {

using Hashes = std::vector<base::Digest>;
using HashSpan = std::span<base::Digest const>;

constexpr std::size_t kSizeMax = 70;  // past 64, so the right edge takes every shape of six bits

Hashes leaf_hashes(std::size_t count) {
  Hashes hashes;
  for (std::size_t i = 0; i < count; ++i) {
    hashes.push_back(leaf_hash(base::as_bytes("record " + std::to_string(i))));
  }
  return hashes;
}

MerkleTree tree_of(HashSpan leaves) {
  MerkleTree tree;
  for (base::Digest const& leaf : leaves) tree.append(leaf);
  return tree;
}

// RFC 6962 2.1 and 2.1.1 word for word: the model that MerkleTree must agree with.
base::Digest naive_root(HashSpan leaves) {
  if (leaves.empty()) return base::sha256({});
  if (leaves.size() == 1) return leaves[0];
  std::size_t const k = std::bit_floor(leaves.size() - 1);
  std::string bytes = "\x01";
  bytes += base::as_text(naive_root(leaves.first(k)));
  bytes += base::as_text(naive_root(leaves.subspan(k)));
  return base::sha256(base::as_bytes(bytes));
}

Hashes naive_inclusion(std::size_t index, HashSpan leaves) {
  if (leaves.size() == 1) return {};
  std::size_t const k = std::bit_floor(leaves.size() - 1);
  bool const is_left = index < k;
  Hashes proof = is_left ? naive_inclusion(index, leaves.first(k))
                         : naive_inclusion(index - k, leaves.subspan(k));
  proof.push_back(naive_root(is_left ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

Hashes naive_consistency(std::size_t size1, HashSpan leaves, bool is_known) {
  if (size1 == leaves.size()) return is_known ? Hashes{} : Hashes{naive_root(leaves)};
  std::size_t const k = std::bit_floor(leaves.size() - 1);
  bool const is_left = size1 <= k;
  Hashes proof = is_left ? naive_consistency(size1, leaves.first(k), is_known)
                         : naive_consistency(size1 - k, leaves.subspan(k), false);
  proof.push_back(naive_root(is_left ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

// Calls `check` with one bit of `bytes` flipped at a time, and restores it. Every bit of a hash
// enters the same SHA-256, so one bit per byte is as good as all of them.
template <class Check>
void with_each_byte_flipped(std::span<std::uint8_t> bytes, Check check) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto const bit = static_cast<std::uint8_t>(1U << (i % 8));
    bytes[i] ^= bit;
    check();
    bytes[i] ^= bit;
  }
}

TEST(MerkleTree, GivesTheRootOfEveryEarlierSize) {
  Hashes const leaves = leaf_hashes(kSizeMax);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t size = 0; size <= kSizeMax; ++size) {
    EXPECT_EQ(tree.root(size).value(), naive_root(HashSpan(leaves).first(size))) << size;
    EXPECT_EQ(tree_of(HashSpan(leaves).first(size)).root(), tree.root(size).value()) << size;
  }
  EXPECT_EQ(MerkleTree().root(), empty_root());
}

TEST(MerkleTree, InclusionProofsAreThoseOfTheRfcAndVerify) {
  Hashes const leaves = leaf_hashes(kSizeMax);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t size = 1; size <= kSizeMax; ++size) {
    base::Digest const root = tree.root(size).value();
    for (std::size_t index = 0; index < size; ++index) {
      Hashes const proof = tree.inclusion(index, size).value();
      EXPECT_EQ(proof, naive_inclusion(index, HashSpan(leaves).first(size)));
      EXPECT_TRUE(verify_inclusion({index, size, leaves[index], root}, proof)) << index << size;
    }
  }
}

TEST(MerkleTree, ConsistencyProofsAreThoseOfTheRfcAndVerify) {
  Hashes const leaves = leaf_hashes(kSizeMax);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t size2 = 1; size2 <= kSizeMax; ++size2) {
    base::Digest const root2 = tree.root(size2).value();
    for (std::size_t size1 = 1; size1 <= size2; ++size1) {
      Hashes const proof = tree.consistency(size1, size2).value();
      EXPECT_EQ(proof, naive_consistency(size1, HashSpan(leaves).first(size2), true));
      ConsistencyClaim const claim{size1, size2, tree.root(size1).value(), root2};
      EXPECT_TRUE(verify_consistency(claim, proof)) << size1 << " to " << size2;
    }
  }
}

TEST(MerkleProof, InclusionFailsWithAnyFlippedBit) {
  Hashes const leaves = leaf_hashes(kSizeMax);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t size = 1; size <= kSizeMax; ++size) {
    for (std::size_t index = size % 3; index < size; index += 3) {
      InclusionClaim claim{index, size, leaves[index], tree.root(size).value()};
      Hashes proof = tree.inclusion(index, size).value();
      auto const refused = [&] { EXPECT_FALSE(verify_inclusion(claim, proof)) << index; };
      with_each_byte_flipped(claim.leaf_hash, refused);
      with_each_byte_flipped(claim.root, refused);
      for (base::Digest& hash : proof) with_each_byte_flipped(hash, refused);
      EXPECT_TRUE(verify_inclusion(claim, proof));
    }
  }
}

TEST(MerkleProof, ConsistencyFailsWithAnyFlippedBit) {
  MerkleTree const tree = tree_of(leaf_hashes(kSizeMax));
  for (std::size_t size2 = 2; size2 <= kSizeMax; size2 += 3) {
    for (std::size_t size1 = 1; size1 < size2; size1 += 2) {
      ConsistencyClaim claim{size1, size2, tree.root(size1).value(), tree.root(size2).value()};
      Hashes proof = tree.consistency(size1, size2).value();
      auto const refused = [&] { EXPECT_FALSE(verify_consistency(claim, proof)) << size1; };
      with_each_byte_flipped(claim.root1, refused);
      with_each_byte_flipped(claim.root2, refused);
      for (base::Digest& hash : proof) with_each_byte_flipped(hash, refused);
      EXPECT_TRUE(verify_consistency(claim, proof));
    }
  }
}

TEST(MerkleProof, InclusionFailsAtAnotherIndexOrWithAnotherNumberOfHashes) {
  Hashes const leaves = leaf_hashes(kSizeMax);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t size = 2; size <= kSizeMax; ++size) {
    for (std::size_t index = 0; index < size; ++index) {
      InclusionClaim const claim{index, size, leaves[index], tree.root(size).value()};
      Hashes proof = tree.inclusion(index, size).value();
      for (std::uint64_t other = 0; other < size + 2; ++other) {
        InclusionClaim moved = claim;
        moved.index = other;
        EXPECT_EQ(verify_inclusion(moved, proof).has_value(), other == index);
      }
      proof.push_back(claim.root);
      EXPECT_FALSE(verify_inclusion(claim, proof));
      proof.resize(proof.size() - 2);
      EXPECT_FALSE(verify_inclusion(claim, proof));
    }
  }
}

TEST(MerkleProof, StopsAtOnceOnAnEndlessProofOfTheLargestTree) {
  std::uint64_t const largest = ~std::uint64_t{0};
  Hashes const endless(100'000, empty_root());
  EXPECT_FALSE(verify_inclusion({largest - 1, largest, empty_root(), empty_root()}, endless));
  EXPECT_FALSE(verify_consistency({largest - 1, largest, empty_root(), empty_root()}, endless));
  EXPECT_FALSE(verify_consistency({1, largest, empty_root(), empty_root()}, {}));
  EXPECT_FALSE(verify_consistency({3, 4, empty_root(), empty_root()}, {}));
}

TEST(MerkleTree, RefusesSizesAndIndexesItDoesNotHave) {
  MerkleTree const tree = tree_of(leaf_hashes(5));
  auto const refused = [](auto const& result) {
    return !result && result.error().errc == base::Errc::kInvalidField;
  };
  EXPECT_TRUE(refused(tree.root(6)));
  EXPECT_TRUE(refused(tree.inclusion(0, 6)));
  EXPECT_TRUE(refused(tree.inclusion(5, 5)));
  EXPECT_TRUE(refused(tree.inclusion(0, 0)));
  EXPECT_TRUE(refused(tree.consistency(0, 5)));
  EXPECT_TRUE(refused(tree.consistency(4, 3)));
  EXPECT_TRUE(refused(tree.consistency(5, 6)));
}

// Chunks hold 4,096 hashes: 20,000 leaves cross their borders on the first rows.
TEST(MerkleTree, AgreesWithTheModelAcrossChunks) {
  Hashes const leaves = leaf_hashes(20'000);
  MerkleTree const tree = tree_of(leaves);
  for (std::size_t const size : {4095u, 4096u, 4097u, 8191u, 8192u, 8193u, 12'289u, 20'000u}) {
    HashSpan const part = HashSpan(leaves).first(size);
    EXPECT_EQ(tree.root(size).value(), naive_root(part));
    EXPECT_EQ(tree.inclusion(size / 2, size).value(), naive_inclusion(size / 2, part));
    EXPECT_EQ(tree.consistency(size / 3, size).value(), naive_consistency(size / 3, part, true));
  }
  std::size_t const hashes = tree.memory_bytes() / sizeof(base::Digest);
  EXPECT_GE(hashes, 2 * leaves.size() - 15);
  EXPECT_LE(hashes, 2 * leaves.size() + 16 * 4096);
}

TEST(Tiles, WidthsAreThoseOfTheSpecificationsExample) {
  // "A tree of size 70,000: 273 full level 0 tiles, one of width 112; one full level 1 tile, one of
  // width 17; one level 2 tile of width 1."
  EXPECT_EQ(tile_width(0, 272, 70'000), 256U);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112U);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0U);
  EXPECT_EQ(tile_width(1, 0, 70'000), 256U);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17U);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1U);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0U);
  EXPECT_EQ(tile_width(63, 0, ~std::uint64_t{0}), 0U);
}

TEST(Tiles, HigherTilesHoldTheRootsOfFullTilesBelow) {
  Hashes const leaves = leaf_hashes(600);
  MerkleTree const tree = tree_of(leaves);
  std::string const bytes = tile_bytes(tree, {1, 0, 2}).value();
  std::string expected;
  expected += base::as_text(naive_root(HashSpan(leaves).first(256)));
  expected += base::as_text(naive_root(HashSpan(leaves).subspan(256, 256)));
  EXPECT_EQ(bytes, expected);
}

TEST(Tiles, RefusesTilesTheTreeDoesNotHave) {
  MerkleTree const tree = tree_of(leaf_hashes(600));
  for (TileId const tile : {TileId{0, 2, 89}, TileId{0, 3, 1}, TileId{1, 0, 3}, TileId{2, 0, 1},
                            TileId{63, 0, 1}, TileId{0, 0, 0}, TileId{0, 0, 257}}) {
    auto const bytes = tile_bytes(tree, tile);
    ASSERT_FALSE(bytes) << tile.level << ' ' << tile.index << ' ' << tile.width;
    EXPECT_EQ(bytes.error().errc, base::Errc::kNotFound);
  }
  EXPECT_TRUE(tile_bytes(tree, {0, 2, 88}));
  EXPECT_TRUE(tile_bytes(tree, {0, 2, 5})) << "an earlier, partial tile is still there";
}

TEST(Tiles, PathsRoundTripForEveryLengthOfIndex) {
  std::uint64_t index = 1;
  for (int digits = 1; digits <= 20; ++digits, index *= 10) {
    for (std::uint64_t const at : {index - 1, index, index + 7}) {
      for (unsigned const width : {1U, 255U, 256U}) {
        TileId const tile{7, at, width};
        EXPECT_EQ(parse_tile_path(format_tile_path(tile)).value(), tile);
        BundleId const bundle{at, width};
        EXPECT_EQ(parse_entries_path(format_entries_path(bundle)).value(), bundle);
      }
    }
  }
  TileId const last{63, ~std::uint64_t{0}, 255};
  EXPECT_EQ(format_tile_path(last), "tile/63/x018/x446/x744/x073/x709/x551/615.p/255");
  EXPECT_EQ(parse_tile_path(format_tile_path(last)).value(), last);
}

TEST(Tiles, RefusesPathsNobodyWrites) {
  for (char const* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/x001",
                           "tile/0/001/000",
                           "tile/0/x01/000",
                           "tile/0/xx01/000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile//000",
                           "tile/0/000/",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1.p/1",
                           "tile/0/ 00",
                           "tile/0/00x",
                           "Tile/0/000",
                           "tile/0/000\n",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/entries/000"}) {
    auto const tile = parse_tile_path(path);
    ASSERT_FALSE(tile) << path;
    EXPECT_EQ(tile.error().errc, base::Errc::kMalformed);
  }
  for (char const* path : {"tile/entries", "tile/entries/", "tile/entries/0", "tile/0/000"}) {
    EXPECT_FALSE(parse_entries_path(path)) << path;
  }
}

TEST(Tiles, BundlesHoldTheLongestEntryAndRefuseALongerOne) {
  std::string const longest(kEntryBytesMax, 'a');
  std::vector<base::ByteView> entries = {base::as_bytes(longest), {}};
  std::string const bytes = entry_bundle_bytes(entries).value();
  EXPECT_EQ(bytes.size(), 2 + longest.size() + 2);
  EXPECT_EQ(parse_entry_bundle(base::as_bytes(bytes)).value().size(), 2U);

  std::string const longer = longest + 'a';
  entries = {base::as_bytes(longer)};
  EXPECT_EQ(entry_bundle_bytes(entries).error().errc, base::Errc::kTooLarge);
  entries.assign(257, {});
  EXPECT_EQ(entry_bundle_bytes(entries).error().errc, base::Errc::kInvalidField);
  EXPECT_EQ(entry_bundle_bytes({}).error().errc, base::Errc::kInvalidField);
}

TEST(Tiles, RefusesBundlesThatAreCutShortOrTooLong) {
  using namespace std::string_literals;
  for (std::string const& bytes :
       {""s, "\0"s, "\0\x01"s, "\0\x02z"s, "\0\x01z\0"s, std::string(2 * 257, '\0')}) {
    auto const entries = parse_entry_bundle(base::as_bytes(bytes));
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().errc, base::Errc::kMalformed);
  }
  EXPECT_FALSE(bundle_of_entry(5, 5));
}

TEST(MerkleTree, AnswersTheSameAfterItForgotAndAfterItWasRestored) {
  constexpr std::uint64_t kLeaves = 256 * 21 + 77;
  Hashes leaves;
  MerkleTree whole;
  MerkleTree forgetful;
  for (std::uint64_t i = 0; i < kLeaves; ++i) {
    leaves.push_back(leaf_hash(base::as_bytes(std::to_string(i))));
    whole.append(leaves.back());
    forgetful.append(leaves.back());
    if (i % 700 == 0) static_cast<void>(forgetful.forget_below(i - i % 500));
  }
  Hashes groups;
  for (std::uint64_t group = 0; group < 13; ++group)
    groups.push_back(whole.node(MerkleTree::kGroupLevel, group));
  MerkleTree restored;
  restored.restore(groups);
  EXPECT_EQ(restored.floor(), 13u * 256);
  for (auto i = restored.size(); i < kLeaves; ++i) restored.append(leaves[i]);
  EXPECT_EQ(restored.root(), whole.root());
  // Supplies what is missing, group by group, as Log does from the journal.
  auto const ask = [&](auto const& question) {
    MerkleTree::Supplied supplied;
    for (int supplies = 0;; ++supplies) {
      auto answer = question(&supplied);
      if (!supplied.missing()) return std::move(*answer);
      QRPAY_CHECK(supplies < 4);
      std::uint64_t const group = *supplied.missing();
      supplied.add(group, std::span(leaves).subspan(group * 256, 256));
    }
  };
  for (std::uint64_t size = 1; size <= kLeaves; size += size < 600 ? 1 : 97) {
    for (MerkleTree const* tree : {&forgetful, &restored}) {
      using Supplied = MerkleTree::Supplied*;
      ASSERT_EQ(ask([&](Supplied s) { return tree->root(size, s); }), *whole.root(size));
      std::uint64_t const index = size * 7 % size;
      ASSERT_EQ(ask([&](Supplied s) { return tree->inclusion(index, size, s); }),
                *whole.inclusion(index, size));
      ASSERT_EQ(ask([&](Supplied s) { return tree->consistency(size / 2 + 1, size, s); }),
                *whole.consistency(size / 2 + 1, size));
    }
  }
  EXPECT_LT(forgetful.memory_bytes(), whole.memory_bytes());
}

}  // namespace
}  // namespace qrpay::ledger
