// Segments: a run of consecutive records as one file, for backups and archives
// (docs/formats/segment.md). The same records make the same bytes, however the journal was cut.
//
// A segment proves nothing by itself: its tail and its blocks carry checksums against damage, and
// whoever relies on it compares its root with that of the tree, and its hash with a list.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "ledger/block.h"
#include "ledger/merkle.h"
#include "ledger/store.h"

namespace qrpay::ledger {

/// Records of a segment, but for the last of a backup. A multiple of a group of 256 leaves and a
/// power of two, so its root is a node of the tree; about 16 MB of transfers and 30 MB of credits.
inline constexpr std::uint64_t kSegmentRecords = 65'536;

/// Which records. Segment n begins at sequence n * kSegmentRecords + 1.
struct SegmentSpan {
  Sequence first;
  std::uint32_t count = 0;
  [[nodiscard]] Sequence last() const { return Sequence(first.value() + count - 1); }
  [[nodiscard]] bool holds(Sequence s) const { return s >= first && s <= last(); }
  [[nodiscard]] bool is_full() const { return count == kSegmentRecords; }
  /// "segment-000000000001-000000065536", its file's name.
  [[nodiscard]] std::string name() const;
  friend bool operator==(SegmentSpan const&, SegmentSpan const&) = default;
};

/// The span of segment `number` in a ledger of `size` records. Requires: it has a record.
[[nodiscard]] SegmentSpan segment_span(std::uint64_t number, std::uint64_t size);

/// A segment as a list names it.
struct SegmentEntry {
  SegmentSpan span;
  std::uint64_t bytes = 0;
  Digest sha256{};  ///< of the whole file
  Digest root{};    ///< RFC 6962, of its own leaves; of a full segment a node of the ledger's tree
  friend bool operator==(SegmentEntry const&, SegmentEntry const&) = default;
};

/// "segment FIRST COUNT BYTES SHA256 ROOT", without newline: decimal, hexadecimal.
[[nodiscard]] std::string format_segment_line(SegmentEntry const& entry);
/// Errors: kMalformed.
[[nodiscard]] base::Result<SegmentEntry> parse_segment_line(std::string_view line);

/// A list of segments is at most so long: 290,000 of them, 19 billion records.
inline constexpr std::size_t kListBytesMax = std::size_t{64} << 20;
/// `first_line`, which ends in a newline, a line with the hash of `body`, and `body`.
[[nodiscard]] std::string seal_list(std::string_view first_line, std::string_view body);
/// The body; nullopt unless first line and hash are right.
[[nodiscard]] std::optional<std::string_view> open_list(std::string_view first_line,
                                                        std::string_view text);
/// Takes a line off the front of `text`, without its newline; what is left when there is none.
[[nodiscard]] std::string_view take_line(std::string_view& text);

/// Root of the tree whose records are those of `entries`, dense from sequence 1, all full but the
/// last.
[[nodiscard]] Digest root_of_segments(std::vector<SegmentEntry> const& entries);

/// Writes one file: under a name that ends in ".new" until it is whole and synced. Not one to throw
/// away half-way: what is left then is taken over by the next try.
class SegmentWriter {
 public:
  /// Errors: kIo.
  [[nodiscard]] static base::Result<SegmentWriter> create(std::string const& directory,
                                                          SegmentSpan span);
  ~SegmentWriter();
  SegmentWriter(SegmentWriter&&) noexcept;
  SegmentWriter& operator=(SegmentWriter&&) noexcept;

  /// The next record. Requires: within the span, dense. Errors: kIo.
  [[nodiscard]] base::Result<void> add(BlockView::Entry const& entry);
  [[nodiscard]] bool is_full() const;
  /// Syncs the file and gives it its name; the caller syncs the directory.
  /// Requires: is_full(). Errors: kIo.
  [[nodiscard]] base::Result<SegmentEntry> finish();

 private:
  struct State;
  explicit SegmentWriter(std::unique_ptr<State> state);
  [[nodiscard]] base::Result<void> put(std::string_view bytes);
  [[nodiscard]] base::Result<void> put_blocks(std::vector<Block> const& blocks);
  std::unique_ptr<State> state_;
};

/// Reads one file. Any thread. A failure is kArchiveDamaged naming file and sequences, whatever the
/// reason: missing, unreadable, damaged, of other records.
class SegmentFile {
 public:
  /// Reads and checks the tail: index and roots, not the blocks. Cost: 12 KB of a full segment.
  [[nodiscard]] static base::Result<SegmentFile> open(std::string const& directory,
                                                      SegmentSpan span);
  /// Opens a file whose span nobody told: that of its own header. For whoever is given a file.
  [[nodiscard]] static base::Result<SegmentFile> open_file(std::string const& path);
  ~SegmentFile();
  SegmentFile(SegmentFile&&) noexcept;
  SegmentFile& operator=(SegmentFile&&) noexcept;

  [[nodiscard]] SegmentSpan span() const { return span_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// The root as the tail has it, by which no leaf was read yet. Requires: span().is_full().
  [[nodiscard]] Digest root_of_groups() const { return root_of_row(groups_); }
  /// Roots of the complete groups, as the tail has them.
  [[nodiscard]] std::vector<Digest> const& groups() const { return groups_; }
  /// Requires: span().holds(sequence).
  [[nodiscard]] base::Result<Block> read_block(Sequence sequence) const;
  /// Blocks from the one that holds `from` on, until `visit` returns false or the end.
  [[nodiscard]] base::Result<void> scan(Sequence from, Store::Visit const& visit) const;
  /// Reads every byte: blocks, the hash of each leaf against the roots; gives what a list says of
  /// it. `visit`, if there is one, sees each block after it was checked.
  [[nodiscard]] base::Result<SegmentEntry> check(Store::Visit const& visit = nullptr) const;

 private:
  struct IndexEntry {
    Sequence first;
    std::uint64_t offset = 0;
  };
  explicit SegmentFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] base::Unexpected<base::Error> damaged(std::string const& what) const;
  [[nodiscard]] base::Result<std::string> read(std::uint64_t offset, std::uint64_t bytes) const;
  [[nodiscard]] base::Result<void> read_tail(SegmentSpan const* expected);
  [[nodiscard]] base::Result<void> parse_index(base::ByteView bytes, std::uint64_t index_at);
  /// Checked. `i` < index_.size().
  [[nodiscard]] base::Result<Block> read_indexed(std::size_t i) const;

  std::string path_;
  int fd_ = -1;
  SegmentSpan span_;
  std::uint64_t bytes_ = 0;
  std::string tail_;               ///< from the index on
  std::vector<IndexEntry> index_;  ///< one more than blocks: where the index begins
  std::vector<Digest> groups_;
};

/// Cuts the records of `store` from segment `number` on, up to `end`, into files in `directory`.
/// `done` is told of each, with its file whole and synced; the directory is not. Errors: kIo, those
/// of Store::scan and of `done`.
struct SegmentCut {
  std::uint64_t number = 0;
  Sequence end;
  std::string directory;
};
using SegmentDone = std::function<base::Result<void>(SegmentEntry const&)>;
[[nodiscard]] base::Result<void> cut_segments(Store const& store, SegmentCut const& cut,
                                              SegmentDone const& done);

/// `block` without its records before `from`. Requires: it holds `from`.
[[nodiscard]] base::Result<Block> clip_block(Block const& block, Sequence from);

}  // namespace qrpay::ledger
