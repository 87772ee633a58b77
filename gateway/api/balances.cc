// What an account holds, now or after any past record, and its statement.
#include <algorithm>
#include <charconv>
#include <memory>

#include "base/time_text.h"
#include "gateway/api/ledger_accounts.h"
#include "gateway/api/moments.h"
#include "gateway/api/pieces.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using base::fail;
using ledger::AccountId;
using ledger::Layer;
using ledger::TlvReader;

namespace {

constexpr std::size_t kLinesDefault = 100;
constexpr std::uint64_t kLinesMax = 1'000;  // 20 ms of reads
constexpr std::size_t kLinesInPiece = 500;  // 50 KiB of CSV

void write_sides(json::Writer& out, std::string_view name, std::int64_t debit,
                 std::int64_t credit) {
  out.key(name).begin_object();
  out.member("debit", debit);
  out.member("credit", credit);
  out.end_object();
}

HttpResponse no_store(HttpResponse response) {
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Result<std::string> balance_json(Services& services, SeenAccount const& seen,
                                 std::optional<Moment> const& at) {
  Sequence sequence = seen.last;
  ledger::Account totals = seen.now;
  if (at) {
    QRPAY_TRY(sequence, last_of(services.log, *at, seen.last));
    QRPAY_TRY(auto const* projections, projections_of(services));
    if (sequence != seen.last) {
      QRPAY_TRY(totals, projections->account_at(seen.account, sequence));
    }
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_ledger_account(out, seen.account);
  out.member("currency", "VND");
  out.member("sequence", sequence.value());
  write_sides(out, "posted", totals.posted_debit, totals.posted_credit);
  write_sides(out, "held", totals.held_debit, totals.held_credit);
  out.member("balance", totals.balance().dong());
  out.end_object();
  return text;
}

void get_balance(Services& services, Call const& call, NamedBy named_by) {
  auto const at = read_moment(call, "at");
  if (!at) return call.refuse(at.error());
  with_account(services, call, named_by, [&services, call, at = *at](SeenAccount const& seen) {
    auto text = balance_json(services, seen, at);
    if (!text) return call.refuse(text.error());
    call.answer(no_store(http::json_response(std::move(*text))));
  });
}

/// One line of a statement with what its record says.
struct Line {
  ledger::StatementLine leg;
  std::string_view leg_name;
  std::vector<std::string> counter_accounts;  ///< of the other side and the same layer
  base::WallTime recorded_at;
  base::Day business_day;
};

/// When it is said to have happened, else when it was recorded.
base::Day day_of(ledger::Record const& record) {
  TlvReader const body(record.body);
  auto time = record.kind == ledger::Kind::kBankCredit ? body.number(field::kTimeOfSale)
                                                       : body.number(field::kEffectiveTime);
  return base::business_day(time ? base::WallTime(static_cast<std::int64_t>(*time))
                                 : record.log_time);
}

Line line_of(AccountId const& account, ledger::StatementLine const& leg, std::size_t nth,
             ledger::Record const& record) {
  Line line{leg, "", {}, record.log_time, day_of(record)};
  for (auto const& posting : record.postings) {
    if (posting.account == account) {
      if (nth-- == 0) line.leg_name = leg_name(posting.leg);
      continue;
    }
    if (posting.layer != leg.layer || (posting.amount.dong() < 0) == (leg.amount.dong() < 0))
      continue;
    std::string id = base::to_hex(posting.account.value());
    if (std::ranges::find(line.counter_accounts, id) == line.counter_accounts.end())
      line.counter_accounts.push_back(std::move(id));
  }
  return line;
}

/// Reads a statement page by page. In the worker.
class Statement {
 public:
  Statement(Services& services, AccountId const& account, Stretch const& stretch)
      : services_(services), account_(account), after_(stretch.after), until_(stretch.until) {}

  [[nodiscard]] Result<base::Vnd> opening() const {
    QRPAY_TRY(auto const* projections, projections_of(services_));
    QRPAY_TRY(ledger::Account const totals, projections->account_at(account_, after_));
    return totals.balance();
  }
  /// The next lines: `limit`, and those of the last one's record; none at the end.
  [[nodiscard]] Result<std::vector<Line>> next(std::size_t limit) {
    QRPAY_TRY(auto const* projections, projections_of(services_));
    QRPAY_TRY(auto const legs, projections->statement(account_, {after_, until_, limit}));
    std::vector<Line> lines;
    lines.reserve(legs.size());
    ledger::StoredRecord stored;
    std::size_t nth = 0;
    for (auto const& leg : legs) {
      nth = leg.sequence == stored.record.sequence ? nth + 1 : 0;
      if (nth == 0) {
        QRPAY_TRY(stored, services_.log.read(leg.sequence));
      }
      lines.push_back(line_of(account_, leg, nth, stored.record));
    }
    if (!lines.empty()) after_ = lines.back().leg.sequence;
    return lines;
  }
  [[nodiscard]] AccountId const& account() const { return account_; }
  [[nodiscard]] Sequence after() const { return after_; }
  [[nodiscard]] Sequence until() const { return until_; }

 private:
  Services& services_;
  AccountId const account_;
  Sequence after_;
  Sequence const until_;
};

std::string_view layer_name(Layer layer) { return layer == Layer::kPosted ? "posted" : "held"; }

void write_line(json::Writer& out, Line const& line) {
  out.begin_object();
  out.member("sequence", line.leg.sequence.value());
  out.member("leg", line.leg_name);
  out.member("layer", layer_name(line.leg.layer));
  out.member("amount", line.leg.amount.dong());
  out.member("balance", line.leg.balance.dong());
  out.key("counter_accounts").begin_array();
  for (auto const& account : line.counter_accounts) out.string(account);
  out.end_array();
  out.member("recorded_at", base::format_time(line.recorded_at));
  out.member("business_day", base::format_day(line.business_day));
  out.end_object();
}

Result<std::string> statement_json(Statement statement, std::size_t limit) {
  QRPAY_TRY(base::Vnd const opening, statement.opening());
  Sequence const after = statement.after();
  QRPAY_TRY(auto const lines, statement.next(limit));
  QRPAY_TRY(auto const more, statement.next(1));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_ledger_account(out, statement.account());
  out.member("currency", "VND");
  out.member("after", after.value());
  out.member("until", statement.until().value());
  out.member("opening_balance", opening.dong());
  out.key("data").begin_array();
  for (auto const& line : lines) write_line(out, line);
  out.end_array();
  out.member("has_more", !more.empty());
  if (more.empty())
    out.null_member("next_cursor");
  else
    out.member("next_cursor", std::to_string(lines.back().leg.sequence.value()));
  out.end_object();
  return text;
}

void add_row(std::string& text, Line const& line) {
  text += "line," + std::to_string(line.leg.sequence.value()) + ',';
  text += line.leg_name;
  text += ',';
  text += layer_name(line.leg.layer);
  text += ',' + std::to_string(line.leg.amount.dong()) + ',' +
          std::to_string(line.leg.balance.dong()) + ',';
  for (auto const& account : line.counter_accounts) {
    if (&account != &line.counter_accounts.front()) text += ' ';
    text += account;
  }
  text += ',' + base::format_time(line.recorded_at) + ',' + base::format_day(line.business_day) +
          "\r\n";
}

/// "opening", the lines, "closing": without its last row the file was cut.
class StatementCsv {
 public:
  explicit StatementCsv(Statement statement) : statement_(std::move(statement)) {}

  Result<std::optional<std::string>> next() {
    if (part_ == Part::kEnd) return std::optional<std::string>();
    std::string text;
    if (part_ == Part::kOpening) {
      QRPAY_TRY(balance_, statement_.opening());
      text = "row,sequence,leg,layer,amount,balance,counter_accounts,recorded_at,business_day\r\n";
      add_balance(text, "opening", statement_.after());
      part_ = Part::kLines;
    }
    QRPAY_TRY(auto const lines, statement_.next(kLinesInPiece));
    for (auto const& line : lines) add_row(text, line);
    if (!lines.empty()) {
      balance_ = lines.back().leg.balance;
    } else {
      add_balance(text, "closing", statement_.until());
      part_ = Part::kEnd;
    }
    return std::optional(std::move(text));
  }

 private:
  enum class Part : std::uint8_t { kOpening, kLines, kEnd };
  void add_balance(std::string& text, std::string_view row, Sequence at) const {
    text += row;
    text += ',' + std::to_string(at.value()) + ",,,," + std::to_string(balance_.dong()) + ",,,\r\n";
  }
  Statement statement_;
  Part part_ = Part::kOpening;
  base::Vnd balance_;
};

struct StatementQuery {
  Period period;
  std::optional<Sequence> cursor;
  std::size_t limit = kLinesDefault;
  Format format = Format::kJson;
};

Result<std::optional<std::uint64_t>> read_number(Call const& call, std::string_view name) {
  auto const text = call.query(name);
  if (!text) return std::optional<std::uint64_t>();
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size())
    return fail(Errc::kInvalidField, std::string(name) + " in the query: a number");
  return std::optional(value);
}

Result<StatementQuery> read_statement(Call const& call) {
  StatementQuery query;
  QRPAY_TRY(query.period, read_period(call));
  QRPAY_TRY(query.format, read_format(call));
  QRPAY_TRY(auto const cursor, read_number(call, "cursor"));
  QRPAY_TRY(auto const limit, read_number(call, "limit"));
  if (cursor) query.cursor = Sequence(*cursor);
  if (limit && (*limit == 0 || *limit > kLinesMax))
    return fail(Errc::kInvalidField, "limit in the query: 1 to 1000");
  query.limit = static_cast<std::size_t>(limit.value_or(kLinesDefault));
  return query;
}

Result<HttpResponse> answer_statement(Services& services, SeenAccount const& seen,
                                      StatementQuery const& query) {
  QRPAY_TRY(Stretch stretch, stretch_of(services.log, query.period, seen.last));
  if (query.cursor) stretch.after = std::max(stretch.after, *query.cursor);
  stretch.after = std::min(stretch.after, stretch.until);
  Statement statement(services, seen.account, stretch);
  if (query.format == Format::kJson) {
    QRPAY_TRY(std::string text, statement_json(std::move(statement), query.limit));
    return no_store(http::json_response(std::move(text)));
  }
  HttpResponse response;
  response.content_type = kCsvType;
  auto const csv = std::make_shared<StatementCsv>(std::move(statement));
  response.source = pieces(services.worker, [csv] { return csv->next(); });
  return no_store(std::move(response));
}

void get_statement(Services& services, Call const& call, NamedBy named_by) {
  auto const query = read_statement(call);
  if (!query) return call.refuse(query.error());
  with_account(services, call, named_by,
               [&services, call, query = *query](SeenAccount const& seen) {
                 auto response = answer_statement(services, seen, query);
                 if (!response) return call.refuse(response.error());
                 call.answer(std::move(*response));
               });
}

}  // namespace

void add_balance_routes(Services& services, http::Router& router) {
  struct Place {
    std::string path;
    NamedBy named_by;
  };
  for (Place const& place : {Place{"/v1/accounts/{id}", NamedBy::kId},
                             Place{"/v1/ledger/accounts/{account}", NamedBy::kLedgerAccount}}) {
    router.add(http::Method::kGet, place.path + "/balance",
               authenticated(services, [named_by = place.named_by](Services& s, Call const& call) {
                 get_balance(s, call, named_by);
               }));
    router.add(http::Method::kGet, place.path + "/statement",
               authenticated(services, [named_by = place.named_by](Services& s, Call const& call) {
                 get_statement(s, call, named_by);
               }));
  }
}

}  // namespace qrpay::gateway::api
