// Balances at any past sequence and lists by cursor: from the instance up to a sequence, from the
// runs after it, so that nothing is missed or met twice while a run becomes part of the instance.
#include <algorithm>

#include "ledger/rocks_index_state.h"

namespace qrpay::ledger {

using base::Result;

namespace {

std::optional<Sequence> last_of(std::string_view key, std::string_view prefix) {
  if (key.size() != prefix.size() + 8 || !key.starts_with(prefix)) return std::nullopt;
  return Sequence(base::ByteReader(base::as_bytes(key.substr(prefix.size()))).u64());
}

Vnd moved(Vnd balance, HistoryLeg const& leg) {
  return leg.layer == Layer::kPosted ? Vnd(balance.dong() + leg.amount) : balance;
}

}  // namespace

// The entry that ends at or after `at` holds it; behind the last one the totals stand as it says.
Result<Account> RocksIndex::State::totals_on_disk(rocksdb::Iterator& history,
                                                  AccountId const& account, Sequence at) const {
  std::string_view const prefix = base::as_text(account.value());
  history.Seek(history_key(account, at));
  auto last = history.Valid() ? last_of(view_of(history.key()), prefix) : std::nullopt;
  if (!last && history.status().ok()) {
    history.SeekForPrev(history_key(account, at));
    last = history.Valid() ? last_of(view_of(history.key()), prefix) : std::nullopt;
  }
  if (!history.status().ok()) return damage(history.status().ToString());
  if (!last) return Account{};
  auto const entry = decode_history(view_of(history.value()), *last);
  if (!entry) return damage("legs of an account");
  history_reads.fetch_add(1, std::memory_order_relaxed);
  Account totals = entry->after;
  for (auto const& leg : entry->legs)
    if (leg.sequence > at) remove_from_account(totals, leg);
  return totals;
}

std::uint64_t RocksIndex::history_reads() const {
  return state_->history_reads.load(std::memory_order_relaxed);
}

Result<Account> RocksIndex::account_at(AccountId const& account, Sequence at) const {
  State::Seen const seen = state_->look();
  auto const it = state_->iterate(Family::kHistory, /*fill_cache=*/true);
  QRPAY_TRY(Account totals,
            state_->totals_on_disk(*it, account, Sequence(std::min(at.value(), seen.projected))));
  bool fits = true;
  for (auto const& run : seen.runs)
    run->postings.each([&](TailPosting const& posting) {
      if (posting.account == account && posting.sequence <= at)
        fits = add_to_account(totals, leg_of(posting)) && fits;
    });
  QRPAY_CHECK(fits);
  return totals;
}

Result<std::vector<StatementLine>> RocksIndex::statement(AccountId const& account,
                                                         HistoryRange const& range) const {
  // Looked at after the opening balance: a run that became part of the instance between the two is
  // found there.
  QRPAY_TRY(Account const opening, account_at(account, range.after));
  State::Seen const seen = state_->look();
  Vnd balance = opening.balance();
  std::vector<StatementLine> lines;
  // False when the list is full: only between two records.
  auto const add = [&](HistoryLeg const& leg) {
    if (lines.size() >= range.limit && lines.back().sequence != leg.sequence) return false;
    balance = moved(balance, leg);
    lines.push_back({leg.sequence, Vnd(leg.amount), leg.layer, leg.release, balance});
    return true;
  };
  std::string_view const prefix = base::as_text(account.value());
  Sequence const on_disk(std::min(range.until.value(), seen.projected));
  bool room = range.limit > 0;
  auto const it = state_->iterate(Family::kHistory, /*fill_cache=*/true);
  for (it->Seek(history_key(account, Sequence(range.after.value() + 1))); room && it->Valid();
       it->Next()) {
    auto const last = last_of(view_of(it->key()), prefix);
    if (!last) break;
    auto const entry = decode_history(view_of(it->value()), *last);
    if (!entry) return state_->damage("legs of an account");
    for (auto const& leg : entry->legs) {
      if (leg.sequence <= range.after) continue;
      if (leg.sequence > on_disk) break;
      room = room && add(leg);
    }
    if (*last >= on_disk) break;
  }
  if (!it->status().ok()) return state_->damage(it->status().ToString());
  for (auto const& run : seen.runs) {
    if (!room) break;
    run->postings.each([&](TailPosting const& posting) {
      if (posting.account != account || posting.sequence <= range.after ||
          posting.sequence > range.until)
        return;
      room = room && add(leg_of(posting));
    });
  }
  return lines;
}

Result<std::vector<ShopPayment>> RocksIndex::payments(Sequence shop,
                                                      HistoryRange const& range) const {
  State::Seen const seen = state_->look();
  std::vector<ShopPayment> list;
  auto const wanted = [&](Sequence record, Sequence end) {
    return record > range.after && record <= end && list.size() < range.limit;
  };
  std::string prefix;
  base::ByteWriter(prefix).u64(shop.value());
  Sequence const on_disk(std::min(range.until.value(), seen.projected));
  auto const it = state_->iterate(Family::kPayments, /*fill_cache=*/true);
  for (it->Seek(payments_key(shop, Sequence(range.after.value() + 1)));
       it->Valid() && list.size() < range.limit; it->Next()) {
    auto const last = last_of(view_of(it->key()), prefix);
    if (!last) break;
    auto const part = decode_payments(view_of(it->value()), *last);
    if (!part) return state_->damage("payments of a shop");
    for (auto const& payment : *part)
      if (wanted(payment.record, on_disk)) list.push_back(payment);
  }
  if (!it->status().ok()) return state_->damage(it->status().ToString());
  for (auto const& run : seen.runs)
    run->payments.each([&](TailPayment const& payment) {
      if (payment.shop == shop && wanted(payment.record, range.until))
        list.push_back({payment.record, payment.day});
    });
  return list;
}

}  // namespace qrpay::ledger
