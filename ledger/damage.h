// What of the journal could not be read when somebody asked for it, for /readyz to name.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace qrpay::ledger {

/// Records [from, to]. kStoreRead: the disk gave an error; kJournalCorrupt: it gave other bytes
/// than were written.
struct Damage {
  base::Sequence from;
  base::Sequence to;
  base::Errc errc{};
  friend bool operator==(Damage const&, Damage const&) = default;
};

/// Any thread.
class DamageList {
 public:
  /// Later stretches are left out: a disk that reads nothing has no list worth reading.
  static constexpr std::size_t kMax = 16;

  void add(Damage const& damage);
  [[nodiscard]] bool holds(base::Sequence sequence) const;
  /// `sequence` was read well: the stretch that held it is no longer told. A stretch that is still
  /// damaged elsewhere is found again. Cost where there is none: one load.
  void heal(base::Sequence sequence);
  [[nodiscard]] std::vector<Damage> list() const;

 private:
  mutable std::mutex mutex_;  ///< guards list_
  std::vector<Damage> list_;  ///< in the order found
  std::atomic<bool> any_{false};
};

}  // namespace qrpay::ledger
