#include "import/books.h"

#include <utility>

namespace qrpay::import {

using base::Result;
using ledger::AccountId;
using ledger::BookRefusal;

namespace {

std::string_view words_of(BookRefusal refusal) {
  switch (refusal) {
    case BookRefusal::kFloor: return "the account's debits would exceed its credits";
    case BookRefusal::kCeiling: return "the account's credits would exceed its debits";
    case BookRefusal::kOverflow: return "a total would leave 63 bits";
    case BookRefusal::kUnbalanced:
    case BookRefusal::kCurrency:
    case BookRefusal::kClosed:
    case BookRefusal::kReleased: break;
  }
  QRPAY_CHECK(false);  // the postings are ours
  return "";
}

}  // namespace

AccountId Books::account_at(std::size_t index) const {
  return ledger::account_id(ledger::AccountClass::kGeneral, base::Sequence(index + 1));
}

AccountId Books::open(Subject subject) {
  AccountId const account = account_at(subjects_.size());
  book_.open(account, subject.limit);
  subjects_.push_back(std::move(subject));
  return account;
}

Result<void> Books::post(std::uint64_t line, std::span<ledger::Posting const> postings) {
  if (auto const refusal = book_.check(postings)) return refuse(line, "amount", words_of(*refusal));
  book_.apply(postings);
  return {};
}

Result<void> Books::give(Step&& step, Take const& take) {
  ++counts.steps;
  if (!take) return {};
  return take(std::move(step));
}

void add_posted(Postings& postings, Pair const& pair) {
  postings.push_back({.account = pair.debit, .amount = pair.amount});
  postings.push_back({.account = pair.credit, .amount = *base::checked_negate(pair.amount)});
}

void add_held(Postings& postings, Pair const& pair) {
  add_posted(postings, pair);
  for (auto posting = postings.end() - 2; posting != postings.end(); ++posting)
    posting->layer = ledger::Layer::kHeld;
}

void add_release(Postings& postings, Pair const& pair) {
  add_held(postings, {pair.credit, pair.debit, pair.amount});
  for (auto posting = postings.end() - 2; posting != postings.end(); ++posting)
    posting->leg = ledger::Leg::kRelease;
}

}  // namespace qrpay::import
