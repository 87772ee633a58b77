#include "cli/trial_balance.h"

#include <cstdio>
#include <map>
#include <optional>

#include "cli/verbs.h"
#include "gateway/api/moments.h"
#include "gateway/api/trial_rows.h"
#include "ledger/beside_server.h"
#include "ledger/log.h"

namespace qrpay::cli {

namespace api = gateway::api;
using base::Errc;
using base::fail;
using base::Result;
using base::Sequence;
using ledger::Record;

namespace {

/// The ends of the period, of which a record is told whether it lies before or behind them.
class Ends {
 public:
  [[nodiscard]] static Result<Ends> parse(TrialPeriod const& period) {
    Ends ends;
    if (!period.from.empty()) {
      QRPAY_TRY(ends.from_, api::parse_moment("--from", period.from));
    }
    if (!period.to.empty()) {
      QRPAY_TRY(ends.to_, api::parse_moment("--to", period.to));
    }
    return ends;
  }
  [[nodiscard]] bool before(Record const& record) const {
    return from_ && place(record, *from_) < 0;
  }
  [[nodiscard]] bool behind(Record const& record) const { return to_ && place(record, *to_) > 0; }

 private:
  /// Negative: the record lies before `moment`; 0: it belongs to it.
  [[nodiscard]] static int place(Record const& record, api::Moment const& moment) {
    auto const compare = [](auto a, auto b) { return a < b ? -1 : (b < a ? 1 : 0); };
    if (auto const* sequence = std::get_if<Sequence>(&moment))
      return compare(record.sequence, *sequence);
    if (auto const* time = std::get_if<base::WallTime>(&moment))
      return compare(record.log_time, *time);
    return compare(base::business_day(record.log_time), std::get<base::Day>(moment));
  }
  std::optional<api::Moment> from_;
  std::optional<api::Moment> to_;
};

using Lines = std::map<ledger::AccountId, ledger::PeriodLine>;

Result<void> add(Lines& lines, Record const& record, bool opening) {
  for (auto const& posting : record.postings) {
    auto& line = lines[posting.account];
    line.account = posting.account;
    auto const leg = ledger::leg_of(
        {posting.account, record.sequence, posting.amount.dong(), posting.layer, posting.leg});
    if (!ledger::add_to_account(line.closing, leg))
      return fail(Errc::kJournalCorrupt,
                  "sequence " + std::to_string(record.sequence.value()) + ": a total over 63 bits");
    if (opening) line.opening = line.closing;
  }
  return {};
}

// Beside a server what is not yet durable does not count.
Result<Lines> fold_once(ledger::DataPaths const& paths, Ends const& ends) {
  bool const beside_server = ledger::RocksStore::is_locked(paths.journal());
  QRPAY_TRY(auto const mark, ledger::DurableMark::read(paths.durable_mark()));
  QRPAY_TRY(auto const store, ledger::RocksStore::open_read_only(paths.journal()));
  Sequence const end = beside_server && mark ? std::min(*mark, store->last()) : store->last();
  Lines lines;
  Result<void> outcome;
  auto const take = [&](ledger::Block const& block) -> Result<bool> {
    QRPAY_TRY(auto const view, ledger::BlockView::open(base::as_bytes(block.bytes), block.first));
    for (std::uint32_t i = 0; i < view.count(); ++i) {
      Sequence const sequence(block.first.value() + i);
      if (sequence > end) return false;
      QRPAY_TRY(auto const stored, ledger::decode_entry(view.entry(i), sequence));
      if (ends.behind(stored.record)) return false;
      QRPAY_TRY_VOID(add(lines, stored.record, ends.before(stored.record)));
    }
    return true;
  };
  QRPAY_TRY_VOID(store->scan(Sequence(1), [&](ledger::Block const& block) {
    auto const more = take(block);
    if (!more) outcome = base::Unexpected(more.error());
    return more && *more;
  }));
  QRPAY_TRY_VOID(outcome);
  return lines;
}

}  // namespace

int run_trial_balance(ledger::DataPaths const& paths, TrialPeriod const& period) {
  auto const ends = Ends::parse(period);
  if (!ends) {
    report(ends.error());
    return kUsage;
  }
  auto const lines =
      ledger::read_beside_server(paths.journal(), [&] { return fold_once(paths, *ends); });
  if (!lines) return report(lines.error());
  std::string csv(api::kTrialHeader);
  api::Movements total;
  for (auto const& [account, line] : *lines) {
    if (line.opening == ledger::Account{} && line.closing == ledger::Account{}) continue;
    auto const movements = api::movements_of(line);
    total.add(movements);
    api::add_trial_row(csv, account, movements);
  }
  api::add_trial_total(csv, total);
  std::fputs(csv.c_str(), stdout);
  return kOk;
}

}  // namespace qrpay::cli
