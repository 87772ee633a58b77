// What a till or a page is told about, as a function of the record alone. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/containers.h"
#include "engine/outcome.h"
#include "ledger/record.h"

namespace qrpay::gateway::notify {

using base::Sequence;

enum class EventType : std::uint8_t {
  kOrderPaid,
  kOrderPartlyPaid,
  kOrderExpired,
  kOrderCancelled,
  kSaleReceived,
  kCreditUnmatched,
};
/// "order.paid".
[[nodiscard]] std::string_view event_type_name(EventType type);

/// The k-th event of a record; its id is "sequence.k".
struct Event {
  EventType type{};
  std::uint32_t k = 0;
  Sequence shop;      ///< 0: look at the order's own record (a Tick names only orders)
  Sequence terminal;  ///< 0: every terminal of the shop
  Sequence order;     ///< 0: none
};

[[nodiscard]] base::SmallVector<Event, 2> events_of(ledger::Record const& record);

}  // namespace qrpay::gateway::notify
