#include "import/transfers_csv.h"

#include <bit>
#include <span>
#include <string>

namespace qrpay::import {

using base::Result;

namespace {

constexpr std::string_view kAccountColumns[] = {
    "id", "ledger", "code", "flags", "timestamp", "user_data_128", "user_data_64", "user_data_32"};
constexpr std::size_t kAccountOptional = 4;
enum AccountColumn : std::size_t { kAccountId, kAccountLedger, kAccountCode, kAccountFlags };

constexpr std::string_view kTransferColumns[] = {"id",
                                                 "debit_account_id",
                                                 "credit_account_id",
                                                 "amount",
                                                 "pending_id",
                                                 "timeout",
                                                 "ledger",
                                                 "code",
                                                 "flags",
                                                 "timestamp",
                                                 "user_data_128",
                                                 "user_data_64",
                                                 "user_data_32"};
constexpr std::size_t kTransferOptional = 10;
enum TransferColumn : std::size_t {
  kTransferId,
  kDebit,
  kCredit,
  kAmount,
  kPendingId,
  kTimeout,
  kLedger,
  kCode,
  kFlags,
  kTimestamp,
};

constexpr std::string_view kAccountFlagNames[] = {"linked",
                                                  "debits_must_not_exceed_credits",
                                                  "credits_must_not_exceed_debits",
                                                  "history",
                                                  "imported",
                                                  "closed"};
constexpr std::string_view kTransferFlagNames[] = {
    "linked",          "pending",          "post_pending_transfer", "void_pending_transfer",
    "balancing_debit", "balancing_credit", "closing_debit",         "closing_credit",
    "imported"};

/// Reads the fields of one row; after the first error everything reads as 0.
class Fields {
 public:
  Fields(Row const& row, Columns const& columns, std::span<std::string_view const> names)
      : row_(row), columns_(columns), names_(names), result_(columns.check_count(row)) {}

  U128 number(std::size_t column) {
    if (!result_) return {};
    auto const value = parse_u128(columns_.at(row_, column));
    if (!value) return bad(column, "an unsigned number of 128 bits, decimal or 0x...");
    return *value;
  }
  std::uint64_t number_to(std::size_t column, std::uint64_t max) {
    U128 const value = number(column);
    if (result_ && (value.high != 0 || value.low > max)) bad(column, "too large for its field");
    return value.low;
  }
  U128 id(std::size_t column) {
    U128 const value = number(column);
    if (result_ && (value == U128{} || value == kU128Max)) bad(column, "not 0 and not 2^128 - 1");
    return value;
  }
  /// A number, or names joined by "|".
  std::uint16_t flags(std::size_t column, std::span<std::string_view const> flag_names) {
    if (!result_) return 0;
    std::string_view rest = columns_.at(row_, column);
    std::uint64_t bits = 0;
    if (auto const value = parse_u128(rest)) {
      bits = value->high == 0 ? value->low : ~std::uint64_t{0};
      if ((bits >> flag_names.size()) != 0) bad(column, "a flag nobody knows");
      return static_cast<std::uint16_t>(bits);
    }
    while (result_ && !rest.empty()) {
      std::size_t const end = rest.find('|');
      std::string_view const name = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      std::size_t bit = 0;
      while (bit < flag_names.size() && flag_names[bit] != name) ++bit;
      if (bit == flag_names.size()) bad(column, "a flag nobody knows");
      bits |= std::uint64_t{1} << bit;
    }
    return static_cast<std::uint16_t>(bits);
  }
  void refuse_if(bool wrong, std::size_t column, std::string_view words) {
    if (result_ && wrong) bad(column, words);
  }
  [[nodiscard]] Result<void> const& result() const { return result_; }

 private:
  U128 bad(std::size_t column, std::string_view words) {
    result_ = refuse(row_.line, names_[column], words);
    return {};
  }

  Row const& row_;
  Columns const& columns_;
  std::span<std::string_view const> names_;
  Result<void> result_;
};

int count_of(TransferLine const& line, unsigned mask) {
  return std::popcount(static_cast<unsigned>(line.flags) & mask);
}

void check_flags(TransferLine const& line, Fields& fields) {
  static constexpr unsigned kEnds = kPostPending | kVoidPending;
  bool const ends = count_of(line, kEnds) != 0;
  fields.refuse_if(count_of(line, kEnds | kPending) > 1, kFlags,
                   "one of pending, post_pending_transfer and void_pending_transfer");
  fields.refuse_if(ends && count_of(line, kBalancingDebit | kBalancingCredit) != 0, kFlags,
                   "what posts or voids is not balancing");
  fields.refuse_if(!line.is(kPending) && count_of(line, kClosingDebit | kClosingCredit) != 0,
                   kFlags, "what closes an account is pending");
  fields.refuse_if(ends != (line.pending != U128{}), kPendingId,
                   "named by what posts or voids, and by nothing else");
  fields.refuse_if(line.timeout != 0 && !line.is(kPending), kTimeout, "of a pending one only");
  fields.refuse_if(line.timeout != 0 && line.is(kImported), kTimeout, "an imported one has none");
}

}  // namespace

Result<Columns> read_account_columns(Row const& header) {
  return Columns::read(header, kAccountColumns, kAccountOptional);
}

Result<Columns> read_transfer_columns(Row const& header) {
  return Columns::read(header, kTransferColumns, kTransferOptional);
}

Result<AccountLine> read_account(Row const& row, Columns const& columns) {
  Fields fields(row, columns, kAccountColumns);
  AccountLine line;
  line.line = row.line;
  line.id = fields.id(kAccountId);
  line.ledger = static_cast<std::uint32_t>(fields.number_to(kAccountLedger, 0xFFFF'FFFF));
  line.code = static_cast<std::uint16_t>(fields.number_to(kAccountCode, 0xFFFF));
  line.flags = fields.flags(kAccountFlags, kAccountFlagNames);
  static constexpr unsigned kBoth = kDebitsMustNotExceedCredits | kCreditsMustNotExceedDebits;
  fields.refuse_if((line.flags & kBoth) == kBoth, kAccountFlags, "two limits exclude each other");
  QRPAY_TRY_VOID(fields.result());
  return line;
}

Result<TransferLine> read_transfer(Row const& row, Columns const& columns) {
  Fields fields(row, columns, kTransferColumns);
  TransferLine line;
  line.line = row.line;
  line.id = fields.id(kTransferId);
  line.debit = fields.number(kDebit);
  line.credit = fields.number(kCredit);
  line.amount = fields.number(kAmount);
  line.pending = fields.number(kPendingId);
  line.timeout = static_cast<std::uint32_t>(fields.number_to(kTimeout, 0xFFFF'FFFF));
  line.ledger = static_cast<std::uint32_t>(fields.number_to(kLedger, 0xFFFF'FFFF));
  line.code = static_cast<std::uint16_t>(fields.number_to(kCode, 0xFFFF));
  line.flags = fields.flags(kFlags, kTransferFlagNames);
  line.timestamp = fields.number_to(kTimestamp, ~std::uint64_t{0} >> 1);
  fields.refuse_if(line.timestamp == 0, kTimestamp, "what was applied has a time");
  check_flags(line, fields);
  QRPAY_TRY_VOID(fields.result());
  return line;
}

}  // namespace qrpay::import
