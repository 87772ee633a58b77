#include "gateway/api/trial_rows.h"

#include "gateway/api/ledger_accounts.h"

namespace qrpay::gateway::api {

using audit::Sum;

namespace {

struct Totals {
  std::int64_t debit;
  std::int64_t credit;
};

Movement movement_of(Totals const& before, Totals const& after) {
  return {Sum{before.debit} - before.credit, Sum{after.debit} - before.debit,
          Sum{after.credit} - before.credit, Sum{after.debit} - after.credit};
}

void add_movement(Movement& total, Movement const& other) {
  total.opening += other.opening;
  total.debit += other.debit;
  total.credit += other.credit;
  total.closing += other.closing;
}

void add_sums(std::string& csv, Movements const& both) {
  for (Movement const& one : {both.posted, both.held})
    for (Sum const sum : {one.opening, one.debit, one.credit, one.closing})
      csv += ',' + audit::to_text(sum);
  csv += "\r\n";
}

}  // namespace

void Movements::add(Movements const& other) {
  add_movement(posted, other.posted);
  add_movement(held, other.held);
}

Movements movements_of(ledger::PeriodLine const& line) {
  auto const& before = line.opening;
  auto const& after = line.closing;
  return {
      movement_of({before.posted_debit, before.posted_credit},
                  {after.posted_debit, after.posted_credit}),
      movement_of({before.held_debit, before.held_credit}, {after.held_debit, after.held_credit})};
}

void add_trial_row(std::string& csv, ledger::AccountId const& account, Movements const& movements) {
  csv += base::to_hex(account.value());
  csv += ',';
  csv += account_class_name(account);
  add_sums(csv, movements);
}

void add_trial_total(std::string& csv, Movements const& total) {
  csv += "total,";
  add_sums(csv, total);
}

}  // namespace qrpay::gateway::api
