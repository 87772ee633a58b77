// Event streams of terminals, and what an event says.
#include "base/time_text.h"
#include "engine/authority.h"
#include "gateway/api/routes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
namespace side = ledger::side;
using engine::State;
using ledger::IdTag;
using ledger::Kind;
using ledger::TlvReader;
using notify::side_text;

std::string render_event(notify::Records& records, notify::Event const& event,
                         DecidedPtr const& decided) {
  ledger::Record const& record = decided->record;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("type", notify::event_type_name(event.type));
  out.member("sequence", record.sequence.value());
  out.member("recorded_at", recorded_at(record));
  if (event.order != Sequence(0)) {
    if (auto const order = records.read(event.order)) {
      write_text_or_null(out, "order", side_text(**order, ledger::kSectionCaller, side::kId));
      out.member("asked", (*order)->record.amount.dong());
    }
  }
  if (record.kind == Kind::kBankCredit) {
    out.member("outcome", engine::outcome_name(static_cast<engine::Outcome>(record.outcome)));
    out.member("amount", record.amount.dong());
    out.member("currency", "VND");
  }
  out.end_object();
  return text;
}

namespace {

struct Place {
  Sequence terminal;
  Sequence shop;
};

void get_events(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  std::optional<notify::Cursor> cursor;
  if (auto const last = call.request().headers.find("Last-Event-ID"); last && !last->empty()) {
    cursor = notify::parse_cursor(*last);
    if (!cursor) return call.refuse({Errc::kInvalidField, "Last-Event-ID: sequence.k"});
  }
  auto const tag = services.tagger.id_tag(
      {.tenant = Sequence(0), .kind = Kind::kRegisterTerminal, .id = *id, .revision = 1});
  Sequence const actor = call.principal().key;
  ask<Place>(
      services, call,
      [tag, actor](State const& state) -> Result<Place> {
        QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
        Sequence const terminal = state.find(tag);
        QRPAY_TRY_VOID(engine::require_terminal(state, *key, terminal, "terminal"));
        return Place{terminal, state.terminal(terminal)->shop};
      },
      [&services, call, cursor](Result<Place> place) {
        if (!place) return call.refuse(place.error());
        HttpResponse response;
        response.content_type = "text/event-stream";
        response.headers.push_back({"Cache-Control", "no-store"});
        response.headers.push_back({"X-Accel-Buffering", "no"});
        response.source = services.hub.subscribe({place->terminal, place->shop, cursor});
        if (response.source == nullptr) return call.refuse({Errc::kOverloaded, "too many streams"});
        call.answer(std::move(response));
      });
}

}  // namespace

void add_event_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/v1/terminals/{id}/events", authenticated(services, get_events));
}

}  // namespace qrpay::gateway::api
