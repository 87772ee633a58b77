#include "gateway/api/entries.h"

#include <algorithm>
#include <memory>

#include "engine/dry_run.h"

namespace qrpay::gateway::api {

using base::fail;
using base::Vnd;
using json::ObjectReader;
using ledger::Kind;

namespace {

constexpr std::int64_t kExpiresInMax = 400LL * 24 * 60 * 60;  // seconds: as an order's

ledger::AccountId read_account(ObjectReader& in, std::string_view name) {
  auto const account = parse_ledger_account(in.string(name, 32, 32));
  if (!account) in.refuse(name, "32 hexadecimal digits, as ledger_account gives them");
  return account.value_or(ledger::AccountId());
}

Vnd read_amount(ObjectReader& in, std::string_view name) {
  return Vnd(in.integer(name, 1, base::kAmountMax.dong()));
}

ledger::Currency read_currency(ObjectReader& in) {
  constexpr ledger::Currency kNone = 999;  // ISO 4217: no currency; the engine refuses it
  auto const text = in.optional_string("currency", 3, 3);
  return !text || *text == "VND" ? ledger::kVndCurrency : kNone;
}

engine::TransferLeg read_leg(ObjectReader& in) {
  engine::TransferLeg leg;
  leg.account = read_account(in, "account");
  bool const debit = in.has("debit");
  bool const credit = in.has("credit");
  if (debit && credit) in.refuse("credit", "a leg is a debit or a credit");
  if (debit) {
    leg.amount = read_amount(in, "debit");
  } else if (credit) {
    leg.amount = Vnd(-read_amount(in, "credit").dong());
  } else {
    std::int64_t const max = base::kAmountMax.dong();
    leg.amount = Vnd(in.integer("amount", -max, max));
    if (leg.amount == Vnd(0)) in.refuse("amount", "positive debits, negative credits, never 0");
  }
  return leg;
}

bool has_amount(Kind kind) { return kind != Kind::kBatch && kind != Kind::kCloseAccount; }

/// Of a record, or of one that a dry run did not make: that has no sequence.
HttpResponse render_entry(std::string const& id, ledger::Record const& record,
                          WriteEntry const& write, bool dry_run) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("id", id);
  out.member("outcome", engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
  if (has_amount(record.kind)) out.member("amount", record.amount.dong());
  if (write) write(out, record);
  if (record.sequence != Sequence(0)) {
    out.member("sequence", record.sequence.value());
    out.member("recorded_at", recorded_at(record));
  }
  if (dry_run) out.member("dry_run", true);
  out.end_object();
  return http::json_response(std::move(text));
}

Result<bool> read_dry_run(Call const& call) {
  auto const text = call.query("dry_run");
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return fail(Errc::kInvalidField, "dry_run: true or false");
}

void try_out(Services& services, Call const& call, engine::Command command, RenderDecided render) {
  // What could not be done must not be said to work.
  if (auto const writable = services.engine.check_writable(); !writable)
    return call.refuse(writable.error());
  auto const prepared = std::make_shared<engine::Prepared const>(
      engine::prepare(std::move(command), services.tagger));
  auto queued = services.engine.query([&services, call, prepared,
                                       render = std::move(render)](engine::State const& state) {
    auto const tried = engine::dry_run(state, *prepared, services.clock.wall());
    return std::function<void()>([&services, call, prepared, render, tried] {
      bool const known = tried.known != Sequence(0);
      answer_reply(
          call,
          known ? engine::look_back(tried, prepared->canonical, services.log, services.vault)
                : tried.reply,
          render);
    });
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

std::optional<ledger::AccountId> parse_ledger_account(std::string_view text) {
  auto const bytes = base::from_hex(text);
  base::Bytes16 id{};
  if (!bytes || bytes->size() != id.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return ledger::AccountId(id);
}

engine::Transfer read_transfer(ObjectReader& in) {
  engine::Transfer transfer;
  if (in.has("legs")) {
    for (auto& leg : in.objects("legs", ledger::kPostingsMax))
      transfer.legs.push_back(read_leg(leg));
    if (transfer.legs.size() < 2) in.refuse("legs", "2 to 64");
  } else {
    transfer.debit = read_account(in, "debit");
    transfer.credit = read_account(in, "credit");
    transfer.amount = read_amount(in, "amount");
  }
  transfer.currency = read_currency(in);
  return transfer;
}

engine::PutHold read_hold(ObjectReader& in) {
  engine::PutHold hold;
  hold.debit = read_account(in, "debit");
  hold.credit = read_account(in, "credit");
  hold.amount = read_amount(in, "amount");
  hold.lifetime = in.optional_integer("expires_in", 1, kExpiresInMax).value_or(0) * base::kSecond;
  hold.currency = read_currency(in);
  return hold;
}

std::optional<Vnd> read_part(ObjectReader& in) {
  auto const amount = in.optional_integer("amount", 1, base::kAmountMax.dong());
  return amount ? std::optional(Vnd(*amount)) : std::nullopt;
}

void submit_entry(Services& services, Call const& call, std::string const& id,
                  engine::Payload payload, WriteEntry write) {
  auto const dry_run = read_dry_run(call);
  if (!dry_run) return call.refuse(dry_run.error());
  if (call.principal().role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "this key's role may not do this"});
  engine::Command command;
  command.actor = call.principal().key;
  command.tenant = Sequence(0);
  command.id = id;
  command.payload = std::move(payload);
  RenderDecided render = [id, write = std::move(write),
                          dry = *dry_run](engine::Decided const& decided) {
    return render_entry(id, decided.record, write, dry);
  };
  if (*dry_run) return try_out(services, call, std::move(command), std::move(render));
  submit(services, call, std::move(command), std::move(render));
}

bool refused_reader(Call const& call) {
  Role const role = call.principal().role;
  if (role == Role::kOperator || role == Role::kAuditor) return false;
  call.refuse({Errc::kForbidden, "this key's role may not do this"});
  return true;
}

void get_entry(Services& services, Call const& call, Kind kind, WriteEntry write) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  if (refused_reader(call)) return;
  auto const tag =
      services.tagger.id_tag({.tenant = Sequence(0), .kind = kind, .id = *id, .revision = 1});
  ask<Sequence>(
      services, call,
      [tag](engine::State const& state) -> Result<Sequence> {
        Sequence const found = state.find(tag);
        if (found == Sequence(0)) return fail(Errc::kNotFound);
        return found;
      },
      [&services, call, id = *id, write = std::move(write)](Result<Sequence> found) {
        if (!found) return call.refuse(found.error());
        auto const decided = services.records.read(*found);
        if (!decided) return call.refuse(decided.error());
        call.answer(render_entry(id, (*decided)->record, write, /*dry_run=*/false));
      });
}

}  // namespace qrpay::gateway::api
