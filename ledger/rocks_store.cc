#include "ledger/rocks_store.h"

#include <fcntl.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iostats_context.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/files.h"
#include "ledger/archive.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr char kBlockPrefix = 'B';

std::string key_of(Sequence first) {
  std::string key(1, kBlockPrefix);
  base::ByteWriter(key).u64(first.value());
  return key;
}

// nullopt for keys that are not blocks.
std::optional<Sequence> sequence_of(rocksdb::Slice const& key) {
  if (key.size() != 9 || key[0] != kBlockPrefix) return std::nullopt;
  base::ByteReader reader(base::as_bytes({key.data() + 1, 8}));
  return Sequence(reader.u64());
}

class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(char const* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::Options options_for(RocksOptions const& tuning) {
  rocksdb::Options options;
  if (tuning.env != nullptr) options.env = tuning.env;
  // A torn tail is cut; damage before it refuses to open. The default mode was seen to open with
  // OK and drop half of a log that was damaged in its middle.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Recovery then rewrites and syncs what it read: a tail that lived only in the page cache is
  // durable before it is served.
  options.avoid_flush_during_recovery = false;
  options.paranoid_checks = true;
  options.compression = rocksdb::kNoCompression;  // ciphertext and hashes
  options.write_buffer_size = tuning.memtable_bytes;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 2;
  // Keys only ascend, so files never overlap: compaction moves them without rewriting, and the
  // number of files at level 0 is no reason to slow a writer.
  options.level0_slowdown_writes_trigger = 1 << 20;
  options.level0_stop_writes_trigger = 1 << 20;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  // RocksDB's own log would lie on the same disk. When that is full, the second line it cannot
  // write aborts the process where RocksDB is built with assertions (Debian's is), before append()
  // can name the failure. What matters comes back as a Status.
  options.info_log = std::make_shared<NoLog>();
  options.max_open_files = 512;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kBlockBytesMax;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// No range was ever deleted here. Where iterators of RocksDB 7.8 look for such ranges they pass
// over a file whose first block cannot be read, and the rest of its level, with Status OK.
rocksdb::ReadOptions reading() {
  rocksdb::ReadOptions options;
  options.ignore_range_deletions = true;
  return options;
}

base::Unexpected<base::Error> read_failure(rocksdb::Status const& status, std::string where) {
  // At open RocksDB wraps an I/O error as damage: "Can't access /000012.sst: IO error: ...".
  std::string const text = status.ToString();
  bool const damaged = status.IsCorruption() && text.find("IO error: ") == std::string::npos;
  return fail(damaged ? Errc::kJournalCorrupt : Errc::kStoreRead, std::move(where) + ": " + text);
}

// Directories this process holds open for writing. A process does not see its own record lock, and
// closing any descriptor of LOCK drops it: so that file is never touched while it is held here.
class HeldDirectory {
 public:
  static std::unique_ptr<HeldDirectory> hold(std::string const& directory) {
    std::string const name = name_of(directory);
    std::lock_guard const lock(mutex());
    if (!names().insert(name).second) return nullptr;
    return std::unique_ptr<HeldDirectory>(new HeldDirectory(name));
  }
  ~HeldDirectory() {
    std::lock_guard const lock(mutex());
    names().erase(name_);
  }
  HeldDirectory(HeldDirectory const&) = delete;
  HeldDirectory& operator=(HeldDirectory const&) = delete;

  /// True when this process or another one holds `directory`.
  static bool is_held(std::string const& directory) {
    // Under the mutex, so that no DB of this process comes to hold LOCK while it is looked at.
    std::lock_guard const lock(mutex());
    return names().contains(name_of(directory)) || is_held_elsewhere(directory);
  }

  /// Another process holds it. Requires: this process has no DB open there.
  // RocksDB holds a POSIX record lock on LOCK; asking for its owner changes nothing.
  static bool is_held_elsewhere(std::string const& directory) {
    int const fd = ::open((directory + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    bool const held = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    ::close(fd);
    return held;
  }

 private:
  explicit HeldDirectory(std::string name) : name_(std::move(name)) {}

  static std::string name_of(std::string const& directory) {
    std::error_code error;
    auto const canonical = std::filesystem::weakly_canonical(directory, error);
    return error ? directory : canonical.string();
  }
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::set<std::string>& names() {
    static std::set<std::string> instance;
    return instance;
  }

  std::string name_;
};

}  // namespace

struct RocksStore::State {
  std::unique_ptr<HeldDirectory> held;  // null when read-only; outlives the lock that db holds
  std::unique_ptr<rocksdb::DB> db;
  std::string directory;
  std::unique_ptr<Archive> archive;
  std::atomic<std::uint64_t> last{0};
  bool failed = false;         // sync thread only
  std::int64_t last_sync = 0;  // microseconds; sync thread only

  // The last record that is in the archive; 0 = none.
  [[nodiscard]] Sequence archived() const { return archive ? archive->through() : Sequence(0); }

  Result<void> open_archive() {
    QRPAY_TRY(ArchiveList list, read_archive_list(directory));
    if (!list.segments.empty()) archive = std::make_unique<Archive>(std::move(list));
    return {};
  }

  // Names the first sequence that cannot be read, so that a repair knows what stands. Reads all
  // that lies before it.
  base::Unexpected<base::Error> first_unreadable(rocksdb::Status const& status) {
    std::uint64_t next = archived().value() + 1;
    std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(reading()));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      auto const first = sequence_of(it->key());
      if (!first || (first->value() != next && *first > archived())) break;
      auto const view = BlockView::open(base::as_bytes(it->value().ToStringView()), *first);
      if (!view) break;
      next = std::max(next, view->last().value() + 1);
    }
    return read_failure(status, "sequence " + std::to_string(next));
  }

  Result<void> find_last() {
    std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(reading()));
    it->SeekToLast();
    if (!it->status().ok()) return first_unreadable(it->status());
    if (!it->Valid()) return {};
    auto const first = sequence_of(it->key());
    if (!first) return fail(Errc::kJournalCorrupt, "last key is not a block");
    QRPAY_TRY(BlockView view, BlockView::open(base::as_bytes(it->value().ToStringView()), *first));
    last.store(view.last().value());
    if (view.last() > archived() || archived() == Sequence(0)) return {};
    return fail(Errc::kJournalTruncated,
                "journal ends at " + std::to_string(last.load()) + ", but sequence " +
                    std::to_string(archived().value()) + " is in its archive");
  }
};

RocksStore::RocksStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RocksStore::~RocksStore() = default;

Result<std::unique_ptr<RocksStore>> RocksStore::create(std::string const& directory,
                                                       RocksOptions const& tuning) {
  if (base::file_exists(directory + "/CURRENT")) return fail(Errc::kAlreadyExists, directory);
  QRPAY_TRY_VOID(base::make_directories(directory));
  auto options = options_for(tuning);
  options.create_if_missing = true;
  options.error_if_exists = true;
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->held = HeldDirectory::hold(directory);
  if (!state->held) return fail(Errc::kDataDirInUse, directory);
  rocksdb::DB* db = nullptr;
  auto const status = rocksdb::DB::Open(options, directory, &db);
  if (!status.ok()) return read_failure(status, directory);
  state->db.reset(db);
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(state)));
}

bool RocksStore::is_locked(std::string const& directory) {
  return HeldDirectory::is_held(directory);
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(std::string const& directory,
                                                     RocksOptions const& tuning) {
  if (!base::file_exists(directory + "/CURRENT")) return fail(Errc::kDataDirMissing, directory);
  if (is_locked(directory)) return fail(Errc::kDataDirInUse, directory);
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->held = HeldDirectory::hold(directory);
  if (!state->held) return fail(Errc::kDataDirInUse, directory);
  rocksdb::DB* db = nullptr;
  auto const status = rocksdb::DB::Open(options_for(tuning), directory, &db);
  // Somebody may have come between the look above and RocksDB's own lock.
  if (status.IsIOError() && HeldDirectory::is_held_elsewhere(directory))
    return fail(Errc::kDataDirInUse, directory);
  if (!status.ok()) return read_failure(status, directory);
  state->db.reset(db);
  QRPAY_TRY_VOID(state->open_archive());
  QRPAY_TRY_VOID(state->find_last());
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(state)));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open_read_only(std::string const& directory) {
  if (!base::file_exists(directory + "/CURRENT")) return fail(Errc::kDataDirMissing, directory);
  auto options = options_for({});
  options.max_open_files = -1;  // open every file now, before the writer can delete one
  rocksdb::DB* db = nullptr;
  auto const status = rocksdb::DB::OpenForReadOnly(options, directory, &db);
  if (!status.ok()) return read_failure(status, directory);
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->db.reset(db);
  QRPAY_TRY_VOID(state->open_archive());
  QRPAY_TRY_VOID(state->find_last());
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(state)));
}

Result<Sequence> RocksStore::append(std::span<Block const> batch) {
  if (state_->failed) return fail(Errc::kStoreUnknown, "an earlier append failed");
  QRPAY_CHECK(!batch.empty());
  std::uint64_t next = state_->last.load() + 1;
  rocksdb::WriteBatch writes;
  for (auto const& block : batch) {
    QRPAY_CHECK(block.first.value() == next && block.count > 0);
    next += block.count;
    // Put into a batch only copies; it cannot fail but by memory.
    QRPAY_CHECK(writes.Put(key_of(block.first), block.bytes).ok());
  }
  rocksdb::WriteOptions write_options;
  write_options.sync = true;
  // Counted by RocksDB in this thread, about 1 us a write.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTimeExceptForMutex);
  std::uint64_t const before = rocksdb::get_iostats_context()->fsync_nanos;
  auto const status = state_->db->Write(write_options, &writes);
  std::uint64_t const nanoseconds = rocksdb::get_iostats_context()->fsync_nanos - before;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  state_->last_sync = static_cast<std::int64_t>(nanoseconds / 1'000);
  if (!status.ok()) {
    state_->failed = true;
    return fail(Errc::kStoreUnknown, status.ToString());
  }
  state_->last.store(next - 1);
  return Sequence(next - 1);
}

std::int64_t RocksStore::last_sync_microseconds() const { return state_->last_sync; }

Sequence RocksStore::last() const { return Sequence(state_->last.load()); }

Result<std::optional<Block>> RocksStore::read_stored(Sequence sequence) const {
  std::unique_ptr<rocksdb::Iterator> it(state_->db->NewIterator(reading()));
  it->SeekForPrev(key_of(sequence));
  if (!it->status().ok())
    return read_failure(it->status(), "sequence " + std::to_string(sequence.value()));
  auto const first = it->Valid() ? sequence_of(it->key()) : std::nullopt;
  if (!first) return std::optional<Block>();
  Block block;
  block.first = *first;
  block.bytes = it->value().ToString();
  QRPAY_TRY(BlockView view, BlockView::open(base::as_bytes(block.bytes), block.first));
  if (!view.holds(sequence)) return std::optional<Block>();
  block.count = view.count();
  return std::optional(std::move(block));
}

Result<Block> RocksStore::read_block(Sequence sequence) const {
  if (sequence == Sequence(0) || sequence > last())
    return fail(Errc::kNotFound, "sequence " + std::to_string(sequence.value()));
  // Record 1 says whose ledger this is; a server starts without its archive.
  if (sequence <= state_->archived() && sequence != Sequence(1))
    return state_->archive->read_block(sequence);
  QRPAY_TRY(auto block, read_stored(sequence));
  if (block) return std::move(*block);
  return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(sequence.value()) + ": hole");
}

Result<void> RocksStore::scan(Sequence from, Visit const& visit) const {
  Sequence const end = last();
  if (end == Sequence(0)) return {};
  Sequence next = from == Sequence(0) ? Sequence(1) : from;
  if (next > end) return {};
  if (next <= state_->archived()) {
    QRPAY_TRY(bool const go_on, state_->archive->scan(next, visit));
    if (!go_on) return {};
    next = Sequence(state_->archived().value() + 1);
  }
  rocksdb::ReadOptions read_options = reading();
  read_options.readahead_size = std::size_t{2} << 20;
  read_options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(state_->db->NewIterator(read_options));
  for (it->SeekForPrev(key_of(next)); it->Valid() && next <= end; it->Next()) {
    auto const first = sequence_of(it->key());
    if (!first) break;
    Block block;
    block.first = *first;
    block.bytes = it->value().ToString();
    QRPAY_TRY(BlockView view, BlockView::open(base::as_bytes(block.bytes), *first));
    block.count = view.count();
    if (!view.holds(next))
      return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(next.value()) + ": hole");
    // The block over the border: what the archive told already is not told twice.
    if (block.first <= state_->archived()) {
      QRPAY_TRY(block, clip_block(block, next));
    }
    next = Sequence(block.first.value() + block.count);
    if (!visit(block)) return {};
  }
  if (!it->status().ok())
    return read_failure(it->status(), "sequence " + std::to_string(next.value()));
  if (next <= end)
    return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(next.value()) + ": hole");
  return {};
}

Result<void> RocksStore::check_joints() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  state_->db->GetLiveFilesMetaData(&files);
  std::sort(files.begin(), files.end(),
            [](auto const& a, auto const& b) { return a.smallestkey < b.smallestkey; });
  std::uint64_t const border = state_->archived().value() + 1;
  std::uint64_t next = 1;
  for (auto const& file : files) {
    auto const first = sequence_of(file.smallestkey);
    auto const last = sequence_of(file.largestkey);
    if (!first || !last) return fail(Errc::kJournalCorrupt, file.name + ": not of blocks");
    // Up to the border anything may be gone, and deletions that are not compacted yet overlap.
    if (first->value() != next && first->value() > border)
      return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(next) + ": hole");
    QRPAY_TRY(auto const block, read_stored(*last));
    if (block)
      next = std::max(next, block->first.value() + block->count);
    else if (last->value() >= border)
      return fail(Errc::kJournalCorrupt, "sequence " + std::to_string(last->value()) + ": hole");
  }
  if (border > 1) next = std::max(next, border);
  // A journal whose list of an archive is gone has a hole after its first block, inside a file.
  if (border == 1 && last() > Sequence(0)) {
    QRPAY_TRY(Block const beginning, read_block(Sequence(1)));
    Sequence const second(beginning.first.value() + beginning.count);
    if (second <= last()) {
      QRPAY_TRY(Block const follows, read_block(second));
      QRPAY_CHECK(follows.first == second);
    }
  }
  return scan(Sequence(next), [](Block const& /*block*/) { return true; });
}

Archive const* RocksStore::archive() const { return state_->archive.get(); }

Result<void> RocksStore::free_archived() {
  QRPAY_CHECK(state_->held);
  auto const failed = [](rocksdb::Status const& status) {
    return fail(Errc::kStoreUnknown, "deleting what is archived: " + status.ToString());
  };
  QRPAY_TRY_VOID(state_->open_archive());
  QRPAY_CHECK(state_->archive != nullptr);
  QRPAY_TRY(Block const border, read_block(Sequence(state_->archived().value() + 1)));
  std::string const begin = key_of(Sequence(2));
  std::string const end = key_of(border.first);
  rocksdb::Slice const from(begin);
  rocksdb::Slice const to(end);
  auto* const family = state_->db->DefaultColumnFamily();
  // Whole files go without being read.
  auto status = rocksdb::DeleteFilesInRange(state_->db.get(), family, &from, &to,
                                            /*include_end=*/false);
  if (!status.ok()) return failed(status);
  // What shares a file with other blocks. Keys one by one, since reads look for no deleted range.
  rocksdb::WriteBatch deletions;
  std::unique_ptr<rocksdb::Iterator> it(state_->db->NewIterator(reading()));
  for (it->Seek(from); it->Valid() && it->key().compare(to) < 0; it->Next())
    QRPAY_CHECK(deletions.Delete(it->key()).ok());
  status = it->status();
  it.reset();
  if (!status.ok()) return failed(status);
  rocksdb::WriteOptions write_options;
  write_options.sync = true;
  if (deletions.Count() > 0) status = state_->db->Write(write_options, &deletions);
  if (status.ok()) status = state_->db->Flush({});
  // Also when nothing was left to delete: a call before may have ended here.
  rocksdb::CompactRangeOptions compact;
  compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  if (status.ok()) status = state_->db->CompactRange(compact, family, &from, &to);
  return status.ok() ? Result<void>() : failed(status);
}

}  // namespace qrpay::ledger
