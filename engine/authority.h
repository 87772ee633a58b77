// Who may do what. Pure; used for commands and by live reads.
//
// What exists but is not the caller's is kForbidden, what does not exist is kNotFound. Ids of
// orders, declarations and credits are their tenant's own: among one's own ids another's order does
// not exist.
#pragma once

#include <string_view>

#include "base/error.h"
#include "engine/prepare.h"
#include "engine/state.h"

namespace qrpay::engine {

/// The key behind `actor`, unless unknown or revoked. Errors: kUnauthenticated.
[[nodiscard]] base::Result<Key const*> find_key(State const& state, Sequence actor);

/// May this command be asked at all, for the first time or again: does its key live, has it the
/// role, are the ids its own, and may it act for the shop or the bank identifier that is named?
/// Returns the key; nullptr for the ledger itself (actor 0), which begins, makes its first key and
/// ticks. Errors: kUnauthenticated, kForbidden, kNotFound.
[[nodiscard]] base::Result<Key const*> authorize(State const& state, Prepared const& prepared);

// `what` begins the detail of an error: a JSON pointer or a word. Errors: kNotFound, kForbidden.

/// To act for a shop: a merchant's key for its own, a terminal's for the one it stands in.
[[nodiscard]] base::Result<void> require_shop(State const& state, Key const& key, Sequence shop,
                                              std::string_view what);
/// To look at a shop: those, and operators and auditors.
[[nodiscard]] base::Result<void> require_readable_shop(State const& state, Key const& key,
                                                       Sequence shop, std::string_view what);
/// To look at an account of the ledger: operators and auditors at all of them; a merchant's key at
/// those of its shops and bank accounts, whether or not anything was posted there yet.
[[nodiscard]] base::Result<void> require_readable_account(State const& state, Key const& key,
                                                          ledger::AccountId const& account,
                                                          std::string_view what);
/// To speak for a terminal: its own key, and its merchant's.
[[nodiscard]] base::Result<void> require_terminal(State const& state, Key const& key,
                                                  Sequence terminal, std::string_view what);

}  // namespace qrpay::engine
