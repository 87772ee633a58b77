// What records alone say of every balance, checked as they are folded: docs/formats/journal.md,
// "Verifying". Pure; for readers that have leaves and nothing else.
#pragma once

#include <string>

#include "base/error.h"
#include "ledger/book.h"
#include "ledger/identity.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// One thread. Memory: the accounts.
class RecordFold {
 public:
  /// Changes nothing but the last record where it is refused.
  /// Errors: kJournalCorrupt, "sequence N: words": a sequence that does not follow, log time that
  ///   goes back, no genesis, a log key or an origin that does not follow (ledger/identity.h),
  ///   postings that do not balance or break a limit, an account opened twice or closed where
  ///   there is none.
  [[nodiscard]] base::Result<void> add(Record const& record);

  [[nodiscard]] Book const& book() const { return book_; }
  [[nodiscard]] Identity const& identity() const { return identity_; }

 private:
  [[nodiscard]] base::Result<void> open_account(Record const& record);
  [[nodiscard]] base::Result<void> close_account(Record const& record);

  Identity identity_;
  Sequence last_;
  WallTime last_time_;
  Book book_;
};

}  // namespace qrpay::ledger
