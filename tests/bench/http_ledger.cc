#include "tests/bench/http_ledger.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/time_text.h"
#include "gateway/auth/authenticate.h"
#include "gateway/json/json.h"
#include "gateway/json/writer.h"

namespace qrpay::bench {

using gateway::http::Client;
using gateway::http::ClientRequest;
using gateway::json::Value;
using gateway::json::Writer;

namespace {

constexpr std::string_view kTarget = "/v1/bank/credits";
constexpr std::string_view kAccount = "1903000012345";

std::string text_at(std::string_view json, std::string_view name) {
  auto const value = must(gateway::json::parse(json), "an answer");
  Value const* found = value.find(name);
  if (found == nullptr || found->if_string() == nullptr)
    give_up("no " + std::string(name) + " in " + std::string(json));
  return *found->if_string();
}

std::string now_text() {
  return std::to_string(base::system_clock().wall().microseconds() / base::kSecond);
}

}  // namespace

HttpLedger::HttpLedger(std::string dir) : dir_(std::move(dir)) {
  auto const made =
      must(cli::run_process({QRPAY_PROGRAM, "init", "--dir", dir_, "--json"}), "init");
  check(made.exit_code == 0, "init");
  operator_token_ = text_at(made.output, "operator_token");
  server_.emplace(
      must(cli::Child::start({QRPAY_PROGRAM, "serve", "--dir", dir_, "--port", "0"}), "serve"));
  auto const url = server_->read_line();
  if (!url) give_up("serve ended before it listened");
  endpoint_ = must(gateway::http::parse_endpoint(*url), "url");

  auto client = this->client();
  put(client, {"banks/bank", R"({"name":"Bench bank","bins":["970436"]})"}, {});
  put(client, {"merchants/shop-owner", R"({"name":"Bench merchant"})"}, {});
  put(client,
      {"shops/shop", R"({"merchant":"shop-owner","name":"Bench shop","commune":"06838",)"
                     R"("commune_valid_from":"2025-07-01","sector":"market",)"
                     R"("opened_on":"2026-01-01"})"},
      {});
  put(client,
      {"accounts/account", R"({"merchant":"shop-owner","bin":"970436","number":")" +
                               std::string(kAccount) +
                               R"(","holder":"BENCH","static_shop":"shop","code_prefix":"QNH"})"},
      {});
  put(client, {"terminals/till", R"({"shop":"shop","name":"Till"})"}, {});
  till_token_ = put(client, {"keys/till", R"({"role":"terminal","scope":"till"})"}, "token");
  auto const secret = put(client, {"keys/bank", R"({"role":"bank","scope":"bank"})"}, "secret");
  auto const bytes = base::from_hex(secret);
  if (!bytes) give_up("the bank's secret is not hexadecimal");
  bank_key_.emplace(base::as_bytes(*bytes));
}

std::string HttpLedger::put(Client& client, Put const& what, std::string_view wanted) {
  ClientRequest request;
  request.method = "PUT";
  request.target = "/v1/" + what.path;
  request.headers = {{"Authorization", "Bearer " + operator_token_},
                     {"Content-Type", "application/json"}};
  request.body = what.body;
  auto const response = must(client.send(request), what.path);
  if (response.status != 201) give_up(what.path + ": " + response.body);
  ++records_;
  return wanted.empty() ? std::string() : text_at(response.body, wanted);
}

std::string HttpLedger::credit_body(std::string_view id, std::string_view memo,
                                    std::int64_t amount) const {
  std::string body;
  body.reserve(384);
  Writer out(body);
  out.begin_object();
  out.member("id", id);
  out.member("bank_ref", "FT" + std::string(id));
  out.member("account", kAccount);
  out.member("amount", amount);
  out.member("memo_raw", memo);
  out.member("occurred_at", base::format_time(base::system_clock().wall()));
  out.key("payer").begin_object();
  out.member("name", "NGUYEN VAN A");
  out.member("account", "0011000123456");
  out.member("bin", "970422");
  out.end_object();
  out.member("rail", "napas247");
  out.end_object();
  return body;
}

ClientRequest HttpLedger::credit(std::string_view id, std::string_view memo,
                                 std::int64_t amount) const {
  ClientRequest request;
  request.method = "POST";
  request.target = kTarget;
  request.body = credit_body(id, memo, amount);
  auto const timestamp = now_text();
  auto const text = gateway::auth::signed_text("POST", kTarget, timestamp, request.body);
  request.headers = {{"Content-Type", "application/json"},
                     {"Qrpay-Key", "bank"},
                     {"Qrpay-Timestamp", timestamp},
                     {"Qrpay-Signature", gateway::auth::make_signature(*bank_key_, text)}};
  return request;
}

std::string HttpLedger::credit_request(std::string_view id, std::string_view memo,
                                       std::int64_t amount) const {
  auto const request = credit(id, memo, amount);
  std::string bytes = "POST " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (auto const& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
  return bytes + request.body;
}

std::string HttpLedger::put_order(Client& client, std::string const& id,
                                  std::int64_t amount) const {
  ClientRequest request;
  request.method = "PUT";
  request.target = "/v1/orders/" + id;
  request.headers = {{"Authorization", "Bearer " + till_token_},
                     {"Content-Type", "application/json"}};
  request.body = R"({"shop":"shop","amount":)" + std::to_string(amount) + "}";
  auto const response = must(client.send(request), "order");
  if (response.status != 201) give_up("order: " + response.body);
  return text_at(response.body, "code");
}

ClientRequest HttpLedger::events() const {
  ClientRequest request;
  request.target = "/v1/terminals/till/events";
  request.headers.push_back({"Authorization", "Bearer " + till_token_});
  return request;
}

double HttpLedger::server_cpu_seconds() const {
  std::ifstream in("/proc/" + std::to_string(server_->pid()) + "/stat");
  std::string text;
  std::getline(in, text);
  // After the name, which is in brackets: state and ten numbers, then user and system ticks.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 12; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t HttpLedger::stop_and_count() {
  check(server_->stop() == 0, "serve ended badly");
  auto const verified =
      must(cli::run_process({QRPAY_PROGRAM, "ledger", "verify", dir_, "--json"}), "verify");
  check(verified.exit_code == 0, "ledger verify");
  auto const report = must(gateway::json::parse(verified.output), "verify's answer");
  Value const* zero = report.find("balances_to_zero");
  Value const* records = report.find("records");
  check(zero != nullptr && zero->if_boolean() != nullptr && *zero->if_boolean(), verified.output);
  check(records != nullptr && records->if_integer() != nullptr, verified.output);
  return static_cast<std::uint64_t>(*records->if_integer());
}

}  // namespace qrpay::bench
