// Is it alive, is it ready, and what does an error's type say?
#include <algorithm>

#include "gateway/api/modes.h"
#include "gateway/api/routes.h"

namespace qrpay::gateway::api {

namespace {

void get_live(Services& /*services*/, Call const& call) {
  call.answer(http::json_response(R"({"status":"ok"})"));
}

// Exactly which sequences cannot be read: nothing else is lost.
void write_damage(json::Writer& out, Services const& services) {
  if (services.archive != nullptr && !services.archive->damage().empty()) {
    // Names say which sequences; where the files lie is for the log.
    out.key("archive_damaged").begin_array();
    for (auto const& damage : services.archive->damage()) out.string(damage.span.name());
    out.end_array();
  }
  auto const damage = services.log.damage();
  if (damage.empty()) return;
  out.key("damage").begin_array();
  for (auto const& one : damage) {
    out.begin_object();
    out.member("mode", one.errc == Errc::kStoreRead ? "read_error" : "journal_corrupt");
    out.member("from", one.from.value());
    out.member("to", one.to.value());
    out.end_object();
  }
  out.end_array();
}

// Every degraded mode by its name, so that an operator can act and a test can see it.
void get_ready(Services& services, Call const& call) {
  auto const modes = current_modes(services);
  auto const* const projector = services.engine.projector();
  bool const ready = std::ranges::none_of(modes, &Mode::stops_writes);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("status", ready ? "ready" : "not_ready");
  std::uint64_t const durable = services.log.size();
  out.member("durable_size", durable);
  if (projector != nullptr) {
    std::uint64_t const projected = projector->projections().projected().value();
    out.member("projected_size", projected);
    out.member("projection_lag", durable - std::min(durable, projected));
  }
  out.member("checkpoint_size", services.signer.newest().size);
  if (!services.keeper.keys().empty())
    out.member("cosigned_size", services.keeper.published().size);
  out.key("modes").begin_array();
  for (auto const& mode : modes) out.string(mode.name);
  out.end_array();
  write_damage(out, services);
  out.key("warnings").begin_array();
  for (auto const& warning : services.warnings) out.string(warning);
  out.end_array();
  out.end_object();
  HttpResponse response = http::json_response(std::move(text), ready ? 200 : 503);
  response.headers.push_back({"Cache-Control", "no-store"});
  call.answer(std::move(response));
}

}  // namespace

void add_health_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/livez", open_to_all(services, get_live));
  router.add(http::Method::kGet, "/readyz", open_to_all(services, get_ready));
}

http::Router make_router(Services& services) {
  http::Router router;
  router.count_into(services.requests);
  add_registry_routes(services, router);
  add_order_routes(services, router);
  add_credit_routes(services, router);
  add_cash_routes(services, router);
  add_transfer_routes(services, router);
  add_hold_routes(services, router);
  add_batch_routes(services, router);
  add_balance_routes(services, router);
  add_trial_balance_routes(services, router);
  add_erasure_routes(services, router);
  add_event_routes(services, router);
  add_report_routes(services, router);
  add_ledger_routes(services, router);
  add_closing_routes(services, router);
  add_tile_routes(services, router);
  add_page_routes(services, router);
  add_qr_routes(services, router);
  add_metrics_routes(services, router);
  add_health_routes(services, router);
  return router;
}

}  // namespace qrpay::gateway::api
