// Inside decide(): one overload per command. Not for use outside engine/.
#pragma once

#include "engine/decide.h"

namespace qrpay::engine {

struct Context {
  State const& state;
  Prepared const& prepared;
  Stamp const& stamp;
  Key const* key;  ///< as authorize() gave it: null for the ledger itself

  [[nodiscard]] Command const& command() const { return prepared.command; }
  [[nodiscard]] Tags const& tags() const { return prepared.tags; }
  /// What was registered under a name that the command gives; 0 when there is none.
  [[nodiscard]] Sequence find(IdTag Tags::* name) const {
    return engine::find(state, prepared, name);
  }
  /// The bank account with a number that the command gives; 0 when there is none.
  [[nodiscard]] Sequence find(AccountTag Tags::* number) const {
    return find_live(prepared,
                     [&](Tags const& tags) { return state.bank_account_by_tag(tags.*number); });
  }
  /// The record of what is amended or cancelled; 0 when there is none.
  [[nodiscard]] Sequence first_revision() const { return find(&Tags::first); }
};

base::Result<Draft> decide_family(Genesis const&, Context const&);
base::Result<Draft> decide_family(RegisterBank const&, Context const&);
base::Result<Draft> decide_family(RegisterMerchant const&, Context const&);
base::Result<Draft> decide_family(RegisterShop const&, Context const&);
base::Result<Draft> decide_family(RegisterTerminal const&, Context const&);
base::Result<Draft> decide_family(OpenBankAccount const&, Context const&);
base::Result<Draft> decide_family(OpenGeneralAccount const&, Context const&);
base::Result<Draft> decide_family(PutKey const&, Context const&);
base::Result<Draft> decide_family(PutOrder const&, Context const&);
base::Result<Draft> decide_family(CancelOrder const&, Context const&);
base::Result<Draft> decide_family(BankCredit const&, Context const&);
base::Result<Draft> decide_family(DeclareCash const&, Context const&);
base::Result<Draft> decide_family(Transfer const&, Context const&);
base::Result<Draft> decide_family(Tick const&, Context const&);
base::Result<Draft> decide_family(PutHold const&, Context const&);
base::Result<Draft> decide_family(PostHold const&, Context const&);
base::Result<Draft> decide_family(VoidHold const&, Context const&);
base::Result<Draft> decide_family(PutBatch const&, Context const&);
base::Result<Draft> decide_family(CloseAccount const&, Context const&);
base::Result<Draft> decide_family(PutSecret const&, Context const&);
base::Result<Draft> decide_family(Erase const&, Context const&);
base::Result<Draft> decide_family(LogKey const&, Context const&);
base::Result<Draft> decide_family(Restore const&, Context const&);

/// What ends a hold: two legs on the held layer against those that made it.
void add_release(Hold const& hold, base::SmallVector<ledger::Posting, 4>& postings);

/// A posting in dong on the posted layer. `amount` is positive; the name says the side.
[[nodiscard]] ledger::Posting debit(ledger::AccountId const& account, Vnd amount, ledger::Leg leg);
[[nodiscard]] ledger::Posting credit(ledger::AccountId const& account, Vnd amount, ledger::Leg leg);

/// Section 0 and, where there is any, 1 and 2 of a credit.
[[nodiscard]] ledger::Sections credit_sections(Command const& command, BankCredit const& c);

}  // namespace qrpay::engine
