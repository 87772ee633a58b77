#include "tests/bench/engine_rig.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "base/crypto.h"
#include "engine/genesis.h"

namespace qrpay::bench {

using engine::Command;
using engine::Reply;

constexpr char const* kOrigin = "bench/0/1";

EngineRig::EngineRig(std::string dir, RigOptions const& options)
    : dir_(std::move(dir)), options_(options) {
  data_ =
      must(ledger::create_data(ledger::DataPaths::under(dir_), base::system_entropy()), "create");
  tagger_ = std::make_unique<ledger::Tagger>(data_->secrets.dedupe);
  begin();
}

EngineRig::EngineRig(Existing const& existing, RigOptions const& options)
    : dir_(existing.dir), options_(options), operator_key_(existing.operator_key) {
  auto const paths = ledger::DataPaths::under(dir_);
  data_ = must(ledger::open_data(paths), "open");
  tagger_ = std::make_unique<ledger::Tagger>(data_->secrets.dedupe);
  log_ = std::make_unique<ledger::Log>(
      *data_->store, must(ledger::DurableMark::open(paths.durable_mark()), "mark"));
  start(open());
}

EngineRig::~EngineRig() { stop(); }

void EngineRig::begin() {
  auto mark = ledger::DurableMark::open(ledger::DataPaths::under(dir_).durable_mark());
  log_ = std::make_unique<ledger::Log>(*data_->store, must(std::move(mark), "mark"));
  auto state = open();
  state.reserve(options_.ids, options_.accounts);
  start(std::move(state));

  auto const signer = must(ledger::NoteSigner::make(kOrigin, data_->secrets.log), "signer");
  run_one(engine::make_genesis({kOrigin, format_vkey(signer.verifier_key()),
                                data_->vault->check_value(), tagger_->check_value()}));
  Command key;
  key.id = "operator";
  engine::PutKey put;
  put.role = engine::Role::kOperator;
  key.payload = put;
  operator_key_ = run_one(std::move(key)).record.sequence;
}

engine::State EngineRig::open() {
  auto restarted = must(
      engine::restart({.projections = dir_ + "/projections", .log = *log_, .vault = data_->vault}),
      "restart");
  check(restarted.rebuilt.empty(), restarted.rebuilt);
  projections_ = std::move(restarted.projections);
  replayed_ = restarted.replayed;
  return std::move(restarted.state);
}

void EngineRig::start(engine::State state) {
  inbox_ = std::make_unique<engine::LocalLog>();
  projector_ = std::make_unique<engine::Projector>(*projections_, *log_);
  projector_->start();
  engine_ = std::make_unique<engine::Engine>(
      engine::Engine::Parts{.state = std::move(state),
                            .log = *log_,
                            .vault = data_->vault,
                            .tagger = *tagger_,
                            .clock = base::system_clock(),
                            .inbox = *inbox_,
                            .projector = projector_.get()},
      engine::EngineOptions{
          .disk_path = dir_,
          .last_run_records_min = options_.project_at_stop ? 1 : ~std::uint64_t{0}},
      [this](engine::Batch const& batch) {
        syncs_.fetch_add(1);
        std::lock_guard const lock(tell_mutex_);
        if (tell_) tell_(batch.entries.back().decided->record.sequence);
      },
      [](base::Error const& error) { give_up(to_string(error)); });
  engine_->start();
}

void EngineRig::stop() {
  stop_engine();
  signer_.reset();
  engine_.reset();
  projector_.reset();
  projections_.reset();
  log_.reset();
  data_.reset();
}

void EngineRig::stop_engine() {
  if (engine_) engine_->stop();
  if (projector_) projector_->stop();
}

void EngineRig::start_signer() {
  auto signer = must(ledger::NoteSigner::make(kOrigin, data_->secrets.log), "signer");
  signer_ = must(ledger::CheckpointSigner::open(*log_, std::move(signer),
                                                ledger::DataPaths::under(dir_).high_water()),
                 "signer");
  signer_->start();
}

EngineRig::Restart EngineRig::restart() {
  engine::State state;
  std::uint64_t const records = log_->size();
  auto const root = must(log_->root(records), "root");
  look([&](engine::State const& before) { digest_ = before.digest(); });
  stop();
  Restart result{};
  auto const begun = Steady::now();
  data_ = must(ledger::open_data(ledger::DataPaths::under(dir_)), "open");
  std::uint64_t const heap_before = heap_bytes();
  log_ = std::make_unique<ledger::Log>(*data_->store, std::nullopt);
  state = open();
  result.seconds = seconds_since(begun);
  result.heap = heap_bytes() - heap_before;
  result.records = records;
  result.replayed = replayed_;
  result.projections = projections_->disk_bytes();
  result.disk = bytes_below(ledger::DataPaths::under(dir_).journal());
  check(log_->size() == records, "records were lost");
  check(must(log_->root(records), "root") == root, "a restart gave another root");
  check(state.digest() == digest_, "a restart gave another state");
  start(std::move(state));
  return result;
}

engine::Decided EngineRig::run_one(Command command) {
  auto answered = std::make_shared<std::promise<Reply>>();
  auto future = answered->get_future();
  must(engine_->submit(std::move(command),
                       [answered](Reply const& reply) { answered->set_value(reply); }),
       "submit");
  Reply const reply = future.get();
  if (reply.kind != Reply::Kind::kDecided) give_up(to_string(reply.error));
  return *reply.decided;
}

void EngineRig::look(std::function<void(engine::State const&)> const& ask) {
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  must(engine_->query([&ask, done](engine::State const& state) -> std::function<void()> {
    ask(state);
    return [done] { done->set_value(); };
  }),
       "query");
  future.get();
}

std::vector<ledger::AccountId> EngineRig::open_accounts(std::size_t count) {
  std::uint64_t const before = log_->size();
  LoadPlan const plan{.total = count, .batch = std::min<std::size_t>(count, 5'000)};
  check(count % plan.batch == 0, "accounts must be whole batches");
  (void)run_batches(
      *this, plan,
      [this](std::uint64_t i) {
        Command command;
        command.actor = operator_key_;
        command.id = "a" + std::to_string(i);
        command.payload = engine::OpenGeneralAccount{command.id, ledger::Limit::kNone};
        return command;
      },
      engine::Outcome::kDone);
  std::vector<ledger::AccountId> accounts;
  accounts.reserve(count);
  for (std::uint64_t i = 1; i <= count; ++i)
    accounts.push_back(
        ledger::account_id(ledger::AccountClass::kGeneral, base::Sequence(before + i)));
  return accounts;
}

void EngineRig::check_sound(std::uint64_t records) {
  look([&](engine::State const& state) {
    check(state.last().value() == records, "the state has another number of records");
    check(state.book().balances_to_zero(), "the balances do not sum to zero");
  });
  check(log_->size() == records, "the log has another size");
  check(data_->store->last().value() == records, "the store has another size");
  check(log_->root(records).has_value(), "no root");
}

double EngineRig::bytes_a_record() {
  constexpr std::uint64_t kLookedAt = 1'000;
  constexpr std::size_t kShareOfBlock = 2 + 4 + 4;  // two lengths and an offset
  std::uint64_t const size = log_->size();
  std::uint64_t const from = size > kLookedAt ? size - kLookedAt + 1 : 1;
  std::size_t bytes = 0;
  std::size_t records = 0;
  must(log_->scan(base::Sequence(from),
                  [&](ledger::StoredRecord const& stored) {
                    std::string side;
                    ledger::encode_side(stored.side, side);
                    bytes += stored.leaf.size() + side.size() + kShareOfBlock;
                    ++records;
                    return true;
                  }),
       "scan");
  return static_cast<double>(bytes) / static_cast<double>(records);
}

EngineRig::Replayed EngineRig::reopen() {
  engine_->stop();
  projector_->stop();
  engine_.reset();
  projector_.reset();
  projections_.reset();
  std::uint64_t const records = log_->size();
  auto const root = must(log_->root(records), "root");
  log_.reset();
  data_.reset();
  data_ = must(ledger::open_data(ledger::DataPaths::under(dir_)), "open");  // flushes what was open
  Replayed replayed{};
  replayed.disk = bytes_below(ledger::DataPaths::under(dir_).journal());
  log_ = std::make_unique<ledger::Log>(*data_->store, std::nullopt);
  std::uint64_t const heap_before = heap_bytes();
  auto const begun = Steady::now();
  auto state = must(engine::replay_state(*log_, data_->vault), "replay");
  replayed.seconds = seconds_since(begun);
  replayed.records = log_->size();
  replayed.heap = heap_bytes() - heap_before;
  replayed.tree = log_->tree_memory_bytes();
  check(replayed.records == records, "records were lost");
  check(must(log_->root(records), "root") == root, "replay gave another root");
  check(state.book().balances_to_zero(), "replayed balances do not sum to zero");
  // The rest of the run goes on with projections again.
  state = engine::State();
  log_ = std::make_unique<ledger::Log>(*data_->store, std::nullopt);
  start(open());
  return replayed;
}

namespace {

// One batch on its way. Its answers come one by one in the sync thread.
struct Ticket {
  Steady::time_point begun;
  std::size_t left = 0;
  class Flight* flight = nullptr;
};

class Flight {
 public:
  Flight(std::size_t batches_max, engine::Outcome expected)
      : batches_max_(batches_max), expected_(static_cast<std::uint16_t>(expected)) {}

  void wait_below(std::size_t batches) {
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [&] { return flying_ < batches; });
  }
  void take_off(Ticket& ticket, std::size_t commands) {
    wait_below(batches_max_);
    ticket.left = commands;
    ticket.flight = this;
    std::lock_guard const lock(mutex_);
    ++flying_;
    ticket.begun = Steady::now();
  }
  void answer(Ticket& ticket, Reply const& reply) {
    if (reply.kind != Reply::Kind::kDecided) give_up("refused: " + to_string(reply.error));
    if (reply.decided->record.outcome != expected_)
      give_up("outcome " + std::to_string(reply.decided->record.outcome));
    if (--ticket.left > 0) return;
    {
      std::lock_guard const lock(mutex_);
      latencies_.add(seconds_since(ticket.begun) * 1e6);
      --flying_;
    }
    landed_.notify_one();
  }
  [[nodiscard]] Latencies take_latencies() { return std::move(latencies_); }

 private:
  std::size_t const batches_max_;
  std::uint16_t const expected_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::size_t flying_ = 0;
  Latencies latencies_;
};

}  // namespace

LoadResult run_batches(EngineRig& rig, LoadPlan const& plan, MakeCommand const& make,
                       engine::Outcome expected) {
  std::uint64_t const batches = plan.total / plan.batch;
  Flight flight(plan.outstanding, expected);
  std::deque<Ticket> tickets(batches);
  auto const prepare_batch = [&](std::uint64_t batch) {
    std::vector<engine::Submission> submissions;
    submissions.reserve(plan.batch);
    for (std::size_t i = 0; i < plan.batch; ++i) {
      submissions.push_back({engine::prepare(make(batch * plan.batch + i), rig.tagger()),
                             [ticket = &tickets[batch]](Reply const& reply) {
                               ticket->flight->answer(*ticket, reply);
                             }});
    }
    return submissions;
  };
  std::vector<std::vector<engine::Submission>> ready;
  for (std::uint64_t i = 0; plan.prepared_before && i < batches; ++i)
    ready.push_back(prepare_batch(i));

  std::uint64_t const syncs_before = rig.syncs();
  double const cpu_before = cpu_seconds();
  auto const start = Steady::now();
  for (std::uint64_t i = 0; i < batches; ++i) {
    auto submissions = plan.prepared_before ? std::move(ready[i]) : prepare_batch(i);
    // What a caller does who is shed.
    while (rig.engine().projection_behind()) std::this_thread::yield();
    flight.take_off(tickets[i], plan.batch);
    must(rig.inbox().submit_all(std::move(submissions), engine::Priority::kCredit), "submit_all");
  }
  flight.wait_below(1);
  double const seconds = seconds_since(start);
  LoadResult result;
  auto const done = static_cast<double>(batches * plan.batch);
  result.per_second = done / seconds;
  result.cpu_us = (cpu_seconds() - cpu_before) * 1e6 / done;
  result.records_per_sync = done / static_cast<double>(rig.syncs() - syncs_before);
  result.batch_us = flight.take_latencies();
  return result;
}

void wait_until(Steady::time_point when) {
  auto const since = when.time_since_epoch();
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  timespec const at{seconds.count(), std::chrono::nanoseconds(since - seconds).count()};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

Latencies run_open_loop(EngineRig& rig, OpenLoop const& plan, MakeCommand const& make) {
  struct Shared {
    std::vector<double> late_us;  // by number of the command
    std::atomic<std::uint64_t> answered{0};
    std::promise<void> done;
  };
  Shared shared;
  shared.late_us.resize(plan.total);
  auto const begin = Steady::now() + std::chrono::milliseconds(5);
  auto const due = [&](std::uint64_t i) {
    return begin + std::chrono::nanoseconds(i * 1'000'000'000 / plan.per_second);
  };
  for (std::uint64_t i = 0; i < plan.total; ++i) {
    auto const when = due(i);
    if (Steady::now() < when) wait_until(when);
    auto const reply = [&shared, when, i, total = plan.total](Reply const& answer) {
      if (answer.kind != Reply::Kind::kDecided) give_up("refused: " + to_string(answer.error));
      shared.late_us[i] = seconds_since(when) * 1e6;
      if (shared.answered.fetch_add(1) + 1 == total) shared.done.set_value();
    };
    must(rig.engine().submit(make(i), reply), "open loop: submit");
  }
  shared.done.get_future().get();
  Latencies latencies;
  for (double const late : shared.late_us) latencies.add(late);
  return latencies;
}

Floor measure_floor(std::string const& dir, std::size_t bytes, std::size_t writes) {
  Floor floor;
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(options, dir + "-rocks", &opened).ok(), "floor: rocksdb");
    std::unique_ptr<rocksdb::DB> const db(opened);
    std::string const value(std::min(bytes, ledger::kBlockBytesMax), 'x');
    rocksdb::WriteOptions synced;
    synced.sync = true;
    std::uint64_t key = 0;
    auto const start = Steady::now();
    for (std::size_t i = 0; i < writes; ++i) {
      rocksdb::WriteBatch batch;
      for (std::size_t left = bytes; left > 0;) {
        std::size_t const piece = std::min(left, value.size());
        std::string name;
        base::ByteWriter(name).u64(key++);
        check(batch.Put(name, rocksdb::Slice(value.data(), piece)).ok(), "floor: put");
        left -= piece;
      }
      check(db->Write(synced, &batch).ok(), "floor: write");
    }
    floor.rocksdb_per_second = static_cast<double>(writes) / seconds_since(start);
  }
  std::string const data(bytes, 'x');
  int const file = ::open((dir + "-file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  check(file >= 0, "floor: file");
  auto const start = Steady::now();
  for (std::size_t i = 0; i < writes; ++i) {
    check(::write(file, data.data(), data.size()) == static_cast<ssize_t>(data.size()),
          "floor: write");
    check(::fdatasync(file) == 0, "floor: fdatasync");
  }
  floor.fdatasync_per_second = static_cast<double>(writes) / seconds_since(start);
  ::close(file);
  return floor;
}

}  // namespace qrpay::bench
