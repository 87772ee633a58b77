// The closing checkpoint of each day: what the ledger was at 24:00 +07:00 (AUDIT 3.4.4).
//
//   <dir>/<YYYY-MM-DD>    a signed checkpoint, with the cosignatures that came for it
//
// The size is that of the last record stamped before the day's end, so that a day's report and its
// closing speak of the same records. It is signed like every checkpoint, and never twice. The files
// follow from the journal and the log key but for their cosignatures: they are no state, and
// docs/formats/closing.md says what is lost with them.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "ledger/checkpoint.h"
#include "ledger/log.h"
#include "ledger/signer.h"

namespace qrpay::ledger {

/// A day ends when a later record is durable; where none comes, so long after midnight. A stamp is
/// taken before its sync, which may take seconds on a bad disk.
inline constexpr std::int64_t kClosingGrace = 5 * base::kMinute;
/// After a long stop: so many days at a call, so that one call stays short.
inline constexpr std::size_t kClosingsAtOnceMax = 32;

struct Closing {
  base::Day day;
  std::uint64_t size = 0;
  std::string note;
};

/// Threads: any.
class Closings {
 public:
  /// `dir` is made if it is missing. `log` is replayed and not empty; both outlive this.
  /// Errors: kIo; kStoreRead and others of Log::read, of the first record.
  [[nodiscard]] static base::Result<std::unique_ptr<Closings>> open(Log const& log,
                                                                    CheckpointSigner& signer,
                                                                    std::string dir);

  /// Closes the days that have ended and are not closed, oldest first; returns the new ones.
  /// Cost: nothing when none is due; else O(log n) reads and one synced file a day.
  /// Errors: those of CheckpointSigner::sign_covered() and Log::read(); kIo. The next call tries
  ///   again.
  [[nodiscard]] base::Result<std::vector<Closing>> close_due(base::WallTime now);

  /// Errors: kNotFound; kIo.
  [[nodiscard]] base::Result<Closing> find(base::Day day) const;
  /// Ascending; at most `count`, the newest before `before`. Cost: one look at the folder.
  /// Errors: kIo.
  [[nodiscard]] base::Result<std::vector<base::Day>> newest(base::Day before,
                                                            std::size_t count) const;
  /// Adds cosignatures to a closing. Errors: kNotFound, kNoteMalformed, kIo.
  [[nodiscard]] base::Result<void> add_cosignatures(base::Day day,
                                                    std::span<NoteSignature const> lines);
  /// The day that is closed next.
  [[nodiscard]] base::Day next_day() const;

 private:
  Closings(Log const& log, CheckpointSigner& signer, std::string dir, base::Day next)
      : log_(log), signer_(signer), dir_(std::move(dir)), next_(next) {}
  [[nodiscard]] base::Result<std::uint64_t> size_before(base::WallTime end) const;
  [[nodiscard]] std::string path_of(base::Day day) const;

  Log const& log_;
  CheckpointSigner& signer_;
  std::string dir_;
  mutable std::mutex mutex_;  ///< guards next_ and the files
  base::Day next_;
};

}  // namespace qrpay::ledger
