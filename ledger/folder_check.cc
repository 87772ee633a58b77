#include "ledger/folder_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "ledger/merkle.h"
#include "ledger/record_codec.h"
#include "ledger/record_fold.h"
#include "ledger/tiles.h"

namespace qrpay::ledger {

using base::Digest;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr unsigned kLevels = 7;  // for 2^56 records; a vault ends at 2^40
constexpr std::size_t kTileBytesMax = kTileWidth * sizeof(Digest);
constexpr std::size_t kBundleBytesMax = kTileWidth * (kEntryBytesMax + 2);
constexpr char kCheckpointName[] = "checkpoint";
constexpr std::uint64_t kProgressBundles = 64;

base::Unexpected<base::Error> damaged(std::string const& name, std::string_view what) {
  return fail(Errc::kArchiveDamaged, name + ": " + std::string(what));
}

/// Leaves under one tile of `level`, as a shift.
constexpr unsigned shift(unsigned level) { return (level + 1) * kTileHeight; }

struct Kept {
  std::string name;
  Checkpoint checkpoint;
};

Result<Checkpoint> open_named(std::string const& name, std::string const& note,
                              LogPolicy const& policy) {
  auto opened = open_checkpoint(note, policy);
  if (opened) return std::move(opened->checkpoint);
  base::Error error = opened.error();
  error.detail.insert(0, name + ": ");
  return base::Unexpected(std::move(error));
}

class FolderCheck {
 public:
  FolderCheck(std::string const& path, FolderCheckOptions const& options)
      : path_(path), options_(options), fold_(options.key) {}

  Result<FolderReport> run() {
    QRPAY_TRY_VOID(open_head());
    QRPAY_TRY_VOID(open_kept());
    while (size_ < head_.size) QRPAY_TRY_VOID(check_bundle());
    for (unsigned level = 1; level < kLevels; ++level)
      if (!rows_[level].empty())
        QRPAY_TRY_VOID(compare(level, size_ >> shift(level), rows_[level]));
    QRPAY_TRY_VOID(judge());
    QRPAY_TRY_VOID(check_leftovers());
    return FolderReport{.origin = head_.origin,
                        .size = head_.size,
                        .root = head_.root,
                        .accounts = fold_.book().size(),
                        .book = fold_.book().digest()};
  }

 private:
  Result<std::string> read(std::string const& name, std::size_t bytes_max) const {
    auto content = base::read_file(path_ + "/" + name, bytes_max);
    if (!content) return damaged(name, "missing, unreadable or too large");
    return std::move(*content);
  }

  Result<void> open_head() {
    QRPAY_TRY(std::string const note, read(kCheckpointName, kNoteBytesMax));
    LogPolicy const policy{.log_keys = {&options_.key, 1},
                           .origin = options_.key.name,
                           .witnesses = options_.witnesses,
                           .witnesses_min = options_.witnesses.size()};
    QRPAY_TRY(head_, open_named(kCheckpointName, note, policy));
    return {};
  }

  Result<void> open_kept() {
    for (auto const& [name, note] : options_.kept) {
      QRPAY_TRY(
          Checkpoint checkpoint,
          open_named(name, note, {.log_keys = {&options_.key, 1}, .origin = options_.key.name}));
      if (checkpoint.size > head_.size)
        return fail(Errc::kSplitView, std::string(kCheckpointName) + ": rolled back to size " +
                                          std::to_string(head_.size) + ": " + name + " has " +
                                          std::to_string(checkpoint.size));
      kept_.push_back({name, std::move(checkpoint)});
    }
    return {};
  }

  Result<void> check_bundle() {
    std::uint64_t const index = size_ / kTileWidth;
    unsigned const width = tile_width(0, index, head_.size);
    std::string const name = format_entries_path({index, width});
    QRPAY_TRY(std::string const bytes, read(name, kBundleBytesMax));
    auto const entries = parse_entry_bundle(base::as_bytes(bytes));
    if (!entries || entries->size() != width)
      return damaged(name, "not " + std::to_string(width) + " whole records");
    std::vector<Digest> hashes;
    hashes.reserve(width);
    for (auto const entry : *entries) hashes.push_back(leaf_hash(entry));
    QRPAY_TRY_VOID(compare(0, index, hashes));
    for (unsigned i = 0; i < width; ++i) {
      // What differs from its tile is judged when the root is known.
      if (wrong_.empty()) QRPAY_TRY_VOID(fold((*entries)[i], name));
      ++size_;
      QRPAY_TRY_VOID(push(hashes[i]));
      QRPAY_TRY_VOID(compare_kept());
    }
    if (options_.on_progress && index % kProgressBundles == 0)
      options_.on_progress(size_, head_.size);
    return {};
  }

  Result<void> fold(base::ByteView entry, std::string const& name) {
    auto const record = decode_record(entry);
    if (!record)
      return damaged(name, "record " + std::to_string(size_ + 1) + ": " + record.error().detail);
    auto const added = fold_.add(*record);
    if (!added) return damaged(name, added.error().detail);
    return {};
  }

  // Notes a tile that does not hold `row`.
  Result<void> compare(unsigned level, std::uint64_t index, std::vector<Digest> const& row) {
    TileId const tile{level, index, static_cast<unsigned>(row.size())};
    QRPAY_TRY(std::string const bytes, read(format_tile_path(tile), kTileBytesMax));
    std::string wanted;
    wanted.reserve(kTileBytesMax);
    for (auto const& hash : row) wanted += base::as_text(hash);
    if (bytes != wanted) wrong_.push_back(tile);
    return {};
  }

  Result<void> push(Digest hash) {
    for (unsigned level = 0; level < kLevels; ++level) {
      auto& row = rows_[level];
      row.push_back(hash);
      if (row.size() < kTileWidth) return {};
      if (level > 0) QRPAY_TRY_VOID(compare(level, (size_ - 1) >> shift(level), row));
      hash = root_of_row(std::exchange(row, {}));
    }
    return {};
  }

  [[nodiscard]] Digest root() const {
    std::optional<Digest> root;
    for (auto const& row : rows_) {
      std::vector<Digest> whole = row;
      if (root) whole.push_back(*root);
      if (!whole.empty()) root = root_of_row(std::move(whole));
    }
    return root.value_or(empty_root());
  }

  Result<void> compare_kept() const {
    for (auto const& [name, checkpoint] : kept_)
      if (checkpoint.size == size_ && checkpoint.root != root())
        return fail(Errc::kSplitView,
                    name + ": another root than this log has at size " + std::to_string(size_));
    return {};
  }

  // Records that lead to the signed root are right, and then a tile that differs is wrong. Else
  // the records that differ from their tile are, and the hashes above them follow.
  Result<void> judge() const {
    bool const right = root() == head_.root;
    for (TileId const& tile : wrong_) {
      if (right) return damaged(format_tile_path(tile), "not the hashes of the records");
      if (tile.level == 0)
        return damaged(format_entries_path({tile.index, tile.width}),
                       "records that lead neither to the signed root nor to their hash tile");
    }
    if (!right) return damaged(kCheckpointName, "signs another root than that of these records");
    return {};
  }

  // Partial tiles of earlier checkpoints may stay; each is the beginning of a later one.
  Result<void> check_leftovers() const {
    std::set<std::string> names;  // in one order, whatever the file system's is
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(path_, error), end; !error && it != end;
         it.increment(error)) {
      if (it->is_directory(error)) continue;
      std::string name = it->path().lexically_relative(path_).generic_string();
      if (!is_needed(name)) names.insert(std::move(name));
    }
    if (error) return damaged(".", error.message());
    for (auto const& name : names) QRPAY_TRY_VOID(check_partial(name));
    return {};
  }

  // Width of the present tile or bundle of a name; 0 = it is of no export.
  struct Present {
    bool bundle = false;
    TileId tile;
    unsigned width = 0;
  };
  [[nodiscard]] Present present(std::string const& name) const {
    Present found;
    if (auto const bundle = parse_entries_path(name)) {
      found = {true, {0, bundle->index, bundle->width}, 0};
    } else if (auto const tile = parse_tile_path(name)) {
      found = {false, *tile, 0};
    } else {
      return found;
    }
    found.width = tile_width(found.tile.level, found.tile.index, head_.size);
    return found;
  }
  [[nodiscard]] bool is_needed(std::string const& name) const {
    if (name == kCheckpointName) return true;
    Present const found = present(name);
    return found.width != 0 && found.width == found.tile.width;
  }

  Result<void> check_partial(std::string const& name) const {
    Present const found = present(name);
    if (found.width < found.tile.width || found.width == 0) return damaged(name, "is of no export");
    QRPAY_TRY(std::string const part, read(name, kBundleBytesMax));
    bool whole = part.size() == found.tile.width * sizeof(Digest);
    if (found.bundle) {
      auto const entries = parse_entry_bundle(base::as_bytes(part));
      whole = entries && entries->size() == found.tile.width;
    }
    std::string const now =
        found.bundle ? format_entries_path({found.tile.index, found.width})
                     : format_tile_path({found.tile.level, found.tile.index, found.width});
    QRPAY_TRY(std::string const all, read(now, kBundleBytesMax));
    if (!whole || !all.starts_with(part)) return damaged(name, "not the beginning of its tile");
    return {};
  }

  std::string const& path_;
  FolderCheckOptions const& options_;
  Checkpoint head_;
  std::vector<Kept> kept_;
  RecordFold fold_;
  std::uint64_t size_ = 0;                         ///< records read
  std::array<std::vector<Digest>, kLevels> rows_;  ///< hashes of the last tile of each level
  std::vector<TileId> wrong_;                      ///< tiles that do not hold what records give
};

}  // namespace

Result<FolderReport> check_folder(std::string const& folder, FolderCheckOptions const& options) {
  return FolderCheck(folder, options).run();
}

}  // namespace qrpay::ledger
