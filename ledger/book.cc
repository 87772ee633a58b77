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

// Unchanged where it is refused: kOverflow or kReleased.
std::optional<BookRefusal> post(Account& account, Posting const& posting) {
  bool const debit = posting.amount > Vnd(0);
  std::int64_t magnitude = posting.amount.dong();
  if (!debit && __builtin_sub_overflow(std::int64_t{0}, magnitude, &magnitude))
    return BookRefusal::kOverflow;
  bool fits = false;
  switch (posting.layer) {
    case Layer::kPosted:
      fits = add_to(debit ? account.posted_debit : account.posted_credit, magnitude);
      break;
    case Layer::kHeld: {
      if (posting.leg != Leg::kRelease) {
        fits = add_to(debit ? account.held_debit : account.held_credit, magnitude);
        break;
      }
      // The end of a hold: a credit takes a held debit away, a debit a held credit.
      std::int64_t& held = debit ? account.held_credit : account.held_debit;
      if (held < magnitude) return BookRefusal::kReleased;
      held -= magnitude;
      fits = true;
      break;
    }
  }
  return fits ? std::nullopt : std::optional(BookRefusal::kOverflow);
}

void must_post(Account& account, Posting const& posting) {
  auto const refusal = post(account, posting);
  QRPAY_CHECK(!refusal);
}

bool is_release(Posting const& posting) {
  return posting.layer == Layer::kHeld && posting.leg == Leg::kRelease;
}

bool is_closed_to(Account const& account, Posting const& posting) {
  Sides const side = posting.amount > Vnd(0) ? Sides::kDebit : Sides::kCredit;
  return includes(account.closed, side) && !is_release(posting);
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

void Book::close(AccountId const& account, Sides sides) {
  auto const found = accounts_.find(account);
  QRPAY_CHECK(found != accounts_.end());
  found->second.closed = found->second.closed | sides;
}

std::optional<BookRefusal> Book::check_after(std::span<Posting const> before,
                                             std::span<Posting const> postings) const {
  for (auto const& posting : postings)
    if (posting.currency != kVndCurrency) return BookRefusal::kCurrency;
  if (postings.size() == 1 || !sums_to_zero(postings)) return BookRefusal::kUnbalanced;
  // Each account is tried once, at its first posting, with all its postings of this record.
  for (std::size_t i = 0; i < postings.size(); ++i) {
    auto const same = [&](Posting const& other) { return other.account == postings[i].account; };
    if (std::any_of(postings.begin(), postings.begin() + static_cast<std::ptrdiff_t>(i), same))
      continue;
    Account after = find(postings[i].account);
    for (auto const& posting : before)
      if (same(posting)) must_post(after, posting);
    for (std::size_t j = i; j < postings.size(); ++j) {
      if (!same(postings[j])) continue;
      if (is_closed_to(after, postings[j])) return BookRefusal::kClosed;
      if (auto const refusal = post(after, postings[j])) return refusal;
    }
    if (auto const refusal = check_limit(after)) return refusal;
  }
  return std::nullopt;
}

void Book::apply(std::span<Posting const> postings) {
  for (auto const& posting : postings) {
    must_post(accounts_[posting.account], posting);
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
    // Two bits each, so that a book without closed accounts keeps its digest of old.
    writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(account.limit) |
                                        static_cast<unsigned>(account.closed) << 4));
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
