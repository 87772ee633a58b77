// The accounts a foreign file speaks of, what it makes of them, and the steps that do the same
// here. Both formats end in these.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/command.h"
#include "import/lines.h"
#include "ledger/book.h"

namespace qrpay::import {

/// An account of the file.
struct Subject {
  std::string id;  ///< the caller's id it gets here
  ledger::Limit limit = ledger::Limit::kNone;
  std::uint64_t line = 0;  ///< that speaks of it first
  bool closed = false;     ///< when the file ends
};

/// A command of the import. Its accounts are those of Books, not of the ledger.
struct Step {
  std::uint64_t line = 0;
  std::string id;
  engine::Payload payload;
  bool is_expiry = false;  ///< releases a hold that may have expired here as well
};
/// Takes the next step, in order; an error ends the pass. Empty in a pass that only checks.
using Take = std::function<base::Result<void>(Step&&)>;

/// What a pass counts.
struct Counts {
  std::uint64_t lines = 0;          ///< of transfers or logs, the header not among them
  std::uint64_t steps = 0;          ///< commands they make
  std::uint64_t nothing_moved = 0;  ///< lines that leave no trace here: amount 0, metadata
  std::uint64_t expired = 0;        ///< holds whose time was over
  friend bool operator==(Counts const&, Counts const&) = default;
};

/// The file's own ledger, folded as it is read. One thread.
class Books {
 public:
  /// Its id among the accounts of this class. Requires: fewer than 2^32 accounts.
  ledger::AccountId open(Subject subject);
  /// Errors: kImportRefused at `line`, where the account's limits do not allow it.
  [[nodiscard]] base::Result<void> post(std::uint64_t line,
                                        std::span<ledger::Posting const> postings);
  void close(ledger::AccountId const& account, bool closed) { subject(account).closed = closed; }

  [[nodiscard]] static std::size_t index_of(ledger::AccountId const& account) {
    return ledger::account_owner(account).value() - 1;
  }
  [[nodiscard]] ledger::AccountId account_at(std::size_t index) const;
  [[nodiscard]] std::vector<Subject> const& subjects() const { return subjects_; }
  [[nodiscard]] bool is_closed(ledger::AccountId const& account) const {
    return subjects_[index_of(account)].closed;
  }
  [[nodiscard]] ledger::Book const& book() const { return book_; }

  /// Counts the step and gives it away.
  [[nodiscard]] base::Result<void> give(Step&& step, Take const& take);
  Counts counts;

 private:
  [[nodiscard]] Subject& subject(ledger::AccountId const& account) {
    return subjects_[index_of(account)];
  }
  std::vector<Subject> subjects_;
  ledger::Book book_;
};

using Postings = base::SmallVector<ledger::Posting, 4>;

struct Pair {
  ledger::AccountId debit;
  ledger::AccountId credit;
  base::Vnd amount;
};
void add_posted(Postings& postings, Pair const& pair);
void add_held(Postings& postings, Pair const& pair);
/// What ends a hold.
void add_release(Postings& postings, Pair const& pair);

/// One pass over the files: reads, checks, folds into the books, gives steps.
/// `on_progress` is told bytes read and bytes in all, now and then.
struct Pass {
  Books& books;
  Take take = nullptr;
  std::function<void(std::uint64_t, std::uint64_t)> on_progress = nullptr;
  base::WallTime now{};  ///< of the import's beginning: what lies behind it has expired
};
struct Source {
  std::string accounts;  ///< the file that lines of Subjects are of
  std::string steps;     ///< the file that lines of Steps are of
  std::function<base::Result<void>(Pass&)> pass;
};

inline constexpr std::uint64_t kLinesPerProgress = 4'096;

}  // namespace qrpay::import
