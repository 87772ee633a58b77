// Transfers on an empty ledger: two postings, no side record, durable before the answer.
#include <cstdio>

#include "tests/bench/ledger_groups.h"
#include "tests/bench/transfer_world.h"

namespace qrpay::bench {

namespace {

constexpr std::size_t kFewAccounts = 10'000;
constexpr std::size_t kProvince = 2'100'000;  // accounts of a province

struct Case {
  std::size_t batch;
  std::uint64_t total;
  std::size_t outstanding;
  std::size_t floor_writes;  ///< enough to take about a second
};
constexpr Case kCases[] = {
    {8'000, 2'000'000, 2, 60}, {1'000, 1'000'000, 2, 200}, {64, 300'032, 2, 500},
    {8, 40'000, 2, 500},       {1, 5'000, 1, 500},
};

void run_case(Choice const& choice, TransferWorld& world, Case const& c,
              std::string const& prefix) {
  std::string const name = prefix + "_batch_" + std::to_string(c.batch);
  if (!choice.runs(name)) return;
  Floor const floor = world.floor(c.batch, c.floor_writes);
  auto const before = world.rig().engine().stages();
  auto result = world.run({.total = c.total, .batch = c.batch, .outstanding = c.outstanding},
                          Shape::kUniform);
  auto const after = world.rig().engine().stages();
  print_load(name, "transfers", result, floor, c.batch);
  print_stages("stage_budget_" + std::to_string(c.batch), before, after);
}

// Beside uniform transfers in the same run, in turn.
void run_shape(TransferWorld& world, Shape shape, std::string const& name) {
  LoadPlan const plan{.total = 496'000, .batch = 8'000};
  std::vector<double> uniform, shaped;
  Latencies batches;
  for (int round = 0; round < 3; ++round) {
    uniform.push_back(world.run(plan, Shape::kUniform).per_second);
    auto result = world.run(plan, shape);
    shaped.push_back(result.per_second);
    batches.add(result.batch_us.max());
  }
  print_row({.name = name,
             .per_second = median(shaped),
             .unit = shape == Shape::kHoldPost ? "commands" : "transfers",
             .floor_name = "uniform",
             .floor_per_second = median(uniform)});
}

void print_replay(EngineRig& rig, std::string const& name) {
  auto const replayed = rig.reopen();
  auto const n = static_cast<double>(replayed.records);
  print_row({.name = name,
             .per_second = n / replayed.seconds,
             .unit = "records",
             .remark = grouped(n) + " records, without projections"});
}

}  // namespace

void print_load(std::string const& name, std::string const& unit, LoadResult& result,
                Floor const& floor, std::size_t batch) {
  auto const n = static_cast<double>(batch);
  char remark[200];
  std::snprintf(remark, sizeof remark, "fdatasync alone %s; %.0f a sync; CPU %.2f us each",
                grouped(floor.fdatasync_per_second * n).c_str(), result.records_per_sync,
                result.cpu_us);
  print_row({.name = name,
             .per_second = result.per_second,
             .unit = unit,
             .floor_name = "rocksdb alone",
             .floor_per_second = floor.rocksdb_per_second * n,
             .remark = remark,
             .delays = delays_of(result.batch_us)});
}

void print_stages(std::string const& name, engine::StageReport const& before,
                  engine::StageReport const& after) {
  auto const batches = static_cast<double>(after.total.count() - before.total.count());
  check(batches > 0, "no batch was counted");
  std::int64_t sum = 0;
  std::string text;
  char piece[60];
  for (std::size_t i = 0; i < engine::kStages; ++i) {
    std::int64_t const spent = after.stages[i].sum - before.stages[i].sum;
    sum += spent;
    auto const stage = engine::stage_name(static_cast<engine::Stage>(i));
    std::snprintf(piece, sizeof piece, "%.*s %.0f + ", static_cast<int>(stage.size()), stage.data(),
                  static_cast<double>(spent) / batches);
    text += piece;
  }
  text.resize(text.size() - 2);
  std::int64_t const total = after.total.sum - before.total.sum;
  check(sum == total, "the stages do not add up");
  std::snprintf(piece, sizeof piece, "= %.0f us a batch of %.0f records",
                static_cast<double>(total) / batches,
                static_cast<double>(after.records.sum - before.records.sum) / batches);
  print_note(name, text + piece);
}

void bench_transfers(Choice const& choice) {
  if (!choice.has("engine_transfers")) return;
  BenchFolder const folder;
  // Nothing is reserved: growing tables are part of the number.
  TransferWorld world(folder.path("few"), kFewAccounts);
  for (Case const& c : kCases) run_case(choice, world, c, "engine_transfers");
  if (choice.runs("engine_transfers_hot")) run_shape(world, Shape::kHot, "engine_transfers_hot");
  if (choice.runs("engine_transfers_80_20"))
    run_shape(world, Shape::kSkewed, "engine_transfers_80_20");
  if (choice.runs("engine_transfers_hold_post"))
    run_shape(world, Shape::kHoldPost, "engine_transfers_hold_post");
  if (choice.runs("engine_replay")) print_replay(world.rig(), "engine_replay");
}

void bench_province(Choice const& choice) {
  if (!choice.has("engine_transfers_2m1")) return;
  BenchFolder const folder;
  TransferWorld world(folder.path("province"), kProvince,
                      {.ids = 8'000'000, .accounts = kProvince});
  for (Case const& c : kCases) run_case(choice, world, c, "engine_transfers_2m1");
}

}  // namespace qrpay::bench
