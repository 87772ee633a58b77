#include "tests/sim/workload.h"

#include <algorithm>

#include "tests/sim/notes.h"
#include "tests/sim/simulation.h"

namespace qrpay::sim {

using base::Day;
using base::Sequence;
using base::Vnd;
using base::WallTime;
using engine::Command;
using engine::Payload;
using engine::Role;
using ledger::Kind;

namespace {

/// All keys of that role, revoked ones too.
std::vector<std::pair<std::uint64_t, ModelKey>> keys_of(Model const& model, Role role) {
  std::vector<std::pair<std::uint64_t, ModelKey>> keys;
  for (auto const& [sequence, key] : model.keys()) {
    if (key.role == role) keys.emplace_back(sequence, key);
  }
  return keys;
}

}  // namespace

std::string Workload::fresh(std::string_view kind) {
  return std::string(kind) + "-" + std::to_string(++counter_);
}

Command Workload::by_operator(Model const& model, std::string id, Payload payload) {
  return by_role(model, Role::kOperator, std::move(id), std::move(payload));
}

Command Workload::by_role(Model const& model, Role role, std::string id, Payload payload) {
  auto const keys = keys_of(model, role);
  Command command{.actor = {}, .tenant = {}, .id = std::move(id), .payload = std::move(payload)};
  if (keys.empty()) return command;
  std::size_t chosen = dice_.below(keys.size());
  if (keys[chosen].second.revoked && dice_.percent(80)) chosen = dice_.below(keys.size());
  auto const& [sequence, key] = keys[chosen];
  command.actor = Sequence(sequence);
  command.tenant = Sequence(key.tenant);
  return command;
}

// --- the world -------------------------------------------------------------------------------

engine::RegisterShop Workload::some_shop(std::string merchant) {
  return {std::move(merchant), "Quán " + fresh("phở"), "06652", Day(20'270), std::nullopt,
          "47.11",             Day(20'300)};
}

void Workload::plan_setup() {
  auto const add = [&](std::string id, Payload payload) {
    setup_.emplace_back(id, std::move(payload));
    return id;
  };
  add("genesis", engine::Genesis{"sim/0/1", log_vkey_of("sim/0/1", 1), {}, {}});
  add("key-operator", engine::PutKey{Role::kOperator, "", {}, {1}, false});
  std::vector<std::string> banks;
  for (auto left = 1 + dice_.below(2); left > 0; --left) {
    engine::RegisterBank bank{"Bank", {}};
    for (auto bins = 1 + dice_.below(2); bins > 0; --bins) {
      bank.bins.push_back(std::to_string(970'400 + bins_.size()));
      bins_.push_back(bank.bins.back());
    }
    banks.push_back(add(fresh("bank"), std::move(bank)));
    key_plan_.emplace_back(fresh("key"), engine::PutKey{Role::kBank, banks.back(), {}, {}, false});
  }
  for (auto left = 1 + dice_.below(3); left > 0; --left) {
    auto const merchant = add(fresh("merchant"), engine::RegisterMerchant{"Bà Tư", "", {}});
    std::get<engine::RegisterMerchant>(setup_.back().second).mode = engine::Mode::kDirect;
    merchants_.push_back(merchant);
    key_plan_.emplace_back(fresh("key"), engine::PutKey{Role::kMerchant, merchant, {}, {2}, false});
    std::vector<std::string> shops{""};
    for (auto count = 1 + dice_.below(2); count > 0; --count) {
      shops.push_back(add(fresh("shop"), some_shop(merchant)));
      shops_.push_back(shops.back());
      if (dice_.percent(40)) continue;
      terminals_.push_back(add(fresh("till"), engine::RegisterTerminal{
                                                 shops.back(), "till", dice_.percent(20)}));
      key_plan_.emplace_back(
          fresh("key"), engine::PutKey{Role::kTerminal, terminals_.back(), {}, {3}, false});
    }
    for (auto count = 1 + dice_.below(2); count > 0; --count) {
      engine::OpenBankAccount account{merchant, dice_.one_of(bins_), fresh("10"), "BA TU", "", "",
                                      dice_.percent(15)};
      account.static_shop = shops[dice_.percent(80) ? 1 : dice_.below(shops.size())];
      account.code_prefix = dice_.text_of({"", "", "QNA", "MC"});
      accounts_.push_back(add(fresh("account"), std::move(account)));
    }
  }
  for (auto const limit : {ledger::Limit::kNone, ledger::Limit::kNone, ledger::Limit::kFloor,
                           ledger::Limit::kCeiling})
    add(fresh("general"), engine::OpenGeneralAccount{"general", limit});
  plan_keys();
}

void Workload::plan_keys() {
  key_plan_.emplace_back(fresh("key"), engine::PutKey{Role::kAuditor, "", {}, {4}, false});
  key_plan_.emplace_back(fresh("key"), engine::PutKey{Role::kOperator, "", {}, {5}, false});
  for (auto const& [id, key] : key_plan_) setup_.emplace_back(id, key);
}

bool Workload::next_of_setup(Model const& model, Command& out) {
  if (setup_.empty()) plan_setup();
  if (setup_done_ == setup_.size()) return false;
  auto const& [id, payload] = setup_[setup_done_++];
  out = by_operator(model, id, payload);
  return true;
}

// --- daily business --------------------------------------------------------------------------

Command Workload::next(Model const& model, std::int64_t now) {
  static constexpr std::pair<std::size_t, Make> kShares[] = {
      {19, &Workload::order}, {24, &Workload::credit},     {10, &Workload::same_money},
      {5, &Workload::cancel}, {6, &Workload::cash},        {7, &Workload::transfer},
      {5, &Workload::hold},   {6, &Workload::end_hold},    {5, &Workload::batch},
      {1, &Workload::close},  {3, &Workload::key},         {4, &Workload::registration},
      {2, &Workload::odd},    {2, &Workload::erase},       {1, &Workload::secret},
  };
  std::size_t at = dice_.below(100);
  for (auto const& [share, make] : kShares) {
    if (at < share) return (this->*make)(model, now);
    at -= share;
  }
  return credit(model, now);
}

Command Workload::order(Model const& model, std::int64_t /*now*/) {
  engine::PutOrder put{};
  put.shop = dice_.one_of(shops_);
  if (dice_.percent(40)) put.terminal = dice_.one_of(terminals_);
  if (dice_.percent(30)) put.account = dice_.one_of(accounts_);
  put.amount =
      Vnd(dice_.one_of({0, 1, 35'000, 35'000, 50'000, 100'000, 120'000, 9'999'999'999'999}));
  put.lifetime = dice_.one_of({0, 30 * base::kSecond, 15 * base::kMinute, base::kHour, base::kDay,
                               base::kDay, 40 * base::kDay, 500 * base::kDay});
  // Both rarely out of bounds, since they are refused then.
  if (put.amount.dong() == 0 && dice_.percent(80)) put.amount = Vnd(20'000);
  bool const out_of_bounds = put.lifetime == 0 || put.lifetime > 400 * base::kDay;
  if (out_of_bounds && dice_.percent(85)) put.lifetime = base::kHour;
  if (dice_.percent(35)) {
    put.code = dice_.percent(40) ? dice_.one_of(sample_notes()).code
                                 : dice_.text_of({"DH10", "DH1023", "dh-1 023", "HD 7", "Đơn 12",
                                                  "SEVQR29", "12345", "AB1", fresh("bill")});
  }
  // Few different values, so that codes meet the same candidates.
  put.code_entropy[4] = static_cast<std::uint8_t>(dice_.below(6));
  if (dice_.percent(50)) put.code_entropy[0] = static_cast<std::uint8_t>(dice_.bits());
  put.page_token = fresh("page-token-000000000").substr(0, 22);
  Role const role = dice_.percent(70) ? Role::kMerchant : Role::kTerminal;
  Command command = by_role(model, role, fresh("order"), std::move(put));
  // Mostly a shop of the key's own; what is left is refused.
  auto& made = std::get<engine::PutOrder>(command.payload);
  auto const key = model.keys().find(command.actor.value());
  if (key == model.keys().end() || dice_.percent(8)) return command;
  std::vector<std::string> own;
  for (auto const& shop : shops_) {
    if (model.may_act(key->second, model.named(Kind::kRegisterShop, shop))) own.push_back(shop);
  }
  if (!own.empty()) made.shop = dice_.one_of(own);
  if (dice_.percent(60)) made.terminal = "";
  if (dice_.percent(60)) made.account = "";
  return command;
}

Command Workload::cancel(Model const& model, std::int64_t now) {
  if (model.orders().empty()) return order(model, now);
  auto const chosen = std::next(model.orders().begin(),
                                static_cast<std::ptrdiff_t>(dice_.below(model.orders().size())));
  ModelOrder const& one = chosen->second;
  Command command = by_role(model, Role::kMerchant, one.id, engine::CancelOrder{});
  if (dice_.percent(90)) {
    for (auto const& [sequence, key] : keys_of(model, Role::kMerchant)) {
      if (key.tenant != one.tenant) continue;
      command.actor = Sequence(sequence);
      command.tenant = Sequence(key.tenant);
    }
  }
  command.revision = one.revision;
  if (dice_.percent(15)) command.revision = static_cast<std::uint32_t>(1 + dice_.below(4));
  return command;
}

void Workload::choose_note(Model const& model, engine::BankCredit& credit) {
  std::vector<ModelOrder const*> here;
  std::vector<ModelOrder const*> open;
  for (auto const& [sequence, order] : model.orders()) {
    auto const& account = model.accounts().at(order.account);
    if (account.number != credit.account || account.bin != credit.bin) continue;
    if (order.code.empty()) continue;  // erased
    here.push_back(&order);
    if (order.open()) open.push_back(&order);
  }
  credit.memo = small_talk(dice_);
  credit.amount = Vnd(dice_.one_of({1, 999, 20'000, 35'000, 1'250'000}));
  if (here.empty() || dice_.percent(15)) return;
  bool const wait = !open.empty() && dice_.percent(70);
  ModelOrder const& order = *dice_.one_of(wait ? open : here);
  credit.memo = decorate(order.code, dice_);
  if (dice_.percent(12)) credit.memo = decorate(damage(order.code, dice_), dice_);
  if (dice_.percent(6)) credit.memo += " " + here[dice_.below(here.size())]->code;
  for (auto const& sample : sample_notes()) {
    if (sample.code == order.code && dice_.percent(70)) credit.memo = sample.raw;
  }
  std::int64_t const missing = std::max<std::int64_t>(order.asked - order.received, 1);
  std::int64_t const less = std::max<std::int64_t>(missing / 2, 1);
  std::int64_t const more = std::min<std::int64_t>(missing + 5'000, 9'999'999'999'999);
  credit.amount = Vnd(dice_.one_of({missing, missing, missing, order.asked, less, more}));
}

void Workload::choose_references(engine::BankCredit& credit) {
  if (dice_.percent(92)) credit.bank_ref = fresh("FT");
  if (dice_.percent(30)) credit.uetr = fresh("uetr");
  if (dice_.percent(30)) credit.trace = fresh("trace");
}

Command Workload::credit(Model const& model, std::int64_t now) {
  engine::BankCredit credit;
  auto const& all = model.accounts();
  if (!all.empty() && !dice_.percent(5)) {
    auto chosen = std::next(all.begin(), static_cast<std::ptrdiff_t>(dice_.below(all.size())));
    // Mostly where somebody waits for money.
    for (auto const& [sequence, order] : model.orders()) {
      if (order.open() && dice_.percent(40)) chosen = all.find(order.account);
    }
    credit.bin = chosen->second.bin;
    credit.account = chosen->second.number;
  } else {
    credit.bin = dice_.percent(90) ? dice_.one_of(bins_) : "970999";
    credit.account = "999" + std::to_string(dice_.below(3));
  }
  choose_note(model, credit);
  choose_references(credit);
  if (dice_.percent(2)) credit.amount = Vnd(dice_.one_of({0, -5, 10'000'000'000'000}));
  credit.occurred_at = WallTime(
      now - dice_.one_of({0, 0, base::kSecond, base::kHour, -base::kMinute, -base::kHour,
                          31 * base::kDay, 31 * base::kDay + 1, 40 * base::kDay}));
  credit.payer = {"NGUYEN VAN B", dice_.percent(50) ? "5550001" : "", dice_.one_of(bins_)};
  if (dice_.percent(10) && !all.empty())
    credit.payer = {"BA TU", all.begin()->second.number, all.begin()->second.bin};
  credit.rail = engine::Rail::kNapas247;
  if (dice_.percent(50)) credit.signed_original = "{\"sig\":\"" + fresh("s") + "\"}";
  Command command = by_role(model, Role::kBank, fresh("event"), credit);
  for (auto const& [sequence, key] : keys_of(model, Role::kBank)) {
    if (key.scope != model.bank_of(credit.bin) || dice_.percent(6)) continue;
    command.actor = Sequence(sequence);
    command.tenant = Sequence(key.tenant);
  }
  sent_.emplace_back(command.tenant.value(), credit);
  return command;
}

/// Another event about money that was told before: the same, or with something changed.
Command Workload::same_money(Model const& model, std::int64_t now) {
  if (sent_.empty()) return credit(model, now);
  auto const back =
      static_cast<std::ptrdiff_t>(dice_.below(std::min<std::size_t>(sent_.size(), 8)));
  auto const [tenant, before] = dice_.percent(50) ? dice_.one_of(sent_) : *(sent_.rbegin() + back);
  engine::BankCredit again = before;
  if (dice_.percent(15)) again.amount = Vnd(std::max<std::int64_t>(again.amount.dong() - 1, 1));
  if (dice_.percent(30)) again.memo = small_talk(dice_);
  again.occurred_at = base::later(
      again.occurred_at, dice_.one_of({0, 0, 0, base::kHour, -base::kDay, 44 * base::kDay,
                                       45 * base::kDay, 45 * base::kDay + 1, -46 * base::kDay}));
  // One channel knows the money by this name, another by that one, a third by both.
  if (dice_.percent(20)) again.bank_ref = dice_.percent(50) ? "" : fresh("FT");
  if (dice_.percent(20)) again.uetr = dice_.percent(50) ? "" : fresh("uetr");
  if (again.uetr.empty() && dice_.percent(40)) again.uetr = fresh("uetr");
  if (!again.uetr.empty() && dice_.percent(30)) again.bank_ref = again.trace = "";
  if (dice_.percent(10)) again.trace = dice_.one_of(sent_).second.trace;
  if (dice_.percent(10)) again.account = "9990";
  Command command = by_role(model, Role::kBank, fresh("event"), again);
  for (auto const& [sequence, key] : keys_of(model, Role::kBank)) {
    if (key.tenant != tenant) continue;
    command.actor = Sequence(sequence);
    command.tenant = Sequence(tenant);
  }
  std::uint64_t const by = command.tenant.value();
  sent_.emplace_back(by, again);
  return command;
}

Command Workload::cash(Model const& model, std::int64_t now) {
  engine::DeclareCash cash;
  cash.shop = dice_.one_of(shops_);
  if (dice_.percent(30)) cash.terminal = dice_.one_of(terminals_);
  cash.day = Day(base::business_day(base::WallTime(now)).days() - (dice_.percent(70) ? 0 : 1));
  if (dice_.percent(3)) cash.day = Day(dice_.percent(50) ? -1 : cash.day.days() + 2);
  cash.amount = Vnd(dice_.one_of({0, 100'000, 250'000, 3'000'000}));
  if (dice_.percent(3)) cash.amount = Vnd(dice_.one_of({-1, 10'000'000'000'000}));
  cash.declared_rev = static_cast<std::uint32_t>(dice_.percent(3) ? 0 : 1 + dice_.below(4));
  cash.evidence = static_cast<std::uint8_t>(dice_.percent(3) ? 4 : dice_.below(4));
  cash.withdrawn = dice_.percent(12);
  if (cash.withdrawn && dice_.percent(90)) cash.amount = Vnd(0);
  if (dice_.percent(50)) cash.count = static_cast<std::uint32_t>(dice_.below(50));
  Role const role = dice_.percent(70) ? Role::kMerchant : Role::kTerminal;
  Command command = by_role(model, role, fresh("cash"), std::move(cash));
  auto const key = model.keys().find(command.actor.value());
  if (key == model.keys().end() || dice_.percent(8)) return command;
  auto& made = std::get<engine::DeclareCash>(command.payload);
  std::vector<std::string> own;
  for (auto const& terminal : terminals_) {
    auto const sequence = model.named(Kind::kRegisterTerminal, terminal);
    bool const mine = key->second.role == Role::kMerchant || key->second.scope == sequence;
    if (mine && sequence != 0 && model.may_act(key->second, model.shop_of_terminal(sequence)))
      own.push_back(terminal);
  }
  if (own.empty()) return command;
  made.terminal = dice_.one_of(own);
  std::uint64_t const shop =
      model.shop_of_terminal(model.named(Kind::kRegisterTerminal, made.terminal));
  for (auto const& name : shops_) {
    if (model.named(Kind::kRegisterShop, name) == shop) made.shop = name;
  }
  return command;
}

}  // namespace qrpay::sim
