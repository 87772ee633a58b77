// What backups take from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/verbs.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct BackupOptions {
  ConfigFlags config;
  bool json = false;
  std::string keys;
  std::string to;
  std::string check;
  std::string before;
};

void add_archive(CLI::App& ledger, std::function<int()>& run) {
  auto const o = std::make_shared<BackupOptions>();
  auto* archive = ledger.add_subcommand(
      "archive", "move old records to files and free their disk, offline; all is still served");
  archive->add_option("--before", o->before, "a sequence, or a day as 2026-01-31 (+07:00)")
      ->required();
  archive->add_option("--to", o->to, "folder of this ledger's archive; must stay there")
      ->required();
  o->config.add_to(*archive, /*server=*/false);
  archive->add_flag("--json", o->json);
  archive->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& config) {
        return run_ledger_archive(config.paths(), o->before, o->to, o->json);
      });
    };
  });
}

void add_format(CLI::App& ledger, std::function<int()>& run) {
  auto const o = std::make_shared<BackupOptions>();
  auto* up = ledger.add_subcommand("upgrade", "let this version write all it can, offline");
  o->config.add_to(*up, /*server=*/false);
  up->callback([o, &run] { run = [o] { return o->config.with_config(run_ledger_upgrade); }; });
  auto* down = ledger.add_subcommand(
      "downgrade", "back to the data of the version before, while no record needs this one");
  o->config.add_to(*down, /*server=*/false);
  down->callback([o, &run] { run = [o] { return o->config.with_config(run_ledger_downgrade); }; });
}

void add_check(CLI::App& ledger, std::function<int()>& run) {
  auto const o = std::make_shared<BackupOptions>();
  auto* check =
      ledger.add_subcommand("check", "hold every balance and index against the journal, offline");
  o->config.add_to(*check, /*server=*/false);
  check->add_flag("--json", o->json);
  check->callback([o, &run] {
    run = [o] {
      return o->config.with_config(
          [&](Config const& config) { return run_ledger_check(config, o->json); });
    };
  });
}

}  // namespace

void add_backup_commands(CLI::App& ledger, std::function<int()>& run) {
  add_archive(ledger, run);
  add_check(ledger, run);
  add_format(ledger, run);
  auto const o = std::make_shared<BackupOptions>();
  auto* backup = ledger.add_subcommand(
      "backup", "copy the journal, beside the server too; without vault and keys");
  auto* to = backup->add_option("--to", o->to, "folder to make, or to bring up to date");
  backup->add_option("--check", o->check, "read every byte of the backup in this folder instead")
      ->excludes(to);
  backup->add_option("--config", o->config.file,
                     "TOML file (default /etc/qrpay/qrpay.toml if there)");
  backup->add_option("--data,--dir", o->config.dir, "data directory (default: the configured one)");
  backup->add_option("--keys", o->keys, "directory of the high-water file (default: configured)");
  backup->add_flag("--json", o->json);
  backup->callback([o, &run] {
    if (o->to.empty() && o->check.empty()) throw CLI::RequiredError("--to or --check");
    run = [o] {
      if (!o->check.empty()) return run_backup_check(o->check, o->json);
      return o->config.with_config([&](Config const& config) {
        ledger::DataPaths paths = config.paths();
        if (!o->keys.empty()) paths.keys = o->keys;
        return run_ledger_backup(paths, o->to, o->json);
      });
    };
  });
}

}  // namespace qrpay::cli
