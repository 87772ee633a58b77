// Pure double entry: may these postings stand, apply them, what is the balance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/check.h"
#include "base/containers.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// Limits of an account, checked on posted plus held.
enum class Limit : std::uint8_t {
  kNone = 0,
  kFloor = 1,    ///< credit-normal: debits (held ones too) never exceed posted credits
  kCeiling = 2,  ///< debit-normal: credits (held ones too) never exceed posted debits
};

/// Sides of an account that take no postings any more. Bits, on disk.
enum class Sides : std::uint8_t { kNone = 0, kDebit = 1, kCredit = 2, kBoth = 3 };
[[nodiscard]] constexpr Sides operator|(Sides a, Sides b) {
  return static_cast<Sides>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Every side of `part` is in `all`.
[[nodiscard]] constexpr bool includes(Sides all, Sides part) { return (all | part) == all; }

/// Totals per side, in dong; each fits int64. A balance is a difference of two of them. The held
/// totals are what holds keep now: a leg `release` takes from them, on the side of the hold.
struct Account {
  std::int64_t posted_debit = 0;
  std::int64_t posted_credit = 0;
  std::int64_t held_debit = 0;
  std::int64_t held_credit = 0;
  Limit limit = Limit::kNone;
  Sides closed = Sides::kNone;
  /// Debits minus credits, posted only. Cannot overflow: both totals are between 0 and 2^63 - 1.
  [[nodiscard]] Vnd balance() const { return Vnd(posted_debit - posted_credit); }
  friend bool operator==(Account const&, Account const&) = default;
};

enum class BookRefusal : std::uint8_t {
  kUnbalanced,  ///< does not sum to zero in a currency and layer: a bug or a forged record
  kCurrency,    ///< a currency that is not settled
  kFloor,
  kCeiling,
  kOverflow,  ///< a total would leave int64
  kClosed,    ///< that side of the account is closed; a release is let through
  kReleased,  ///< more released than is held: a bug or a forged record
};

/// All accounts of a ledger. One thread. Accounts come into being with their first posting, with
/// no limit; open() sets one before.
class Book {
 public:
  /// Requires: the account is not there yet.
  void open(AccountId const& account, Limit limit);
  /// Adds to the closed sides of an account that is there.
  void close(AccountId const& account, Sides sides);

  /// nullopt when `postings` may be applied. Changes nothing. Accounts are tried in the order of
  /// their first posting, each with all its postings. Cost: one look-up a posting.
  [[nodiscard]] std::optional<BookRefusal> check(std::span<Posting const> postings) const {
    return check_after({}, postings);
  }
  /// The same as if `before`, which had no objection, were applied already: for commands that are
  /// decided together. Cost: the product of both sizes, at most 64 * 64 comparisons.
  [[nodiscard]] std::optional<BookRefusal> check_after(std::span<Posting const> before,
                                                       std::span<Posting const> postings) const;

  /// Puts an account back as it was; for a restart. Requires: the account is not there yet.
  void restore(AccountId const& id, Account const& account) {
    QRPAY_CHECK(accounts_.try_emplace(id, account).second);
  }
  /// Requires: check() had no objection. Cannot fail.
  void apply(std::span<Posting const> postings);

  /// All zero when never posted to.
  [[nodiscard]] Account find(AccountId const& account) const;
  [[nodiscard]] bool contains(AccountId const& account) const;
  [[nodiscard]] std::size_t size() const { return accounts_.size(); }
  void reserve(std::size_t accounts) { accounts_.reserve(accounts); }

  /// SHA-256 over all accounts in order of their ids: equal books, equal digests. O(n log n).
  [[nodiscard]] Digest digest() const;
  /// Sum of all balances by layer; zero in a sound book.
  [[nodiscard]] bool balances_to_zero() const;

 private:
  base::FlatMap<AccountId, Account, AccountIdHash> accounts_;
};

}  // namespace qrpay::ledger
