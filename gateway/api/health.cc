// Is it alive, is it ready, and what does an error's type say?
#include <algorithm>

#include "gateway/api/routes.h"

namespace qrpay::gateway::api {

namespace {

void get_live(Services& /*services*/, Call const& call) {
  call.answer(http::json_response(R"({"status":"ok"})"));
}

// Every degraded mode by its name, so that an operator can act and a test can see it.
void get_ready(Services& services, Call const& call) {
  std::vector<std::string> modes;
  if (services.engine.failed()) modes.emplace_back("store_failed");
  for (auto const& mode : services.engine.read_only()) modes.push_back(mode);
  if (services.engine.disk_full()) modes.emplace_back("disk_full");
  if (services.engine.clock_jumped()) modes.emplace_back("clock_jumped");
  if (!services.engine.may_expire()) modes.emplace_back("clock_unsure");
  auto const* const projector = services.engine.projector();
  if (services.engine.projection_behind()) modes.emplace_back("projection_behind");
  if (services.engine.index_failed()) modes.emplace_back("projection_damaged");
  if (projector != nullptr && projector->failed()) modes.emplace_back("projection_failed");
  auto const archive_damage = services.archive != nullptr ? services.archive->damage()
                                                          : std::vector<ledger::ArchiveDamage>{};
  if (!archive_damage.empty()) modes.emplace_back("archive_damaged");
  if (services.keeper.split_view()) modes.emplace_back("split_view");
  if (services.keeper.quorum_missing()) modes.emplace_back("witness_quorum_missing");
  for (auto const& view : services.keeper.witnesses())
    if (view.disagrees) modes.emplace_back("witness_disagrees");
  bool const ready = !services.engine.failed() && !services.engine.disk_full() &&
                     !services.engine.index_failed() && services.engine.read_only().empty();
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
  for (auto const& mode : modes) out.string(mode);
  out.end_array();
  if (!archive_damage.empty()) {
    // Names say which sequences; where the files lie is for the log.
    out.key("archive_damaged").begin_array();
    for (auto const& damage : archive_damage) out.string(damage.span.name());
    out.end_array();
  }
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
  add_registry_routes(services, router);
  add_order_routes(services, router);
  add_credit_routes(services, router);
  add_cash_routes(services, router);
  add_transfer_routes(services, router);
  add_hold_routes(services, router);
  add_batch_routes(services, router);
  add_balance_routes(services, router);
  add_trial_balance_routes(services, router);
  add_event_routes(services, router);
  add_report_routes(services, router);
  add_ledger_routes(services, router);
  add_closing_routes(services, router);
  add_tile_routes(services, router);
  add_page_routes(services, router);
  add_qr_routes(services, router);
  add_health_routes(services, router);
  return router;
}

}  // namespace qrpay::gateway::api
