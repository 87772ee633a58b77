// The engine's threads: what leaves when, what happens when the disk fails, and who is shed.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "engine/genesis.h"
#include "ledger/memory_store.h"

namespace qrpay::engine {
namespace {

using base::Errc;

base::Secret secret_of(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

/// An engine on a store in memory, with a first key.
class Rig {
 public:
  explicit Rig(std::size_t inbox_max = kInboxMax)
      : tagger_(secret_of(1)),
        vault_(ledger::Vault::in_memory(secret_of(2))),
        log_(store_, std::nullopt),
        inbox_(inbox_max) {
    auto state = replay_state(log_, vault_);
    engine_.emplace(
        Engine::Parts{std::move(*state), log_, vault_, tagger_, base::system_clock(), inbox_},
        EngineOptions{}, nullptr, [this](base::Error const& error) { fatal_.set_value(error); });
  }

  /// Submits and returns the future of the reply.
  std::future<Reply> submit(Command command) {
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    auto const queued = engine_->submit(
        std::move(command), [promise](Reply const& reply) { promise->set_value(reply); });
    if (!queued) promise->set_value({Reply::Kind::kRefused, nullptr, queued.error()});
    return future;
  }
  static Command genesis() { return make_genesis({"test/0/1", "vkey", {}, {}}); }
  static Command operator_key(std::string id) {
    Command command;
    command.id = std::move(id);
    command.payload = PutKey{Role::kOperator, "", {}, {}, false};
    return command;
  }

  Engine& engine() { return *engine_; }
  ledger::MemoryStore& store() { return store_; }
  ledger::Log& log() { return log_; }
  base::Error wait_fatal() { return fatal_.get_future().get(); }

 private:
  ledger::Tagger tagger_;
  std::shared_ptr<ledger::Vault const> vault_;
  ledger::MemoryStore store_;
  ledger::Log log_;
  LocalLog inbox_;
  std::promise<base::Error> fatal_;
  std::optional<Engine> engine_;
};

TEST(Engine, AnswersAreDurableWhenTheyArrive) {
  Rig rig;
  rig.engine().start();
  for (int i = 0; i < 50; ++i) {
    auto const reply =
        rig.submit(i == 0 ? Rig::genesis() : Rig::operator_key("k" + std::to_string(i))).get();
    // The second key needs an operator's, so it is refused: refusals leave no record.
    if (reply.kind == Reply::Kind::kDecided) {
      EXPECT_LE(reply.decided->record.sequence, rig.store().last());
    }
  }
  EXPECT_EQ(rig.store().last(), Sequence(2));
}

TEST(Engine, AReadSeesWhatWasAnsweredBefore) {
  Rig rig;
  rig.engine().start();
  ASSERT_EQ(rig.submit(Rig::genesis()).get().kind, Reply::Kind::kDecided);
  std::promise<std::pair<Sequence, Sequence>> seen;
  auto const queued = rig.engine().query([&](State const& state) {
    return [&, at = state.last()] { seen.set_value({at, rig.store().last()}); };
  });
  ASSERT_TRUE(queued.has_value());
  auto const [state_at, durable_at] = seen.get_future().get();
  EXPECT_EQ(state_at, Sequence(1));
  EXPECT_GE(durable_at, state_at);
}

TEST(Engine, AFailedSyncAnswersNobodyAndEndsTheEngine) {
  for (auto const fault : {ledger::StoreFault::kFailBefore, ledger::StoreFault::kFailAfter}) {
    Rig rig;
    rig.store().set_fault(fault);
    rig.engine().start();
    auto reply = rig.submit(Rig::genesis());
    EXPECT_EQ(rig.wait_fatal().errc, Errc::kStoreUnknown);
    EXPECT_TRUE(rig.engine().failed());
    EXPECT_EQ(rig.submit(Rig::operator_key("late")).get().error.errc, Errc::kShuttingDown);
    rig.engine().stop();
    EXPECT_EQ(rig.log().size(), 0u);
    // Not even after the end: the outcome is unknown, and the only honest answer is none.
    EXPECT_EQ(reply.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  }
}

TEST(Engine, FinishesWhatItAcceptedBeforeItStops) {
  Rig rig;
  std::vector<std::future<Reply>> replies;
  replies.push_back(rig.submit(Rig::genesis()));
  for (int i = 0; i < 1'000; ++i) replies.push_back(rig.submit(Rig::operator_key("k")));
  rig.engine().start();
  rig.engine().stop();
  EXPECT_EQ(replies[0].get().kind, Reply::Kind::kDecided);
  EXPECT_EQ(replies[1].get().kind, Reply::Kind::kDecided);
  for (std::size_t i = 2; i < replies.size(); ++i)
    EXPECT_EQ(replies[i].get().kind, Reply::Kind::kReplayed);
  EXPECT_EQ(rig.submit(Rig::operator_key("late")).get().error.errc, Errc::kShuttingDown);
}

TEST(Engine, ShedsReadsBeforeWritesAndWritesBeforeCredits) {
  Rig rig(/*inbox_max=*/20);  // not started: nothing is taken out
  Query const query = [](State const&) { return [] {}; };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(rig.engine().query(query).has_value());
  EXPECT_EQ(rig.engine().query(query).error().errc, Errc::kOverloaded);
  Command credit;
  credit.payload = BankCredit{};
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(rig.engine().submit(Rig::genesis(), nullptr).has_value());
  EXPECT_EQ(rig.engine().submit(Rig::genesis(), nullptr).error().errc, Errc::kOverloaded);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(rig.engine().submit(credit, nullptr).has_value());
  EXPECT_EQ(rig.engine().submit(credit, nullptr).error().errc, Errc::kOverloaded);
}

}  // namespace
}  // namespace qrpay::engine
