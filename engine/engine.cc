#include "engine/engine.h"

#include <algorithm>

#include "base/files.h"

namespace qrpay::engine {

using base::Errc;
using base::fail;

namespace {

constexpr std::int64_t kIdleWait = base::kSecond;  // the disk is watched this often
constexpr std::int64_t kDiskInterval = base::kSecond;
/// While the disk is busy the decide thread sleeps until so many commands wait, or the disk is
/// free: waking for each costs more than the 60 us that deciding them all adds to the next sync.
constexpr std::size_t kEnoughWhileSyncing = 64;
/// A batch of this size is handed over without looking for more.
constexpr std::size_t kEnoughToSync = 64;
/// From so many commands on their ids are looked up together, which costs a third for each.
constexpr std::size_t kLookAheadMin = 16;
/// A yield is about 1 us when nothing else wants the core.
constexpr int kGatherRoundsMax = 16;

// In the order in which they are looked up.
void add_ids(Prepared const& prepared, std::vector<ledger::IdTag>& tags) {
  tags.push_back(prepared.tags.id);
  for (auto const& older : prepared.older) tags.push_back(older.id);
}

std::vector<std::string> missing(bool has_vault, ledger::Tagger const& tagger) {
  std::vector<std::string> modes;
  if (!has_vault) modes.emplace_back("vault_missing");
  if (!tagger.complete()) modes.emplace_back("secret_missing");
  return modes;
}

Priority priority_of(Command const& command) {
  return std::holds_alternative<BankCredit>(command.payload) ? Priority::kCredit : Priority::kWrite;
}

}  // namespace

Engine::Engine(Parts parts, EngineOptions options, DurableListener on_durable,
               FatalHandler on_fatal)
    : log_(parts.log),
      tagger_(parts.tagger.up_to(parts.state.tag_generation())),
      read_only_(missing(parts.vault != nullptr, tagger_)),
      vault_(parts.vault),
      clock_(parts.clock),
      inbox_(parts.inbox),
      projector_(parts.projector),
      options_(std::move(options)),
      on_durable_(std::move(on_durable)),
      on_fatal_(std::move(on_fatal)),
      core_(std::move(parts.state), parts.log, parts.vault, parts.tagger),
      stamper_(core_.state().last_time()),
      cursor_(parts.vault),
      slow_disk_(options_.slow_sync),
      may_expire_(options_.may_expire) {}

Engine::~Engine() { stop(); }

void Engine::start() {
  watch_disk();
  decide_thread_ = std::thread([this] { decide_loop(); });
  sync_thread_ = std::thread([this] { sync_loop(); });
  answer_thread_ = std::thread([this] { answer_loop(); });
}

void Engine::stop() {
  if (!decide_thread_.joinable()) return;
  stopping_.store(true);
  inbox_.close();
  decide_thread_.join();
  {
    std::lock_guard const lock(mutex_);
    finished_ = true;
  }
  handed_.notify_all();
  sync_thread_.join();
  // A start after a clean stop has little to replay.
  if (projector_ != nullptr && !failed() && read_only_.empty() &&
      core_.state().index().open_records() >= options_.last_run_records_min)
    projector_->take(core_.cut_run());
  {
    std::lock_guard const lock(mutex_);
    answered_all_ = true;
  }
  durable_ready_.notify_all();
  answer_thread_.join();
}

base::Result<void> Engine::check_writable() const {
  if (failed()) return fail(Errc::kShuttingDown, "a write failed");
  if (!read_only_.empty()) return fail(Errc::kReadOnly, read_only_.front());
  if (index_failed()) return fail(Errc::kStoreRead, "the projections are damaged");
  if (disk_full()) return fail(Errc::kDiskFull);
  return {};
}

base::Result<void> Engine::submit(Command command, ReplyCallback reply) {
  QRPAY_TRY_VOID(check_writable());
  Priority const priority = priority_of(command);
  std::size_t const spare = priority == Priority::kCredit ? options_.tail_bytes_max / 8 : 0;
  if (tail_bytes() > options_.tail_bytes_max + spare)
    return fail(Errc::kOverloaded, "the projections are behind");
  bool const erases = std::holds_alternative<Erase>(command.payload);
  if (erases) {
    QRPAY_TRY_VOID(vault_->announce(Sequence(log_.size())));
    reply = [vault = vault_, reply = std::move(reply)](Reply const& value) {
      if (value.kind != Reply::Kind::kDecided) vault->settle();  // no record was made
      if (reply) reply(value);
    };
  }
  auto const taken = inbox_.submit(
      {prepare(std::move(command), tagger_), std::move(reply), clock_.ticks()}, priority);
  if (erases && !taken) vault_->settle();
  return taken;
}

base::Result<void> Engine::query(Query query) {
  if (failed()) return fail(Errc::kShuttingDown, "a write failed");
  if (index_failed()) return fail(Errc::kStoreRead, "the projections are damaged");
  return inbox_.submit({std::move(query), nullptr, clock_.ticks()}, Priority::kRead);
}

void Engine::watch_disk() {
  if (options_.disk_path.empty()) return;
  base::Ticks const now = clock_.ticks();
  if (now.microseconds() - disk_checked_.microseconds() < kDiskInterval &&
      disk_checked_ != base::Ticks())
    return;
  disk_checked_ = now;
  auto const free = base::free_bytes(options_.disk_path);
  if (!free) return;
  disk_free_.store(*free, std::memory_order_relaxed);
  disk_full_.store(*free < options_.disk_headroom_bytes);
}

std::int64_t Engine::wait_for(base::WallTime now) const {
  auto const due = core_.state().next_due();
  if (!due || !may_tick()) return kIdleWait;
  return std::clamp(due->microseconds() - now.microseconds(), std::int64_t{1}, kIdleWait);
}

bool Engine::disk_is_busy() {
  std::lock_guard const lock(mutex_);
  return handed_over_ != nullptr || syncing_;
}

void Engine::decide(std::vector<Submission>& submissions, base::WallTime now, base::Ticks taken) {
  if (submissions.empty()) return;
  Laps& laps = core_.laps();
  if (laps.begun()) {
    laps.lap(Stage::kWait, taken);
  } else {
    base::Ticks const arrived = submissions.front().arrived;
    laps.begin(arrived == base::Ticks() ? taken : arrived);
    laps.lap(Stage::kQueue, taken);
  }
  if (projector_ != nullptr && submissions.size() >= kLookAheadMin) {
    std::vector<ledger::IdTag> tags;
    tags.reserve(submissions.size());
    for (auto const& submission : submissions)
      if (auto const* prepared = std::get_if<Prepared>(&submission.what)) add_ids(*prepared, tags);
    core_.look_ahead(std::move(tags));
  }
  for (auto& submission : submissions) {
    if (auto* prepared = std::get_if<Prepared>(&submission.what))
      core_.process(std::move(*prepared), now, std::move(submission.reply));
    else
      core_.process(std::get<Query>(submission.what));
  }
  laps.lap(Stage::kDecide, clock_.ticks());
}

// A sync costs far more CPU than a command, and on a busy machine the commands that would share it
// are still in server threads that wait for a core. Giving way to them, and never to a timer, makes
// the batch grow exactly when that is so: on an idle machine a yield returns at once.
void Engine::gather(base::WallTime now) {
  for (int round = 0; round < kGatherRoundsMax; ++round) {
    if (core_.open_entries() == 0 || core_.open_entries() >= kEnoughToSync || disk_is_busy())
      return;
    std::this_thread::yield();
    auto more = inbox_.next(kEnoughToSync, /*wait_microseconds=*/0, /*enough=*/1);
    if (!more.empty()) decide(more, now, clock_.ticks());
  }
}

// Runs are cut as the projector becomes free, so they grow with the load, like batches.
void Engine::feed_projector() {
  index_failed_.store(core_.state().index().failed(), std::memory_order_relaxed);
  if (projector_ == nullptr || !read_only_.empty()) return;
  for (auto& run : core_.settle_runs()) projector_->bury(std::move(run));
  if (projector_->is_idle() && core_.state().index().open_records() >= kRunRecordsMin)
    projector_->take(core_.cut_run());
  tail_bytes_.store(core_.state().index().tail_bytes(), std::memory_order_relaxed);
}

void Engine::decide_loop() {
  base::WallTime now = stamper_.stamp(clock_.wall(), clock_.ticks());
  for (;;) {
    std::size_t const room = kBatchRecordsMax - std::min(kBatchRecordsMax, core_.open_entries());
    bool const waits_for_disk = !core_.open_is_empty();
    // The disk may become free after this look; wake() has then been called, and next() returns.
    std::size_t const enough =
        disk_is_busy() ? std::clamp<std::size_t>(room, 1, kEnoughWhileSyncing) : 1;
    auto submissions = inbox_.next(room, waits_for_disk ? kIdleWait : wait_for(now), enough);
    base::Ticks const taken = clock_.ticks();
    now = stamper_.stamp(clock_.wall(), taken);
    clock_jumped_.store(stamper_.jumped(), std::memory_order_relaxed);
    watch_disk();
    decide(submissions, now, taken);
    gather(now);
    if (may_tick() && !stamper_.jumped() && !disk_full()) core_.tick(now);
    core_.settle(Sequence(log_.size()));
    feed_projector();
    std::unique_lock lock(mutex_);
    if (failed()) return;
    if (!core_.open_is_empty() && handed_over_ == nullptr && !syncing_) {
      handed_over_ = core_.take_batch();
      lock.unlock();
      handed_.notify_one();
      continue;
    }
    if (stopping_.load() && submissions.empty() && core_.open_is_empty()) return;
    if (stopping_.load() || core_.open_entries() >= kBatchRecordsMax)
      handed_.wait(lock, [this] { return (handed_over_ == nullptr && !syncing_) || failed(); });
  }
}

// The laps of a batch without records are of nobody's interest.
base::Result<void> Engine::write(Batch& batch) {
  if (batch.entries.empty()) return {};
  base::Ticks const begin = clock_.ticks();
  if (!batch.laps.begun()) batch.laps.begin(begin);  // a Tick of our own
  batch.laps.lap(Stage::kWait, begin);
  auto const sealed = seal(batch, cursor_, &clock_);
  ledger::AppendTimes times{.clock = clock_};
  slow_disk_.begin(batch.laps.last());
  auto const written = log_.append(sealed, &times);
  base::Ticks const end = clock_.ticks();
  slow_disk_.end(end);
  batch.laps.lap(Stage::kWrite, end);
  batch.laps.move(Stage::kWrite, Stage::kHash, times.hash);
  batch.laps.move(Stage::kWrite, Stage::kSync, times.sync);
  return written;
}

void Engine::sync_loop() {
  for (;;) {
    std::shared_ptr<Batch> batch;
    {
      std::unique_lock lock(mutex_);
      handed_.wait(lock, [this] { return handed_over_ != nullptr || finished_; });
      if (handed_over_ == nullptr) return;
      batch = std::move(handed_over_);
      handed_over_ = nullptr;
      syncing_ = true;
    }
    auto const written = write(*batch);
    if (!written) {
      failed_.store(true);
      handed_.notify_all();
      inbox_.close();
      on_fatal_(written.error());
      return;
    }
    if (projector_ != nullptr) projector_->wake();
    {
      std::unique_lock lock(mutex_);
      syncing_ = false;
      durable_.push_back(std::move(batch));
      lock.unlock();
      handed_.notify_all();
      durable_ready_.notify_one();
      inbox_.wake();  // the disk is free: the next batch may come
      lock.lock();
      // Answers may lag behind the disk, but not without bound.
      handed_.wait(lock, [this] { return durable_.size() < kUnansweredBatchesMax; });
    }
  }
}

void Engine::answer_loop() {
  for (;;) {
    std::shared_ptr<Batch> batch;
    {
      std::unique_lock lock(mutex_);
      durable_ready_.wait(lock, [this] { return !durable_.empty() || answered_all_; });
      if (durable_.empty()) return;
      batch = std::move(durable_.front());
      durable_.pop_front();
    }
    handed_.notify_all();
    bool const has_records = !batch->entries.empty();
    if (on_durable_ && has_records) on_durable_(*batch);
    for (auto const& release : batch->releases) release();
    if (!has_records) continue;
    if (options_.on_answered) options_.on_answered();
    batch->laps.lap(Stage::kReply, clock_.ticks());
    budget_.add(batch->laps, batch->entries.size());
  }
}

}  // namespace qrpay::engine
