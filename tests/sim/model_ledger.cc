// Between general accounts, in the model: transfers, holds, batches, closing; and what time ends.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "tests/sim/model.h"

namespace qrpay::sim {

using base::Errc;
using base::fail;
using engine::Outcome;
using ledger::Kind;
using ledger::Layer;
using ledger::Leg;
using Status = ModelHold::Status;

namespace {

constexpr std::int64_t kAmountMax = 9'999'999'999'999;
constexpr std::int64_t kHoldLifetimeMax = 400 * base::kDay;
constexpr std::size_t kLegsMax = 64;
constexpr std::size_t kMembersMax = 32;
constexpr std::size_t kTickThings = 256;
constexpr std::size_t kTickHolds = 32;  // two legs each, and a record has 64

bool amount_allowed(base::Vnd amount) { return amount.dong() >= 1 && amount.dong() <= kAmountMax; }

Outcome over(Status status) {
  if (status == Status::kPosted) return Outcome::kHoldPosted;
  return status == Status::kVoided ? Outcome::kHoldVoided : Outcome::kHoldExpired;
}

std::vector<ModelPosting> released(ModelHold const& hold) {
  return {{hold.debit, -hold.amount, Leg::kRelease, Layer::kHeld},
          {hold.credit, hold.amount, Leg::kRelease, Layer::kHeld}};
}

void append(std::vector<ModelPosting>& to, std::vector<ModelPosting> const& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// --- what is wrong with a command whatever the books say -------------------------------------

template <class What>
std::optional<std::int64_t> occurred(What const& c) {
  return c.occurred_at ? std::optional(c.occurred_at->microseconds()) : std::nullopt;
}

template <class What>
bool time_allowed(What const& c, std::int64_t now) {
  auto const time = occurred(c);
  return !time || (*time >= 0 && *time <= now);
}

std::optional<Errc> malformed(engine::Transfer const& c, std::int64_t now) {
  if (c.currency != 704) return Errc::kNotSupported;
  if (!time_allowed(c, now)) return Errc::kInvalidField;
  if (c.legs.empty()) {
    bool const fine = amount_allowed(c.amount) && c.debit != c.credit;
    return fine ? std::nullopt : std::optional(Errc::kInvalidField);
  }
  if (c.legs.size() < 2 || c.legs.size() > kLegsMax) return Errc::kInvalidField;
  std::int64_t sum = 0;
  std::int64_t debits = 0;
  std::set<ledger::AccountId> accounts;
  for (auto const& leg : c.legs) {
    std::int64_t const amount = leg.amount.dong();
    if (amount == 0 || amount > kAmountMax || amount < -kAmountMax) return Errc::kInvalidField;
    sum += amount;
    debits += std::max<std::int64_t>(amount, 0);
    accounts.insert(leg.account);
  }
  bool const fine = sum == 0 && debits <= kAmountMax && accounts.size() > 1;
  return fine ? std::nullopt : std::optional(Errc::kInvalidField);
}

std::optional<Errc> malformed(engine::PutHold const& c, std::int64_t now) {
  if (c.currency != 704) return Errc::kNotSupported;
  bool const fine = amount_allowed(c.amount) && c.debit != c.credit && c.lifetime >= 0 &&
                    c.lifetime <= kHoldLifetimeMax && time_allowed(c, now);
  return fine ? std::nullopt : std::optional(Errc::kInvalidField);
}

std::optional<Errc> malformed(engine::PostHold const& c, std::int64_t now) {
  if (!time_allowed(c, now)) return Errc::kInvalidField;
  if (c.amount && !amount_allowed(*c.amount)) return Errc::kInvalidField;
  return std::nullopt;
}

std::optional<Errc> malformed(engine::VoidHold const& c, std::int64_t now) {
  return time_allowed(c, now) ? std::nullopt : std::optional(Errc::kInvalidField);
}

std::size_t legs_of(engine::BatchMember const& member) {
  auto const* const transfer = std::get_if<engine::Transfer>(&member.what);
  if (transfer != nullptr && !transfer->legs.empty()) return transfer->legs.size();
  return std::holds_alternative<engine::PostHold>(member.what) ? 4 : 2;
}

Kind member_kind(engine::BatchMember const& member) {
  if (std::holds_alternative<engine::Transfer>(member.what)) return Kind::kTransfer;
  if (std::holds_alternative<engine::PutHold>(member.what)) return Kind::kHold;
  return std::holds_alternative<engine::PostHold>(member.what) ? Kind::kPost : Kind::kVoidHold;
}

std::optional<Errc> malformed(engine::PutBatch const& c, std::int64_t now) {
  if (!time_allowed(c, now)) return Errc::kInvalidField;
  if (c.members.empty() || c.members.size() > kMembersMax) return Errc::kInvalidField;
  std::size_t legs = 0;
  std::set<std::string> holds;
  for (auto const& member : c.members) {
    auto const wrong =
        std::visit([&](auto const& what) { return malformed(what, now); }, member.what);
    if (wrong) return wrong;
    if (std::visit([](auto const& what) { return what.occurred_at.has_value(); }, member.what))
      return Errc::kInvalidField;
    bool const makes_hold = std::holds_alternative<engine::PutHold>(member.what);
    if (makes_hold == member.id.empty()) return Errc::kInvalidField;
    if (makes_hold && !holds.insert(member.id).second) return Errc::kInvalidField;
    legs += legs_of(member);
  }
  if (legs > kLegsMax) return Errc::kInvalidField;
  return std::nullopt;
}

}  // namespace

std::string Model::general_name(ledger::AccountId const& account) const {
  auto const owner = ledger::account_owner(account);
  bool const known = general_.contains(owner.value()) &&
                     account == ledger::account_id(ledger::AccountClass::kGeneral, owner);
  return known ? "general/" + std::to_string(owner.value()) : "";
}

std::optional<Outcome> Model::book(ModelMoney& money, std::vector<ModelPosting> const& all) const {
  std::vector<std::string> accounts;
  for (auto const& posting : all) {
    if (std::find(accounts.begin(), accounts.end(), posting.account) == accounts.end())
      accounts.push_back(posting.account);
  }
  for (auto const& name : accounts) {
    ModelBalance& balance = money.balances[name];
    for (auto const& posting : all) {
      if (posting.account != name) continue;
      bool const debits = posting.amount > 0;
      std::int64_t const amount = std::abs(posting.amount);
      if (posting.leg == Leg::kRelease) {
        (debits ? balance.held_credit : balance.held_debit) -= amount;
        continue;
      }
      if (debits ? balance.closed_debit : balance.closed_credit) return Outcome::kAccountClosed;
      if (posting.layer == Layer::kHeld)
        (debits ? balance.held_debit : balance.held_credit) += amount;
      else
        (debits ? balance.debit : balance.credit) += amount;
    }
    auto const limit = general_.at(std::stoull(name.substr(name.find('/') + 1)));
    if (limit == ledger::Limit::kFloor && balance.debit + balance.held_debit > balance.credit)
      return Outcome::kFloorReached;
    if (limit == ledger::Limit::kCeiling && balance.credit + balance.held_credit > balance.debit)
      return Outcome::kCeilingReached;
  }
  return std::nullopt;
}

// --- one command -----------------------------------------------------------------------------

Model::Done Model::step(Place place, engine::Transfer const& c) const {
  Step step;
  std::vector<engine::TransferLeg> legs = c.legs;
  if (legs.empty()) legs = {{c.debit, c.amount}, {c.credit, base::Vnd(-c.amount.dong())}};
  for (auto const& leg : legs) {
    std::string const name = general_name(leg.account);
    if (name.empty()) return fail(Errc::kNotFound);
    step.postings.push_back({name, leg.amount.dong(), Leg::kTransfer});
    step.amount += std::max<std::int64_t>(leg.amount.dong(), 0);
  }
  if (auto const no = book(place.money, step.postings)) step.outcome = *no;
  return step;
}

Model::Done Model::step(Place place, engine::PutHold const& c) const {
  std::string const debit = general_name(c.debit);
  std::string const credit = general_name(c.credit);
  if (debit.empty() || credit.empty()) return fail(Errc::kNotFound);
  Step step;
  step.amount = c.amount.dong();
  step.postings = {{debit, step.amount, Leg::kTransfer, Layer::kHeld},
                   {credit, -step.amount, Leg::kTransfer, Layer::kHeld}};
  if (auto const no = book(place.money, step.postings)) {
    step.outcome = *no;
    return step;
  }
  step.expires = c.lifetime == 0 ? 0 : place.occurred.value_or(place.now) + c.lifetime;
  if (place.occurred && step.expires <= place.now) step.expires = 0;  // its end is to be told
  place.money.holds[place.hold_id] = {.at = {next(), place.place},
                                      .debit = debit,
                                      .credit = credit,
                                      .amount = step.amount,
                                      .expires = step.expires};
  return step;
}

Model::Done Model::step(Place place, engine::PostHold const& c) const {
  auto const found = place.money.holds.find(c.hold);
  if (found == place.money.holds.end()) return fail(Errc::kNotFound);
  ModelHold& hold = found->second;
  Step step;
  step.ended = hold.at;
  step.amount = c.amount ? c.amount->dong() : 0;
  if (hold.status != Status::kOpen) {
    step.outcome = over(hold.status);
    return step;
  }
  if (!c.amount) step.amount = hold.amount;
  if (step.amount > hold.amount) {
    step.outcome = Outcome::kHoldExceeded;
    return step;
  }
  step.postings = released(hold);
  step.postings.push_back({hold.debit, step.amount, Leg::kTransfer});
  step.postings.push_back({hold.credit, -step.amount, Leg::kTransfer});
  if (auto const no = book(place.money, step.postings)) {
    step.outcome = *no;
    return step;
  }
  hold.status = Status::kPosted;
  hold.ended_by = next();
  return step;
}

Model::Done Model::step(Place place, engine::VoidHold const& c) const {
  auto const found = place.money.holds.find(c.hold);
  if (found == place.money.holds.end()) return fail(Errc::kNotFound);
  ModelHold& hold = found->second;
  Step step;
  step.ended = hold.at;
  if (hold.status != Status::kOpen) {
    step.outcome = over(hold.status);
    return step;
  }
  step.amount = hold.amount;
  step.postings = released(hold);
  if (book(place.money, step.postings)) std::abort();  // a release is never refused
  hold.status = Status::kVoided;
  hold.ended_by = next();
  return step;
}

template <class What>
Model::Answer Model::alone(Context const& context, What const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (auto const wrong = malformed(c, context.now)) return fail(*wrong);
  ModelMoney tried = now_;
  auto done = step({tried, context.now, context.command.id, 0, occurred(c)}, c);
  if (!done) return fail(done.error().errc);
  ModelRecord record;
  record.effective_time = occurred(c);
  record.outcome = done->outcome;
  record.amount = done->amount;
  record.ended = done->ended;
  if (done->outcome != Outcome::kDone) return record;
  record.expires = done->expires;
  record.postings = std::move(done->postings);
  now_.holds = std::move(tried.holds);  // the balances follow from the record
  return record;
}

Model::Answer Model::on(Context const& context, engine::Transfer const& c) {
  return alone(context, c);
}
Model::Answer Model::on(Context const& context, engine::PutHold const& c) {
  return alone(context, c);
}
Model::Answer Model::on(Context const& context, engine::PostHold const& c) {
  return alone(context, c);
}
Model::Answer Model::on(Context const& context, engine::VoidHold const& c) {
  return alone(context, c);
}

std::string Model::hold_id_text(std::string const& id) {
  return "0|" + std::to_string(static_cast<int>(Kind::kHold)) + "|" + id + "|1";
}

// --- several, or none ------------------------------------------------------------------------

Model::Answer Model::on(Context const& context, engine::PutBatch const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (auto const wrong = malformed(c, context.now)) return fail(*wrong);
  ModelMoney tried = now_;
  ModelRecord record;
  record.effective_time = occurred(c);
  for (std::size_t place = 0; place < c.members.size(); ++place) {
    auto const& member = c.members[place];
    bool const makes_hold = !member.id.empty();
    if (makes_hold && ids_.contains(hold_id_text(member.id))) return fail(Errc::kIdReused);
    auto const done = std::visit(
        [&](auto const& what) {
          return step({tried, context.now, member.id, place, occurred(c)}, what);
        },
        member.what);
    if (!done) return fail(done.error().errc);
    if (done->outcome != Outcome::kDone) {
      ModelRecord refused;
      refused.outcome = done->outcome;
      refused.refused = place;
      refused.effective_time = record.effective_time;
      return refused;
    }
    record.members.push_back(
        {member_kind(member), done->amount, done->postings.size(), done->ended, done->expires});
    append(record.postings, done->postings);
  }
  // The ids of its holds are taken: who puts one of them again had another body the first time.
  for (auto const& member : c.members) {
    if (!member.id.empty()) ids_[hold_id_text(member.id)] = {next(), "of a batch", {}};
  }
  now_.holds = std::move(tried.holds);
  return record;
}

// --- closing ---------------------------------------------------------------------------------

Model::Answer Model::on(Context const& context, engine::CloseAccount const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const sides = static_cast<unsigned>(c.sides);
  if (sides < 1 || sides > 3) return fail(Errc::kInvalidField);
  std::string const name = general_name(c.account);
  if (name.empty()) return fail(Errc::kNotFound);
  ModelBalance& balance = now_.balances[name];
  bool const debit = (sides & 1) != 0;
  bool const credit = (sides & 2) != 0;
  ModelRecord record;
  record.closing = ModelClosing{ledger::account_owner(c.account).value(), false, false};
  bool const closed = (!debit || balance.closed_debit) && (!credit || balance.closed_credit);
  bool const holds = balance.held_debit != 0 || balance.held_credit != 0;
  if (closed) {
    record.outcome = Outcome::kAccountClosed;
  } else if (!c.with_balance && balance.debit != balance.credit) {
    record.outcome = Outcome::kBalanceLeft;
  } else if (!c.with_balance && holds) {
    record.outcome = Outcome::kHoldsLeft;
  } else {
    balance.closed_debit = balance.closed_debit || debit;
    balance.closed_credit = balance.closed_credit || credit;
    record.closing->debit = debit;
    record.closing->credit = credit;
  }
  return record;
}

// --- time ------------------------------------------------------------------------------------

Model::Answer Model::on(Context const& /*context*/, engine::Tick const& /*c*/) {
  return fail(Errc::kForbidden);  // the ledger's own come by tick()
}

namespace {

struct DueThing {
  std::int64_t time = 0;
  std::uint64_t record = 0;
  std::size_t place = 0;
  ModelHold* hold = nullptr;  ///< null: an order
  bool operator<(DueThing const& other) const {
    return std::tie(time, record, place) < std::tie(other.time, other.record, other.place);
  }
};

}  // namespace

std::vector<ModelRecordPtr> Model::tick(std::int64_t now) {
  std::vector<ModelRecordPtr> made;
  for (;;) {
    std::vector<DueThing> due;
    for (auto const& [sequence, order] : orders_) {
      if (order.open() || order.in_matching) due.push_back({order.due, sequence, 0, nullptr});
    }
    for (auto& [id, hold] : now_.holds) {
      if (hold.status == Status::kOpen && hold.expires != 0)
        due.push_back({hold.expires, hold.at.record, hold.at.place, &hold});
    }
    std::sort(due.begin(), due.end());
    std::erase_if(due, [&](auto const& one) { return one.time > now; });
    if (due.empty()) return made;
    if (due.size() > kTickThings) due.resize(kTickThings);
    ModelRecord record;
    record.kind = Kind::kTick;
    for (auto const& one : due) {
      if (one.hold != nullptr) {
        if (record.expired_holds.size() == kTickHolds) break;
        record.expired_holds.push_back(one.hold->at);
        append(record.postings, released(*one.hold));
        one.hold->status = Status::kExpired;
        one.hold->ended_by = next();
        continue;
      }
      ModelOrder& order = orders_.at(one.record);
      if (!order.open()) {
        order.in_matching = false;
        record.retired.push_back(one.record);
        continue;
      }
      close(order, engine::OrderStatus::kExpired, now);
      ++order.revision;
      order.last_change = next();
      record.expired.push_back(one.record);
    }
    made.push_back(keep(std::move(record), now, 0));
  }
}

}  // namespace qrpay::sim
