// decide(): state + command + stamped time -> record, or a refusal that leaves none. Pure.
//
// It reads no clock, no disk, no randomness, and nothing that can be erased. Every family of
// commands is a straight list of refusals followed by what cannot fail (decide_*.cc).
#pragma once

#include "engine/prepare.h"
#include "engine/state.h"

namespace qrpay::engine {

/// What was registered under a name that the command gives, whichever generation of the secret it
/// was tagged under; 0 when there is none.
[[nodiscard]] inline Sequence find(State const& state, Prepared const& prepared,
                                   IdTag Tags::* name) {
  return find_live(prepared, [&](Tags const& tags) { return state.find(tags.*name); });
}

/// What becomes a record. Sequence, time, actor, tags and commitment are the engine's to add.
struct Draft {
  ledger::Kind kind{};
  Outcome outcome = Outcome::kDone;
  Vnd amount;
  base::SmallVector<ledger::MoneyTag, ledger::kMoneyTagsMax> money_tags;
  base::SmallVector<ledger::Posting, 4> postings;
  std::string body;
  ledger::Sections sections;
};

struct Stamp {
  WallTime time;      ///< not before the last record's
  Sequence sequence;  ///< the record's, if there will be one
};

/// Requires: the command's id is not known (the engine looks first); `key` is what authorize()
/// gave for it. Errors take no id and leave no record: kUnauthenticated, kForbidden, kNotFound,
/// kInvalidField (with a JSON pointer), kCodeInUse, kAlreadyExists, kNotPending,
/// kRevisionMismatch, kNotSupported.
[[nodiscard]] base::Result<Draft> decide(State const& state, Prepared const& prepared,
                                         Stamp const& stamp, Key const* key);

/// The record of a bank's event id met with another body: kept for a person, nothing posted.
[[nodiscard]] Draft decide_id_reuse(Prepared const& credit, Sequence first);

/// The Tick for what is due; the caller stamps `now` on it.
[[nodiscard]] Command make_tick(State const& state, WallTime now);

}  // namespace qrpay::engine
