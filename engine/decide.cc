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
  if (due.expired.empty() && due.retired.empty() && due.holds.empty())
    return base::fail(base::Errc::kNotFound, "nothing is due");
  auto const list = [](std::vector<Sequence> const& sequences) {
    std::string bytes;
    base::ByteWriter out(bytes);
    for (auto sequence : sequences) out.u64(sequence.value());
    return bytes;
  };
  Draft draft;
  draft.kind = ledger::Kind::kTick;
  std::string holds;
  base::ByteWriter out(holds);
  for (auto const& id : due.holds) {
    out.u64(id.record.value());
    out.u8(id.place);
    add_release(*context.state.holds().open(id), draft.postings);
  }
  auto const refusal = context.state.book().check(draft.postings);
  QRPAY_CHECK(!refusal);  // what is held can be released
  TlvWriter body(draft.body);
  body.text_if(field::kExpired, list(due.expired));
  body.text_if(field::kRetired, list(due.retired));
  body.u64(field::kDue, static_cast<std::uint64_t>(c.due.microseconds()));
  body.text_if(field::kExpiredHolds, holds);
  return draft;
}

}  // namespace qrpay::engine
