// What is inside a RocksIndex; only its own files include this.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/rocks_index.h"

namespace qrpay::ledger {

/// Column families; their names are on disk.
enum class Family : std::uint8_t {
  kRows,      ///< the state's rows, and the head under an empty key
  kIds,       ///< id tag -> sequence
  kMoney,     ///< money tag -> the money
  kPages,     ///< page tag -> sequence of the order
  kAccounts,  ///< fat rows of totals
  kHistory,   ///< legs by account
  kPayments,  ///< records by shop
  kTree,      ///< roots of groups of 256 leaves
};
inline constexpr std::size_t kFamilies = 8;

/// Groups of 256 leaves in one row of kTree: 8 KiB.
inline constexpr std::uint64_t kGroupsInRow = 256;

inline std::string_view view_of(rocksdb::Slice const& slice) { return slice.ToStringView(); }
inline rocksdb::Slice slice_of(std::string_view text) { return {text.data(), text.size()}; }
template <std::size_t N>
rocksdb::Slice slice_of(std::array<std::uint8_t, N> const& bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), N};
}

/// Tells whoever waits that a compaction has ended.
class CompactionWatch;

struct RocksIndex::State {
  std::string directory;
  rocksdb::Options options;
  std::shared_ptr<CompactionWatch> watch;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // owned by db
  std::array<rocksdb::ColumnFamilyOptions, kFamilies> family_options;
  ProjectedHead head;       // changed by ingest() alone
  std::uint64_t files = 0;  // names of files that are being written

  mutable std::mutex mutex;  // guards the next two
  std::vector<std::shared_ptr<Run>> live;
  std::uint64_t projected_of_live = 0;
  std::atomic<std::uint64_t> projected{0};
  mutable std::atomic<bool> damaged{false};
  mutable std::atomic<std::uint64_t> history_reads{0};

  ~State();
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family name) const {
    return families[static_cast<std::size_t>(name)];
  }
  /// Marks the instance, so that the next open refuses it.
  base::Unexpected<base::Error> damage(std::string const& what) const;
  /// nullopt when there is none. Errors: kStoreRead.
  [[nodiscard]] base::Result<std::optional<std::string>> get(Family name,
                                                             rocksdb::Slice const& key) const;
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(Family name, bool fill_cache) const;
  /// Totals of `account` after the record `at`, by what is in the instance alone.
  [[nodiscard]] base::Result<Account> totals_on_disk(rocksdb::Iterator& history,
                                                     AccountId const& account, Sequence at) const;
  [[nodiscard]] base::Result<void> read_head();
  /// Until no family has too many sorted runs, or compaction cannot go on.
  void wait_for_room() const;

  /// The runs that are not in the instance, and what is: taken together, so they meet.
  struct Seen {
    std::uint64_t projected;
    std::vector<std::shared_ptr<Run const>> runs;
  };
  [[nodiscard]] Seen look() const;
};

[[nodiscard]] std::string encode_head(ProjectedHead const& head);

}  // namespace qrpay::ledger
