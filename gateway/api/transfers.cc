// Transfers between the ledger's own accounts, and closing such an account.
#include "base/time_text.h"
#include "gateway/api/entries.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using json::ObjectReader;
using ledger::Kind;
using ledger::Sides;
using ledger::TlvReader;

namespace {

std::optional<base::WallTime> read_occurred_at(ObjectReader& in) {
  auto const text = in.optional_string("occurred_at", 20, 32);
  if (!text) return std::nullopt;
  auto const time = base::parse_time(*text);
  if (!time) in.refuse("occurred_at", "a time like 2026-11-24T10:04:05+07:00");
  return time;
}

void write_transfer(json::Writer& out, ledger::Record const& record) {
  auto const time = TlvReader(record.body).number(field::kEffectiveTime);
  if (!time) return;
  out.member("occurred_at", base::format_time(base::WallTime(static_cast<std::int64_t>(*time))));
}

void put_transfer(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::Transfer transfer = read_transfer(in);
  transfer.occurred_at = read_occurred_at(in);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  submit_entry(services, call, *id, std::move(transfer), write_transfer);
}

constexpr std::string_view kSides[] = {"none", "debit", "credit", "both"};

void close_account(Services& services, Call const& call) {
  engine::CloseAccount close;
  std::string const account = call.param("account");
  auto const parsed = parse_ledger_account(account);
  if (!parsed)
    return call.refuse({Errc::kInvalidField, "account in the path: 32 hexadecimal digits"});
  close.account = *parsed;
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  std::string const id = in.string("id", 1, engine::kCallerIdMax);
  if (!valid_caller_id(id)) in.refuse("id", kCallerIdRule);
  std::size_t const sides = in.choice("side", {kSides[1], kSides[2], kSides[3]});
  close.sides = static_cast<Sides>(sides + 1);
  close.with_balance = in.optional_boolean("with_balance").value_or(false);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  submit_entry(services, call, id, close,
               [account](json::Writer& out, ledger::Record const& record) {
                 TlvReader const fields(record.body);
                 out.member("account", account);
                 auto const closed = fields.number_or(field::kClosedSides, 0);
                 out.member("closed", kSides[closed & 3]);
                 if (closed != 0)
                   out.member("with_balance", fields.number_or(field::kWithBalance, 0) == 1);
               });
}

}  // namespace

void add_transfer_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kPut, "/v1/transfers/{id}", authenticated(services, put_transfer));
  router.add(Method::kGet, "/v1/transfers/{id}",
             authenticated(services, [](Services& s, Call const& call) {
               get_entry(s, call, Kind::kTransfer, write_transfer);
             }));
  router.add(Method::kPost, "/v1/ledger-accounts/{account}/close",
             authenticated(services, close_account));
}

}  // namespace qrpay::gateway::api
