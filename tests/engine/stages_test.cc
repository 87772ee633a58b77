// The stages of a batch add up to its total, whatever threads it passed; and a slow disk is named.
#include "engine/stages.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <numeric>

#include "engine/engine.h"
#include "engine/genesis.h"
#include "ledger/memory_store.h"

namespace qrpay::engine {
namespace {

using base::Ticks;

/// Each look takes three microseconds: no stage is without time.
class SteppingClock final : public base::Clock {
 public:
  base::WallTime wall() override { return base::WallTime(1'800'000'000'000'000); }
  Ticks ticks() override { return Ticks(now_ += 3); }

 private:
  std::atomic<std::int64_t> now_{1'000};
};

std::int64_t sum_of(StageReport const& report) {
  std::int64_t sum = 0;
  for (auto const& stage : report.stages) sum += stage.sum;
  return sum;
}

TEST(Laps, GiveEachMomentToOneStage) {
  Laps laps;
  laps.begin(Ticks(100));
  laps.lap(Stage::kQueue, Ticks(150));
  laps.lap(Stage::kDecide, Ticks(160));
  laps.lap(Stage::kDecide, Ticks(155));  // a look that came late changes nothing
  laps.lap(Stage::kWrite, Ticks(400));
  laps.move(Stage::kWrite, Stage::kSync, 200);
  laps.move(Stage::kWrite, Stage::kHash, 100);  // it has only 40 left
  auto const& spent = laps.spent();
  EXPECT_EQ(std::accumulate(spent.begin(), spent.end(), std::int64_t{0}), 300);
  EXPECT_EQ(spent[static_cast<std::size_t>(Stage::kSync)], 200);
  EXPECT_EQ(spent[static_cast<std::size_t>(Stage::kHash)], 40);
  EXPECT_EQ(spent[static_cast<std::size_t>(Stage::kWrite)], 0);
}

TEST(Distribution, TellsTheBoundThatHoldsAShareOfAll) {
  Histogram<kDurationBounds.size()> histogram(kDurationBounds);
  for (int i = 0; i < 99; ++i) histogram.add(7);
  histogram.add(9'000);
  histogram.add(20'000'000);
  auto const read = histogram.read();
  EXPECT_EQ(read.count(), 101u);
  EXPECT_EQ(read.sum, 99 * 7 + 9'000 + 20'000'000);
  EXPECT_EQ(read.quantile(500), 10);
  EXPECT_EQ(read.quantile(990), 10'000);
  EXPECT_EQ(read.counts.back(), 1u);
  EXPECT_EQ(read.quantile(1'000), kDurationBounds.back());
}

TEST(StageBudget, AddsUpOverAllThreadsOfTheEngine) {
  SteppingClock clock;
  base::Bytes32 bytes{};
  ledger::Tagger const tagger{base::Secret(bytes)};
  auto const vault = ledger::Vault::in_memory(base::Secret(bytes));
  ledger::MemoryStore store;
  ledger::Log log(store, std::nullopt);
  LocalLog inbox;
  auto state = replay_state(log, vault);
  Engine engine({.state = std::move(*state),
                 .log = log,
                 .vault = vault,
                 .tagger = tagger,
                 .clock = clock,
                 .inbox = inbox},
                {}, nullptr, nullptr);
  engine.start();
  auto const submit = [&engine](Command command) {
    auto answered = std::make_shared<std::promise<Reply>>();
    auto future = answered->get_future();
    EXPECT_TRUE(
        engine.submit(std::move(command), [answered](Reply const& r) { answered->set_value(r); })
            .has_value());
    return future.get();
  };
  ASSERT_EQ(submit(make_genesis({"test/0/1", "vkey", {}, {}})).kind, Reply::Kind::kDecided);
  Command key;
  key.id = "first";
  key.payload = PutKey{Role::kOperator, "", {}, {}, false};
  ASSERT_EQ(submit(key).kind, Reply::Kind::kDecided);
  ASSERT_EQ(submit(key).kind, Reply::Kind::kReplayed);  // leaves no record
  engine.stop();
  auto const report = engine.stages();
  EXPECT_EQ(report.total.count(), 2u);
  EXPECT_EQ(report.records.sum, 2);
  EXPECT_EQ(sum_of(report), report.total.sum);
  for (std::size_t i = 0; i < kStages; ++i) {
    auto const stage = static_cast<Stage>(i);
    EXPECT_EQ(report.stages[i].count(), 2u) << stage_name(stage);
    if (stage != Stage::kSync) {
      EXPECT_GT(report.stages[i].sum, 0) << stage_name(stage);
    }
  }
}

TEST(SlowDisk, IsNamedWhileAWriteHangsAndForAMinuteAfterIt) {
  SlowDisk disk(/*limit_microseconds=*/1'000'000);
  EXPECT_FALSE(disk.is_slow(Ticks(5)));
  disk.begin(Ticks(10));
  EXPECT_FALSE(disk.is_slow(Ticks(1'000'010)));
  EXPECT_TRUE(disk.is_slow(Ticks(1'000'011)));
  EXPECT_EQ(disk.slow_writes(), 0u);  // it has not ended
  disk.end(Ticks(2'000'000));
  EXPECT_EQ(disk.slow_writes(), 1u);
  EXPECT_TRUE(disk.is_slow(Ticks(2'000'000 + SlowDisk::kRemembered)));
  EXPECT_FALSE(disk.is_slow(Ticks(2'000'001 + SlowDisk::kRemembered)));
  disk.begin(Ticks(90'000'000));
  disk.end(Ticks(90'500'000));
  EXPECT_FALSE(disk.is_slow(Ticks(90'500'001)));
  EXPECT_EQ(disk.slow_writes(), 1u);
}

}  // namespace
}  // namespace qrpay::engine
