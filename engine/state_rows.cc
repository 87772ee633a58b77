#include "engine/state_rows.h"

#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/crypto.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

using base::ByteReader;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;
using ledger::Run;

namespace {

std::string key_of(Sequence sequence) {
  std::string key;
  ByteWriter(key).u64(sequence.value());
  return key;
}

void put(Run& run, Table table, std::string key, std::string value) {
  run.put_row(static_cast<std::uint8_t>(table), std::move(key), std::move(value));
}

std::string key_of(HoldId const& id) {
  std::string key = key_of(id.record);
  ByteWriter(key).u8(id.place);
  return key;
}

}  // namespace

// --- writing -----------------------------------------------------------------------------------

namespace {

// Without what is only known when it is sealed: nothing of the state depends on that.
void put_record(Run& run, Table table, ledger::Record const& record) {
  std::string value;
  ledger::encode_record(record, value);
  put(run, table, key_of(record.sequence), std::move(value));
}

}  // namespace

void put_registry(Run& run, ledger::Record const& record) {
  put_record(run, Table::kRegistry, record);
}

void put_identity(Run& run, ledger::Record const& record) {
  put_record(run, Table::kIdentity, record);
}

void put_key_used(Run& run, Sequence key) { put(run, Table::kKeyUsed, key_of(key), ""); }

void put_order(Run& run, Order const& order) {
  std::string value;
  ByteWriter out(value);
  out.u64(order.shop.value());
  out.u64(order.terminal.value());
  out.u64(order.account.value());
  out.i64(order.asked.dong());
  out.i64(order.received.dong());
  out.i64(order.expires.microseconds());
  out.i64(order.due.microseconds());
  out.u8(static_cast<std::uint8_t>(order.status));
  out.u8(order.flags);
  out.u32(order.revision);
  out.u64(order.last_change.value());
  put(run, Table::kOrder, key_of(order.sequence), std::move(value));
}

void put_code(Run& run, CodeRow const& code) {
  std::string value;
  ByteWriter out(value);
  out.u64(code.account.value());
  out.u8(static_cast<std::uint8_t>(code.kind));
  out.u8(code.retired ? 1 : 0);
  // A shop's code may say anything; it is on disk only as it was sealed.
  if (code.kind == CodeKind::kOwn) out.text(code.text);
  put(run, Table::kCode, key_of(code.order), std::move(value));
}

void put_sealed_code(Run& run, Sequence order, ledger::SideRecord const& side) {
  std::string value;
  ledger::encode_side(side, value);
  put(run, Table::kSealedCode, key_of(order), std::move(value));
}

void drop_sealed_code(Run& run, Sequence order) {
  run.drop_row(static_cast<std::uint8_t>(Table::kSealedCode), key_of(order));
}

void put_erased(Run& run, Sequence record, std::span<ledger::EraseTarget const> targets) {
  put(run, Table::kErased, key_of(record), ledger::encode_targets(targets));
}

void put_cash(Run& run, CashKey const& cash_key, Cash const& cash) {
  std::string key = key_of(cash_key.shop) + key_of(cash_key.terminal);
  ByteWriter(key).i64(cash_key.day.days());
  std::string value;
  ByteWriter out(value);
  out.i64(cash.amount.dong());
  out.u32(cash.declared_rev);
  out.u8(cash.withdrawn ? 1 : 0);
  put(run, Table::kCash, std::move(key), std::move(value));
}

void put_unmatched(Run& run, State::Unmatched const& credit) {
  put(run, Table::kUnmatched, key_of(credit.record), key_of(credit.owner));
}

void put_holds(Run& run, Holds const& holds, ledger::Record const& record) {
  for (auto const& made : holds_made_by(record)) {
    std::string value;
    ByteWriter out(value);
    out.u8(static_cast<std::uint8_t>(HoldStatus::kOpen));
    out.bytes(made.hold.debit.value());
    out.bytes(made.hold.credit.value());
    out.i64(made.hold.amount.dong());
    out.i64(made.hold.expires.microseconds());
    put(run, Table::kHold, key_of(made.hold.id), std::move(value));
    if (made.hold.id.place == 0) continue;
    std::string place;
    ByteWriter(place).u8(made.hold.id.place);
    put(run, Table::kHoldPlace, std::string(base::as_text(made.tag.value())), std::move(place));
  }
  for (auto const& ended : holds_ended_by(record)) {
    auto const end = holds.ended(ended.hold);
    QRPAY_CHECK(end.has_value());
    std::string value;
    ByteWriter out(value);
    out.u8(static_cast<std::uint8_t>(end->how));
    out.u64(end->by.value());
    put(run, Table::kHold, key_of(ended.hold), std::move(value));
  }
}

std::vector<Sequence> shop_codes_of(Run const& run) {
  std::set<std::uint64_t> orders;
  for (auto const& row : run.rows) {
    bool const sealed = row.table == static_cast<std::uint8_t>(Table::kSealedCode);
    if (!sealed && row.table != static_cast<std::uint8_t>(Table::kCode)) continue;
    std::uint64_t const order = ByteReader(base::as_bytes(row.key)).u64();
    if (sealed) orders.erase(order);  // dropped: erased in the same run
    if (sealed || !row.value) continue;
    ByteReader value(base::as_bytes(*row.value));
    static_cast<void>(value.u64());
    bool const shops = value.u8() == static_cast<std::uint8_t>(CodeKind::kShop);
    bool const retired = value.u8() != 0;
    if (shops && !retired) orders.insert(order);
  }
  return {orders.begin(), orders.end()};
}

// --- reading -----------------------------------------------------------------------------------

/// Puts rows back into a State.
class StateLoader {
 public:
  StateLoader(ledger::RocksIndex& projections, ledger::VaultCursor& cursor, Observer const& also)
      : state_(&projections), projections_(projections), cursor_(cursor), also_(also) {}

  [[nodiscard]] Result<State> load() {
    QRPAY_TRY_VOID(
        projections_.scan_rows([this](ledger::StateRow const& row) { return read(row); }));
    QRPAY_TRY_VOID(projections_.scan_accounts(
        [this](ledger::AccountId const& id, ledger::Account const& account) {
          state_.book_.restore(id, account);
        }));
    if (projections_.projected() != Sequence(0)) {
      state_.last_ = projections_.head().through;
      state_.last_time_ = projections_.head().last_time;
    }
    return std::move(state_);
  }

 private:
  [[nodiscard]] Result<void> read(ledger::StateRow const& row);
  [[nodiscard]] Result<void> read_registry(ledger::StateRow const& row);
  [[nodiscard]] Result<void> read_identity(std::string const& value);
  [[nodiscard]] Result<void> read_key_used(Sequence key);
  void read_order(Sequence sequence, ByteReader& value);
  void read_sealed_code(Sequence order, std::string_view value);
  [[nodiscard]] bool read_code(Sequence order, ByteReader& value);
  void read_cash(ByteReader& key, ByteReader& value);
  void read_hold(ByteReader& key, ByteReader& value);

  State state_;
  ledger::RocksIndex& projections_;
  ledger::VaultCursor& cursor_;
  Observer const& also_;
  std::map<std::uint64_t, std::string> shop_codes_;  // by order, opened
};

Result<void> StateLoader::read(ledger::StateRow const& row) {
  std::string const& bytes = row.value ? *row.value : row.key;
  ByteReader key(base::as_bytes(row.key));
  ByteReader value(base::as_bytes(bytes));
  bool good = true;
  switch (static_cast<Table>(row.table)) {
    case Table::kRegistry: return read_registry(row);
    case Table::kKeyUsed: return read_key_used(Sequence(key.u64()));
    case Table::kOrder: read_order(Sequence(key.u64()), value); break;
    case Table::kSealedCode: read_sealed_code(Sequence(key.u64()), bytes); return {};
    case Table::kCode: good = read_code(Sequence(key.u64()), value); break;
    case Table::kCash: read_cash(key, value); break;
    case Table::kUnmatched: {
      Sequence const record(key.u64());
      state_.unmatched_.push_back({record, Sequence(value.u64())});
      break;
    }
    case Table::kIdentity: return read_identity(bytes);
    case Table::kHold: read_hold(key, value); break;
    case Table::kErased: {
      state_.last_erase_ = Sequence(key.u64());
      auto const targets = ledger::decode_targets(base::as_text(value.bytes(value.remaining())));
      good = targets.has_value();
      if (good)
        for (auto const& target : *targets) state_.erased_.add(target);
      break;
    }
    case Table::kHoldPlace: state_.holds_.restore_place(IdTag(key.array<16>()), value.u8()); break;
  }
  if (!good || !key.ok() || !key.at_end() || !value.ok() || !value.at_end())
    return fail(Errc::kStoreRead, "projections: a row of table " + std::to_string(row.table));
  return {};
}

Result<void> StateLoader::read_registry(ledger::StateRow const& row) {
  auto const record = ledger::decode_record(base::as_bytes(row.value.value_or("")));
  if (!record) return fail(Errc::kStoreRead, "projections: a registration");
  // Registrations add rows to nothing while they are read: the run sees records only by apply().
  state_.apply_registry(*record);
  return also_ ? also_(*record) : Result<void>();
}

Result<void> StateLoader::read_identity(std::string const& value) {
  auto const record = ledger::decode_record(base::as_bytes(value));
  if (!record) return fail(Errc::kStoreRead, "projections: a record of the identity");
  state_.identity_.apply(*record);
  return {};
}

Result<void> StateLoader::read_key_used(Sequence key) {
  auto const found = state_.keys_.find(key.value());
  if (found == state_.keys_.end()) return fail(Errc::kStoreRead, "projections: a key");
  found->second.used = true;
  if (!also_) return {};
  ledger::Record record;
  record.kind = ledger::Kind::kTransfer;
  record.actor = key;
  return also_(record);
}

void StateLoader::read_order(Sequence sequence, ByteReader& value) {
  Order order;
  order.sequence = sequence;
  order.shop = Sequence(value.u64());
  order.terminal = Sequence(value.u64());
  order.account = Sequence(value.u64());
  order.asked = Vnd(value.i64());
  order.received = Vnd(value.i64());
  order.expires = WallTime(value.i64());
  order.due = WallTime(value.i64());
  order.status = static_cast<OrderStatus>(value.u8());
  order.flags = value.u8();
  order.revision = value.u32();
  order.last_change = Sequence(value.u64());
  if (order.due != WallTime(0)) state_.due_.emplace(order.due.microseconds(), sequence.value());
  state_.orders_.emplace(sequence.value(), order);
}

// An erased one does not open, and leaves no code, as at a replay.
void StateLoader::read_sealed_code(Sequence order, std::string_view value) {
  auto const side = ledger::decode_side(base::as_bytes(value));
  if (!side || side->empty()) return;
  auto const text = cursor_.open(order, side->front());
  if (text) shop_codes_[order.value()] = ledger::TlvReader(*text).text(ledger::side::kCode);
}

bool StateLoader::read_code(Sequence order, ByteReader& value) {
  Sequence const account_sequence(value.u64());
  auto const kind = static_cast<CodeKind>(value.u8());
  bool const retired = value.u8() != 0;
  std::string text(base::as_text(value.bytes(value.remaining())));
  if (kind == CodeKind::kShop) {
    auto const opened = shop_codes_.find(order.value());
    if (opened == shop_codes_.end()) return true;  // erased
    text = opened->second;
  }
  auto const account = state_.bank_accounts_.find(account_sequence.value());
  if (account == state_.bank_accounts_.end()) return false;
  CodeIndex& codes = retired ? account->second.past : account->second.codes;
  if (!codes.add(text, kind, order)) return false;
  if (!retired) state_.order_codes_.emplace(order.value(), State::OrderCode{std::move(text), kind});
  return true;
}

void StateLoader::read_cash(ByteReader& key, ByteReader& value) {
  Sequence const shop(key.u64());
  Sequence const terminal(key.u64());
  Day const day(static_cast<std::int32_t>(key.i64()));
  Cash cash;
  cash.amount = Vnd(value.i64());
  cash.declared_rev = value.u32();
  cash.withdrawn = value.u8() != 0;
  state_.cash_.emplace(CashKey{shop, terminal, day}, cash);
}

void StateLoader::read_hold(ByteReader& key, ByteReader& value) {
  HoldId id;
  id.record = Sequence(key.u64());
  id.place = key.u8();
  auto const status = static_cast<HoldStatus>(value.u8());
  if (status != HoldStatus::kOpen)
    return state_.holds_.restore(id, {status, Sequence(value.u64())});
  MadeHold made;
  made.hold.id = id;
  made.hold.debit = ledger::AccountId(value.array<16>());
  made.hold.credit = ledger::AccountId(value.array<16>());
  made.hold.amount = Vnd(value.i64());
  made.hold.expires = WallTime(value.i64());
  state_.holds_.restore(made);
}

Result<State> load_state(ledger::RocksIndex& projections, ledger::VaultCursor& cursor,
                         Observer const& also) {
  return StateLoader(projections, cursor, also).load();
}

// --- comparing ---------------------------------------------------------------------------------

namespace {

void digest_order(ByteWriter& out, Order const& order) {
  out.u64(order.shop.value());
  out.u64(order.terminal.value());
  out.u64(order.account.value());
  out.u8(static_cast<std::uint8_t>(order.status));
  out.u8(order.flags);
  out.i64(order.asked.dong());
  out.i64(order.received.dong());
  out.u32(order.revision);
  out.i64(order.expires.microseconds());
  out.i64(order.due.microseconds());
  out.u64(order.last_change.value());
}

void digest_key(ByteWriter& out, Key const& key) {
  out.u8(static_cast<std::uint8_t>(key.role));
  out.u64(key.scope.value());
  out.u64(key.tenant.value());
  out.bytes(key.salt);
  out.bytes(key.token_hash);
  out.u32(key.generation);
  out.u32(key.revision);
  out.u8(key.revoked ? 1 : 0);
  out.u8(key.used ? 1 : 0);
}

void digest_account(ByteWriter& out, BankAccount const& account) {
  out.u64(account.merchant.value());
  out.u64(account.bank.value());
  out.text16(account.bin);
  out.u64(account.static_shop.value());
  out.text16(account.code_prefix);
  out.u8(account.orders_only ? 1 : 0);
  out.u64(account.codes.size());
  out.u64(account.past.size());
}

}  // namespace

base::Digest State::digest() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.u64(last_.value());
  out.i64(last_time_.microseconds());
  identity_.append_to(bytes);
  out.bytes(book_.digest());
  for (auto const& [sequence, bank] : banks_) {
    out.u64(sequence);
    for (auto const& bin : bank.bins) out.text16(bin);
  }
  for (auto const& [bin, bank] : bank_by_bin_) {
    out.text16(bin);
    out.u64(bank.value());
  }
  for (auto const& [sequence, merchant] : merchants_) {
    out.u64(sequence);
    out.u8(static_cast<std::uint8_t>(merchant.mode));
    for (auto const account : merchant.bank_accounts) out.u64(account.value());
  }
  for (auto const& [sequence, shop] : shops_) {
    out.u64(sequence);
    out.u64(shop.merchant.value());
    out.u64(shop.account.value());
  }
  for (auto const& [sequence, terminal] : terminals_) {
    out.u64(sequence);
    out.u64(terminal.shop.value());
    out.u8(terminal.training ? 1 : 0);
  }
  for (auto const& [sequence, account] : bank_accounts_) {
    out.u64(sequence);
    digest_account(out, account);
  }
  std::map<AccountTag, Sequence> const tags(account_by_tag_.begin(), account_by_tag_.end());
  for (auto const& [tag, account] : tags) {
    out.bytes(tag.value());
    out.u64(account.value());
  }
  for (auto const& [sequence, key] : keys_) {
    out.u64(sequence);
    digest_key(out, key);
  }
  for (auto const* const generations : {&tag_secrets_, &key_secrets_}) {
    for (auto const& generation : *generations) {
      out.u64(generation.from.value());
      out.bytes(generation.check);
      out.u8(generation.retired ? 1 : 0);
    }
  }
  digest_money(bytes);
  return base::sha256(base::as_bytes(bytes));
}

// What moves with money: orders and their codes, cash, what is due, holds, lists.
void State::digest_money(std::string& bytes) const {
  ByteWriter out(bytes);
  std::map<std::uint64_t, Order> const ordered(orders_.begin(), orders_.end());
  for (auto const& [sequence, order] : ordered) {
    out.u64(sequence);
    digest_order(out, order);
    auto const code = order_codes_.find(sequence);
    if (code == order_codes_.end()) continue;
    out.text16(code->second.text);
    out.u8(static_cast<std::uint8_t>(code->second.kind));
  }
  for (auto const& [key, cash] : cash_) {
    out.u64(key.shop.value());
    out.u64(key.terminal.value());
    out.i64(key.day.days());
    out.i64(cash.amount.dong());
    out.u32(cash.declared_rev);
    out.u8(cash.withdrawn ? 1 : 0);
  }
  for (auto const& [time, sequence] : due_) {
    out.i64(time);
    out.u64(sequence);
  }
  holds_.digest_into(bytes);
  out.u64(last_erase_.value());
  out.text(ledger::encode_targets(erased_.targets()));
  for (auto const& credit : unmatched_) {
    out.u64(credit.record.value());
    out.u64(credit.owner.value());
  }
}

}  // namespace qrpay::engine
