#include "ledger/rocks_index.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/universal_compaction.h>

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstring>
#include <filesystem>

#include "base/files.h"
#include "ledger/rocks_index_state.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

/// Notices the end of every compaction.
class CompactionWatch final : public rocksdb::EventListener {
 public:
  void OnCompactionCompleted(rocksdb::DB* /*db*/, rocksdb::CompactionJobInfo const&) override {
    {
      std::lock_guard const lock(mutex_);
      ++ended_;
    }
    changed_.notify_all();
  }
  [[nodiscard]] std::uint64_t ended() {
    std::lock_guard const lock(mutex_);
    return ended_;
  }
  /// Until another one than `seen` has ended, or a second has passed.
  void wait_for_more_than(std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return ended_ != seen; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t ended_ = 0;
};

namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::array<char const*, kFamilies> kNames = {"default",  "ids",     "money",    "pages",
                                                       "accounts", "history", "payments", "tree"};
/// False positives of one filter are then 1 in 700; there are up to a dozen sorted runs.
constexpr int kFilterBitsPerKey = 14;
constexpr std::size_t kCacheBytes = std::size_t{32} << 20;
/// Sorted runs of one family above which ingest() waits: each costs a look-up a filter.
constexpr std::uint64_t kSortedRunsMax = 24;

class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(char const* /*format*/, va_list /*arguments*/) override {}
};

// By how the text begins: the rest is a path, which may say anything.
bool is_lock_failure(rocksdb::Status const& status) {
  std::string const text = status.ToString();
  return text.starts_with("IO error: While lock file: ") ||
         text.starts_with("IO error: lock hold by current process");
}

std::string damage_mark(std::string const& directory) { return directory + ".damaged"; }

rocksdb::ColumnFamilyOptions family_options(Family family,
                                            std::shared_ptr<rocksdb::Cache> const& cache) {
  rocksdb::ColumnFamilyOptions options;
  // Sorted runs come whole and random tags overlap everything: merging runs of like size rewrites
  // an entry once for every fourfold growth, levels would rewrite it ten times for each.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.compaction_options_universal.min_merge_width = 3;
  options.compaction_options_universal.size_ratio = 20;
  // Lists are read by cursor and seldom, ids all the time: the former may lie in more pieces.
  bool const is_list = family == Family::kHistory || family == Family::kPayments;
  options.level0_file_num_compaction_trigger = is_list ? 8 : 4;
  options.compression = rocksdb::kNoCompression;  // tags and small numbers: nothing to gain
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  if (!is_list) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  bool const is_tags =
      family == Family::kIds || family == Family::kMoney || family == Family::kPages;
  table.block_size = is_tags ? 4'096 : 16'384;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::Options database_options(std::shared_ptr<CompactionWatch> const& watch,
                                  rocksdb::Env* env) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // Every file stays open with its index and filter in memory, and one that is missing or was cut
  // is found at the start.
  options.max_open_files = -1;
  options.max_background_jobs = 2;
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  // Writes reach the disk as they come: one large sync would hold up the journal's.
  options.bytes_per_sync = std::uint64_t{1} << 20;
  options.info_log = std::make_shared<NoLog>();
  options.listeners = {watch};
  // Payments first: what is merged late costs a look-up a filter more.
  options.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  return options;
}

}  // namespace

std::string encode_head(ProjectedHead const& head) {
  std::string out;
  base::ByteWriter writer(out);
  writer.u32(kVersion);
  writer.u64(head.through.value());
  writer.i64(head.last_time.microseconds());
  writer.bytes(head.genesis_leaf);
  writer.bytes(head.last_leaf);
  writer.bytes(head.root);
  return out;
}

RocksIndex::State::~State() {
  for (auto* handle : families)
    if (db && handle != nullptr) static_cast<void>(db->DestroyColumnFamilyHandle(handle));
  db.reset();
}

base::Unexpected<base::Error> RocksIndex::State::damage(std::string const& what) const {
  // Once is enough, and failing to leave a mark is no worse: the next read fails again.
  if (!damaged.exchange(true)) {
    auto const marked = base::create_file_synced(damage_mark(directory), what + "\n");
    static_cast<void>(marked.has_value());
  }
  return fail(Errc::kStoreRead, "projections: " + what);
}

Result<std::optional<std::string>> RocksIndex::State::get(Family name,
                                                          rocksdb::Slice const& key) const {
  std::string value;
  auto const status = db->Get(rocksdb::ReadOptions(), family(name), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return damage(status.ToString());
  return std::optional(std::move(value));
}

std::unique_ptr<rocksdb::Iterator> RocksIndex::State::iterate(Family name, bool fill_cache) const {
  rocksdb::ReadOptions reading;
  reading.ignore_range_deletions = true;  // see ledger/rocks_store.cc: a read error would be a hole
  reading.fill_cache = fill_cache;
  if (!fill_cache) reading.readahead_size = std::size_t{2} << 20;
  return std::unique_ptr<rocksdb::Iterator>(db->NewIterator(reading, family(name)));
}

Result<void> RocksIndex::State::read_head() {
  QRPAY_TRY(auto const row, get(Family::kRows, rocksdb::Slice()));
  if (!row) return {};
  base::ByteReader reader(base::as_bytes(*row));
  std::uint32_t const version = reader.u32();
  if (version != kVersion)
    return fail(Errc::kDataFormatNewer, "projections of version " + std::to_string(version));
  head.through = Sequence(reader.u64());
  head.last_time = WallTime(reader.i64());
  head.genesis_leaf = reader.array<32>();
  head.last_leaf = reader.array<32>();
  head.root = reader.array<32>();
  if (!reader.ok() || !reader.at_end() || head.through == Sequence(0)) return damage("the head");
  projected.store(head.through.value());
  projected_of_live = head.through.value();
  return {};
}

RocksIndex::State::Seen RocksIndex::State::look() const {
  std::lock_guard const lock(mutex);
  return {projected_of_live, {live.begin(), live.end()}};
}

void RocksIndex::distrust(std::string const& why) const { static_cast<void>(state_->damage(why)); }

RocksIndex::RocksIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
RocksIndex::~RocksIndex() = default;

Result<std::unique_ptr<RocksIndex>> RocksIndex::open(std::string const& directory,
                                                     rocksdb::Env* env) {
  if (base::file_exists(damage_mark(directory)))
    return fail(Errc::kStoreRead, "projections: marked as damaged");
  QRPAY_TRY_VOID(base::make_directories(directory));
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->watch = std::make_shared<CompactionWatch>();
  state->options = database_options(state->watch, env);
  auto const cache = rocksdb::NewLRUCache(kCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    state->family_options[i] = family_options(static_cast<Family>(i), cache);
    descriptors.emplace_back(kNames[i], state->family_options[i]);
  }
  rocksdb::DB* db = nullptr;
  auto const status =
      rocksdb::DB::Open(state->options, directory, descriptors, &state->families, &db);
  if (is_lock_failure(status)) return fail(Errc::kDataDirInUse, directory);
  if (!status.ok()) return fail(Errc::kStoreRead, "projections: " + status.ToString());
  state->db.reset(db);
  QRPAY_TRY_VOID(state->read_head());
  // Of a run that was being written when the process ended.
  std::error_code ignored;
  std::filesystem::remove_all(directory + ".run", ignored);
  return std::unique_ptr<RocksIndex>(new RocksIndex(std::move(state)));
}

Sequence RocksIndex::projected_in(std::string const& directory) {
  if (!base::file_exists(directory + "/CURRENT")) return Sequence(0);
  rocksdb::Options options;
  options.info_log = std::make_shared<NoLog>();
  auto const cache = rocksdb::NewLRUCache(kCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (std::size_t i = 0; i < kFamilies; ++i)
    descriptors.emplace_back(kNames[i], family_options(static_cast<Family>(i), cache));
  State state;
  state.directory = directory;
  rocksdb::DB* db = nullptr;
  auto const status =
      rocksdb::DB::OpenForReadOnly(options, directory, descriptors, &state.families, &db);
  if (!status.ok()) return Sequence(0);
  state.db.reset(db);
  std::string head;
  auto const read =
      db->Get(rocksdb::ReadOptions(), state.family(Family::kRows), rocksdb::Slice(), &head);
  base::ByteReader reader(base::as_bytes(head));
  static_cast<void>(reader.u32());  // the version: the sequence comes after it in all of them
  Sequence const through(reader.u64());
  return read.ok() && reader.ok() ? through : Sequence(0);
}

Result<void> RocksIndex::remove(std::string const& directory) {
  std::error_code error;
  for (auto const& path : {directory, directory + ".run"}) {
    std::filesystem::remove_all(path, error);
    if (error) return fail(Errc::kIo, path + ": " + error.message());
  }
  // Last: a folder that could be deleted only in part must not be trusted.
  std::filesystem::remove(damage_mark(directory), error);
  if (error) return fail(Errc::kIo, damage_mark(directory) + ": " + error.message());
  return {};
}

Sequence RocksIndex::projected() const {
  return Sequence(state_->projected.load(std::memory_order_acquire));
}

ProjectedHead const& RocksIndex::head() const { return state_->head; }

namespace {

/// Reads what lies under a tag with `decode`.
template <class Decode>
auto find_tag(RocksIndex::State const& state, Family family, Bytes16 const& tag,
              Decode const& decode) -> Result<decltype(decode(std::string_view()))> {
  rocksdb::PinnableSlice value;
  auto const status =
      state.db->Get(rocksdb::ReadOptions(), state.family(family), slice_of(tag), &value);
  if (status.IsNotFound()) return decltype(decode(std::string_view()))();
  if (!status.ok()) return state.damage(status.ToString());
  auto found = decode(view_of(value));
  if (!found) return state.damage("an entry of a tag");
  return found;
}

}  // namespace

Result<std::optional<Sequence>> RocksIndex::find_id(IdTag const& tag) const {
  return find_tag(*state_, Family::kIds, tag.value(), decode_sequence);
}
Result<void> RocksIndex::find_ids(std::span<IdTag const> tags,
                                  std::span<std::optional<Sequence>> found) const {
  QRPAY_CHECK(tags.size() == found.size());
  constexpr std::size_t kAtOnce = 256;
  struct Place {
    SortKey key;
    std::size_t index;
  };
  std::vector<Place> places;
  places.reserve(tags.size());
  for (auto const& tag : tags) places.push_back({SortKey(tag.value()), places.size()});
  std::sort(places.begin(), places.end(),
            [](Place const& a, Place const& b) { return a.key < b.key; });
  std::array<rocksdb::Slice, kAtOnce> keys;
  std::array<rocksdb::PinnableSlice, kAtOnce> values;
  std::array<rocksdb::Status, kAtOnce> statuses;
  for (std::size_t begin = 0; begin < places.size(); begin += kAtOnce) {
    std::size_t const count = std::min(kAtOnce, places.size() - begin);
    for (std::size_t i = 0; i < count; ++i)
      keys[i] = slice_of(tags[places[begin + i].index].value());
    state_->db->MultiGet(rocksdb::ReadOptions(), state_->family(Family::kIds), count, keys.data(),
                         values.data(), statuses.data(), /*sorted_input=*/true);
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = found[places[begin + i].index];
      one.reset();
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return state_->damage(statuses[i].ToString());
      one = decode_sequence(view_of(values[i]));
      values[i].Reset();
      if (!one) return state_->damage("an entry of a tag");
    }
  }
  return {};
}
Result<std::optional<KnownMoney>> RocksIndex::find_money(MoneyTag const& tag) const {
  return find_tag(*state_, Family::kMoney, tag.value(), decode_money);
}
Result<std::optional<Sequence>> RocksIndex::find_page(IdTag const& tag) const {
  return find_tag(*state_, Family::kPages, tag.value(), decode_sequence);
}

Result<void> RocksIndex::scan_rows(VisitRow const& visit) const {
  auto const it = state_->iterate(Family::kRows, /*fill_cache=*/false);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    std::string_view const key = view_of(it->key());
    if (key.empty()) continue;  // the head
    QRPAY_TRY_VOID(visit({static_cast<std::uint8_t>(key.front()), std::string(key.substr(1)),
                          it->value().ToString()}));
  }
  if (!it->status().ok()) return state_->damage(it->status().ToString());
  return {};
}

Result<void> RocksIndex::scan_accounts(VisitAccount const& visit) const {
  auto const it = state_->iterate(Family::kAccounts, /*fill_cache=*/false);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    auto const bucket = decode_bucket(view_of(it->value()));
    if (!bucket || it->key().size() != kAccountPrefixBytes) return state_->damage("a fat row");
    Bytes16 id{};
    std::memcpy(id.data(), it->key().data(), kAccountPrefixBytes);
    for (auto const& one : *bucket) {
      id[kAccountPrefixBytes] = one.last_byte;
      visit(AccountId(id), one.account);
    }
  }
  if (!it->status().ok()) return state_->damage(it->status().ToString());
  return {};
}

Result<std::vector<Digest>> RocksIndex::tree_groups() const {
  std::vector<Digest> groups;
  auto const it = state_->iterate(Family::kTree, /*fill_cache=*/false);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    base::ByteReader row(base::as_bytes(view_of(it->value())));
    base::ByteReader key(base::as_bytes(view_of(it->key())));
    if (key.u64() * kGroupsInRow != groups.size()) return state_->damage("a row of the tree");
    while (!row.at_end() && row.ok()) groups.push_back(row.array<32>());
    if (!row.ok()) return state_->damage("a row of the tree");
  }
  if (!it->status().ok()) return state_->damage(it->status().ToString());
  if (groups.size() != projected().value() / kGroupsInRow) return state_->damage("the tree");
  return groups;
}

std::shared_ptr<Run> RocksIndex::begin_run(Sequence after) {
  auto run = std::make_shared<Run>(after);
  std::lock_guard const lock(state_->mutex);
  QRPAY_CHECK(after.value() == (state_->live.empty() ? state_->projected_of_live
                                                     : state_->live.back()->through.load()));
  state_->live.push_back(run);
  return run;
}

std::uint64_t RocksIndex::disk_bytes() const {
  std::uint64_t bytes = 0;
  for (auto* family : state_->families) {
    std::uint64_t part = 0;
    if (state_->db->GetIntProperty(family, "rocksdb.live-sst-files-size", &part)) bytes += part;
  }
  return bytes;
}

Result<void> RocksIndex::wait_for_compaction() {
  for (auto* family : state_->families) {
    auto const status =
        state_->db->CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr);
    if (!status.ok()) return fail(Errc::kStoreUnknown, "projections: " + status.ToString());
  }
  return {};
}

// Files at level 0 are sorted runs; the levels below hold one each.
void RocksIndex::State::wait_for_room() const {
  for (;;) {
    std::uint64_t const seen = watch->ended();
    std::uint64_t most = 0;
    for (auto* handle : families) {
      std::string text;
      if (db->GetProperty(handle, "rocksdb.num-files-at-level0", &text))
        most = std::max<std::uint64_t>(most, std::stoull(text));
    }
    std::uint64_t stopped = 0;
    bool const cannot = db->GetIntProperty("rocksdb.background-errors", &stopped) && stopped > 0;
    if (most < kSortedRunsMax || cannot) return;
    watch->wait_for_more_than(seen);
  }
}

}  // namespace qrpay::ledger
