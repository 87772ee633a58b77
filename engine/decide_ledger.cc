// Between general accounts: transfers, holds, linked commands, closing. All of it the operator's.
#include <algorithm>
#include <span>

#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using base::Errc;
using base::fail;
using base::Result;
using ledger::AccountId;
using ledger::BookRefusal;
using ledger::Kind;
using ledger::Layer;
using ledger::Leg;
using ledger::Posting;
using ledger::TlvWriter;

namespace {

constexpr std::int64_t kHoldLifetimeMax = 400 * base::kDay;  // as of orders: a yearly fee
constexpr std::string_view kAmountRule = ": 1 to 9999999999999";

using Postings = base::SmallVector<Posting, 4>;

/// Where in the caller's body a thing is: "/debit", or "/commands/3/debit" in a batch.
struct Where {
  std::optional<std::size_t> member = {};
  [[nodiscard]] std::string at(std::string_view pointer) const {
    if (!member) return std::string(pointer);
    return "/commands/" + std::to_string(*member) + std::string(pointer);
  }
  [[nodiscard]] std::string at_leg(std::size_t leg, std::string_view pointer) const {
    return at("/legs/" + std::to_string(leg) + std::string(pointer));
  }
};

base::Unexpected<base::Error> invalid(std::string const& where, std::string_view words) {
  return fail(Errc::kInvalidField, where + std::string(words));
}

// --- form: what is wrong whatever the books say -----------------------------------------------

bool is_amount(Vnd amount) { return amount > Vnd(0) && amount <= base::kAmountMax; }

Result<void> check_currency(ledger::Currency currency, Where const& where) {
  if (currency == ledger::kVndCurrency) return {};
  // No outcome, since a later release may settle it.
  return fail(Errc::kNotSupported, where.at("/currency: only VND is settled"));
}

Result<void> check_pair(AccountId const& debit, AccountId const& credit, Vnd amount,
                        Where const& where) {
  if (!is_amount(amount)) return invalid(where.at("/amount"), kAmountRule);
  if (debit == credit) return invalid(where.at("/credit"), ": the account that is debited");
  return {};
}

Result<void> check_legs(std::vector<TransferLeg> const& legs, Where const& where) {
  if (legs.size() < 2 || legs.size() > ledger::kPostingsMax)
    return invalid(where.at("/legs"), ": 2 to 64");
  // Within the bounds no sum of 64 amounts leaves int64.
  std::int64_t debits = 0;
  std::int64_t credits = 0;
  for (std::size_t i = 0; i < legs.size(); ++i) {
    std::int64_t const amount = legs[i].amount.dong();
    bool const fits =
        amount != 0 && amount <= base::kAmountMax.dong() && amount >= -base::kAmountMax.dong();
    if (!fits) return invalid(where.at_leg(i, "/amount"), ": 1 to 9999999999999, either sign");
    (amount > 0 ? debits : credits) += amount;
  }
  if (debits + credits != 0)
    return invalid(where.at("/legs"), ": debits and credits are not the same");
  if (debits > base::kAmountMax.dong())
    return invalid(where.at("/legs"), ": debits over 9999999999999");
  bool const one_account = std::all_of(legs.begin(), legs.end(), [&](TransferLeg const& leg) {
    return leg.account == legs.front().account;
  });
  if (one_account) return invalid(where.at("/legs"), ": all of one account");
  return {};
}

Result<void> check_occurred(std::optional<WallTime> const& at, WallTime now, Where const& where) {
  if (!at) return {};
  if (where.member) return invalid(where.at("/occurred_at"), ": not in a batch");
  if (*at > now || *at < WallTime(0))
    return invalid(where.at("/occurred_at"), ": in the future, or before 1970");
  return {};
}

Result<void> check_form(Transfer const& c, WallTime now, Where const& where) {
  QRPAY_TRY_VOID(check_currency(c.currency, where));
  QRPAY_TRY_VOID(check_occurred(c.occurred_at, now, where));
  if (c.legs.empty()) return check_pair(c.debit, c.credit, c.amount, where);
  return check_legs(c.legs, where);
}

Result<void> check_form(PutHold const& c, WallTime now, Where const& where) {
  QRPAY_TRY_VOID(check_currency(c.currency, where));
  QRPAY_TRY_VOID(check_occurred(c.occurred_at, now, where));
  QRPAY_TRY_VOID(check_pair(c.debit, c.credit, c.amount, where));
  if (c.lifetime < 0 || c.lifetime > kHoldLifetimeMax)
    return invalid(where.at("/expires_in"), ": up to 400 days");
  return {};
}

Result<void> check_form(PostHold const& c, WallTime now, Where const& where) {
  QRPAY_TRY_VOID(check_occurred(c.occurred_at, now, where));
  if (c.amount && !is_amount(*c.amount)) return invalid(where.at("/amount"), kAmountRule);
  return {};
}

Result<void> check_form(VoidHold const& c, WallTime now, Where const& where) {
  return check_occurred(c.occurred_at, now, where);
}

std::size_t posting_count(BatchMember const& member) {
  if (auto const* transfer = std::get_if<Transfer>(&member.what))
    return std::max<std::size_t>(transfer->legs.size(), 2);
  return std::holds_alternative<PostHold>(member.what) ? 4 : 2;
}

Result<void> check_form(PutBatch const& c, WallTime now) {
  QRPAY_TRY_VOID(check_occurred(c.occurred_at, now, {}));
  if (c.members.empty() || c.members.size() > kBatchMembersMax)
    return invalid("/commands", ": 1 to 32");
  std::size_t postings = 0;
  for (std::size_t i = 0; i < c.members.size(); ++i) {
    BatchMember const& member = c.members[i];
    Where const where{i};
    QRPAY_TRY_VOID(
        std::visit([&](auto const& what) { return check_form(what, now, where); }, member.what));
    bool const makes_hold = std::holds_alternative<PutHold>(member.what);
    if (makes_hold == member.id.empty())
      return invalid(where.at("/id"), ": of a hold, and of nothing else");
    auto const end = c.members.begin() + static_cast<std::ptrdiff_t>(i);
    bool const repeated = makes_hold && std::any_of(c.members.begin(), end, [&](auto const& one) {
                            return one.id == member.id;
                          });
    if (repeated) return invalid(where.at("/id"), ": named twice");
    postings += posting_count(member);
  }
  if (postings > ledger::kPostingsMax)
    return invalid("/commands", ": more than 64 postings together");
  return {};
}

// --- one command ------------------------------------------------------------------------------

/// A record in the making. In a batch `postings`, `made` and `ended` hold what the members before
/// this one did: each is decided as if that had been applied.
struct Work {
  Context const& context;
  Postings postings;
  std::vector<MadeHold> made;
  std::vector<EndedHold> ended;
  std::optional<WallTime> occurred_at = {};
};

/// What became of one command; its effects are in Work when it is done.
struct Step {
  Outcome outcome = Outcome::kDone;
  Member member;  ///< kind left out
};

/// The command beside what it names.
struct Subject {
  IdTag hold;  ///< that it makes or ends
  Where where;
};

bool is_open(State const& state, AccountId const& account) {
  static constexpr auto kGeneral = static_cast<std::uint32_t>(ledger::AccountClass::kGeneral);
  return ledger::account_class_number(account) == kGeneral && state.book().contains(account);
}

Outcome outcome_of(BookRefusal refusal) {
  switch (refusal) {
    case BookRefusal::kFloor: return Outcome::kFloorReached;
    case BookRefusal::kCeiling: return Outcome::kCeilingReached;
    case BookRefusal::kOverflow: return Outcome::kTotalsFull;
    case BookRefusal::kClosed: return Outcome::kAccountClosed;
    case BookRefusal::kUnbalanced:
    case BookRefusal::kCurrency:
    case BookRefusal::kReleased: break;
  }
  QRPAY_CHECK(false);  // the form was checked, and holds are released once
  return Outcome::kTotalsFull;
}

/// Adds `postings` to the work unless the book objects.
Outcome book(Work& work, Postings const& postings) {
  std::span<Posting const> const before(work.postings.data(), work.postings.size());
  std::span<Posting const> const added(postings.data(), postings.size());
  auto const refusal = work.context.state.book().check_after(before, added);
  if (refusal) return outcome_of(*refusal);
  work.postings.insert(work.postings.end(), postings.begin(), postings.end());
  return Outcome::kDone;
}

Result<void> require_open(Work const& work, AccountId const& account, std::string_view pointer,
                          Where const& where) {
  if (is_open(work.context.state, account)) return {};
  return fail(Errc::kNotFound, where.at(pointer) + ": not opened");
}

Step finish(Work& work, Postings const& postings, Vnd amount) {
  Step step;
  step.outcome = book(work, postings);
  step.member.amount = amount;
  step.member.postings = static_cast<std::uint8_t>(postings.size());
  return step;
}

Result<Step> take(Work& work, Transfer const& c, Subject const& subject) {
  Postings postings;
  if (c.legs.empty()) {
    QRPAY_TRY_VOID(require_open(work, c.debit, "/debit", subject.where));
    QRPAY_TRY_VOID(require_open(work, c.credit, "/credit", subject.where));
    postings.push_back(debit(c.debit, c.amount, Leg::kTransfer));
    postings.push_back(credit(c.credit, c.amount, Leg::kTransfer));
    return finish(work, postings, c.amount);
  }
  std::int64_t debits = 0;
  for (std::size_t i = 0; i < c.legs.size(); ++i) {
    TransferLeg const& leg = c.legs[i];
    if (!is_open(work.context.state, leg.account))
      return fail(Errc::kNotFound, subject.where.at_leg(i, "/account: not opened"));
    postings.push_back({.account = leg.account, .amount = leg.amount});
    debits += std::max<std::int64_t>(leg.amount.dong(), 0);
  }
  return finish(work, postings, Vnd(debits));
}

Result<Step> take(Work& work, PutHold const& c, Subject const& subject) {
  QRPAY_TRY_VOID(require_open(work, c.debit, "/debit", subject.where));
  QRPAY_TRY_VOID(require_open(work, c.credit, "/credit", subject.where));
  Postings postings;
  postings.push_back(debit(c.debit, c.amount, Leg::kTransfer));
  postings.push_back(credit(c.credit, c.amount, Leg::kTransfer));
  for (auto& posting : postings) posting.layer = Layer::kHeld;
  Step step = finish(work, postings, c.amount);
  if (step.outcome != Outcome::kDone) return step;
  Stamp const& stamp = work.context.stamp;
  WallTime const from = work.occurred_at.value_or(stamp.time);
  WallTime const expires = base::later(from, c.lifetime);
  bool const passed = work.occurred_at && expires <= stamp.time;
  if (c.lifetime != 0 && !passed) step.member.expires = expires;
  step.member.id = subject.hold;
  HoldId const id{stamp.sequence, static_cast<std::uint8_t>(subject.where.member.value_or(0))};
  work.made.push_back({{id, c.debit, c.credit, c.amount, step.member.expires}, subject.hold});
  return step;
}

/// The tag of the hold that a command, or a member of a batch, ends.
IdTag const& hold_of(Tags const& tags, Where const& where) {
  return where.member ? tags.members[*where.member] : tags.hold;
}

/// A hold as this command sees it.
struct SeenHold {
  HoldId id;
  HoldStatus status = HoldStatus::kOpen;
  Hold hold;  ///< of an open one
};

Result<SeenHold> see_hold(Work const& work, Subject const& subject) {
  State const& state = work.context.state;
  SeenHold seen;
  auto const made = std::find_if(work.made.begin(), work.made.end(),
                                 [&](MadeHold const& one) { return one.tag == subject.hold; });
  if (made != work.made.end()) {
    seen.id = made->hold.id;
    seen.hold = made->hold;
  } else {
    auto const known = find_live(work.context.prepared, [&](Tags const& tags) {
      return state.find_hold(hold_of(tags, subject.where));
    });
    if (!known) return fail(Errc::kNotFound, subject.where.at("/hold") + ": no such hold");
    seen.id = *known;
    if (auto const end = state.holds().ended(*known)) seen.status = end->how;
    if (Hold const* open = state.holds().open(*known); open != nullptr) seen.hold = *open;
  }
  for (auto const& ended : work.ended)
    if (ended.hold == seen.id) seen.status = ended.how;
  return seen;
}

Outcome outcome_of_ended(HoldStatus status) {
  switch (status) {
    case HoldStatus::kOpen: return Outcome::kDone;
    case HoldStatus::kPosted: return Outcome::kHoldPosted;
    case HoldStatus::kVoided: return Outcome::kHoldVoided;
    case HoldStatus::kExpired: return Outcome::kHoldExpired;
  }
  return Outcome::kDone;
}

/// Ends `seen` by `postings`, which begin with its release.
Step end_hold(Work& work, SeenHold const& seen, Postings const& postings, EndedHold const& end) {
  Step step =
      finish(work, postings, end.how == HoldStatus::kPosted ? end.posted : seen.hold.amount);
  step.member.hold = seen.id;
  if (step.outcome == Outcome::kDone) work.ended.push_back(end);
  return step;
}

Step refused(Outcome outcome, Vnd amount, HoldId const& hold) {
  Step step;
  step.outcome = outcome;
  step.member.amount = amount;
  step.member.hold = hold;
  return step;
}

Result<Step> take(Work& work, PostHold const& c, Subject const& subject) {
  QRPAY_TRY(SeenHold const seen, see_hold(work, subject));
  if (seen.status != HoldStatus::kOpen)
    return refused(outcome_of_ended(seen.status), c.amount.value_or(Vnd(0)), seen.id);
  Vnd const amount = c.amount.value_or(seen.hold.amount);
  if (amount > seen.hold.amount) return refused(Outcome::kHoldExceeded, amount, seen.id);
  Postings postings;
  add_release(seen.hold, postings);
  postings.push_back(debit(seen.hold.debit, amount, Leg::kTransfer));
  postings.push_back(credit(seen.hold.credit, amount, Leg::kTransfer));
  return end_hold(work, seen, postings, {seen.id, HoldStatus::kPosted, amount});
}

Result<Step> take(Work& work, VoidHold const& /*c*/, Subject const& subject) {
  QRPAY_TRY(SeenHold const seen, see_hold(work, subject));
  if (seen.status != HoldStatus::kOpen)
    return refused(outcome_of_ended(seen.status), Vnd(0), seen.id);
  Postings postings;
  add_release(seen.hold, postings);
  return end_hold(work, seen, postings, {seen.id, HoldStatus::kVoided, Vnd(0)});
}

struct Alone {
  Draft draft;
  Member member;
};

template <class Money>
Result<Alone> decide_alone(Money const& c, Context const& context, IdTag const& hold) {
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "what moved money cannot be amended");
  QRPAY_TRY_VOID(check_form(c, context.stamp.time, {}));
  Work work{context, {}, {}, {}, c.occurred_at};
  QRPAY_TRY(Step const step, take(work, c, {hold, {}}));
  Alone alone;
  alone.draft.kind = kind_of(context.command().payload);
  alone.draft.outcome = step.outcome;
  alone.draft.amount = step.member.amount;
  alone.draft.postings = std::move(work.postings);
  alone.member = step.member;
  return alone;
}

void write_hold(Alone& alone) {
  std::string id;
  base::ByteWriter out(id);
  out.u64(alone.member.hold.record.value());
  out.u8(alone.member.hold.place);
  TlvWriter(alone.draft.body).text(field::kHold, id);
}

void write_time(Draft& draft, std::optional<WallTime> const& at) {
  if (!at) return;
  TlvWriter(draft.body)
      .u64(field::kEffectiveTime, static_cast<std::uint64_t>(at->microseconds()));
}

}  // namespace

void add_release(Hold const& hold, Postings& postings) {
  postings.push_back(credit(hold.debit, hold.amount, Leg::kRelease));
  postings.push_back(debit(hold.credit, hold.amount, Leg::kRelease));
  for (auto posting = postings.end() - 2; posting != postings.end(); ++posting)
    posting->layer = Layer::kHeld;
}

Result<Draft> decide_family(Transfer const& c, Context const& context) {
  QRPAY_TRY(Alone alone, decide_alone(c, context, {}));
  write_time(alone.draft, c.occurred_at);
  return std::move(alone.draft);
}

Result<Draft> decide_family(PutHold const& c, Context const& context) {
  QRPAY_TRY(Alone alone, decide_alone(c, context, context.tags().id));
  TlvWriter(alone.draft.body)
      .u64_if(field::kExpires, static_cast<std::uint64_t>(alone.member.expires.microseconds()));
  write_time(alone.draft, c.occurred_at);
  return std::move(alone.draft);
}

Result<Draft> decide_family(PostHold const& c, Context const& context) {
  QRPAY_TRY(Alone alone, decide_alone(c, context, context.tags().hold));
  write_hold(alone);
  write_time(alone.draft, c.occurred_at);
  return std::move(alone.draft);
}

Result<Draft> decide_family(VoidHold const& c, Context const& context) {
  QRPAY_TRY(Alone alone, decide_alone(c, context, context.tags().hold));
  write_hold(alone);
  write_time(alone.draft, c.occurred_at);
  return std::move(alone.draft);
}

Result<Draft> decide_family(PutBatch const& c, Context const& context) {
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "what moved money cannot be amended");
  QRPAY_TRY_VOID(check_form(c, context.stamp.time));
  Work work{context, {}, {}, {}, c.occurred_at};
  Draft draft;
  draft.kind = Kind::kBatch;
  write_time(draft, c.occurred_at);
  std::vector<Member> members;
  for (std::size_t i = 0; i < c.members.size(); ++i) {
    BatchMember const& member = c.members[i];
    Subject const subject{context.tags().members[i], {i}};
    if (std::holds_alternative<PutHold>(member.what))
      if (Sequence const first =
              find_live(context.prepared,
                        [&](Tags const& tags) { return context.state.find(tags.members[i]); });
          first != Sequence(0))
        return fail(Errc::kIdReused, subject.where.at("/id") + ": first used by sequence " +
                                         std::to_string(first.value()));
    QRPAY_TRY(Step step,
              std::visit([&](auto const& what) { return take(work, what, subject); }, member.what));
    if (step.outcome != Outcome::kDone) {
      draft.outcome = step.outcome;
      TlvWriter(draft.body).u8(field::kRefused, static_cast<std::uint8_t>(i));
      return draft;
    }
    step.member.kind = kind_of(member);
    members.push_back(step.member);
  }
  draft.postings = std::move(work.postings);
  TlvWriter(draft.body).text(field::kMembers, encode_members(members));
  return draft;
}

Result<Draft> decide_family(CloseAccount const& c, Context const& context) {
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "what was closed cannot be amended");
  if (c.sides == ledger::Sides::kNone || !includes(ledger::Sides::kBoth, c.sides))
    return invalid("/side", ": debit, credit or both");
  if (!is_open(context.state, c.account)) return fail(Errc::kNotFound, "account: not opened");
  ledger::Account const account = context.state.book().find(c.account);
  Draft draft;
  draft.kind = Kind::kCloseAccount;
  if (includes(account.closed, c.sides))
    draft.outcome = Outcome::kAccountClosed;
  else if (!c.with_balance && account.balance() != Vnd(0))
    draft.outcome = Outcome::kBalanceLeft;
  else if (!c.with_balance && (account.held_debit != 0 || account.held_credit != 0))
    draft.outcome = Outcome::kHoldsLeft;
  TlvWriter body(draft.body);
  body.u64(field::kGeneralAccount, ledger::account_owner(c.account).value());
  if (draft.outcome != Outcome::kDone) return draft;
  body.u8(field::kClosedSides, static_cast<std::uint8_t>(c.sides));
  if (c.with_balance) body.u8(field::kWithBalance, 1);
  return draft;
}

}  // namespace qrpay::engine
