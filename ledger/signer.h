// The checkpoint signer: signs durable sizes, never two that disagree.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/world.h"
#include "ledger/checkpoint.h"
#include "ledger/log.h"

namespace qrpay::ledger {

/// A checkpoint is made when 1,000 records or 50 ms have passed since the last, none when nothing
/// is new (AUDIT 3.4). The high-water file is synced before a checkpoint is given out.
inline constexpr std::uint64_t kCheckpointRecords = 1'000;
inline constexpr std::int64_t kCheckpointInterval = 50'000;  // microseconds

/// Whose signatures a checkpoint carries: several while a log key is being rotated.
struct LogSigners {
  std::vector<NoteSigner> now;            ///< of one origin; at least one
  std::vector<VerifierKey> earlier = {};  ///< of that origin too, and sign no more
};

class CheckpointSigner {
 public:
  /// Reads the high-water file and holds the log against it.
  /// Errors: kJournalTruncated (the log is shorter), kJournalForked (another root at that size),
  ///   kWrongKey (signed by another log, or by a key that is none of `signers`), kIo.
  [[nodiscard]] static base::Result<std::unique_ptr<CheckpointSigner>> open(
      Log const& log, LogSigners signers, std::string high_water_path);
  [[nodiscard]] static base::Result<std::unique_ptr<CheckpointSigner>> open(
      Log const& log, NoteSigner signer, std::string high_water_path);
  ~CheckpointSigner();

  /// Runs the schedule in a thread of its own until destroyed. `wake` from any thread.
  void start();
  void wake();

  struct Signed {
    std::string note;
    std::uint64_t size = 0;
  };
  /// The newest checkpoint; size 0 and empty before the first. Any thread.
  [[nodiscard]] Signed newest() const;
  /// Signs the present size now, unless it is signed already. Any thread. Errors: kIo.
  [[nodiscard]] base::Result<Signed> sign_now();
  /// Signs an earlier size anew: for receipts, whose path is shortest there, and for closings. It
  /// cannot disagree with any other: the newest checkpoint, which is synced, covers it, and that it
  /// is the beginning of that one is proven first. Any thread. Cost: O(log n) hashes.
  /// Errors: kInvalidField, 0 or above newest().size after signing now; kSplitView, stopped, or the
  ///   tree is no longer the one that was signed; those of sign_now().
  [[nodiscard]] base::Result<Signed> sign_covered(std::uint64_t size);
  /// From now on nothing is signed: another history of this log was seen. Any thread.
  void stop_signing(std::string why);
  /// Between the two nothing new is signed, since those who remember what was signed before have
  /// not been heard yet: kOverloaded. What is signed already stays. Any thread.
  void hold_signing();
  void resume_signing();
  /// Of the newest key.
  [[nodiscard]] VerifierKey const& verifier_key() const {
    return signers_.now.back().verifier_key();
  }

 private:
  /// Requires: mutex_ is held.
  [[nodiscard]] base::Result<std::string> sign(std::uint64_t size) const;
  [[nodiscard]] base::Result<Signed> sign_now_locked();
  CheckpointSigner(Log const& log, LogSigners signers, std::string path);
  [[nodiscard]] std::vector<VerifierKey> known_keys() const;
  void run();

  Log const& log_;
  LogSigners signers_;
  std::string path_;
  mutable std::mutex mutex_;  ///< guards newest_ and the signing itself: sizes never go back
  Signed newest_;
  std::string stopped_;  ///< why nothing is signed any more; empty while it is
  bool held_ = false;
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace qrpay::ledger
