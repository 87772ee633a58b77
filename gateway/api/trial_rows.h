// What a trial balance says of an account, and its form as CSV: the server's and the verb's.
#pragma once

#include <string>
#include <string_view>

#include "audit/sum.h"
#include "ledger/rocks_index.h"

namespace qrpay::gateway::api {

/// Debits are positive: opening + debit - credit = closing. Of what is held, a side's movement is
/// what its total changed by, so it is negative where more was released than held.
struct Movement {
  audit::Sum opening = 0;
  audit::Sum debit = 0;
  audit::Sum credit = 0;
  audit::Sum closing = 0;
};
struct Movements {
  Movement posted;
  Movement held;
  void add(Movements const& other);
};
[[nodiscard]] Movements movements_of(ledger::PeriodLine const& line);

/// Names of the columns, one row an account, and the last row named "total": without it the file
/// was cut. RFC 4180.
inline constexpr std::string_view kTrialHeader =
    "ledger_account,class,opening,debit,credit,closing,held_opening,held_debit,held_credit,"
    "held_closing\r\n";
void add_trial_row(std::string& csv, ledger::AccountId const& account, Movements const& movements);
void add_trial_total(std::string& csv, Movements const& total);

}  // namespace qrpay::gateway::api
