// qrpay ledger rebuild: deletes the projections and makes them anew from the journal.
#include <cstdio>

#include "cli/identity.h"
#include "cli/verbs.h"
#include "engine/projector.h"
#include "engine/restart.h"

namespace qrpay::cli {

namespace {

base::Result<std::uint64_t> rebuild(Config const& config) {
  auto const paths = config.paths();
  QRPAY_TRY(ledger::OpenedData data, ledger::open_data(paths, {}, check_identity));
  QRPAY_TRY(auto mark, ledger::DurableMark::open(paths.durable_mark()));
  ledger::Log log(*data.store, std::move(mark));
  QRPAY_TRY(engine::Restarted restarted,
            engine::rebuild({.projections = paths.projections(), .log = log, .vault = data.vault}));
  QRPAY_TRY_VOID(settle_identity(restarted.state.identity(), paths, data));
  // What is left over would be replayed at the next start: it is written too.
  if (restarted.state.index().open_records() > 0) {
    auto const run = restarted.state.cut_run();
    QRPAY_TRY_VOID(engine::project(*restarted.projections, log, *run));
  }
  return restarted.projections->projected().value();
}

}  // namespace

int run_ledger_rebuild(Config const& config) {
  auto const projected = rebuild(config);
  if (!projected) return report(projected.error());
  std::printf("%s: projections of %llu records, made anew\n", config.data_dir.c_str(),
              static_cast<unsigned long long>(*projected));
  return kOk;
}

}  // namespace qrpay::cli
