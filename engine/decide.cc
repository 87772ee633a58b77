#include "engine/decide.h"

#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using ledger::TlvWriter;

ledger::Posting debit(ledger::AccountId const& account, Vnd amount, ledger::Leg leg) {
  return {account, amount, ledger::kVndCurrency, ledger::Layer::kPosted, leg};
}

ledger::Posting credit(ledger::AccountId const& account, Vnd amount, ledger::Leg leg) {
  // Never the lowest int64: amounts of commands are positive.
  return {account, *base::checked_negate(amount), ledger::kVndCurrency, ledger::Layer::kPosted,
          leg};
}

base::Result<Draft> decide(State const& state, Prepared const& prepared, Stamp const& stamp,
                          Key const* key) {
  Context const context{state, prepared, stamp, key};
  return std::visit([&](auto const& payload) { return decide_family(payload, context); },
                    prepared.command.payload);
}

Draft decide_id_reuse(Prepared const& prepared, Sequence first) {
  auto const& c = std::get<BankCredit>(prepared.command.payload);
  Draft draft;
  draft.kind = ledger::Kind::kIdReuse;
  draft.outcome = Outcome::kIdReused;
  draft.amount = c.amount;
  TlvWriter(draft.body).u64(field::kOriginal, first.value());
  draft.sections = credit_sections(prepared.command, c);
  return draft;
}

Command make_tick(State const& state, WallTime now) {
  Command command;
  Tick const tick{state.next_due().value_or(now), state.last().value()};
  command.id = std::to_string(tick.due.microseconds()) + "." + std::to_string(tick.counter);
  command.payload = tick;
  return command;
}

base::Result<Draft> decide_family(Tick const& c, Context const& context) {
  State::Due const due = context.state.due(context.stamp.time);
  if (due.expired.empty() && due.retired.empty())
    return base::fail(base::Errc::kNotFound, "nothing is due");
  auto const list = [](std::vector<Sequence> const& sequences) {
    std::string bytes;
    base::ByteWriter out(bytes);
    for (auto sequence : sequences) out.u64(sequence.value());
    return bytes;
  };
  Draft draft;
  draft.kind = ledger::Kind::kTick;
  TlvWriter body(draft.body);
  body.text_if(field::kExpired, list(due.expired));
  body.text_if(field::kRetired, list(due.retired));
  body.u64(field::kDue, static_cast<std::uint64_t>(c.due.microseconds()));
  return draft;
}

base::Result<Draft> decide_family(Transfer const& c, Context const& context) {
  State const& state = context.state;
  if (context.command().revision != 1)
    return base::fail(base::Errc::kNotSupported, "a transfer cannot be amended");
  if (c.amount <= Vnd(0) || c.amount > base::kAmountMax)
    return base::fail(base::Errc::kInvalidField, "/amount: 1 to 9999999999999");
  if (c.debit == c.credit)
    return base::fail(base::Errc::kInvalidField, "/credit: the account that is debited");
  static constexpr auto kGeneral = static_cast<std::uint32_t>(ledger::AccountClass::kGeneral);
  if (ledger::account_class_number(c.debit) != kGeneral || !state.book().contains(c.debit))
    return base::fail(base::Errc::kNotFound, "/debit: not opened");
  if (ledger::account_class_number(c.credit) != kGeneral || !state.book().contains(c.credit))
    return base::fail(base::Errc::kNotFound, "/credit: not opened");
  Draft draft;
  draft.kind = ledger::Kind::kTransfer;
  draft.amount = c.amount;
  draft.postings.push_back(debit(c.debit, c.amount, ledger::Leg::kTransfer));
  draft.postings.push_back(credit(c.credit, c.amount, ledger::Leg::kTransfer));
  if (auto const refusal = state.book().check(draft.postings)) {
    draft.postings.clear();
    switch (*refusal) {
      case ledger::BookRefusal::kFloor: draft.outcome = Outcome::kFloorReached; break;
      case ledger::BookRefusal::kCeiling: draft.outcome = Outcome::kCeilingReached; break;
      case ledger::BookRefusal::kOverflow: draft.outcome = Outcome::kTotalsFull; break;
      case ledger::BookRefusal::kUnbalanced:
      case ledger::BookRefusal::kCurrency: QRPAY_CHECK(false); break;
    }
  }
  return draft;
}

}  // namespace qrpay::engine
