// Two instances side by side, entry by entry: what `qrpay ledger check` holds against each other.
#include <array>
#include <deque>
#include <utility>

#include "ledger/rocks_index_state.h"

namespace qrpay::ledger {

using base::Result;

namespace {

/// Names of the column families, in the order of Family.
constexpr std::array<std::string_view, kFamilies> kFamilyNames = {
    "rows", "ids", "money", "pages", "accounts", "history", "payments", "tree"};

// A leg or a payment may lie in other entries of the other instance, since runs were cut elsewhere:
// so those are compared one by one, and all else as it lies there.
struct Item {
  std::string key;
  std::string value;
};

void put_totals(std::string& out, Account const& account) {
  base::ByteWriter writer(out);
  for (auto const total :
       {account.posted_debit, account.posted_credit, account.held_debit, account.held_credit})
    writer.i64(total);
}

// False when the entry does not read.
bool expand_history(std::string_view key, std::string_view value, std::deque<Item>& out) {
  if (key.size() != sizeof(Bytes16) + 8) return false;
  Sequence const last(base::ByteReader(base::as_bytes(key.substr(sizeof(Bytes16)))).u64());
  auto entry = decode_history(value, last);
  if (!entry) return false;
  std::deque<Item> legs;
  std::uint8_t place = 0;
  Account totals = entry->after;
  for (std::size_t i = entry->legs.size(); i-- > 0;) {
    HistoryLeg const& leg = entry->legs[i];
    place = i + 1 < entry->legs.size() && entry->legs[i + 1].sequence == leg.sequence
                ? static_cast<std::uint8_t>(place - 1)
                : std::uint8_t{0xff};
    Item item{std::string(key.substr(0, sizeof(Bytes16))), {}};
    base::ByteWriter(item.key).u64(leg.sequence.value());
    base::ByteWriter(item.key).u8(place);
    base::ByteWriter writer(item.value);
    writer.i64(leg.amount);
    writer.u8(static_cast<std::uint8_t>(leg.layer));
    writer.u8(leg.release ? 1 : 0);
    put_totals(item.value, totals);
    remove_from_account(totals, leg);
    legs.push_front(std::move(item));
  }
  for (auto& leg : legs) out.push_back(std::move(leg));
  return true;
}

bool expand_payments(std::string_view key, std::string_view value, std::deque<Item>& out) {
  if (key.size() != 16) return false;
  Sequence const last(base::ByteReader(base::as_bytes(key.substr(8))).u64());
  auto const payments = decode_payments(value, last);
  if (!payments) return false;
  for (auto const& payment : *payments) {
    Item item{std::string(key.substr(0, 8)), {}};
    base::ByteWriter(item.key).u64(payment.record.value());
    base::ByteWriter(item.value).i64(payment.day);
    out.push_back(std::move(item));
  }
  return true;
}

// The items of one family, in order of their keys.
class Items {
 public:
  Items(RocksIndex::State const& state, Family family)
      : family_(family), it_(state.iterate(family, /*fill_cache=*/false)) {
    it_->SeekToFirst();
  }

  // nullopt at the end. Errors: kStoreRead.
  Result<std::optional<Item>> next() {
    while (waiting_.empty() && it_->Valid()) {
      if (!expand(view_of(it_->key()), view_of(it_->value())))
        return base::fail(base::Errc::kStoreRead, "an entry that does not read");
      it_->Next();
    }
    if (!it_->status().ok()) return base::fail(base::Errc::kStoreRead, it_->status().ToString());
    if (waiting_.empty()) return std::optional<Item>();
    auto item = std::optional(std::move(waiting_.front()));
    waiting_.pop_front();
    return item;
  }

 private:
  bool expand(std::string_view key, std::string_view value) {
    if (family_ == Family::kHistory) return expand_history(key, value, waiting_);
    if (family_ == Family::kRows && key.empty()) return true;  // the head
    if (family_ == Family::kPayments) return expand_payments(key, value, waiting_);
    waiting_.push_back({std::string(key), std::string(value)});
    return true;
  }

  Family family_;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::deque<Item> waiting_;
};

std::string told(std::optional<Item> const& item) {
  constexpr std::size_t kShown = 64;  // bytes; a fat row says no more by its rest
  if (!item) return "nothing";
  return base::to_hex(base::as_bytes(std::string_view(item->value).substr(0, kShown)));
}

}  // namespace

Result<std::optional<std::string>> RocksIndex::first_difference(RocksIndex const& wanted) const {
  for (std::size_t i = 0; i < kFamilies; ++i) {
    Items mine(*state_, static_cast<Family>(i));
    Items theirs(*wanted.state_, static_cast<Family>(i));
    for (;;) {
      auto got = mine.next();
      if (!got) return std::optional(std::string(kFamilyNames[i]) + ": " + got.error().detail);
      QRPAY_TRY(auto const want, theirs.next());
      if (!*got && !want) break;
      if (*got && want && (*got)->key == want->key && (*got)->value == want->value) continue;
      bool const extra = *got && (!want || (*got)->key < want->key);
      bool const missing = want && (!*got || want->key < (*got)->key);
      std::string const& key = extra ? (*got)->key : want->key;
      return std::optional(std::string(kFamilyNames[i]) + ": key " +
                           base::to_hex(base::as_bytes(key)) + " has " +
                           (missing ? "nothing" : told(*got)) + ", the journal gives " +
                           (extra ? "nothing" : told(want)));
    }
  }
  // The head last: it differs whenever anything does.
  QRPAY_TRY(auto const mine, state_->get(Family::kRows, rocksdb::Slice()));
  QRPAY_TRY(auto const theirs, wanted.state_->get(Family::kRows, rocksdb::Slice()));
  if (mine != theirs) return std::optional<std::string>("head: of another journal");
  return std::optional<std::string>();
}

}  // namespace qrpay::ledger
