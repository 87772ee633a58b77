#include "gateway/witness/keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/files.h"

namespace qrpay::gateway::witness {

using base::Errc;
using base::Result;
using ledger::WitnessStatus;

namespace {

constexpr std::int64_t kMillisecond = 1'000;  // in microseconds
/// A witness whose size we guessed wrong tells it; once more for one that was asked meanwhile.
constexpr int kTriesMax = 3;
/// A closing that some witness has not cosigned holds newer checkpoints back no longer than this.
constexpr std::int64_t kClosingPatience = base::kMinute;
constexpr std::int64_t kQuorumPatience = base::kMinute;
/// More days at once than a stop ever lasts: the older ones are closed, and nobody is asked.
constexpr std::size_t kClosingsWaitingMax = 64;

}  // namespace

CheckpointKeeper::CheckpointKeeper(Parts parts, KeeperOptions options)
    : parts_(std::move(parts)), options_(std::move(options)) {
  http::ClientOptions client;
  client.timeout_ms = options_.timeout_ms;
  client.ca_file = options_.ca_file;
  for (WitnessAddress const& address : parts_.witnesses) {
    auto seat = std::make_unique<Seat>();
    seat->asker = std::make_unique<Asker>(address, client);
    seat->view.key = address.key;
    seats_.push_back(std::move(seat));
  }
  published_at_ = began_ = parts_.clock.ticks();
  holding_ = !seats_.empty() && parts_.signer.newest().size > 0;
  if (holding_) parts_.signer.hold_signing();
  if (options_.alarm_file.empty() || !base::file_exists(options_.alarm_file)) return;
  split_view_ = true;
  parts_.signer.stop_signing(options_.alarm_file + " holds proof of another history");
}

CheckpointKeeper::~CheckpointKeeper() { stop(); }

void CheckpointKeeper::start() {
  thread_ = std::thread([this] { go_round(); });
  for (auto& seat : seats_) seat->thread = std::thread([this, &one = *seat] { serve_seat(one); });
}

void CheckpointKeeper::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& seat : seats_)
    if (seat->thread.joinable()) seat->thread.join();
}

ledger::CheckpointSigner::Signed CheckpointKeeper::published() const {
  std::lock_guard const lock(mutex_);
  return published_;
}

std::vector<WitnessView> CheckpointKeeper::witnesses() const {
  std::lock_guard const lock(mutex_);
  std::vector<WitnessView> views;
  for (auto const& seat : seats_) views.push_back(seat->view);
  return views;
}

std::vector<ledger::VerifierKey> CheckpointKeeper::keys() const {
  std::vector<ledger::VerifierKey> keys;
  for (WitnessAddress const& address : parts_.witnesses) keys.push_back(address.key);
  return keys;
}

bool CheckpointKeeper::split_view() const {
  std::lock_guard const lock(mutex_);
  return split_view_;
}

bool CheckpointKeeper::quorum_missing() const {
  if (options_.quorum == 0) return false;
  std::uint64_t const newest = parts_.signer.newest().size;
  std::lock_guard const lock(mutex_);
  std::int64_t const waited = parts_.clock.ticks().microseconds() - published_at_.microseconds();
  return published_.size < newest && waited > kQuorumPatience;
}

// --- the round -----------------------------------------------------------------------------------

void CheckpointKeeper::go_round() {
  auto const interval = std::chrono::milliseconds(options_.interval_ms);
  for (;;) {
    // Taken before the clock is read: a record of the new day in it means that the day before is
    // closed now, and asked for first.
    auto newest = parts_.signer.newest();
    close_days();
    choose_target(std::move(newest));
    std::unique_lock lock(mutex_);
    resume_if_heard();
    if (changed_.wait_for(lock, interval, [this] { return stopping_; })) return;
  }
}

// Requires: mutex_ is held.
void CheckpointKeeper::resume_if_heard() {
  if (!holding_) return;
  auto const heard = [](auto const& seat) { return seat->heard; };
  std::int64_t const age = parts_.clock.ticks().microseconds() - began_.microseconds();
  if (!std::all_of(seats_.begin(), seats_.end(), heard) &&
      age <= options_.timeout_ms * kMillisecond)
    return;
  holding_ = false;
  parts_.signer.resume_signing();
}

void CheckpointKeeper::close_days() {
  auto made = parts_.closings.close_due(parts_.clock.wall());
  // A failure leaves the day open, and the next round tries again: /v1/ledger/closings shows it.
  if (!made || made->empty() || seats_.empty()) return;
  std::lock_guard const lock(mutex_);
  for (auto& closing : *made) closings_.push_back(std::move(closing));
  while (closings_.size() > kClosingsWaitingMax) closings_.pop_front();
}

// Requires: mutex_ is held. Whoever is in trouble is not waited for.
bool CheckpointKeeper::round_is_over() const {
  auto const settled = [this](auto const& seat) {
    return seat->finished >= target_.number || !seat->view.trouble.empty();
  };
  std::int64_t const age = parts_.clock.ticks().microseconds() - target_.since.microseconds();
  bool const all = std::all_of(seats_.begin(), seats_.end(), settled);
  if (!target_.closing) return all || age > options_.timeout_ms * kMillisecond;
  auto const finished = [this](auto const& seat) { return seat->finished >= target_.number; };
  return std::all_of(seats_.begin(), seats_.end(), finished) || age > kClosingPatience;
}

void CheckpointKeeper::choose_target(ledger::CheckpointSigner::Signed newest) {
  if (seats_.empty()) return;
  std::lock_guard const lock(mutex_);
  if (!round_is_over()) return;
  if (!closings_.empty()) {
    ledger::Closing closing = std::move(closings_.front());
    closings_.pop_front();
    set_target(std::move(closing.note), closing.size, closing.day);
  } else if (newest.size > target_.size) {
    set_target(std::move(newest.note), newest.size, std::nullopt);
  }
}

// Requires: mutex_ is held.
void CheckpointKeeper::set_target(std::string note, std::uint64_t size,
                                  std::optional<base::Day> closing) {
  target_ = {target_.number + 1, std::move(note), size, closing, {}, parts_.clock.ticks()};
  changed_.notify_all();
}

// --- one witness ---------------------------------------------------------------------------------

void CheckpointKeeper::serve_seat(Seat& seat) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (seat.finished >= target_.number) {
      changed_.wait(lock);
      continue;
    }
    std::int64_t const wait = seat.not_before.microseconds() - parts_.clock.ticks().microseconds();
    if (wait > 0) {
      changed_.wait_for(lock, std::chrono::microseconds(wait));
      continue;
    }
    Target const target = target_;
    lock.unlock();
    ledger::NoteSignature line;
    Outcome const outcome = ask(seat, target, line);
    if (outcome == Outcome::kCosigned && target.closing) {
      // The line is kept with the day before anybody may count on it.
      auto const kept = parts_.closings.add_cosignatures(*target.closing, {&line, 1});
      if (!kept) set_trouble(seat, to_string(kept.error()));
    }
    lock.lock();
    take(seat, target, outcome, line);
  }
}

Result<ledger::AddCheckpoint> CheckpointKeeper::request_for(Seat const& seat,
                                                            Target const& target) const {
  ledger::AddCheckpoint request{seat.known_size, {}, target.note};
  if (seat.known_size != 0 && seat.known_size < target.size) {
    QRPAY_TRY(request.proof, parts_.ours.log.consistency(seat.known_size, target.size));
  }
  return request;
}

CheckpointKeeper::Outcome CheckpointKeeper::ask(Seat& seat, Target const& target,
                                                ledger::NoteSignature& line) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    // It has seen more of us already, and cannot go back.
    if (seat.known_size > target.size) return Outcome::kCovered;
    auto const request = request_for(seat, target);
    if (!request) {
      set_trouble(seat, to_string(request.error()));
      return Outcome::kTrouble;
    }
    auto reply = seat.asker->add_checkpoint(*request);
    if (!reply) {
      set_trouble(seat, to_string(reply.error()));
      return Outcome::kTrouble;
    }
    if (reply->status == WitnessStatus::kCosigned) {
      seat.known_size = target.size;
      line = std::move(reply->cosignature);
      return Outcome::kCosigned;
    }
    if (reply->status == WitnessStatus::kBadProof) {
      (void)look_into(seat, "says that our log was not only appended to");
      return Outcome::kTrouble;
    }
    if (reply->status != WitnessStatus::kConflict) {
      set_trouble(seat, "refused with status " + std::to_string(static_cast<int>(reply->status)));
      return Outcome::kTrouble;
    }
    if (!believe(seat, reply->size, request->old_size)) return Outcome::kTrouble;
    seat.known_size = reply->size;
  }
  set_trouble(seat, "tells another size each time");
  return Outcome::kTrouble;
}

bool CheckpointKeeper::believe(Seat& seat, std::uint64_t size, std::uint64_t asked_from) {
  if (size > parts_.ours.log.size() || size == asked_from) {
    (void)look_into(seat, "says that it cosigned another tree, of size " + std::to_string(size));
    return false;
  }
  // Above what we have signed as far as we know: ours, or another history of the same length?
  if (size > parts_.signer.newest().size) return !look_into(seat, "");
  return true;
}

// Requires: mutex_ is held.
void CheckpointKeeper::take(Seat& seat, Target const& target, Outcome outcome,
                            ledger::NoteSignature const& line) {
  seat.heard = true;
  resume_if_heard();
  if (outcome == Outcome::kTrouble) {
    seat.backoff_ms =
        std::min(std::max(seat.backoff_ms * 2, options_.interval_ms), options_.backoff_ms_max);
    seat.not_before =
        base::Ticks(parts_.clock.ticks().microseconds() + seat.backoff_ms * kMillisecond);
    return;
  }
  seat.finished = std::max(seat.finished, target.number);
  seat.backoff_ms = 0;
  seat.view.trouble.clear();
  seat.view.disagrees = false;
  seat.view.size = std::max(seat.view.size, seat.known_size);
  if (outcome == Outcome::kCovered) return;
  seat.view.cosigned_at = parts_.clock.wall().microseconds() / base::kSecond;
  if (target.number == target_.number) {
    target_.lines.push_back(line);
    if (target_.lines.size() >= std::max<std::size_t>(1, options_.quorum)) publish(target_);
  } else if (target.size == published_.size) {
    // Late, but what is public is still this one.
    if (auto whole = ledger::with_cosignatures(published_.note, {&line, 1}))
      published_.note = std::move(*whole);
  }
}

// Requires: mutex_ is held.
void CheckpointKeeper::publish(Target const& target) {
  if (target.size < published_.size) return;
  auto note = ledger::with_cosignatures(target.note, target.lines);
  if (!note) return;  // over 100 lines: what is public stays
  published_ = {std::move(*note), target.size};
  published_at_ = parts_.clock.ticks();
}

void CheckpointKeeper::set_trouble(Seat& seat, std::string trouble, bool disagrees) {
  std::lock_guard const lock(mutex_);
  seat.view.trouble = std::move(trouble);
  seat.view.disagrees = disagrees;
}

bool CheckpointKeeper::look_into(Seat& seat, std::string const& claim) {
  auto const note = seat.asker->newest(parts_.ours.origin);
  bool proven = false;
  if (note && *note) {
    auto const compared = compare_with_ours(**note, parts_.ours);
    proven = !compared && is_proof_of_another_history(compared.error().errc);
    if (proven) raise_alarm(seat.view.key.name + ": " + compared.error().detail, **note);
  }
  if (proven || !claim.empty())
    set_trouble(seat, claim.empty() ? "has proof of another history" : claim, /*disagrees=*/true);
  return proven;
}

void CheckpointKeeper::raise_alarm(std::string const& why, std::string const& note) {
  // First of all: whatever else fails, nothing more is signed.
  parts_.signer.stop_signing(why);
  std::string line = "split view: " + why;
  if (!options_.alarm_file.empty()) {
    auto const kept = base::replace_file_synced(options_.alarm_file, note);
    line += kept ? "; the proof is in " + options_.alarm_file
                 : "; the proof could not be kept: " + to_string(kept.error());
  }
  {
    std::lock_guard const lock(mutex_);
    if (std::exchange(split_view_, true)) return;
  }
  if (parts_.on_alarm) parts_.on_alarm(line);
}

}  // namespace qrpay::gateway::witness
