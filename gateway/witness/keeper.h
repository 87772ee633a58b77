// Keeps checkpoints witnessed and days closed, beside the server and never in a payment's way.
//
// One thread goes round: it closes days that have ended, then picks the checkpoint that witnesses
// are asked for: a closing first, since a witness that has seen more cannot cosign it any more,
// else the newest. Each witness has a thread of its own, so that a dead one delays nobody.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/world.h"
#include "gateway/witness/asker.h"
#include "gateway/witness/memory.h"
#include "ledger/closings.h"
#include "ledger/signer.h"

namespace qrpay::gateway::witness {

struct KeeperOptions {
  std::int64_t interval_ms = 1'000;      ///< between two checkpoints that witnesses are asked for
  std::int64_t timeout_ms = 3'000;       ///< of one request, and of waiting for the slowest witness
  std::int64_t backoff_ms_max = 60'000;  ///< after trouble: the interval, doubled up to this
  std::string ca_file;                   ///< for https; empty = the system's
  /// So many cosignatures make a checkpoint public (published()); 0 = one will do, and while there
  /// is none the log's own signature must.
  std::size_t quorum = 0;
  /// Where proof of another history is kept, and looked for at start: while it is there, nothing is
  /// signed. A person takes it away.
  std::string alarm_file;
};

/// How a witness does, for /readyz and people.
struct WitnessView {
  ledger::VerifierKey key;
  std::uint64_t size = 0;        ///< largest of ours that it is known to have cosigned
  std::int64_t cosigned_at = 0;  ///< unix seconds, 0 before the first
  std::string trouble;           ///< of the last try; empty when that went well
  bool disagrees = false;        ///< it claims what does not fit our log, without proof
};

class CheckpointKeeper {
 public:
  /// All outlive this.
  struct Parts {
    ledger::CheckpointSigner& signer;
    ledger::Closings& closings;
    base::Clock& clock;
    Ours ours;
    std::vector<WitnessAddress> witnesses;
    /// Called once, from a witness's thread, with the words for a log line.
    std::function<void(std::string const&)> on_alarm;
  };
  /// Stops the signer at once when the alarm file is there. Where it has signed before, holds it
  /// until every witness was asked once, or had its time: a rolled-back log must not sign first.
  CheckpointKeeper(Parts parts, KeeperOptions options);
  /// stop()s.
  ~CheckpointKeeper();

  void start();
  /// Ends the threads; waits at most for one request to end.
  void stop();

  /// The newest checkpoint with enough cosignatures, these included; size 0 before the first. Never
  /// goes back. Any thread.
  [[nodiscard]] ledger::CheckpointSigner::Signed published() const;
  [[nodiscard]] std::vector<WitnessView> witnesses() const;
  [[nodiscard]] std::vector<ledger::VerifierKey> keys() const;
  [[nodiscard]] std::size_t quorum() const { return options_.quorum; }
  /// Another history of this log was proven: nothing is signed any more.
  [[nodiscard]] bool split_view() const;
  /// A quorum is asked for, and the newest checkpoint has waited for it for a minute.
  [[nodiscard]] bool quorum_missing() const;

 private:
  /// The checkpoint that witnesses are asked for.
  struct Target {
    std::uint64_t number = 0;
    std::string note;
    std::uint64_t size = 0;
    std::optional<base::Day> closing;
    std::vector<ledger::NoteSignature> lines;
    base::Ticks since;
  };
  struct Seat {
    std::unique_ptr<Asker> asker;
    WitnessView view;
    bool heard = false;            ///< asked once, whatever came
    std::uint64_t known_size = 0;  ///< what it cosigned last, as far as we know
    std::uint64_t finished = 0;    ///< number of the last target that needs no more asking
    std::int64_t backoff_ms = 0;
    base::Ticks not_before;
    std::thread thread;
  };
  enum class Outcome { kCosigned, kCovered, kTrouble };

  void go_round();
  void close_days();
  void choose_target(ledger::CheckpointSigner::Signed newest);
  void set_target(std::string note, std::uint64_t size, std::optional<base::Day> closing);
  [[nodiscard]] bool round_is_over() const;
  void serve_seat(Seat& seat);
  [[nodiscard]] Outcome ask(Seat& seat, Target const& target, ledger::NoteSignature& line);
  [[nodiscard]] base::Result<ledger::AddCheckpoint> request_for(Seat const& seat,
                                                                Target const& target) const;
  /// The size that a witness tells: may we go on from there?
  [[nodiscard]] bool believe(Seat& seat, std::uint64_t size, std::uint64_t asked_from);
  void resume_if_heard();
  void take(Seat& seat, Target const& target, Outcome outcome, ledger::NoteSignature const& line);
  void publish(Target const& target);
  /// Asks for the witness's proof and raises the alarm if it is one; then true. `claim` is what it
  /// is in trouble for in any case, or empty.
  bool look_into(Seat& seat, std::string const& claim);
  void raise_alarm(std::string const& why, std::string const& note);
  void set_trouble(Seat& seat, std::string trouble, bool disagrees = false);

  Parts parts_;
  KeeperOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool split_view_ = false;
  bool holding_ = false;  ///< the signer
  Target target_;
  std::deque<ledger::Closing> closings_;  ///< made, and not asked for yet
  ledger::CheckpointSigner::Signed published_;
  base::Ticks published_at_;
  base::Ticks began_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::thread thread_;
};

}  // namespace qrpay::gateway::witness
