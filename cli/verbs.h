// The verbs of the one binary. Each returns its exit code.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/config.h"
#include "ledger/data_dir.h"
#include "ledger/export.h"

namespace qrpay::cli {

/// Stable; documented in `qrpay --help`.
enum ExitCode : int {
  kOk = 0,
  kFoundBad = 1,  ///< checked, and found bad
  kUsage = 2,
  kConfig = 3,
  kNetwork = 4,
  kStorage = 5,
};
[[nodiscard]] ExitCode exit_code_of(base::Errc errc);
/// Prints the error on standard error and gives its exit code.
int report(base::Error const& error);

int run_init(Config const& config, std::string const& name, bool json);

struct ServeOptions {
  bool next_free_port = false;  ///< try up to 100 ports above server.port
};
int run_serve(Config config, ServeOptions const& options);

struct DemoOptions {
  std::string dir;         ///< made if missing; must be empty
  bool once = false;       ///< stop the server at the end
  std::string url;         ///< walk through a server that runs already
  std::string token_file;  ///< its operator token
};
int run_demo(DemoOptions const& options);

int run_ledger_backup(ledger::DataPaths const& paths, std::string const& to, bool json);
/// `before` = a sequence, or a day as 2026-01-31.
int run_ledger_archive(ledger::DataPaths const& paths, std::string const& before,
                       std::string const& to, bool json);
int run_backup_check(std::string const& directory, bool json);
int run_ledger_check(Config const& config, bool json);
int run_ledger_downgrade(Config const& config);
int run_ledger_upgrade(Config const& config);
int run_ledger_rebuild(Config const& config);
/// Into an empty directory, beside vault and keys that are there already.
int run_ledger_restore(Config const& config, std::string const& backup, bool json);
/// Found something and cut nothing (`dry_run`): kFoundBad.
int run_ledger_repair(Config const& config, bool dry_run, bool json);

/// Another log key that signs beside the present ones; offline.
int run_rotate_log(Config const& config, bool json);
/// `vkey` signs no more; "" = the oldest of those that sign. Offline.
int run_retire_log(Config const& config, std::string const& vkey, bool json);
/// Every origin of the ledger and its log keys; beside a running server too.
int run_log_keys(Config const& config, bool json);
int run_ledger_export(ledger::ExportPaths const& paths, bool json);
int run_ledger_verify(std::string const& dir, std::string const& keys_dir, bool json);

}  // namespace qrpay::cli
