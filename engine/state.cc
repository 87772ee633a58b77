#include "engine/state.h"

#include <algorithm>

#include "engine/state_rows.h"
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

bool opens_general_account(Record const& record) {
  return record.kind == Kind::kOpenAccount &&
         TlvReader(record.body).number_or(field::kAccountType, 0) ==
             static_cast<std::uint8_t>(AccountType::kGeneral);
}

}  // namespace

Sequence State::find(IdTag const& tag) const {
  if (tag == IdTag{}) return Sequence(0);
  return index_.find_id(tag).value_or(Sequence(0));
}
Sequence State::find(ledger::LiveTags<IdTag> const& tags) const {
  Sequence found = find(tags.newest);
  for (auto older = tags.older.begin(); found == Sequence(0) && older != tags.older.end(); ++older)
    found = find(*older);
  return found;
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
Sequence State::order_by_page(ledger::LiveTags<IdTag> const& page) const {
  // The oldest first: the first use of a token stands.
  for (auto older = page.older.rbegin(); older != page.older.rend(); ++older)
    if (auto const found = index_.find_page(*older)) return *found;
  return index_.find_page(page.newest).value_or(Sequence(0));
}
Sequence State::live_key_of(std::uint32_t generation) const {
  for (auto const& [sequence, key] : keys_)
    if (key.generation == generation && !key.revoked) return Sequence(sequence);
  return Sequence(0);
}
Cash const* State::cash(CashKey const& key) const {
  auto const found = cash_.find(key);
  return found == cash_.end() ? nullptr : &found->second;
}

std::optional<WallTime> State::next_due() const {
  std::optional<std::int64_t> next;
  if (!due_.empty()) next = due_.begin()->first;
  if (!holds_.due().empty()) {
    std::int64_t const hold = holds_.due().begin()->first;
    next = next ? std::min(*next, hold) : hold;
  }
  return next ? std::optional(WallTime(*next)) : std::nullopt;
}

State::Due State::due(WallTime now) const {
  Due out;
  auto next_order = due_.begin();
  auto next_hold = holds_.due().begin();
  for (std::size_t count = 0; count < kTickOrdersMax; ++count) {
    bool const order_due = next_order != due_.end() && next_order->first <= now.microseconds();
    bool const hold_due = next_hold != holds_.due().end() && next_hold->first <= now.microseconds();
    if (!order_due && !hold_due) break;
    bool const order_first =
        order_due &&
        (!hold_due || *next_order < std::pair(next_hold->first, next_hold->second.record.value()));
    if (order_first) {
      Sequence const sequence(next_order++->second);
      (is_open(order(sequence)->status) ? out.expired : out.retired).push_back(sequence);
    } else {
      if (out.holds.size() == kTickHoldsMax) break;
      out.holds.push_back(next_hold++->second);
    }
  }
  return out;
}

std::optional<HoldId> State::find_hold(IdTag const& tag) const {
  HoldId const id{find(tag), holds_.place_of(tag)};
  bool const known = holds_.open(id) != nullptr || holds_.ended(id);
  return known ? std::optional(id) : std::nullopt;
}

std::optional<HoldId> State::find_hold(ledger::LiveTags<IdTag> const& tags) const {
  auto found = find_hold(tags.newest);
  for (auto older = tags.older.begin(); !found && older != tags.older.end(); ++older)
    found = find_hold(*older);
  return found;
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
  mark_used(record.actor);
  if (auto* const run = index_.run()) {
    for (auto const& posting : record.postings)
      run->postings.push(
          {posting.account, record.sequence, posting.amount.dong(), posting.layer, posting.leg});
    run->last_time = record.log_time;
  }
  apply_by_kind(record, shop_code);
  if (auto* const run = index_.run()) run->through.store(record.sequence.value());
}

void State::mark_used(Sequence actor) {
  auto const found = keys_.find(actor.value());
  if (found == keys_.end() || found->second.used) return;
  found->second.used = true;
  if (auto* const run = index_.run()) put_key_used(*run, actor);
}

void State::apply_identity(Record const& record) {
  identity_.apply(record);
  if (auto* const run = index_.run()) put_identity(*run, record);
}

void State::apply_registry(Record const& record) {
  if (record.kind == Kind::kOpenAccount)
    apply_account(record);
  else if (record.kind == Kind::kKey)
    apply_key(record);
  else if (record.kind == Kind::kGenesis || record.kind == Kind::kSecret)
    apply_secret(record);
  else
    apply_registration(record);
}

void State::apply_holds(Record const& record) {
  holds_.apply(record);
  if (auto* const run = index_.run()) put_holds(*run, holds_, record);
}

void State::apply_by_kind(Record const& record, std::string_view shop_code) {
  if (ledger::Identity::concerns(record.kind)) apply_identity(record);
  switch (record.kind) {
    case Kind::kRegisterBank:
    case Kind::kRegisterMerchant:
    case Kind::kRegisterShop:
    case Kind::kRegisterTerminal:
    case Kind::kOpenAccount:
    case Kind::kKey:
    case Kind::kGenesis:
    case Kind::kSecret:
      apply_registry(record);
      if (auto* const run = index_.run(); run != nullptr && !opens_general_account(record))
        put_registry(*run, record);
      return;
    case Kind::kPutOrder: return apply_order(record, shop_code);
    case Kind::kCancelOrder: return apply_cancel(record);
    case Kind::kBankCredit: return apply_credit(record);
    case Kind::kDeclareCash: return apply_cash(record);
    case Kind::kTick: return apply_tick(record);
    case Kind::kCloseAccount: return apply_closing(record);
    case Kind::kErase: return apply_erase(record);
    case Kind::kHold:
    case Kind::kPost:
    case Kind::kVoidHold: return apply_holds(record);
    case Kind::kBatch:
      for (auto const& made : holds_made_by(record)) index_.add_id(made.tag, record.sequence);
      return apply_holds(record);
    case Kind::kRestore:
    case Kind::kLogKey: return;
    case Kind::kTransfer:
    case Kind::kIdReuse:
    case Kind::kMoveShop:
    case Kind::kCloseShop:
    case Kind::kAssign:
    case Kind::kUndo:
    case Kind::kReclassify:
    case Kind::kResolve:
    case Kind::kRefund:
    case Kind::kVoidId:
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
  if (opens_general_account(record)) {
    auto const id = ledger::account_id(ledger::AccountClass::kGeneral, record.sequence);
    book_.open(id, static_cast<ledger::Limit>(body.number_or(field::kLimit, 0)));
    put_terms(id);
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
  key.generation = static_cast<std::uint32_t>(body.number_or(field::kKeyGeneration, 1));
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
  if (!code.text.empty() && account.codes.add(code.text, code.kind, record.sequence)) {
    order_codes_.emplace(record.sequence.value(), code);
    if (auto* const run = index_.run())
      put_code(*run, {record.sequence, order.account, code.kind, /*retired=*/false, code.text});
  }
  if (auto const page = body.array<16>(field::kPageTag))
    index_.add_page(IdTag(*page), record.sequence);
  order.due = order.expires;
  due_.emplace(order.due.microseconds(), record.sequence.value());
  orders_.emplace(record.sequence.value(), order);
  if (auto* const run = index_.run()) put_order(*run, order);
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
  if (auto* const run = index_.run()) put_order(*run, order);
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
  Sequence const named =
      outcome == Outcome::kNoticeRepeated ? sequence_at(body, field::kOriginal) : record.sequence;
  for (auto const& tag : record.money_tags) index_.add_money(tag, {named, record.amount, occurred});
  if (outcome == Outcome::kUnmatched || outcome == Outcome::kUnknownAccount ||
      outcome == Outcome::kConflict) {
    unmatched_.push_back({record.sequence, sequence_at(body, field::kOwner)});
    if (auto* const run = index_.run()) put_unmatched(*run, unmatched_.back());
  }
  Sequence const shop_sequence = sequence_at(body, field::kShop);
  for (auto const& posting : record.postings) {
    if (posting.leg != ledger::Leg::kSale && posting.leg != ledger::Leg::kExcess) continue;
    // A sale, or what was paid above an order or again: in the shop's list.
    index_.add_payment({shop_sequence, record.sequence, base::business_day(occurred).days()});
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
  Cash& cash = cash_[key];
  cash = {record.amount, static_cast<std::uint32_t>(body.number_or(field::kDeclaredRev, 0)),
          body.number_or(field::kWithdrawn, 0) == 1};
  if (auto* const run = index_.run()) put_cash(*run, key, cash);
}

void State::apply_closing(Record const& record) {
  TlvReader const body(record.body);
  auto const sides = body.number(field::kClosedSides);
  if (!sides) return;  // refused
  auto const id =
      ledger::account_id(ledger::AccountClass::kGeneral, sequence_at(body, field::kGeneralAccount));
  book_.close(id, static_cast<ledger::Sides>(*sides));
  put_terms(id);
}

void State::apply_secret(Record const& record) {
  TlvReader const body(record.body);
  SecretGeneration const next{record.sequence,
                              body.array<16>(field::kSecretCheck).value_or(base::Bytes16{})};
  if (record.kind == Kind::kGenesis) {
    tag_secrets_.push_back(next);
    key_secrets_.push_back({record.sequence});
    return;
  }
  bool const tags =
      body.number_or(field::kSecretUse, 0) == static_cast<std::uint8_t>(SecretUse::kTags);
  auto& generations = tags ? tag_secrets_ : key_secrets_;
  auto const generation = body.number_or(field::kSecretGeneration, 0);
  if (body.number_or(field::kSecretRetired, 0) != 1)
    generations.push_back(next);
  else if (generation > 0 && generation <= generations.size())
    generations[generation - 1].retired = true;
}

void State::apply_erase(Record const& record) {
  auto const targets = ledger::decode_targets(TlvReader(record.body).text(field::kEraseTargets));
  last_erase_ = record.sequence;
  if (!targets) return;  // never of our own making
  for (auto const& target : *targets) erased_.add(target);
  if (auto* const run = index_.run()) put_erased(*run, record.sequence, *targets);
  forget_codes(*targets);
}

// The code of an erased order matches no more. One of ours is public and never given out again; a
// shop's own is part of what was erased.
void State::forget_codes(std::vector<ledger::EraseTarget> const& targets) {
  std::set<std::uint64_t> accounts;
  auto* const run = index_.run();
  for (auto const& target : targets) {
    if ((target.sections & 1) == 0) continue;  // it is in section 0, kSectionCaller
    for (auto n = target.first.value(); n <= target.last(); ++n) {
      auto const order = orders_.find(n);
      if (order == orders_.end()) continue;
      Sequence const sequence(n);
      BankAccount& account = bank_accounts_.at(order->second.account.value());
      accounts.insert(order->second.account.value());
      auto const code = order_codes_.find(n);
      bool const own = code != order_codes_.end() && code->second.kind == CodeKind::kOwn;
      if (own) {
        bool const moved = account.codes.remove(code->second.text) &&
                           account.past.add(code->second.text, CodeKind::kOwn, sequence);
        QRPAY_CHECK(moved);
        if (run != nullptr)
          put_code(*run, {sequence, order->second.account, CodeKind::kOwn, /*retired=*/true,
                          code->second.text});
      } else if (run != nullptr) {
        drop_sealed_code(*run, sequence);
      }
      if (code != order_codes_.end()) order_codes_.erase(code);
    }
  }
  auto const is_erased = [this](Sequence order) { return (erased_.mask(order) & 1) != 0; };
  for (auto const account : accounts) {
    bank_accounts_.at(account).codes.remove_shop_codes(is_erased);
    bank_accounts_.at(account).past.remove_shop_codes(is_erased);
  }
}

void State::put_terms(ledger::AccountId const& id) {
  ledger::Account const account = book_.find(id);
  if (auto* const run = index_.run()) run->terms.push_back({id, account.limit, account.closed});
}

void State::apply_tick(Record const& record) {
  apply_holds(record);
  TlvReader const body(record.body);
  base::ByteReader expired(base::as_bytes(body.text(field::kExpired)));
  while (!expired.at_end() && expired.ok())
    move_order(orders_.at(expired.u64()), OrderStatus::kExpired, record);
  base::ByteReader retired(base::as_bytes(body.text(field::kRetired)));
  while (!retired.at_end() && retired.ok()) {
    Order& order = orders_.at(retired.u64());
    due_.erase({order.due.microseconds(), order.sequence.value()});
    order.due = WallTime(0);
    if (auto* const run = index_.run()) put_order(*run, order);
    auto const code = order_codes_.find(order.sequence.value());
    if (code == order_codes_.end()) continue;
    BankAccount& account = bank_accounts_.at(order.account.value());
    bool const moved = account.codes.remove(code->second.text) &&
                       account.past.add(code->second.text, code->second.kind, order.sequence);
    QRPAY_CHECK(moved);
    if (auto* const run = index_.run())
      put_code(*run, {order.sequence, order.account, code->second.kind, /*retired=*/true,
                      code->second.text});
    order_codes_.erase(code);
  }
}

}  // namespace qrpay::engine
