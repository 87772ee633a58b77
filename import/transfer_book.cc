#include "import/transfer_book.h"

#include <optional>
#include <string>

namespace qrpay::import {

using base::Result;
using base::Vnd;
using base::WallTime;
using engine::BatchMember;
using ledger::AccountId;

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kNanosecondsPerMicrosecond = 1'000;

WallTime time_of(std::uint64_t nanoseconds) {
  return WallTime(static_cast<std::int64_t>(nanoseconds / kNanosecondsPerMicrosecond));
}

Result<Vnd> read_amount(TransferLine const& line) {
  auto const max = static_cast<std::uint64_t>(base::kAmountMax.dong());
  if (line.amount.high != 0 || line.amount.low > max)
    return refuse(line.line, "amount", "over 9999999999999 dong");
  return Vnd(static_cast<std::int64_t>(line.amount.low));
}

std::size_t postings_of(BatchMember const& member) {
  return std::holds_alternative<engine::PostHold>(member.what) ? 4 : 2;
}

}  // namespace

Result<void> TransferBook::add(AccountLine const& line) {
  if (line.ledger != options_.ledger)
    return refuse(line.line, "ledger",
                  std::to_string(line.ledger) + " is not " + std::to_string(options_.ledger) +
                      ", whose amounts are dong");
  Subject subject{.id = format_u128(line.id), .line = line.line};
  if ((line.flags & kDebitsMustNotExceedCredits) != 0) subject.limit = ledger::Limit::kFloor;
  if ((line.flags & kCreditsMustNotExceedDebits) != 0) subject.limit = ledger::Limit::kCeiling;
  if (accounts_.contains(line.id)) return refuse(line.line, "id", "an account named twice");
  accounts_.emplace(line.id, pass_.books.open(std::move(subject)));
  closed_in_file_.push_back((line.flags & kClosed) != 0);
  return {};
}

Result<void> TransferBook::check_order(TransferLine const& line) const {
  if (line.timestamp <= last_timestamp_)
    return refuse(line.line, "timestamp", "not after the line before");
  if (time_of(line.timestamp) > pass_.now) return refuse(line.line, "timestamp", "in the future");
  bool const ends = line.is(kPostPending) || line.is(kVoidPending);
  if (line.ledger != options_.ledger && !(ends && line.ledger == 0))
    return refuse(line.line, "ledger",
                  std::to_string(line.ledger) + " is not " + std::to_string(options_.ledger) +
                      ", whose amounts are dong");
  return {};
}

Result<void> TransferBook::add(TransferLine const& line) {
  QRPAY_TRY_VOID(check_order(line));
  ++pass_.books.counts.lines;
  last_timestamp_ = line.timestamp;
  // A chain was applied at once: nothing expires between its members.
  if (chain_.line == 0) QRPAY_TRY_VOID(expire_until(line.timestamp));
  if (line.is(kLinked) && chain_.line == 0) begin_chain(line);
  bool const ends = line.is(kPostPending) || line.is(kVoidPending);
  QRPAY_TRY_VOID(ends ? end(line) : move(line));
  if (chain_.line != 0 && !line.is(kLinked)) return end_chain();
  return {};
}

Result<Pair> TransferBook::read_pair(TransferLine const& line) const {
  auto const debit = accounts_.find(line.debit);
  if (debit == accounts_.end()) return refuse(line.line, "debit_account_id", "no such account");
  auto const credit = accounts_.find(line.credit);
  if (credit == accounts_.end()) return refuse(line.line, "credit_account_id", "no such account");
  if (line.debit == line.credit)
    return refuse(line.line, "credit_account_id", "the account that is debited");
  if (pass_.books.is_closed(debit->second))
    return refuse(line.line, "debit_account_id", "this account is closed");
  if (pass_.books.is_closed(credit->second))
    return refuse(line.line, "credit_account_id", "this account is closed");
  QRPAY_TRY(Vnd const amount, read_amount(line));
  return Pair{debit->second, credit->second, amount};
}

Result<void> TransferBook::post(std::uint64_t line, Postings const& postings) {
  return pass_.books.post(line, {postings.data(), postings.size()});
}

// A single-phase or a pending transfer.
Result<void> TransferBook::move(TransferLine const& line) {
  QRPAY_TRY(Pair const pair, read_pair(line));
  bool const moves = pair.amount > Vnd(0);
  Postings postings;
  if (!line.is(kPending)) {
    if (!moves) return emit(line, std::nullopt);
    add_posted(postings, pair);
    QRPAY_TRY_VOID(post(line.line, postings));
    return emit(line, BatchMember{"", engine::Transfer{pair.debit, pair.credit, pair.amount}});
  }
  if (line.timeout > kTimeoutMax) return refuse(line.line, "timeout", "over 400 days");
  Open open{.pair = pair, .flags = line.flags, .line = line.line};
  if (line.timeout != 0) open.expires = line.timestamp + line.timeout * kNanosecondsPerSecond;
  if (!open_.emplace(line.id, open).second) return refuse(line.line, "id", "pending already");
  if (open.expires != 0) due_.emplace(open.expires, line.id);
  set_closed(open, true);
  if (!moves) return emit(line, std::nullopt);
  add_held(postings, pair);
  QRPAY_TRY_VOID(post(line.line, postings));
  engine::PutHold hold{pair.debit, pair.credit, pair.amount};
  hold.lifetime = line.timeout * base::kSecond;
  return emit(line, BatchMember{format_u128(line.id), hold});
}

/// How much of `open` a post or void moves.
Result<Vnd> TransferBook::posted_by(TransferLine const& line, Open const& open) const {
  bool const posts = line.is(kPostPending);
  bool const all = line.amount == (posts ? kU128Max : U128{});
  if (all) return posts ? open.pair.amount : Vnd(0);
  QRPAY_TRY(Vnd const amount, read_amount(line));
  if (posts && amount > open.pair.amount)
    return refuse(line.line, "amount", "more than is pending");
  if (!posts && amount != open.pair.amount)
    return refuse(line.line, "amount", "not what is pending");
  return posts ? amount : Vnd(0);
}

// A post or a void.
Result<void> TransferBook::end(TransferLine const& line) {
  auto const found = open_.find(line.pending);
  if (found == open_.end())
    return refuse(line.line, "pending_id", "not pending: never was, or ended before");
  Open const open = found->second;
  auto const matches = [&](U128 const& id, AccountId const& account) {
    auto const named = accounts_.find(id);
    return id == U128{} || (named != accounts_.end() && named->second == account);
  };
  if (!matches(line.debit, open.pair.debit))
    return refuse(line.line, "debit_account_id", "not the pending transfer's");
  if (!matches(line.credit, open.pair.credit))
    return refuse(line.line, "credit_account_id", "not the pending transfer's");
  bool const closed =
      pass_.books.is_closed(open.pair.debit) || pass_.books.is_closed(open.pair.credit);
  if (line.is(kPostPending) && closed)
    return refuse(line.line, "pending_id", "of an account that is closed");
  QRPAY_TRY(Vnd const posted, posted_by(line, open));
  open_.erase(found);
  if (open.expires != 0) due_.erase({open.expires, line.pending});
  set_closed(open, false);
  if (open.pair.amount == Vnd(0)) return emit(line, std::nullopt);

  Postings postings;
  add_release(postings, open.pair);
  if (posted > Vnd(0)) add_posted(postings, {open.pair.debit, open.pair.credit, posted});
  QRPAY_TRY_VOID(post(line.line, postings));
  std::string hold = format_u128(line.pending);
  if (posted == Vnd(0)) return emit(line, BatchMember{"", engine::VoidHold{std::move(hold)}});
  return emit(line, BatchMember{"", engine::PostHold{std::move(hold), posted}});
}

void TransferBook::set_closed(Open const& open, bool closed) {
  if ((open.flags & kClosingDebit) != 0) pass_.books.close(open.pair.debit, closed);
  if ((open.flags & kClosingCredit) != 0) pass_.books.close(open.pair.credit, closed);
}

Result<void> TransferBook::expire_until(std::uint64_t nanoseconds) {
  while (!due_.empty() && due_.begin()->first <= nanoseconds) {
    auto const [expires, id] = *due_.begin();
    due_.erase(due_.begin());
    auto const found = open_.find(id);
    Open const open = found->second;
    open_.erase(found);
    ++pass_.books.counts.expired;
    set_closed(open, false);
    if (open.pair.amount == Vnd(0)) continue;
    Postings postings;
    add_release(postings, open.pair);
    QRPAY_TRY_VOID(post(open.line, postings));
    std::string const hold = format_u128(id);
    QRPAY_TRY_VOID(pass_.books.give({.line = open.line,
                                     .id = "expired:" + hold,
                                     .payload = engine::VoidHold{hold, time_of(expires)},
                                     .is_expiry = true},
                                    pass_.take));
  }
  return {};
}

// The model has moved already. Without `member` there is nothing to do here.
Result<void> TransferBook::emit(TransferLine const& line, std::optional<BatchMember> member) {
  if (!member) {
    ++pass_.books.counts.nothing_moved;
    return {};
  }
  if (chain_.line == 0) {
    Step step{.line = line.line, .id = format_u128(line.id), .payload = engine::CancelOrder{}};
    std::visit(
        [&](auto& what) {
          what.occurred_at = time_of(line.timestamp);
          step.payload = std::move(what);
        },
        member->what);
    return pass_.books.give(std::move(step), pass_.take);
  }
  std::size_t const postings = postings_of(*member);
  bool const full = chain_.batch.members.size() == engine::kBatchMembersMax ||
                    chain_.postings + postings > ledger::kPostingsMax;
  if (full) {
    if (!options_.split_chains)
      return refuse(line.line, "flags",
                    "a linked chain of more than 32 members or 64 postings, from line " +
                        std::to_string(chain_.line));
    QRPAY_TRY_VOID(end_chain());
    begin_chain(line);
  }
  chain_.postings += postings;
  chain_.batch.members.push_back(std::move(*member));
  return {};
}

void TransferBook::begin_chain(TransferLine const& line) {
  chain_ = {.line = line.line, .id = line.id, .time = time_of(line.timestamp), .batch = {}};
}

Result<void> TransferBook::end_chain() {
  Chain chain = std::exchange(chain_, {});
  if (chain.batch.members.empty()) return {};
  chain.batch.occurred_at = chain.time;
  return pass_.books.give(
      {.line = chain.line, .id = format_u128(chain.id), .payload = std::move(chain.batch)},
      pass_.take);
}

std::vector<bool> TransferBook::closed() const {
  std::vector<bool> closed;
  for (auto const& subject : pass_.books.subjects()) closed.push_back(subject.closed);
  return closed;
}

Result<void> TransferBook::finish() {
  if (chain_.line != 0)
    return refuse(chain_.line, "flags", "the linked chain that begins here does not end");
  closed_at_end_ = closed();
  auto const now = static_cast<std::uint64_t>(pass_.now.microseconds());
  return expire_until(now * kNanosecondsPerMicrosecond);
}

// What closed an account may have expired before the accounts were written, or after.
Result<void> TransferBook::check_closed() const {
  std::vector<bool> const after = closed();
  for (std::size_t i = 0; i < closed_in_file_.size(); ++i) {
    if (closed_in_file_[i] == closed_at_end_[i] || closed_in_file_[i] == after[i]) continue;
    return refuse(pass_.books.subjects()[i].line, "flags",
                  after[i] ? "not closed, but its transfers close it"
                           : "closed, but no pending transfer closes it");
  }
  return {};
}

}  // namespace qrpay::import
