#include "tests/e2e/town.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "gateway/json/writer.h"

namespace qrpay::e2e {

std::string Town::day() const { return base::format_day(base::business_day(now_)); }

Town::Town(Server const& server)
    : now_(base::system_clock().wall()),
      operators(Caller::bearer(server, server.operator_token())),
      bank(add_bank("vcb", std::string(kBin))),
      merchant(add_merchant("hoa")),
      till(make_stall()),
      auditor(add_key("auditor", "auditor", {})) {}

Caller Town::make_stall() {
  add_shop("hoa-cho", "hoa");
  add_account({"hoa-1", "hoa", std::string(kAccount), "hoa-cho"});
  return add_terminal("till-1", "hoa-cho");
}

void Town::put(std::string const& path, std::string const& body) {
  Answer const answer = operators.put(path, body);
  EXPECT_EQ(answer.status, 201) << path << ": " << answer.text;
}

Caller Town::add_key(std::string const& id, std::string_view role, std::string_view scope) {
  std::string const body =
      scope.empty() ? object({{"role", role}}) : object({{"role", role}, {"scope", scope}});
  Answer const answer = operators.put("/v1/keys/" + id, body);
  EXPECT_EQ(answer.status, 201) << "key " << id << ": " << answer.text;
  Server const& server = operators.server();
  if (role == "bank") return Caller::signing(server, id, text_at(answer.json, "secret"));
  return Caller::bearer(server, text_at(answer.json, "token"));
}

Caller Town::add_bank(std::string const& id, std::string const& bin) {
  put("/v1/banks/" + id, R"({"name":"Ngân hàng )" + id + R"(","bins":[")" + bin + R"("]})");
  return add_key(id, "bank", id);
}

Caller Town::add_merchant(std::string const& id) {
  put("/v1/merchants/" + id, object({{"name", "Hộ kinh doanh " + id}}));
  return add_key(id, "merchant", id);
}

void Town::add_shop(std::string const& id, std::string const& merchant_id) {
  put("/v1/shops/" + id, object({{"merchant", merchant_id},
                                 {"name", "Quầy " + id},
                                 {"commune", kCommune},
                                 {"commune_valid_from", "2025-07-01"},
                                 {"sector", "market"},
                                 {"opened_on", day()}}));
}

void Town::add_account(Account const& account) {
  std::string out;
  gateway::json::Writer writer(out);
  writer.begin_object()
      .member("merchant", account.merchant)
      .member("bin", kBin)
      .member("number", account.number)
      .member("holder", "NGUYEN THI HOA")
      .member("code_prefix", kPrefix);
  if (!account.shop.empty()) writer.member("static_shop", account.shop);
  if (account.orders_only) writer.member("orders_only", true);
  writer.end_object();
  put("/v1/accounts/" + account.id, out);
}

Caller Town::add_terminal(std::string const& id, std::string const& shop) {
  put("/v1/terminals/" + id, object({{"shop", shop}, {"name", id}}));
  return add_key(id, "terminal", id);
}

std::string Town::body(Credit const& credit) const {
  std::string out;
  gateway::json::Writer writer(out);
  writer.begin_object().member("id", credit.id);
  if (!credit.reference.empty()) writer.member("bank_ref", credit.reference);
  if (!credit.bin.empty()) writer.member("bin", credit.bin);
  writer.member("account", credit.account)
      .member("amount", credit.amount)
      .member("memo_raw", credit.memo)
      .member("occurred_at",
              credit.occurred_at.empty() ? base::format_time(now_) : credit.occurred_at)
      .end_object();
  return out;
}

Answer Town::put_order(std::string const& id, std::int64_t amount) {
  return till.put("/v1/orders/" + id, object({{"shop", "hoa-cho"}}, {{"amount", amount}}));
}

}  // namespace qrpay::e2e
