// What an erasure is about: from a payer, an order or records to targets. Reads the journal; for a
// worker's thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/erasure.h"
#include "ledger/log.h"
#include "ledger/vault.h"

namespace qrpay::engine {

using base::Sequence;

/// What a payer has in credits: payer and note, and what the bank signed, which repeats them.
inline constexpr ledger::SectionMask kPayerSections = 0b110;

struct PayerAccount {
  std::string bin;
  std::string number;
};
/// `sections` of every credit, or notice with a used id, whose payer that is; a notice that names
/// no bank counts. Unseals section 1 of each, so what was erased is not found again.
/// Cost: 2 us a credit. Errors: those of Log::scan.
[[nodiscard]] base::Result<std::vector<ledger::EraseTarget>> find_payer(
    ledger::Log const& log, ledger::VaultCursor& cursor, PayerAccount const& payer,
    ledger::SectionMask sections);

/// `sections` of the order's record, of the credits that went to it and of the notices that repeat
/// or dispute one of those. Cost: 1 us a record since the order. Errors: those of Log::scan.
[[nodiscard]] base::Result<std::vector<ledger::EraseTarget>> find_order(
    ledger::Log const& log, Sequence order, ledger::SectionMask sections);

/// Cut into what one Erase record holds each.
[[nodiscard]] std::vector<std::vector<ledger::EraseTarget>> cut_into_parts(
    std::vector<ledger::EraseTarget> const& targets);

}  // namespace qrpay::engine
