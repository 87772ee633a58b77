// One line of a CSV of accounts or of transfers in TigerBeetle's data model -> its numbers.
//
// Only what a line says by itself is checked here: names of columns, ranges, flags that exclude
// each other. What it means beside the other lines: import/transfer_book.h. Pure.
// Source: docs.tigerbeetle.com/reference/account and /transfer; docs/formats/import.md.
#pragma once

#include <cstdint>

#include "import/csv.h"
#include "import/u128.h"

namespace qrpay::import {

/// Bits of an account's flags.
enum AccountFlag : std::uint16_t {
  kAccountLinked = 1 << 0,
  kDebitsMustNotExceedCredits = 1 << 1,
  kCreditsMustNotExceedDebits = 1 << 2,
  kHistory = 1 << 3,
  kAccountImported = 1 << 4,
  kClosed = 1 << 5,
};

/// Bits of a transfer's flags.
enum TransferFlag : std::uint16_t {
  kLinked = 1 << 0,
  kPending = 1 << 1,
  kPostPending = 1 << 2,
  kVoidPending = 1 << 3,
  kBalancingDebit = 1 << 4,
  kBalancingCredit = 1 << 5,
  kClosingDebit = 1 << 6,
  kClosingCredit = 1 << 7,
  kImported = 1 << 8,
};

struct AccountLine {
  std::uint64_t line = 0;
  U128 id;
  std::uint32_t ledger = 0;
  std::uint16_t code = 0;
  std::uint16_t flags = 0;
  friend bool operator==(AccountLine const&, AccountLine const&) = default;
};

struct TransferLine {
  std::uint64_t line = 0;
  U128 id;
  U128 debit;                 ///< 0 in a post or void: as the pending one
  U128 credit;                ///< likewise
  U128 amount;                ///< kU128Max in a post: all of it; 0 in a void: likewise
  U128 pending;               ///< 0 but for a post or void
  std::uint32_t timeout = 0;  ///< seconds, of a pending one; 0 = none
  std::uint32_t ledger = 0;
  std::uint16_t code = 0;
  std::uint16_t flags = 0;
  std::uint64_t timestamp = 0;  ///< nanoseconds since 1970, 1 to 2^63 - 1
  [[nodiscard]] bool is(TransferFlag flag) const { return (flags & flag) != 0; }
  friend bool operator==(TransferLine const&, TransferLine const&) = default;
};

/// Columns from a header. Errors of these and the next two: kImportRefused with line and column.
[[nodiscard]] base::Result<Columns> read_account_columns(Row const& header);
[[nodiscard]] base::Result<Columns> read_transfer_columns(Row const& header);

[[nodiscard]] base::Result<AccountLine> read_account(Row const& row, Columns const& columns);
[[nodiscard]] base::Result<TransferLine> read_transfer(Row const& row, Columns const& columns);

}  // namespace qrpay::import
