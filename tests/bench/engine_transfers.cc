// Transfers: two postings, no side record, durable before the answer.
#include <cstdio>

#include "tests/bench/engine_groups.h"

namespace qrpay::bench {

namespace {

constexpr std::size_t kFewAccounts = 10'000;
constexpr std::size_t kProvince = 2'100'000;  // accounts of a province
constexpr std::uint64_t kFirstRecords = 2;    // Genesis and the operator's key

// splitmix64: which accounts a transfer touches is the same in every run.
std::uint64_t mix(std::uint64_t x) { return base::IntegerHash{}(x + 0x9e3779b97f4a7c15ULL); }

struct Case {
  std::size_t batch;
  std::uint64_t total;
  std::size_t outstanding;
  std::size_t floor_writes;  ///< enough to take about a second
};
constexpr Case kCases[] = {
    {8'000, 2'000'000, 2, 60},
    {1'000, 1'000'000, 2, 200},
    {64, 300'032, 2, 500},
    {1, 2'000, 1, 500},
};

class Transfers {
 public:
  Transfers(std::string dir, std::size_t accounts, Reserve const& reserve)
      : dir_(std::move(dir)), rig_(dir_, reserve), accounts_(rig_.open_accounts(accounts)) {
    records_ = kFirstRecords + accounts;
  }

  EngineRig& rig() { return rig_; }

  LoadResult run(LoadPlan const& plan, bool hot) {
    std::uint64_t const offset = records_;
    auto result = run_batches(
        rig_, plan, [&](std::uint64_t i) { return transfer(offset + i, hot); },
        engine::Outcome::kDone);
    records_ += plan.total / plan.batch * plan.batch;
    rig_.check_sound(records_);
    return result;
  }

  Floor floor(std::size_t batch, std::size_t writes) {
    auto const bytes = static_cast<std::size_t>(rig_.bytes_a_record() * static_cast<double>(batch));
    return measure_floor(dir_ + "-floor" + std::to_string(floors_++), bytes, writes);
  }

 private:
  engine::Command transfer(std::uint64_t number, bool hot) const {
    std::uint64_t const dice = mix(number);
    std::size_t const from = (dice >> 32) % accounts_.size();
    std::size_t to = hot ? 0 : (dice & 0xffffffff) % accounts_.size();
    if (to == from) to = (to + 1) % accounts_.size();
    engine::Command command;
    command.actor = rig_.operator_key();
    command.id = "t" + std::to_string(number);
    command.payload = engine::Transfer{accounts_[from], accounts_[to],
                                       base::Vnd(1 + static_cast<std::int64_t>(dice % 1'000'000))};
    return command;
  }

  std::string dir_;
  EngineRig rig_;
  std::vector<ledger::AccountId> accounts_;
  std::uint64_t records_ = 0;
  int floors_ = 0;
};

void run_case(Choice const& choice, Transfers& transfers, Case const& c,
              std::string const& suffix) {
  std::string const name = "engine_transfers_" + std::to_string(c.batch) + suffix;
  if (!choice.runs(name)) return;
  Floor const floor = transfers.floor(c.batch, c.floor_writes);
  auto result = transfers.run({.total = c.total, .batch = c.batch, .outstanding = c.outstanding},
                              /*hot=*/false);
  print_load(name, "transfers", result, floor, c.batch);
}

void print_replay(EngineRig& rig, std::string const& name) {
  auto const replayed = rig.reopen();
  auto const n = static_cast<double>(replayed.records);
  print_row({.name = "engine_replay" + name,
             .per_second = n / replayed.seconds,
             .unit = "records",
             .remark = grouped(n) + " records"});
  char text[160];
  std::snprintf(text, sizeof text,
                "%.0f bytes of journal a record, %.0f bytes of memory (Merkle tree %.0f)",
                static_cast<double>(replayed.disk) / n, static_cast<double>(replayed.heap) / n,
                static_cast<double>(replayed.tree) / n);
  print_note("engine_footprint" + name, text);
}

void few_accounts(Choice const& choice) {
  if (!choice.has("transfers")) return;
  BenchFolder const folder;
  // Nothing is reserved: growing tables are part of the number.
  Transfers transfers(folder.path("few"), kFewAccounts, {});
  for (Case const& c : kCases) run_case(choice, transfers, c, "");
  if (choice.runs("engine_transfers_prepared_before")) {
    auto alone =
        transfers.run({.total = 400'000, .batch = 8'000, .prepared_before = true}, /*hot=*/false);
    print_load("engine_transfers_prepared_before", "transfers", alone, {}, 8'000);
  }
  if (choice.runs("engine_transfers_hot")) {
    auto uniform = transfers.run({.total = 1'000'000, .batch = 8'000}, /*hot=*/false);
    auto hot = transfers.run({.total = 1'000'000, .batch = 8'000}, /*hot=*/true);
    print_row({.name = "engine_transfers_hot",
               .per_second = hot.per_second,
               .unit = "transfers",
               .floor_name = "uniform",
               .floor_per_second = uniform.per_second});
  }
  if (choice.runs("engine_transfers_replay")) print_replay(transfers.rig(), "");
}

void province(Choice const& choice) {
  if (!choice.has("province")) return;
  BenchFolder const folder;
  Transfers transfers(folder.path("province"), kProvince,
                      {.ids = 8'000'000, .accounts = kProvince});
  for (Case const& c : kCases)
    if (c.batch > 1) run_case(choice, transfers, c, "_province");
  if (choice.runs("engine_replay_province")) print_replay(transfers.rig(), "_province");
}

// 10M take a minute and 5 GB, so only when asked for by name.
void sustained(Choice const& choice) {
  if (!choice.names("sustained")) return;
  BenchFolder const folder;
  Transfers transfers(folder.path("sustained"), kFewAccounts, {});
  auto result = transfers.run({.total = 10'000'000, .batch = 8'000}, /*hot=*/false);
  print_load("engine_sustained_10m", "transfers", result, {}, 8'000);
  print_replay(transfers.rig(), "_sustained_10m");
}

}  // namespace

void print_load(std::string const& name, std::string const& unit, LoadResult& result,
                Floor const& floor, std::size_t batch) {
  auto const n = static_cast<double>(batch);
  char remark[200];
  std::snprintf(
      remark, sizeof remark,
      "fdatasync alone %s; %.0f a sync; batch p50 %.1f p99 %.1f max %.1f ms; CPU %.2f us each",
      grouped(floor.fdatasync_per_second * n).c_str(), result.records_per_sync,
      result.batch_us.quantile(0.5) / 1000, result.batch_us.quantile(0.99) / 1000,
      result.batch_us.max() / 1000, result.cpu_us);
  print_row({.name = name,
             .per_second = result.per_second,
             .unit = unit,
             .floor_name = "rocksdb alone",
             .floor_per_second = floor.rocksdb_per_second * n,
             .remark = remark});
}

void bench_transfers(Choice const& choice) {
  few_accounts(choice);
  province(choice);
  sustained(choice);
}

}  // namespace qrpay::bench
