// Degraded modes that no real machine can be asked for: a clock that jumps, a disk that hangs.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "engine/engine.h"
#include "engine/genesis.h"
#include "ledger/memory_store.h"
#include "tests/engine/projecting.h"

namespace qrpay::engine::test {
namespace {

/// Both clocks are set by hand.
class HandClock final : public base::Clock {
 public:
  base::WallTime wall() override { return base::WallTime(wall_.load()); }
  base::Ticks ticks() override { return base::Ticks(ticks_.load()); }
  void pass(std::int64_t microseconds) {
    wall_ += microseconds;
    ticks_ += microseconds;
  }
  void jump(std::int64_t microseconds) { wall_ += microseconds; }

 private:
  std::atomic<std::int64_t> wall_{1'800'000'000 * base::kSecond};
  std::atomic<std::int64_t> ticks_{base::kSecond};
};

/// Each append takes as long as it is told.
class TakingStore final : public ledger::MemoryStore {
 public:
  explicit TakingStore(HandClock& clock) : clock_(clock) {}
  base::Result<Sequence> append(std::span<ledger::Block const> batch) override {
    clock_.pass(takes.load());
    return ledger::MemoryStore::append(batch);
  }
  std::atomic<std::int64_t> takes{100};

 private:
  HandClock& clock_;
};

class Rig {
 public:
  Rig() {
    auto state = replay_state(log_, vault_);
    engine_.emplace(Engine::Parts{.state = std::move(*state),
                                  .log = log_,
                                  .vault = vault_,
                                  .tagger = tagger_,
                                  .clock = clock,
                                  .inbox = inbox_},
                    EngineOptions{}, nullptr, nullptr);
    engine_->start();
    run(make_genesis({"test/0/1", "vkey", {}, {}}));
    Command key;
    key.id = "operator";
    key.payload = PutKey{Role::kOperator, "", {}, {}, false};
    run(std::move(key));
    for (std::uint64_t n = 0; n < 20; ++n) run(transfer_command(n));
  }
  Reply run(Command command) {
    auto answered = std::make_shared<std::promise<Reply>>();
    auto future = answered->get_future();
    EXPECT_TRUE(engine_->submit(std::move(command),
                                [answered](Reply const& r) { answered->set_value(r); }));
    return future.get();
  }
  /// After everything that was due by then has been decided. Two turns of the engine: the first
  /// may have read the clock before it was set.
  HoldStatus status_of(HoldId const& hold) {
    HoldStatus status{};
    for (int turn = 0; turn < 2; ++turn) {
      std::promise<HoldStatus> told;
      EXPECT_TRUE(engine_->query([&](State const& state) {
        auto const end = state.holds().ended(hold);
        return [&told, how = end ? end->how : HoldStatus::kOpen] { told.set_value(how); };
      }));
      status = told.get_future().get();
    }
    return status;
  }
  [[nodiscard]] Engine& engine() { return *engine_; }

  HandClock clock;
  TakingStore store{clock};

 private:
  ledger::Tagger const tagger_{secret_of(1)};
  std::shared_ptr<ledger::Vault const> const vault_ = ledger::Vault::in_memory(secret_of(2));
  ledger::Log log_{store, std::nullopt};
  LocalLog inbox_;
  std::optional<Engine> engine_;
};

TEST(DegradedClock, AJumpIsNamedAndNothingExpiresUntilRealTimeHasCaughtUp) {
  Rig rig;
  auto const account = [](std::uint64_t n) {
    return ledger::account_id(ledger::AccountClass::kGeneral, Sequence(n));
  };
  Command command;
  command.actor = Sequence(2);
  command.id = "hold";
  command.payload = PutHold{
      .debit = account(3), .credit = account(4), .amount = base::Vnd(5), .lifetime = base::kHour};
  auto const made = rig.run(command);
  ASSERT_EQ(made.kind, Reply::Kind::kDecided);
  HoldId const hold{made.decided->record.sequence, 0};
  EXPECT_FALSE(rig.engine().clock_jumped());

  rig.clock.jump(2 * base::kHour);
  EXPECT_EQ(rig.status_of(hold), HoldStatus::kOpen);
  EXPECT_TRUE(rig.engine().clock_jumped());
  auto const meanwhile = rig.run(transfer_command(30));
  EXPECT_LT(meanwhile.decided->record.log_time.microseconds(),
            made.decided->record.log_time.microseconds() + base::kMinute);

  rig.clock.jump(-2 * base::kHour);  // somebody set it right
  EXPECT_EQ(rig.status_of(hold), HoldStatus::kOpen);
  EXPECT_FALSE(rig.engine().clock_jumped());
  rig.clock.pass(2 * base::kHour);
  EXPECT_EQ(rig.status_of(hold), HoldStatus::kExpired);
}

TEST(DegradedDisk, AWriteThatTakesLongIsNamedForAMinute) {
  Rig rig;
  EXPECT_FALSE(rig.engine().disk_slow());
  rig.store.takes = 2 * kSlowSync;
  ASSERT_EQ(rig.run(transfer_command(30)).kind, Reply::Kind::kDecided);
  EXPECT_TRUE(rig.engine().disk_slow());
  EXPECT_EQ(rig.engine().slow_writes(), 1u);
  rig.store.takes = 100;
  ASSERT_EQ(rig.run(transfer_command(31)).kind, Reply::Kind::kDecided);
  EXPECT_TRUE(rig.engine().disk_slow());
  rig.clock.pass(SlowDisk::kRemembered + base::kSecond);
  EXPECT_FALSE(rig.engine().disk_slow());
  EXPECT_EQ(rig.engine().slow_writes(), 1u);
}

}  // namespace
}  // namespace qrpay::engine::test
