// Writing a run: sorted files, one a column family, that become part of the instance together.
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <tuple>

#include "base/files.h"
#include "ledger/rocks_index_state.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

base::Unexpected<base::Error> write_failure(std::string const& what) {
  return fail(Errc::kStoreUnknown, "projections: " + what);
}

/// The files of one run. What was not ingested is deleted with it.
class RunFiles {
 public:
  RunFiles(RocksIndex::State& state, std::string folder)
      : state_(state), folder_(std::move(folder)) {}
  ~RunFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  RunFiles(RunFiles const&) = delete;
  RunFiles& operator=(RunFiles const&) = delete;

  /// Keys must ascend. The first entry begins the file.
  void put(Family family, rocksdb::Slice const& key, rocksdb::Slice const& value) {
    if (auto* file = writer(family)) note(file->Put(key, value));
  }
  void drop(Family family, rocksdb::Slice const& key) {
    if (auto* file = writer(family)) note(file->Delete(key));
  }
  /// Makes all files part of the instance.
  [[nodiscard]] Result<void> ingest();

 private:
  struct File {
    std::unique_ptr<rocksdb::SstFileWriter> writer;
    std::string path;
  };
  void note(rocksdb::Status const& status) {
    if (!status.ok() && status_.ok()) status_ = status;
  }
  rocksdb::SstFileWriter* writer(Family family);

  RocksIndex::State& state_;
  std::string const folder_;
  std::array<File, kFamilies> files_;
  rocksdb::Status status_;
};

rocksdb::SstFileWriter* RunFiles::writer(Family family) {
  if (!status_.ok()) return nullptr;
  auto const index = static_cast<std::size_t>(family);
  File& file = files_[index];
  if (file.writer) return file.writer.get();
  file.path = folder_ + "/" + std::to_string(index) + ".sst";
  rocksdb::Options const options(state_.options, state_.family_options[index]);
  file.writer = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(options), options,
                                                         state_.family(family));
  note(file.writer->Open(file.path));
  return status_.ok() ? file.writer.get() : nullptr;
}

Result<void> RunFiles::ingest() {
  std::vector<rocksdb::IngestExternalFileArg> parts;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    if (!files_[i].writer) continue;
    note(files_[i].writer->Finish());
    rocksdb::IngestExternalFileArg part;
    part.column_family = state_.families[i];
    part.external_files = {files_[i].path};
    part.options.move_files = true;
    part.options.write_global_seqno = false;  // it is kept in the list of files
    parts.push_back(std::move(part));
  }
  if (!status_.ok()) return write_failure(status_.ToString());
  auto const status = state_.db->IngestExternalFiles(parts);
  // Damage that a compaction or a merge met: there for good, so the next start makes them anew.
  if (status.IsCorruption()) return state_.damage(status.ToString());
  if (!status.ok()) return write_failure(status.ToString());
  return {};
}

template <class Tag, class Value, class Encode>
void write_tags(RunFiles& files, Family family, TagMap<Tag, Value> const& tags,
                Encode const& encode) {
  for (auto const& [tag, value] : tags.sorted()) {
    std::string const encoded = encode(value);
    files.put(family, slice_of(tag.value()), slice_of(encoded));
  }
}

void write_rows(RunFiles& files, Run const& run, ProjectedHead const& head) {
  std::string const encoded = encode_head(head);
  files.put(Family::kRows, rocksdb::Slice(), slice_of(encoded));
  std::vector<StateRow const*> rows;
  rows.reserve(run.rows.size());
  for (auto const& row : run.rows) rows.push_back(&row);
  // By key, and those of one key as they were written: that is their order in memory.
  std::sort(rows.begin(), rows.end(), [](StateRow const* a, StateRow const* b) {
    return std::tie(a->table, a->key, a) < std::tie(b->table, b->key, b);
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    StateRow const& row = *rows[i];
    bool const later =
        i + 1 < rows.size() && rows[i + 1]->table == row.table && rows[i + 1]->key == row.key;
    if (later) continue;
    std::string const key = static_cast<char>(row.table) + row.key;
    if (row.value)
      files.put(Family::kRows, slice_of(key), slice_of(*row.value));
    else
      files.drop(Family::kRows, slice_of(key));
  }
}

void write_payments(RunFiles& files, Run const& run) {
  std::map<std::uint64_t, std::vector<ShopPayment>> by_shop;
  run.payments.each([&](TailPayment const& payment) {
    by_shop[payment.shop.value()].push_back({payment.record, payment.day});
  });
  for (auto const& [shop, all] : by_shop) {
    for (std::size_t begin = 0; begin < all.size(); begin += kPaymentsMax) {
      std::size_t const end = std::min(all.size(), begin + kPaymentsMax);
      std::vector<ShopPayment> const part(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                          all.begin() + static_cast<std::ptrdiff_t>(end));
      std::string const key = payments_key(Sequence(shop), part.back().record);
      std::string const value = encode_payments(part);
      files.put(Family::kPayments, slice_of(key), slice_of(value));
    }
  }
}

/// Fat rows and history, from the totals before the run.
class AccountWriter {
 public:
  AccountWriter(RocksIndex::State const& state, RunFiles& files, Run const& run)
      : state_(state), files_(files) {
    // Numbers and addresses are sorted, then each leg is copied once.
    struct Place {
      SortKey account;
      std::size_t order;
      TailPosting const* posting;
    };
    std::vector<Place> places;
    places.reserve(run.postings.size());
    run.postings.each([&](TailPosting const& posting) {
      places.push_back({SortKey(posting.account.value()), places.size(), &posting});
    });
    std::sort(places.begin(), places.end(), [](Place const& a, Place const& b) {
      return a.account != b.account ? a.account < b.account : a.order < b.order;
    });
    legs_.reserve(places.size());
    for (auto const& place : places) legs_.push_back(*place.posting);
    for (auto const& one : run.terms) terms_.insert_or_assign(one.account, one);
  }

  [[nodiscard]] Result<void> write() {
    auto leg = legs_.cbegin();
    auto terms = terms_.cbegin();
    while (leg != legs_.cend() || terms != terms_.cend()) {
      bool const terms_first =
          leg == legs_.cend() || (terms != terms_.cend() && terms->first < leg->account);
      AccountId const account = terms_first ? terms->first : leg->account;
      QRPAY_TRY_VOID(go_to_bucket(account));
      Account& totals = totals_of(account.value()[kAccountPrefixBytes]);
      if (terms != terms_.cend() && terms->first == account) {
        totals.limit = terms->second.limit;
        totals.closed = terms->second.closed;
        ++terms;
      }
      auto const end = std::find_if(leg, legs_.cend(),
                                    [&](auto const& other) { return other.account != account; });
      QRPAY_TRY_VOID(write_history(account, {leg, end}, totals));
      leg = end;
    }
    close_bucket();
    return {};
  }

 private:
  using Legs = std::span<TailPosting const>;
  [[nodiscard]] Result<void> go_to_bucket(AccountId const& account);
  void close_bucket();
  [[nodiscard]] Account& totals_of(std::uint8_t last_byte);
  [[nodiscard]] Result<void> write_history(AccountId const& account, Legs legs, Account& totals);

  RocksIndex::State const& state_;
  RunFiles& files_;
  std::vector<TailPosting> legs_;
  std::map<AccountId, Run::Terms> terms_;
  HistoryEntry entry_;  // kept for its memory
  std::string prefix_;  // of the open bucket; empty = none
  Bucket bucket_;
  std::size_t at_ = 0;  // in it: accounts ascend
};

Result<void> AccountWriter::go_to_bucket(AccountId const& account) {
  std::string_view const prefix = base::as_text(account.value()).substr(0, kAccountPrefixBytes);
  if (prefix == prefix_) return {};
  close_bucket();
  prefix_ = prefix;
  QRPAY_TRY(auto const row, state_.get(Family::kAccounts, slice_of(prefix_)));
  if (!row) return {};
  auto bucket = decode_bucket(*row);
  if (!bucket) return state_.damage("a fat row");
  bucket_ = std::move(*bucket);
  return {};
}

Account& AccountWriter::totals_of(std::uint8_t last_byte) {
  while (at_ < bucket_.size() && bucket_[at_].last_byte < last_byte) ++at_;
  if (at_ == bucket_.size() || bucket_[at_].last_byte != last_byte)
    bucket_.insert(bucket_.begin() + static_cast<std::ptrdiff_t>(at_), {last_byte, {}});
  return bucket_[at_].account;
}

void AccountWriter::close_bucket() {
  if (prefix_.empty()) return;
  std::string const value = encode_bucket(bucket_);
  files_.put(Family::kAccounts, slice_of(prefix_), slice_of(value));
  bucket_.clear();
  at_ = 0;
  prefix_.clear();
}

Result<void> AccountWriter::write_history(AccountId const& account, Legs legs, Account& totals) {
  HistoryEntry& entry = entry_;
  entry.legs.clear();
  for (std::size_t i = 0; i < legs.size(); ++i) {
    HistoryLeg const leg = leg_of(legs[i]);
    if (!add_to_account(totals, leg)) return write_failure("a total over 63 bits");
    entry.legs.push_back(leg);
    bool const last = i + 1 == legs.size();
    bool const full = entry.legs.size() >= kHistoryLegsMax;
    if (!last && (!full || legs[i + 1].sequence == legs[i].sequence)) continue;
    entry.after = totals;
    std::string const key = history_key(account, legs[i].sequence);
    std::string const value = encode_history(entry);
    files_.put(Family::kHistory, slice_of(key), slice_of(value));
    entry.legs.clear();
  }
  return {};
}

/// Adds the roots of new groups to the row that is not full yet, and makes more rows.
Result<void> write_tree(RocksIndex::State const& state, RunFiles& files, Run const& run,
                        RunSeal const& seal) {
  std::uint64_t group = run.after.value() / kGroupsInRow;
  if (seal.groups.empty()) return {};
  auto const key_of = [](std::uint64_t row) {
    std::string key;
    base::ByteWriter(key).u64(row);
    return key;
  };
  std::string row;
  if (group % kGroupsInRow != 0) {
    QRPAY_TRY(auto const open_row, state.get(Family::kTree, key_of(group / kGroupsInRow)));
    if (!open_row || open_row->size() != group % kGroupsInRow * sizeof(Digest))
      return state.damage("a row of the tree");
    row = *open_row;
  }
  for (auto const& root : seal.groups) {
    row.append(base::as_text(root));
    ++group;
    if (group % kGroupsInRow != 0 && &root != &seal.groups.back()) continue;
    files.put(Family::kTree, key_of((group - 1) / kGroupsInRow), row);
    row.clear();
  }
  return {};
}

}  // namespace

Result<void> RocksIndex::ingest(Run const& run, RunSeal const& seal) {
  State& state = *state_;
  QRPAY_CHECK(run.after == projected() && run.through.load() > run.after.value());
  if (state.damaged.load()) return write_failure("damaged");
  state.wait_for_room();
  std::string const folder = state.directory + ".run";
  QRPAY_TRY_VOID(base::make_directories(folder));
  RunFiles files(state, folder);
  ProjectedHead const head{Sequence(run.through.load()), run.last_time, seal.genesis_leaf,
                           seal.last_leaf, seal.root};
  write_rows(files, run, head);
  write_tags(files, Family::kIds, run.ids, encode_sequence);
  write_tags(files, Family::kMoney, run.money, encode_money);
  write_tags(files, Family::kPages, run.pages, encode_sequence);
  QRPAY_TRY_VOID(AccountWriter(state, files, run).write());
  write_payments(files, run);
  QRPAY_TRY_VOID(write_tree(state, files, run, seal));
  QRPAY_TRY_VOID(files.ingest());
  state.head = head;
  std::lock_guard const lock(state.mutex);
  std::erase_if(state.live, [&](auto const& one) { return one.get() == &run; });
  state.projected_of_live = head.through.value();
  state.projected.store(head.through.value(), std::memory_order_release);
  return {};
}

}  // namespace qrpay::ledger
