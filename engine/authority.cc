#include "engine/authority.h"

#include <algorithm>

namespace qrpay::engine {

using base::Errc;
using base::fail;

base::Result<Key const*> find_key(State const& state, Sequence actor) {
  Key const* key = state.key(actor);
  if (key == nullptr || key->revoked) return fail(Errc::kUnauthenticated);
  return key;
}

base::Result<Key const*> require_role(State const& state, Sequence actor, Role role) {
  QRPAY_TRY(Key const* key, find_key(state, actor));
  if (key->role != role) return fail(Errc::kForbidden, "this key's role may not do this");
  return key;
}

bool may_act_for_shop(State const& state, Key const& key, Sequence shop) {
  Shop const* found = state.shop(shop);
  if (found == nullptr) return false;
  switch (key.role) {
    case Role::kMerchant: return found->merchant == key.scope;
    case Role::kTerminal: {
      Terminal const* terminal = state.terminal(key.scope);
      return terminal != nullptr && terminal->shop == shop;
    }
    case Role::kOperator:
    case Role::kBank:
    case Role::kAuditor: return false;
  }
  return false;
}

bool may_read_shop(State const& state, Key const& key, Sequence shop) {
  if (key.role == Role::kOperator || key.role == Role::kAuditor) return true;
  return may_act_for_shop(state, key, shop);
}

bool owns_bin(State const& state, Key const& key, std::string_view bin) {
  if (key.role != Role::kBank) return false;
  Bank const* bank = state.bank(key.scope);
  if (bank == nullptr) return false;
  return std::find(bank->bins.begin(), bank->bins.end(), bin) != bank->bins.end();
}

}  // namespace qrpay::engine
