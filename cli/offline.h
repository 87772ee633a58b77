// A ledger that no server holds, opened by a verb for one command.
#pragma once

#include <memory>
#include <utility>

#include "cli/config.h"
#include "engine/engine.h"
#include "engine/restart.h"
#include "ledger/signer.h"

namespace qrpay::cli {

/// One command through an engine, waiting for its answer. Errors: those of submit(); what it was
/// refused for, a repeat included (kIdReused).
[[nodiscard]] base::Result<engine::Decided> run_one(engine::Engine& engine,
                                                    engine::Command command);

/// Holds the directory like a server. Everything that a server would refuse is refused, and a
/// missing vault or secret too.
class OfflineLedger {
 public:
  /// Errors: those of open_data(), engine::restart() and engine::check_secrets(); kReadOnly (a
  /// dedupe secret is missing); kClockBehind.
  [[nodiscard]] static base::Result<std::unique_ptr<OfflineLedger>> open(Config const& config);
  /// The same of what is open already, and is not a data directory yet perhaps.
  [[nodiscard]] static base::Result<std::unique_ptr<OfflineLedger>> take(
      ledger::DataPaths const& paths, ledger::OpenedData data);

  [[nodiscard]] engine::State const& state() const { return restarted_.state; }
  [[nodiscard]] ledger::OpenedData const& data() const { return data_; }
  /// Lets the commands know a secret that was made since open().
  void add_secret(engine::SecretUse use, std::uint32_t generation, base::Secret const& secret);
  /// A log key whose file was made since open().
  void add_log_seed(base::Secret seed) { data_.secrets.later_logs.push_back(std::move(seed)); }
  /// Makes one record as the ledger itself, durable on return. Once; state() is gone then. A failed
  /// sync ends the process.
  [[nodiscard]] base::Result<engine::Decided> run(engine::Command command);
  /// Signs the present size with the keys that sign now, and brings the file of hints up to date.
  /// Errors: those of settle_identity(), open_signer() and CheckpointSigner::sign_now().
  [[nodiscard]] base::Result<ledger::CheckpointSigner::Signed> sign();

  /// As of the last command.
  [[nodiscard]] ledger::Identity const& identity() const { return identity_; }
  [[nodiscard]] base::WallTime last_time() const { return last_time_; }
  [[nodiscard]] ledger::Log const& log() const { return *log_; }

 private:
  OfflineLedger(ledger::DataPaths paths, ledger::OpenedData data)
      : paths_(std::move(paths)), data_(std::move(data)) {}

  ledger::DataPaths paths_;
  ledger::OpenedData data_;
  ledger::Identity identity_;
  base::WallTime last_time_;
  std::unique_ptr<ledger::Log> log_;
  engine::Restarted restarted_;
};

}  // namespace qrpay::cli
