// From Command to what decide() takes: the keyed tags and the canonical body, computed outside the
// engine's thread because they cost more than the decision.
#pragma once

#include <cstdint>
#include <optional>
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
  IdTag scope;        ///< of PutKey
  IdTag first;        ///< revision 1 of what is amended or cancelled
  IdTag page;         ///< of PutOrder
  AccountTag number;  ///< bank account opened or credited
  AccountTag payer;   ///< the payer's account, when bank and number are known
  base::SmallVector<MoneyTag, ledger::kMoneyTagsMax> money;
  IdTag hold;                  ///< of PostHold and VoidHold: the one that is ended
  std::vector<IdTag> members;  ///< of PutBatch, for each: the hold it makes or ends
};

struct Prepared {
  Command command;
  Tags tags;                     ///< of the newest generation: what a record carries
  std::vector<Tags> older = {};  ///< of the older ones, newest first; empty while there are none
  std::uint32_t generation = 0;  ///< of `tags`
  /// The caller's own fields, no key id, stamp or randomness of ours: what "same body" compares.
  std::string canonical;
};

/// Pure; any thread. BankCredit::bin must be known: the gateway fills in a bank's only one.
[[nodiscard]] Prepared prepare(Command command, ledger::Tagger const& tagger);

[[nodiscard]] inline bool is_found(Sequence sequence) { return sequence != Sequence(0); }
template <class T>
[[nodiscard]] bool is_found(std::optional<T> const& found) {
  return found.has_value();
}

/// What `look` finds by the tags of a command: the newest generation first, then the older ones.
/// `look` gives a Sequence, 0 = nothing, or an optional.
template <class Look>
[[nodiscard]] auto find_live(Prepared const& prepared, Look const& look) {
  auto found = look(prepared.tags);
  for (auto older = prepared.older.begin(); !is_found(found) && older != prepared.older.end();
       ++older)
    found = look(*older);
  return found;
}

/// The same, the oldest generation first. For what may be used again under a newer tag, as money
/// is by a conflict: the first use is the one that counts.
template <class Look>
[[nodiscard]] auto find_first_use(Prepared const& prepared, Look const& look) {
  for (auto older = prepared.older.rbegin(); older != prepared.older.rend(); ++older)
    if (auto found = look(*older); is_found(found)) return found;
  return look(prepared.tags);
}

}  // namespace qrpay::engine
