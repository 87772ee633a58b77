// What transfers, holds, batches and closings of accounts have in common: the parts of their
// bodies, dry runs, the beginning and the end of their answers. All of them are the operator's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/command.h"
#include "gateway/api/services.h"
#include "gateway/json/object_reader.h"

namespace qrpay::gateway::api {

/// 32 hexadecimal digits, as `ledger_account` of a general account gives them.
[[nodiscard]] std::optional<ledger::AccountId> parse_ledger_account(std::string_view text);

/// {debit, credit, amount} or {legs: [{account, amount | debit | credit}]}, and currency.
[[nodiscard]] engine::Transfer read_transfer(json::ObjectReader& in);
/// {debit, credit, amount, expires_in?}, and currency.
[[nodiscard]] engine::PutHold read_hold(json::ObjectReader& in);
/// `amount`, where it is given.
[[nodiscard]] std::optional<base::Vnd> read_part(json::ObjectReader& in);

/// Writes what an answer of this kind has besides id, outcome, amount, sequence and recorded_at.
/// Sees the record alone, so that a repeat gets the same words.
using WriteEntry = std::function<void(json::Writer&, ledger::Record const&)>;

/// Submits `payload` under `id`; with `?dry_run=true` asks what it would become instead, and the
/// answer says `"dry_run": true` and has no sequence and recorded_at unless an earlier run did.
void submit_entry(Services& services, Call const& call, std::string const& id,
                  engine::Payload payload, WriteEntry write);

/// Answers with the record of that kind and id, for operators and auditors.
void get_entry(Services& services, Call const& call, ledger::Kind kind, WriteEntry write);
/// 403 for other roles; true when `call` was refused.
[[nodiscard]] bool refused_reader(Call const& call);

}  // namespace qrpay::gateway::api
