#include "ledger/folder_check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "ledger/identity.h"
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
  std::string note;
  Checkpoint checkpoint;
};

base::Unexpected<base::Error> named(std::string const& name, base::Error error) {
  error.detail.insert(0, name + ": ");
  return base::Unexpected(std::move(error));
}

bool names_key(Identity const& identity, VerifierKey const& key) {
  std::string const vkey = format_vkey(key);
  for (auto const& incarnation : identity.incarnations())
    for (auto const& span : incarnation.keys)
      if (span.vkey == vkey) return true;
  return false;
}

class FolderCheck {
 public:
  FolderCheck(std::string const& path, FolderCheckOptions const& options)
      : path_(path), options_(options) {}

  Result<FolderReport> run() {
    QRPAY_TRY_VOID(open_head());
    QRPAY_TRY_VOID(open_kept());
    while (size_ < head_.size) QRPAY_TRY_VOID(check_bundle());
    for (unsigned level = 1; level < kLevels; ++level)
      if (!rows_[level].empty())
        QRPAY_TRY_VOID(compare(level, size_ >> shift(level), rows_[level]));
    QRPAY_TRY_VOID(judge());
    QRPAY_TRY_VOID(check_identity());
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
    std::vector<VerifierKey> keys = {options_.key};
    auto const open = [&] {
      return open_checkpoint(note, {.log_keys = keys,
                                    .witnesses = options_.witnesses,
                                    .witnesses_min = options_.witnesses.size()});
    };
    auto opened = open();
    if (!opened && opened.error().errc == Errc::kNoteUnverified) {
      // A key of another time: the records' notes may lead to one that signed.
      keys = keys_vouched_for(options_.key, announcements());
      opened = open();
    }
    if (!opened) return named(kCheckpointName, opened.error());
    head_ = std::move(opened->checkpoint);
    head_note_ = note;
    auto const& signers = opened->verified_by;
    if (std::none_of(signers.begin(), signers.end(),
                     [&](auto const& key) { return key.name == head_.origin; }))
      return fail(Errc::kProofInvalid, std::string(kCheckpointName) + ": is of " + head_.origin);
    return {};
  }

  // Records that name a log key, of whatever bundle can be read.
  [[nodiscard]] std::vector<Record> announcements() const {
    std::vector<Record> records;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(path_ + "/tile/entries", error), end;
         !error && it != end; it.increment(error)) {
      if (!it->is_regular_file(error)) continue;
      auto const bytes = base::read_file(it->path().string(), kBundleBytesMax);
      if (!bytes) continue;
      auto const entries = parse_entry_bundle(base::as_bytes(*bytes));
      if (!entries) continue;
      for (auto const entry : *entries) {
        auto record = decode_record(entry);
        if (record && Identity::concerns(record->kind)) records.push_back(std::move(*record));
      }
    }
    return records;
  }

  Result<void> open_kept() {
    for (auto const& [name, note] : options_.kept) {
      auto const parsed = parse_note(note);
      auto checkpoint = parsed ? parse_checkpoint(parsed->text)
                               : Result<Checkpoint>(base::Unexpected(parsed.error()));
      if (!checkpoint) return named(name, checkpoint.error());
      if (checkpoint->origin == head_.origin && checkpoint->size > head_.size)
        return fail(Errc::kSplitView, std::string(kCheckpointName) + ": rolled back to size " +
                                          std::to_string(head_.size) + ": " + name + " has " +
                                          std::to_string(checkpoint->size));
      kept_.push_back({name, note, std::move(*checkpoint)});
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
      for (auto const& kept : kept_)
        if (kept.checkpoint.size == size_) roots_[size_] = root();
    }
    if (options_.on_progress && index % kProgressBundles == 0)
      options_.on_progress(size_, head_.size);
    return {};
  }

  Result<void> fold(base::ByteView entry, std::string const& name) {
    auto const record = decode_record(entry);
    if (!record)
      return damaged(name, "sequence " + std::to_string(size_ + 1) + ": " + record.error().detail);
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

  // The log is the one that the key is of, and was never another than what was kept.
  Result<void> check_identity() const {
    Identity const& identity = fold_.identity();
    if (!names_key(identity, options_.key))
      return damaged(kCheckpointName, "no record names the key");
    if (head_.origin != identity.origin())
      return damaged(kCheckpointName, "the records end as " + identity.origin());
    if (auto const opened = identity.open(head_note_); !opened)
      return named(kCheckpointName, opened.error());
    for (auto const& kept : kept_) QRPAY_TRY_VOID(check_kept(identity, kept));
    return {};
  }

  static Result<void> check_kept_signature(Identity const& identity, Kept const& kept) {
    auto const opened = identity.open(kept.note);
    return opened ? Result<void>() : Result<void>(named(kept.name, opened.error()));
  }

  // Of this tree, or of a fork that a restore admits.
  Result<void> check_kept(Identity const& identity, Kept const& kept) const {
    Checkpoint const& head = kept.checkpoint;
    auto const& all = identity.incarnations();
    auto const signing = std::find_if(all.begin(), all.end(),
                                      [&](auto const& one) { return one.origin == head.origin; });
    if (signing == all.end())
      return fail(Errc::kNoteUnverified,
                  kept.name + ": is of " + head.origin + ", which this log never was");
    auto const next = signing + 1;
    bool const lost = next != all.end() && head.size > next->restored.size;
    if (lost && next->former == TreeHead{head.size, head.root}) return {};  // word for word
    QRPAY_TRY_VOID(check_kept_signature(identity, kept));
    auto const root = roots_.find(head.size);
    bool const holds =
        lost ? head.size < next->former.size : root != roots_.end() && root->second == head.root;
    if (holds) return {};
    return fail(Errc::kSplitView, kept.name + ": another root than this log has at size " +
                                      std::to_string(head.size));
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
  std::string head_note_;
  std::map<std::uint64_t, Digest> roots_;  ///< at the sizes of what was kept
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
