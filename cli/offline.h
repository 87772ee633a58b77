// A ledger that no server holds, opened by a verb for one command.
#pragma once

#include <memory>

#include "cli/config.h"
#include "engine/engine.h"
#include "engine/restart.h"

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

  [[nodiscard]] engine::State const& state() const { return restarted_.state; }
  [[nodiscard]] ledger::OpenedData const& data() const { return data_; }
  /// Lets the commands know a secret that was made since open().
  void add_secret(engine::SecretUse use, std::uint32_t generation, base::Secret const& secret);
  /// Makes one record as the ledger itself, durable on return. The last call. A failed sync ends
  /// the process.
  [[nodiscard]] base::Result<engine::Decided> run(engine::Command command);

 private:
  explicit OfflineLedger(ledger::OpenedData data) : data_(std::move(data)) {}

  ledger::OpenedData data_;
  std::unique_ptr<ledger::Log> log_;
  engine::Restarted restarted_;
};

}  // namespace qrpay::cli
