// Who may do what: every path by every role.
#include <gtest/gtest.h>

#include <array>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

enum Who {
  kNobody,
  kOperator,
  kHoa,        ///< the merchant whose things are asked for
  kLan,        ///< another merchant
  kTill,       ///< in the shop that is asked for
  kOtherTill,  ///< of the same merchant, in another shop
  kLanTill,
  kBank,
  kOtherBank,
  kAuditor,
  kWhos,
};
constexpr std::array<char const*, kWhos> kNames = {"nobody",   "operator", "hoa",      "lan",
                                                   "till-1",   "till-kho", "lan-till", "bank vcb",
                                                   "bank acb", "auditor"};

/// `{who}` in the target and the body is another text for each role.
struct Row {
  std::string request;  ///< "GET /v1/..."
  std::string body;
  std::array<int, kWhos> status;
};

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

/// The town, and neighbours of each role.
class Authority : public testing::Test {
 protected:
  void expect(std::vector<Row> const& rows,
              std::vector<gateway::http::Header> const& headers = {}) {
    for (Row const& row : rows) {
      for (std::size_t who = 0; who < kWhos; ++who) {
        std::string const text = replace_all(row.request, "{who}", "w" + std::to_string(who));
        std::size_t const space = text.find(' ');
        Answer const answer =
            callers_[who].ask({text.substr(0, space), text.substr(space + 1),
                               replace_all(row.body, "{who}", "w" + std::to_string(who)), headers});
        EXPECT_EQ(answer.status, row.status[who])
            << kNames[who] << " " << row.request << ": " << answer.text;
      }
    }
  }

  Server server_;
  Town town_{server_};
  Caller lan_ = town_.add_merchant("lan");
  Caller other_till_ = [this] {
    town_.add_shop("hoa-kho", "hoa");
    town_.add_account({"hoa-2", "hoa", "1903000099999", "hoa-kho"});
    return town_.add_terminal("till-kho", "hoa-kho");
  }();
  Caller lan_till_ = [this] {
    town_.add_shop("lan-cho", "lan");
    return town_.add_terminal("lan-till", "lan-cho");
  }();
  Caller other_bank_ = town_.add_bank("acb", "970416");
  std::array<Caller, kWhos> callers_ = {Caller::nobody(server_),
                                        town_.operators,
                                        town_.merchant,
                                        lan_,
                                        town_.till,
                                        other_till_,
                                        lan_till_,
                                        town_.bank,
                                        other_bank_,
                                        town_.auditor};
};

// Columns:                nobody operator hoa lan till-1 till-kho lan-till vcb acb auditor

TEST_F(Authority, OnlyOperatorsRegister) {
  constexpr std::array<int, kWhos> kMade = {401, 201, 403, 403, 403, 403, 403, 403, 403, 403};
  expect({
      {"PUT /v1/banks/{who}", R"({"name":"x","bins":["970499"]})", kMade},
      {"PUT /v1/merchants/{who}", R"({"name":"x"})", kMade},
      {"PUT /v1/shops/{who}",
       R"({"merchant":"hoa","name":"x","commune":"06838","commune_valid_from":"2025-07-01",)"
       R"("opened_on":"2026-01-01"})",
       kMade},
      {"PUT /v1/terminals/{who}", R"({"shop":"hoa-cho"})", kMade},
      {"PUT /v1/accounts/{who}", R"({"type":"general","name":"x"})", kMade},
      {"PUT /v1/keys/{who}", R"({"role":"operator"})", kMade},
  });
}

TEST_F(Authority, OperatorsAndAuditorsReadTheRegistry) {
  constexpr std::array<int, kWhos> kRead = {401, 200, 403, 403, 403, 403, 403, 403, 403, 200};
  std::vector<Row> rows;
  for (std::string const path :
       {"/v1/banks/vcb", "/v1/merchants/hoa", "/v1/shops/hoa-cho", "/v1/terminals/till-1",
        "/v1/accounts/hoa-1", "/v1/keys/till-1",
        "/v1/reports/cashless-ratio?commune=06838&from=2026-01-01&to=2026-01-02"})
    rows.push_back({"GET " + path, {}, kRead});
  expect(rows);
}

TEST_F(Authority, OnlyOperatorsTransfer) {
  std::array<std::string, 2> ids;
  for (std::string& id : ids) {
    Answer const account = town_.operators.put(&id == &ids[0] ? "/v1/accounts/a" : "/v1/accounts/b",
                                               R"({"type":"general"})");
    id = text_at(account.json, "ledger_account");
  }
  expect({{"PUT /v1/transfers/{who}",
           object({{"debit", ids[0]}, {"credit", ids[1]}}, {{"amount", 5}}),
           {401, 200, 403, 403, 403, 403, 403, 403, 403, 403}}});
}

TEST_F(Authority, OnlyOperatorsErase) {
  expect({{"PUT /v1/erasures/{who}",
           R"({"record":2,"sections":[9]})",
           {401, 200, 403, 403, 403, 403, 403, 403, 403, 403}},
          {"GET /v1/erasures/none", {}, {401, 404, 403, 403, 403, 403, 403, 403, 403, 404}}});
}

TEST_F(Authority, AShopsOrdersBelongToItsMerchantAndItsTills) {
  Answer const order = town_.put_order("don-1", 1'000);
  ASSERT_EQ(order.status, 201);
  // Order ids are the merchant's own, so for everybody else there is no such id. Its other shop's
  // till shares them.
  constexpr std::array<int, kWhos> kRead = {401, 404, 200, 404, 200, 403, 404, 404, 404, 404};
  expect({
      {"PUT /v1/orders/{who}",
       R"({"shop":"hoa-cho","amount":1000})",
       {401, 403, 201, 403, 201, 403, 403, 403, 403, 403}},
      {"GET /v1/orders/don-1", {}, kRead},
      {"GET /v1/orders/don-1/qr.png", {}, kRead},
      {"GET /v1/orders/don-1/qr.txt", {}, kRead},
      {"POST /v1/orders/don-1/cancel", {}, {401, 428, 428, 428, 428, 428, 428, 428, 428, 428}},
  });
  expect({{"POST /v1/orders/don-1/cancel", {}, {401, 403, 412, 404, 412, 403, 404, 403, 403, 403}}},
         {{"If-Match", "\"9\""}});
  EXPECT_EQ(text_at(town_.till.get("/v1/orders/don-1").json, "status"), "pending");
}

TEST_F(Authority, ARepeatIsForThoseWhoMayAsk) {
  std::string const body = object({{"shop", "hoa-cho"}}, {{"amount", 1'000}});
  ASSERT_EQ(town_.till.put("/v1/orders/don-1", body).status, 201);
  ASSERT_EQ(town_.till.put("/v1/orders/don-2", body).status, 201);
  std::vector<gateway::http::Header> const if_match = {{"If-Match", "\"1\""}};
  ASSERT_EQ(town_.till.ask({"POST", "/v1/orders/don-2/cancel", {}, if_match}).status, 200);
  std::string const cash = "/v1/cash-declarations/hoa-cho/" + town_.day() + "/1";
  ASSERT_EQ(town_.till.put(cash, R"({"terminal":"till-1","amount":5})").status, 201);
  expect({{"PUT /v1/orders/don-1", body, {401, 403, 200, 403, 200, 403, 403, 403, 403, 403}},
          {"PUT " + cash,
           R"({"terminal":"till-1","amount":5})",
           {401, 403, 200, 403, 200, 403, 403, 403, 403, 403}}});
  expect({{"POST /v1/orders/don-2/cancel", {}, {401, 403, 200, 404, 200, 403, 404, 403, 403, 403}}},
         if_match);
}

TEST_F(Authority, AShopIsReadByItsOwnAndByThoseWhoReadAll) {
  constexpr std::array<int, kWhos> kRead = {401, 200, 200, 403, 200, 403, 403, 403, 403, 200};
  constexpr std::array<int, kWhos> kNone = {401, 404, 404, 404, 404, 404, 404, 404, 404, 404};
  std::vector<Row> rows = {{"GET /v1/shops/nowhere/qr.png", {}, kNone},
                           {"GET /v1/shops/nowhere/payments?day=2026-01-01", {}, kNone}};
  for (std::string const path : {"/v1/shops/hoa-cho/qr.png", "/v1/shops/hoa-cho/qr.txt",
                                 "/v1/shops/hoa-cho/payments?day=2026-01-01"})
    rows.push_back({"GET " + path, {}, kRead});
  expect(rows);
}

TEST_F(Authority, CashIsDeclaredByTheMerchantAndTheTillItself) {
  std::string const path = "PUT /v1/cash-declarations/hoa-cho/" + town_.day() + "/{who}";
  town_.put("/v1/terminals/till-1b", R"({"shop":"hoa-cho"})");
  expect({
      {path,
       R"({"terminal":"till-1","amount":5})",
       {401, 403, 201, 403, 201, 403, 403, 403, 403, 403}},
      {path + "b",
       R"({"terminal":"till-1b","amount":5})",
       {401, 403, 201, 403, 403, 403, 403, 403, 403, 403}},
  });
}

TEST_F(Authority, ABankPostsForItsOwnAccountsAndReadsItsOwnCredits) {
  ASSERT_EQ(town_.pay({"c1", "FT1", 1'000}).status, 200);
  expect({
      {"POST /v1/bank/credits",
       town_.body({"{who}", "FT{who}", 1'000, "x", std::string(kAccount), std::string(kBin)}),
       {401, 403, 403, 403, 403, 403, 403, 200, 403, 403}},
      // The first one's id and body: still another bank's money.
      {"POST /v1/bank/credits",
       town_.body({"c1", "FT1", 1'000, "chuyen tien", std::string(kAccount), std::string(kBin)}),
       {401, 403, 403, 403, 403, 403, 403, 200, 403, 403}},
      {"GET /v1/bank/credits/c1", {}, {401, 403, 403, 403, 403, 403, 403, 200, 404, 403}},
  });
}

TEST_F(Authority, TwoBanksMayUseOneId) {
  Answer const first = town_.pay({"c1", "FT1", 1'000});
  Answer const second = town_.pay(other_bank_, {"c1", "FT1", 2'000, "x", "123"});
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(text_at(second.json, "outcome"), "unknown_account");
  EXPECT_EQ(town_.bank.get("/v1/bank/credits/c1").text, first.text);
}

TEST_F(Authority, UnmatchedCreditsAreForMerchantsAndThoseWhoReadAll) {
  expect({{"GET /v1/credits?outcome=unmatched",
           {},
           {401, 200, 200, 200, 403, 403, 403, 403, 403, 200}}});
}

TEST_F(Authority, AProofIsForThoseWhoseRecordItIs) {
  Answer const credit = town_.pay({"c1", "FT1", 1'000});
  std::string const sequence = std::to_string(number_at(credit.json, "sequence"));
  expect({
      {"GET /v1/ledger/proof/" + sequence, {}, {401, 200, 200, 403, 200, 403, 403, 200, 403, 200}},
      {"GET /v1/ledger/proof/1", {}, {401, 200, 403, 403, 403, 403, 403, 403, 403, 200}},
      {"GET /v1/ledger/proof/99999", {}, {401, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
      {"GET /v1/ledger/proof/0", {}, {401, 400, 400, 400, 400, 400, 400, 400, 400, 400}},
  });
}

TEST_F(Authority, SomePathsAreForEverybody) {
  Answer const order = town_.put_order("don-1", 1'000);
  std::string const page = text_at(order.json, "page");
  constexpr std::array<int, kWhos> kAll = {200, 200, 200, 200, 200, 200, 200, 200, 200, 200};
  constexpr std::array<int, kWhos> kNone = {404, 404, 404, 404, 404, 404, 404, 404, 404, 404};
  expect({{"GET /livez", {}, kAll},
          {"GET /readyz", {}, kAll},
          {"GET /v1/ledger/checkpoint", {}, kAll},
          {"GET " + page, {}, kAll},
          {"GET " + page + "/qr.png", {}, kAll},
          {"GET /v1/nothing", {}, kNone}});
}

TEST_F(Authority, AStreamIsForItsTillAndItsMerchant) {
  constexpr std::array<int, kWhos> kStatus = {401, 403, 200, 403, 200, 403, 403, 403, 403, 403};
  Request const request{"GET", "/v1/terminals/till-1/events"};
  for (std::size_t who = 0; who < kWhos; ++who) {
    // The head of a stream comes at once; its body has no end to wait for.
    gateway::http::Client client(server_.endpoint());
    auto const opened = client.open_stream(
        {request.method, request.target, callers_[who].credentials(request), {}});
    std::string const said = opened ? "status 200" : opened.error().detail;
    EXPECT_EQ(said, "status " + std::to_string(kStatus[who])) << kNames[who];
  }
}

TEST_F(Authority, ATillActsOnlyAsItselfInItsShop) {
  town_.put("/v1/terminals/till-1b", R"({"shop":"hoa-cho"})");
  auto const put = [&](Caller& caller, std::string const& id, std::string const& terminal) {
    return caller.put("/v1/orders/" + id,
                      object({{"shop", "hoa-cho"}, {"terminal", terminal}}, {{"amount", 1'000}}));
  };
  EXPECT_EQ(put(town_.till, "a", "till-1").status, 201);
  EXPECT_EQ(put(town_.till, "b", "till-1b").status, 403);
  EXPECT_EQ(put(town_.till, "c", "till-kho").status, 403);
  EXPECT_EQ(put(town_.till, "c", "nowhere").status, 404);
  EXPECT_EQ(put(town_.merchant, "d", "till-1b").status, 201);
  EXPECT_EQ(put(town_.merchant, "e", "lan-till").status, 403);
  EXPECT_EQ(put(town_.merchant, "e", "till-kho").status, 404) << "not in this shop";
  EXPECT_EQ(put(town_.merchant, "e", "nowhere").status, 404);
}

TEST_F(Authority, MoneyIsAskedForToTheMerchantsOwnAccounts) {
  town_.add_account({"lan-1", "lan", "1903000055555", "lan-cho"});
  auto const put = [&](std::string const& account) {
    return town_.merchant.put("/v1/orders/a",
                              object({{"shop", "hoa-cho"}, {"account", account}}, {{"amount", 1}}));
  };
  EXPECT_EQ(put("lan-1").status, 403);
  EXPECT_EQ(put("nowhere").status, 404);
  EXPECT_EQ(put("hoa-2").status, 201);
}

}  // namespace
}  // namespace qrpay::e2e
