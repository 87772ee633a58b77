// P1 to P3 over HTTP: an id is one effect, one answer, for ever.
#include <gtest/gtest.h>

#include <latch>
#include <set>
#include <thread>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

struct Ledger {
  Server server;
  Town town{server};

  std::int64_t durable_size() {
    return number_at(town.operators.get("/readyz").json, "durable_size");
  }
};

/// `count` callers with connections of their own, let go at one moment.
template <class Ask>
std::vector<Answer> at_once(std::size_t count, Caller const& caller, Ask const& ask) {
  std::vector<Answer> answers(count);
  std::latch go(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      Caller own = caller;
      go.arrive_and_wait();
      answers[i] = ask(own, i);
    });
  }
  for (auto& thread : threads) thread.join();
  return answers;
}

TEST(Idempotency, AHundredParallelNoticesOfOneIdAreOnePayment) {
  Ledger ledger;
  Answer const order = ledger.town.put_order("don-1", 45'000);
  std::int64_t const size = ledger.durable_size();
  std::string const body = ledger.town.body({"c1", "FT1", 45'000, text_at(order.json, "code")});
  auto const answers = at_once(100, ledger.town.bank, [&](Caller& bank, std::size_t) {
    return bank.post("/v1/bank/credits", body);
  });
  std::size_t first = 0;
  for (Answer const& answer : answers) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.text, answers.front().text);
    first += answer.replayed() ? 0 : 1;
  }
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(text_at(answers.front().json, "outcome"), "paid");
  EXPECT_EQ(ledger.durable_size(), size + 1);
  Answer const paid = ledger.town.till.get("/v1/orders/don-1");
  EXPECT_EQ(number_at(paid.json, "received"), 45'000);
}

TEST(Idempotency, AHundredParallelOrdersOfOneIdAreOneOrder) {
  Ledger ledger;
  std::int64_t const size = ledger.durable_size();
  auto const answers = at_once(100, ledger.town.till, [](Caller& till, std::size_t) {
    return till.put("/v1/orders/don-1", object({{"shop", "hoa-cho"}}, {{"amount", 45'000}}));
  });
  std::size_t created = 0;
  for (Answer const& answer : answers) {
    EXPECT_EQ(answer.status, answer.replayed() ? 200 : 201);
    EXPECT_EQ(answer.text, answers.front().text) << "code and page are drawn once";
    created += answer.status == 201 ? 1 : 0;
  }
  EXPECT_EQ(created, 1U);
  EXPECT_EQ(ledger.durable_size(), size + 1);
}

TEST(Idempotency, OfManyParallelBodiesOfOneIdOneWins) {
  Ledger ledger;
  std::int64_t const size = ledger.durable_size();
  auto const answers = at_once(20, ledger.town.bank, [&](Caller& bank, std::size_t i) {
    Credit const credit{"c1", "FT1", 1'000 + static_cast<std::int64_t>(i % 4)};
    return ledger.town.pay(bank, credit);
  });
  std::set<std::string> bodies;
  for (Answer const& answer : answers) {
    if (answer.status == 200)
      bodies.insert(answer.text);
    else
      EXPECT_EQ(answer.status, 409) << answer.text;
  }
  EXPECT_EQ(bodies.size(), 1U);
  EXPECT_EQ(ledger.durable_size(), size + 1 + 3) << "one id_reuse record per other body";
}

TEST(Idempotency, AnotherBodyNamesTheFirstAndLeavesOneRecordPerBody) {
  Ledger ledger;
  Answer const first = ledger.town.pay({"c1", "FT1", 20'000});
  std::int64_t const sequence = number_at(first.json, "sequence");
  std::int64_t const size = ledger.durable_size();
  for (int times = 0; times < 3; ++times) {
    for (std::int64_t const amount : {20'001, 20'002}) {
      Answer const other = ledger.town.pay({"c1", "FT1", amount});
      EXPECT_EQ(other.status, 409);
      EXPECT_EQ(text_at(other.json, "code"), "QRPAY-1011");
      EXPECT_EQ(text_at(other.json, "type"), "/problems/id_reused");
      EXPECT_EQ(text_at(other.json, "first"), std::to_string(sequence));
    }
  }
  EXPECT_EQ(ledger.durable_size(), size + 2);
  EXPECT_EQ(ledger.town.pay({"c1", "FT1", 20'000}).text, first.text) << "the first stands";
}

TEST(Idempotency, AnOrderIsRepeatedAndItsIdIsNotReused) {
  Ledger ledger;
  Answer const first = ledger.town.put_order("don-1", 45'000);
  EXPECT_EQ(first.status, 201) << first.text;
  EXPECT_FALSE(first.replayed());
  std::int64_t const size = ledger.durable_size();
  Answer const again = ledger.town.put_order("don-1", 45'000);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.replayed());
  EXPECT_EQ(again.text, first.text);
  EXPECT_EQ(again.header("etag"), first.header("etag"));
  Answer const other = ledger.town.put_order("don-1", 46'000);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(text_at(other.json, "first"), std::to_string(number_at(first.json, "sequence")));
  EXPECT_EQ(ledger.durable_size(), size);
}

TEST(Idempotency, ARepeatTellsTheOrderAsItWasAtItsRecord) {
  Ledger ledger;
  Answer const first = ledger.town.put_order("don-1", 45'000);
  (void)ledger.town.pay({"c1", "FT1", 45'000, text_at(first.json, "code")});
  EXPECT_EQ(ledger.town.put_order("don-1", 45'000).text, first.text);
  Answer const now = ledger.town.till.get("/v1/orders/don-1");
  EXPECT_EQ(text_at(now.json, "status"), "paid");
}

TEST(Idempotency, TheSameMoneyUnderAnotherIdIsPostedOnce) {
  Ledger ledger;
  Answer const order = ledger.town.put_order("don-1", 45'000);
  std::string const code = text_at(order.json, "code");
  Answer const first = ledger.town.pay({"c1", "FT1", 45'000, code});
  std::int64_t const sequence = number_at(first.json, "sequence");
  Answer const repeated = ledger.town.pay({"c2", "FT1", 45'000, code});
  EXPECT_EQ(repeated.status, 200);
  EXPECT_EQ(text_at(repeated.json, "outcome"), "notice_repeated");
  EXPECT_EQ(number_at(repeated.json, "first"), sequence);
  Answer const conflict = ledger.town.pay({"c3", "FT1", 45'001, code});
  EXPECT_EQ(conflict.status, 200);
  EXPECT_EQ(text_at(conflict.json, "outcome"), "conflict");
  EXPECT_EQ(number_at(conflict.json, "first"), sequence);
  EXPECT_EQ(number_at(ledger.town.till.get("/v1/orders/don-1").json, "received"), 45'000);
}

TEST(Idempotency, MoneyWithoutAReferenceIsMergedWithNothing) {
  Ledger ledger;
  for (std::string const id : {"c1", "c2"}) {
    Answer const answer = ledger.town.pay({id, "", 5'000});
    EXPECT_EQ(text_at(answer.json, "outcome"), "received") << answer.text;
    EXPECT_NE(answer.text.find(R"("no_reference":true)"), std::string::npos) << answer.text;
  }
}

TEST(Idempotency, AnyoneCanAskWhatBecameOfAnId) {
  Ledger ledger;
  Answer const posted = ledger.town.pay({"c1", "FT1", 20'000});
  Answer const asked = ledger.town.bank.get("/v1/bank/credits/c1");
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.text, posted.text);
  Answer const unknown = ledger.town.bank.get("/v1/bank/credits/c2");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(text_at(unknown.json, "code"), "QRPAY-1009");
}

TEST(Idempotency, ARefusedCreateTakesNoId) {
  Ledger ledger;
  Answer const refused = ledger.town.pay({"c1", "FT1", 0});
  EXPECT_EQ(refused.status, 400);
  Answer const posted = ledger.town.pay({"c1", "FT1", 20'000});
  EXPECT_EQ(posted.status, 200) << posted.text;
  EXPECT_FALSE(posted.replayed());
}

/// One of each kind of answer that must be the same for ever.
struct Said {
  Request request;
  Answer answer;
};

void expect_same_again(Caller& caller, Said const& said) {
  Answer const again = caller.ask(said.request);
  int const first = said.answer.status;
  EXPECT_EQ(again.status, first == 201 ? 200 : first) << said.request.target;
  EXPECT_EQ(again.replayed(), first < 300) << said.request.target;
  EXPECT_EQ(again.text, said.answer.text);
}

TEST(Idempotency, RepeatsAreTheSameAfterAStopAndAfterAKill) {
  Ledger ledger;
  Town& town = ledger.town;
  std::string const orders = "/v1/orders/don-1";
  Said order{{"PUT", orders, object({{"shop", "hoa-cho"}}, {{"amount", 45'000}})}, {}};
  order.answer = town.till.ask(order.request);
  ASSERT_EQ(order.answer.status, 201);
  std::string const code = text_at(order.answer.json, "code");
  std::vector<Said> credits;
  for (Credit const& credit :
       {Credit{"paid", "FT1", 45'000, code}, Credit{"again", "FT2", 1'000, code},
        Credit{"received", "FT3", 9'000}, Credit{"repeated", "FT1", 45'000, code},
        Credit{"conflict", "FT3", 9'001}, Credit{"unknown", "FT4", 7'000, "x", "000"}}) {
    credits.push_back({{"POST", "/v1/bank/credits", town.body(credit)}, {}});
    credits.back().answer = town.bank.ask(credits.back().request);
    ASSERT_EQ(credits.back().answer.status, 200) << credits.back().answer.text;
  }
  credits.push_back({{"POST", "/v1/bank/credits", town.body({"paid", "FT1", 1})}, {}});
  credits.back().answer = town.bank.ask(credits.back().request);
  ASSERT_EQ(credits.back().answer.status, 409);
  std::int64_t const size = ledger.durable_size();
  for (bool const killed : {false, true}) {
    SCOPED_TRACE(killed ? "after a kill" : "after a stop");
    if (killed)
      ledger.server.kill();
    else
      EXPECT_EQ(ledger.server.stop(), 0);
    ledger.server.start();
    ASSERT_FALSE(HasFatalFailure());
    expect_same_again(town.till, order);
    for (Said const& said : credits) expect_same_again(town.bank, said);
    EXPECT_EQ(ledger.durable_size(), size);
  }
}

TEST(Idempotency, WhatWasAnsweredIsThereAfterAKillAtOnce) {
  Ledger ledger;
  for (int i = 0; i < 5; ++i) {
    std::string const id = "c" + std::to_string(i);
    Answer const posted = ledger.town.pay({id, "FT" + id, 1'000 + i});
    ledger.server.kill();
    ASSERT_EQ(posted.status, 200);
    ledger.server.start();
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(ledger.town.bank.get("/v1/bank/credits/" + id).text, posted.text);
  }
}

}  // namespace
}  // namespace qrpay::e2e
