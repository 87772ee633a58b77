// Who may do what. Pure; used by decide() for commands and by live reads.
#pragma once

#include "base/error.h"
#include "engine/state.h"

namespace qrpay::engine {

/// The key behind `actor`, unless unknown or revoked. Errors: kUnauthenticated.
[[nodiscard]] base::Result<Key const*> find_key(State const& state, Sequence actor);

/// Errors: kUnauthenticated, kForbidden.
[[nodiscard]] base::Result<Key const*> require_role(State const& state, Sequence actor, Role role);

/// May `key` act for (or, with `read`, look at) this shop? Operator and auditor keys read every
/// shop; a merchant's its own; a terminal's the one it stands in; a bank's none.
[[nodiscard]] bool may_act_for_shop(State const& state, Key const& key, Sequence shop);
[[nodiscard]] bool may_read_shop(State const& state, Key const& key, Sequence shop);

/// May a bank's key post for accounts at `bin`?
[[nodiscard]] bool owns_bin(State const& state, Key const& key, std::string_view bin);

}  // namespace qrpay::engine
