// A ledger with projections, driven without threads: for the tests of restarts.
#pragma once

#include <memory>
#include <string>

#include "base/crypto.h"
#include "engine/core.h"
#include "engine/genesis.h"
#include "engine/restart.h"

namespace qrpay::engine::test {

inline base::Secret secret_of(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

class Projecting {
 public:
  /// Begins, or begins again, on `store`; `directory` is that of the projections.
  Projecting(ledger::Store& store, std::string directory)
      : directory_(std::move(directory)),
        tagger_(secret_of(1)),
        vault_(ledger::Vault::in_memory(secret_of(2))),
        log_(store, std::nullopt),
        sealer_(vault_) {
    auto restarted = restart({.projections = directory_, .log = log_, .vault = vault_});
    QRPAY_CHECK(restarted.has_value());
    rebuilt_ = restarted->rebuilt;
    replayed_ = restarted->replayed;
    projections_ = std::move(restarted->projections);
    core_.emplace(std::move(restarted->state), log_, vault_, tagger_);
  }

  /// Decides, makes durable, answers.
  Reply run(Command command) {
    Reply answer;
    base::WallTime const now(1'795'000'000 * base::kSecond +
                             static_cast<std::int64_t>(core_->state().last().value()));
    core_->process(prepare(std::move(command), tagger_), now,
                   [&answer](Reply const& reply) { answer = reply; });
    auto const batch = core_->take_batch();
    auto const sealed = seal(*batch, sealer_);
    if (!sealed.empty()) QRPAY_CHECK(log_.append(sealed).has_value());
    core_->settle(Sequence(log_.size()));
    for (auto const& release : batch->releases) release();
    return answer;
  }
  Reply by(Sequence actor, std::string id, Payload payload, Sequence tenant = Sequence(0)) {
    Command command;
    command.actor = actor;
    command.tenant = tenant;
    command.id = std::move(id);
    command.payload = std::move(payload);
    return run(std::move(command));
  }
  void begin() {
    QRPAY_CHECK(run(make_genesis({"test/0/1", "vkey", {}, {}})).decided != nullptr);
    PutKey key;
    key.role = Role::kOperator;
    QRPAY_CHECK(by(Sequence(0), "operator", key).decided != nullptr);
  }
  /// All that was applied, on disk.
  void project() {
    if (core_->state().index().open_records() == 0) return;
    auto const run = core_->cut_run();
    QRPAY_CHECK(engine::project(*projections_, log_, *run).has_value());
    static_cast<void>(core_->settle_runs());
  }

  [[nodiscard]] State const& state() const { return core_->state(); }
  [[nodiscard]] ledger::RocksIndex& projections() { return *projections_; }
  [[nodiscard]] ledger::Log& log() { return log_; }
  [[nodiscard]] std::string const& rebuilt() const { return rebuilt_; }
  [[nodiscard]] std::uint64_t replayed() const { return replayed_; }

 private:
  std::string const directory_;
  ledger::Tagger const tagger_;
  std::shared_ptr<ledger::Vault const> const vault_;
  ledger::Log log_;
  ledger::VaultCursor sealer_;
  std::string rebuilt_;
  std::uint64_t replayed_ = 0;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::optional<Core> core_;
};

/// The digest of all records of `store`, replayed in memory.
inline base::Digest digest_of(ledger::Store& store) {
  ledger::Log log(store, std::nullopt);
  auto const state = replay_state(log, ledger::Vault::in_memory(secret_of(2)));
  QRPAY_CHECK(state.has_value());
  return state->digest();
}

/// Command `n` of a run of transfers between a few accounts, which the first ones open.
inline Command transfer_command(std::uint64_t n) {
  constexpr std::uint64_t kAccounts = 20;
  Command command;
  command.actor = Sequence(2);
  if (n < kAccounts) {
    command.id = "a" + std::to_string(n);
    command.payload = OpenGeneralAccount{"a", {}};
    return command;
  }
  auto const account = [&](std::uint64_t i) {
    return ledger::account_id(ledger::AccountClass::kGeneral, Sequence(3 + i % kAccounts));
  };
  Transfer what;
  what.debit = account(n);
  what.credit = account(n + 1 + n % 7);
  what.amount = base::Vnd(1 + static_cast<std::int64_t>(n % 1'000));
  command.id = "t" + std::to_string(n);
  command.payload = what;
  return command;
}
inline Reply transfer(Projecting& ledger, std::uint64_t n) {
  return ledger.run(transfer_command(n));
}

}  // namespace qrpay::engine::test
