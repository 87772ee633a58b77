// Two-phase holds: put, post, void, and what became of one.
#include "engine/holds.h"
#include "base/time_text.h"
#include "gateway/api/entries.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using base::fail;
using engine::HoldId;
using engine::HoldStatus;
using json::ObjectReader;
using ledger::Kind;

namespace {

void write_expiry(json::Writer& out, base::WallTime expires) {
  if (expires == base::WallTime(0)) return;
  out.member("expires_at", base::format_time(expires));
}

void put_hold(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::PutHold const hold = read_hold(in);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  submit_entry(services, call, *id, hold, [](json::Writer& out, ledger::Record const& record) {
    auto const expires = ledger::TlvReader(record.body).number_or(field::kExpires, 0);
    write_expiry(out, base::WallTime(static_cast<std::int64_t>(expires)));
  });
}

/// What went back: all that was held but what was posted.
std::int64_t released(ledger::Record const& record) {
  std::int64_t sum = 0;
  for (auto const& posting : record.postings) {
    bool const debit = posting.amount > base::Vnd(0);
    if (debit && posting.leg == ledger::Leg::kRelease) sum += posting.amount.dong();
  }
  return record.kind == Kind::kPost ? sum - record.amount.dong() : sum;
}

WriteEntry write_end(std::string hold) {
  return [hold = std::move(hold)](json::Writer& out, ledger::Record const& record) {
    out.member("hold", hold);
    if (!record.postings.empty()) out.member("released", released(record));
  };
}

/// The end of the hold in the path; `read_end` reads what else the body says of it.
template <class ReadEnd>
void end_hold(Services& services, Call const& call, ReadEnd const& read_end) {
  auto const hold = read_id(call);
  if (!hold) return call.refuse(hold.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  std::string const id = in.string("id", 1, engine::kCallerIdMax);
  if (!valid_caller_id(id)) in.refuse("id", kCallerIdRule);
  auto const end = read_end(in, *hold);
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  submit_entry(services, call, id, end, write_end(*hold));
}

void post_hold(Services& services, Call const& call) {
  end_hold(services, call, [](ObjectReader& in, std::string const& hold) {
    return engine::PostHold{.hold = hold, .amount = read_part(in)};
  });
}

void void_hold(Services& services, Call const& call) {
  end_hold(services, call, [](ObjectReader& /*in*/, std::string const& hold) {
    return engine::VoidHold{.hold = hold};
  });
}

/// A hold as it stands.
struct SeenHold {
  Sequence record;           ///< that its id led to
  std::optional<HoldId> id;  ///< without one nothing is held: it was refused
  std::optional<engine::Holds::End> end;
};

void render_hold(Services& services, Call const& call, std::string const& id,
                 SeenHold const& seen) {
  auto const made_by = services.records.read(seen.record);
  if (!made_by) return call.refuse(made_by.error());
  ledger::Record const& record = (*made_by)->record;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("id", id);
  auto const status = seen.end ? seen.end->how : HoldStatus::kOpen;
  out.member("status", seen.id ? engine::hold_status_name(status) : "refused");
  if (!seen.id) {
    out.member("outcome", engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
    out.member("amount", record.amount.dong());
  }
  for (auto const& made : engine::holds_made_by(record)) {
    if (made.hold.id != seen.id) continue;
    out.member("debit", base::to_hex(made.hold.debit.value()));
    out.member("credit", base::to_hex(made.hold.credit.value()));
    out.member("amount", made.hold.amount.dong());
    write_expiry(out, made.hold.expires);
  }
  out.member("sequence", seen.record.value());
  out.member("recorded_at", recorded_at(record));
  if (seen.end) {
    auto const ended_by = services.records.read(seen.end->by);
    if (!ended_by) return call.refuse(ended_by.error());
    for (auto const& ended : engine::holds_ended_by((*ended_by)->record))
      if (ended.hold == seen.id) out.member("posted", ended.posted.dong());
    out.member("ended_sequence", seen.end->by.value());
    out.member("ended_at", recorded_at((*ended_by)->record));
  }
  out.end_object();
  HttpResponse response = http::json_response(std::move(text));
  response.headers.push_back({"Cache-Control", "no-store"});
  call.answer(std::move(response));
}

void get_hold(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  if (refused_reader(call)) return;
  auto const tag = services.tagger.id_tag(
      {.tenant = Sequence(0), .kind = Kind::kHold, .id = *id, .revision = 1});
  ask<SeenHold>(
      services, call,
      [tag](engine::State const& state) -> Result<SeenHold> {
        SeenHold seen;
        seen.record = state.find(tag);
        if (seen.record == Sequence(0)) return fail(Errc::kNotFound);
        seen.id = state.find_hold(tag);
        if (seen.id) seen.end = state.holds().ended(*seen.id);
        return seen;
      },
      [&services, call, id = *id](Result<SeenHold> seen) {
        if (!seen) return call.refuse(seen.error());
        render_hold(services, call, id, *seen);
      });
}

}  // namespace

void add_hold_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kPut, "/v1/holds/{id}", authenticated(services, put_hold));
  router.add(Method::kGet, "/v1/holds/{id}", authenticated(services, get_hold));
  router.add(Method::kPost, "/v1/holds/{id}/post", authenticated(services, post_hold));
  router.add(Method::kPost, "/v1/holds/{id}/void", authenticated(services, void_hold));
}

}  // namespace qrpay::gateway::api
