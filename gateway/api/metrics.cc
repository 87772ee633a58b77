// GET /metrics: the stage budget of the batches, what waits, what lags, which modes hold.
//
// For operators and auditors. Not for loopback without a key: behind a reverse proxy everybody
// comes from there.
#include <algorithm>

#include "gateway/api/entries.h"
#include "gateway/api/metrics_text.h"
#include "gateway/api/modes.h"
#include "gateway/api/routes.h"

namespace qrpay::gateway::api {

namespace {

using Type = MetricsText::Type;

MetricsText::Histogram histogram_of(engine::Distribution const& values, bool microseconds) {
  return {values.bounds, values.counts, values.sum, microseconds};
}

void write_batches(MetricsText& out, engine::StageReport const& report) {
  out.family("qrpay_batch_stage_seconds", Type::kHistogram,
             "Time of a batch in each stage; the stages of a batch add up to "
             "qrpay_batch_seconds.");
  for (std::size_t i = 0; i < engine::kStages; ++i)
    out.histogram({{"stage", engine::stage_name(static_cast<engine::Stage>(i))}},
                  histogram_of(report.stages[i], /*microseconds=*/true));
  out.family("qrpay_batch_seconds", Type::kHistogram,
             "From the arrival of a batch's first command to its last answer.");
  out.histogram({}, histogram_of(report.total, /*microseconds=*/true));
  out.family("qrpay_batch_records", Type::kHistogram, "Records in a synced batch.");
  out.histogram({}, histogram_of(report.records, /*microseconds=*/false));
}

void gauge(MetricsText& out, std::string_view name, std::string_view help, std::uint64_t value) {
  out.family(name, Type::kGauge, help);
  out.sample({}, value);
}

void write_ledger(MetricsText& out, Services const& services) {
  // What lags is read before what it lags behind, so that no lag is told below 0.
  auto const* const projector = services.engine.projector();
  std::uint64_t const projected =
      projector == nullptr ? 0 : projector->projections().projected().value();
  std::uint64_t const signed_size = services.signer.newest().size;
  std::uint64_t const durable = services.log.size();
  out.family("qrpay_ledger_records_total", Type::kCounter, "Durable records of the journal.");
  out.sample({}, durable);
  gauge(out, "qrpay_checkpoint_lag_records", "Durable records without a signed checkpoint.",
        durable - std::min(durable, signed_size));
  if (projector != nullptr) {
    gauge(out, "qrpay_projection_lag_records", "Durable records that the projections lack.",
          durable - std::min(durable, projected));
    gauge(out, "qrpay_projection_tail_bytes", "Memory of what the projections lack.",
          services.engine.tail_bytes());
  }
  gauge(out, "qrpay_inbox_depth", "Commands and reads that wait to be taken.",
        services.engine.inbox_depth());
  gauge(out, "qrpay_tree_memory_bytes", "Memory of the Merkle tree.",
        services.log.tree_memory_bytes());
  gauge(out, "qrpay_disk_free_bytes", "Free on the file system of the data directory.",
        services.engine.disk_free_bytes());
  out.family("qrpay_slow_writes_total", Type::kCounter, "Synced writes over the limit.");
  out.sample({}, services.engine.slow_writes());
}

void write_modes(MetricsText& out, Services const& services) {
  auto const current = current_modes(services);
  out.family("qrpay_mode", Type::kGauge, "1 while the degraded mode of that name holds.");
  for (Mode const& mode : kModes) {
    bool const holds =
        std::ranges::any_of(current, [&](Mode const& one) { return one.name == mode.name; });
    out.sample({{"mode", mode.name}}, std::uint64_t{holds ? 1u : 0u});
  }
  out.family("qrpay_damaged_records", Type::kGauge,
             "Records known not to be readable; /readyz names them.");
  std::uint64_t damaged = 0;
  for (auto const& one : services.log.damage()) damaged += one.to.value() - one.from.value() + 1;
  out.sample({}, damaged);
}

void write_requests(MetricsText& out, Services const& services) {
  out.family("qrpay_http_requests_total", Type::kCounter, "Answers by route and status.");
  for (auto const& count : services.requests.read())
    out.sample({{"route", count.route},
                {"status", count.status == 0 ? "other" : std::to_string(count.status)}},
               count.requests);
}

void get_metrics(Services& services, Call const& call) {
  if (refused_reader(call)) return;
  MetricsText out;
  write_batches(out, services.engine.stages());
  write_ledger(out, services);
  write_modes(out, services);
  write_requests(out, services);
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = out.take();
  call.answer(std::move(response));
}

}  // namespace

void add_metrics_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/metrics", authenticated(services, get_metrics));
}

}  // namespace qrpay::gateway::api
