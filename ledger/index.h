// What must be found by name: known ids, known money, pages. What is not yet projected is in
// memory, the rest in the projections; without projections everything is in memory.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ledger/rocks_index.h"

namespace qrpay::ledger {

/// One thread: the engine's. An entry is never forgotten: ids are remembered for ever.
/// Memory: about 40 bytes an id and 70 a money tag of runs that are not in the projections.
class Index {
 public:
  /// Everything in memory.
  Index();
  /// `projections` holds the records up to its projected(); the next are added. It outlives this.
  explicit Index(RocksIndex* projections);

  [[nodiscard]] std::optional<Sequence> find_id(IdTag const& tag) const;
  /// Looks `tags` up in the projections together; find_id_ahead() then needs to look in memory
  /// only. Good until the next settle().
  void look_ahead(std::span<IdTag const> tags, std::vector<std::optional<Sequence>>& found) const;
  /// find_id() of a tag for which look_ahead() said `in_projections`.
  [[nodiscard]] std::optional<Sequence> find_id_ahead(
      IdTag const& tag, std::optional<Sequence> const& in_projections) const;
  /// Requires: `tag` is not known, as decided by find_id() before.
  void add_id(IdTag const& tag, Sequence sequence) { open_->ids.add(tag, sequence); }

  [[nodiscard]] std::optional<KnownMoney> find_money(MoneyTag const& tag) const;
  /// The first use of a tag stands.
  void add_money(MoneyTag const& tag, KnownMoney const& money);

  [[nodiscard]] std::optional<Sequence> find_page(IdTag const& tag) const;
  /// The first use of a tag stands.
  void add_page(IdTag const& tag, Sequence order);

  void add_payment(TailPayment const& payment) { open_->payments.push(payment); }
  /// The records that posted money for a shop, ascending; any thread where there are projections.
  /// Errors: kStoreRead.
  [[nodiscard]] base::Result<std::vector<ShopPayment>> payments(Sequence shop,
                                                                HistoryRange const& range) const;

  /// True once a look-up could not be answered: what find_*() said since then may be wrong, and
  /// nothing may be decided or answered by it. For good: the projections are rebuilt at the start.
  [[nodiscard]] bool failed() const { return failed_; }

  /// What the records applied now add to; nullptr without projections.
  [[nodiscard]] Run* run() { return projections_ == nullptr ? nullptr : open_.get(); }
  /// Ends the run and begins the next one. The caller gives it to the projector.
  /// Requires: projections; the run is not empty.
  [[nodiscard]] std::shared_ptr<Run> cut();
  /// Forgets the runs that are in the projections now; destroying them takes milliseconds.
  [[nodiscard]] std::vector<std::shared_ptr<Run>> settle();
  /// Memory of all runs, roughly.
  [[nodiscard]] std::size_t tail_bytes() const;
  /// Records that no run that was cut holds.
  [[nodiscard]] std::uint64_t open_records() const { return open_->records(); }

  /// Entries in memory.
  [[nodiscard]] std::size_t ids() const;
  [[nodiscard]] std::size_t money() const;
  void reserve_ids(std::size_t count) { open_->ids.reserve(count); }

 private:
  template <class Value, class InRun, class InProjections>
  [[nodiscard]] std::optional<Value> find(InRun const& in_run,
                                          InProjections const& in_projections) const;

  RocksIndex* projections_ = nullptr;
  std::shared_ptr<Run> open_;
  std::deque<std::shared_ptr<Run>> cut_;  ///< the oldest first
  mutable bool failed_ = false;
};

}  // namespace qrpay::ledger
