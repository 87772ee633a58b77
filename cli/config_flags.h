// Flags that set configuration, shared by the verbs that read it.
#pragma once

#include <functional>
#include <string>

#include "cli/config.h"

namespace CLI {
class App;
}

namespace qrpay::cli {

struct ConfigFlags {
  std::string file;
  std::string dir;
  std::string address;
  std::string port;
  bool accept_clock = false;

  /// --config and --dir; with `server` also those of what listens.
  void add_to(CLI::App& verb, bool server);
  /// File, environment and flags together. Errors: kConfigInvalid.
  [[nodiscard]] base::Result<Config> load() const;
  /// Calls `use` with what load() gives, or reports; gives the exit code.
  int with_config(std::function<int(Config const&)> const& use) const;
};

// Each adds its verbs; the chosen one's action is put into `run`.
void add_server_commands(CLI::App& app, std::function<int()>& run);
void add_proof_commands(CLI::App& app, std::function<int()>& run);
void add_vault_commands(CLI::App& app, std::function<int()>& run);
void add_witness_commands(CLI::App& app, std::function<int()>& run);
/// `qrpay keys` and its verbs.
void add_keys_commands(CLI::App& app, std::function<int()>& run);
/// Those of other files are added to `keys`.
void add_log_key_commands(CLI::App& keys, std::function<int()>& run);
void add_keys_backup_command(CLI::App& keys, std::function<int()>& run);
// Verbs of `qrpay ledger` are added to `ledger`.
void add_check_commands(CLI::App& ledger, std::function<int()>& run);
void add_erase_commands(CLI::App& ledger, std::function<int()>& run);
void add_backup_commands(CLI::App& ledger, std::function<int()>& run);
void add_folder_command(CLI::App& ledger, std::function<int()>& run);
void add_import_command(CLI::App& ledger, std::function<int()>& run);
void add_restore_commands(CLI::App& ledger, std::function<int()>& run);

}  // namespace qrpay::cli
