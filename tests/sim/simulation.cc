#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

namespace qrpay::sim {

using base::Sequence;
using base::WallTime;
using engine::Command;
using engine::Reply;

namespace {

constexpr std::int64_t kStart = 1'795'000'000 * base::kSecond;  // a November morning in 2026

base::Bytes32 secret_bytes(std::uint64_t seed, std::uint8_t purpose) {
  base::Bytes32 bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(seed >> (8 * i));
  bytes[31] = purpose;
  return bytes;
}

engine::SimLogOptions wire_options(std::uint64_t seed) {
  Dice dice(seed ^ 0x5eed);
  engine::SimLogOptions options;
  options.seed = seed;
  options.start = WallTime(kStart);
  options.delay_max = dice.one_of({0, base::kSecond, 10 * base::kSecond, 10 * base::kMinute});
  options.drop_percent = static_cast<std::uint32_t>(dice.one_of({0, 5, 25}));
  options.duplicate_percent = static_cast<std::uint32_t>(dice.one_of({0, 10, 30}));
  options.refuse_percent = static_cast<std::uint32_t>(dice.one_of({0, 10}));
  return options;
}

engine::Priority priority_of(Command const& command) {
  bool const credit = std::holds_alternative<engine::BankCredit>(command.payload);
  return credit ? engine::Priority::kCredit : engine::Priority::kWrite;
}

Prediction::Kind kind_of(Reply::Kind kind) {
  switch (kind) {
    case Reply::Kind::kDecided: return Prediction::Kind::kDecided;
    case Reply::Kind::kReplayed: return Prediction::Kind::kReplayed;
    case Reply::Kind::kRefused: return Prediction::Kind::kRefused;
    case Reply::Kind::kIdReused: return Prediction::Kind::kIdReused;
  }
  return Prediction::Kind::kRefused;
}

std::string_view kind_text(Prediction::Kind kind) {
  switch (kind) {
    case Prediction::Kind::kDecided: return "decided";
    case Prediction::Kind::kReplayed: return "replayed";
    case Prediction::Kind::kRefused: return "refused";
    case Prediction::Kind::kIdReused: return "id reused";
  }
  return "";
}

std::string describe(Prediction const& expected) {
  std::string text(kind_text(expected.kind));
  if (!expected.record) return text + " " + std::string(base::errc_name(expected.errc));
  return text + " " + std::string(engine::outcome_name(expected.record->outcome)) + " at " +
         std::to_string(expected.record->sequence);
}

std::string describe(Reply const& reply) {
  std::string text(kind_text(kind_of(reply.kind)));
  if (!reply.decided) return text + " " + base::to_string(reply.error);
  auto const outcome = static_cast<engine::Outcome>(reply.decided->record.outcome);
  return text + " " + std::string(engine::outcome_name(outcome)) + " at " +
         std::to_string(reply.decided->record.sequence.value());
}

/// P3 yields to P7: a repeat has what the first answer had, but for what was erased.
bool is_what_is_left(ledger::Sections const& before, ledger::Sections const& now,
                     ledger::SectionMask erased) {
  ledger::Sections left;
  for (auto const& section : before) {
    bool const there = std::find(now.begin(), now.end(), section) != now.end();
    if (there || ((erased >> section.number) & 1) == 0) left.push_back(section);
  }
  return left == now;
}

}  // namespace

ledger::SecretGenerations dedupe_secrets(std::uint64_t seed) {
  ledger::SecretGenerations secrets;
  for (std::uint8_t generation = 1; generation <= kGenerations; ++generation)
    secrets.put(generation,
                base::Secret(secret_bytes(seed, static_cast<std::uint8_t>(16 * generation + 1))));
  return secrets;
}

std::shared_ptr<ledger::Vault> vault_of(std::uint64_t seed) {
  return ledger::Vault::in_memory(base::Secret(secret_bytes(seed, 2)));
}

void Coverage::add(Coverage const& other) {
  for (auto const& [name, count] : other.outcomes) outcomes[name] += count;
  for (auto const& [name, count] : other.refusals) refusals[name] += count;
  for (auto const& [name, count] : other.events) events[name] += count;
}

Simulation::Simulation(SimulationOptions const& options)
    : options_(options),
      dice_(options.seed * 4 + 1),
      workload_(options.seed * 4 + 2),
      tagger_(dedupe_secrets(options.seed)),
      vault_(vault_of(options.seed)),
      wire_(wire_options(options.seed)),
      disk_(options.seed, options.on_rocks, options.projecting) {}

void Simulation::wrong(std::string const& difference) {
  if (!failed()) difference_ = "step " + std::to_string(step_) + ": " + difference;
}

std::optional<std::string> Simulation::run() {
  open();
  set_up();
  for (auto steps = 90 + dice_.below(120); steps > 0 && !failed(); --steps) step();
  drain();
  if (!failed()) check_repeats();
  if (!failed()) restart_cleanly();
  if (!failed()) check_journal();
  if (!failed()) check_other_cuts();
  return difference_;
}

// --- callers ---------------------------------------------------------------------------------

void Simulation::set_up() {
  Command command;
  while (!failed() && workload_.next_of_setup(model_, command)) {
    requests_.push_back({command, std::nullopt});
    std::size_t const request = requests_.size() - 1;
    unanswered_.push_back(request);
    decide(command, prepare(command),
           [this, request](Reply const& reply) { answered(request, reply); });
    if (dice_.percent(30)) cut();
  }
  settle_all();  // a world that is lost at once would leave nothing to look at
}

engine::Prepared Simulation::prepare(Command command) const {
  return engine::prepare(std::move(command), tagger_.up_to(core_->state().tag_generation()));
}

void Simulation::send(std::size_t request) {
  Command command = requests_[request].command;
  // A retry may carry other randomness and another signature: neither is part of the body.
  if (dice_.percent(20)) command = workload_.other_randomness(std::move(command));
  auto const priority = priority_of(command);
  engine::Submission submission{prepare(std::move(command)),
                                [this, request](Reply const& reply) { answered(request, reply); }};
  if (!wire_.submit(std::move(submission), priority)) event("shed");
}

void Simulation::send_query() {
  engine::Query const query = [this](engine::State const& state) {
    std::uint64_t const seen = state.last().value();
    if (seen != model_.records().size()) wrong("a query saw another state than the last command");
    return [this, seen] {
      event("read");
      if (!releasing_ || log_->size() < seen)
        wrong("P1: a read left before what it saw was durable");
    };
  };
  if (!wire_.submit({query, {}}, engine::Priority::kRead)) event("shed");
}

void Simulation::callers_act() {
  if (dice_.percent(75)) {
    auto command = workload_.next(model_, wire_.now().microseconds());
    requests_.push_back({std::move(command), std::nullopt});
    unanswered_.push_back(requests_.size() - 1);
    send(requests_.size() - 1);
  }
  if (!unanswered_.empty() && dice_.percent(40)) send(dice_.one_of(unanswered_));
  if (dice_.percent(15)) send(dice_.below(requests_.size()));
  if (dice_.percent(8)) {
    auto command = workload_.other_body(requests_[dice_.below(requests_.size())].command);
    requests_.push_back({std::move(command), std::nullopt});
    unanswered_.push_back(requests_.size() - 1);
    send(requests_.size() - 1);
  }
  if (dice_.percent(6)) {
    auto command = workload_.other_hands(model_, requests_[dice_.below(requests_.size())].command);
    requests_.push_back({std::move(command), std::nullopt});
    unanswered_.push_back(requests_.size() - 1);
    send(requests_.size() - 1);
  }
  if (dice_.percent(8)) send_query();
}

void Simulation::answered(std::size_t request, Reply const& reply) {
  std::erase(unanswered_, request);
  Told told{kind_of(reply.kind), reply.error.errc, 0, "", {}};
  if (reply.decided) {
    told.sequence = reply.decided->record.sequence.value();
    told.leaf = leaf_of(reply.decided->record);
    told.sections = reply.decided->sections;
  }
  auto& before = requests_[request].told;
  bool const is_final = before && before->kind != Prediction::Kind::kRefused;
  // Whose key was revoked meanwhile is refused like any stranger; the model says when.
  bool const kept_out =
      told.kind == Prediction::Kind::kRefused && told.errc == base::Errc::kUnauthenticated;
  if (is_final && kept_out) event("repeat after revocation");
  if (is_final && !kept_out &&
      (before->sequence != told.sequence || before->leaf != told.leaf ||
       !is_what_is_left(before->sections, told.sections, model_.erased(told.sequence))))
    wrong("P3: a repeat of record " + std::to_string(before->sequence) +
          " got another answer: " + describe(reply));
  if (!before || !is_final || !kept_out) before = std::move(told);
}

// --- the engine's loop -----------------------------------------------------------------------

void Simulation::open() {
  log_ = std::make_unique<ledger::Log>(disk_.store(), std::nullopt);
  if (options_.projecting) return open_with_projections();
  auto state = engine::replay_state(*log_, vault_);
  if (!state) return wrong("replay: " + base::to_string(state.error()));
  stamper_.emplace(state->last_time());
  core_ = std::make_unique<engine::Core>(std::move(state).value(), *log_, vault_, tagger_);
  sealer_ = std::make_unique<ledger::VaultCursor>(vault_);
}

WallTime Simulation::stamp() {
  return stamper_->stamp(base::later(wire_.now(), wall_skew_),
                         base::Ticks(wire_.now().microseconds()));
}

void Simulation::decide(engine::Submission&& submission) {
  if (failed()) return;
  if (auto* const query = std::get_if<engine::Query>(&submission.what))
    return core_->process(*query);
  auto& prepared = std::get<engine::Prepared>(submission.what);
  Command const command = prepared.command;
  decide(command, std::move(prepared), std::move(submission.reply));
}

void Simulation::decide(Command const& command, engine::Prepared&& prepared,
                        engine::ReplyCallback reply) {
  WallTime const now = stamp();
  history_.push_back({std::make_shared<Command const>(command), now.microseconds()});
  auto const expected = model_.process(command, now.microseconds());
  std::uint64_t const seen = model_.records().size();
  auto const before = core_->state().last();
  auto const generation = core_->state().tag_generation();
  if (prepared.generation != generation) event("prepared before a rotation");
  auto const tried = engine::dry_run(core_->state(), prepare(command), now);
  if (core_->state().last() != before) wrong("a dry run made a record");
  core_->process(std::move(prepared), now,
                 [this, expected, seen, tried, canonical = prepared.canonical,
                  reply = std::move(reply)](Reply const& given) {
                   check_reply(given, expected, seen);
                   check_dry_run(tried, canonical, given);
                   reply(given);
                 });
  if (core_->state().tag_generation() != generation) event("dedupe secret rotated");
  // Damage that a start did not meet: nothing more is decided, and the next start rebuilds.
  if (core_->state().index().failed()) {
    event("damage met later");
    return end_process(durable_history_);
  }
  if (core_->state().last().value() != seen)
    wrong(std::string(ledger::kind_name(engine::kind_of(command.payload))) + " " + command.id +
          " led to record " + std::to_string(core_->state().last().value()) + ", expected " +
          std::to_string(seen) + " and " + describe(expected));
}

void Simulation::check_reply(Reply const& reply, Prediction const& expected, std::uint64_t seen) {
  if (!releasing_) wrong("P1: an answer before its batch was durable: " + describe(expected));
  if (log_->size() < seen) wrong("P1: an answer before all it saw was durable");
  std::string const both = describe(reply) + ", expected " + describe(expected);
  if (kind_of(reply.kind) != expected.kind) return wrong(both);
  if (expected.kind == Prediction::Kind::kRefused) {
    ++coverage_.refusals[std::string(base::errc_name(expected.errc))];
    if (reply.error.errc != expected.errc || reply.decided) wrong(both);
    return;
  }
  event(std::string(kind_text(expected.kind)));
  if (!reply.decided) return wrong(both + ": no record");
  if (auto const difference = compare(*reply.decided, *expected.record); !difference.empty())
    wrong(both + ": " + difference);
  if (reply.body_unverified != (expected.erased != 0))
    wrong(both + ": the body is said to be verified or not");
  for (auto const& section : reply.decided->sections)
    if (((expected.erased >> section.number) & 1) != 0)
      wrong(both + ": section " + std::to_string(section.number) + " was erased");
  if (reply.body_unverified) event("repeat of what was erased");
}

/// A dry run is answered like the real run that came right after it.
void Simulation::check_dry_run(engine::DryRun const& tried, std::string const& canonical,
                               Reply const& reply) {
  bool const known = tried.known != Sequence(0);
  // Looked at after it was decided, when the vault may have lost what it still had then.
  if (known && model_.erased(tried.known.value()) != tried.erased) return;
  Reply const dry = known ? engine::look_back(tried, canonical, *log_, vault_) : tried.reply;
  if (dry.kind != reply.kind || dry.error.errc != reply.error.errc ||
      dry.body_unverified != reply.body_unverified)
    return wrong("a dry run: " + describe(dry) + ", the real run: " + describe(reply));
  if (!dry.decided) return;
  auto record = dry.decided->record;
  auto const& real = reply.decided->record;
  if (!known) {  // what only a record has
    record.sequence = real.sequence;
    record.tag_generation = real.tag_generation;
    record.id_tag = real.id_tag;
    record.money_tags = real.money_tags;
    record.body_tag = real.body_tag;
    record.commitment = real.commitment;
  }
  if (record != real || dry.decided->sections != reply.decided->sections)
    wrong("a dry run shows another record than the real run makes");
  event("dry run");
}

void Simulation::tick() {
  WallTime const now = stamp();
  // While the clock is not believed nothing expires (DESIGN 4).
  if (stamper_->jumped()) return event("clock jump");
  history_.push_back({nullptr, now.microseconds()});
  auto const made = model_.tick(now.microseconds());
  core_->tick(now);
  if (core_->state().last().value() != model_.records().size())
    wrong("a tick led to record " + std::to_string(core_->state().last().value()) + ", expected " +
          std::to_string(model_.records().size()));
}

void Simulation::cut() {
  if (core_->open_is_empty()) return;
  flights_.push_back({core_->take_batch(), history_.size()});
}

void Simulation::sync() {
  if (flights_.empty() || failed()) return;
  Flight flight = std::move(flights_.front());
  flights_.pop_front();
  auto const sealed = engine::seal(*flight.batch, *sealer_);
  bool fails = !options_.on_rocks && disk_may_fail_ && !sealed.empty() && dice_.percent(3);
  bool const survives = dice_.percent(50);
  if (fails)
    disk_.set_fault(survives ? ledger::StoreFault::kFailAfter : ledger::StoreFault::kFailBefore);
  if (!sealed.empty()) {
    auto const appended = log_->append(sealed);
    if (appended.has_value() == fails) return wrong("the disk's fault was not told");
  }
  if (fails) {
    event(survives ? "sync failed, kept" : "sync failed, lost");
    return end_process(survives ? flight.history_end : durable_history_);
  }
  durable_history_ = flight.history_end;
  core_->settle(Sequence(log_->size()));
  for (auto const& entry : flight.batch->entries) {
    auto const& expected = *model_.records()[entry.decided->record.sequence.value() - 1];
    ++coverage_.outcomes[std::string(engine::outcome_name(expected.outcome))];
    if (expected.kind == ledger::Kind::kBatch)
      event(expected.refused ? "batch refused" : "batch done");
    if (!expected.expired_holds.empty()) event("holds expired");
    if (expected.kind == ledger::Kind::kTransfer && expected.postings.size() > 2)
      event("many legs");
    if (expected.effective_time && expected.kind != ledger::Kind::kTransfer)
      event("imported hold or batch");
    if (!expected.erased.empty())
      erasures_.push_back({Sequence(expected.sequence), expected.erased});
    if (auto const difference = compare(*entry.decided, expected); !difference.empty())
      wrong("record " + std::to_string(expected.sequence) + ": " + difference);
  }
  if (dice_.percent(50)) puncture();
  releasing_ = true;
  for (auto const& release : flight.batch->releases) release();
  releasing_ = false;
}

/// The vault hears of an Erase record at any time after it is durable; answers never wait for it.
void Simulation::puncture() {
  if (erasures_.empty()) return;
  if (!vault_->erase(erasures_)) wrong("a vault in memory failed");
  erasures_.clear();
  event("punctured");
}

void Simulation::end_process(std::size_t history_end) {
  flights_.clear();
  if (!runs_.empty()) event("run lost");
  runs_.clear();
  core_.reset();
  projections_.reset();
  log_.reset();
  if (options_.projecting && dice_.percent(20)) damage_projections();
  wire_.crash();
  disk_.restart();
  history_.resize(history_end);
  durable_history_ = history_end;
  model_ = Model();
  for (auto const& stamped : history_) {
    if (stamped.command)
      static_cast<void>(model_.process(*stamped.command, stamped.now));
    else
      static_cast<void>(model_.tick(stamped.now));
  }
  open();
  if (failed()) return;
  // A record whose sync failed may have survived.
  auto const& state = core_->state();
  erasures_.clear();
  if (vault_->erased_through() < state.last_erase())
    erasures_.push_back({state.last_erase(), state.erased().targets()});
  check_state();
  check_nothing_told_was_lost();
}

void Simulation::settle_all() {
  bool const may_fail = std::exchange(disk_may_fail_, false);
  cut();
  while (!flights_.empty() && !failed()) sync();
  disk_may_fail_ = may_fail;
}

void Simulation::restart_cleanly() {
  settle_all();
  if (failed()) return;
  auto const before = core_->state().digest();
  end_process(history_.size());
  if (!failed() && core_->state().digest() != before) wrong("P10: replay gives another state");
}

void Simulation::step() {
  ++step_;
  callers_act();
  if (dice_.percent(6))
    wire_.advance(dice_.one_of({base::kMinute, base::kMinute, base::kHour, base::kHour, base::kDay,
                                10 * base::kDay, 30 * base::kDay, 46 * base::kDay}));
  if (dice_.percent(2))
    wall_skew_ = dice_.one_of({0, 0, 0, -base::kHour, -2 * base::kSecond, 2 * base::kSecond});
  if (dice_.percent(60)) {
    for (auto& submission : wire_.next(1 + dice_.below(12), base::kSecond)) {
      decide(std::move(submission));
      if (dice_.percent(10)) cut();
    }
  }
  if (dice_.percent(25)) tick();
  if (dice_.percent(2) && !failed()) change_identity();
  if (dice_.percent(45)) cut();
  if (dice_.percent(60)) sync();
  if (options_.projecting && !failed()) project();
  if (dice_.percent(1)) {
    event("crash");
    end_process(durable_history_);
  }
  if (dice_.percent(1)) restart_cleanly();
}

/// Every caller asks until it is answered: nothing may stay unknown for ever (P5).
void Simulation::drain() {
  disk_may_fail_ = false;
  for (int round = 0; !failed() && !unanswered_.empty(); ++round) {
    if (round == 200) return wrong("P5: " + std::to_string(unanswered_.size()) + " never answered");
    for (auto const request : std::vector(unanswered_)) send(request);
    while (wire_.size() > 0) {
      for (auto& submission : wire_.next(100, base::kHour)) decide(std::move(submission));
    }
    settle_all();
  }
}

}  // namespace qrpay::sim
