// Checks a whole ledger from its journal alone, beside a running server too: `qrpay ledger verify`.
//
// What is checked of every durable record: its block and canonical form, density, log time that
// never goes back, the commitment to its side record, postings that sum to zero and keep every
// limit; and over all of them: the Merkle root, held against the high-water checkpoint of every
// incarnation. Needs no vault: nothing is unsealed. The log's keys come from Genesis and from the
// records that change them; each must fit those before it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// So many fresh opens are tried beside a running server, whose flushes can look like damage.
inline constexpr int kVerifyOpensMax = 5;

struct VerifyOptions {
  std::string keys = {};  ///< directory of the high-water file; empty: no checkpoint is compared
  /// Told now and then how many records of how many were read. May be null.
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress = nullptr;
};

struct VerifyReport {
  std::string origin;             ///< empty when there is no record yet
  std::uint64_t records = 0;      ///< in the journal
  std::uint64_t durable = 0;      ///< checked, and in `root`
  Digest root{};                  ///< of the first `durable` records
  std::uint64_t signed_size = 0;  ///< of the high-water checkpoint, which holds; 0 = none
  std::uint64_t accounts = 0;
  Digest book{};  ///< Book::digest() of every balance recomputed
  bool balances_to_zero = false;
  bool beside_server = false;  ///< records above `durable` are then not yet durable
  friend bool operator==(VerifyReport const&, VerifyReport const&) = default;
};

/// Reads everything once, in order, and writes nothing. Memory: the accounts and what the journal
/// has not yet flushed. Beside a server only records up to its durable mark count; without one,
/// all. A fault seen beside a server counts when two opens show the same one.
/// Errors: kDataDirMissing, kDataFormatNewer; kJournalCorrupt, `detail` begins with "sequence N",
///   the first bad record (a damaged list of files names a file); kJournalTruncated (ends before a
///   durable mark); kJournalForked (another root than the signed one, or an older incarnation
///   signed more than the next admits); kWrongKey (a checkpoint is not of this log); kStoreRead
///   (also when no two opens beside a server agree); kIo; kNoteMalformed (a high-water file).
[[nodiscard]] base::Result<VerifyReport> verify_directory(std::string const& dir,
                                                          VerifyOptions const& options = {});

}  // namespace qrpay::ledger
