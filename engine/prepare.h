// From Command to what decide() takes: the keyed tags and the canonical body, computed outside the
// engine's thread because they cost more than the decision.
#pragma once

#include <string>
#include <vector>

#include "engine/command.h"
#include "ledger/tags.h"

namespace qrpay::engine {

using ledger::AccountTag;
using ledger::IdTag;
using ledger::MoneyTag;

/// Zero where the command has no such thing.
struct Tags {
  IdTag id;
  IdTag merchant;
  IdTag shop;
  IdTag terminal;
  IdTag account;
  IdTag scope;         ///< of PutKey
  IdTag first;         ///< revision 1 of what is amended or cancelled
  IdTag page;          ///< of PutOrder
  AccountTag number;   ///< bank account opened or credited
  AccountTag payer;    ///< the payer's account, when bank and number are known
  base::SmallVector<MoneyTag, ledger::kMoneyTagsMax> money;
  IdTag hold;                  ///< of PostHold and VoidHold: the one that is ended
  std::vector<IdTag> members;  ///< of PutBatch, for each: the hold it makes or ends
};

struct Prepared {
  Command command;
  Tags tags;
  /// The caller's own fields, no key id, stamp or randomness of ours: what "same body" compares.
  std::string canonical;
};

/// Pure; any thread. BankCredit::bin must be known: the gateway fills in a bank's only one.
[[nodiscard]] Prepared prepare(Command command, ledger::Tagger const& tagger);

}  // namespace qrpay::engine
