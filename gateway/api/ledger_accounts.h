// Accounts of the ledger as callers name and see them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/api/services.h"

namespace qrpay::gateway::api {

/// "sales", "bank_mirror" ...; "" for an id that is not of the chart.
[[nodiscard]] std::string_view account_class_name(ledger::AccountId const& account);
/// "sale", "receipt" ...
[[nodiscard]] std::string_view leg_name(ledger::Leg leg);
/// Whose record owns it, and what it is: `ledger_account`, `class`, `owner`.
void write_ledger_account(json::Writer& out, ledger::AccountId const& account);

/// An account that the caller may read, and where the ledger stood then, which is durable.
struct SeenAccount {
  ledger::AccountId account;
  ledger::Account now;
  Sequence last;
};
/// How the path names it: `{id}` of a registered account (the money side of a bank account), or the
/// 32 hexadecimal digits of a ledger account in `{account}`.
enum class NamedBy : std::uint8_t { kId, kLedgerAccount };
/// Calls `then` in the worker, or refuses the call: 400, 403 and 404, 503.
void with_account(Services& services, Call const& call, NamedBy named_by,
                  std::function<void(SeenAccount const&)> then);

/// Errors: kNotSupported, this server keeps no projections.
[[nodiscard]] Result<ledger::RocksIndex const*> projections_of(Services& services);

/// "json", or "csv" by `?format=csv`. Errors: kInvalidField.
enum class Format : std::uint8_t { kJson, kCsv };
[[nodiscard]] Result<Format> read_format(Call const& call);

inline constexpr std::string_view kCsvType = "text/csv; charset=utf-8";

}  // namespace qrpay::gateway::api
