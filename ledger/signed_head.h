// The newest signed checkpoint of a ledger and who vouches for it, from the files alone: what
// backups, archives and exports start from.
#pragma once

#include <string>

#include "base/error.h"
#include "ledger/checkpoint.h"
#include "ledger/data_dir.h"
#include "ledger/identity.h"
#include "ledger/store.h"

namespace qrpay::ledger {

/// As the high-water file of the newest incarnation has it; nothing is verified.
struct Head {
  std::string path;
  std::string note;
  Checkpoint checkpoint;
};
/// Read before the journal is opened, which must then reach it.
/// Errors: kNotFound (nothing is signed yet), kNoteMalformed, kIo.
[[nodiscard]] base::Result<Head> read_high_water(DataPaths const& paths);

/// Verifies that a key of the present origin signed `note`. `where` is for errors. Errors:
/// kWrongKey.
[[nodiscard]] base::Result<Checkpoint> open_signed(std::string const& note,
                                                   Identity const& identity,
                                                   std::string const& where);

struct SignedHead {
  Checkpoint checkpoint;
  Identity identity;      ///< the ledger's own
  Digest genesis_leaf{};  ///< hash of leaf 0: whose ledger it is
};
/// Verifies `head` by the log keys that the records of `store` announce.
/// Errors: kWrongKey, kJournalCorrupt, those of Store::read_block().
[[nodiscard]] base::Result<SignedHead> open_signed_head(Store const& store, Head const& head,
                                                        DataPaths const& paths);

}  // namespace qrpay::ledger
