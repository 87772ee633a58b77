#include "engine/state.h"

#include "base/crypto.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using ledger::Kind;
using ledger::Record;
using ledger::TlvReader;

namespace {

template <class Map>
auto const* find_in(Map const& map, Sequence sequence) {
  auto const found = map.find(sequence.value());
  return found == map.end() ? nullptr : &found->second;
}

Sequence sequence_at(TlvReader const& body, std::uint16_t tag) {
  return Sequence(body.number_or(tag, 0));
}

}  // namespace

Sequence State::find(IdTag const& tag) const {
  if (tag == IdTag{}) return Sequence(0);
  return index_.find_id(tag).value_or(Sequence(0));
}
Bank const* State::bank(Sequence s) const { return find_in(banks_, s); }
Merchant const* State::merchant(Sequence s) const { return find_in(merchants_, s); }
Shop const* State::shop(Sequence s) const { return find_in(shops_, s); }
Terminal const* State::terminal(Sequence s) const { return find_in(terminals_, s); }
BankAccount const* State::bank_account(Sequence s) const { return find_in(bank_accounts_, s); }
Key const* State::key(Sequence s) const { return find_in(keys_, s); }
Order const* State::order(Sequence s) const { return find_in(orders_, s); }

Sequence State::bank_account_by_tag(AccountTag const& tag) const {
  auto const found = account_by_tag_.find(tag);
  return found == account_by_tag_.end() ? Sequence(0) : found->second;
}
Sequence State::bank_by_bin(std::string_view bin) const {
  auto const found = bank_by_bin_.find(bin);
  return found == bank_by_bin_.end() ? Sequence(0) : found->second;
}
Sequence State::order_by_page(IdTag const& page) const {
  auto const found = order_by_page_.find(page);
  return found == order_by_page_.end() ? Sequence(0) : found->second;
}
Cash const* State::cash(CashKey const& key) const {
  auto const found = cash_.find(key);
  return found == cash_.end() ? nullptr : &found->second;
}

std::optional<WallTime> State::next_due() const {
  if (due_.empty()) return std::nullopt;
  return WallTime(due_.begin()->first);
}

State::Due State::due(WallTime now) const {
  Due out;
  std::size_t count = 0;
  for (auto const& [time, sequence] : due_) {
    if (time > now.microseconds() || count == kTickOrdersMax) break;
    ++count;
    bool const open = is_open(order(Sequence(sequence))->status);
    (open ? out.expired : out.retired).push_back(Sequence(sequence));
  }
  return out;
}

std::vector<State::Payment> const& State::payments(Sequence shop) const {
  static std::vector<Payment> const kNone;
  auto const found = payments_.find(shop.value());
  return found == payments_.end() ? kNone : found->second;
}

void State::reserve(std::size_t ids, std::size_t accounts) {
  index_.reserve_ids(ids);
  book_.reserve(accounts);
}

void State::apply(Record const& record, std::string_view shop_code) {
  QRPAY_CHECK(record.sequence.value() == last_.value() + 1);
  last_ = record.sequence;
  last_time_ = record.log_time;
  index_.add_id(record.id_tag, record.sequence);
  if (!record.postings.empty()) book_.apply(record.postings);
  switch (record.kind) {
    case Kind::kRegisterBank:
    case Kind::kRegisterMerchant:
    case Kind::kRegisterShop:
    case Kind::kRegisterTerminal: return apply_registration(record);
    case Kind::kOpenAccount: return apply_account(record);
    case Kind::kKey: return apply_key(record);
    case Kind::kPutOrder: return apply_order(record, shop_code);
    case Kind::kCancelOrder: return apply_cancel(record);
    case Kind::kBankCredit: return apply_credit(record);
    case Kind::kDeclareCash: return apply_cash(record);
    case Kind::kTick: return apply_tick(record);
    case Kind::kGenesis:
    case Kind::kTransfer:
    case Kind::kIdReuse:
    case Kind::kMoveShop:
    case Kind::kCloseShop:
    case Kind::kCloseAccount:
    case Kind::kAssign:
    case Kind::kUndo:
    case Kind::kReclassify:
    case Kind::kResolve:
    case Kind::kRefund:
    case Kind::kHold:
    case Kind::kPost:
    case Kind::kVoidHold:
    case Kind::kVoidId:
    case Kind::kErase:
    case Kind::kRestore:
    case Kind::kLogKey:
    case Kind::kUpgrade:
    case Kind::kAttachment: return;
  }
}

void State::apply_registration(Record const& record) {
  TlvReader const body(record.body);
  std::uint64_t const at = record.sequence.value();
  if (record.kind == Kind::kRegisterBank) {
    std::string_view bins = body.text(field::kBins);
    for (; bins.size() >= 6; bins.remove_prefix(6)) {
      banks_[at].bins.emplace_back(bins.substr(0, 6));
      bank_by_bin_.emplace(bins.substr(0, 6), record.sequence);
    }
  } else if (record.kind == Kind::kRegisterMerchant) {
    merchants_[at].mode = static_cast<Mode>(body.number_or(field::kMode, 1));
  } else if (record.kind == Kind::kRegisterShop) {
    shops_[at].merchant = sequence_at(body, field::kMerchant);
  } else {
    terminals_[at] = {sequence_at(body, field::kShop), body.number_or(field::kTraining, 0) == 1};
  }
}

void State::apply_account(Record const& record) {
  TlvReader const body(record.body);
  if (body.number_or(field::kAccountType, 0) == static_cast<std::uint8_t>(AccountType::kGeneral)) {
    book_.open(ledger::account_id(ledger::AccountClass::kGeneral, record.sequence),
               static_cast<ledger::Limit>(body.number_or(field::kLimit, 0)));
    return;
  }
  BankAccount account;
  account.merchant = sequence_at(body, field::kOwner);
  account.bank = sequence_at(body, field::kBank);
  account.bin = body.text(field::kBins);
  account.static_shop = sequence_at(body, field::kStaticShop);
  account.code_prefix = body.text(field::kCodePrefix);
  account.orders_only = body.number_or(field::kOrdersOnly, 0) == 1;
  merchants_[account.merchant.value()].bank_accounts.push_back(record.sequence);
  if (auto shop = shops_.find(account.static_shop.value()); shop != shops_.end())
    if (shop->second.account == Sequence(0)) shop->second.account = record.sequence;
  if (auto const tag = body.array<16>(field::kAccountTag))
    account_by_tag_.try_emplace(AccountTag(*tag), record.sequence);
  bank_accounts_.emplace(record.sequence.value(), std::move(account));
}

void State::apply_key(Record const& record) {
  TlvReader const body(record.body);
  Sequence const amends = sequence_at(body, field::kAmends);
  if (amends != Sequence(0)) {
    Key& key = keys_.at(amends.value());
    key.revision = static_cast<std::uint32_t>(body.number_or(field::kRevision, key.revision));
    key.revoked = body.number_or(field::kRevoked, 0) == 1;
    return;
  }
  Key key;
  key.role = static_cast<Role>(body.number_or(field::kRole, 0));
  key.scope = sequence_at(body, field::kScope);
  key.salt = body.array<32>(field::kKeySalt).value_or(base::Bytes32{});
  key.token_hash = body.array<32>(field::kTokenHash).value_or(base::Digest{});
  key.tenant = key.scope;
  if (auto const* terminal_scope = terminal(key.scope))
    key.tenant = shops_.at(terminal_scope->shop.value()).merchant;
  keys_.emplace(record.sequence.value(), key);
}

void State::apply_order(Record const& record, std::string_view shop_code) {
  TlvReader const body(record.body);
  Order order;
  order.sequence = record.sequence;
  order.last_change = record.sequence;
  order.shop = sequence_at(body, field::kShop);
  order.terminal = sequence_at(body, field::kTerminal);
  order.account = sequence_at(body, field::kBankAccount);
  order.asked = record.amount;
  order.expires = WallTime(static_cast<std::int64_t>(body.number_or(field::kExpires, 0)));
  std::string_view const own = body.text(field::kOwnCode);
  OrderCode const code{std::string(own.empty() ? shop_code : own),
                       own.empty() ? CodeKind::kShop : CodeKind::kOwn};
  BankAccount& account = bank_accounts_.at(order.account.value());
  if (!code.text.empty() && account.codes.add(code.text, code.kind, record.sequence))
    order_codes_.emplace(record.sequence.value(), code);
  if (auto const page = body.array<16>(field::kPageTag))
    order_by_page_.try_emplace(IdTag(*page), record.sequence);
  order.due = order.expires;
  due_.emplace(order.due.microseconds(), record.sequence.value());
  orders_.emplace(record.sequence.value(), order);
}

// A move into a closed status starts the last 30 days of the code. Late money that is not all of it
// reopens the order until then.
void State::move_order(Order& order, OrderStatus status, Record const& record) {
  if (is_open(order.status) && !is_open(status)) {
    due_.erase({order.due.microseconds(), order.sequence.value()});
    order.due = base::later(record.log_time, kCodeRetention);
    due_.emplace(order.due.microseconds(), order.sequence.value());
  }
  order.status = status;
  ++order.revision;
  order.last_change = record.sequence;
}

void State::apply_cancel(Record const& record) {
  Sequence const target = sequence_at(TlvReader(record.body), field::kOrder);
  move_order(orders_.at(target.value()), OrderStatus::kCancelled, record);
}

void State::apply_credit(Record const& record) {
  TlvReader const body(record.body);
  auto const outcome = static_cast<Outcome>(record.outcome);
  WallTime const occurred(static_cast<std::int64_t>(body.number_or(field::kTimeOfSale, 0)));
  // A repeat only adds names to the first; anything else is money of its own, even in conflict.
  Sequence const named = outcome == Outcome::kNoticeRepeated ? sequence_at(body, field::kOriginal)
                                                             : record.sequence;
  for (auto const& tag : record.money_tags)
    index_.add_money(tag, {named, record.amount, occurred});
  if (outcome == Outcome::kUnmatched || outcome == Outcome::kUnknownAccount ||
      outcome == Outcome::kConflict)
    unmatched_.push_back({record.sequence, sequence_at(body, field::kOwner)});
  Sequence const shop_sequence = sequence_at(body, field::kShop);
  for (auto const& posting : record.postings) {
    if (posting.leg != ledger::Leg::kSale && posting.leg != ledger::Leg::kExcess) continue;
    payments_[shop_sequence.value()].push_back({record.sequence, base::business_day(occurred)});
    break;
  }
  base::ByteReader allocations(base::as_bytes(body.text(field::kAllocations)));
  base::ByteReader states(base::as_bytes(body.text(field::kOrderStates)));
  while (!allocations.at_end() && allocations.ok()) {
    Order& order = orders_.at(allocations.u64());
    order.received = *base::checked_add(order.received, Vnd(allocations.i64()));
    auto const status = static_cast<OrderStatus>(states.u8());
    order.flags = states.u8();
    move_order(order, status, record);
  }
}

void State::apply_cash(Record const& record) {
  if (static_cast<Outcome>(record.outcome) != Outcome::kDone) return;
  TlvReader const body(record.body);
  CashKey const key{sequence_at(body, field::kShop), sequence_at(body, field::kTerminal),
                    Day(static_cast<std::int32_t>(body.number_or(field::kBusinessDay, 0)))};
  cash_[key] = {record.amount,
                static_cast<std::uint32_t>(body.number_or(field::kDeclaredRev, 0)),
                body.number_or(field::kWithdrawn, 0) == 1};
}

void State::apply_tick(Record const& record) {
  TlvReader const body(record.body);
  base::ByteReader expired(base::as_bytes(body.text(field::kExpired)));
  while (!expired.at_end() && expired.ok())
    move_order(orders_.at(expired.u64()), OrderStatus::kExpired, record);
  base::ByteReader retired(base::as_bytes(body.text(field::kRetired)));
  while (!retired.at_end() && retired.ok()) {
    Order& order = orders_.at(retired.u64());
    due_.erase({order.due.microseconds(), order.sequence.value()});
    order.due = WallTime(0);
    auto const code = order_codes_.find(order.sequence.value());
    if (code == order_codes_.end()) continue;
    BankAccount& account = bank_accounts_.at(order.account.value());
    bool const moved = account.codes.remove(code->second.text) &&
                       account.past.add(code->second.text, code->second.kind, order.sequence);
    QRPAY_CHECK(moved);
    order_codes_.erase(code);
  }
}

base::Digest State::digest() const {
  std::string bytes;
  base::ByteWriter out(bytes);
  out.u64(last_.value());
  out.bytes(book_.digest());
  std::map<std::uint64_t, Order> const ordered(orders_.begin(), orders_.end());
  for (auto const& [sequence, order] : ordered) {
    out.u64(sequence);
    out.u8(static_cast<std::uint8_t>(order.status));
    out.u8(order.flags);
    out.i64(order.asked.dong());
    out.i64(order.received.dong());
    out.u32(order.revision);
    out.i64(order.expires.microseconds());
  }
  for (auto const& [sequence, key] : keys_) {
    out.u64(sequence);
    out.u32(key.revision);
    out.u8(key.revoked ? 1 : 0);
  }
  for (auto const& [key, cash] : cash_) {
    out.u64(key.shop.value());
    out.u64(key.terminal.value());
    out.i64(key.day.days());
    out.i64(cash.amount.dong());
    out.u32(cash.declared_rev);
  }
  for (auto const& [time, sequence] : due_) {
    out.i64(time);
    out.u64(sequence);
  }
  return base::sha256(base::as_bytes(bytes));
}

}  // namespace qrpay::engine
