// Linked commands: all of a batch, or nothing.
#include "engine/members.h"
#include "gateway/api/entries.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using engine::kCallerIdMax;
using json::ObjectReader;
using ledger::Kind;

namespace {

std::string read_member_id(ObjectReader& in, std::string_view name) {
  std::string id = in.string(name, 1, kCallerIdMax);
  if (!valid_caller_id(id)) in.refuse(name, kCallerIdRule);
  return id;
}

engine::BatchMember read_member(ObjectReader& in) {
  switch (in.choice("type", {"transfer", "hold", "post", "void"})) {
    case 1: {
      std::string id = read_member_id(in, "id");
      return {std::move(id), read_hold(in)};
    }
    case 2: {
      std::string hold = read_member_id(in, "hold");
      return {{}, engine::PostHold{std::move(hold), read_part(in)}};
    }
    case 3: return {{}, engine::VoidHold{read_member_id(in, "hold")}};
    default: return {{}, read_transfer(in)};
  }
}

std::string_view type_name(Kind kind) {
  return kind == Kind::kVoidHold ? "void" : ledger::kind_name(kind);
}

void write_batch(json::Writer& out, ledger::Record const& record) {
  ledger::TlvReader const body(record.body);
  if (auto const refused = body.number(field::kRefused))
    out.member("refused", "/commands/" + std::to_string(*refused));
  auto const members = engine::decode_members(body.text(field::kMembers));
  if (members.empty()) return;
  out.key("commands").begin_array();
  for (auto const& member : members) {
    out.begin_object();
    out.member("type", type_name(member.kind));
    out.member("amount", member.amount.dong());
    out.end_object();
  }
  out.end_array();
}

void put_batch(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::PutBatch batch;
  for (auto& member : in.objects("commands", engine::kBatchMembersMax))
    batch.members.push_back(read_member(member));
  if (batch.members.empty()) in.refuse("commands", "1 to 32");
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  submit_entry(services, call, *id, std::move(batch), write_batch);
}

}  // namespace

void add_batch_routes(Services& services, http::Router& router) {
  router.add(http::Method::kPut, "/v1/batches/{id}", authenticated(services, put_batch));
  router.add(http::Method::kGet, "/v1/batches/{id}",
             authenticated(services, [](Services& s, Call const& call) {
               get_entry(s, call, Kind::kBatch, write_batch);
             }));
}

}  // namespace qrpay::gateway::api
