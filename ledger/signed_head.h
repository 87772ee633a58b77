// The newest signed checkpoint of a ledger and the key that vouches for it, from the files alone:
// what backups, archives and exports start from.
#pragma once

#include <string>

#include "base/error.h"
#include "ledger/checkpoint.h"
#include "ledger/data_dir.h"
#include "ledger/store.h"

namespace qrpay::ledger {

/// As the high-water file has it; nothing is verified.
struct Head {
  std::string note;
  Checkpoint checkpoint;
};
/// Read before the journal is opened, which must then reach it.
/// Errors: kNotFound (nothing is signed yet), kNoteMalformed, kIo.
[[nodiscard]] base::Result<Head> read_high_water(DataPaths const& paths);

/// A log key as a record announces it. Errors: kJournalCorrupt, not a Genesis with a log key.
[[nodiscard]] base::Result<VerifierKey> log_key_of(Record const& genesis);

/// Verifies `note`. `where` is for errors. Errors: kWrongKey.
[[nodiscard]] base::Result<Checkpoint> open_signed(std::string const& note, VerifierKey const& key,
                                                   std::string const& where);

struct SignedHead {
  Checkpoint checkpoint;
  VerifierKey key;        ///< the ledger's own
  Digest genesis_leaf{};  ///< hash of leaf 0: whose ledger it is
};
/// Verifies `head` by the log key that the records of `store` announce.
/// Errors: kWrongKey, kJournalCorrupt, those of Store::read_block().
[[nodiscard]] base::Result<SignedHead> open_signed_head(Store const& store, Head const& head,
                                                        std::string const& where);

}  // namespace qrpay::ledger
