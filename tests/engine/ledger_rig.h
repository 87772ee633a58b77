// A ledger in memory with an operator's key: one command at a time, each durable when it returns.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/core.h"
#include "engine/dry_run.h"
#include "engine/genesis.h"
#include "ledger/memory_store.h"

namespace qrpay::engine::test {

inline base::Secret secret_of(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

inline constexpr std::int64_t kStart = 1'795'000'000 * base::kSecond;

class LedgerRig {
 public:
  LedgerRig()
      : tagger_(secret_of(1)),
        vault_(ledger::Vault::in_memory(secret_of(2))),
        log_(store_, std::nullopt),
        core_(State{}, log_, vault_, tagger_),
        sealer_(vault_) {
    decided(make_genesis({"test/0/1", "vkey", {}, {}}));
    Command key{.actor = {}, .tenant = {}, .id = "operator", .payload = {}};
    key.payload = PutKey{Role::kOperator, "", {}, {}, false};
    operator_ = decided(key).record.sequence;
  }

  /// By the operator.
  [[nodiscard]] Command command(std::string id, Payload payload) const {
    return {.actor = operator_,
            .tenant = Sequence(0),
            .id = std::move(id),
            .payload = std::move(payload)};
  }
  Reply run(Command const& command) {
    Reply reply;
    core_.process(prepare(command, tagger_), WallTime(now_),
                  [&reply](Reply const& given) { reply = given; });
    sync();
    return reply;
  }
  Reply run(std::string id, Payload payload) {
    return run(command(std::move(id), std::move(payload)));
  }
  [[nodiscard]] DryRun try_out(Command const& command) const {
    return dry_run(core_.state(), prepare(command, tagger_), WallTime(now_));
  }
  Decided decided(Command const& command) {
    Reply const reply = run(command);
    EXPECT_EQ(reply.kind, Reply::Kind::kDecided) << base::to_string(reply.error);
    return reply.decided ? *reply.decided : Decided{};
  }
  Decided decided(std::string id, Payload payload) {
    return decided(command(std::move(id), std::move(payload)));
  }
  /// The word of the outcome, or the name of the error.
  std::string outcome(std::string id, Payload payload) {
    Reply const reply = run(std::move(id), std::move(payload));
    if (!reply.decided) return std::string(base::errc_name(reply.error.errc));
    return std::string(outcome_name(static_cast<Outcome>(reply.decided->record.outcome)));
  }
  ledger::AccountId open(ledger::Limit limit = ledger::Limit::kNone) {
    auto const record =
        decided("account-" + std::to_string(++opened_), OpenGeneralAccount{"", limit}).record;
    return ledger::account_id(ledger::AccountClass::kGeneral, record.sequence);
  }
  void pay(ledger::AccountId const& debit, ledger::AccountId const& credit, std::int64_t amount) {
    EXPECT_EQ(outcome("pay-" + std::to_string(++paid_), Transfer{debit, credit, Vnd(amount)}),
              "done");
  }
  void tick() {
    core_.tick(WallTime(now_));
    sync();
  }
  void wait(std::int64_t microseconds) { now_ += microseconds; }

  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] State const& state() const { return core_.state(); }
  [[nodiscard]] ledger::Account account(ledger::AccountId const& id) const {
    return state().book().find(id);
  }
  [[nodiscard]] ledger::Record record(Sequence sequence) const {
    return log_.read(sequence).value().record;
  }
  [[nodiscard]] ledger::Store const& store() const { return store_; }
  [[nodiscard]] ledger::Log const& log() const { return log_; }
  [[nodiscard]] State replayed() {
    ledger::Log log(store_, std::nullopt);
    return replay_state(log, vault_).value();
  }
  [[nodiscard]] ledger::Tagger const& tagger() const { return tagger_; }
  [[nodiscard]] Reply repeat_of(Command const& command, Sequence known) const {
    return look_back({known, state().erased().mask(known)}, prepare(command, tagger_).canonical,
                     log_, vault_);
  }

 private:
  void sync() {
    auto const batch = core_.take_batch();
    if (!batch->entries.empty()) {
      auto const sealed = seal(*batch, sealer_);
      EXPECT_TRUE(log_.append(sealed));
    }
    core_.settle(Sequence(log_.size()));
    for (auto const& release : batch->releases) release();
  }

  ledger::Tagger tagger_;
  std::shared_ptr<ledger::Vault const> vault_;
  ledger::MemoryStore store_;
  ledger::Log log_;
  Core core_;
  ledger::VaultCursor sealer_;
  Sequence operator_;
  std::int64_t now_ = kStart;
  int opened_ = 0;
  int paid_ = 0;
};

}  // namespace qrpay::engine::test
