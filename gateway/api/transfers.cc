// Plain transfers between the ledger's own accounts: the operator's.
#include "gateway/api/routes.h"

#include <algorithm>
#include "gateway/json/object_reader.h"

namespace qrpay::gateway::api {

using json::ObjectReader;

namespace {

ledger::AccountId read_account(ObjectReader& in, std::string_view name) {
  auto const bytes = base::from_hex(in.string(name, 32, 32));
  base::Bytes16 id{};
  if (bytes)
    std::copy(bytes->begin(), bytes->end(), id.begin());
  else
    in.refuse(name, "32 hexadecimal digits, as ledger_account gives them");
  return ledger::AccountId(id);
}

void put_transfer(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::Transfer transfer;
  transfer.debit = read_account(in, "debit");
  transfer.credit = read_account(in, "credit");
  transfer.amount = base::Vnd(in.integer("amount", 1, base::kAmountMax.dong()));
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  engine::Command command;
  command.actor = call.principal().key;
  command.tenant = Sequence(0);
  command.id = *id;
  command.payload = transfer;
  if (call.principal().role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "this key's role may not do this"});
  submit(services, call, std::move(command), [id = *id](engine::Decided const& decided) {
    ledger::Record const& record = decided.record;
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", id);
    out.member("outcome", engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
    out.member("amount", record.amount.dong());
    out.member("sequence", record.sequence.value());
    out.member("recorded_at", recorded_at(record));
    out.end_object();
    return http::json_response(std::move(text));
  });
}

}  // namespace

void add_transfer_routes(Services& services, http::Router& router) {
  router.add(http::Method::kPut, "/v1/transfers/{id}", authenticated(services, put_transfer));
}

}  // namespace qrpay::gateway::api
