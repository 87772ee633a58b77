// 10M records loaded through the engine, and what everything costs on top of them.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "ledger/verify.h"
#include "tests/bench/ledger_groups.h"
#include "tests/bench/transfer_world.h"

namespace qrpay::bench {

namespace {

constexpr std::size_t kAccounts = 10'000;
constexpr std::uint64_t kLoaded = 10'000'000;

// Bytes that this process gave to the disk, overwritten and deleted ones too.
double written_bytes() {
  std::ifstream in("/proc/self/io");
  std::string word;
  double bytes = 0;
  while (in >> word >> bytes)
    if (word == "write_bytes:") return bytes;
  return 0;
}

// A small synced write every few milliseconds to a file of its own: what the disk itself does in
// the same seconds.
class DiskWatch {
 public:
  explicit DiskWatch(std::string const& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {
    check(file_ >= 0, "watch: file");
    thread_ = std::thread([this] {
      for (auto when = Steady::now(); !stopping_.load(); when += std::chrono::microseconds(2'500)) {
        wait_until(when);
        auto const start = Steady::now();
        check(::write(file_, kPage, sizeof kPage) == sizeof kPage, "watch: write");
        check(::fdatasync(file_) == 0, "watch: fdatasync");
        syncs_.add(seconds_since(start) * 1e6);
      }
    });
  }
  Latencies stop() {
    stopping_.store(true);
    thread_.join();
    ::close(file_);
    return std::move(syncs_);
  }

 private:
  static constexpr char kPage[4096] = {};
  int file_;
  std::atomic<bool> stopping_{false};
  Latencies syncs_;
  std::thread thread_;
};

// When each size came under a signed checkpoint.
class CheckpointWatch {
 public:
  explicit CheckpointWatch(ledger::CheckpointSigner& signer) : signer_(signer) {
    thread_ = std::thread([this] {
      for (auto when = Steady::now(); !stopping_.load(); when += std::chrono::milliseconds(1)) {
        wait_until(when);
        std::uint64_t const size = signer_.newest().size;
        if (seen_.empty() || seen_.back().size != size) seen_.push_back({Steady::now(), size});
      }
    });
  }
  struct Seen {
    Steady::time_point when;
    std::uint64_t size;
  };
  std::vector<Seen> stop() {
    stopping_.store(true);
    thread_.join();
    return std::move(seen_);
  }

 private:
  ledger::CheckpointSigner& signer_;
  std::atomic<bool> stopping_{false};
  std::vector<Seen> seen_;
  std::thread thread_;
};

struct Loaded {
  EngineRig::Existing ledger;
  std::vector<ledger::AccountId> accounts;
};

Loaded load(std::string const& dir) {
  TransferWorld world(dir, kAccounts, {.project_at_stop = true});
  double const written = written_bytes();
  auto const begun = Steady::now();
  auto result = world.run({.total = kLoaded, .batch = 8'000}, Shape::kUniform);
  std::uint64_t const records = world.rig().log().size();
  std::uint64_t const lag = records - world.rig().projections().projected().value();
  world.rig().stop_engine();
  double const seconds = seconds_since(begun);
  check(world.rig().projections().projected().value() == records, "not all is projected");
  print_row({.name = "engine_transfers_sustained_10m",
             .per_second = static_cast<double>(kLoaded) / seconds,
             .unit = "transfers",
             .remark = "until all is projected; " + grouped(result.per_second) +
                       "/s until the last answer, " + grouped(static_cast<double>(lag)) +
                       " not projected then",
             .delays = delays_of(result.batch_us)});
  must(world.rig().projections().wait_for_compaction(), "compaction");
  auto const n = static_cast<double>(records);
  double const journal =
      static_cast<double>(bytes_below(ledger::DataPaths::under(dir).journal())) / n;
  double const projections = static_cast<double>(world.rig().projections().disk_bytes()) / n;
  char text[160];
  std::snprintf(text, sizeof text, "journal %.1f + projections %.1f; %.0f written for each",
                journal, projections, (written_bytes() - written) / n);
  print_figure({.name = "bytes_per_transfer",
                .value = journal + projections,
                .unit = "bytes",
                .remark = text});
  return {{dir, world.rig().operator_key()}, world.accounts()};
}

void closed_loop(TransferWorld& world) {
  struct Case {
    std::size_t batch;
    std::uint64_t total;
    std::size_t outstanding;
    std::size_t floor_writes;
  };
  for (Case const& c :
       {Case{8'000, 1'000'000, 2, 60}, Case{1'000, 500'000, 2, 200}, Case{64, 150'016, 2, 500},
        Case{8, 20'000, 2, 500}, Case{1, 3'000, 1, 500}}) {
    Floor const floor = world.floor(c.batch, c.floor_writes);
    auto result = world.run({.total = c.total, .batch = c.batch, .outstanding = c.outstanding},
                            Shape::kUniform);
    print_load("engine_grown_batch_" + std::to_string(c.batch), "transfers", result, floor,
               c.batch);
  }
  auto hold = world.run({.total = 496'000, .batch = 8'000}, Shape::kHoldPost);
  print_load("engine_grown_hold_post", "commands", hold, {}, 8'000);
  auto skewed = world.run({.total = 496'000, .batch = 8'000}, Shape::kSkewed);
  print_load("engine_grown_80_20", "transfers", skewed, {}, 8'000);
  auto hot = world.run({.total = 496'000, .batch = 8'000}, Shape::kHot);
  print_load("engine_grown_hot", "transfers", hot, {}, 8'000);
}

void open_loop(TransferWorld& world) {
  for (std::uint64_t rate : {1'000, 10'000, 50'000}) {
    OpenLoop const plan{.per_second = rate, .total = rate * 10};
    std::uint64_t const first = world.take_numbers(plan.total);
    auto latencies = run_open_loop(world.rig(), plan, [&](std::uint64_t i) {
      return world.command(first + i, Shape::kUniform, 1);
    });
    print_row({.name = "engine_open_loop_" + std::to_string(rate),
               .per_second = static_cast<double>(rate),
               .unit = "transfers",
               .remark = "from the time each was due, one by one",
               .delays = delays_of(latencies)});
  }
}

// 400 transfers a second while a burst of 1M before them is projected and compacted.
void stall(TransferWorld& world, std::string const& dir) {
  (void)world.run({.total = 1'000'000, .batch = 8'000}, Shape::kUniform);
  std::uint64_t const projected = world.rig().projections().projected().value();
  DiskWatch watch(dir + "-watch");
  OpenLoop const plan{.per_second = 400, .total = 400 * 60};
  std::uint64_t const first = world.take_numbers(plan.total);
  auto latencies = run_open_loop(world.rig(), plan, [&](std::uint64_t i) {
    return world.command(first + i, Shape::kUniform, 1);
  });
  auto disk = watch.stop();
  print_figure(
      {.name = "stall_400",
       .value = latencies.max() / 1000,
       .unit = "ms",
       .floor_name = "the disk's own worst sync",
       .floor = disk.max() / 1000,
       .remark =
           grouped(static_cast<double>(world.rig().projections().projected().value() - projected)) +
           " records projected meanwhile; the disk alone " + to_string(delays_of(disk)),
       .delays = delays_of(latencies)});
}

void checkpointed(TransferWorld& world) {
  auto& signer = world.rig().signer();
  LoadPlan const burst{.total = 2'000'000, .batch = 8'000};
  auto const begun = Steady::now();
  (void)world.run(burst, Shape::kUniform);
  while (signer.newest().size < world.rig().log().size())
    wait_until(Steady::now() + std::chrono::milliseconds(1));
  double const rate = static_cast<double>(burst.total) / seconds_since(begun);

  OpenLoop const plan{.per_second = 10'000, .total = 100'000};
  std::uint64_t const first = world.take_numbers(plan.total);
  std::uint64_t const before = world.rig().log().size();
  CheckpointWatch watch(signer);
  auto const start = Steady::now();
  (void)run_open_loop(world.rig(), plan, [&](std::uint64_t i) {
    return world.command(first + i, Shape::kUniform, 1);
  });
  while (signer.newest().size < before + plan.total)
    wait_until(Steady::now() + std::chrono::milliseconds(1));
  auto const seen = watch.stop();
  Latencies late;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < plan.total; ++i) {
    while (at < seen.size() && seen[at].size < before + i + 1) ++at;
    if (at == seen.size()) break;  // the last millisecond
    auto const due = start + std::chrono::nanoseconds(i * 1'000'000'000 / plan.per_second);
    late.add(std::chrono::duration<double>(seen[at].when - due).count() * 1e6);
  }
  check(late.count() > plan.total / 2, "checkpoints were not seen");
  print_row({.name = "checkpointed_records",
             .per_second = rate,
             .unit = "records",
             .remark = "until the checkpoint over the last; delays at 10,000/s",
             .delays = delays_of(late)});
}

void verify(std::string const& dir, std::uint64_t records) {
  double const cpu = cpu_seconds();
  auto const begun = Steady::now();
  auto const report = must(ledger::verify_directory(dir), "verify");
  double const seconds = seconds_since(begun);
  double const used = cpu_seconds() - cpu;
  check(report.durable == records && report.balances_to_zero, "verify saw another ledger");
  char text[120];
  std::snprintf(text, sizeof text, "of processor time; %s records in %.1f s",
                grouped(static_cast<double>(records)).c_str(), seconds);
  print_row({.name = "verify_records",
             .per_second = static_cast<double>(records) / used,
             .unit = "records",
             .remark = text});
}

}  // namespace

void bench_grown(Choice const& choice) {
  if (!choice.has("engine_grown")) return;
  BenchFolder const folder;
  auto const dir = folder.path("grown");
  Loaded const loaded = load(dir);
  std::uint64_t records = 0;
  {
    TransferWorld world(loaded.ledger, loaded.accounts);
    closed_loop(world);
    world.rig().start_signer();
    open_loop(world);
    checkpointed(world);
    stall(world, dir);
    records = world.rig().log().size();
  }
  verify(dir, records);
}

}  // namespace qrpay::bench
