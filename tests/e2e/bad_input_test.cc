// P8: every bad body gets one numbered error that says where, takes no id and leaves no record.
#include <gtest/gtest.h>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

struct Bad {
  std::string name;
  std::string body;
  std::string code;     ///< "QRPAY-1002"
  std::string pointer;  ///< "" = none is given
  int status = 400;
};

/// A good credit with one member's text replaced.
std::string credit_with(std::string const& member, std::string const& value) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"id", "\"c1\""},        {"bank_ref", "\"FT1\""},
      {"account", "\"1903\""}, {"amount", "1000"},
      {"memo_raw", "\"x\""},   {"occurred_at", "\"2026-11-24T10:04:05+07:00\""}};
  bool known = false;
  std::string out;
  for (auto& [name, text] : members) {
    if (name == member) text = value;
    known = known || name == member;
    if (!text.empty()) out += (out.empty() ? "{\"" : ",\"") + name + "\":" + text;
  }
  if (!known) out += ",\"" + member + "\":" + value;
  return out + "}";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

/// What is no JSON of ours, whatever the resource.
std::vector<Bad> bad_texts() {
  return {
      {"empty", "", "QRPAY-1001", ""},
      {"blank", " \n\t ", "QRPAY-1001", ""},
      {"not JSON", "id=c1&amount=1000", "QRPAY-1001", ""},
      {"an array", "[]", "QRPAY-1002", ""},
      {"a number", "1000", "QRPAY-1002", ""},
      {"null", "null", "QRPAY-1002", ""},
      {"cut off", R"({"id":"c1","amount":10)", "QRPAY-1001", ""},
      {"more after it", credit_with("id", "\"c1\"") + "{}", "QRPAY-1001", ""},
      {"a comma too many", R"({"id":"c1",})", "QRPAY-1001", ""},
      {"single quotes", "{'id':'c1'}", "QRPAY-1001", ""},
      {"a comment", "{/*x*/\"id\":\"c1\"}", "QRPAY-1001", ""},
      {"a byte order mark", "\xEF\xBB\xBF" + credit_with("id", "\"c1\""), "QRPAY-1001", ""},
      {"UTF-16", std::string("{\0\"\0i\0d\0", 8), "QRPAY-1001", ""},
      {"Latin-1", credit_with("memo_raw", "\"ti\xEAn\""), "QRPAY-1001", ""},
      {"overlong", credit_with("memo_raw", "\"\xC0\xAF\""), "QRPAY-1001", ""},
      {"a surrogate in UTF-8", credit_with("memo_raw", "\"\xED\xA0\x80\""), "QRPAY-1001", ""},
      {"a lone surrogate", credit_with("memo_raw", R"("\ud800")"), "QRPAY-1001", ""},
      {"a raw control", credit_with("memo_raw", "\"a\x01z\""), "QRPAY-1001", ""},
      {"deep", nested(1'000), "QRPAY-1001", ""},
      {"deep in a member", credit_with("payer", nested(20)), "QRPAY-1001", ""},
      {"NaN", credit_with("amount", "NaN"), "QRPAY-1001", ""},
      {"a leading zero", credit_with("amount", "01000"), "QRPAY-1001", ""},
      {"a plus", credit_with("amount", "+1000"), "QRPAY-1001", ""},
      {"hexadecimal", credit_with("amount", "0x3e8"), "QRPAY-1001", ""},
  };
}

std::vector<Bad> bad_credits() {
  std::string const amount = "/amount";
  std::string const max = "\"" + std::string(65, 'x') + "\"";
  return {
      {"a fraction", credit_with("amount", "1000.0"), "QRPAY-1002", amount},
      {"an exponent", credit_with("amount", "1e3"), "QRPAY-1002", amount},
      {"a capital exponent", credit_with("amount", "1E3"), "QRPAY-1002", amount},
      {"a string", credit_with("amount", "\"1000\""), "QRPAY-1002", amount},
      {"true", credit_with("amount", "true"), "QRPAY-1002", amount},
      {"null amount", credit_with("amount", "null"), "QRPAY-1002", amount},
      {"an object", credit_with("amount", "{}"), "QRPAY-1002", amount},
      {"zero", credit_with("amount", "0"), "QRPAY-1002", amount},
      {"minus zero", credit_with("amount", "-0"), "QRPAY-1002", amount},
      {"negative", credit_with("amount", "-1000"), "QRPAY-1002", amount},
      {"14 digits", credit_with("amount", "10000000000000"), "QRPAY-1002", amount},
      {"beyond int64", credit_with("amount", "9223372036854775808"), "QRPAY-1002", amount},
      {"beyond double", credit_with("amount", std::string(400, '9')), "QRPAY-1002", amount},
      {"no amount", credit_with("amount", ""), "QRPAY-1005", amount},
      {"no id", credit_with("id", ""), "QRPAY-1005", "/id"},
      {"an empty id", credit_with("id", "\"\""), "QRPAY-1002", "/id"},
      {"an id of 65", credit_with("id", max), "QRPAY-1002", "/id"},
      {"an id of two lines", credit_with("id", R"("a\nb")"), "QRPAY-1002", "/id"},
      {"an id with a zero", credit_with("id", R"("a\u0000b")"), "QRPAY-1002", "/id"},
      {"an id with a C1 control", credit_with("id", R"("a\u0085b")"), "QRPAY-1002", "/id"},
      {"an id with a slash", credit_with("id", R"("a/b")"), "QRPAY-1002", "/id"},
      {"an id with an escaped slash", credit_with("id", R"("a\/b")"), "QRPAY-1002", "/id"},
      {"an id with a backslash", credit_with("id", R"("a\\b")"), "QRPAY-1002", "/id"},
      {"a dot as id", credit_with("id", "\".\""), "QRPAY-1002", "/id"},
      {"two dots as id", credit_with("id", "\"..\""), "QRPAY-1002", "/id"},
      {"a number as id", credit_with("id", "17"), "QRPAY-1002", "/id"},
      {"a reference of 65", credit_with("bank_ref", max), "QRPAY-1002", "/bank_ref"},
      {"no account", credit_with("account", ""), "QRPAY-1005", "/account"},
      {"a memo of 1025", credit_with("memo_raw", "\"" + std::string(1'025, 'x') + "\""),
       "QRPAY-1002", "/memo_raw"},
      {"a bin of five", credit_with("bin", "\"97043\""), "QRPAY-1002", "/bin"},
      {"no such day", credit_with("occurred_at", "\"2026-02-30T10:04:05+07:00\""), "QRPAY-1002",
       "/occurred_at"},
      {"no zone", credit_with("occurred_at", "\"2026-11-24T10:04:05.000\""), "QRPAY-1002",
       "/occurred_at"},
      {"seconds since 1970", credit_with("occurred_at", "1795489445"), "QRPAY-1002",
       "/occurred_at"},
      {"an unknown rail", credit_with("rail", "\"swift\""), "QRPAY-1002", "/rail"},
      {"an unknown member", credit_with("amout", "1"), "QRPAY-1003", "/amout"},
      {"an unknown one with a slash", credit_with("a/b~c", "1"), "QRPAY-1003", "/a~1b~0c"},
      {"an unknown one of the payer", credit_with("payer", R"({"nme":"x"})"), "QRPAY-1003",
       "/payer/nme"},
      {"a payer that is text", credit_with("payer", "\"x\""), "QRPAY-1002", "/payer"},
      {"a member twice", R"({"id":"c1","amount":1,"amount":1})", "QRPAY-1004", "/amount"},
      {"twice, escaped", R"({"id":"c1","\u0069d":"c1"})", "QRPAY-1004", "/id"},
      {"twice in the payer", credit_with("payer", R"({"name":"x","name":"x"})"), "QRPAY-1004",
       "/payer/name"},
  };
}

std::vector<Bad> bad_orders() {
  return {
      {"no shop", R"({"amount":1})", "QRPAY-1005", "/shop"},
      {"no amount", R"({"shop":"hoa-cho"})", "QRPAY-1005", "/amount"},
      {"an unknown shop", R"({"shop":"x","amount":1})", "QRPAY-1009", "/shop", 404},
      {"an unknown terminal", R"({"shop":"hoa-cho","amount":1,"terminal":"x"})", "QRPAY-1009",
       "/terminal", 404},
      {"29 seconds", R"({"shop":"hoa-cho","amount":1,"expires_in":29})", "QRPAY-1002",
       "/expires_in"},
      {"over 400 days", R"({"shop":"hoa-cho","amount":1,"expires_in":34560001})", "QRPAY-1002",
       "/expires_in"},
      {"a code of three", R"({"shop":"hoa-cho","amount":1,"code":"ABC"})", "QRPAY-1002", "/code"},
      {"a code without letters", R"({"shop":"hoa-cho","amount":1,"code":"1234"})", "QRPAY-1002",
       "/code"},
      {"the id in the body", R"({"id":"o","shop":"hoa-cho","amount":1})", "QRPAY-1003", "/id"},
  };
}

/// A shop with one member's text replaced.
Bad bad_shop(std::string const& member, std::string const& value) {
  std::string text = R"({"merchant":"hoa","name":"x","commune":"06838",)"
                     R"("commune_valid_from":"2025-07-01","opened_on":"2026-01-01",)"
                     R"("position":{"latitude_e6":21500000,"longitude_e6":107400000}})";
  std::size_t const at = text.find(":", text.find("\"" + member + "\"")) + 1;
  std::size_t const end = text.find_first_of(",}", at);
  text.replace(at, end - at, value);
  return {member + " = " + value, text, "QRPAY-1002", "/" + member};
}

class BadInput : public testing::Test {
 protected:
  void expect_refused(Caller& caller, Request request, std::vector<Bad> const& cases) {
    std::int64_t const size = durable_size();
    for (Bad const& bad : cases) {
      SCOPED_TRACE(bad.name + " to " + request.target);
      request.body = bad.body;
      request.headers = {{"Content-Type", "application/json"}};
      Answer const answer = caller.ask(request);
      EXPECT_EQ(answer.status, bad.status) << answer.text;
      EXPECT_EQ(answer.header("content-type"), "application/problem+json");
      EXPECT_EQ(text_at(answer.json, "code"), bad.code) << answer.text;
      EXPECT_TRUE(text_at(answer.json, "type").starts_with("/problems/"));
      EXPECT_EQ(number_at(answer.json, "status"), bad.status);
      EXPECT_NE(text_at(answer.json, "title_vi"), "");
      auto const errors = array_at(answer.json, "errors");
      EXPECT_EQ(errors.empty() ? "" : text_at(errors[0], "pointer"), bad.pointer) << answer.text;
    }
    EXPECT_EQ(durable_size(), size) << "a refusal left a record";
  }
  std::int64_t durable_size() {
    Answer const ready = town_.operators.get("/readyz");
    EXPECT_EQ(ready.status, 200) << ready.text;
    return number_at(ready.json, "durable_size");
  }

  Server server_;
  Town town_{server_};
};

TEST_F(BadInput, WhatIsNoJsonIsRefusedByEveryWrite) {
  std::string const cash = "/v1/cash-declarations/hoa-cho/" + town_.day() + "/1";
  std::vector<std::pair<Caller*, Request>> const writes = {
      {&town_.bank, {"POST", "/v1/bank/credits"}},
      {&town_.till, {"PUT", "/v1/orders/o"}},
      {&town_.till, {"PUT", cash}},
      {&town_.operators, {"PUT", "/v1/banks/x"}},
      {&town_.operators, {"PUT", "/v1/merchants/x"}},
      {&town_.operators, {"PUT", "/v1/shops/x"}},
      {&town_.operators, {"PUT", "/v1/terminals/x"}},
      {&town_.operators, {"PUT", "/v1/accounts/x"}},
      {&town_.operators, {"PUT", "/v1/keys/x"}},
      {&town_.operators, {"PUT", "/v1/transfers/x"}},
  };
  for (auto const& [caller, request] : writes) expect_refused(*caller, request, bad_texts());
}

TEST_F(BadInput, ABadCreditIsRefusedWithItsPlace) {
  expect_refused(town_.bank, {"POST", "/v1/bank/credits"}, bad_credits());
  EXPECT_EQ(town_.bank.get("/v1/bank/credits/c1").status, 404);
}

TEST_F(BadInput, ABadOrderIsRefusedWithItsPlace) {
  expect_refused(town_.till, {"PUT", "/v1/orders/o"}, bad_orders());
}

TEST_F(BadInput, ABadRegistrationIsRefusedWithItsPlace) {
  Caller& operators = town_.operators;
  std::vector<Bad> shops = {bad_shop("commune", "\"6838\""),
                            bad_shop("commune", "\"0683x\""),
                            bad_shop("commune", "6838"),
                            bad_shop("opened_on", "\"2026-1-1\""),
                            bad_shop("commune_valid_from", "\"2025-02-29\""),
                            bad_shop("name", "\"" + std::string(141, 'x') + "\""),
                            bad_shop("latitude_e6", "90000001"),
                            bad_shop("longitude_e6", "107.4")};
  shops[6].pointer = "/position/latitude_e6";
  shops[7].pointer = "/position/longitude_e6";
  expect_refused(operators, {"PUT", "/v1/shops/x"}, shops);
  expect_refused(
      operators, {"PUT", "/v1/banks/x"},
      {{"a bin of letters", R"({"name":"x","bins":["97043x"]})", "QRPAY-1002", "/bins"},
       {"no bins", R"({"name":"x","bins":[]})", "QRPAY-1002", "/bins"},
       {"bins as text", R"({"name":"x","bins":"970436"})", "QRPAY-1002", "/bins"},
       {"a bin of another", R"({"name":"x","bins":["970436"]})", "QRPAY-1017", "/bins", 409}});
  expect_refused(
      operators, {"PUT", "/v1/accounts/x"},
      {{"an unknown bank", R"({"merchant":"hoa","bin":"970400","number":"1"})", "QRPAY-1009",
        "/bin", 404},
       {"a number with a dash", R"({"merchant":"hoa","bin":"970436","number":"1-2"})", "QRPAY-1002",
        "/number"},
       {"a known number", R"({"merchant":"hoa","bin":"970436","number":"1903000012345"})",
        "QRPAY-1017", "/number", 409},
       {"a prefix that banks use",
        R"({"merchant":"hoa","bin":"970436","number":"1","code_prefix":"FT"})", "QRPAY-1002",
        "/code_prefix"}});
  expect_refused(
      operators, {"PUT", "/v1/keys/x"},
      {{"no role", "{}", "QRPAY-1005", "/role"},
       {"a role of nobody", R"({"role":"root"})", "QRPAY-1002", "/role"},
       {"a scope too many", R"({"role":"auditor","scope":"x"})", "QRPAY-1002", "/scope"},
       {"an unknown scope", R"({"role":"merchant","scope":"x"})", "QRPAY-1009", "/scope", 404},
       {"revoked at birth", R"({"role":"auditor","revoked":true})", "QRPAY-1002", "/revoked"}});
}

TEST_F(BadInput, ABadDeclarationIsRefusedWithItsPlace) {
  Request const request{"PUT", "/v1/cash-declarations/hoa-cho/" + town_.day() + "/1"};
  expect_refused(town_.till, request,
                 {{"negative", R"({"terminal":"till-1","amount":-1})", "QRPAY-1002", "/amount"},
                  {"no terminal", R"({"amount":1})", "QRPAY-1005", "/terminal"},
                  {"revision 0", R"({"terminal":"till-1","amount":1,"declared_rev":0})",
                   "QRPAY-1002", "/declared_rev"},
                  {"withdrawn money", R"({"terminal":"till-1","amount":1,"withdrawn":true})",
                   "QRPAY-1002", "/amount"},
                  {"a count of 2^32", R"({"terminal":"till-1","amount":1,"count":4294967296})",
                   "QRPAY-1002", "/count"}});
  std::string const body = R"({"terminal":"till-1","amount":1})";
  for (std::string const day : {"2999-01-01", "2026-02-30", "today", "2026-1-1"}) {
    Answer const answer = town_.till.put("/v1/cash-declarations/hoa-cho/" + day + "/1", body);
    EXPECT_EQ(answer.status, 400) << day << answer.text;
    EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1002") << day;
  }
}

TEST_F(BadInput, TheLongestGoodValuesPass) {
  std::string text;
  for (int i = 0; i < 64; ++i) text += "ế";
  std::string const body = town_.body({text, text, 9'999'999'999'999, std::string(1'024, 'x')});
  Answer const posted = town_.bank.post("/v1/bank/credits", body);
  EXPECT_EQ(posted.status, 200) << posted.text;
  std::string escaped;
  for (int i = 0; i < 64; ++i) escaped += "%E1%BA%BF";
  Answer const asked = town_.bank.get("/v1/bank/credits/" + escaped);
  EXPECT_EQ(asked.status, 200) << asked.text;
  EXPECT_EQ(asked.text, posted.text);
  Answer const order =
      town_.till.put("/v1/orders/" + escaped, object({{"shop", "hoa-cho"}}, {{"amount", 1}}));
  EXPECT_EQ(order.status, 201) << order.text;
}

}  // namespace
}  // namespace qrpay::e2e
