// Orders, credits and cash of the model.
#include <algorithm>

#include "engine/order_code.h"
#include "tests/engine/naive_match.h"
#include "tests/sim/model.h"

namespace qrpay::sim {

using base::Errc;
using base::fail;
using engine::OrderFlags;
using engine::OrderStatus;
using engine::Outcome;
using engine::Role;
using ledger::Kind;
using ledger::Leg;

namespace {

constexpr std::int64_t kDay = base::kDay;
constexpr std::int64_t kAmountMax = 9'999'999'999'999;

std::string of(std::string_view what, std::uint64_t owner) {
  return std::string(what) + "/" + std::to_string(owner);
}

bool amount_allowed(base::Vnd amount) {
  return amount.dong() >= 1 && amount.dong() <= kAmountMax;
}

/// DESIGN 10: the bank's time if plausible, else log time.
std::int64_t time_of_sale(std::int64_t occurred_at, std::int64_t now) {
  bool const plausible = occurred_at >= now - 31 * kDay && occurred_at <= now + 5 * base::kMinute;
  return plausible ? occurred_at : now;
}

std::int32_t vietnam_day(std::int64_t time) {
  return static_cast<std::int32_t>((time + 7 * base::kHour) / kDay);
}

std::vector<std::string> money_names(engine::BankCredit const& c) {
  std::vector<std::string> names;
  std::string const where = c.bin + "|" + c.account + "|";
  if (!c.bank_ref.empty()) names.push_back(where + "bank_ref|" + c.bank_ref);
  if (!c.uetr.empty()) names.push_back(where + "uetr|" + c.uetr);
  if (!c.trace.empty()) names.push_back(where + "trace|" + c.trace);
  return names;
}

}  // namespace

// --- orders ----------------------------------------------------------------------------------

std::uint64_t Model::shop_of_terminal(std::uint64_t terminal) const {
  auto const found = terminals_.find(terminal);
  return found == terminals_.end() ? 0 : found->second;
}

bool Model::may_act(ModelKey const& key, std::uint64_t shop) const {
  if (shop == 0) return false;
  if (key.role == Role::kMerchant) return shops_.at(shop).merchant == key.scope;
  if (key.role == Role::kTerminal) return terminals_.at(key.scope) == shop;
  return false;
}

/// Terminal `terminal` named beside `shop`, which is the key's.
std::optional<Errc> Model::wrong_terminal(ModelKey const& key, std::uint64_t shop,
                                          std::uint64_t terminal) const {
  if (terminal == 0) return Errc::kNotFound;
  if (key.role == Role::kTerminal && terminal != key.scope) return Errc::kForbidden;
  std::uint64_t const stands_in = terminals_.at(terminal);
  if (shops_.at(stands_in).merchant != shops_.at(shop).merchant) return Errc::kForbidden;
  if (stands_in != shop) return Errc::kNotFound;
  return std::nullopt;
}

base::Result<std::uint64_t> Model::order_account(engine::PutOrder const& c,
                                                 std::uint64_t shop) const {
  ModelShop const& own = shops_.at(shop);
  auto const& all = merchants_.at(own.merchant).accounts;
  if (!c.account.empty()) {
    auto const account = named(Kind::kOpenAccount, c.account);
    if (!accounts_.contains(account)) return fail(Errc::kNotFound);
    if (accounts_.at(account).merchant != own.merchant) return fail(Errc::kForbidden);
    return account;
  }
  if (own.account != 0) return own.account;
  if (all.size() == 1) return all.front();
  return fail(Errc::kInvalidField);
}

bool Model::code_taken(std::uint64_t account, std::string const& code) const {
  std::string const folded = engine::naive::keep_letters_and_digits(code);
  for (auto const& [sequence, order] : orders_) {
    if (order.account == account &&
        engine::naive::keep_letters_and_digits(order.code) == folded)
      return true;
  }
  return false;
}

std::string Model::make_own_code(std::uint64_t account, engine::PutOrder const& c) const {
  for (std::uint32_t attempt = 0;; ++attempt) {
    std::string code =
        engine::make_code(accounts_.at(account).prefix, c.code_entropy, attempt);
    if (!code_taken(account, code)) return code;
  }
}

Model::Answer Model::on(Context const& context, engine::PutOrder const& c) {
  ModelKey const& key = *context.key;
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const shop = named(Kind::kRegisterShop, c.shop);
  std::uint64_t terminal = key.role == Role::kTerminal ? key.scope : 0;
  if (!c.terminal.empty()) {
    std::uint64_t const wanted = named(Kind::kRegisterTerminal, c.terminal);
    if (auto const no = wrong_terminal(key, shop, wanted)) return fail(*no);
    terminal = wanted;
  }
  auto const account = order_account(c, shop);
  if (!account) return fail(account.error().errc);
  if (!amount_allowed(c.amount)) return fail(Errc::kInvalidField);
  if (c.lifetime < 30 * base::kSecond || c.lifetime > 400 * kDay) return fail(Errc::kInvalidField);
  if (!c.code.empty()) {
    std::string const folded = engine::naive::keep_letters_and_digits(c.code);
    bool const letter = std::any_of(folded.begin(), folded.end(), [](char x) { return x >= 'A'; });
    if (folded.size() < 4 || folded.size() > 25 || !letter) return fail(Errc::kInvalidField);
    if (code_taken(*account, c.code)) return fail(Errc::kCodeInUse);
  }
  ModelOrder order;
  order.sequence = order.last_change = next();
  order.id = context.command.id;
  order.tenant = context.command.tenant.value();
  order.shop = shop;
  order.terminal = terminal;
  order.account = *account;
  order.asked = c.amount.dong();
  order.expires = context.now + c.lifetime;
  order.due = order.expires;
  order.own_code = c.code.empty();
  order.code = order.own_code ? make_own_code(*account, c) : c.code;
  orders_[order.sequence] = order;
  ModelRecord record;
  record.amount = c.amount.dong();
  return record;
}

/// A code stays in matching 30 days after its order closed; late money does not prolong that.
void Model::close(ModelOrder& order, OrderStatus status, std::int64_t now) {
  if (order.open()) order.due = now + 30 * kDay;
  order.status = status;
}

std::uint64_t Model::order_of(engine::Command const& command) const {
  for (auto const& [sequence, one] : orders_) {
    if (one.id == command.id && one.tenant == command.tenant.value()) return sequence;
  }
  return 0;
}

Model::Answer Model::on(Context const& context, engine::CancelOrder const& /*c*/) {
  ModelOrder& order = orders_.at(order_of(context.command));
  if (context.command.revision != order.revision) return fail(Errc::kRevisionMismatch);
  if (!order.open()) return fail(Errc::kNotPending);
  close(order, OrderStatus::kCancelled, context.now);
  ++order.revision;
  order.last_change = next();
  ModelRecord record;
  record.amount = order.asked;
  return record;
}

// --- a bank's credit -------------------------------------------------------------------------

Model::Answer Model::on(Context const& context, engine::BankCredit const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (!amount_allowed(c.amount)) return fail(Errc::kInvalidField);
  ModelRecord record;
  record.amount = c.amount.dong();

  std::int64_t const told_at = c.occurred_at.microseconds();
  std::int64_t const accepted_at = time_of_sale(told_at, context.now);
  std::uint64_t const account = account_of(c.bin, c.account);
  record.credit = CreditFacts{.account = account,
                              .time_of_sale = accepted_at,
                              .time_flagged = accepted_at != told_at,
                              .no_reference = money_names(c).empty()};
  std::vector<std::uint64_t> firsts;
  bool same_content = true;
  for (auto const& name : money_names(c)) {
    auto const known = money_.find(name);
    if (known == money_.end()) continue;
    Money const& money = known->second;
    firsts.push_back(money.sequence);
    // The bank's own time if it agrees, for money told of again long after.
    std::int64_t const apart = std::min(std::abs(told_at - money.accepted_at),
                                        std::abs(accepted_at - money.accepted_at));
    same_content = same_content && apart <= 45 * kDay && money.amount == c.amount.dong() &&
                   money.sequence == firsts.front();
  }
  // The names of one payment belong together, so a new name learns whose it is.
  std::uint64_t const first = firsts.empty() ? next() : firsts.front();
  bool const repeated = !firsts.empty() && same_content;
  for (auto const& name : money_names(c)) {
    std::uint64_t const owner = firsts.empty() || repeated ? first : next();
    money_.try_emplace(name, Money{owner, c.amount.dong(), accepted_at});
  }
  if (!firsts.empty()) {
    record.original = first;
    record.outcome = repeated ? Outcome::kNoticeRepeated : Outcome::kConflict;
    if (!repeated) waiting_.push_back({next(), account == 0 ? 0 : accounts_.at(account).merchant});
    return record;
  }
  explain(context, c, record);
  return record;
}

std::uint64_t Model::account_of(std::string const& bin, std::string const& number) const {
  for (auto const& [sequence, one] : accounts_) {
    if (one.bin == bin && one.number == number) return sequence;
  }
  return 0;
}

void Model::explain(Context const& context, engine::BankCredit const& c, ModelRecord& record) {
  std::int64_t const amount = c.amount.dong();
  std::uint64_t const account = account_of(c.bin, c.account);
  if (account == 0) {
    record.outcome = Outcome::kUnknownAccount;
    post(record, of("bank_clearing", context.key->scope), amount, Leg::kReceipt);
    post(record, of("suspense", context.key->scope), -amount, Leg::kSuspense);
    waiting_.push_back({next(), 0});
    return;
  }
  ModelAccount const& credited = accounts_.at(account);
  std::uint64_t const payer = account_of(c.payer.bin, c.payer.account);
  bool const same_owner = payer != 0 && accounts_.at(payer).merchant == credited.merchant;
  if (same_owner) record.credit->exclusions |= 1U << 3;
  std::vector<engine::naive::OpenCode> codes;
  for (auto const& [sequence, order] : orders_) {
    if (order.account == account && order.in_matching && !order.erased)
      codes.push_back({order.code, order.own_code});
  }
  auto const note = engine::naive::fold(c.memo);
  auto const verdict = engine::naive::verdict(codes, credited.prefix, note);
  post(record, of("bank_mirror", account), amount, Leg::kReceipt);
  if (verdict == engine::NoteVerdict::kOneCode) {
    std::string const found = engine::naive::match(codes, note).front();
    for (auto& [sequence, order] : orders_) {
      bool const hit = order.account == account && order.in_matching && !order.erased &&
                       engine::naive::keep_letters_and_digits(order.code) == found;
      if (hit) return pay(order, context, c, record);
    }
  }
  record.credit->shop = credited.static_shop;
  bool const is_sale = verdict == engine::NoteVerdict::kNoCode && credited.static_shop != 0 &&
                       !credited.orders_only;
  if (!is_sale) {
    record.outcome = Outcome::kUnmatched;
    post(record, of("unmatched_receipts", account), -amount, Leg::kUnmatched);
    waiting_.push_back({next(), credited.merchant});
    return;
  }
  record.outcome = Outcome::kReceived;
  post(record, of("sales", credited.static_shop), -amount, Leg::kSale);
  payments_[credited.static_shop].push_back({next(), vietnam_day(record.credit->time_of_sale)});
}

void Model::pay(ModelOrder& order, Context const& context, engine::BankCredit const& c,
                ModelRecord& record) {
  std::int64_t const amount = c.amount.dong();
  std::int64_t const missing = std::max<std::int64_t>(order.asked - order.received, 0);
  std::int64_t const sale =
      order.status == OrderStatus::kPaid ? 0 : std::min(missing, amount);
  bool const was_closed =
      order.status == OrderStatus::kExpired || order.status == OrderStatus::kCancelled;
  if (order.status == OrderStatus::kPaid) {
    record.outcome = Outcome::kPaidAgain;
    order.flags |= OrderFlags::kAgain;
  } else {
    if (amount > missing) order.flags |= OrderFlags::kOverpaid;
    record.outcome = amount < missing    ? Outcome::kUnderpaid
                     : amount == missing ? Outcome::kPaid
                                         : Outcome::kOverpaid;
    if (was_closed) {
      record.outcome = Outcome::kLate;
      order.flags |= OrderFlags::kLate;
    }
    if (amount >= missing) close(order, OrderStatus::kPaid, context.now);
    if (amount < missing) order.status = OrderStatus::kPartlyPaid;
  }
  order.received += amount;
  ++order.revision;
  order.last_change = next();
  post(record, of("sales", order.shop), -sale, Leg::kSale);
  post(record, of("owed_to_payers", order.shop), -(amount - sale), Leg::kExcess);
  record.order = OrderAfter{order.sequence, order.status, order.flags};
  record.credit->shop = order.shop;
  record.credit->terminal = order.terminal;
  if (training_.contains(order.terminal)) record.credit->exclusions |= 1U << 9;
  payments_[order.shop].push_back({next(), vietnam_day(record.credit->time_of_sale)});
}

// --- cash -------------------------------------------------------------------------

Model::Answer Model::on(Context const& context, engine::DeclareCash const& c) {
  ModelKey const& key = *context.key;
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const shop = named(Kind::kRegisterShop, c.shop);
  auto const terminal = named(Kind::kRegisterTerminal, c.terminal);
  if (auto const no = wrong_terminal(key, shop, terminal)) return fail(*no);
  bool const amount_fits = c.amount.dong() >= 0 && c.amount.dong() <= kAmountMax;
  bool const day_fits = c.day.days() >= 0 && c.day.days() <= vietnam_day(context.now);
  if (!amount_fits || !day_fits || c.evidence > 3 || c.declared_rev == 0)
    return fail(Errc::kInvalidField);
  if (c.withdrawn && c.amount.dong() != 0) return fail(Errc::kInvalidField);
  ModelRecord record;
  record.amount = c.amount.dong();
  ModelCash& cash = cash_[c.shop + "|" + c.terminal + "|" + std::to_string(c.day.days())];
  if (c.declared_rev <= cash.declared_rev) {
    record.outcome = Outcome::kSuperseded;
    return record;
  }
  std::int64_t const counts = c.amount.dong();  // none when withdrawn
  post(record, of("memo_cash", shop), counts - cash.amount, Leg::kCashMemo);
  post(record, of("memo_contra", shop), cash.amount - counts, Leg::kCashMemo);
  cash = {c.declared_rev, counts};
  return record;
}

}  // namespace qrpay::sim
