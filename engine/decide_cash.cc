// Declared cash: what a shop says it took in notes, kept in memorandum accounts.
#include "engine/authority.h"
#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using base::Errc;
using base::fail;
using ledger::AccountClass;
using ledger::Leg;
using ledger::TlvWriter;

base::Result<Draft> decide_family(DeclareCash const& c, Context const& context) {
  State const& state = context.state;
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "declare again with a higher declared_rev instead");
  Sequence const shop = context.find(&Tags::shop);
  Sequence const terminal = context.find(&Tags::terminal);
  QRPAY_TRY_VOID(require_terminal(state, *context.key, terminal, "/terminal"));
  if (state.terminal(terminal)->shop != shop)
    return fail(Errc::kNotFound, "/terminal: not in this shop");
  if (c.amount < Vnd(0) || c.amount > base::kAmountMax)
    return fail(Errc::kInvalidField, "/amount: 0 to 9999999999999");
  if (c.withdrawn && c.amount != Vnd(0))
    return fail(Errc::kInvalidField, "/amount: a withdrawn declaration has none");
  if (c.day < Day(0) || c.day > base::business_day(context.stamp.time))
    return fail(Errc::kInvalidField, "/day: in the future, or before 1970");
  if (c.declared_rev == 0) return fail(Errc::kInvalidField, "/declared_rev: from 1");
  if (c.evidence > 3) return fail(Errc::kInvalidField, "/evidence: 0 to 3");

  Draft draft;
  draft.kind = ledger::Kind::kDeclareCash;
  draft.amount = c.amount;
  Cash const* before = state.cash({shop, terminal, c.day});
  if (before != nullptr && c.declared_rev <= before->declared_rev) {
    draft.outcome = Outcome::kSuperseded;
  } else {
    // Both are amounts of commands, so the difference fits.
    std::int64_t const change = c.amount.dong() - (before == nullptr ? 0 : before->amount.dong());
    auto const cash = ledger::account_id(AccountClass::kMemoCash, shop);
    auto const contra = ledger::account_id(AccountClass::kMemoContra, shop);
    if (change > 0) {
      draft.postings.push_back(debit(cash, Vnd(change), Leg::kCashMemo));
      draft.postings.push_back(credit(contra, Vnd(change), Leg::kCashMemo));
    } else if (change < 0) {
      draft.postings.push_back(debit(contra, Vnd(-change), Leg::kCashMemo));
      draft.postings.push_back(credit(cash, Vnd(-change), Leg::kCashMemo));
    }
    if (state.book().check(draft.postings)) {
      draft.outcome = Outcome::kTotalsFull;
      draft.postings.clear();
    }
  }
  TlvWriter body(draft.body);
  body.u64(field::kShop, shop.value());
  body.u64(field::kTerminal, terminal.value());
  body.u32(field::kBusinessDay, static_cast<std::uint32_t>(c.day.days()));
  if (c.withdrawn) body.u8(field::kWithdrawn, 1);
  if (c.count) body.u32(field::kCount, *c.count);
  body.u8(field::kEvidence, c.evidence);
  body.u32(field::kDeclaredRev, c.declared_rev);
  std::string text;
  TlvWriter section(text);
  section.text(ledger::side::kId, context.command().id);
  draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  return draft;
}

}  // namespace qrpay::engine
