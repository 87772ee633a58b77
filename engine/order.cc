#include "engine/order.h"

#include "base/check.h"

namespace qrpay::engine {

std::string_view order_status_name(OrderStatus status) {
  switch (status) {
    case OrderStatus::kPending: return "pending";
    case OrderStatus::kPartlyPaid: return "partly_paid";
    case OrderStatus::kPaid: return "paid";
    case OrderStatus::kExpired: return "expired";
    case OrderStatus::kCancelled: return "cancelled";
  }
  return "unknown";
}

bool is_legal_move(OrderStatus from, OrderStatus to) {
  using enum OrderStatus;
  switch (from) {
    case kPending: return to != kPending;
    case kPartlyPaid: return to == kPaid || to == kExpired || to == kCancelled;
    case kPaid: return false;
    case kExpired: return to == kPartlyPaid || to == kPaid;
    case kCancelled: return to == kPartlyPaid || to == kPaid;
  }
  return false;
}

bool is_open(OrderStatus status) {
  return status == OrderStatus::kPending || status == OrderStatus::kPartlyPaid;
}

PaymentEffect effect_of_payment(PaymentQuestion const& q) {
  QRPAY_CHECK(q.amount > Vnd(0));
  if (q.status == OrderStatus::kPaid) {
    return {.outcome = Outcome::kPaidAgain,
            .status = OrderStatus::kPaid,
            .flags = static_cast<std::uint8_t>(q.flags | OrderFlags::kAgain),
            .sale = Vnd(0),
            .excess = q.amount};
  }
  // Below its asked amount: an order that had it all would be paid.
  std::int64_t const missing = q.asked.dong() - q.received.dong();
  QRPAY_CHECK(missing > 0);
  bool const late = !is_open(q.status);
  std::uint8_t const late_flag = late ? OrderFlags::kLate : std::uint8_t{0};
  PaymentEffect effect;
  effect.flags = static_cast<std::uint8_t>(q.flags | late_flag);
  if (q.amount.dong() < missing) {
    effect.outcome = Outcome::kUnderpaid;
    effect.status = OrderStatus::kPartlyPaid;
    effect.sale = q.amount;
  } else {
    effect.status = OrderStatus::kPaid;
    effect.sale = Vnd(missing);
    effect.excess = Vnd(q.amount.dong() - missing);
    effect.outcome = Outcome::kPaid;
    if (effect.excess > Vnd(0)) {
      effect.outcome = Outcome::kOverpaid;
      effect.flags = static_cast<std::uint8_t>(effect.flags | OrderFlags::kOverpaid);
    }
  }
  if (late) effect.outcome = Outcome::kLate;  // the state says whether all of it came
  return effect;
}

}  // namespace qrpay::engine
