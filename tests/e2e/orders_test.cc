// Orders over HTTP: every state and flag, cancelling, waiting; and the lists of what money became.
#include <gtest/gtest.h>

#include <thread>

#include "base/time_text.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

class Orders : public testing::Test {
 protected:
  /// Puts order `id` and keeps its code.
  std::string put(std::string const& id, std::int64_t amount) {
    Answer const answer = town_.put_order(id, amount);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return text_at(answer.json, "code");
  }
  /// What the next credit with `memo` became.
  std::string pay(std::int64_t amount, std::string const& memo) {
    std::string const id = "c" + std::to_string(++credits_);
    Answer const answer = town_.pay({id, "FT" + id, amount, memo});
    EXPECT_EQ(answer.status, 200) << answer.text;
    return text_at(answer.json, "outcome");
  }
  /// "paid [overpaid] 1100": status, flags, received.
  std::string state(std::string const& id) {
    Answer const answer = town_.till.get("/v1/orders/" + id);
    std::string text = text_at(answer.json, "status");
    for (auto const& flag : array_at(answer.json, "flags")) text += " " + *flag.if_string();
    return text + " " + std::to_string(number_at(answer.json, "received"));
  }
  Answer cancel(std::string const& id, std::string const& if_match) {
    Request request{"POST", "/v1/orders/" + id + "/cancel"};
    if (!if_match.empty()) request.headers.push_back({"If-Match", if_match});
    return town_.till.ask(request);
  }

  Server server_;
  Town town_{server_};
  int credits_ = 0;
};

TEST_F(Orders, AnOrderIsPendingWithACodeAndAPage) {
  Answer const answer = town_.put_order("don-1", 1'000);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.header("etag"), "\"1\"");
  EXPECT_TRUE(text_at(answer.json, "code").starts_with(kPrefix));
  EXPECT_EQ(text_at(answer.json, "page").size(), 3U + 22U) << "128 bits";
  EXPECT_EQ(number_at(answer.json, "amount"), 1'000);
  EXPECT_EQ(state("don-1"), "pending 0");
}

TEST_F(Orders, MoneyMovesAnOrderThroughItsStates) {
  struct Case {
    std::string id;
    std::vector<std::int64_t> payments;
    std::vector<std::string> outcomes;
    std::string state;
  };
  std::vector<Case> const cases = {
      {"exact", {1'000}, {"paid"}, "paid 1000"},
      {"part", {400}, {"underpaid"}, "partly_paid 400"},
      {"parts", {400, 600}, {"underpaid", "paid"}, "paid 1000"},
      {"more", {1'100}, {"overpaid"}, "paid overpaid 1100"},
      {"parts-more", {400, 601}, {"underpaid", "overpaid"}, "paid overpaid 1001"},
      {"again", {1'000, 1'000}, {"paid", "paid_again"}, "paid again 2000"},
      {"more-again", {1'001, 1}, {"overpaid", "paid_again"}, "paid overpaid again 1002"},
  };
  for (Case const& c : cases) {
    SCOPED_TRACE(c.id);
    std::string const code = put(c.id, 1'000);
    for (std::size_t i = 0; i < c.payments.size(); ++i)
      EXPECT_EQ(pay(c.payments[i], code), c.outcomes[i]);
    EXPECT_EQ(state(c.id), c.state);
  }
}

TEST_F(Orders, MoneyForACancelledOrderIsLateAndPosted) {
  std::string const whole = put("whole", 1'000);
  std::string const part = put("part", 1'000);
  ASSERT_EQ(cancel("whole", "\"1\"").status, 200);
  ASSERT_EQ(cancel("part", "\"1\"").status, 200);
  EXPECT_EQ(state("whole"), "cancelled 0");
  EXPECT_EQ(pay(1'000, whole), "late");
  EXPECT_EQ(state("whole"), "paid late 1000");
  EXPECT_EQ(pay(400, part), "late");
  EXPECT_EQ(state("part"), "partly_paid late 400");
}

TEST_F(Orders, CancellingNeedsTheRevisionOfAnOpenOrder) {
  std::string const code = put("don-1", 1'000);
  Answer const without = cancel("don-1", "");
  EXPECT_EQ(without.status, 428);
  EXPECT_EQ(text_at(without.json, "code"), "QRPAY-1013");
  EXPECT_EQ(cancel("don-1", "1").status, 400) << "not an ETag";
  EXPECT_EQ(cancel("don-1", "\"7\"").status, 412);
  EXPECT_EQ(cancel("don-9", "\"1\"").status, 404);
  EXPECT_EQ(pay(400, code), "underpaid");
  EXPECT_EQ(cancel("don-1", "\"1\"").status, 412) << "the payment changed it";
  std::string const etag = town_.till.get("/v1/orders/don-1").header("etag");
  Answer const cancelled = cancel("don-1", etag);
  EXPECT_EQ(cancelled.status, 200) << cancelled.text;
  EXPECT_EQ(text_at(cancelled.json, "status"), "cancelled");
  Answer const again = cancel("don-1", etag);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.replayed());
  EXPECT_EQ(again.text, cancelled.text);
  Answer const twice = cancel("don-1", town_.till.get("/v1/orders/don-1").header("etag"));
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(text_at(twice.json, "code"), "QRPAY-1014");
  std::string const paid = put("don-2", 500);
  EXPECT_EQ(pay(500, paid), "paid");
  EXPECT_EQ(cancel("don-2", town_.till.get("/v1/orders/don-2").header("etag")).status, 409);
}

TEST_F(Orders, AnUnchangedOrderIs304) {
  std::string const code = put("don-1", 1'000);
  auto const get_unless = [&](std::string const& etag) {
    return town_.till.ask({"GET", "/v1/orders/don-1", {}, {{"If-None-Match", etag}}});
  };
  Answer const same = get_unless("\"1\"");
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.text.empty());
  EXPECT_EQ(same.header("etag"), "\"1\"");
  EXPECT_EQ(pay(1'000, code), "paid");
  Answer const changed = get_unless("\"1\"");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.header("etag"), "\"2\"");
}

TEST_F(Orders, AWaitEndsWithThePayment) {
  std::string const code = put("don-1", 1'000);
  for (bool const knows_etag : {false, true}) {
    SCOPED_TRACE(knows_etag ? "If-None-Match" : "open");
    Request request{"GET", "/v1/orders/don-1?wait=55"};
    std::string const before = town_.till.get("/v1/orders/don-1").header("etag");
    if (knows_etag) request.headers.push_back({"If-None-Match", before});
    Answer waited;
    std::thread waiter([&, till = town_.till]() mutable { waited = till.ask(request); });
    EXPECT_EQ(pay(1'000, code), knows_etag ? "paid_again" : "paid");
    waiter.join();
    EXPECT_EQ(waited.status, 200);
    EXPECT_EQ(text_at(waited.json, "status"), "paid");
    EXPECT_NE(waited.header("etag"), before);
  }
}

TEST_F(Orders, AWaitForWhatIsDoneAnswersAtOnceAndABadWaitIsRefused) {
  std::string const code = put("don-1", 1'000);
  EXPECT_EQ(pay(1'000, code), "paid");
  EXPECT_EQ(text_at(town_.till.get("/v1/orders/don-1?wait=55").json, "status"), "paid");
  for (std::string const bad : {"56", "-1", "x", "1.5", ""})
    EXPECT_EQ(town_.till.get("/v1/orders/don-1?wait=" + bad).status, 400) << bad;
}

TEST_F(Orders, AStopAnswersAWaitWithWhatIs) {
  (void)put("don-1", 1'000);
  // The stop may come before the wait has begun; then there is no answer, and it is tried again.
  Answer waited;
  for (int tries = 0; tries < 10 && waited.status == 0; ++tries) {
    Caller till = town_.till;
    EXPECT_EQ(till.get("/v1/orders/don-1").status, 200);
    std::thread waiter([&] { waited = till.get("/v1/orders/don-1?wait=55"); });
    EXPECT_EQ(town_.till.get("/v1/orders/don-1").status, 200);
    EXPECT_EQ(server_.stop(), 0);
    waiter.join();
    server_.start();
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_EQ(waited.status, 200) << waited.text;
  EXPECT_EQ(text_at(waited.json, "status"), "pending");
}

TEST_F(Orders, AShopsOwnCodeIsTakenOnce) {
  auto const put_code = [&](std::string const& id, std::string const& code) {
    return town_.till.put("/v1/orders/" + id,
                          object({{"shop", "hoa-cho"}, {"code", code}}, {{"amount", 1'000}}));
  };
  ASSERT_EQ(put_code("don-1", "BAN-07").status, 201);
  Answer const taken = put_code("don-2", "ban 07");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(text_at(taken.json, "code"), "QRPAY-1015");
  EXPECT_EQ(put_code("don-3", "12345").status, 400) << "no letter";
  EXPECT_EQ(pay(1'000, "chuyen tien ban07 an trua"), "paid");
  EXPECT_EQ(state("don-1"), "paid 1000");
}

TEST_F(Orders, ADamagedOrDoubleCodeWaitsForAPerson) {
  std::string const first = put("don-1", 1'000);
  std::string const second = put("don-2", 1'000);
  EXPECT_EQ(pay(1'000, first + " " + second), "unmatched");
  std::string damaged = first;
  damaged.erase(5, 1);
  EXPECT_EQ(pay(1'000, damaged), "unmatched");
  EXPECT_EQ(pay(1'000, "mua rau"), "received");
  EXPECT_EQ(state("don-1"), "pending 0");
}

TEST_F(Orders, AnOrdersOnlyAccountSellsNothingByItself) {
  town_.add_shop("hoa-kho", "hoa");
  town_.add_account({"hoa-2", "hoa", "1903000099999", "hoa-kho", /*orders_only=*/true});
  Answer const loose = town_.pay({"x1", "FTX1", 700, "mua rau", "1903000099999"});
  EXPECT_EQ(text_at(loose.json, "outcome"), "unmatched");
  Answer const order =
      town_.merchant.put("/v1/orders/kho-1", object({{"shop", "hoa-kho"}}, {{"amount", 900}}));
  ASSERT_EQ(order.status, 201) << order.text;
  Answer const paid = town_.pay({"x2", "FTX2", 900, text_at(order.json, "code"), "1903000099999"});
  EXPECT_EQ(text_at(paid.json, "outcome"), "paid");
}

/// All pages of a list; `limit` items each.
std::vector<gateway::json::Value> read_list(Caller& caller, std::string const& path,
                                            std::size_t limit) {
  std::vector<gateway::json::Value> all;
  std::string cursor;
  for (int pages = 0; pages < 100; ++pages) {
    Answer const page = caller.get(path + "&limit=" + std::to_string(limit) + cursor);
    EXPECT_EQ(page.status, 200) << page.text;
    auto const data = array_at(page.json, "data");
    EXPECT_LE(data.size(), limit);
    all.insert(all.end(), data.begin(), data.end());
    auto const* more = page.json.find("has_more");
    if (more == nullptr || more->if_boolean() == nullptr || !*more->if_boolean()) return all;
    EXPECT_EQ(data.size(), limit);
    cursor = "&cursor=" + text_at(page.json, "next_cursor");
  }
  ADD_FAILURE() << "the list has no end";
  return all;
}

TEST_F(Orders, TheListOfUnmatchedCreditsGoesOnByCursor) {
  for (std::int64_t n = 1; n <= 7; ++n)
    EXPECT_EQ(pay(n, std::string(kPrefix) + "7K2M4P"), "unmatched");
  for (std::size_t const limit : {1U, 3U, 7U, 200U}) {
    auto const all = read_list(town_.merchant, "/v1/credits?outcome=unmatched", limit);
    ASSERT_EQ(all.size(), 7U);
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(number_at(all[i], "amount"), static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(town_.merchant.get("/v1/credits?outcome=unmatched&limit=0").status, 400);
  EXPECT_EQ(town_.merchant.get("/v1/credits?outcome=unmatched&limit=201").status, 400);
  EXPECT_EQ(town_.merchant.get("/v1/credits?outcome=unmatched&cursor=x").status, 400);
  EXPECT_EQ(town_.merchant.get("/v1/credits").status, 501);
  Caller other = town_.add_merchant("lan");
  EXPECT_TRUE(read_list(other, "/v1/credits?outcome=unmatched", 50).empty());
}

TEST_F(Orders, TheListOfPaymentsIsOfOneDayAndGoesOnByCursor) {
  std::string const code = put("don-1", 5);
  for (std::int64_t n = 1; n <= 5; ++n) EXPECT_EQ(pay(n, "mua rau"), "received");
  EXPECT_EQ(pay(5, code), "paid");
  EXPECT_EQ(pay(5, code), "paid_again");
  auto const day = base::parse_day(town_.day());
  std::string const before = base::format_day(base::Day(day->days() - 1));
  Answer const yesterday =
      town_.pay({"old", "FTold", 9, "mua rau", std::string(kAccount), {}, before + "T03:00:00Z"});
  EXPECT_EQ(text_at(yesterday.json, "outcome"), "received");
  std::string const path = "/v1/shops/hoa-cho/payments?day=";
  for (std::size_t const limit : {1U, 2U, 200U}) {
    auto const all = read_list(town_.till, path + town_.day(), limit);
    ASSERT_EQ(all.size(), 7U);
    EXPECT_EQ(text_at(all[5], "outcome"), "paid");
    EXPECT_EQ(text_at(all.back(), "outcome"), "paid_again");
    EXPECT_EQ(text_at(all.back(), "memo_raw"), code);
    EXPECT_EQ(text_at(all.back(), "business_day"), town_.day());
  }
  auto const old = read_list(town_.till, path + before, 50);
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(number_at(old.front(), "amount"), 9);
  EXPECT_EQ(town_.till.get("/v1/shops/hoa-cho/payments").status, 400);
  EXPECT_EQ(town_.till.get(path + "2026-13-01").status, 400);
}

}  // namespace
}  // namespace qrpay::e2e
