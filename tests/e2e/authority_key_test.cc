// Keys: signatures, revocation, and secrets that are shown once.
#include <gtest/gtest.h>

#include <set>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

using gateway::http::Header;

/// A bank whose secret the test holds.
class Keys : public testing::Test {
 protected:
  Keys() {
    Answer const key = town_.operators.put("/v1/keys/second", R"({"role":"bank","scope":"vcb"})");
    auto const bytes = base::from_hex(text_at(key.json, "secret"));
    hmac_.emplace(base::as_bytes(*bytes));
  }
  /// Sends `request` with `headers` as they are.
  Answer send(Request request, std::vector<Header> headers) {
    request.headers = std::move(headers);
    return Caller::nobody(server_).ask(request);
  }
  Answer send_at(std::int64_t timestamp, std::string const& id) {
    Request const request{"POST", "/v1/bank/credits", town_.body({id, "FT" + id, 1'000})};
    return send(request, signature_headers("second", *hmac_, request, timestamp));
  }

  Server server_;
  Town town_{server_};
  std::optional<base::HmacSha256> hmac_;
};

TEST_F(Keys, ASignatureIsGoodWithinFiveMinutes) {
  EXPECT_EQ(send_at(unix_now(), "c1").status, 200);
  EXPECT_EQ(send_at(unix_now() - 280, "c2").status, 200);
  EXPECT_EQ(send_at(unix_now() + 280, "c3").status, 200);
  EXPECT_EQ(send_at(unix_now() - 320, "c4").status, 401);
  EXPECT_EQ(send_at(unix_now() + 320, "c5").status, 401);
  EXPECT_EQ(town_.bank.get("/v1/bank/credits/c4").status, 404) << "nothing was recorded";
}

TEST_F(Keys, EveryKindOfBadCredentialsLooksTheSame) {
  Request const good{"POST", "/v1/bank/credits", town_.body({"c1", "FT1", 1'000})};
  auto const headers = signature_headers("second", *hmac_, good, unix_now());
  Request tampered = good;
  tampered.body = town_.body({"c1", "FT1", 1'001});
  Request elsewhere = good;
  elsewhere.target += "?x=1";
  Request other_method = good;
  other_method.method = "PUT";
  auto wrong = headers;
  wrong[2].value.back() = wrong[2].value.back() == '0' ? '1' : '0';
  auto unknown = headers;
  unknown[0].value = "third";
  auto bearer_key = signature_headers("till-1", *hmac_, good, unix_now());
  auto upper = headers;
  for (char& c : upper[2].value) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  base::HmacSha256 const empty_key{base::ByteView{}};
  std::vector<std::pair<std::string, Answer>> const answers = {
      {"nothing", send(good, {})},
      {"tampered body", send(tampered, headers)},
      {"other query", send(elsewhere, headers)},
      {"wrong signature", send(good, wrong)},
      {"upper case", send(good, upper)},
      {"empty signature", send(good, {headers[0], headers[1], {"Qrpay-Signature", ""}})},
      {"stale", send(good, signature_headers("second", *hmac_, good, unix_now() - 301))},
      {"no timestamp", send(good, {headers[0], headers[2]})},
      {"timestamp of words", send(good, {headers[0], {"Qrpay-Timestamp", "now"}, headers[2]})},
      {"no signature", send(good, {headers[0], headers[1]})},
      {"unknown key", send(good, unknown)},
      {"a till's key id", send(good, bearer_key)},
      {"empty key", send(good, signature_headers("second", empty_key, good, unix_now()))},
      {"wrong bearer", send(good, {{"Authorization", "Bearer qrpay_x"}})},
      {"empty bearer", send(good, {{"Authorization", "Bearer "}})},
      {"basic", send(good, {{"Authorization", "Basic eDp5"}})},
  };
  for (auto const& [name, answer] : answers) {
    EXPECT_EQ(answer.status, 401) << name;
    EXPECT_EQ(answer.text, answers.front().second.text) << name;
    EXPECT_EQ(answer.header("www-authenticate"), "Bearer") << name;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json") << name;
  }
  EXPECT_EQ(send(other_method, headers).status, 405) << "there is no such method for anybody";
  EXPECT_EQ(send(good, headers).status, 200) << "the good one is good";
}

TEST_F(Keys, ASecondSignatureFieldIsRefused) {
  Request const good{"POST", "/v1/bank/credits", town_.body({"c1", "FT1", 1'000})};
  auto headers = signature_headers("second", *hmac_, good, unix_now());
  headers.push_back(headers[2]);
  Answer const answer = send(good, headers);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1001");
}

TEST_F(Keys, ARevokedKeyIsRefusedAtOnceAndForEver) {
  Answer const order = town_.put_order("don-1", 1'000);
  ASSERT_EQ(order.status, 201);
  ASSERT_EQ(send_at(unix_now(), "c1").status, 200);
  auto const revoke = [&](std::string const& id, std::string_view role, std::string_view scope) {
    std::string body = object({{"role", role}, {"scope", scope}});
    body.insert(body.size() - 1, R"(,"revoked":true)");
    return town_.operators.ask({"PUT", "/v1/keys/" + id, body, {{"If-Match", "\"1\""}}});
  };
  Answer const first = revoke("second", "bank", "vcb");
  EXPECT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.text.find("secret"), std::string::npos);
  EXPECT_EQ(revoke("till-1", "terminal", "till-1").status, 200);
  std::string const nobody = Caller::nobody(server_).get("/v1/orders/don-1").text;
  for (bool const restarted : {false, true}) {
    SCOPED_TRACE(restarted ? "after a restart" : "at once");
    if (restarted) {
      server_.stop();
      server_.start();
    }
    EXPECT_EQ(send_at(unix_now(), "c1").text, nobody) << "a repeat too";
    EXPECT_EQ(town_.till.get("/v1/orders/don-1").text, nobody);
    EXPECT_EQ(town_.put_order("don-1", 1'000).status, 401) << "a repeat too";
    EXPECT_EQ(town_.bank.get("/v1/bank/credits/c1").status, 200) << "the bank's other key works";
  }
  Answer const back = town_.operators.ask({"PUT",
                                           "/v1/keys/till-1",
                                           R"({"role":"terminal","scope":"till-1"})",
                                           {{"If-Match", "\"2\""}}});
  EXPECT_EQ(back.status, 400) << "a key is never un-revoked: " << back.text;
}

TEST_F(Keys, ASecretIsShownUntilItIsUsed) {
  std::string const body = R"({"role":"merchant","scope":"hoa"})";
  Answer const made = town_.operators.put("/v1/keys/hoa-2", body);
  ASSERT_EQ(made.status, 201);
  std::string const token = text_at(made.json, "token");
  EXPECT_TRUE(token.starts_with("qrpay_"));
  EXPECT_EQ(made.header("cache-control"), "no-store");
  EXPECT_EQ(text_at(town_.operators.put("/v1/keys/hoa-2", body).json, "token"), token)
      << "an answer that got lost can be asked for again";
  Caller hoa = Caller::bearer(server_, token);
  EXPECT_EQ(hoa.get("/v1/credits?outcome=unmatched").status, 200);
  EXPECT_EQ(text_at(town_.operators.put("/v1/keys/hoa-2", body).json, "token"), "");
  EXPECT_EQ(text_at(town_.operators.get("/v1/keys/hoa-2").json, "token"), "");
}

TEST_F(Keys, AnAuditorNeverSeesASecret) {
  ASSERT_EQ(town_.operators.put("/v1/keys/op-2", R"({"role":"operator"})").status, 201);
  ASSERT_EQ(town_.operators.put("/v1/keys/bank-2", R"({"role":"bank","scope":"vcb"})").status, 201);
  for (std::string const id : {"op-2", "bank-2"}) {
    Answer const read = town_.auditor.get("/v1/keys/" + id);
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.text.find("token"), std::string::npos) << read.text;
    EXPECT_EQ(read.text.find("secret"), std::string::npos) << read.text;
  }
}

TEST_F(Keys, TokensAreAllDifferentAndNotOnTheDisk) {
  std::set<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    Answer const made =
        town_.operators.put("/v1/keys/a" + std::to_string(i), R"({"role":"auditor"})");
    tokens.insert(text_at(made.json, "token"));
  }
  EXPECT_EQ(tokens.size(), 20U);
  server_.stop();
  auto const grep = cli::run_process({"/bin/grep", "-rlF", *tokens.begin(), server_.data()});
  ASSERT_TRUE(grep);
  EXPECT_EQ(grep->exit_code, 1) << "found in " << grep->output;
}

}  // namespace
}  // namespace qrpay::e2e
