// Versions of a data directory (docs/formats/journal.md "Versions"): up, and back while nothing
// needs the newer one.
//
// The version says which records may be in a journal. A program refuses a directory of a version it
// does not know, and serves only the newest: so a program of the version before never meets a
// record it would misread, and going up is a step somebody takes, with a record that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "ledger/data_dir.h"

namespace qrpay::ledger {

/// What a record has that data 1 does not: "hold", "field 102"; nullopt when it may be in data 1.
/// The record of an upgrade may: it has odd fields alone and posts nothing.
[[nodiscard]] std::optional<std::string> newer_than_data_1(Record const& record);

struct FormatChange {
  unsigned from = 0;
  unsigned to = 0;
  Sequence record;  ///< the Upgrade record that says so; 0 = it was of version `to` already
};

/// Makes a directory of an older version one of kDataFormat: an Upgrade record, synced, then
/// FORMAT. A crash in between leaves the older version with its record, and the next call goes on
/// from there. `data` is opened, `now` stamps the record, at least the last stamp.
/// Errors: kStoreUnknown, kIo, those of Store::read_block().
[[nodiscard]] base::Result<FormatChange> upgrade_data(DataPaths const& paths,
                                                      OpenedData const& data, WallTime now);

/// Makes it one of version 1 again, for a program of the version before; the same way. Reads the
/// whole journal first.
/// Errors: kDataFormatNewer naming the first record that needs version 2 ("sequence 17: hold"), or
///   the archive, which version 1 cannot read; nothing was changed then. Else as above.
[[nodiscard]] base::Result<FormatChange> downgrade_data(DataPaths const& paths,
                                                        OpenedData const& data, WallTime now);

}  // namespace qrpay::ledger
