// Orders: put and cancel.
#include "engine/authority.h"
#include "engine/decide_families.h"
#include "engine/order_code.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Errc;
using base::fail;
using base::Result;
using ledger::TlvWriter;

namespace {

inline constexpr std::int64_t kLifetimeMin = 30 * base::kSecond;
inline constexpr std::int64_t kLifetimeMax = 400 * base::kDay;
/// With 40 bits a second collision in a row means broken entropy; a hundred cannot happen.
inline constexpr std::uint32_t kCodeAttemptsMax = 100;

Result<Sequence> terminal_of(PutOrder const& c, Context const& context, Sequence shop) {
  State const& state = context.state;
  Key const& key = *context.key;
  if (c.terminal.empty()) return key.role == Role::kTerminal ? key.scope : Sequence(0);
  Sequence const terminal = context.find(&Tags::terminal);
  QRPAY_TRY_VOID(require_terminal(state, key, terminal, "/terminal"));
  if (state.terminal(terminal)->shop != shop)
    return fail(Errc::kNotFound, "/terminal: not in this shop");
  return terminal;
}

Result<Sequence> account_of(PutOrder const& c, Context const& context, Sequence shop) {
  State const& state = context.state;
  Sequence const merchant = state.shop(shop)->merchant;
  if (!c.account.empty()) {
    Sequence const account = context.find(&Tags::account);
    BankAccount const* found = state.bank_account(account);
    if (found == nullptr) return fail(Errc::kNotFound, "/account: no such bank account");
    if (found->merchant != merchant) return fail(Errc::kForbidden, "/account: another merchant's");
    return account;
  }
  if (state.shop(shop)->account != Sequence(0)) return state.shop(shop)->account;
  auto const& accounts = state.merchant(merchant)->bank_accounts;
  if (accounts.size() == 1) return accounts.front();
  return fail(Errc::kInvalidField, accounts.empty() ? "/account: the merchant has no bank account"
                                                    : "/account: name one of several");
}

struct ChosenCode {
  std::string own;   ///< one of ours, or empty
  std::string shop;  ///< the shop's, or empty
};

Result<ChosenCode> code_of(PutOrder const& c, BankAccount const& account) {
  if (!c.code.empty()) {
    if (!fold_shop_code(c.code))
      return fail(Errc::kInvalidField, "/code: 4 to 25 letters and digits, one letter at least");
    if (account.codes.contains(c.code) || account.past.contains(c.code))
      return fail(Errc::kCodeInUse, "/code: known on this account");
    return ChosenCode{{}, c.code};
  }
  for (std::uint32_t attempt = 0; attempt < kCodeAttemptsMax; ++attempt) {
    std::string code = make_code(account.code_prefix, c.code_entropy, attempt);
    if (!account.codes.contains(code) && !account.past.contains(code))
      return ChosenCode{std::move(code), {}};
  }
  return fail(Errc::kCodeInUse, "no free code from this entropy");
}

}  // namespace

Result<Draft> decide_family(PutOrder const& c, Context const& context) {
  State const& state = context.state;
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "an order cannot be amended in this release");
  Sequence const shop = context.find(&Tags::shop);
  QRPAY_TRY(Sequence const terminal, terminal_of(c, context, shop));
  QRPAY_TRY(Sequence const account, account_of(c, context, shop));
  if (c.amount <= Vnd(0) || c.amount > base::kAmountMax)
    return fail(Errc::kInvalidField, "/amount: 1 to 9999999999999");
  if (c.lifetime < kLifetimeMin || c.lifetime > kLifetimeMax)
    return fail(Errc::kInvalidField, "/expires_in: 30 seconds to 400 days");
  QRPAY_TRY(ChosenCode const code, code_of(c, *state.bank_account(account)));

  Draft draft;
  draft.kind = ledger::Kind::kPutOrder;
  draft.amount = c.amount;
  TlvWriter body(draft.body);
  body.u64(field::kShop, shop.value());
  body.u64_if(field::kTerminal, terminal.value());
  body.u64(field::kBankAccount, account.value());
  WallTime const expires = base::later(context.stamp.time, c.lifetime);
  body.u64(field::kExpires, static_cast<std::uint64_t>(expires.microseconds()));
  body.text_if(field::kOwnCode, code.own);
  if (!code.shop.empty()) body.u8(field::kHasShopCode, 1);
  if (context.tags().page != IdTag{}) body.bytes(field::kPageTag, context.tags().page.value());
  std::string text;
  TlvWriter section(text);
  section.text(side::kId, context.command().id);
  section.text_if(side::kCode, code.shop);
  section.text_if(side::kPageToken, c.page_token);
  section.text(side::kShopId, c.shop);
  section.text_if(side::kTerminalId, c.terminal);
  section.text_if(side::kAccountId, c.account);
  draft.sections.push_back({ledger::kSectionCaller, std::move(text)});
  return draft;
}

Result<Draft> decide_family(CancelOrder const& /*c*/, Context const& context) {
  State const& state = context.state;
  Sequence const target = context.first_revision();
  Order const* order = state.order(target);
  if (order->revision != context.command().revision)
    return fail(Errc::kRevisionMismatch, "revision is " + std::to_string(order->revision));
  if (!is_legal_move(order->status, OrderStatus::kCancelled))
    return fail(Errc::kNotPending, std::string(order_status_name(order->status)));
  Draft draft;
  draft.kind = ledger::Kind::kCancelOrder;
  draft.amount = order->asked;
  TlvWriter body(draft.body);
  body.u64(field::kShop, order->shop.value());
  body.u64_if(field::kTerminal, order->terminal.value());
  body.u64(field::kOrder, target.value());
  return draft;
}

}  // namespace qrpay::engine
