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

bool Model::owns_bin(std::uint64_t actor, std::string const& bin) const {
  auto const key = keys_.find(actor);
  return key != keys_.end() && key->second.role == Role::kBank &&
         bank_of(bin) == key->second.scope;
}

std::uint64_t Model::named(Kind kind, std::string const& id) const {
  auto const found = named_.find(number(kind) + "/" + id);
  return found == named_.end() ? 0 : found->second;
}

ModelRecordPtr Model::keep(ModelRecord&& record, std::int64_t now, std::uint64_t actor) {
  record.sequence = next();
  record.time = now;
  record.actor = actor;
  for (auto const& posting : record.postings) {
    auto& balance = balances_[posting.account];
    if (posting.amount > 0) balance.debit += posting.amount;
    if (posting.amount < 0) balance.credit -= posting.amount;
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
  auto const known = ids_.find(id);
  if (known != ids_.end()) {
    ModelRecordPtr const first = records_[known->second.sequence - 1];
    auto const* const credit = std::get_if<engine::BankCredit>(&command.payload);
    if (credit != nullptr && !owns_bin(command.actor.value(), credit->bin))
      return {Prediction::Kind::kRefused, Errc::kForbidden, nullptr};
    if (known->second.body == body) return {Prediction::Kind::kReplayed, {}, first};
    auto& others = known->second.other_bodies;
    if (credit != nullptr && others.size() < kReusesKept && others.insert(body).second) {
      ModelRecord record;
      record.kind = Kind::kIdReuse;
      record.outcome = Outcome::kIdReused;
      record.amount = credit->amount.dong();
      record.original = first->sequence;
      keep(std::move(record), now, command.actor.value());
    }
    return {Prediction::Kind::kIdReused, Errc::kIdReused, first};
  }
  bool const is_ledgers_own = std::holds_alternative<engine::Genesis>(command.payload) ||
                              std::holds_alternative<engine::Tick>(command.payload);
  if (is_ledgers_own && command.actor.value() != 0)
    return {Prediction::Kind::kRefused, Errc::kForbidden, nullptr};
  ModelKey const* key = nullptr;
  if (command.actor.value() != 0) {
    auto const found = keys_.find(command.actor.value());
    if (found == keys_.end() || found->second.revoked)
      return {Prediction::Kind::kRefused, Errc::kUnauthenticated, nullptr};
    key = &found->second;
  }
  auto answer = decide({command, now, key});
  if (!answer) return {Prediction::Kind::kRefused, answer.error().errc, nullptr};
  ids_[id] = {next(), body, {}};
  return {Prediction::Kind::kDecided, {}, keep(std::move(*answer), now, command.actor.value())};
}

Model::Answer Model::decide(Context const& context) {
  auto answer = std::visit([&](auto const& payload) { return on(context, payload); },
                           context.command.payload);
  if (answer) answer->kind = engine::kind_of(context.command.payload);
  return answer;
}

// --- registrations: the operator's -----------------------------------------------------------

namespace {

bool six_digits(std::string const& bin) {
  return bin.size() == 6 && bin.find_first_not_of("0123456789") == bin.npos;
}

}  // namespace

std::optional<Errc> Model::operator_only(Context const& context) {
  if (context.key == nullptr) return Errc::kUnauthenticated;
  if (context.key->role != Role::kOperator) return Errc::kForbidden;
  if (context.command.tenant.value() != 0) return Errc::kForbidden;
  return std::nullopt;
}

std::optional<Errc> Model::operator_creates(Context const& context) {
  if (auto const no = operator_only(context)) return no;
  if (context.command.revision != 1) return Errc::kNotSupported;
  return std::nullopt;
}

Model::Answer Model::on(Context const& context, engine::Genesis const& /*c*/) {
  if (context.key != nullptr || !records_.empty()) return fail(Errc::kForbidden);
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterBank const& c) {
  if (auto const no = operator_creates(context)) return fail(*no);
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
  if (auto const no = operator_creates(context)) return fail(*no);
  if (c.mode != engine::Mode::kDirect) return fail(Errc::kNotSupported);
  merchants_[next()] = {};
  named_[number(Kind::kRegisterMerchant) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterShop const& c) {
  if (auto const no = operator_creates(context)) return fail(*no);
  auto const merchant = named(Kind::kRegisterMerchant, c.merchant);
  if (merchant == 0) return fail(Errc::kNotFound);
  shops_[next()] = {merchant, 0};
  named_[number(Kind::kRegisterShop) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::RegisterTerminal const& c) {
  if (auto const no = operator_creates(context)) return fail(*no);
  auto const shop = named(Kind::kRegisterShop, c.shop);
  if (shop == 0) return fail(Errc::kNotFound);
  terminals_[next()] = shop;
  if (c.training) training_.insert(next());
  named_[number(Kind::kRegisterTerminal) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::OpenBankAccount const& c) {
  if (auto const no = operator_creates(context)) return fail(*no);
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
  if (auto const no = operator_creates(context)) return fail(*no);
  general_[next()] = c.limit;
  named_[number(Kind::kOpenAccount) + "/" + context.command.id] = next();
  return ModelRecord{};
}

Model::Answer Model::on(Context const& context, engine::PutKey const& c) {
  bool const first_key = context.key == nullptr && keys_.empty() && c.role == Role::kOperator;
  if (!first_key) {
    if (auto const no = operator_only(context)) return fail(*no);
  }
  ModelKey key{c.role, 0, 0, 1, false};
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
    if (c.revoked) return fail(Errc::kInvalidField);
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
