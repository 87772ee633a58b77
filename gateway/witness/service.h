// The HTTP face of a witness: what `qrpay witness serve` answers.
//
//   POST /add-checkpoint             c2sp.org/tlog-witness
//   GET  /<log id>/checkpoint        the last checkpoint it cosigned, with its cosignature
//   GET  /                           for people: the logs, their sizes and times, as text
//
// <log id> = hexadecimal SHA-256 of the log's origin. docs/formats/witness.md.
#pragma once

#include "gateway/http/router.h"
#include "ledger/witness_store.h"

namespace qrpay::gateway::witness {

/// `witness` outlives the router. A request to cosign blocks its server thread for one synced
/// write: this server has nothing else to do, and requests of a log come one after another anyway.
[[nodiscard]] http::Router make_witness_router(ledger::Witness& witness);

}  // namespace qrpay::gateway::witness
