// The command that begins a ledger.
#pragma once

#include "engine/command.h"

namespace qrpay::engine {

/// What later openings are held against is in it: the log's first key and the check values of vault
/// and dedupe secret. ledger/identity.h says who the ledger is after it.
[[nodiscard]] Command make_genesis(Genesis genesis);

}  // namespace qrpay::engine
