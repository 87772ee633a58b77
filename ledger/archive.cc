#include "ledger/archive.h"

#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/files.h"
#include "ledger/log.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kFirstLine = "qrpay archive 1\n";
constexpr std::string_view kDirectoryWord = "directory ";
/// Recent files that stay open with their indexes, 20 KB each: lists walk one file after the other.
constexpr std::size_t kArchiveFilesOpen = 16;
/// Bad files that are named; the first ones tell an operator enough.
constexpr std::size_t kDamageMax = 64;

}  // namespace

std::string format_archive_list(ArchiveList const& list) {
  std::string body = std::string(kDirectoryWord) + list.directory + '\n';
  for (auto const& entry : list.segments) body += format_segment_line(entry) + '\n';
  return seal_list(kFirstLine, body);
}

Result<ArchiveList> parse_archive_list(std::string const& path, std::string_view text) {
  auto const damaged = [&](char const* what) {
    return fail(Errc::kArchiveDamaged, path + ": " + what);
  };
  auto body = open_list(kFirstLine, text);
  if (!body) return damaged("not a list of an archive that we read, or its checksum");
  ArchiveList list;
  std::string_view const directory = take_line(*body);
  if (!directory.starts_with(kDirectoryWord)) return damaged("directory");
  list.directory = directory.substr(kDirectoryWord.size());
  while (!body->empty()) {
    auto const entry = parse_segment_line(take_line(*body));
    if (!entry || !entry->span.is_full() || entry->span.first.value() != list.through().value() + 1)
      return damaged("segments");
    list.segments.push_back(*entry);
  }
  return list;
}

Result<ArchiveList> read_archive_list(std::string const& journal) {
  std::string const path = journal + ".archive";
  if (!base::file_exists(path)) return ArchiveList{};
  auto const text = base::read_file(path, kListBytesMax);
  if (!text) return fail(Errc::kArchiveDamaged, text.error().detail);
  return parse_archive_list(path, *text);
}

struct Archive::State {
  struct Damage {
    bool when_opened = false;
    std::string detail;
  };
  std::mutex mutex;
  /// The most recent first.
  std::list<std::pair<std::uint64_t, std::shared_ptr<SegmentFile const>>> files;
  std::map<std::uint64_t, Damage> damage;
};

Archive::Archive(ArchiveList list) : list_(std::move(list)), state_(std::make_unique<State>()) {
  QRPAY_CHECK(!list_.segments.empty());
  for (std::uint64_t number = 0; number < list_.segments.size(); ++number) {
    auto const& entry = list_.segments[number];
    std::error_code error;
    auto const bytes = std::filesystem::file_size(list_.directory + '/' + entry.span.name(), error);
    if (error || bytes != entry.bytes) static_cast<void>(open(number).has_value());
  }
}

Archive::~Archive() = default;

base::Unexpected<base::Error> Archive::remember(std::uint64_t number, base::Error error) const {
  std::lock_guard const lock(state_->mutex);
  if (state_->damage.size() < kDamageMax)
    state_->damage.try_emplace(number, State::Damage{false, error.detail});
  return base::Unexpected(std::move(error));
}

Result<std::shared_ptr<SegmentFile const>> Archive::open(std::uint64_t number) const {
  std::lock_guard const lock(state_->mutex);
  auto& files = state_->files;
  for (auto it = files.begin(); it != files.end(); ++it) {
    if (it->first != number) continue;
    files.splice(files.begin(), files, it);
    return it->second;
  }
  SegmentEntry const& entry = list_.segments[number];
  auto file = SegmentFile::open(list_.directory, entry.span);
  if (!file || file->bytes() != entry.bytes || file->root_of_groups() != entry.root) {
    std::string const detail = file ? "file " + list_.directory + '/' + entry.span.name() +
                                          ": not the file that the list names"
                                    : file.error().detail;
    if (state_->damage.size() < kDamageMax)
      state_->damage.try_emplace(number, State::Damage{true, detail});
    return fail(Errc::kArchiveDamaged, detail);
  }
  if (auto const was = state_->damage.find(number);
      was != state_->damage.end() && was->second.when_opened)
    state_->damage.erase(was);
  files.emplace_front(number, std::make_shared<SegmentFile const>(std::move(*file)));
  if (files.size() > kArchiveFilesOpen) files.pop_back();
  return files.front().second;
}

Result<Block> Archive::read_block(Sequence sequence) const {
  std::uint64_t const number = (sequence.value() - 1) / kSegmentRecords;
  QRPAY_TRY(auto const file, open(number));
  auto block = file->read_block(sequence);
  if (!block) return remember(number, block.error());
  return block;
}

Result<bool> Archive::scan(Sequence from, Store::Visit const& visit) const {
  bool go_on = true;
  for (std::uint64_t number = (from.value() - 1) / kSegmentRecords;
       go_on && number < list_.segments.size(); ++number) {
    QRPAY_TRY(auto const file, open(number));
    auto const scanned = file->scan(from, [&](Block const& block) {
      go_on = visit(block);
      return go_on;
    });
    if (!scanned) return remember(number, scanned.error());
  }
  return go_on;
}

std::vector<ArchiveDamage> Archive::damage() const {
  std::vector<std::uint64_t> again;
  {
    std::lock_guard const lock(state_->mutex);
    for (auto const& [number, what] : state_->damage)
      if (what.when_opened) again.push_back(number);
  }
  for (std::uint64_t const number : again) static_cast<void>(open(number).has_value());
  std::lock_guard const lock(state_->mutex);
  std::vector<ArchiveDamage> found;
  for (auto const& [number, what] : state_->damage)
    found.push_back({list_.segments[number].span, what.detail});
  return found;
}

Result<Sequence> first_since(Store const& store, WallTime time) {
  std::uint64_t low = 1;
  std::uint64_t high = store.last().value() + 1;
  while (low < high) {
    std::uint64_t const middle = low + (high - low) / 2;
    QRPAY_TRY(Block const block, store.read_block(Sequence(middle)));
    QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
    QRPAY_TRY(StoredRecord const stored, decode_entry(view.at(Sequence(middle)), Sequence(middle)));
    if (stored.record.log_time < time)
      low = middle + 1;
    else
      high = middle;
  }
  return Sequence(low);
}

}  // namespace qrpay::ledger
