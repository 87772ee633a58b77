// What records alone say of every balance, checked as they are folded: docs/formats/journal.md,
// "Verifying". Pure; for readers that have leaves and nothing else.
#pragma once

#include <string>

#include "base/error.h"
#include "ledger/book.h"
#include "ledger/note.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// One thread. Memory: the accounts.
class RecordFold {
 public:
  /// Of the log with this key: the genesis must name it and its origin.
  explicit RecordFold(VerifierKey key) : key_(std::move(key)) {}

  /// Changes nothing but the last record where it is refused.
  /// Errors: kJournalCorrupt, "record N: words": a sequence that does not follow, log time that
  ///   goes back, no genesis of this log, postings that do not balance or break a limit, an account
  ///   opened twice or closed where there is none.
  [[nodiscard]] base::Result<void> add(Record const& record);

  [[nodiscard]] Book const& book() const { return book_; }

 private:
  [[nodiscard]] base::Result<void> check_genesis(Record const& record) const;
  [[nodiscard]] base::Result<void> open_account(Record const& record);
  [[nodiscard]] base::Result<void> close_account(Record const& record);

  VerifierKey key_;
  Sequence last_;
  WallTime last_time_;
  Book book_;
};

}  // namespace qrpay::ledger
