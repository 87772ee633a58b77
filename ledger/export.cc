#include "ledger/export.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/files.h"
#include "ledger/beside_server.h"
#include "ledger/data_dir.h"
#include "ledger/log.h"
#include "ledger/signed_head.h"
#include "ledger/tiles.h"

namespace qrpay::ledger {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;

namespace {

constexpr unsigned kTileLevels = 7;  // for 2^56 records; a vault ends at 2^40
constexpr char kCheckpointName[] = "checkpoint";

// The files of one export.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  // Errors: kDataDirNotEmpty, anything that no export puts there.
  Result<void> make() const {
    QRPAY_TRY_VOID(base::make_directories(path_));
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(path_, error)) {
      std::string const name = entry.path().filename().string();
      if (name != "tile" && name != kCheckpointName &&
          name != std::string(kCheckpointName) + ".new")
        return fail(Errc::kDataDirNotEmpty, path_ + ": " + name + " is of no export");
    }
    if (error) return fail(Errc::kIo, path_ + ": " + error.message());
    return {};
  }

  [[nodiscard]] std::string at(std::string const& name) const { return path_ + '/' + name; }

  // Not synced by itself: sync() comes before the checkpoint. A file that has these bytes already
  // is not touched, so a reader never finds it cut.
  Result<void> put(std::string const& name, std::string_view content) {
    std::string const path = at(name);
    if (auto const old = base::read_file(path, content.size()); old && *old == content) return {};
    QRPAY_TRY_VOID(base::make_directories(std::filesystem::path(path).parent_path().string()));
    int const fd =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool const whole = fd >= 0 && write_all(fd, content);
    int const error = errno;
    if (fd >= 0) ::close(fd);
    if (!whole) return fail(Errc::kIo, path + ": " + std::strerror(error));
    ++files_written_;
    return {};
  }

  // Everything written so far. One sync of the file system instead of one a file: 10M records are
  // 78,000 files.
  [[nodiscard]] Result<void> sync() const {
    int const fd = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool const synced = fd >= 0 && ::syncfs(fd) == 0;
    int const error = errno;
    if (fd >= 0) ::close(fd);
    if (!synced) return fail(Errc::kIo, path_ + ": " + std::strerror(error));
    return {};
  }

  // Partial tiles may go once the full one is there (c2sp.org/tlog-tiles), and no sooner.
  void remove_partial(std::string const& full) const {
    std::error_code ignored;
    std::filesystem::remove_all(at(full + ".p"), ignored);
  }

  Result<void> put_checkpoint(std::string_view note) {
    if (auto const old = base::read_file(at(kCheckpointName), note.size()); old && *old == note)
      return {};
    QRPAY_TRY_VOID(base::replace_file_synced(at(kCheckpointName), note));
    ++files_written_;
    return {};
  }

  [[nodiscard]] std::uint64_t files_written() const { return files_written_; }

 private:
  static bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
      ssize_t const n = ::write(fd, content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      content.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  std::string path_;
  std::uint64_t files_written_ = 0;
};

// Cuts a stream of leaves into tiles and bundles, and knows the root.
class TileWriter {
 public:
  explicit TileWriter(Folder& folder) : folder_(folder) {}

  // Goes on from the full bundles of an export of `size` records: their hashes are read from its
  // tiles, and nothing vouches for them until root() is held against that export's checkpoint.
  Result<void> resume(std::uint64_t size) {
    size_ = size - size % kTileWidth;
    for (unsigned level = 1; level < kTileLevels; ++level) {
      std::uint64_t const hashes = size >> (level * kTileHeight);
      auto const width = static_cast<unsigned>(hashes % kTileWidth);
      if (width > 0) QRPAY_TRY_VOID(load({level, hashes / kTileWidth, width}));
    }
    return {};
  }

  Result<void> append(base::ByteView leaf) {
    if (leaf.size() > kEntryBytesMax) return fail(Errc::kTooLarge, "entry");
    base::ByteWriter(bundle_).text16(base::as_text(leaf));
    ++size_;
    Digest hash = leaf_hash(leaf);
    for (unsigned level = 0; level < kTileLevels; ++level) {
      auto& row = rows_[level];
      row.push_back(hash);
      if (row.size() < kTileWidth) return {};
      QRPAY_TRY_VOID(put_tile(level, kTileWidth));
      hash = root_of_row(std::move(row));
      row.clear();
    }
    return {};
  }

  // The partial tiles of the present size.
  Result<void> finish() {
    for (unsigned level = 0; level < kTileLevels; ++level)
      if (!rows_[level].empty())
        QRPAY_TRY_VOID(put_tile(level, static_cast<unsigned>(rows_[level].size())));
    return {};
  }

  void remove_superseded() const {
    for (auto const& name : full_) folder_.remove_partial(name);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const {
    std::optional<Digest> root;
    for (auto const& row : rows_) {
      std::vector<Digest> whole = row;
      if (root) whole.push_back(*root);
      if (!whole.empty()) root = root_of_row(std::move(whole));
    }
    return root.value_or(empty_root());
  }

 private:
  Result<void> load(TileId const& tile) {
    // The partial tile may be gone where the full one is there: its beginning is the same.
    std::size_t const bytes = tile.width * sizeof(Digest);
    auto text = base::read_file(folder_.at(format_tile_path(tile)), bytes);
    if (!text)
      text = base::read_file(folder_.at(format_tile_path({tile.level, tile.index, kTileWidth})),
                             kTileWidth * sizeof(Digest));
    if (!text) return base::Unexpected(text.error());
    if (text->size() < bytes) return fail(Errc::kIo, format_tile_path(tile) + ": cut short");
    auto& row = rows_[tile.level];
    base::ByteReader reader(base::as_bytes(*text));
    while (row.size() < tile.width) row.push_back(reader.array<32>());
    return {};
  }

  Result<void> put_tile(unsigned level, unsigned width) {
    TileId const tile{level, (size_ - 1) >> ((level + 1) * kTileHeight), width};
    std::string bytes;
    for (auto const& hash : rows_[level]) bytes += base::as_text(hash);
    QRPAY_TRY_VOID(put(format_tile_path(tile), bytes, width));
    if (level > 0) return {};
    QRPAY_TRY_VOID(put(format_entries_path({tile.index, width}), bundle_, width));
    bundle_.clear();
    return {};
  }

  Result<void> put(std::string const& name, std::string_view bytes, unsigned width) {
    QRPAY_TRY_VOID(folder_.put(name, bytes));
    if (width < kTileWidth || !base::file_exists(folder_.at(name + ".p"))) return {};
    full_.push_back(name);
    return {};
  }

  Folder& folder_;
  std::array<std::vector<Digest>, kTileLevels> rows_;  // hashes of each level's last tile
  std::string bundle_;                                 // entries under rows_[0]
  std::uint64_t size_ = 0;
  std::vector<std::string> full_;  // tiles that make a folder of partial ones superfluous
};

// The export that is in the folder already.
Result<std::optional<Checkpoint>> read_previous(Folder const& folder, Identity const& identity,
                                                Checkpoint const& head) {
  std::string const path = folder.at(kCheckpointName);
  if (!base::file_exists(path)) return std::optional<Checkpoint>();
  QRPAY_TRY(std::string const note, base::read_file(path, kNoteBytesMax));
  QRPAY_TRY(Checkpoint previous, open_signed(note, identity, path));
  if (previous.size > head.size)
    return fail(Errc::kJournalTruncated, path + " is of size " + std::to_string(previous.size) +
                                             ", but only " + std::to_string(head.size) +
                                             " was signed here");
  if (previous.size == head.size && previous.root != head.root)
    return fail(Errc::kJournalForked, path + ": size " + std::to_string(head.size));
  return std::optional(std::move(previous));
}

// One pass over the journal.
class Pass {
 public:
  Pass(RocksStore const& store, Checkpoint const& head, std::optional<Checkpoint> const& previous)
      : store_(store), head_(head), previous_(previous) {}

  // Appends every record that `writer` lacks, up to the signed size.
  // Errors: kJournalForked, at the size of the previous or of the signed checkpoint.
  Result<void> run(TileWriter& writer) const {
    if (previous_ && writer.size() == previous_->size)
      QRPAY_TRY_VOID(check_root(writer, *previous_));
    Result<void> appended;
    QRPAY_TRY_VOID(store_.scan(Sequence(writer.size() + 1), [&](Block const& block) {
      appended = append_block(block, writer);
      return appended && writer.size() < head_.size;
    }));
    QRPAY_TRY_VOID(appended);
    if (writer.size() != head_.size)
      return fail(Errc::kJournalTruncated, "journal ends at " + std::to_string(writer.size()) +
                                               ", but size " + std::to_string(head_.size) +
                                               " was signed");
    return check_root(writer, head_);
  }

 private:
  Result<void> append_block(Block const& block, TileWriter& writer) const {
    QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
    while (writer.size() < head_.size && view.holds(Sequence(writer.size() + 1))) {
      QRPAY_TRY_VOID(writer.append(view.at(Sequence(writer.size() + 1)).leaf));
      if (previous_ && writer.size() == previous_->size)
        QRPAY_TRY_VOID(check_root(writer, *previous_));
    }
    return {};
  }

  static Result<void> check_root(TileWriter const& writer, Checkpoint const& checkpoint) {
    if (writer.root() == checkpoint.root) return {};
    return fail(Errc::kJournalForked, "size " + std::to_string(checkpoint.size));
  }

  RocksStore const& store_;
  Checkpoint const& head_;
  std::optional<Checkpoint> const& previous_;
};

Result<void> write_tiles(Pass const& pass, TileWriter& writer) {
  QRPAY_TRY_VOID(pass.run(writer));
  return writer.finish();
}

// One open of the journal.
Result<ExportReport> export_once(DataPaths const& paths, Folder& folder) {
  QRPAY_TRY(Head const head, read_high_water(paths));
  QRPAY_TRY(auto const store, RocksStore::open_read_only(paths.journal()));
  QRPAY_TRY(SignedHead const signed_by, open_signed_head(*store, head, paths));
  Checkpoint const& signed_head = signed_by.checkpoint;
  QRPAY_TRY_VOID(folder.make());
  QRPAY_TRY(auto const previous, read_previous(folder, signed_by.identity, signed_head));

  Pass const pass(*store, signed_head, previous);
  std::optional<TileWriter> writer(std::in_place, folder);
  bool continued = previous && writer->resume(previous->size).has_value();
  if (continued) {
    auto const written = write_tiles(pass, *writer);
    if (!written && written.error().errc == Errc::kIo) return base::Unexpected(written.error());
    continued = written.has_value();
  }
  if (!continued) {  // nothing to go on from, or what is there does not hold
    writer.emplace(folder);
    QRPAY_TRY_VOID(write_tiles(pass, *writer));
  }
  QRPAY_TRY_VOID(folder.sync());
  writer->remove_superseded();
  QRPAY_TRY_VOID(folder.put_checkpoint(head.note));
  return ExportReport{signed_head.origin, signed_head.size, signed_head.root,
                      previous ? previous->size : 0, folder.files_written()};
}

}  // namespace

Result<ExportReport> export_tiles(ExportPaths const& paths) {
  QRPAY_TRY_VOID(check_format(paths.data));
  DataPaths data = DataPaths::under(paths.data);
  data.keys = paths.keys;
  Folder folder(paths.tiles);
  return read_beside_server(data.journal(), [&] { return export_once(data, folder); });
}

}  // namespace qrpay::ledger
