// Everything decide() looks at: the fold of all records. One thread: the engine's.
//
// apply() is the only thing that changes it, live and at replay alike, and it cannot fail: it takes
// what a record says and decides nothing. Rebuilding needs no personal data but the codes that
// shops supplied themselves, which a record keeps in its section 0. With projections each change
// is also written as a row (engine/state_rows.h), which a restart reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/containers.h"
#include "engine/command.h"
#include "engine/holds.h"
#include "engine/match.h"
#include "engine/order.h"
#include "ledger/book.h"
#include "ledger/erasure.h"
#include "ledger/identity.h"
#include "ledger/index.h"
#include "ledger/record.h"
#include "ledger/tags.h"

namespace qrpay::engine {

using ledger::AccountTag;
using ledger::IdTag;

/// Codes stay in matching so long after their order closed, for money that comes late.
inline constexpr std::int64_t kCodeRetention = 30 * base::kDay;
/// One Tick changes at most so many orders and holds, so that a record stays small.
inline constexpr std::size_t kTickOrdersMax = 256;

struct Bank {
  std::vector<std::string> bins;
};
struct Merchant {
  Mode mode{};
  std::vector<Sequence> bank_accounts;
};
struct Shop {
  Sequence merchant;
  Sequence account;  ///< the first whose static_shop it is; 0 = none
};
struct Terminal {
  Sequence shop;
  bool training = false;
};
struct BankAccount {
  Sequence merchant;
  Sequence bank;
  std::string bin;
  Sequence static_shop;  ///< 0 = none
  std::string code_prefix;
  bool orders_only = false;
  CodeIndex codes;  ///< in matching
  CodeIndex past;   ///< retired, never given out again
};
struct Key {
  Role role{};
  Sequence scope;   ///< merchant, terminal or bank; 0 = none
  Sequence tenant;  ///< whose ids its commands are among
  base::Bytes32 salt{};
  base::Digest token_hash{};
  std::uint32_t revision = 1;
  std::uint32_t generation = 1;  ///< of the key file its secrets are derived from
  bool revoked = false;
  bool used = false;  ///< a record was asked for with it
};
/// A generation of a secret, as its record tells of it.
struct SecretGeneration {
  Sequence from;          ///< the record that announced it: those after it use it
  base::Bytes16 check{};  ///< zero: nothing to compare with (the first key file)
  bool retired = false;
};
struct CashKey {
  Sequence shop;
  Sequence terminal;
  Day day;
  friend auto operator<=>(CashKey const&, CashKey const&) = default;
};
struct Cash {
  Vnd amount;
  std::uint32_t declared_rev = 0;
  bool withdrawn = false;
};

class StateLoader;

class State {
 public:
  /// Nothing yet; everything stays in memory.
  State() = default;
  /// Nothing yet. What is applied is added to a run for `projections`, which outlives this.
  explicit State(ledger::RocksIndex* projections) : index_(projections) {}

  /// Takes a record in. `shop_code` = the code in section 0 of a PutOrder that has kHasShopCode, or
  /// "" when it was erased. Requires: the next sequence.
  void apply(ledger::Record const& record, std::string_view shop_code);

  [[nodiscard]] Sequence last() const { return last_; }
  [[nodiscard]] WallTime last_time() const { return last_time_; }

  [[nodiscard]] ledger::Index const& index() const { return index_; }
  [[nodiscard]] ledger::Book const& book() const { return book_; }
  /// Ends the open run for the projector. Requires: projections; records since the last cut.
  [[nodiscard]] std::shared_ptr<ledger::Run> cut_run() { return index_.cut(); }
  /// Lets go of the runs that are in the projections now.
  [[nodiscard]] std::vector<std::shared_ptr<ledger::Run>> settle_runs() { return index_.settle(); }

  /// The thing registered under `tag`; 0 when there is none.
  [[nodiscard]] Sequence find(IdTag const& tag) const;
  /// The same under any live generation of its name.
  [[nodiscard]] Sequence find(ledger::LiveTags<IdTag> const& tags) const;
  [[nodiscard]] Bank const* bank(Sequence sequence) const;
  [[nodiscard]] Merchant const* merchant(Sequence sequence) const;
  [[nodiscard]] Shop const* shop(Sequence sequence) const;
  [[nodiscard]] Terminal const* terminal(Sequence sequence) const;
  [[nodiscard]] BankAccount const* bank_account(Sequence sequence) const;
  [[nodiscard]] Key const* key(Sequence sequence) const;
  [[nodiscard]] Order const* order(Sequence sequence) const;
  /// 0 when none.
  [[nodiscard]] Sequence bank_account_by_tag(AccountTag const& tag) const;
  [[nodiscard]] Sequence bank_by_bin(std::string_view bin) const;
  [[nodiscard]] Sequence order_by_page(ledger::LiveTags<IdTag> const& page) const;
  [[nodiscard]] Cash const* cash(CashKey const& key) const;
  [[nodiscard]] std::map<std::uint64_t, Key> const& keys() const { return keys_; }
  [[nodiscard]] Holds const& holds() const { return holds_; }
  /// The hold put under `tag`, open or ended; nullopt for a refused one too: nothing was held.
  [[nodiscard]] std::optional<HoldId> find_hold(IdTag const& tag) const;
  [[nodiscard]] std::optional<HoldId> find_hold(ledger::LiveTags<IdTag> const& tags) const;

  /// Generations of a secret, 1 first; empty before Genesis.
  [[nodiscard]] std::vector<SecretGeneration> const& secrets(SecretUse use) const {
    return use == SecretUse::kTags ? tag_secrets_ : key_secrets_;
  }
  /// Whose tags the next record carries.
  [[nodiscard]] std::uint32_t tag_generation() const {
    return std::max(1U, static_cast<std::uint32_t>(tag_secrets_.size()));
  }
  /// A key of `generation` of the key file that was not revoked; 0 = none.
  [[nodiscard]] Sequence live_key_of(std::uint32_t generation) const;

  /// The earliest time at which something expires or retires; nullopt when nothing will.
  [[nodiscard]] std::optional<WallTime> next_due() const;
  struct Due {
    std::vector<Sequence> expired;
    std::vector<Sequence> retired;
    std::vector<HoldId> holds;
  };
  /// What is due at `now`, by time and sequence, at most kTickOrdersMax together, and up to the
  /// hold that would be one more than kTickHoldsMax.
  [[nodiscard]] Due due(WallTime now) const;

  /// Credits that wait for a person, by sequence. `owner` = the account's merchant; 0 = nobody's.
  struct Unmatched {
    Sequence record;
    Sequence owner;
  };
  [[nodiscard]] std::vector<Unmatched> const& unmatched() const { return unmatched_; }

  /// What answers follow, whatever a vault's files say.
  [[nodiscard]] ledger::ErasedSet const& erased() const { return erased_; }
  /// The last Erase record; 0 = none.
  [[nodiscard]] Sequence last_erase() const { return last_erase_; }
  [[nodiscard]] ledger::Identity const& identity() const { return identity_; }

  [[nodiscard]] std::size_t orders() const { return orders_.size(); }
  void reserve(std::size_t ids, std::size_t accounts);

  /// SHA-256 over everything but known ids, money, pages and payments of shops, which are not all
  /// in memory: equal states, equal digests. O(n log n). For tests and verification.
  [[nodiscard]] base::Digest digest() const;

 private:
  friend class StateLoader;  ///< engine/state_rows.cc
  void apply_by_kind(ledger::Record const& record, std::string_view shop_code);
  void apply_identity(ledger::Record const& record);
  void apply_registry(ledger::Record const& record);
  void apply_holds(ledger::Record const& record);
  void put_terms(ledger::AccountId const& id);
  void mark_used(Sequence key);
  void apply_registration(ledger::Record const& record);
  void apply_account(ledger::Record const& record);
  void apply_key(ledger::Record const& record);
  void apply_order(ledger::Record const& record, std::string_view shop_code);
  void apply_cancel(ledger::Record const& record);
  void apply_credit(ledger::Record const& record);
  void apply_cash(ledger::Record const& record);
  void apply_tick(ledger::Record const& record);
  void apply_closing(ledger::Record const& record);
  void apply_secret(ledger::Record const& record);
  void apply_erase(ledger::Record const& record);
  void forget_codes(std::vector<ledger::EraseTarget> const& targets);
  void move_order(Order& order, OrderStatus status, ledger::Record const& record);
  void digest_money(std::string& bytes) const;

  Sequence last_;
  WallTime last_time_;
  ledger::Identity identity_;
  ledger::Index index_;
  ledger::Book book_;
  // Few and looked at by name: ordered maps keep references and order.
  std::map<std::uint64_t, Bank> banks_;
  std::map<std::uint64_t, Merchant> merchants_;
  std::map<std::uint64_t, Shop> shops_;
  std::map<std::uint64_t, Terminal> terminals_;
  std::map<std::uint64_t, BankAccount> bank_accounts_;
  std::map<std::uint64_t, Key> keys_;
  std::vector<SecretGeneration> tag_secrets_;
  std::vector<SecretGeneration> key_secrets_;
  std::map<std::string, Sequence, std::less<>> bank_by_bin_;
  base::FlatMap<AccountTag, Sequence, base::UniformHash> account_by_tag_;
  base::FlatMap<std::uint64_t, Order, base::IntegerHash> orders_;
  struct OrderCode {
    std::string text;
    CodeKind kind;
  };
  base::FlatMap<std::uint64_t, OrderCode, base::IntegerHash> order_codes_;  ///< in matching
  std::map<CashKey, Cash> cash_;
  Holds holds_;
  /// (Order::due, order)
  std::set<std::pair<std::int64_t, std::uint64_t>> due_;
  std::vector<Unmatched> unmatched_;
  ledger::ErasedSet erased_;
  Sequence last_erase_;
};

}  // namespace qrpay::engine
