// A bank's credit notice: whose money, for what, and was it here before.
#include <algorithm>
#include <optional>

#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Errc;
using base::fail;
using base::Result;
using ledger::AccountClass;
using ledger::Leg;
using ledger::TlvWriter;

namespace {

/// LEDGER 2: within this a bank does not use a reference again for other money.
inline constexpr std::int64_t kReuseWindow = 45 * base::kDay;
/// DESIGN 10: the bank's time counts when it is in [log time - 31 d, log time + kOccurredAfter].
inline constexpr std::int64_t kOccurredBefore = 31 * base::kDay;
/// CR-1 exclusions decided at acceptance: bit n is Xn.
inline constexpr std::uint32_t kX3SameOwner = 1U << 3;
inline constexpr std::uint32_t kX9Training = 1U << 9;

/// What goes into the public body; written once, in the order of the tags.
struct CreditBody {
  Sequence shop;
  Sequence terminal;
  Sequence bank;
  Sequence account;
  Sequence owner;
  Sequence order;
  Sequence original;
  OrderStatus status{};
  std::uint8_t flags = 0;
  SaleCode sale_code = SaleCode::kNone;
  std::uint32_t exclusions = 0;
  WallTime time_of_sale;
  bool time_flagged = false;
};

void write_body(CreditBody const& b, BankCredit const& c, bool has_reference, Draft& draft) {
  TlvWriter body(draft.body);
  body.u64_if(field::kShop, b.shop.value());
  body.u64_if(field::kTerminal, b.terminal.value());
  body.u64(field::kBank, b.bank.value());
  body.u64_if(field::kBankAccount, b.account.value());
  body.u64_if(field::kOwner, b.owner.value());
  if (b.order != Sequence(0)) {
    std::string allocation;
    base::ByteWriter out(allocation);
    out.u64(b.order.value());
    out.i64(c.amount.dong());
    body.text(field::kAllocations, allocation);
  }
  body.u64(field::kTimeOfSale, static_cast<std::uint64_t>(b.time_of_sale.microseconds()));
  if (b.time_flagged) body.u8(field::kTimeFlagged, 1);
  body.u8(field::kRail, static_cast<std::uint8_t>(c.rail));
  body.u8(field::kCodeKind, static_cast<std::uint8_t>(b.sale_code));
  body.u8(field::kPurpose, static_cast<std::uint8_t>(Purpose::kPersonToMerchant));
  if (b.exclusions != 0) body.u32(field::kExclusions, b.exclusions);
  body.u8(field::kDirection, static_cast<std::uint8_t>(ledger::Direction::kCredit));
  body.u64_if(field::kOriginal, b.original.value());
  if (b.order != Sequence(0)) {
    std::string state;
    base::ByteWriter out(state);
    out.u8(static_cast<std::uint8_t>(b.status));
    out.u8(b.flags);
    body.text(field::kOrderStates, state);
  }
  if (!has_reference) body.u8(field::kNoReference, 1);
}

bool within_window(WallTime a, WallTime b) {
  return b >= base::later(a, -kReuseWindow) && b <= base::later(a, kReuseWindow);
}

/// The record this money was first seen in, and whether the content is the same. nullopt: new.
struct KnownBefore {
  Sequence original;
  bool same_content;
};
std::optional<KnownBefore> known_before(Context const& context, BankCredit const& c,
                                        WallTime time_of_sale) {
  std::optional<KnownBefore> found;
  for (std::size_t i = 0; i < context.tags().money.size(); ++i) {
    auto const money = find_first_use(context.prepared, [&](Tags const& tags) {
      return context.state.index().find_money(tags.money[i]);
    });
    if (!money) continue;
    // A bank may tell of old money again, long after: then its own time is the one that agrees.
    bool const near = within_window(c.occurred_at, money->occurred_at) ||
                      within_window(time_of_sale, money->occurred_at);
    bool const same = money->amount == c.amount && near &&
                      (!found || found->original == money->sequence);
    if (!found)
      found = KnownBefore{money->sequence, same};
    else
      found->same_content = found->same_content && same;
  }
  return found;
}

void post_to_order(Order const& order, BankCredit const& c, CreditBody& b, Draft& draft) {
  PaymentEffect const effect = effect_of_payment({.status = order.status,
                                                  .flags = order.flags,
                                                  .asked = order.asked,
                                                  .received = order.received,
                                                  .amount = c.amount});
  draft.outcome = effect.outcome;
  b.shop = order.shop;
  b.terminal = order.terminal;
  b.order = order.sequence;
  b.status = effect.status;
  b.flags = effect.flags;
  b.sale_code = SaleCode::kDynamic;
  auto const mirror = ledger::account_id(AccountClass::kBankMirror, order.account);
  draft.postings.push_back(debit(mirror, c.amount, Leg::kReceipt));
  if (effect.sale > Vnd(0)) {
    auto const sales = ledger::account_id(AccountClass::kSales, order.shop);
    draft.postings.push_back(credit(sales, effect.sale, Leg::kSale));
  }
  if (effect.excess > Vnd(0)) {
    auto const owed = ledger::account_id(AccountClass::kOwedToPayers, order.shop);
    draft.postings.push_back(credit(owed, effect.excess, Leg::kExcess));
  }
}

void post_to_account(BankAccount const& account, BankCredit const& c, NoteVerdict verdict,
                     CreditBody& b, Draft& draft) {
  b.shop = account.static_shop;
  auto const mirror = ledger::account_id(AccountClass::kBankMirror, b.account);
  draft.postings.push_back(debit(mirror, c.amount, Leg::kReceipt));
  bool const is_sale =
      verdict == NoteVerdict::kNoCode && account.static_shop != Sequence(0) && !account.orders_only;
  if (is_sale) {
    draft.outcome = Outcome::kReceived;
    b.sale_code = SaleCode::kStatic;
    auto const sales = ledger::account_id(AccountClass::kSales, account.static_shop);
    draft.postings.push_back(credit(sales, c.amount, Leg::kSale));
  } else {
    draft.outcome = Outcome::kUnmatched;
    auto const unmatched = ledger::account_id(AccountClass::kUnmatchedReceipts, b.account);
    draft.postings.push_back(credit(unmatched, c.amount, Leg::kUnmatched));
  }
}

void post_to_suspense(BankCredit const& c, Sequence bank, Draft& draft) {
  draft.outcome = Outcome::kUnknownAccount;
  auto const clearing = ledger::account_id(AccountClass::kBankClearing, bank);
  auto const suspense = ledger::account_id(AccountClass::kSuspense, bank);
  draft.postings.push_back(debit(clearing, c.amount, Leg::kReceipt));
  draft.postings.push_back(credit(suspense, c.amount, Leg::kSuspense));
}

}  // namespace

ledger::Sections credit_sections(Command const& command, BankCredit const& c) {
  ledger::Sections sections;
  std::string caller;
  TlvWriter zero(caller);
  zero.text(side::kId, command.id);
  zero.text(side::kBin, c.bin);
  zero.text(side::kNumber, c.account);
  zero.text_if(side::kBankRef, c.bank_ref);
  zero.text_if(side::kUetr, c.uetr);
  zero.text_if(side::kTrace, c.trace);
  sections.push_back({ledger::kSectionCaller, std::move(caller)});
  std::string payer;
  TlvWriter one(payer);
  one.text_if(side::kMemo, c.memo);
  one.text_if(side::kPayerName, c.payer.name);
  one.text_if(side::kPayerAccount, c.payer.account);
  one.text_if(side::kPayerBin, c.payer.bin);
  if (!payer.empty()) sections.push_back({ledger::kSectionPayer, std::move(payer)});
  if (!c.signed_original.empty()) sections.push_back({ledger::kSectionOriginal, c.signed_original});
  return sections;
}

Result<Draft> decide_family(BankCredit const& c, Context const& context) {
  State const& state = context.state;
  // Another revision would be another id, and the money would be posted twice.
  if (context.command().revision != 1)
    return fail(Errc::kNotSupported, "a credit cannot be amended");
  if (c.amount <= Vnd(0) || c.amount > base::kAmountMax)
    return fail(Errc::kInvalidField, "/amount: 1 to 9999999999999");

  Draft draft;
  draft.kind = ledger::Kind::kBankCredit;
  draft.amount = c.amount;
  draft.money_tags = context.tags().money;
  draft.sections = credit_sections(context.command(), c);
  CreditBody b;
  b.bank = context.key->scope;
  b.account = context.find(&Tags::number);
  WallTime const now = context.stamp.time;
  bool const plausible = c.occurred_at >= base::later(now, -kOccurredBefore) &&
                         c.occurred_at <= base::later(now, kOccurredAfter);
  b.time_of_sale = plausible ? c.occurred_at : now;
  b.time_flagged = !plausible;

  BankAccount const* account = state.bank_account(b.account);
  if (account != nullptr) b.owner = account->merchant;
  if (auto const before = known_before(context, c, b.time_of_sale)) {
    draft.outcome = before->same_content ? Outcome::kNoticeRepeated : Outcome::kConflict;
    b.original = before->original;
  } else if (account == nullptr) {
    post_to_suspense(c, b.bank, draft);
  } else {
    BankAccount const* payer = state.bank_account(context.find(&Tags::payer));
    if (payer != nullptr && payer->merchant == account->merchant) b.exclusions |= kX3SameOwner;
    NoteReading const reading = read_note(account->codes, account->code_prefix, fold_note(c.memo));
    if (reading.verdict == NoteVerdict::kOneCode)
      post_to_order(*state.order(reading.hits.front().order), c, b, draft);
    else
      post_to_account(*account, c, reading.verdict, b, draft);
    if (Terminal const* terminal = state.terminal(b.terminal); terminal != nullptr)
      if (terminal->training) b.exclusions |= kX9Training;
  }
  if (auto const refusal = state.book().check(draft.postings)) {
    // Internal accounts have no floors, so only a total of 9 * 10^18 dong can end up here.
    QRPAY_CHECK(*refusal == ledger::BookRefusal::kOverflow);
    draft.outcome = Outcome::kTotalsFull;
    draft.postings.clear();
    b.order = Sequence(0);
  }
  write_body(b, c, !context.tags().money.empty(), draft);
  return draft;
}

}  // namespace qrpay::engine
