#include "tests/sim/model.h"

#include <algorithm>

#include "engine/order_code.h"

namespace qrpay::sim {

using base::Errc;
using base::fail;
using engine::Command;
using engine::OrderFlags;
using engine::OrderStatus;
using engine::Outcome;
using engine::Role;
using ledger::Kind;
using ledger::Leg;

namespace {

constexpr std::size_t kReusesKept = 16;  // engine/core.h

std::string number(Kind kind) { return std::to_string(static_cast<int>(kind)); }

std::string id_text(Command const& command) {
  return std::to_string(command.tenant.value()) + "|" + number(engine::kind_of(command.payload)) +
         "|" + command.id + "|" + std::to_string(command.revision);
}

}  // namespace

bool ModelOrder::open() const {
  return status == OrderStatus::kPending || status == OrderStatus::kPartlyPaid;
}

std::uint64_t Model::bank_of(std::string const& bin) const {
  auto const found = bins_.find(bin);
  return found == bins_.end() ? 0 : found->second;
}

std::uint64_t Model::named(Kind kind, std::string const& id) const {
  auto const found = named_.find(number(kind) + "/" + id);
  return found == named_.end() ? 0 : found->second;
}

ModelRecordPtr Model::keep(ModelRecord&& record, std::int64_t now, std::uint64_t actor) {
  record.sequence = next();
  record.time = now;
  record.actor = actor;
  // A generation is used from the record after its own.
  std::size_t generations = tag_secrets_.size();
  if (generations > 1 && tag_secrets_.back().from == record.sequence) --generations;
  record.tag_generation = static_cast<std::uint32_t>(std::max<std::size_t>(generations, 1));
  for (auto const& posting : record.postings) {
    auto& balance = now_.balances[posting.account];
    bool const held = posting.layer == ledger::Layer::kHeld;
    if (posting.leg == Leg::kRelease) {
      if (posting.amount > 0) balance.held_credit -= posting.amount;
      if (posting.amount < 0) balance.held_debit += posting.amount;
      continue;
    }
    if (posting.amount > 0) (held ? balance.held_debit : balance.debit) += posting.amount;
    if (posting.amount < 0) (held ? balance.held_credit : balance.credit) -= posting.amount;
  }
  std::sort(record.postings.begin(), record.postings.end());
  records_.push_back(std::make_shared<ModelRecord const>(std::move(record)));
  return records_.back();
}

void Model::post(ModelRecord& record, std::string account, std::int64_t amount, Leg leg) {
  if (amount != 0) record.postings.push_back({std::move(account), amount, leg});
}

// --- ids -------------------------------------------------------------------------------------

Prediction Model::process(Command const& command, std::int64_t now) {
  std::string const id = id_text(command);
  std::string const body = body_of(command);
  auto const found = keys_.find(command.actor.value());
  bool const alive = found != keys_.end() && !found->second.revoked;
  Context const context{command, now, alive ? &found->second : nullptr};
  if (auto const no = keeps_out(context)) return {Prediction::Kind::kRefused, *no, nullptr};
  auto const known = ids_.find(id);
  if (known != ids_.end()) {
    ModelRecordPtr const first = records_[known->second.sequence - 1];
    auto const* const credit = std::get_if<engine::BankCredit>(&command.payload);
    ledger::SectionMask const mask = erased(first->sequence);
    // What was erased cannot be told from another body.
    if (mask != 0 || known->second.body == body)
      return {Prediction::Kind::kReplayed, {}, first, mask};
    auto& others = known->second.other_bodies;
    bool const told = std::any_of(others.begin(), others.end(), [&](auto const& other) {
      return other.first == body && erased(other.second) == 0;
    });
    if (credit != nullptr && others.size() < kReusesKept && !told) {
      others.emplace_back(body, next());
      ModelRecord record;
      record.kind = Kind::kIdReuse;
      record.outcome = Outcome::kIdReused;
      record.amount = credit->amount.dong();
      record.original = first->sequence;
      keep(std::move(record), now, command.actor.value());
    }
    return {Prediction::Kind::kIdReused, Errc::kIdReused, first};
  }
  auto answer = decide(context);
  if (!answer) return {Prediction::Kind::kRefused, answer.error().errc, nullptr};
  ids_[id] = {next(), body, {}};
  return {Prediction::Kind::kDecided, {}, keep(std::move(*answer), now, command.actor.value())};
}

std::optional<Errc> Model::keeps_out_of(ModelKey const& key, std::uint64_t shop) const {
  if (shop == 0) return Errc::kNotFound;
  if (!may_act(key, shop)) return Errc::kForbidden;
  return std::nullopt;
}

std::optional<Errc> Model::keeps_out(Context const& context) const {
  auto const& payload = context.command.payload;
  bool const by_ledger = context.command.actor.value() == 0;
  bool const ledgers_own = std::holds_alternative<engine::Genesis>(payload) ||
                           std::holds_alternative<engine::PutSecret>(payload) ||
                           std::holds_alternative<engine::LogKey>(payload) ||
                           std::holds_alternative<engine::Restore>(payload) ||
                           std::holds_alternative<engine::Tick>(payload);
  if (ledgers_own && !by_ledger) return Errc::kForbidden;
  if (by_ledger && (ledgers_own || std::holds_alternative<engine::PutKey>(payload)))
    return std::nullopt;
  if (context.key == nullptr) return Errc::kUnauthenticated;
  ModelKey const& key = *context.key;
  auto const* const order = std::get_if<engine::PutOrder>(&payload);
  auto const* const cash = std::get_if<engine::DeclareCash>(&payload);
  auto const* const credit = std::get_if<engine::BankCredit>(&payload);
  bool const cancels = std::holds_alternative<engine::CancelOrder>(payload);
  bool const of_a_shop = order != nullptr || cash != nullptr || cancels;
  bool const sells = key.role == Role::kMerchant || key.role == Role::kTerminal;
  bool const right_role = of_a_shop           ? sells
                          : credit != nullptr ? key.role == Role::kBank
                                              : key.role == Role::kOperator;
  if (!right_role || context.command.tenant.value() != key.tenant) return Errc::kForbidden;
  if (credit != nullptr && bank_of(credit->bin) != key.scope) return Errc::kForbidden;
  if (order != nullptr) return keeps_out_of(key, named(Kind::kRegisterShop, order->shop));
  if (cash != nullptr) return keeps_out_of(key, named(Kind::kRegisterShop, cash->shop));
  if (!cancels) return std::nullopt;
  std::uint64_t const cancelled = order_of(context.command);
  return keeps_out_of(key, cancelled == 0 ? 0 : orders_.at(cancelled).shop);
}

Model::Answer Model::decide(Context const& context) {
  auto answer = std::visit([&](auto const& payload) { return on(context, payload); },
                           context.command.payload);
  if (answer) answer->kind = engine::kind_of(context.command.payload);
  return answer;
}

// --- erasing -----------------------------------------------------------------------------------

ledger::SectionMask Model::erased(std::uint64_t record) const {
  auto const found = erased_.find(record);
  return found == erased_.end() ? ledger::SectionMask{0} : found->second;
}

Model::Answer Model::on(Context const& context, engine::Erase const& c) {
  if (context.command.revision > 1) {
    Command first = context.command;
    first.revision = 1;
    if (!ids_.contains(id_text(first))) return fail(Errc::kNotFound);
  }
  if (c.targets.empty()) return fail(Errc::kNotFound);
  std::uint64_t before = 0;
  for (auto const& target : c.targets) {
    if (target.first.value() <= before || target.count == 0 || target.sections == 0 ||
        target.sections > ledger::kAllSections)
      return fail(Errc::kInvalidField);
    before = target.first.value() + target.count - 1;
  }
  if (c.targets.front().first.value() < 2) return fail(Errc::kInvalidField);
  if (before >= next()) return fail(Errc::kNotFound);
  if (c.parts == 0) return fail(Errc::kInvalidField);
  for (auto const& target : c.targets) {
    for (auto n = target.first.value(); n < target.first.value() + target.count; ++n) {
      erased_[n] = static_cast<ledger::SectionMask>(erased_[n] | target.sections | 0x8000);
      auto const order = orders_.find(n);
      if (order == orders_.end() || (target.sections & 1) == 0) continue;
      order->second.erased = true;
      if (!order->second.own_code) order->second.code = "";
    }
  }
  ModelRecord record;
  record.erased = c.targets;
  record.parts = c.parts;
  return record;
}

// --- registrations: the operator's -----------------------------------------------------------

namespace {

bool six_digits(std::string const& bin) {
  return bin.size() == 6 && bin.find_first_not_of("0123456789") == bin.npos;
}

}  // namespace

Model::Answer Model::on(Context const& context, engine::RegisterBank const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (c.bins.empty() || c.bins.size() > engine::kBinsMax) return fail(Errc::kInvalidField);
  for (auto const& bin : c.bins) {
    if (!six_digits(bin)) return fail(Errc::kInvalidField);
    if (bins_.contains(bin) || std::count(c.bins.begin(), c.bins.end(), bin) > 1)
      return fail(Errc::kAlreadyExists);
  }
  banks_[next()] = c.bins;
  for (auto const& bin : c.bins) bins_[bin] = next();
  named_[number(Kind::kRegisterBank) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterMerchant const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  if (c.mode != engine::Mode::kDirect) return fail(Errc::kNotSupported);
  merchants_[next()] = {};
  named_[number(Kind::kRegisterMerchant) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterShop const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const merchant = named(Kind::kRegisterMerchant, c.merchant);
  if (merchant == 0) return fail(Errc::kNotFound);
  shops_[next()] = {merchant, 0};
  named_[number(Kind::kRegisterShop) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterTerminal const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const shop = named(Kind::kRegisterShop, c.shop);
  if (shop == 0) return fail(Errc::kNotFound);
  terminals_[next()] = shop;
  if (c.training) training_.insert(next());
  named_[number(Kind::kRegisterTerminal) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::OpenBankAccount const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  auto const merchant = named(Kind::kRegisterMerchant, c.merchant);
  if (merchant == 0) return fail(Errc::kNotFound);
  if (!bins_.contains(c.bin)) return fail(Errc::kNotFound);
  for (auto const& [sequence, account] : accounts_) {
    if (account.bin == c.bin && account.number == c.number) return fail(Errc::kAlreadyExists);
  }
  std::uint64_t const shop = named(Kind::kRegisterShop, c.static_shop);
  bool const own_shop = shop != 0 && shops_[shop].merchant == merchant;
  if (!c.static_shop.empty() && !own_shop) return fail(Errc::kNotFound);
  std::string const prefix = c.code_prefix.empty() ? "QPY" : c.code_prefix;
  if (!engine::valid_prefix(prefix)) return fail(Errc::kInvalidField);
  accounts_[next()] = {merchant, shop, c.bin, c.number, prefix, c.orders_only};
  merchants_[merchant].accounts.push_back(next());
  if (shop != 0 && shops_[shop].account == 0) shops_[shop].account = next();
  named_[number(Kind::kOpenAccount) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::OpenGeneralAccount const& c) {
  if (context.command.revision != 1) return fail(Errc::kNotSupported);
  general_[next()] = c.limit;
  now_.balances["general/" + std::to_string(next())] = {};
  named_[number(Kind::kOpenAccount) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::PutKey const& c) {
  bool const first_key = context.key == nullptr && keys_.empty() && c.role == Role::kOperator;
  if (context.key == nullptr && !first_key) return fail(Errc::kUnauthenticated);
  ModelKey key{c.role, 0, 0, 1, false, c.generation};
  if (c.role == Role::kMerchant) {
    key.scope = key.tenant = named(Kind::kRegisterMerchant, c.scope);
  } else if (c.role == Role::kBank) {
    key.scope = key.tenant = named(Kind::kRegisterBank, c.scope);
  } else if (c.role == Role::kTerminal) {
    key.scope = named(Kind::kRegisterTerminal, c.scope);
    if (key.scope != 0) key.tenant = shops_.at(terminals_.at(key.scope)).merchant;
  } else if (!c.scope.empty()) {
    return fail(Errc::kInvalidField);
  }
  bool const scoped = c.role != Role::kOperator && c.role != Role::kAuditor;
  if (scoped && key.scope == 0) return fail(Errc::kNotFound);
  if (context.command.revision == 1) {
    if (c.revoked || !has_key_file(c.generation)) return fail(Errc::kInvalidField);
    keys_[next()] = key;
    named_[number(Kind::kKey) + "/" + context.command.id] = next();
    return ModelRecord{};
  }
  auto const sequence = named(Kind::kKey, context.command.id);
  if (sequence == 0) return fail(Errc::kNotFound);
  ModelKey& before = keys_.at(sequence);
  if (context.command.revision != before.revision + 1) return fail(Errc::kRevisionMismatch);
  bool const same = before.role == key.role && before.scope == key.scope;
  if (!same || !c.revoked) return fail(Errc::kInvalidField);
  ++before.revision;
  before.revoked = true;
  return ModelRecord{};
}

}  // namespace qrpay::sim
