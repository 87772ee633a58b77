// What the checks, the rebuild and the export of a ledger take from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/trial_balance.h"
#include "cli/verbs.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct CheckOptions {
  ConfigFlags config;
  bool json = false;
  std::string text;
  std::string keys_dir;
  std::string tiles_dir;
  TrialPeriod period;
};

}  // namespace

void add_check_commands(CLI::App& ledger, std::function<int()>& run) {
  auto const o = std::make_shared<CheckOptions>();
  auto* verify = ledger.add_subcommand("verify", "check every record, balance and the root");
  verify->add_option("dir", o->text, "data directory")->required();
  verify->add_option("--keys", o->keys_dir, "directory of the high-water file (default DIR/keys)");
  verify->add_flag("--json", o->json);
  verify->callback(
      [o, &run] { run = [o] { return run_ledger_verify(o->text, o->keys_dir, o->json); }; });

  auto* rebuild = ledger.add_subcommand("rebuild", "make indexes and balances anew, offline");
  o->config.add_to(*rebuild, /*server=*/false);
  rebuild->callback([o, &run] { run = [o] { return o->config.with_config(run_ledger_rebuild); }; });

  auto* trial = ledger.add_subcommand("trial-balance",
                                      "opening, movement and closing of every account, as CSV");
  o->config.add_to(*trial, /*server=*/false);
  trial->add_option("--from", o->period.from, "first sequence, time or day (default: the first)");
  trial->add_option("--to", o->period.to, "last sequence, time or day (default: the last)");
  trial->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& c) { return run_trial_balance(c.paths(), o->period); });
    };
  });

  auto* tiles = ledger.add_subcommand("export", "write the log as static files (C2SP tlog-tiles)");
  tiles->add_option("--tiles", o->tiles_dir, "folder to write, or to bring up to date")->required();
  tiles->add_option("--config", o->config.file,
                    "TOML file (default /etc/qrpay/qrpay.toml if there)");
  tiles->add_option("--data", o->config.dir, "data directory (default: the configured one)");
  tiles->add_option("--keys", o->keys_dir,
                    "directory of the high-water file (default: configured)");
  tiles->add_flag("--json", o->json);
  tiles->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) {
        std::string const keys = o->keys_dir.empty() ? c.paths().keys : o->keys_dir;
        return run_ledger_export({c.paths().dir, keys, o->tiles_dir}, o->json);
      });
    };
  });
}

}  // namespace qrpay::cli
