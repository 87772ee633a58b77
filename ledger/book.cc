#include "ledger/book.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

namespace qrpay::ledger {

namespace {

bool add_to(std::int64_t& total, std::int64_t amount) {
  return !__builtin_add_overflow(total, amount, &total);
}

// False when a total would leave int64.
bool post(Account& account, Posting const& posting) {
  bool const debit = posting.amount > Vnd(0);
  std::int64_t magnitude = posting.amount.dong();
  if (!debit && __builtin_sub_overflow(std::int64_t{0}, magnitude, &magnitude)) return false;
  switch (posting.layer) {
    case Layer::kPosted:
      return add_to(debit ? account.posted_debit : account.posted_credit, magnitude);
    case Layer::kHeld:
      return add_to(debit ? account.held_debit : account.held_credit, magnitude);
  }
  return false;
}

std::optional<BookRefusal> check_limit(Account const& account) {
  switch (account.limit) {
    case Limit::kNone: return std::nullopt;
    case Limit::kFloor: {
      std::int64_t debits = account.posted_debit;
      if (!add_to(debits, account.held_debit)) return BookRefusal::kOverflow;
      if (debits > account.posted_credit) return BookRefusal::kFloor;
      return std::nullopt;
    }
    case Limit::kCeiling: {
      std::int64_t credits = account.posted_credit;
      if (!add_to(credits, account.held_credit)) return BookRefusal::kOverflow;
      if (credits > account.posted_debit) return BookRefusal::kCeiling;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool sums_to_zero(std::span<Posting const> postings) {
  for (Layer const layer : {Layer::kPosted, Layer::kHeld}) {
    std::int64_t sum = 0;
    for (auto const& posting : postings)
      if (posting.layer == layer && !add_to(sum, posting.amount.dong())) return false;
    if (sum != 0) return false;
  }
  return true;
}

}  // namespace

void Book::open(AccountId const& account, Limit limit) {
  bool const inserted = accounts_.try_emplace(account, Account{.limit = limit}).second;
  QRPAY_CHECK(inserted);
}

std::optional<BookRefusal> Book::check(std::span<Posting const> postings) const {
  for (auto const& posting : postings)
    if (posting.currency != kVndCurrency) return BookRefusal::kCurrency;
  if (postings.size() == 1 || !sums_to_zero(postings)) return BookRefusal::kUnbalanced;
  // Each account is tried once, at its first posting, with all its postings of this record.
  for (std::size_t i = 0; i < postings.size(); ++i) {
    auto const same = [&](Posting const& other) { return other.account == postings[i].account; };
    if (std::any_of(postings.begin(), postings.begin() + static_cast<std::ptrdiff_t>(i), same))
      continue;
    Account after = find(postings[i].account);
    for (std::size_t j = i; j < postings.size(); ++j)
      if (same(postings[j]) && !post(after, postings[j])) return BookRefusal::kOverflow;
    if (auto const refusal = check_limit(after)) return refusal;
  }
  return std::nullopt;
}

void Book::apply(std::span<Posting const> postings) {
  for (auto const& posting : postings) {
    bool const fits = post(accounts_[posting.account], posting);
    QRPAY_CHECK(fits);
  }
}

Account Book::find(AccountId const& account) const {
  auto const found = accounts_.find(account);
  return found == accounts_.end() ? Account{} : found->second;
}

bool Book::contains(AccountId const& account) const { return accounts_.contains(account); }

Digest Book::digest() const {
  std::vector<AccountId> ids;
  ids.reserve(accounts_.size());
  for (auto const& [id, account] : accounts_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  base::Sha256 hash;
  std::string line;
  for (auto const& id : ids) {
    Account const account = find(id);
    line.clear();
    base::ByteWriter writer(line);
    writer.bytes(id.value());
    writer.i64(account.posted_debit);
    writer.i64(account.posted_credit);
    writer.i64(account.held_debit);
    writer.i64(account.held_credit);
    writer.u8(static_cast<std::uint8_t>(account.limit));
    hash.update(base::as_bytes(line));
  }
  return hash.finish();
}

bool Book::balances_to_zero() const {
  __extension__ using Wide = __int128;
  Wide posted = 0;
  Wide held = 0;
  for (auto const& [id, account] : accounts_) {
    posted += account.posted_debit;
    posted -= account.posted_credit;
    held += account.held_debit;
    held -= account.held_credit;
  }
  return posted == 0 && held == 0;
}

}  // namespace qrpay::ledger
