// A bank's credit notices, and the lists of payments and unmatched credits.
#include <algorithm>
#include <charconv>

#include "base/time_text.h"
#include "engine/authority.h"
#include "gateway/api/ledger_accounts.h"
#include "gateway/api/routes.h"
#include "gateway/json/object_reader.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
namespace side = ledger::side;
using base::fail;
using engine::Outcome;
using engine::State;
using json::ObjectReader;
using ledger::IdTag;
using ledger::Kind;
using ledger::TlvReader;
using notify::side_text;

namespace {

constexpr std::size_t kPageDefault = 50;
constexpr std::size_t kPageMax = 200;

HttpResponse render_credit(engine::Decided const& decided) {
  ledger::Record const& record = decided.record;
  TlvReader const body(record.body);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_text_or_null(out, "id", side_text(decided, ledger::kSectionCaller, side::kId));
  out.member("outcome", engine::outcome_name(static_cast<Outcome>(record.outcome)));
  out.member("amount", record.amount.dong());
  out.member("currency", "VND");
  if (auto const original = body.number(field::kOriginal)) out.member("first", *original);
  if (body.number_or(field::kNoReference, 0) == 1) out.member("no_reference", true);
  out.member("sequence", record.sequence.value());
  out.member("recorded_at", recorded_at(record));
  out.end_object();
  return http::json_response(std::move(text));
}

engine::Rail read_rail(ObjectReader& in) {
  return static_cast<engine::Rail>(
      in.optional_choice("rail", {"unknown", "napas247", "intrabank", "card", "wallet"})
          .value_or(0));
}

void post_credit(Services& services, Call const& call) {
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::Command command;
  command.id = in.string("id", 1, engine::kCallerIdMax);
  if (!valid_caller_id(command.id)) in.refuse("id", kCallerIdRule);
  engine::BankCredit credit;
  credit.bank_ref = in.optional_string("bank_ref", 1, engine::kReferenceMax).value_or("");
  credit.uetr = in.optional_string("uetr", 1, engine::kReferenceMax).value_or("");
  credit.trace = in.optional_string("trace", 1, engine::kReferenceMax).value_or("");
  credit.bin = in.optional_string("bin", 6, 6).value_or("");
  credit.account = in.string("account", 1, 34);
  credit.amount = base::Vnd(in.integer("amount", 1, base::kAmountMax.dong()));
  credit.memo =
      in.optional_string("memo_raw", 0, engine::kMemoMax, json::TextRule::kManyLines).value_or("");
  auto const occurred = base::parse_time(in.string("occurred_at", 20, 32));
  if (!occurred) in.refuse("occurred_at", "a time like 2026-11-24T10:04:05+07:00");
  credit.occurred_at = occurred.value_or(base::WallTime());
  if (auto payer = in.optional_object("payer")) {
    credit.payer.name = payer->optional_string("name", 0, engine::kNameMax).value_or("");
    credit.payer.account = payer->optional_string("account", 0, 34).value_or("");
    credit.payer.bin = payer->optional_string("bin", 0, 6).value_or("");
  }
  credit.rail = read_rail(in);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  if (call.principal().role != Role::kBank)
    return call.refuse({Errc::kForbidden, "only a bank's key posts credits"});
  if (credit.bin.empty()) {
    if (call.principal().bins.size() != 1)
      return call.refuse({Errc::kMissingField, "/bin: this bank has several identifiers"});
    credit.bin = call.principal().bins.front();
  }
  std::string& original = call.signed_original();
  if (original.size() > engine::kOriginalMax)
    return call.refuse({Errc::kTooLarge, "a signed request over 8192 bytes"});
  credit.signed_original = std::move(original);
  command.actor = call.principal().key;
  command.tenant = call.principal().tenant;
  command.payload = std::move(credit);
  submit(services, call, std::move(command), render_credit);
}

void get_credit(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  if (call.principal().role != Role::kBank)
    return call.refuse({Errc::kForbidden, "only a bank's key"});
  auto const tag = services.tagger.id_tag(
      {.tenant = call.principal().tenant, .kind = Kind::kBankCredit, .id = *id, .revision = 1});
  ask<Sequence>(
      services, call,
      [tag](State const& state) -> Result<Sequence> {
        Sequence const found = state.find(tag);
        if (found == Sequence(0)) return fail(Errc::kNotFound, "no credit with this id");
        return found;
      },
      [&services, call](Result<Sequence> found) {
        if (!found) return call.refuse(found.error());
        auto const decided = services.records.read(*found);
        if (!decided) return call.refuse(decided.error());
        call.answer(render_credit(**decided));
      });
}

void write_payment(json::Writer& out, engine::Decided const& decided) {
  ledger::Record const& record = decided.record;
  TlvReader const body(record.body);
  base::WallTime const sold(static_cast<std::int64_t>(body.number_or(field::kTimeOfSale, 0)));
  out.begin_object();
  out.member("sequence", record.sequence.value());
  out.member("outcome", engine::outcome_name(static_cast<Outcome>(record.outcome)));
  out.member("amount", record.amount.dong());
  out.member("currency", "VND");
  out.member("occurred_at", base::format_time(sold));
  out.member("business_day", base::format_day(base::business_day(sold)));
  out.member("recorded_at", recorded_at(record));
  std::string const reference = side_text(decided, ledger::kSectionCaller, side::kBankRef);
  if (!reference.empty()) out.member("bank_ref", reference);
  std::string const number = side_text(decided, ledger::kSectionCaller, side::kNumber);
  if (!number.empty()) out.member("account", number);
  std::string const memo = side_text(decided, ledger::kSectionPayer, side::kMemo);
  if (!memo.empty()) out.member("memo_raw", memo);
  std::string const payer = side_text(decided, ledger::kSectionPayer, side::kPayerName);
  if (!payer.empty()) out.member("payer", payer);
  out.end_object();
}

struct Page {
  std::uint64_t after = 0;  ///< sequence
  std::size_t limit = kPageDefault;
};
Result<Page> read_page(Call const& call) {
  Page page;
  auto const number = [&](std::string_view name, std::uint64_t max,
                          std::uint64_t& out) -> Result<void> {
    auto const text = call.query(name);
    if (!text) return {};
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (error != std::errc() || end != text->data() + text->size() || out > max)
      return fail(Errc::kInvalidField, std::string(name) + " in the query");
    return {};
  };
  std::uint64_t limit = page.limit;
  QRPAY_TRY_VOID(number("cursor", ~std::uint64_t{0}, page.after));
  QRPAY_TRY_VOID(number("limit", kPageMax, limit));
  if (limit == 0) return fail(Errc::kInvalidField, "limit in the query: 1 to 200");
  page.limit = static_cast<std::size_t>(limit);
  return page;
}

/// Answers with `sequences`, of which there is one more than the page when more follow. In the
/// worker.
void send_list(Services& services, Call const& call, std::vector<Sequence> const& sequences,
               std::size_t limit) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("data").begin_array();
  std::size_t const shown = std::min(limit, sequences.size());
  for (std::size_t i = 0; i < shown; ++i) {
    auto const decided = services.records.read(sequences[i]);
    if (!decided) return call.refuse(decided.error());
    write_payment(out, **decided);
  }
  out.end_array();
  bool const more = sequences.size() > limit;
  out.member("has_more", more);
  if (more)
    out.member("next_cursor", std::to_string(sequences[limit - 1].value()));
  else
    out.null_member("next_cursor");
  out.end_object();
  HttpResponse response = http::json_response(std::move(text));
  response.headers.push_back({"Cache-Control", "no-store"});
  call.answer(std::move(response));
}

/// Of one day, in one page; one more than the page when more follow.
struct PaymentsQuery {
  base::Day day;
  Page page;
};
/// What the engine knew: the shop, and the last record, which is durable.
struct PaymentsPlace {
  Sequence shop;
  Sequence last;
};

// A credit is never recorded long before its time: what lies before the day is not read. Each part
// reads the runs in memory through, so parts are large.
Result<std::vector<Sequence>> find_payments(Services& services, PaymentsPlace const& place,
                                            PaymentsQuery const& query) {
  constexpr std::size_t kPartPayments = 65'536;
  QRPAY_TRY(auto const* projections, projections_of(services));
  base::WallTime const first = base::later(base::start_of(query.day), -engine::kOccurredAfter - 1);
  QRPAY_TRY(Sequence const before, services.log.last_at(first, place.last.value()));
  Sequence after = std::max(before, Sequence(query.page.after));
  std::vector<Sequence> list;
  for (;;) {
    QRPAY_TRY(auto const part,
              projections->payments(place.shop, {after, place.last, kPartPayments}));
    for (auto const& payment : part) {
      if (payment.day == query.day.days()) list.push_back(payment.record);
      if (list.size() > query.page.limit) return list;
    }
    if (part.size() < kPartPayments) return list;
    after = part.back().record;
  }
}

void list_payments(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const page = read_page(call);
  if (!page) return call.refuse(page.error());
  auto const day = base::parse_day(call.query("day").value_or(""));
  if (!day) return call.refuse({Errc::kInvalidField, "day in the query: a date like 2026-11-24"});
  auto const tag = services.tagger.id_tag(
      {.tenant = Sequence(0), .kind = Kind::kRegisterShop, .id = *id, .revision = 1});
  Sequence const actor = call.principal().key;
  PaymentsQuery const query{*day, *page};
  ask<PaymentsPlace>(
      services, call,
      [tag, actor](State const& state) -> Result<PaymentsPlace> {
        QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
        Sequence const shop = state.find(tag);
        QRPAY_TRY_VOID(engine::require_readable_shop(state, *key, shop, "shop"));
        return PaymentsPlace{shop, state.last()};
      },
      [&services, call, query](Result<PaymentsPlace> place) {
        if (!place) return call.refuse(place.error());
        auto const queued = services.worker.run([&services, call, query, place = *place] {
          auto list = find_payments(services, place, query);
          if (!list) return call.refuse(list.error());
          send_list(services, call, *list, query.page.limit);
        });
        if (!queued) call.refuse(queued.error());
      });
}

// Waiting for a person. A merchant sees its own accounts' credits; operator and auditor all.
void list_credits(Services& services, Call const& call) {
  if (call.query("outcome") != "unmatched")
    return call.refuse({Errc::kNotSupported, "outcome in the query: only unmatched"});
  auto const page = read_page(call);
  if (!page) return call.refuse(page.error());
  auto const& principal = call.principal();
  bool const sees_all = principal.role == Role::kOperator || principal.role == Role::kAuditor;
  if (!sees_all && principal.role != Role::kMerchant)
    return call.refuse({Errc::kForbidden, "this key's role may not see unmatched credits"});
  Sequence const owner = sees_all ? Sequence(0) : principal.scope;
  using List = std::vector<Sequence>;
  ask<List>(
      services, call,
      [page = *page, owner](State const& state) -> Result<List> {
        auto const& all = state.unmatched();
        auto at = std::upper_bound(all.begin(), all.end(), page.after,
                                   [](std::uint64_t after, State::Unmatched const& credit) {
                                     return after < credit.record.value();
                                   });
        List list;
        for (; at != all.end() && list.size() <= page.limit; ++at)
          if (owner == Sequence(0) || at->owner == owner) list.push_back(at->record);
        return list;
      },
      [&services, call, limit = page->limit](Result<List> list) {
        if (!list) return call.refuse(list.error());
        auto const queued = services.worker.run([&services, call, list = std::move(*list), limit] {
          send_list(services, call, list, limit);
        });
        if (!queued) call.refuse(queued.error());
      });
}

}  // namespace

void add_credit_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kPost, "/v1/bank/credits", authenticated(services, post_credit),
             {.body_bytes_max = engine::kOriginalMax});
  router.add(Method::kGet, "/v1/bank/credits/{id}", authenticated(services, get_credit));
  router.add(Method::kGet, "/v1/shops/{id}/payments", authenticated(services, list_payments));
  router.add(Method::kGet, "/v1/credits", authenticated(services, list_credits));
}

}  // namespace qrpay::gateway::api
