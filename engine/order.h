// An order's state: the table of legal moves, and what money does to it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/money.h"
#include "base/world.h"
#include "engine/outcome.h"
#include "ledger/record.h"

namespace qrpay::engine {

using base::Sequence;
using base::Vnd;
using base::WallTime;

/// Numbers are on disk. refunding and refunded come with refunds.
enum class OrderStatus : std::uint8_t {
  kPending = 1,
  kPartlyPaid = 2,
  kPaid = 3,
  kExpired = 4,
  kCancelled = 5,
};
[[nodiscard]] std::string_view order_status_name(OrderStatus status);

/// Bits, on disk.
struct OrderFlags {
  static constexpr std::uint8_t kOverpaid = 1;
  static constexpr std::uint8_t kLate = 2;
  static constexpr std::uint8_t kAgain = 4;
  static constexpr std::uint8_t kDisputed = 8;
};

/// May an order move from one status to the other? (Staying is not a move.)
///   pending     -> partly_paid, paid, expired, cancelled
///   partly_paid -> paid, expired, cancelled
///   expired     -> partly_paid, paid     money that came late
///   cancelled   -> partly_paid, paid     the same
[[nodiscard]] bool is_legal_move(OrderStatus from, OrderStatus to);

/// Pending or partly paid: waits for money and expires.
[[nodiscard]] bool is_open(OrderStatus status);

/// What `amount` does to an order that asks `asked` and has received `received`.
struct PaymentEffect {
  Outcome outcome{};
  OrderStatus status{};  ///< after
  std::uint8_t flags = 0;  ///< after
  Vnd sale;    ///< credited to the shop's sales
  Vnd excess;  ///< owed to the payer; sale + excess = amount
};
struct PaymentQuestion {
  OrderStatus status{};
  std::uint8_t flags = 0;
  Vnd asked;
  Vnd received;
  Vnd amount;  ///< positive
};
[[nodiscard]] PaymentEffect effect_of_payment(PaymentQuestion const& question);

struct Order {
  Sequence sequence;  ///< its PutOrder record
  Sequence shop;
  Sequence terminal;  ///< 0 = none
  Sequence account;   ///< the bank account it is paid to
  Vnd asked;
  Vnd received;  ///< all money for it, excess included
  WallTime expires;
  /// When a Tick next concerns it: open, it expires; closed, its code leaves matching. 0 = never.
  WallTime due;
  OrderStatus status = OrderStatus::kPending;
  std::uint8_t flags = 0;
  std::uint32_t revision = 1;  ///< its ETag: one more with every record that changed it
  Sequence last_change;
  friend bool operator==(Order const&, Order const&) = default;
};

}  // namespace qrpay::engine
