// qrpay ledger upgrade, qrpay ledger downgrade: the version of a data directory, up and back.
#include <cstdio>

#include "cli/identity.h"
#include "cli/verbs.h"
#include "ledger/data_format.h"

namespace qrpay::cli {

namespace {

using Change = base::Result<ledger::FormatChange>(ledger::DataPaths const&,
                                                  ledger::OpenedData const&, base::WallTime);

base::Result<ledger::FormatChange> change(Config const& config, Change& by) {
  ledger::RocksOptions options;
  options.data_format_min = 1;
  auto const paths = config.paths();
  QRPAY_TRY(auto const data, ledger::open_data(paths, options, check_identity));
  return by(paths, data, base::system_clock().wall());
}

int tell(Config const& config, base::Result<ledger::FormatChange> const& done) {
  if (!done) return report(done.error());
  if (done->record == base::Sequence(0))
    std::printf("%s: is data %u\n", config.data_dir.c_str(), done->to);
  else
    std::printf("%s: data %u, before %u; record %llu says so\n", config.data_dir.c_str(), done->to,
                done->from, static_cast<unsigned long long>(done->record.value()));
  return kOk;
}

}  // namespace

int run_ledger_upgrade(Config const& config) {
  return tell(config, change(config, ledger::upgrade_data));
}

int run_ledger_downgrade(Config const& config) {
  return tell(config, change(config, ledger::downgrade_data));
}

}  // namespace qrpay::cli
