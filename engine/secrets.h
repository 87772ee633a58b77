// Are the secrets at hand those that the records announced? (decision 0014)
#pragma once

#include "engine/state.h"
#include "ledger/generations.h"
#include "ledger/tags.h"

namespace qrpay::engine {

/// Recognises a key file, and nothing follows from it. The first one's is in no record.
[[nodiscard]] base::Bytes16 key_file_check(base::Secret const& key_file);

/// Compares what is at hand with the generations that `state` knows. A dedupe secret that is not at
/// hand is no error: see Tagger::complete(). A later one that nobody announced is none either.
/// Errors: kWrongSecret (a dedupe secret of another ledger); kWrongKey (a key file of another
/// ledger, or the newest or one with live keys is missing). `detail` names the generation.
[[nodiscard]] base::Result<void> check_secrets(State const& state, ledger::Tagger const& tagger,
                                               ledger::SecretGenerations const& key_files);

}  // namespace qrpay::engine
