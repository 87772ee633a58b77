#include "ledger/tiles.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "ledger/lines.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntriesPrefix = "tile/entries/";
constexpr std::string_view kPartialMark = ".p/";

// A 64-bit index is seven groups: 6 x "x000/" + "000"; with the longest prefix and suffix 50 bytes.
constexpr std::size_t kPathBytesMax = 64;

struct IndexAndWidth {
  std::uint64_t index;
  unsigned width;
};

// "x001/x234/067[.p/W]". Groups of three digits, so that no directory is also a file.
std::string format_index(std::uint64_t index, unsigned width) {
  QRPAY_CHECK(width >= 1 && width <= kTileWidth);
  std::string digits = std::to_string(index);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    bool const is_last = at + 3 == digits.size();
    if (!is_last) text += 'x';
    text.append(digits, at, 3);
    if (!is_last) text += '/';
  }
  if (width < kTileWidth) {
    text += kPartialMark;
    text += std::to_string(width);
  }
  return text;
}

// Reads loosely, then asks whether format_index would have written the same: one rule, one place.
std::optional<IndexAndWidth> parse_index(std::string_view text) {
  if (text.size() > kPathBytesMax) return std::nullopt;
  unsigned width = kTileWidth;
  std::string_view groups = text;
  if (std::size_t const mark = text.find(kPartialMark); mark != std::string_view::npos) {
    auto const partial = parse_decimal(text.substr(mark + kPartialMark.size()));
    if (!partial || *partial == 0 || *partial >= kTileWidth) return std::nullopt;
    width = static_cast<unsigned>(*partial);
    groups = text.substr(0, mark);
  }
  std::string digits(groups);
  std::erase_if(digits, [](char c) { return c == 'x' || c == '/'; });
  std::size_t const first = std::min(digits.find_first_not_of('0'), digits.size());
  auto const index = first == digits.size() && !digits.empty()
                         ? std::optional<std::uint64_t>(0)
                         : parse_decimal(std::string_view(digits).substr(first));
  if (!index || format_index(*index, width) != text) return std::nullopt;
  return IndexAndWidth{*index, width};
}

base::Unexpected<base::Error> malformed_path() {
  return base::fail(base::Errc::kMalformed, "tile path");
}

}  // namespace

std::string format_tile_path(TileId const& tile) {
  QRPAY_CHECK(tile.level <= kTileLevelMax);
  std::string path(kTilePrefix);
  path += std::to_string(tile.level) + '/';
  return path + format_index(tile.index, tile.width);
}

base::Result<TileId> parse_tile_path(std::string_view path) {
  if (!path.starts_with(kTilePrefix)) return malformed_path();
  path.remove_prefix(kTilePrefix.size());
  std::size_t const slash = path.find('/');
  if (slash == std::string_view::npos) return malformed_path();
  auto const level = parse_decimal(path.substr(0, slash));
  auto const place = parse_index(path.substr(slash + 1));
  if (!level || *level > kTileLevelMax || !place) return malformed_path();
  return TileId{static_cast<unsigned>(*level), place->index, place->width};
}

std::string format_entries_path(BundleId const& bundle) {
  return std::string(kEntriesPrefix) + format_index(bundle.index, bundle.width);
}

base::Result<BundleId> parse_entries_path(std::string_view path) {
  if (!path.starts_with(kEntriesPrefix)) return malformed_path();
  auto const place = parse_index(path.substr(kEntriesPrefix.size()));
  if (!place) return malformed_path();
  return BundleId{place->index, place->width};
}

unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t size) {
  // At level 8 a hash would stand for 2^64 leaves; no size reaches that, and the shift would wrap.
  if (level * kTileHeight >= 64) return 0;
  std::uint64_t const hashes = size >> (level * kTileHeight);
  std::uint64_t const full_tiles = hashes / kTileWidth;
  if (index < full_tiles) return kTileWidth;
  if (index > full_tiles) return 0;
  return static_cast<unsigned>(hashes % kTileWidth);
}

base::Result<BundleId> bundle_of_entry(std::uint64_t leaf_index, std::uint64_t log_size) {
  if (leaf_index >= log_size) return base::fail(base::Errc::kInvalidField, "leaf_index");
  std::uint64_t const index = leaf_index / kTileWidth;
  return BundleId{index, tile_width(0, index, log_size)};
}

base::Result<std::string> tile_bytes(MerkleTree const& tree, TileId const& tile) {
  if (tile.width == 0 || tile.width > tile_width(tile.level, tile.index, tree.size())) {
    return base::fail(base::Errc::kNotFound, "tile");
  }
  std::string bytes;
  bytes.reserve(tile.width * sizeof(base::Digest));
  for (unsigned i = 0; i < tile.width; ++i) {
    base::ByteView const hash =
        tree.node(tile.level * kTileHeight, tile.index * kTileWidth + i);
    bytes += base::as_text(hash);
  }
  return bytes;
}

base::Result<std::string> entry_bundle_bytes(std::span<base::ByteView const> entries) {
  if (entries.empty() || entries.size() > kTileWidth) {
    return base::fail(base::Errc::kInvalidField, "entries");
  }
  std::string bytes;
  base::ByteWriter writer(bytes);
  for (base::ByteView const entry : entries) {
    if (entry.size() > kEntryBytesMax) return base::fail(base::Errc::kTooLarge, "entry");
    writer.text16(base::as_text(entry));
  }
  return bytes;
}

base::Result<std::vector<base::ByteView>> parse_entry_bundle(base::ByteView bytes) {
  std::vector<base::ByteView> entries;
  base::ByteReader reader(bytes);
  while (!reader.at_end()) {
    if (entries.size() == kTileWidth) return base::fail(base::Errc::kMalformed, "entry bundle");
    entries.push_back(base::as_bytes(reader.text16()));
    if (!reader.ok()) return base::fail(base::Errc::kMalformed, "entry bundle");
  }
  if (entries.empty()) return base::fail(base::Errc::kMalformed, "entry bundle");
  return entries;
}

}  // namespace qrpay::ledger
