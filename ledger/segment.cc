#include "ledger/segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kMagic = "QPS1";
constexpr std::string_view kHashWord = "sha256 ";
constexpr std::size_t kHeaderBytes = 16;      // magic, count, first sequence
constexpr std::size_t kIndexEntryBytes = 16;  // first sequence of a block, its offset
constexpr std::size_t kCountsBytes = 16;      // where the index begins, blocks, groups
constexpr std::size_t kFooterBytes = kCountsBytes + sizeof(Digest);

std::string header_of(SegmentSpan const& span) {
  std::string header;
  ByteWriter writer(header);
  writer.text(kMagic);
  writer.u32(span.count);
  writer.u64(span.first.value());
  return header;
}

// Blocks lie between the header and the tail and carry checksums of their own.
Digest checksum(std::string_view header, std::string_view tail_without_checksum) {
  base::Sha256 hash;
  hash.update(base::as_bytes(header)).update(base::as_bytes(tail_without_checksum));
  return hash.finish();
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

std::optional<Digest> parse_digest(std::string_view hex) {
  auto const bytes = base::from_hex(hex);
  if (!bytes || bytes->size() != sizeof(Digest)) return std::nullopt;
  if (base::to_hex(base::as_bytes(*bytes)) != hex) return std::nullopt;  // lower case alone
  Digest digest;
  std::memcpy(digest.data(), bytes->data(), digest.size());
  return digest;
}

bool is_span(SegmentSpan const& span) {
  return span.count >= 1 && span.count <= kSegmentRecords &&
         span.first.value() % kSegmentRecords == 1;
}

}  // namespace

std::string SegmentSpan::name() const {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "segment-%012llu-%012llu",
                static_cast<unsigned long long>(first.value()),
                static_cast<unsigned long long>(last().value()));
  return text.data();
}

SegmentSpan segment_span(std::uint64_t number, std::uint64_t size) {
  std::uint64_t const before = number * kSegmentRecords;
  QRPAY_CHECK(before < size);
  return {Sequence(before + 1),
          static_cast<std::uint32_t>(std::min(size - before, kSegmentRecords))};
}

std::string format_segment_line(SegmentEntry const& entry) {
  return "segment " + std::to_string(entry.span.first.value()) + ' ' +
         std::to_string(entry.span.count) + ' ' + std::to_string(entry.bytes) + ' ' +
         base::to_hex(entry.sha256) + ' ' + base::to_hex(entry.root);
}

Result<SegmentEntry> parse_segment_line(std::string_view line) {
  std::array<std::string_view, 6> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::size_t const end = i + 1 < words.size() ? line.find(' ') : line.size();
    if (end == std::string_view::npos) return fail(Errc::kMalformed, "segment line");
    words[i] = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  auto const first = parse_number(words[1]);
  auto const count = parse_number(words[2]);
  auto const bytes = parse_number(words[3]);
  auto const sha256 = parse_digest(words[4]);
  auto const root = parse_digest(words[5]);
  if (words[0] != "segment" || !first || !count || !bytes || !sha256 || !root ||
      *count > kSegmentRecords)
    return fail(Errc::kMalformed, "segment line");
  SegmentEntry const entry{
      {Sequence(*first), static_cast<std::uint32_t>(*count)}, *bytes, *sha256, *root};
  if (!is_span(entry.span)) return fail(Errc::kMalformed, "segment line: no segment's records");
  return entry;
}

std::string seal_list(std::string_view first_line, std::string_view body) {
  std::string text(first_line);
  text.append(kHashWord).append(base::to_hex(base::sha256(base::as_bytes(body)))).append("\n");
  return text.append(body);
}

std::optional<std::string_view> open_list(std::string_view first_line, std::string_view text) {
  if (!text.starts_with(first_line)) return std::nullopt;
  text.remove_prefix(first_line.size());
  std::string_view const hash = take_line(text);
  if (!hash.starts_with(kHashWord) ||
      hash.substr(kHashWord.size()) != base::to_hex(base::sha256(base::as_bytes(text))))
    return std::nullopt;
  return text;
}

std::string_view take_line(std::string_view& text) {
  std::size_t const end = text.find('\n');
  std::string_view const line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

Digest root_of_segments(std::vector<SegmentEntry> const& entries) {
  if (entries.empty()) return empty_root();
  std::vector<Digest> row;
  for (auto const& entry : entries) row.push_back(entry.root);
  return root_of_row(std::move(row));
}

struct SegmentWriter::State {
  SegmentSpan span;
  std::string path;
  int fd = -1;
  std::uint64_t bytes = 0;
  base::Sha256 sha256;
  BlockBuilder builder;
  MerkleTree tree;
  std::string index;
  std::uint32_t blocks = 0;

  ~State() {
    if (fd >= 0) ::close(fd);
  }
};

SegmentWriter::SegmentWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentWriter::~SegmentWriter() = default;
SegmentWriter::SegmentWriter(SegmentWriter&&) noexcept = default;
SegmentWriter& SegmentWriter::operator=(SegmentWriter&&) noexcept = default;

Result<SegmentWriter> SegmentWriter::create(std::string const& directory, SegmentSpan span) {
  QRPAY_CHECK(is_span(span));
  auto state = std::make_unique<State>();
  state->span = span;
  state->path = directory + '/' + span.name();
  std::string const temporary = state->path + ".new";
  state->fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (state->fd < 0) return fail(Errc::kIo, temporary + ": " + std::strerror(errno));
  SegmentWriter writer(std::move(state));
  QRPAY_TRY_VOID(writer.put(header_of(span)));
  return writer;
}

Result<void> SegmentWriter::put(std::string_view bytes) {
  state_->sha256.update(base::as_bytes(bytes));
  state_->bytes += bytes.size();
  while (!bytes.empty()) {
    ssize_t const n = ::write(state_->fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Errc::kIo, state_->path + ": " + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> SegmentWriter::put_blocks(std::vector<Block> const& blocks) {
  for (auto const& block : blocks) {
    ByteWriter index(state_->index);
    index.u64(block.first.value());
    index.u64(state_->bytes);
    ++state_->blocks;
    QRPAY_TRY_VOID(put(block.bytes));
  }
  return {};
}

Result<void> SegmentWriter::add(BlockView::Entry const& entry) {
  QRPAY_CHECK(!is_full());
  state_->tree.append(leaf_hash(entry.leaf));
  state_->builder.add(entry.leaf, entry.side);
  return put_blocks(state_->builder.take_closed());
}

bool SegmentWriter::is_full() const { return state_->tree.size() == state_->span.count; }

Result<SegmentEntry> SegmentWriter::finish() {
  QRPAY_CHECK(is_full());
  QRPAY_TRY_VOID(put_blocks(state_->builder.take()));
  std::uint32_t const groups = state_->span.count / MerkleTree::kGroupLeaves;
  std::string tail = state_->index;
  ByteWriter writer(tail);
  for (std::uint32_t i = 0; i < groups; ++i)
    writer.bytes(state_->tree.node(MerkleTree::kGroupLevel, i));
  writer.u64(state_->bytes);
  writer.u32(state_->blocks);
  writer.u32(groups);
  writer.bytes(checksum(header_of(state_->span), tail));
  QRPAY_TRY_VOID(put(tail));
  if (::fsync(state_->fd) != 0 ||
      ::rename((state_->path + ".new").c_str(), state_->path.c_str()) != 0)
    return fail(Errc::kIo, state_->path + ": " + std::strerror(errno));
  return SegmentEntry{state_->span, state_->bytes, state_->sha256.finish(), state_->tree.root()};
}

SegmentFile::~SegmentFile() {
  if (fd_ >= 0) ::close(fd_);
}

SegmentFile::SegmentFile(SegmentFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      span_(other.span_),
      bytes_(other.bytes_),
      tail_(std::move(other.tail_)),
      index_(std::move(other.index_)),
      groups_(std::move(other.groups_)) {}

SegmentFile& SegmentFile::operator=(SegmentFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(span_, other.span_);
  std::swap(bytes_, other.bytes_);
  std::swap(tail_, other.tail_);
  std::swap(index_, other.index_);
  std::swap(groups_, other.groups_);
  return *this;
}

base::Unexpected<base::Error> SegmentFile::damaged(std::string const& what) const {
  // Not a slash first: that is how a fault of a request names its place (gateway/http/problem.h).
  std::string where = "file " + path_;
  if (span_.count > 0)
    where += " (sequences " + std::to_string(span_.first.value()) + " to " +
             std::to_string(span_.last().value()) + ")";
  return fail(Errc::kArchiveDamaged, where + ": " + what);
}

Result<std::string> SegmentFile::read(std::uint64_t offset, std::uint64_t bytes) const {
  std::string out(bytes, '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t const n =
        ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return damaged(std::strerror(errno));
    if (n == 0) return damaged("cut short");
    done += static_cast<std::size_t>(n);
  }
  return out;
}

Result<SegmentFile> SegmentFile::open(std::string const& directory, SegmentSpan span) {
  SegmentFile file(directory + '/' + span.name());
  file.span_ = span;
  QRPAY_TRY_VOID(file.read_tail(&span));
  return file;
}

Result<SegmentFile> SegmentFile::open_file(std::string const& path) {
  SegmentFile file(path);
  QRPAY_TRY_VOID(file.read_tail(nullptr));
  return file;
}

Result<void> SegmentFile::read_tail(SegmentSpan const* expected) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) return damaged(std::strerror(errno));
  struct stat info{};
  if (::fstat(fd_, &info) != 0) return damaged(std::strerror(errno));
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  if (bytes_ < kHeaderBytes + kFooterBytes) return damaged("cut short");
  // Not QRPAY_TRY: g++ 12 at -O2 takes a moved-out text for one that was never set.
  auto const first = read(0, kHeaderBytes);
  if (!first) return base::Unexpected(first.error());
  std::string const& header = *first;
  ByteReader head(base::as_bytes(header));
  if (base::as_text(head.bytes(kMagic.size())) != kMagic) return damaged("magic");
  SegmentSpan span;
  span.count = head.u32();
  span.first = Sequence(head.u64());
  if (!is_span(span) || (expected != nullptr && span != *expected))
    return damaged("of other records");
  span_ = span;
  QRPAY_TRY(std::string const counts, read(bytes_ - kFooterBytes, kCountsBytes));
  ByteReader foot(base::as_bytes(counts));
  std::uint64_t const index_at = foot.u64();
  std::uint64_t const blocks = foot.u32();
  std::uint64_t const groups = foot.u32();
  // Each within its limit, so that the sum below cannot pass 64 bits.
  if (blocks == 0 || blocks > span.count || groups != span.count / MerkleTree::kGroupLeaves ||
      index_at > bytes_)
    return damaged("counts");
  std::uint64_t const tail = blocks * kIndexEntryBytes + groups * sizeof(Digest) + kFooterBytes;
  if (bytes_ - index_at != tail) return damaged("length");
  QRPAY_TRY(tail_, read(index_at, tail));
  std::string_view const covered(tail_.data(), tail_.size() - sizeof(Digest));
  if (base::as_text(checksum(header, covered)) != std::string_view(tail_).substr(covered.size()))
    return damaged("checksum");
  return parse_index(base::as_bytes(covered).first(tail - kFooterBytes), index_at);
}

Result<void> SegmentFile::parse_index(base::ByteView bytes, std::uint64_t index_at) {
  ByteReader reader(bytes);
  std::size_t const groups = span_.count / MerkleTree::kGroupLeaves;
  while (reader.remaining() > groups * sizeof(Digest)) {
    IndexEntry const entry{Sequence(reader.u64()), reader.u64()};
    bool const follows =
        index_.empty() ? entry.first == span_.first && entry.offset == kHeaderBytes
                       : entry.first > index_.back().first && entry.offset > index_.back().offset;
    if (!follows || entry.first > span_.last() || entry.offset >= index_at) return damaged("index");
    index_.push_back(entry);
  }
  index_.push_back({Sequence(span_.last().value() + 1), index_at});
  for (std::size_t i = 0; i < groups; ++i) groups_.push_back(reader.array<sizeof(Digest)>());
  return {};
}

Result<Block> SegmentFile::read_indexed(std::size_t i) const {
  IndexEntry const& entry = index_[i];
  IndexEntry const& next = index_[i + 1];
  Block block;
  block.first = entry.first;
  QRPAY_TRY(block.bytes, read(entry.offset, next.offset - entry.offset));
  auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
  if (!view) return damaged(view.error().detail);
  if (view->last().value() + 1 != next.first.value())
    return damaged("sequence " + std::to_string(entry.first.value()) + ": block of other records");
  block.count = view->count();
  return block;
}

Result<Block> SegmentFile::read_block(Sequence sequence) const {
  QRPAY_CHECK(span_.holds(sequence));
  auto const after = std::upper_bound(
      index_.begin(), index_.end(), sequence,
      [](Sequence wanted, IndexEntry const& entry) { return wanted < entry.first; });
  return read_indexed(static_cast<std::size_t>(after - index_.begin()) - 1);
}

Result<void> SegmentFile::scan(Sequence from, Store::Visit const& visit) const {
  for (std::size_t i = 0; i + 1 < index_.size(); ++i) {
    if (index_[i + 1].first <= from) continue;
    QRPAY_TRY(Block const block, read_indexed(i));
    if (!visit(block)) return {};
  }
  return {};
}

Result<SegmentEntry> SegmentFile::check(Store::Visit const& visit) const {
  base::Sha256 sha256;
  MerkleTree tree;
  QRPAY_TRY(std::string const header, read(0, kHeaderBytes));
  sha256.update(base::as_bytes(header));
  QRPAY_TRY_VOID(scan(span_.first, [&](Block const& block) {
    sha256.update(base::as_bytes(block.bytes));
    auto const view = BlockView::open(base::as_bytes(block.bytes), block.first);
    for (std::uint32_t i = 0; i < view->count(); ++i) tree.append(leaf_hash(view->entry(i).leaf));
    return !visit || visit(block);
  }));
  if (tree.size() != span_.count) return damaged("not read to its end");
  for (std::size_t i = 0; i < groups_.size(); ++i)
    if (tree.node(MerkleTree::kGroupLevel, i) != groups_[i])
      return damaged("not the leaves that were hashed, group " + std::to_string(i));
  sha256.update(base::as_bytes(tail_));
  return SegmentEntry{span_, bytes_, sha256.finish(), tree.root()};
}

Result<void> cut_segments(Store const& store, SegmentCut const& cut, SegmentDone const& done) {
  std::uint64_t next = cut.number * kSegmentRecords + 1;
  if (next > cut.end.value()) return {};
  std::optional<SegmentWriter> writer;
  auto const take = [&](Block const& block) -> Result<void> {
    QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
    for (; next <= cut.end.value() && view.holds(Sequence(next)); ++next) {
      if (!writer) {
        auto const span = segment_span((next - 1) / kSegmentRecords, cut.end.value());
        QRPAY_TRY(writer, SegmentWriter::create(cut.directory, span));
      }
      QRPAY_TRY_VOID(writer->add(view.at(Sequence(next))));
      if (!writer->is_full()) continue;
      QRPAY_TRY(SegmentEntry const entry, writer->finish());
      writer.reset();
      QRPAY_TRY_VOID(done(entry));
    }
    return {};
  };
  Result<void> taken;
  QRPAY_TRY_VOID(store.scan(Sequence(next), [&](Block const& block) {
    taken = take(block);
    return taken && next <= cut.end.value();
  }));
  QRPAY_TRY_VOID(taken);
  if (next <= cut.end.value())
    return fail(Errc::kJournalTruncated, "sequence " + std::to_string(next) + ": not there");
  return {};
}

Result<Block> clip_block(Block const& block, Sequence from) {
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  BlockBuilder builder;
  for (Sequence s = from; s <= view.last(); s = Sequence(s.value() + 1))
    builder.add(view.at(s).leaf, view.at(s).side);
  return std::move(builder.take().front());
}

}  // namespace qrpay::ledger
