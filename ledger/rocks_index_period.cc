// Trial balances: the accounts of the instance in order, merged with the legs of the runs that are
// not in it.
#include <algorithm>
#include <cstring>

#include "ledger/rocks_index_state.h"

namespace qrpay::ledger {

using base::Result;

struct PeriodScan::State {
  RocksIndex::State const& index;
  RocksIndex::State::Seen const seen;  ///< holds the runs that `tail` points into
  Sequence const after;
  Sequence const until;
  std::vector<TailPosting const*> tail = {};  ///< of the runs, by account, each in order
  std::size_t tail_at = 0;
  std::optional<AccountId> done = {};  ///< the last account that was looked at
  Bucket bucket = {};                  ///< of kAccounts, what is left of it
  std::size_t bucket_at = 0;
  Bytes16 bucket_id{};

  [[nodiscard]] Result<std::optional<AccountId>> next_on_disk(rocksdb::Iterator& accounts);
  [[nodiscard]] Result<PeriodLine> line_of(rocksdb::Iterator& history, AccountId const& account);
};

PeriodScan::PeriodScan(std::unique_ptr<State> state) : state_(std::move(state)) {}
PeriodScan::~PeriodScan() = default;

std::unique_ptr<PeriodScan> RocksIndex::period(Sequence after, Sequence until) const {
  QRPAY_CHECK(after <= until);
  auto state = std::make_unique<PeriodScan::State>(
      PeriodScan::State{.index = *state_, .seen = state_->look(), .after = after, .until = until});
  for (auto const& run : state->seen.runs)
    run->postings.each([&](TailPosting const& posting) {
      if (posting.sequence <= until) state->tail.push_back(&posting);
    });
  std::stable_sort(
      state->tail.begin(), state->tail.end(),
      [](TailPosting const* a, TailPosting const* b) { return a->account < b->account; });
  return std::make_unique<PeriodScan>(std::move(state));
}

// The account after `done` in the fat rows, without taking it.
Result<std::optional<AccountId>> PeriodScan::State::next_on_disk(rocksdb::Iterator& accounts) {
  for (;;) {
    for (; bucket_at < bucket.size(); ++bucket_at) {
      bucket_id[kAccountPrefixBytes] = bucket[bucket_at].last_byte;
      AccountId const account(bucket_id);
      if (!done || account > *done) return std::optional(account);
    }
    if (!accounts.Valid()) break;
    auto next = decode_bucket(view_of(accounts.value()));
    if (!next || accounts.key().size() != kAccountPrefixBytes) return index.damage("a fat row");
    std::memcpy(bucket_id.data(), accounts.key().data(), kAccountPrefixBytes);
    bucket = std::move(*next);
    bucket_at = 0;
    accounts.Next();
  }
  if (!accounts.status().ok()) return index.damage(accounts.status().ToString());
  return std::optional<AccountId>();
}

Result<PeriodLine> PeriodScan::State::line_of(rocksdb::Iterator& history,
                                              AccountId const& account) {
  PeriodLine line{account, {}, {}};
  auto const on_disk = [&](Sequence at) { return Sequence(std::min(at.value(), seen.projected)); };
  QRPAY_TRY(line.closing, index.totals_on_disk(history, account, on_disk(until)));
  if (on_disk(after) == on_disk(until)) {
    line.opening = line.closing;
  } else if (on_disk(after) != Sequence(0)) {
    QRPAY_TRY(line.opening, index.totals_on_disk(history, account, on_disk(after)));
  }
  bool fits = true;
  for (; tail_at < tail.size() && tail[tail_at]->account == account; ++tail_at) {
    HistoryLeg const leg = leg_of(*tail[tail_at]);
    fits = add_to_account(line.closing, leg) && fits;
    if (leg.sequence <= after) fits = add_to_account(line.opening, leg) && fits;
  }
  QRPAY_CHECK(fits);
  return line;
}

Result<std::vector<PeriodLine>> PeriodScan::next(std::size_t limit) {
  // Made anew each time: held over a slow reader they would keep files that compaction replaced.
  auto const accounts = state_->index.iterate(Family::kAccounts, /*fill_cache=*/false);
  auto const history = state_->index.iterate(Family::kHistory, /*fill_cache=*/true);
  std::string_view prefix;
  if (state_->done) prefix = base::as_text(state_->done->value()).substr(0, kAccountPrefixBytes);
  state_->bucket.clear();
  state_->bucket_at = 0;
  accounts->Seek(slice_of(prefix));
  std::vector<PeriodLine> lines;
  while (lines.size() < limit) {
    QRPAY_TRY(auto const stored, state_->next_on_disk(*accounts));
    bool const has_tail = state_->tail_at < state_->tail.size();
    if (!stored && !has_tail) break;
    AccountId account = stored.value_or(AccountId());
    if (has_tail && (!stored || state_->tail[state_->tail_at]->account < *stored))
      account = state_->tail[state_->tail_at]->account;
    QRPAY_TRY(PeriodLine const line, state_->line_of(*history, account));
    state_->done = account;
    if (line.closing != Account{} || line.opening != Account{}) lines.push_back(line);
  }
  return lines;
}

}  // namespace qrpay::ledger
