// Cash declarations of a shop's terminals.
#include "gateway/api/routes.h"
#include "gateway/json/object_reader.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using json::ObjectReader;
using ledger::TlvReader;

namespace {

struct CashPath {
  std::string shop;
  std::string day;
  std::string id;
};

HttpResponse render_cash(CashPath const& path, engine::Decided const& decided) {
  ledger::Record const& record = decided.record;
  TlvReader const body(record.body);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("id", path.id);
  out.member("shop", path.shop);
  out.member("day", path.day);
  out.member("outcome", engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
  out.member("amount", record.amount.dong());
  out.member("withdrawn", body.number_or(field::kWithdrawn, 0) == 1);
  if (auto const count = body.number(field::kCount)) out.member("count", *count);
  out.member("declared_rev", body.number_or(field::kDeclaredRev, 0));
  out.member("sequence", record.sequence.value());
  out.member("recorded_at", recorded_at(record));
  out.end_object();
  return http::json_response(std::move(text), 201);
}

void put_cash(Services& services, Call const& call) {
  CashPath path;
  for (auto [name, out] : {std::pair{"shop", &path.shop}, std::pair{"id", &path.id}}) {
    auto const value = read_id(call, name);
    if (!value) return call.refuse(value.error());
    *out = *value;
  }
  path.day = call.param("day");
  auto const day = base::parse_day(path.day);
  if (!day) return call.refuse({Errc::kInvalidField, "day in the path: a date like 2026-11-24"});
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::DeclareCash cash;
  cash.shop = path.shop;
  cash.day = *day;
  cash.terminal = in.string("terminal", 1, engine::kCallerIdMax);
  cash.amount = base::Vnd(in.integer("amount", 0, base::kAmountMax.dong()));
  cash.withdrawn = in.optional_boolean("withdrawn").value_or(false);
  if (auto const count = in.optional_integer("count", 0, 0xffffffff))
    cash.count = static_cast<std::uint32_t>(*count);
  cash.declared_rev =
      static_cast<std::uint32_t>(in.optional_integer("declared_rev", 1, 0xffffffff).value_or(1));
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  if (call.principal().role != Role::kMerchant && call.principal().role != Role::kTerminal)
    return call.refuse({Errc::kForbidden, "only a merchant or a terminal declares cash"});
  engine::Command command;
  command.actor = call.principal().key;
  command.tenant = call.principal().tenant;
  // The path is the id: the same last part for another day is another declaration.
  command.id = path.shop + "/" + path.day + "/" + path.id;
  command.payload = std::move(cash);
  submit(services, call, std::move(command),
         [path](engine::Decided const& decided) { return render_cash(path, decided); });
}

}  // namespace

void add_cash_routes(Services& services, http::Router& router) {
  router.add(http::Method::kPut, "/v1/cash-declarations/{shop}/{day}/{id}",
             authenticated(services, put_cash));
}

}  // namespace qrpay::gateway::api
