// qrpay ledger import: opens a ledger that nobody serves, and lets import/ work on it.
#pragma once

#include <cstdint>
#include <string>

#include "cli/config.h"

namespace qrpay::cli {

enum class ImportFormat : std::uint8_t { kTransfersCsv, kFormanceNdjson };

struct ImportOptions {
  ImportFormat format{};
  std::string file;
  std::string accounts;  ///< of transfers-csv
  std::string ledger;    ///< "N=VND"; "" = 704
  std::string prefix;    ///< of formance-ndjson
  bool split_chains = false;
  bool json = false;
};

/// Gives the exit code: 0 every balance is that of the file, 1 a line is refused or a balance
/// differs.
int run_ledger_import(Config const& config, ImportOptions const& options);

}  // namespace qrpay::cli
