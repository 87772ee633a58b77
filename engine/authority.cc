#include "engine/authority.h"

#include <algorithm>

#include "engine/decide.h"

namespace qrpay::engine {

using base::Errc;
using base::fail;
using base::Result;

namespace {

base::Unexpected<base::Error> not_registered(std::string_view what) {
  return fail(Errc::kNotFound, std::string(what) + ": not registered");
}

base::Unexpected<base::Error> not_yours(std::string_view what) {
  return fail(Errc::kForbidden, std::string(what) + ": not this key's");
}

bool may_act_for(State const& state, Key const& key, Sequence sequence, Shop const& shop) {
  if (key.role == Role::kMerchant) return shop.merchant == key.scope;
  if (key.role != Role::kTerminal) return false;
  Terminal const* terminal = state.terminal(key.scope);
  return terminal != nullptr && terminal->shop == sequence;
}

bool owns_bin(State const& state, Key const& key, std::string_view bin) {
  Bank const* bank = state.bank(key.scope);
  if (bank == nullptr) return false;
  return std::find(bank->bins.begin(), bank->bins.end(), bin) != bank->bins.end();
}

/// One overload for each rule; what the operator registers is the last.
struct Authorizer {
  State const& state;
  Prepared const& prepared;
  Command const& command = prepared.command;

  [[nodiscard]] Result<Key const*> ledger_itself() const {
    if (command.actor != Sequence(0)) return fail(Errc::kForbidden, "only the ledger itself");
    return nullptr;
  }
  [[nodiscard]] Result<Key const*> key_with(std::initializer_list<Role> roles) const {
    QRPAY_TRY(Key const* key, find_key(state, command.actor));
    if (std::find(roles.begin(), roles.end(), key->role) == roles.end())
      return fail(Errc::kForbidden, "this key's role may not do this");
    if (command.tenant != key->tenant) return fail(Errc::kForbidden, "another tenant's ids");
    return key;
  }
  [[nodiscard]] Result<Key const*> for_named_shop() const {
    QRPAY_TRY(Key const* key, key_with({Role::kMerchant, Role::kTerminal}));
    QRPAY_TRY_VOID(require_shop(state, *key, find(state, prepared, &Tags::shop), "/shop"));
    return key;
  }

  Result<Key const*> operator()(Genesis const& /*c*/) const { return ledger_itself(); }
  Result<Key const*> operator()(Tick const& /*c*/) const { return ledger_itself(); }
  Result<Key const*> operator()(PutSecret const& /*c*/) const { return ledger_itself(); }
  Result<Key const*> operator()(LogKey const& /*c*/) const { return ledger_itself(); }
  Result<Key const*> operator()(Restore const& /*c*/) const { return ledger_itself(); }
  Result<Key const*> operator()(PutKey const& /*c*/) const {
    if (command.actor == Sequence(0)) return nullptr;
    return key_with({Role::kOperator});
  }
  Result<Key const*> operator()(PutOrder const& /*c*/) const { return for_named_shop(); }
  Result<Key const*> operator()(DeclareCash const& /*c*/) const { return for_named_shop(); }
  Result<Key const*> operator()(CancelOrder const& /*c*/) const {
    QRPAY_TRY(Key const* key, key_with({Role::kMerchant, Role::kTerminal}));
    Order const* order = state.order(find(state, prepared, &Tags::first));
    if (order == nullptr) return fail(Errc::kNotFound, "order: no such id");
    QRPAY_TRY_VOID(require_shop(state, *key, order->shop, "order"));
    return key;
  }
  Result<Key const*> operator()(BankCredit const& c) const {
    QRPAY_TRY(Key const* key, key_with({Role::kBank}));
    if (!owns_bin(state, *key, c.bin))
      return fail(Errc::kForbidden, "/bin: not an identifier of this bank");
    return key;
  }
  template <class Registration>
  Result<Key const*> operator()(Registration const& /*c*/) const {
    return key_with({Role::kOperator});
  }
};

/// Whose a ledger account is. `merchant` 0: the operator's own, or a bank's.
struct AccountOwner {
  bool known = false;  ///< its owner is registered
  Sequence merchant = {};
};

AccountOwner owner_of(State const& state, ledger::AccountId const& account) {
  using ledger::AccountClass;
  auto const account_class = static_cast<AccountClass>(ledger::account_class_number(account));
  Sequence const owner = ledger::account_owner(account);
  if (account != ledger::account_id(account_class, owner)) return {};
  switch (account_class) {
    case AccountClass::kSales:
    case AccountClass::kOwedToPayers:
    case AccountClass::kMemoCash:
    case AccountClass::kMemoContra: {
      Shop const* shop = state.shop(owner);
      return shop == nullptr ? AccountOwner{} : AccountOwner{true, shop->merchant};
    }
    case AccountClass::kBankMirror:
    case AccountClass::kUnmatchedReceipts: {
      BankAccount const* bank_account = state.bank_account(owner);
      return bank_account == nullptr ? AccountOwner{} : AccountOwner{true, bank_account->merchant};
    }
    case AccountClass::kSuspense:
    case AccountClass::kBankClearing: return {state.bank(owner) != nullptr, {}};
    case AccountClass::kGeneral: break;
  }
  return {};
}

}  // namespace

Result<Key const*> find_key(State const& state, Sequence actor) {
  Key const* key = state.key(actor);
  if (key == nullptr || key->revoked) return fail(Errc::kUnauthenticated);
  return key;
}

Result<Key const*> authorize(State const& state, Prepared const& prepared) {
  return std::visit(Authorizer{state, prepared}, prepared.command.payload);
}

Result<void> require_shop(State const& state, Key const& key, Sequence shop,
                          std::string_view what) {
  Shop const* found = state.shop(shop);
  if (found == nullptr) return not_registered(what);
  if (!may_act_for(state, key, shop, *found)) return not_yours(what);
  return {};
}

Result<void> require_readable_shop(State const& state, Key const& key, Sequence shop,
                                   std::string_view what) {
  bool const reads_all = key.role == Role::kOperator || key.role == Role::kAuditor;
  if (reads_all && state.shop(shop) != nullptr) return {};
  return require_shop(state, key, shop, what);
}

Result<void> require_readable_account(State const& state, Key const& key,
                                      ledger::AccountId const& account, std::string_view what) {
  AccountOwner const owner = owner_of(state, account);
  bool const known = owner.known || state.book().contains(account);
  if (key.role == Role::kBank || key.role == Role::kTerminal) return not_yours(what);
  if (!known) return fail(Errc::kNotFound, std::string(what) + ": no such account");
  if (key.role != Role::kMerchant) return {};
  if (owner.merchant == Sequence(0) || owner.merchant != key.scope) return not_yours(what);
  return {};
}

Result<void> require_terminal(State const& state, Key const& key, Sequence terminal,
                              std::string_view what) {
  Terminal const* found = state.terminal(terminal);
  if (found == nullptr) return not_registered(what);
  if (key.role == Role::kTerminal && key.scope == terminal) return {};
  if (key.role == Role::kMerchant) return require_shop(state, key, found->shop, what);
  return not_yours(what);
}

}  // namespace qrpay::engine
