// Transfers with many legs, holds, batches, closing and dry runs over HTTP.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

using gateway::json::Value;

struct Bad {
  std::string name;
  Request request;
  std::string code;
  std::string pointer;
  int status = 400;
};

class LedgerEntries : public testing::Test {
 protected:
  std::string open(std::string const& id, std::string_view limit = "none") {
    Answer const answer =
        town_.operators.put("/v1/accounts/" + id, object({{"type", "general"}, {"limit", limit}}));
    EXPECT_EQ(answer.status, 201) << answer.text;
    return text_at(answer.json, "ledger_account");
  }
  /// {"type":..., "debit":..., "credit":..., "amount":...} and what else is given.
  [[nodiscard]] std::string pair(std::int64_t amount, std::string const& more = "") const {
    return R"({"debit":")" + a_ + R"(","credit":")" + b_ + R"(","amount":)" +
           std::to_string(amount) + more + "}";
  }
  static std::string outcome(Answer const& answer) { return text_at(answer.json, "outcome"); }
  [[nodiscard]] std::string status_of(std::string const& hold) {
    return text_at(town_.operators.get("/v1/holds/" + hold).json, "status");
  }
  std::int64_t durable_size() {
    return number_at(town_.operators.get("/readyz").json, "durable_size");
  }
  /// The second answer has the bytes of the first.
  Answer twice(Request const& request) {
    Answer const first = town_.operators.ask(request);
    EXPECT_EQ(first.status, 200) << first.text;
    EXPECT_FALSE(first.replayed());
    Answer const again = town_.operators.ask(request);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.text, first.text);
    EXPECT_TRUE(again.replayed());
    return first;
  }

  void expect_refused(std::vector<Bad> const& cases) {
    std::int64_t const size = durable_size();
    for (Bad const& bad : cases) {
      SCOPED_TRACE(bad.name);
      Answer const answer = town_.operators.ask(bad.request);
      EXPECT_EQ(answer.status, bad.status) << answer.text;
      EXPECT_EQ(answer.header("content-type"), "application/problem+json");
      EXPECT_EQ(text_at(answer.json, "code"), bad.code) << answer.text;
      auto const errors = array_at(answer.json, "errors");
      EXPECT_EQ(errors.empty() ? "" : text_at(errors[0], "pointer"), bad.pointer) << answer.text;
    }
    EXPECT_EQ(durable_size(), size) << "a refusal left a record";
  }

  Server server_;
  Town town_{server_};
  std::string const a_ = open("a");
  std::string const b_ = open("b");
  std::string const purse_ = open("purse", "floor");
};

TEST_F(LedgerEntries, ATransferHasAsManyLegsAsItNeeds) {
  std::string const body = R"({"legs":[{"account":")" + a_ + R"(","debit":100},{"account":")" +
                           purse_ + R"(","amount":-90},{"account":")" + b_ +
                           R"(","credit":10}],"currency":"VND"})";
  Answer const paid = twice({"PUT", "/v1/transfers/t1", body});
  EXPECT_EQ(outcome(paid), "done");
  EXPECT_EQ(number_at(paid.json, "amount"), 100);
  EXPECT_EQ(town_.operators.get("/v1/transfers/t1").text, paid.text);
  EXPECT_EQ(town_.auditor.get("/v1/transfers/t1").text, paid.text);
  std::string const back = R"({"legs":[{"account":")" + purse_ + R"(","debit":91},{"account":")" +
                           a_ + R"(","credit":91}]})";
  EXPECT_EQ(outcome(twice({"PUT", "/v1/transfers/t2", back})), "floor_reached");
  EXPECT_EQ(town_.operators.get("/v1/transfers/t9").status, 404);
}

TEST_F(LedgerEntries, AnImportSaysWhenItHappened) {
  Answer const old =
      twice({"PUT", "/v1/transfers/old", pair(5, R"(,"occurred_at":"2019-02-03T04:05:06+07:00")")});
  EXPECT_EQ(outcome(old), "done");
  EXPECT_EQ(text_at(old.json, "occurred_at"), "2019-02-02T21:05:06.000Z");
  EXPECT_GT(text_at(old.json, "recorded_at"), "2026");
  Answer const future =
      town_.operators.put("/v1/transfers/new", pair(5, R"(,"occurred_at":"2199-01-01T00:00:00Z")"));
  EXPECT_EQ(future.status, 400) << future.text;
}

TEST_F(LedgerEntries, AHoldIsPostedOnceAndInPart) {
  Answer const hold = twice({"PUT", "/v1/holds/h1", pair(100, R"(,"expires_in":3600)")});
  EXPECT_EQ(outcome(hold), "done");
  EXPECT_FALSE(text_at(hold.json, "expires_at").empty());
  EXPECT_EQ(status_of("h1"), "open");
  EXPECT_EQ(outcome(twice({"POST", "/v1/holds/h1/post", R"({"id":"p0","amount":101})"})),
            "hold_exceeded");
  Answer const posted = twice({"POST", "/v1/holds/h1/post", R"({"id":"p1","amount":60})"});
  EXPECT_EQ(outcome(posted), "done");
  EXPECT_EQ(number_at(posted.json, "amount"), 60);
  EXPECT_EQ(number_at(posted.json, "released"), 40);
  EXPECT_EQ(text_at(posted.json, "hold"), "h1");
  EXPECT_EQ(outcome(twice({"POST", "/v1/holds/h1/post", R"({"id":"p2"})"})), "hold_posted");
  EXPECT_EQ(outcome(twice({"POST", "/v1/holds/h1/void", R"({"id":"v1"})"})), "hold_posted");
  Answer const seen = town_.auditor.get("/v1/holds/h1");
  EXPECT_EQ(text_at(seen.json, "status"), "posted");
  EXPECT_EQ(number_at(seen.json, "posted"), 60);
  EXPECT_EQ(number_at(seen.json, "amount"), 100);
  EXPECT_EQ(text_at(seen.json, "debit"), a_);
  EXPECT_EQ(number_at(seen.json, "ended_sequence"), number_at(posted.json, "sequence"));
}

TEST_F(LedgerEntries, AHoldIsVoidedOrRefusedForGood) {
  twice({"PUT", "/v1/holds/h1", pair(100)});
  Answer const undone = twice({"POST", "/v1/holds/h1/void", R"({"id":"v1"})"});
  EXPECT_EQ(outcome(undone), "done");
  EXPECT_EQ(number_at(undone.json, "amount"), 100);
  EXPECT_EQ(number_at(undone.json, "released"), 100);
  EXPECT_EQ(outcome(twice({"POST", "/v1/holds/h1/post", R"({"id":"p1"})"})), "hold_voided");
  EXPECT_EQ(status_of("h1"), "voided");
  std::string const body = R"({"debit":")" + purse_ + R"(","credit":")" + b_ + R"(","amount":1})";
  EXPECT_EQ(outcome(twice({"PUT", "/v1/holds/h2", body})), "floor_reached");
  EXPECT_EQ(status_of("h2"), "refused");
  EXPECT_EQ(town_.operators.get("/v1/holds/h9").status, 404);
  EXPECT_EQ(town_.operators.post("/v1/holds/h9/void", R"({"id":"v9"})").status, 404);
}

TEST_F(LedgerEntries, AHoldExpiresByItself) {
  Answer const hold = town_.operators.put("/v1/holds/h1", pair(100, R"(,"expires_in":1)"));
  EXPECT_EQ(outcome(hold), "done");
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (status_of("h1") == "open" && std::chrono::steady_clock::now() < deadline) continue;
  Answer const seen = town_.operators.get("/v1/holds/h1");
  EXPECT_EQ(text_at(seen.json, "status"), "expired");
  EXPECT_EQ(number_at(seen.json, "posted"), 0);
  EXPECT_GE(text_at(seen.json, "ended_at"), text_at(hold.json, "expires_at"));
  EXPECT_EQ(outcome(town_.operators.post("/v1/holds/h1/post", R"({"id":"p1"})")), "hold_expired");
}

TEST_F(LedgerEntries, ABatchIsDoneWholeOrNotAtAll) {
  auto const member = [&](std::string const& type, std::string const& more) {
    return R"({"type":")" + type + "\"" + more + "}";
  };
  std::string const fill =
      member("transfer", R"(,"debit":")" + a_ + R"(","credit":")" + purse_ + R"(","amount":10)");
  std::string const spend =
      member("transfer", R"(,"debit":")" + purse_ + R"(","credit":")" + b_ + R"(","amount":10)");
  std::string const hold =
      member("hold", R"(,"id":"h1","debit":")" + a_ + R"(","credit":")" + b_ + R"(","amount":7)");
  Answer const refused =
      twice({"PUT", "/v1/batches/b1", R"({"commands":[)" + hold + "," + spend + "," + fill + "]}"});
  EXPECT_EQ(outcome(refused), "floor_reached");
  EXPECT_EQ(text_at(refused.json, "refused"), "/commands/1");
  EXPECT_EQ(town_.operators.get("/v1/holds/h1").status, 404);

  Answer const done = twice({"PUT", "/v1/batches/b2",
                             R"({"commands":[)" + fill + "," + spend + "," + hold + "," +
                                 member("post", R"(,"hold":"h1","amount":3)") + "]}"});
  EXPECT_EQ(outcome(done), "done");
  EXPECT_EQ(array_at(done.json, "commands").size(), 4U);
  EXPECT_EQ(text_at(array_at(done.json, "commands")[3], "type"), "post");
  EXPECT_EQ(town_.operators.get("/v1/batches/b2").text, done.text);
  Answer const seen = town_.operators.get("/v1/holds/h1");
  EXPECT_EQ(text_at(seen.json, "status"), "posted");
  EXPECT_EQ(number_at(seen.json, "posted"), 3);
  EXPECT_EQ(town_.operators.put("/v1/holds/h1", pair(7)).status, 409);
}

TEST_F(LedgerEntries, AClosedAccountTakesNothing) {
  auto const close = [&](std::string const& id, std::string const& account,
                         std::string const& more) {
    return twice({"POST", "/v1/ledger-accounts/" + account + "/close",
                  R"({"id":")" + id + "\"" + more + "}"});
  };
  ASSERT_EQ(outcome(town_.operators.put("/v1/transfers/t1", pair(5))), "done");
  EXPECT_EQ(outcome(close("c1", a_, R"(,"side":"both")")), "balance_left");
  ASSERT_EQ(outcome(town_.operators.put("/v1/holds/h1", pair(5))), "done");
  Answer const closed = close("c2", a_, R"(,"side":"both","with_balance":true)");
  EXPECT_EQ(outcome(closed), "done");
  EXPECT_EQ(text_at(closed.json, "closed"), "both");
  EXPECT_EQ(outcome(close("c3", a_, R"(,"side":"debit")")), "account_closed");
  EXPECT_EQ(outcome(twice({"PUT", "/v1/transfers/t2", pair(5)})), "account_closed");
  EXPECT_EQ(outcome(twice({"POST", "/v1/holds/h1/void", R"({"id":"v1"})"})), "done");
}

TEST_F(LedgerEntries, ADryRunIsAnsweredLikeTheRealRunAndLeavesNothing) {
  std::string const commands = R"({"commands":[{"type":"hold","id":"h2","debit":")" + a_ +
                               R"(","credit":")" + b_ +
                               R"(","amount":7},{"type":"void","hold":"h2"}]})";
  std::string const poor = R"({"debit":")" + purse_ + R"(","credit":")" + b_ + R"(","amount":1})";
  std::vector<Request> const requests = {
      {"PUT", "/v1/transfers/t1", pair(5)},
      {"PUT", "/v1/transfers/t2", poor},
      {"PUT", "/v1/holds/h1", pair(100)},
      {"POST", "/v1/holds/h1/post", R"({"id":"p1","amount":60})"},
      {"POST", "/v1/holds/h1/void", R"({"id":"v1"})"},
      {"PUT", "/v1/batches/b1", commands},
      {"POST", "/v1/ledger-accounts/" + a_ + "/close", R"({"id":"c1","side":"debit"})"},
  };
  for (Request const& request : requests) {
    SCOPED_TRACE(request.target);
    Request dry = request;
    dry.target += "?dry_run=true";
    std::int64_t const size = durable_size();
    Answer const tried = town_.operators.ask(dry);
    EXPECT_EQ(tried.status, 200) << tried.text;
    EXPECT_EQ(durable_size(), size) << "a dry run left a record";
    Answer const real = town_.operators.ask(request);
    EXPECT_FALSE(real.replayed()) << "the id was free";
    std::size_t const end = real.text.find(",\"sequence\"");
    EXPECT_EQ(tried.text, real.text.substr(0, end) + R"(,"dry_run":true})");
    Answer const again = town_.operators.ask(dry);
    EXPECT_TRUE(again.replayed());
    EXPECT_EQ(again.text, real.text.substr(0, real.text.size() - 1) + R"(,"dry_run":true})");
    EXPECT_EQ(durable_size(), size + 1);
  }
  EXPECT_EQ(town_.operators.put("/v1/transfers/t1?dry_run=true", pair(6)).status, 409);
  EXPECT_EQ(town_.operators.put("/v1/transfers/t3?dry_run=maybe", pair(6)).status, 400);
  EXPECT_EQ(town_.operators.post("/v1/holds/h9/void?dry_run=true", R"({"id":"x"})").status, 404);
  EXPECT_EQ(town_.merchant.put("/v1/transfers/t3?dry_run=true", pair(6)).status, 403);
}

TEST_F(LedgerEntries, AnswersAreTheSameAfterARestart) {
  std::vector<Request> const requests = {
      {"PUT", "/v1/holds/h1", pair(100, R"(,"expires_in":3600)")},
      {"PUT", "/v1/holds/h2", pair(50)},
      {"POST", "/v1/holds/h1/post", R"({"id":"p1","amount":60})"},
      {"PUT", "/v1/batches/b1",
       R"({"commands":[{"type":"hold","id":"h3","debit":")" + a_ + R"(","credit":")" + b_ +
           R"(","amount":7}]})"},
  };
  std::vector<Answer> before;
  for (Request const& request : requests) before.push_back(town_.operators.ask(request));
  std::vector<std::string> holds;
  for (std::string const id : {"h1", "h2", "h3"})
    holds.push_back(town_.operators.get("/v1/holds/" + id).text);
  server_.kill();
  server_.start();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Answer const again = town_.operators.ask(requests[i]);
    EXPECT_TRUE(again.replayed());
    EXPECT_EQ(again.text, before[i].text);
  }
  for (std::size_t i = 0; i < holds.size(); ++i)
    EXPECT_EQ(town_.operators.get("/v1/holds/h" + std::to_string(i + 1)).text, holds[i]);
  EXPECT_EQ(outcome(town_.operators.post("/v1/holds/h3/post", R"({"id":"p3"})")), "done");
}

// --- who, and what is refused -----------------------------------------------------------------

TEST_F(LedgerEntries, OnlyOperatorsWriteAndOperatorsAndAuditorsRead) {
  std::vector<Request> const writes = {
      {"PUT", "/v1/transfers/t1", pair(5)},
      {"PUT", "/v1/holds/h1", pair(5)},
      {"POST", "/v1/holds/h1/post", R"({"id":"p1"})"},
      {"POST", "/v1/holds/h1/void", R"({"id":"v1"})"},
      {"PUT", "/v1/batches/b1",
       R"({"commands":[{"type":"transfer","debit":")" + a_ + R"(","credit":")" + b_ +
           R"(","amount":1}]})"},
      {"POST", "/v1/ledger-accounts/" + a_ + "/close", R"({"id":"c1","side":"both"})"},
  };
  Caller nobody = Caller::nobody(server_);
  for (Request const& request : writes) {
    SCOPED_TRACE(request.target);
    EXPECT_EQ(nobody.ask(request).status, 401);
    for (Caller* caller : {&town_.merchant, &town_.till, &town_.bank, &town_.auditor})
      EXPECT_EQ(caller->ask(request).status, 403);
    EXPECT_EQ(town_.operators.ask(request).status, 200);
  }
  for (std::string const target : {"/v1/transfers/t1", "/v1/holds/h1", "/v1/batches/b1"}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(nobody.get(target).status, 401);
    for (Caller* caller : {&town_.merchant, &town_.till, &town_.bank})
      EXPECT_EQ(caller->get(target).status, 403);
    EXPECT_EQ(town_.auditor.get(target).status, 200);
    EXPECT_EQ(town_.operators.get(target).status, 200);
  }
}

std::string leg(std::string const& account, std::string const& what) {
  return R"({"account":")" + account + R"(",)" + what + "}";
}

constexpr char kNobody[] = "0000000800000000000000000000ffff";

TEST_F(LedgerEntries, ABadTransferIsRefusedWithItsPlace) {
  auto const legs = [](std::string const& text) { return R"({"legs":[)" + text + "]}"; };
  std::string const good = leg(a_, R"("debit":5)");
  std::string const t = "/v1/transfers/t";
  expect_refused({
      {"no legs", {"PUT", t, legs("")}, "QRPAY-1002", "/legs"},
      {"one leg", {"PUT", t, legs(good)}, "QRPAY-1002", "/legs"},
      {"uneven legs",
       {"PUT", t, legs(good + "," + leg(b_, R"("credit":4)"))},
       "QRPAY-1002",
       "/legs"},
      {"a leg of 0",
       {"PUT", t, legs(good + "," + leg(b_, R"("amount":0)"))},
       "QRPAY-1002",
       "/legs/1/amount"},
      {"a leg with no side",
       {"PUT", t, legs(good + "," + leg(b_, R"("debit":null)"))},
       "QRPAY-1002",
       "/legs/1/debit"},
      {"a leg with two",
       {"PUT", t, legs(good + "," + leg(b_, R"("debit":1,"credit":1)"))},
       "QRPAY-1002",
       "/legs/1/credit"},
      {"a leg of nobody",
       {"PUT", t, legs(good + "," + leg(kNobody, R"("credit":5)"))},
       "QRPAY-1009",
       "/legs/1/account",
       404},
      {"a leg of no account",
       {"PUT", t, legs(good + "," + leg("17", R"("credit":5)"))},
       "QRPAY-1002",
       "/legs/1/account"},
      {"legs beside a pair", {"PUT", t, pair(5, R"(,"legs":[])")}, "QRPAY-1002", "/legs"},
      {"dollars", {"PUT", t, pair(5, R"(,"currency":"USD")")}, "QRPAY-1016", "/currency", 501},
      {"no time",
       {"PUT", t, pair(5, R"(,"occurred_at":"yesterday at ten in the")")},
       "QRPAY-1002",
       "/occurred_at"},
  });
}

TEST_F(LedgerEntries, ABadHoldOrEndOfOneIsRefusedWithItsPlace) {
  std::string const h = "/v1/holds/h";
  expect_refused({
      {"a hold of 0", {"PUT", h, pair(0)}, "QRPAY-1002", "/amount"},
      {"a hold for no time",
       {"PUT", h, pair(5, R"(,"expires_in":0)")},
       "QRPAY-1002",
       "/expires_in"},
      {"a hold for ever and a day",
       {"PUT", h, pair(5, R"(,"expires_in":34560001)")},
       "QRPAY-1002",
       "/expires_in"},
      {"a hold in the past",
       {"PUT", h, pair(5, R"(,"occurred_at":"2019-02-03T04:05:06Z")")},
       "QRPAY-1003",
       "/occurred_at"},
      {"a post without id", {"POST", h + "/post", "{}"}, "QRPAY-1005", "/id"},
      {"a post of 0", {"POST", h + "/post", R"({"id":"p","amount":0})"}, "QRPAY-1002", "/amount"},
      {"a post of no hold", {"POST", h + "/post", R"({"id":"p"})"}, "QRPAY-1009", "/hold", 404},
      {"a void in part",
       {"POST", h + "/void", R"({"id":"v","amount":5})"},
       "QRPAY-1003",
       "/amount"},
      {"a void with a slash", {"POST", h + "/void", R"({"id":"a/b"})"}, "QRPAY-1002", "/id"},
  });
}

TEST_F(LedgerEntries, ABadBatchIsRefusedWithItsPlace) {
  auto const batch = [](std::string const& text) { return R"({"commands":[)" + text + "]}"; };
  std::string const good = leg(a_, R"("debit":5)");
  std::string const b = "/v1/batches/b";
  expect_refused({
      {"an empty batch", {"PUT", b, batch("")}, "QRPAY-1002", "/commands"},
      {"a batch of text", {"PUT", b, R"({"commands":"x"})"}, "QRPAY-1002", "/commands"},
      {"an unknown type", {"PUT", b, batch(R"({"type":"pay"})")}, "QRPAY-1002", "/commands/0/type"},
      {"a hold without id",
       {"PUT", b, batch(R"({"type":"hold"})")},
       "QRPAY-1005",
       "/commands/0/id"},
      {"a transfer with id",
       {"PUT", b,
        batch(R"({"type":"transfer","id":"x","legs":[)" + good + "," + leg(b_, R"("credit":5)") +
              "]}")},
       "QRPAY-1003",
       "/commands/0/id"},
      {"a member without amount",
       {"PUT", b, batch(R"({"type":"transfer","debit":")" + a_ + R"(","credit":")" + b_ + "\"}")},
       "QRPAY-1005",
       "/commands/0/amount"},
      {"a member of nobody",
       {"PUT", b, batch(R"({"type":"void","hold":"h"})")},
       "QRPAY-1009",
       "/commands/0/hold",
       404},
  });
}

TEST_F(LedgerEntries, ABadClosingIsRefusedWithItsPlace) {
  std::string const close = "/v1/ledger-accounts/" + a_ + "/close";
  std::string const nobody = kNobody;
  expect_refused({
      {"no side", {"POST", close, R"({"id":"c"})"}, "QRPAY-1005", "/side"},
      {"an unknown side", {"POST", close, R"({"id":"c","side":"left"})"}, "QRPAY-1002", "/side"},
      {"no account",
       {"POST", "/v1/ledger-accounts/17/close", R"({"id":"c","side":"both"})"},
       "QRPAY-1002",
       ""},
      {"nobody's account",
       {"POST", "/v1/ledger-accounts/" + nobody + "/close", R"({"id":"c","side":"both"})"},
       "QRPAY-1009",
       "",
       404},
  });
}

}  // namespace
}  // namespace qrpay::e2e
