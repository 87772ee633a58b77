#include "gateway/notify/events.h"

#include "base/bytes.h"
#include "engine/order.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::notify {

namespace field = ledger::field;
using engine::OrderStatus;
using engine::Outcome;
using ledger::Kind;
using ledger::TlvReader;

std::string_view event_type_name(EventType type) {
  switch (type) {
    case EventType::kOrderPaid: return "order.paid";
    case EventType::kOrderPartlyPaid: return "order.partly_paid";
    case EventType::kOrderExpired: return "order.expired";
    case EventType::kOrderCancelled: return "order.cancelled";
    case EventType::kSaleReceived: return "sale.received";
    case EventType::kCreditUnmatched: return "credit.unmatched";
  }
  return "unknown";
}

namespace {

Sequence at(TlvReader const& body, std::uint16_t tag) { return Sequence(body.number_or(tag, 0)); }

void add_credit_events(ledger::Record const& record, base::SmallVector<Event, 2>& out) {
  TlvReader const body(record.body);
  Event event;
  event.shop = at(body, field::kShop);
  event.terminal = at(body, field::kTerminal);
  base::ByteReader allocations(base::as_bytes(body.text(field::kAllocations)));
  base::ByteReader states(base::as_bytes(body.text(field::kOrderStates)));
  while (!allocations.at_end() && allocations.ok()) {
    event.order = Sequence(allocations.u64());
    (void)allocations.i64();
    auto const status = static_cast<OrderStatus>(states.u8());
    (void)states.u8();
    event.type = status == OrderStatus::kPaid ? EventType::kOrderPaid : EventType::kOrderPartlyPaid;
    event.k = static_cast<std::uint32_t>(out.size());
    out.push_back(event);
  }
  auto const outcome = static_cast<Outcome>(record.outcome);
  bool const is_sale = outcome == Outcome::kReceived;
  bool const is_unmatched = outcome == Outcome::kUnmatched;
  // Without a shop nobody is there to be told; the list of unmatched credits has it.
  if ((is_sale || is_unmatched) && event.shop != Sequence(0)) {
    event.type = is_sale ? EventType::kSaleReceived : EventType::kCreditUnmatched;
    out.push_back(event);
  }
}

}  // namespace

base::SmallVector<Event, 2> events_of(ledger::Record const& record) {
  base::SmallVector<Event, 2> out;
  if (record.kind == Kind::kBankCredit) {
    add_credit_events(record, out);
  } else if (record.kind == Kind::kCancelOrder) {
    TlvReader const body(record.body);
    out.push_back({EventType::kOrderCancelled, 0, at(body, field::kShop),
                   at(body, field::kTerminal), at(body, field::kOrder)});
  } else if (record.kind == Kind::kTick) {
    base::ByteReader expired(base::as_bytes(TlvReader(record.body).text(field::kExpired)));
    while (!expired.at_end() && expired.ok()) {
      auto const k = static_cast<std::uint32_t>(out.size());
      out.push_back(
          {EventType::kOrderExpired, k, Sequence(0), Sequence(0), Sequence(expired.u64())});
    }
  }
  return out;
}

}  // namespace qrpay::gateway::notify
