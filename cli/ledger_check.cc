// qrpay ledger check: the projections against the journal.
#include <cstdio>

#include "cli/identity.h"
#include "cli/verbs.h"
#include "engine/check.h"
#include "gateway/json/writer.h"

namespace qrpay::cli {

namespace {

base::Result<engine::CheckReport> check(Config const& config) {
  auto const paths = config.paths();
  QRPAY_TRY(auto const data, ledger::open_data(paths, {}, check_identity));
  return engine::check_projections({.projections = paths.projections(),
                                    .scratch = paths.dir + "/projections.check",
                                    .store = *data.store,
                                    .vault = data.vault});
}

}  // namespace

int run_ledger_check(Config const& config, bool json) {
  auto const checked = check(config);
  if (!checked) return report(checked.error());
  if (json) {
    std::string text;
    gateway::json::Writer out(text);
    out.begin_object()
        .member("sound", !checked->difference)
        .member("projected", checked->projected)
        .member("journal", checked->journal);
    if (checked->difference) out.member("difference", *checked->difference);
    out.end_object();
    std::printf("%s\n", text.c_str());
  } else if (checked->difference) {
    std::printf(
        "%s: the projections differ from the journal\n  %s\n"
        "`qrpay ledger rebuild` makes them anew.\n",
        config.data_dir.c_str(), checked->difference->c_str());
  } else {
    std::printf("%s: every balance and index of %llu records is what the journal gives\n",
                config.data_dir.c_str(), static_cast<unsigned long long>(checked->projected));
  }
  return checked->difference ? kFoundBad : kOk;
}

}  // namespace qrpay::cli
