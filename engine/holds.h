// Two-phase holds, as the records tell of them: which are open, and how the others ended.
//
// open -> posted (whole, or in part with the rest released), voided, expired by a Tick. Each is an
// end: what is asked of an ended hold later is an Outcome.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/containers.h"
#include "engine/members.h"

namespace qrpay::engine {

/// A Tick ends at most so many: two legs each, and a record holds 64.
inline constexpr std::size_t kTickHoldsMax = ledger::kPostingsMax / 2;

enum class HoldStatus : std::uint8_t { kOpen = 0, kPosted = 1, kVoided = 2, kExpired = 3 };
/// "open", "posted", "voided", "expired".
[[nodiscard]] std::string_view hold_status_name(HoldStatus status);

struct Hold {
  HoldId id;
  ledger::AccountId debit;
  ledger::AccountId credit;
  Vnd amount;
  WallTime expires;  ///< 0 = never
};

/// What one record says of holds. Pure; for other readers of the journal too.
struct MadeHold {
  Hold hold;
  IdTag tag;  ///< the id tag of the hold, which in a batch is not that of the record
};
[[nodiscard]] base::SmallVector<MadeHold, 1> holds_made_by(ledger::Record const& record);
struct EndedHold {
  HoldId hold;
  HoldStatus how{};
  Vnd posted;
};
[[nodiscard]] base::SmallVector<EndedHold, 1> holds_ended_by(ledger::Record const& record);

/// The fold of all records' holds. One thread. Memory: about 100 bytes an open hold and 120 more
/// where it expires; 20 to 40 an ended one, which is kept for ever, since what becomes of a late
/// command depends on how it ended.
class Holds {
 public:
  /// Takes a record in; those without holds change nothing.
  void apply(ledger::Record const& record);

  /// nullptr when it is not open.
  [[nodiscard]] Hold const* open(HoldId const& id) const;
  struct End {
    HoldStatus how{};
    Sequence by;  ///< the record that ended it
  };
  [[nodiscard]] std::optional<End> ended(HoldId const& id) const;
  /// The place of a hold that a batch made, 0 for any other.
  [[nodiscard]] std::uint8_t place_of(IdTag const& tag) const;

  /// Open holds that expire, by time and id.
  using DueSet = std::set<std::pair<std::int64_t, HoldId>>;
  [[nodiscard]] DueSet const& due() const { return due_; }

  [[nodiscard]] std::size_t open_count() const { return open_.size(); }
  /// Put back what was known of a hold, for a restart. Requires: nothing is known of it here.
  void restore(MadeHold const& made);
  void restore(HoldId const& id, End const& end);
  void restore_place(IdTag const& tag, std::uint8_t place) { places_.emplace(tag, place); }

  /// All that is known, as bytes: equal holds, equal bytes. O(n log n). For tests and verification.
  void digest_into(std::string& bytes) const;

 private:
  void end(EndedHold const& ended, Sequence by);

  // HoldId as one number. A batch has less than 64 places, and a sequence fewer than 58 bits.
  [[nodiscard]] static std::uint64_t key(HoldId const& id) {
    return id.record.value() << 6 | id.place;
  }
  /// Ended holds of so many records lie in one table: one for all would stand still while it grows.
  static constexpr std::uint64_t kPageRecords = 65'536;
  /// By HoldId; how it ended in the two highest bits, the record that did it below.
  using Page = base::FlatMap<std::uint64_t, std::uint64_t, base::IntegerHash>;

  base::FlatMap<std::uint64_t, Hold, base::IntegerHash> open_;
  std::map<std::uint64_t, Page> ended_;
  base::FlatMap<IdTag, std::uint8_t, base::UniformHash> places_;  ///< of holds of batches, not at 0
  DueSet due_;
};

}  // namespace qrpay::engine
