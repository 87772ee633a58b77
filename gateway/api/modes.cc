#include "gateway/api/modes.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/archive.h"

namespace qrpay::gateway::api {

namespace {

bool has_damage(Services const& services, Errc errc) {
  return std::ranges::any_of(services.log.damage(),
                             [&](ledger::Damage const& one) { return one.errc == errc; });
}

bool holds(Services const& services, std::string_view mode) {
  auto const& engine = services.engine;
  auto const* const projector = engine.projector();
  if (mode == "store_failed") return engine.failed();
  if (mode == "vault_missing" || mode == "secret_missing")
    return std::ranges::find(engine.read_only(), mode) != engine.read_only().end();
  if (mode == "disk_full") return engine.disk_full();
  if (mode == "projection_damaged") return engine.index_failed();
  if (mode == "slow_disk") return engine.disk_slow();
  if (mode == "read_error") return has_damage(services, Errc::kStoreRead);
  if (mode == "journal_corrupt") return has_damage(services, Errc::kJournalCorrupt);
  if (mode == "archive_damaged")
    return services.archive != nullptr && !services.archive->damage().empty();
  if (mode == "clock_jumped") return engine.clock_jumped();
  if (mode == "clock_unsure") return !engine.may_expire();
  if (mode == "projection_behind") return engine.projection_behind();
  if (mode == "projection_failed") return projector != nullptr && projector->failed();
  if (mode == "erasure_behind") return services.eraser.behind();
  if (mode == "split_view") return services.keeper.split_view();
  if (mode == "witness_quorum_missing") return services.keeper.quorum_missing();
  if (mode == "witness_disagrees")
    return std::ranges::any_of(services.keeper.witnesses(),
                               [](auto const& view) { return view.disagrees; });
  QRPAY_CHECK(false);
  return false;
}

}  // namespace

std::vector<Mode> current_modes(Services const& services) {
  std::vector<Mode> modes;
  for (Mode const& mode : kModes)
    if (holds(services, mode.name)) modes.push_back(mode);
  return modes;
}

}  // namespace qrpay::gateway::api
