#include "cli/walk.h"

#include <cstdio>
#include <optional>

#include "base/crypto.h"
#include "base/files.h"
#include "base/time_text.h"
#include "cli/process.h"
#include "gateway/auth/authenticate.h"
#include "gateway/http/client.h"
#include "gateway/json/json.h"
#include "gateway/json/writer.h"
#include "qr/payload.h"
#include "qr/scan/scan.h"

namespace qrpay::cli {

using base::Errc;
using base::Result;
using gateway::http::Client;
using gateway::http::ClientRequest;
using gateway::http::ClientResponse;
using gateway::json::Value;
using gateway::json::Writer;

namespace {

constexpr std::string_view kBin = "970436";
constexpr std::string_view kAccount = "1903000012345";
constexpr std::string_view kCommune = "06838";  // Xã Bình Liêu, in the highlands of Quảng Ninh
constexpr std::int64_t kOrderAmount = 45'000;
constexpr std::int64_t kStickerAmount = 20'000;
constexpr std::int64_t kDamagedAmount = 12'000;
constexpr std::int64_t kCashAmount = 35'000;
constexpr std::int64_t kEventTimeoutMs = 10'000;

void say(std::string const& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

std::string grouped(std::int64_t dong) {
  std::string digits = std::to_string(dong);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, '.');
  return digits + " đ";
}

/// Builds small JSON bodies: body({{"a", "x"}}, {{"n", 1}}).
std::string body(std::initializer_list<std::pair<std::string_view, std::string_view>> texts,
                 std::initializer_list<std::pair<std::string_view, std::int64_t>> numbers = {}) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  for (auto const& [name, text] : texts) writer.member(name, text);
  for (auto const& [name, number] : numbers) writer.member(name, number);
  writer.end_object();
  return out;
}

std::string text_at(Value const& value, std::string_view name) {
  Value const* found = value.find(name);
  auto const* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : *text;
}

std::int64_t number_at(Value const& value, std::string_view name) {
  Value const* found = value.find(name);
  auto const* number = found == nullptr ? nullptr : found->if_integer();
  return number == nullptr ? -1 : *number;
}

struct Answer {
  int status = 0;
  Value json;
  std::string text;
  bool replayed = false;
};

class Walk {
 public:
  Walk(WalkPlan plan, gateway::http::Endpoint const& endpoint)
      : plan_(std::move(plan)), client_(endpoint), stream_(endpoint) {}

  Result<WalkEnd> run(std::string const& log_vkey);

 private:
  Result<void> register_all();
  Result<void> put_order();
  Result<void> scan_order();
  Result<void> pay_order();
  Result<void> repeat_notice();
  Result<void> sell_by_sticker();
  Result<void> damage_code();
  Result<void> declare_cash();
  Result<void> ask_ratio();
  Result<void> prove(std::string const& log_vkey);

  Result<Answer> send(ClientRequest const& request);
  Result<Answer> ask(std::string_view method, std::string const& target, std::string const& token,
                     std::string const& content = {});
  Result<Answer> want(std::string const& step, Result<Answer> answer, int status);
  Result<Answer> notice(std::string const& content);
  Result<std::string> make_key(std::string const& id, std::string_view role, std::string_view scope,
                               std::string_view secret);
  Result<Value> next_event(std::string const& step, std::string_view type);
  std::string credit(std::string_view id, std::string_view reference, std::int64_t amount,
                     std::string_view memo) const;
  static base::Unexpected<base::Error> failed(std::string const& step, std::string const& why) {
    return base::fail(Errc::kIo, step + ": " + why);
  }

  WalkPlan plan_;
  Client client_;
  Client stream_;
  std::string merchant_token_;
  std::string till_token_;
  std::string auditor_token_;
  std::optional<base::HmacSha256> bank_key_;
  std::string code_;
  std::string page_;
  std::string first_notice_;
  std::string first_answer_;
  std::int64_t credit_sequence_ = 0;
};

Result<Answer> Walk::send(ClientRequest const& request) {
  QRPAY_TRY(ClientResponse response, client_.send(request));
  Answer answer;
  answer.status = response.status;
  answer.text = std::move(response.body);
  answer.replayed = response.headers.find("Idempotent-Replayed").has_value();
  if (auto parsed = gateway::json::parse(answer.text)) answer.json = std::move(*parsed);
  return answer;
}

Result<Answer> Walk::ask(std::string_view method, std::string const& target,
                         std::string const& token, std::string const& content) {
  ClientRequest request;
  request.method = method;
  request.target = target;
  if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token});
  if (!content.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = content;
  return send(request);
}

Result<Answer> Walk::want(std::string const& step, Result<Answer> answer, int status) {
  if (!answer) return failed(step, to_string(answer.error()));
  if (answer->status != status)
    return failed(step, "status " + std::to_string(answer->status) + " " + answer->text);
  return answer;
}

Result<Answer> Walk::notice(std::string const& content) {
  std::string const target = "/v1/bank/credits";
  std::string const timestamp =
      std::to_string(base::system_clock().wall().microseconds() / base::kSecond);
  ClientRequest request;
  request.method = "POST";
  request.target = target;
  request.body = content;
  request.headers = {{"Content-Type", "application/json"},
                     {"Qrpay-Key", "demo-bank"},
                     {"Qrpay-Timestamp", timestamp},
                     {"Qrpay-Signature", gateway::auth::make_signature(
                                             *bank_key_, gateway::auth::signed_text(
                                                             "POST", target, timestamp, content))}};
  return send(request);
}

std::string Walk::credit(std::string_view id, std::string_view reference, std::int64_t amount,
                         std::string_view memo) const {
  return body({{"id", id},
               {"bank_ref", reference},
               {"account", kAccount},
               {"memo_raw", memo},
               {"occurred_at", base::format_time(base::system_clock().wall())},
               {"rail", "napas247"}},
              {{"amount", amount}});
}

Result<std::string> Walk::make_key(std::string const& id, std::string_view role,
                                   std::string_view scope, std::string_view secret) {
  std::string const content =
      scope.empty() ? body({{"role", role}}) : body({{"role", role}, {"scope", scope}});
  QRPAY_TRY(
      Answer const answer,
      want("(b) key " + id, ask("PUT", "/v1/keys/" + id, plan_.operator_token, content), 201));
  std::string value = text_at(answer.json, secret);
  if (value.empty()) return failed("(b) key " + id, "no secret in the answer");
  return value;
}

Result<void> Walk::register_all() {
  auto const put = [&](std::string const& path, std::string const& content) {
    return want("(b) " + path, ask("PUT", path, plan_.operator_token, content), 201);
  };
  std::string const today = base::format_day(base::business_day(base::system_clock().wall()));
  QRPAY_TRY(Answer const bank,
            put("/v1/banks/demo-bank", R"({"name":"Ngân hàng thử nghiệm","bins":["970436"]})"));
  QRPAY_TRY(Answer const merchant,
            put("/v1/merchants/chi-hoa", body({{"name", "Hộ kinh doanh Chị Hoa"}})));
  QRPAY_TRY(Answer const shop,
            put("/v1/shops/chi-hoa-cho-binh-lieu", body({{"merchant", "chi-hoa"},
                                                         {"name", "Rau quả Chị Hoa, chợ Bình Liêu"},
                                                         {"commune", kCommune},
                                                         {"commune_valid_from", "2025-07-01"},
                                                         {"sector", "market"},
                                                         {"opened_on", today}})));
  QRPAY_TRY(Answer const account,
            put("/v1/accounts/chi-hoa-1", body({{"merchant", "chi-hoa"},
                                                {"bin", kBin},
                                                {"number", kAccount},
                                                {"holder", "NGUYEN THI HOA"},
                                                {"static_shop", "chi-hoa-cho-binh-lieu"},
                                                {"code_prefix", "QNH"}})));
  QRPAY_TRY(Answer const till, put("/v1/terminals/till-1",
                                   body({{"shop", "chi-hoa-cho-binh-lieu"}, {"name", "Quầy 1"}})));
  QRPAY_TRY(merchant_token_, make_key("chi-hoa", "merchant", "chi-hoa", "token"));
  QRPAY_TRY(till_token_, make_key("till-1", "terminal", "till-1", "token"));
  QRPAY_TRY(auditor_token_, make_key("auditor", "auditor", "", "token"));
  QRPAY_TRY(std::string const secret, make_key("demo-bank", "bank", "demo-bank", "secret"));
  auto const bytes = base::from_hex(secret);
  if (!bytes) return failed("(b)", "the bank's secret is not hexadecimal");
  bank_key_.emplace(base::as_bytes(*bytes));
  say("(b) registered: a bank (970436), the merchant Chị Hoa with an account there, her stall in\n"
      "    Xã Bình Liêu, its till, and keys for merchant, till, bank and auditor");
  return {};
}

Result<void> Walk::put_order() {
  QRPAY_TRY(Answer const order,
            want("(c) order",
                 ask("PUT", "/v1/orders/don-1", till_token_,
                     body({{"shop", "chi-hoa-cho-binh-lieu"}}, {{"amount", kOrderAmount}})),
                 201));
  code_ = text_at(order.json, "code");
  page_ = text_at(order.json, "page");
  say("(c) the till puts an order of " + grouped(kOrderAmount) + ": code " + code_);
  return {};
}

Result<void> Walk::scan_order() {
  QRPAY_TRY(Answer const drawn,
            want("(d) qr.txt", ask("GET", "/v1/orders/don-1/qr.txt", till_token_), 200));
  QRPAY_TRY(Answer const png,
            want("(d) qr.png", ask("GET", "/v1/orders/don-1/qr.png", till_token_), 200));
  std::string const file = plan_.files_dir + "/order.png";
  QRPAY_TRY_VOID(base::replace_file_synced(file, png.text));
  say("(d) its VietQR code, also in " + file + ":\n\n" + drawn.text);

  QRPAY_TRY(std::string const bytes, base::read_file(file, std::size_t{1} << 20));
  auto const scanned = qr::scan::scan_file(base::as_bytes(bytes));
  if (!scanned) return failed("(e) scan", to_string(scanned.error()));
  auto const payload = qr::parse_payload(*scanned, qr::Policy::kStrict);
  if (!payload) return failed("(e) verify", to_string(payload.error()));
  bool const same = payload->bank_bin == kBin && payload->account == kAccount &&
                    payload->amount_vnd == base::Vnd(kOrderAmount) &&
                    payload->additional.purpose == code_;
  if (!same) return failed("(e) verify", "the picture says something else than the order");
  say("(e) the picture read back as a payer's app would: bank " + std::string(payload->bank_bin) +
      ", account " + std::string(payload->account) + ", " + std::string(payload->amount) +
      " VND, note " + std::string(payload->additional.purpose) + "; every rule holds");
  return {};
}

Result<Value> Walk::next_event(std::string const& step, std::string_view type) {
  auto const event = stream_.next_event(kEventTimeoutMs);
  if (!event) return failed(step, to_string(event.error()));
  if (!*event) return failed(step, "the event stream ended");
  if ((*event)->event != type)
    return failed(step, "expected " + std::string(type) + ", got " + (*event)->event);
  auto parsed = gateway::json::parse((*event)->data);
  if (!parsed) return failed(step, to_string(parsed.error()));
  return std::move(*parsed);
}

Result<void> Walk::pay_order() {
  ClientRequest request;
  request.target = "/v1/terminals/till-1/events";
  request.headers.push_back({"Authorization", "Bearer " + till_token_});
  if (auto const opened = stream_.open_stream(request); !opened)
    return failed("(g) event stream", to_string(opened.error()));

  first_notice_ = credit("ev-0001", "FT26328000001", kOrderAmount,
                         "MBVCB.123.456." + code_ + ".CT tu 0011 NGUYEN VAN A");
  base::Ticks const before = base::system_clock().ticks();
  QRPAY_TRY(Answer const paid, want("(f) credit notice", notice(first_notice_), 200));
  if (text_at(paid.json, "outcome") != "paid")
    return failed("(f) credit notice", "outcome " + text_at(paid.json, "outcome"));
  credit_sequence_ = number_at(paid.json, "sequence");
  first_answer_ = paid.text;
  say("(f) the bank posts its signed credit notice: paid, record " +
      std::to_string(credit_sequence_));
  QRPAY_TRY(Value const event, next_event("(g) order.paid", "order.paid"));
  std::int64_t const took = base::system_clock().ticks().microseconds() - before.microseconds();
  if (text_at(event, "order") != "don-1") return failed("(g) order.paid", "another order");
  say("(g) the till's event stream says order.paid, " + std::to_string(took / 1000) + "." +
      std::to_string(took / 100 % 10) + " ms after the notice was sent");
  return {};
}

Result<void> Walk::repeat_notice() {
  QRPAY_TRY(Answer const again, want("(h) repeat", notice(first_notice_), 200));
  if (again.text != first_answer_ || !again.replayed)
    return failed("(h) repeat", "another answer than the first time");
  QRPAY_TRY(
      Answer const other,
      want("(h) other id", notice(credit("ev-0001-b", "FT26328000001", kOrderAmount, code_)), 200));
  if (text_at(other.json, "outcome") != "notice_repeated")
    return failed("(h) other id", "outcome " + text_at(other.json, "outcome"));
  QRPAY_TRY(Answer const order,
            want("(h) order", ask("GET", "/v1/orders/don-1", till_token_), 200));
  if (text_at(order.json, "status") != "paid" || number_at(order.json, "received") != kOrderAmount)
    return failed("(h) order", order.text);
  say("(h) the bank repeats the notice: the same answer, byte for byte; under another id:\n"
      "    notice_repeated. The order has received " +
      grouped(kOrderAmount) + ", once");
  return {};
}

Result<void> Walk::sell_by_sticker() {
  QRPAY_TRY(Answer const sticker,
            want("(i) sticker",
                 ask("GET", "/v1/shops/chi-hoa-cho-binh-lieu/qr.txt", merchant_token_), 200));
  QRPAY_TRY(
      Answer const sale,
      want("(i) sale",
           notice(credit("ev-0002", "FT26328000002", kStickerAmount, "NGUYEN VAN B chuyen tien")),
           200));
  if (text_at(sale.json, "outcome") != "received")
    return failed("(i) sale", "outcome " + text_at(sale.json, "outcome"));
  QRPAY_TRY(Value const event, next_event("(i) sale.received", "sale.received"));
  say("(i) the printed sticker: " + grouped(number_at(event, "amount")) +
      " arrive with no code at all, are a sale, and ring the till");
  return {};
}

Result<void> Walk::damage_code() {
  std::string damaged = code_;
  damaged[6] = damaged[6] == '7' ? '8' : '7';
  QRPAY_TRY(Answer const credit_answer,
            want("(j) damaged code",
                 notice(credit("ev-0003", "FT26328000003", kDamagedAmount, damaged)), 200));
  if (text_at(credit_answer.json, "outcome") != "unmatched")
    return failed("(j) damaged code", "outcome " + text_at(credit_answer.json, "outcome"));
  QRPAY_TRY(Value const event, next_event("(j) credit.unmatched", "credit.unmatched"));
  QRPAY_TRY(Answer const list,
            want("(j) list", ask("GET", "/v1/credits?outcome=unmatched", merchant_token_), 200));
  Value const* data = list.json.find("data");
  if (data == nullptr || data->if_array() == nullptr || data->if_array()->size() != 1)
    return failed("(j) list", list.text);
  say("(j) a damaged code (" + damaged + "): " + grouped(number_at(event, "amount")) +
      " wait on the list of unmatched credits, for a person; nothing is guessed");
  return {};
}

Result<void> Walk::declare_cash() {
  std::string const today = base::format_day(base::business_day(base::system_clock().wall()));
  QRPAY_TRY(Answer const cash,
            want("(k) cash",
                 ask("PUT", "/v1/cash-declarations/chi-hoa-cho-binh-lieu/" + today + "/ket-1",
                     till_token_,
                     body({{"terminal", "till-1"}}, {{"amount", kCashAmount}, {"count", 4}})),
                 201));
  say("(k) the till declares today's cash: " + grouped(number_at(cash.json, "amount")));
  return {};
}

Result<void> Walk::ask_ratio() {
  std::string const today = base::format_day(base::business_day(base::system_clock().wall()));
  QRPAY_TRY(Answer const report,
            want("(l) ratio",
                 ask("GET",
                     "/v1/reports/cashless-ratio?commune=" + std::string(kCommune) +
                         "&from=" + today + "&to=" + today,
                     auditor_token_),
                 200));
  Value const* ratio = report.json.find("value_ratio");
  Value const* coverage = report.json.find("coverage_value");
  std::int64_t const expected =
      10'000 * (kOrderAmount + kStickerAmount) / (kOrderAmount + kStickerAmount + kCashAmount);
  if (ratio == nullptr || coverage == nullptr || number_at(*ratio, "bp") != expected)
    return failed("(l) ratio", report.text);
  say("(l) the commune's cashless ratio " + text_at(report.json, "report") + " (" +
      text_at(report.json, "commune_name") + "): " + std::to_string(expected / 100) +
      " % by value, coverage " + std::to_string(number_at(*coverage, "bp") / 100) + " %, grade " +
      text_at(report.json, "grade") + ", of ledger size " +
      std::to_string(number_at(*report.json.find("as_of"), "size")));
  return {};
}

Result<void> Walk::prove(std::string const& log_vkey) {
  if (!plan_.data_dir.empty()) {
    QRPAY_TRY(Finished const verified,
              run_process({own_program(), "ledger", "verify", plan_.data_dir}));
    if (verified.exit_code != 0) return failed("(m) ledger verify", verified.output);
    say("(m) the ledger checked beside the running server:\n" + verified.output);
  }
  QRPAY_TRY(
      Answer const proof,
      want("(m) receipt",
           ask("GET", "/v1/ledger/proof/" + std::to_string(credit_sequence_), merchant_token_),
           200));
  std::string const receipt = plan_.files_dir + "/receipt.txt";
  std::string const key = plan_.files_dir + "/log.vkey";
  QRPAY_TRY_VOID(base::replace_file_synced(receipt, proof.text));
  QRPAY_TRY_VOID(base::replace_file_synced(key, log_vkey + "\n"));
  QRPAY_TRY(Finished const checked,
            run_process({own_program(), "proof", "verify", receipt, "--key", key}));
  if (checked.exit_code != 0) return failed("(m) proof verify", checked.output);
  say("    and the receipt of the payment, " + receipt +
      ", checked offline with the public key:\n" + checked.output);
  return {};
}

Result<WalkEnd> Walk::run(std::string const& log_vkey) {
  QRPAY_TRY_VOID(register_all());
  QRPAY_TRY_VOID(put_order());
  QRPAY_TRY_VOID(scan_order());
  QRPAY_TRY_VOID(pay_order());
  QRPAY_TRY_VOID(repeat_notice());
  QRPAY_TRY_VOID(sell_by_sticker());
  QRPAY_TRY_VOID(damage_code());
  QRPAY_TRY_VOID(declare_cash());
  QRPAY_TRY_VOID(ask_ratio());
  QRPAY_TRY_VOID(prove(log_vkey));
  return WalkEnd{plan_.url + page_, plan_.files_dir + "/receipt.txt",
                 plan_.files_dir + "/log.vkey"};
}

}  // namespace

Result<WalkEnd> walk(WalkPlan const& plan, std::string const& log_vkey) {
  QRPAY_TRY(auto const endpoint, gateway::http::parse_endpoint(plan.url));
  return Walk(plan, endpoint).run(log_vkey);
}

}  // namespace qrpay::cli
