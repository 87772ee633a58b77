// P8 around the body: types, sizes, paths, broken HTTP. The server stays ready.
#include <gtest/gtest.h>

#include "tests/e2e/town.h"
#include "tests/gateway/http_client.h"

namespace qrpay::e2e {
namespace {

using gateway::http::Reply;
using gateway::http::TestClient;

class BadRequest : public testing::Test {
 protected:
  void TearDown() override {
    Answer const ready = town_.operators.get("/readyz");
    EXPECT_EQ(ready.status, 200) << ready.text;
    EXPECT_EQ(text_at(ready.json, "status"), "ready");
    EXPECT_EQ(town_.pay({"last", "FTlast", 1'000}).status, 200) << "money still moves";
  }
  TestClient raw() { return TestClient(server_.endpoint().port); }
  /// The head of a POST of a credit, with `fields` ("Name: value\r\n").
  static std::string head(std::string const& fields) {
    return "POST /v1/bank/credits HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }
  static void expect_problem(Reply const& reply, int status, std::string const& code) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
    EXPECT_NE(reply.body.find("\"code\":\"" + code + "\""), std::string::npos) << reply.body;
  }

  Server server_;
  Town town_{server_};
};

TEST_F(BadRequest, OnlyJsonIsRead) {
  std::string const body = object({{"shop", "hoa-cho"}}, {{"amount", 1'000}});
  auto const put = [&](std::string const& id, std::string const& type) {
    return town_.till.ask({"PUT", "/v1/orders/" + id, body, {{"Content-Type", type}}});
  };
  for (std::string const type : {"text/plain", "application/xml", "application/jsonx",
                                 "application/x-www-form-urlencoded", "json", "text/json"}) {
    Answer const answer = put("o1", type);
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1018");
  }
  EXPECT_EQ(put("o1", "application/json").status, 201);
  EXPECT_EQ(put("o2", "Application/JSON; charset=utf-8").status, 201);
}

TEST_F(BadRequest, AnAnnouncedHugeBodyIsRefusedBeforeItComes) {
  for (std::string const length : {"8193", "100000000", "18446744073709551615"}) {
    TestClient client = raw();
    expect_problem(client.ask(head("Content-Length: " + length + "\r\n")), 413, "QRPAY-1006");
  }
  TestClient client = raw();
  expect_problem(client.ask(head("Content-Length: 184467440737095516160\r\n")), 400, "QRPAY-1001");
}

TEST_F(BadRequest, AHugeChunkedBodyIsRefusedWhileItComes) {
  TestClient client = raw();
  client.send(head("Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 9; ++i) client.send("400\r\n" + std::string(1'024, 'x') + "\r\n");
  expect_problem(client.read(), 413, "QRPAY-1006");
  TestClient promised = raw();
  promised.send(head("Transfer-Encoding: chunked\r\n"));
  promised.send("fffffff\r\n" + std::string(8'193, 'x'));
  expect_problem(promised.read(), 413, "QRPAY-1006");
}

TEST_F(BadRequest, TheLargestBodyIsLimitedPerResource) {
  // The signed original is kept verbatim: 8 KiB with method, path, time and signature.
  std::string const memo(1'024, 'x');
  std::string const credit = town_.body({"c1", "FT1", 1'000, memo});
  std::string const blanks(8'192 - credit.size(), ' ');
  Answer const full = town_.bank.post("/v1/bank/credits", credit + blanks);
  EXPECT_EQ(full.status, 413) << full.text;
  EXPECT_EQ(text_at(full.json, "code"), "QRPAY-1006");
  Answer const fits =
      town_.bank.post("/v1/bank/credits", credit + blanks.substr(0, blanks.size() - 200));
  EXPECT_EQ(fits.status, 200) << fits.text;
  std::string const order = object({{"shop", "hoa-cho"}}, {{"amount", 1'000}});
  Answer const large = town_.till.put("/v1/orders/o", order + std::string(1 << 20, ' '));
  EXPECT_EQ(large.status, 413) << large.text;
}

TEST_F(BadRequest, BadPathsAreRefusedByNumber) {
  struct Case {
    std::string target;
    int status;
    std::string code;
  };
  std::vector<Case> const cases = {
      {"/v1/orders/%zz", 400, "QRPAY-1001"},
      {"/v1/orders/%4", 400, "QRPAY-1001"},
      {"/v1/orders/%00", 400, "QRPAY-1001"},
      {"/v1/orders/a%0ab", 400, "QRPAY-1001"},
      {"/v1/orders/%ff", 400, "QRPAY-1001"},
      {"/v1/orders/a%2fb", 400, "QRPAY-1001"},
      {"/v1/orders/a%5cb", 400, "QRPAY-1001"},
      {"/v1/orders/..", 400, "QRPAY-1001"},
      {"/v1/orders/%2e%2e", 400, "QRPAY-1001"},
      {"/v1/orders/o#x", 400, "QRPAY-1001"},
      {"v1/orders/o", 400, "QRPAY-1001"},
      {"/v1/orders/o?wait=1&wait=2", 400, "QRPAY-1004"},
      {"/v1/orders/o?=1", 400, "QRPAY-1001"},
      {"/v1/orders/" + std::string(65, 'x'), 400, "QRPAY-1002"},
      {"/v1/orders/" + std::string(257, 'x'), 414, "QRPAY-1019"},
      {"/" + std::string(5'000, 'x'), 414, "QRPAY-1019"},
      {"/v1/orders/", 404, "QRPAY-1009"},
      {"/v1//orders/o", 404, "QRPAY-1009"},
      {"/v1/orders/o/", 404, "QRPAY-1009"},
      {"/V1/orders/o", 404, "QRPAY-1009"},
      {"/", 404, "QRPAY-1009"},
  };
  for (Case const& c : cases) {
    SCOPED_TRACE(c.target.substr(0, 60));
    std::string request = "GET " + c.target + " HTTP/1.1\r\nHost: x\r\n";
    for (auto const& header : town_.till.credentials({"GET", c.target}))
      request += header.name + ": " + header.value + "\r\n";
    TestClient client = raw();
    expect_problem(client.ask(request + "\r\n"), c.status, c.code);
  }
}

TEST_F(BadRequest, AWrongMethodNamesTheRightOnes) {
  Answer const answer = town_.till.ask({"DELETE", "/v1/orders/o"});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1010");
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, PUT, OPTIONS");
}

TEST_F(BadRequest, BadRevisionsAreRefused) {
  for (std::string const bad : {"1", "\"0\"", "\"-1\"", "\"x\"", "\"\"", "*", "W/\"1\"",
                                "\"4294967295\"", "\"99999999999\""}) {
    Answer const answer =
        town_.operators.ask({"PUT",
                             "/v1/keys/till-1",
                             R"({"role":"terminal","scope":"till-1","revoked":true})",
                             {{"If-Match", bad}}});
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1002") << bad;
  }
}

TEST_F(BadRequest, WhatIsNoHttpIsRefused) {
  for (std::string const& text :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
        std::string("hello\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
        head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        head("Content-Length: 5\r\nContent-Length: 6\r\n"), head("Content-Length: -5\r\n")}) {
    TestClient client = raw();
    Reply const reply = client.ask(text);
    EXPECT_EQ(reply.status, 400) << reply.head;
  }
  TestClient version = raw();
  EXPECT_EQ(version.ask("GET / HTTP/3.0\r\nHost: x\r\n\r\n").status, 505);
}

TEST_F(BadRequest, StrangersCannotFillTheDisk) {
  std::int64_t const size = number_at(town_.operators.get("/readyz").json, "durable_size");
  Caller stranger = Caller::nobody(server_);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(stranger.post("/v1/bank/credits", town_.body({"c1", "FT1", 1'000})).status, 401);
  EXPECT_EQ(number_at(town_.operators.get("/readyz").json, "durable_size"), size);
}

}  // namespace
}  // namespace qrpay::e2e
