// qrpay ledger trial-balance: from the journal's records alone, beside the server too.
#pragma once

#include <string>

#include "ledger/data_dir.h"

namespace qrpay::cli {

/// Ends of the period as the API takes them: a sequence, a time or a day; "" = the ledger's own.
struct TrialPeriod {
  std::string from;
  std::string to;
};

/// Folds every record up to the end of the period and prints the CSV of the API. Needs neither
/// vault nor projections: 1M records a second. Its exit code.
int run_trial_balance(ledger::DataPaths const& paths, TrialPeriod const& period);

}  // namespace qrpay::cli
