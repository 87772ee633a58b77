// The projections: a second RocksDB instance of what is derived from the journal.
//
// Nothing here is the truth: deleted on any doubt and rebuilt from the journal. Without a WAL; one
// run of records at a time is written as sorted files, and all of them, with the sequence they
// reach, become part of the instance in one step: a crash leaves the state before or after it.
// docs/formats/projections.md lists what lies in it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/rocks_index_codec.h"
#include "ledger/rocks_index_run.h"

namespace rocksdb {
class Env;
}

namespace qrpay::ledger {

/// What a run needs from the log besides itself.
struct RunSeal {
  Digest genesis_leaf{};       ///< hash of leaf 0: whose journal this is
  Digest last_leaf{};          ///< hash of the run's last leaf
  Digest root{};               ///< of the tree that ends with it
  std::vector<Digest> groups;  ///< roots of the groups of 256 leaves that it completes
};

/// Where the instance stands.
struct ProjectedHead {
  Sequence through;
  WallTime last_time;  ///< log time of that record
  Digest genesis_leaf{};
  Digest last_leaf{};
  Digest root{};
};

/// One leg of an account. `balance` = posted debits minus credits after it.
struct StatementLine {
  Sequence sequence;
  Vnd amount;
  Layer layer = Layer::kPosted;
  bool release = false;  ///< the end of a hold
  Vnd balance;
  friend bool operator==(StatementLine const&, StatementLine const&) = default;
};
/// What lies after the cursor `after` and not after `until`, which must be durable (P1).
struct HistoryRange {
  Sequence after;
  Sequence until;
  std::size_t limit = 100;
};

/// What an account held before and after a period. Limit and closed sides are not told.
struct PeriodLine {
  AccountId account;
  Account opening;
  Account closing;
  friend bool operator==(PeriodLine const&, PeriodLine const&) = default;
};
/// The accounts of a period, one after the other. Outlived by its RocksIndex. One thread.
class PeriodScan {
 public:
  struct State;  ///< inside: ledger/rocks_index_period.cc
  explicit PeriodScan(std::unique_ptr<State> state);
  ~PeriodScan();
  /// The next accounts that ever held anything by the end of the period, ascending, at most
  /// `limit`; none at the end. Cost: two look-ups of one entry an account. Errors: kStoreRead.
  [[nodiscard]] base::Result<std::vector<PeriodLine>> next(std::size_t limit);

 private:
  std::unique_ptr<State> state_;
};

/// Look-ups and lists by any thread; begin_run() by the engine's; ingest() by the projector's.
class RocksIndex {
 public:
  struct State;  ///< inside: ledger/rocks_index_state.h

  /// Opens the instance in `directory`, or makes an empty one where there is none.
  /// Errors: kDataDirInUse; kDataFormatNewer (another version); kStoreRead (damaged, or marked as
  ///   such): remove() it and rebuild.
  /// `env` lies between RocksDB and the files, where tests put their faults; null = the real one.
  /// Borrowed, for as long as this lives.
  [[nodiscard]] static base::Result<std::unique_ptr<RocksIndex>> open(std::string const& directory,
                                                                      rocksdb::Env* env = nullptr);
  /// projected() of an instance nobody has opened for writing, without opening it so: 0 when there
  /// is none or it is damaged, and nothing is known.
  [[nodiscard]] static Sequence projected_in(std::string const& directory);
  /// Deletes the instance, mark of damage included. Requires: not open. Errors: kIo.
  [[nodiscard]] static base::Result<void> remove(std::string const& directory);
  ~RocksIndex();

  /// The last record that is in the instance; 0 = none.
  [[nodiscard]] Sequence projected() const;
  /// Requires: projected() is not 0. Not beside ingest().
  [[nodiscard]] ProjectedHead const& head() const;

  /// An unseen tag costs no disk read (but for one in a thousand), a seen one at most two.
  /// Errors: kStoreRead; the instance is then marked as damaged, and the next open says so.
  [[nodiscard]] base::Result<std::optional<Sequence>> find_id(IdTag const& tag) const;
  /// The same for many at once, which costs a third for each. Requires: spans of one length.
  [[nodiscard]] base::Result<void> find_ids(std::span<IdTag const> tags,
                                            std::span<std::optional<Sequence>> found) const;
  [[nodiscard]] base::Result<std::optional<KnownMoney>> find_money(MoneyTag const& tag) const;
  [[nodiscard]] base::Result<std::optional<Sequence>> find_page(IdTag const& tag) const;

  /// Totals of an account after the record `at`: from the instance and from runs that are not in it
  /// yet. The limit is not told. O(log n), and the runs are read through. Errors: kStoreRead.
  [[nodiscard]] base::Result<Account> account_at(AccountId const& account, Sequence at) const;
  /// Legs of an account, ascending; a record's legs are never parted, so there may be a few more
  /// than the limit, and the last line's sequence is the next cursor. Errors: kStoreRead.
  [[nodiscard]] base::Result<std::vector<StatementLine>> statement(AccountId const& account,
                                                                   HistoryRange const& range) const;
  /// A trial balance: every account after the record `after` (0 = at the beginning) and after the
  /// record `until`, which must be durable and not before it. Sorts the legs of the runs that are
  /// not in the instance; a run that becomes part of it meanwhile changes nothing.
  [[nodiscard]] std::unique_ptr<PeriodScan> period(Sequence after, Sequence until) const;
  /// Entries of history decoded since the opening: what a balance costs. For measurements.
  [[nodiscard]] std::uint64_t history_reads() const;
  /// The records that posted money for a shop, ascending. Errors: kStoreRead.
  [[nodiscard]] base::Result<std::vector<ShopPayment>> payments(Sequence shop,
                                                                HistoryRange const& range) const;

  /// Everything a restart reads, as of projected(), in order of keys. Each stops when `visit`
  /// returns an error and passes it on. Errors: kStoreRead.
  using VisitRow = std::function<base::Result<void>(StateRow const&)>;
  [[nodiscard]] base::Result<void> scan_rows(VisitRow const& visit) const;
  using VisitAccount = std::function<void(AccountId const&, Account const&)>;
  [[nodiscard]] base::Result<void> scan_accounts(VisitAccount const& visit) const;
  /// Roots of all complete groups of 256 leaves.
  [[nodiscard]] base::Result<std::vector<Digest>> tree_groups() const;

  /// A run that begins after `after`; lists see what it holds until it is in the instance.
  /// Requires: `after` is where the last run begun was cut, or projected().
  [[nodiscard]] std::shared_ptr<Run> begin_run(Sequence after);
  /// Makes a cut run part of the instance, durably. Waits while compaction is far behind.
  /// Requires: run.after == projected(); all its records are durable.
  /// Errors: kStoreUnknown: nothing of the run is in the instance; it may be tried again.
  ///   kStoreRead: the same, but what is there is damaged, and now marked as such.
  [[nodiscard]] base::Result<void> ingest(Run const& run, RunSeal const& seal);

  /// The next open() says that it is damaged, so that it is made anew: what was written could not
  /// be whole, as `why` says. Reads go on.
  void distrust(std::string const& why) const;

  /// Compares every entry with `wanted`, an instance of the same records, however their runs were
  /// cut; gives the first that is missing, too many or another, in words. One that cannot be read
  /// here is a difference too. Reads both through. Errors: kStoreRead, `wanted` does not read.
  [[nodiscard]] base::Result<std::optional<std::string>> first_difference(
      RocksIndex const& wanted) const;

  /// Bytes on disk. For measurements.
  [[nodiscard]] std::uint64_t disk_bytes() const;
  /// Waits until nothing is left to compact, and the bytes that were written for it. For
  /// measurements. Errors: kStoreUnknown.
  [[nodiscard]] base::Result<void> wait_for_compaction();

 private:
  explicit RocksIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace qrpay::ledger
