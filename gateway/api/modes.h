// Degraded modes by name, as /readyz and /metrics tell them; docs/OPERATIONS.md says what to do.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "gateway/api/services.h"

namespace qrpay::gateway::api {

struct Mode {
  std::string_view name;
  bool stops_writes = false;  ///< nothing is accepted: /readyz answers 503
};

/// All that there are; a test compares them with the table of the operator's guide.
inline constexpr std::array<Mode, 17> kModes = {{
    {"store_failed", true},
    {"vault_missing", true},
    {"secret_missing", true},
    {"disk_full", true},
    {"projection_damaged", true},
    {"slow_disk"},
    {"read_error"},
    {"journal_corrupt"},
    {"archive_damaged"},
    {"clock_jumped"},
    {"clock_unsure"},
    {"projection_behind"},
    {"projection_failed"},
    {"erasure_behind"},
    {"split_view"},
    {"witness_disagrees"},
    {"witness_quorum_missing"},
}};

/// Those that hold now, in the order of kModes. Cheap; any thread.
[[nodiscard]] std::vector<Mode> current_modes(Services const& services);

}  // namespace qrpay::gateway::api
