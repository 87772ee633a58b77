#include "engine/order.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace qrpay::engine {
namespace {

using enum OrderStatus;

constexpr OrderStatus kAll[] = {kPending, kPartlyPaid, kPaid, kExpired, kCancelled};

// Written by hand from the design, not from the code.
std::set<std::pair<OrderStatus, OrderStatus>> const kLegal = {
    {kPending, kPartlyPaid},   {kPending, kPaid},       {kPending, kExpired},
    {kPending, kCancelled},    {kPartlyPaid, kPaid},    {kPartlyPaid, kExpired},
    {kPartlyPaid, kCancelled}, {kExpired, kPartlyPaid}, {kExpired, kPaid},
    {kCancelled, kPartlyPaid}, {kCancelled, kPaid},
};

TEST(Order, MovesOnlyAsTheTableSays) {
  for (auto const from : kAll)
    for (auto const to : kAll)
      EXPECT_EQ(is_legal_move(from, to), kLegal.contains({from, to}))
          << order_status_name(from) << " -> " << order_status_name(to);
}

struct Case {
  OrderStatus status;
  std::int64_t received;
  std::int64_t amount;
  Outcome outcome;
  OrderStatus after;
  std::uint8_t flags;
  std::int64_t sale;
  std::int64_t excess;
};

TEST(Order, TurnsMoneyIntoSaleAndExcess) {
  constexpr std::int64_t kAsked = 100;
  constexpr std::uint8_t kOver = OrderFlags::kOverpaid;
  constexpr std::uint8_t kLate = OrderFlags::kLate;
  constexpr std::uint8_t kAgain = OrderFlags::kAgain;
  Case const cases[] = {
      {kPending, 0, 100, Outcome::kPaid, kPaid, 0, 100, 0},
      {kPending, 0, 99, Outcome::kUnderpaid, kPartlyPaid, 0, 99, 0},
      {kPending, 0, 101, Outcome::kOverpaid, kPaid, kOver, 100, 1},
      {kPartlyPaid, 60, 40, Outcome::kPaid, kPaid, 0, 40, 0},
      {kPartlyPaid, 60, 39, Outcome::kUnderpaid, kPartlyPaid, 0, 39, 0},
      {kPartlyPaid, 60, 50, Outcome::kOverpaid, kPaid, kOver, 40, 10},
      {kPaid, 100, 100, Outcome::kPaidAgain, kPaid, kAgain, 0, 100},
      {kPaid, 100, 1, Outcome::kPaidAgain, kPaid, kAgain, 0, 1},
      {kExpired, 0, 100, Outcome::kLate, kPaid, kLate, 100, 0},
      {kExpired, 0, 50, Outcome::kLate, kPartlyPaid, kLate, 50, 0},
      {kExpired, 60, 50, Outcome::kLate, kPaid, kLate | kOver, 40, 10},
      {kCancelled, 0, 100, Outcome::kLate, kPaid, kLate, 100, 0},
  };
  for (auto const& c : cases) {
    auto const effect = effect_of_payment({.status = c.status,
                                           .flags = 0,
                                           .asked = Vnd(kAsked),
                                           .received = Vnd(c.received),
                                           .amount = Vnd(c.amount)});
    SCOPED_TRACE(std::string(order_status_name(c.status)) + " + " + std::to_string(c.amount));
    EXPECT_EQ(effect.outcome, c.outcome);
    EXPECT_EQ(effect.status, c.after);
    EXPECT_EQ(effect.flags, c.flags);
    EXPECT_EQ(effect.sale, Vnd(c.sale));
    EXPECT_EQ(effect.excess, Vnd(c.excess));
    EXPECT_EQ(effect.sale.dong() + effect.excess.dong(), c.amount);
    EXPECT_TRUE(c.status == c.after || is_legal_move(c.status, c.after));
  }
}

TEST(Order, KeepsTheFlagsItHas) {
  auto const effect = effect_of_payment({.status = kPaid,
                                         .flags = OrderFlags::kLate,
                                         .asked = Vnd(100),
                                         .received = Vnd(100),
                                         .amount = Vnd(5)});
  EXPECT_EQ(effect.flags, OrderFlags::kLate | OrderFlags::kAgain);
}

}  // namespace
}  // namespace qrpay::engine
