// What lines of accounts and transfers mean together, as TigerBeetle keeps them: two-phase
// transfers, timeouts, linked chains, limits, closed accounts. Gives the steps that do the same
// here. Everything a line gets wrong is an error that names it.
#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/containers.h"
#include "import/books.h"
#include "import/transfers_csv.h"

namespace qrpay::import {

/// ISO 4217's number of the dong: the ledger that is taken when none is picked.
inline constexpr std::uint32_t kVndLedger = 704;
/// Seconds: the longest hold there is here, 400 days.
inline constexpr std::uint32_t kTimeoutMax = 400 * 86'400;

struct TransferOptions {
  std::uint32_t ledger = kVndLedger;  ///< whose amounts are dong; other ledgers are refused
  bool split_chains = false;  ///< a chain that no batch holds becomes several, each all or none
};

class TransferBook {
 public:
  TransferBook(Pass& pass, TransferOptions const& options) : pass_(pass), options_(options) {}

  /// Errors of all four: kImportRefused with line and column, and those of Take.
  [[nodiscard]] base::Result<void> add(AccountLine const& line);
  [[nodiscard]] base::Result<void> add(TransferLine const& line);
  /// After the last line: ends what has expired by the pass's `now`.
  [[nodiscard]] base::Result<void> finish();
  /// After finish(): are those accounts closed that say so? Names a line of the accounts.
  [[nodiscard]] base::Result<void> check_closed() const;

 private:
  struct Open {                 ///< a pending transfer
    Pair pair;                  ///< amount 0: nothing is held here for it
    std::uint64_t expires = 0;  ///< nanoseconds; 0 = never
    std::uint16_t flags = 0;
    std::uint64_t line = 0;
  };
  using OpenMap = base::FlatMap<U128, Open, U128Hash>;
  struct Chain {
    std::uint64_t line = 0;  ///< of its first member; 0 = no chain is open
    U128 id;
    base::WallTime time;
    engine::PutBatch batch;
    std::size_t postings = 0;
  };

  [[nodiscard]] base::Result<void> check_order(TransferLine const& line) const;
  [[nodiscard]] base::Result<Pair> read_pair(TransferLine const& line) const;
  [[nodiscard]] base::Result<void> move(TransferLine const& line);
  [[nodiscard]] base::Result<void> end(TransferLine const& line);
  [[nodiscard]] base::Result<base::Vnd> posted_by(TransferLine const& line, Open const& open) const;
  [[nodiscard]] base::Result<void> post(std::uint64_t line, Postings const& postings);
  [[nodiscard]] base::Result<void> expire_until(std::uint64_t nanoseconds);
  void set_closed(Open const& open, bool closed);
  [[nodiscard]] base::Result<void> emit(TransferLine const& line,
                                        std::optional<engine::BatchMember> member);
  void begin_chain(TransferLine const& line);
  [[nodiscard]] base::Result<void> end_chain();
  [[nodiscard]] std::vector<bool> closed() const;

  Pass& pass_;
  TransferOptions const options_;
  base::FlatMap<U128, ledger::AccountId, U128Hash> accounts_;
  std::vector<bool> closed_in_file_;  ///< by index: what the accounts' flags say
  std::vector<bool> closed_at_end_;   ///< before finish() ended what had expired
  OpenMap open_;
  std::set<std::pair<std::uint64_t, U128>> due_;  ///< (expires, id)
  std::uint64_t last_timestamp_ = 0;
  Chain chain_;
};

}  // namespace qrpay::import
