// What restore and repair take from the command line.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/config_flags.h"
#include "cli/verbs.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct RestoreOptions {
  ConfigFlags config;
  bool json = false;
  bool dry_run = false;
  std::string backup;
};

}  // namespace

void add_restore_commands(CLI::App& ledger, std::function<int()>& run) {
  auto const o = std::make_shared<RestoreOptions>();
  auto* restore = ledger.add_subcommand(
      "restore", "go on from a backup as a new incarnation; vault and keys are there already");
  o->config.add_to(*restore, /*server=*/false);
  restore->add_option("--from", o->backup, "folder of `qrpay ledger backup`")->required();
  restore->add_flag("--json", o->json);
  restore->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& c) { return run_ledger_restore(c, o->backup, o->json); });
    };
  });

  auto* repair = ledger.add_subcommand(
      "repair", "cut a damaged last write that nobody was promised, as a new incarnation");
  o->config.add_to(*repair, /*server=*/false);
  repair->add_flag("--dry-run", o->dry_run, "tell what would be cut, and change nothing");
  repair->add_flag("--json", o->json);
  repair->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& c) { return run_ledger_repair(c, o->dry_run, o->json); });
    };
  });
}

}  // namespace qrpay::cli
