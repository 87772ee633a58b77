// Static files of a log as C2SP tlog-tiles lays them out: hash tiles, entry bundles, their paths.
//
// A tile holds 256 hashes of one row of the tree, 8 rows apart: `tile/L/N`, 8,192 bytes. An entry
// bundle holds the 256 entries under a tile of row 0: `tile/entries/N`. The rightmost ones may be
// partial: `.p/W`, W from 1 to 255. All functions are pure. Source: c2sp.org/tlog-tiles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {

inline constexpr unsigned kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;      ///< rows of the tree between two tile levels
inline constexpr unsigned kTileLevelMax = 63;   ///< of a path; a tree of 2^64 leaves ends at 7
inline constexpr std::size_t kEntryBytesMax = 65'535;  ///< a bundle gives each length two bytes

/// One hash tile. `width` is the number of hashes, 1 to 256; 256 is a full tile.
struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;
  friend bool operator==(TileId const&, TileId const&) = default;
};

/// One entry bundle; `width` as above.
struct BundleId {
  std::uint64_t index = 0;
  unsigned width = kTileWidth;
  friend bool operator==(BundleId const&, BundleId const&) = default;
};

/// "tile/0/x001/x234/067.p/5". Requires: level at most 63, width 1 to 256.
[[nodiscard]] std::string format_tile_path(TileId const& tile);

/// Reads exactly what format_tile_path writes, for any index of 64 bits.
/// Errors: kMalformed.
[[nodiscard]] base::Result<TileId> parse_tile_path(std::string_view path);

/// "tile/entries/x001/x234/067.p/5". Requires: width 1 to 256.
[[nodiscard]] std::string format_entries_path(BundleId const& bundle);

/// Reads exactly what format_entries_path writes. Errors: kMalformed.
[[nodiscard]] base::Result<BundleId> parse_entries_path(std::string_view path);

/// Hashes in tile `index` of `level` in a tree of `size` leaves: 0 (no such tile) to 256.
[[nodiscard]] unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t size);

/// Where entry `leaf_index` (from 0) stands in a log of `log_size` entries.
/// Errors: kInvalidField, unless leaf_index < log_size.
[[nodiscard]] base::Result<BundleId> bundle_of_entry(std::uint64_t leaf_index,
                                                     std::uint64_t log_size);

/// The hashes of `tile`, 32 bytes each. Reads nodes the tree holds already: no hashing.
/// Errors: kNotFound, the tree has no such complete subtrees.
[[nodiscard]] base::Result<std::string> tile_bytes(MerkleTree const& tree, TileId const& tile);

/// The entries of one bundle, each behind its length as two bytes, big-endian.
/// Errors: kTooLarge, an entry is over 65,535 bytes; kInvalidField, not 1 to 256 entries.
[[nodiscard]] base::Result<std::string> entry_bundle_bytes(
    std::span<base::ByteView const> entries);

/// The entries of a bundle, as views into `bytes`.
/// Errors: kMalformed, cut short, empty or more than 256 entries.
[[nodiscard]] base::Result<std::vector<base::ByteView>> parse_entry_bundle(base::ByteView bytes);

}  // namespace qrpay::ledger
