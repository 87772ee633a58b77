// Registrations after the opening day, keys, and commands that should not have been sent.
#include "tests/sim/workload.h"

namespace qrpay::sim {

using base::Day;
using base::Sequence;
using base::Vnd;
using engine::Command;
using engine::Role;

namespace {

struct ChangeBody {
  Dice& dice;
  void operator()(engine::Genesis& c) const { c.origin += "x"; }
  void operator()(engine::RegisterBank& c) const { c.name += "x"; }
  void operator()(engine::RegisterMerchant& c) const { c.tax_code += "1"; }
  void operator()(engine::RegisterShop& c) const {
    if (dice.percent(50)) c.opened_on = Day(c.opened_on.days() + 1);
    else c.position = engine::Position{21'000'000, 107'000'000};
  }
  void operator()(engine::RegisterTerminal& c) const { c.training = !c.training; }
  void operator()(engine::OpenBankAccount& c) const { c.orders_only = !c.orders_only; }
  void operator()(engine::OpenGeneralAccount& c) const { c.name += "x"; }
  void operator()(engine::PutKey& c) const { c.scope += "x"; }
  void operator()(engine::PutOrder& c) const {
    if (dice.percent(50)) c.amount = Vnd(c.amount.dong() + 1);
    else c.lifetime += 1;
  }
  void operator()(engine::CancelOrder& /*c*/) const {}
  void operator()(engine::BankCredit& c) const {
    switch (dice.below(6)) {
      case 0: c.amount = Vnd(c.amount.dong() + 1); break;
      case 1: c.memo += " x"; break;
      case 2: c.occurred_at = base::later(c.occurred_at, 1); break;
      case 3: c.payer.name += "x"; break;
      case 4: c.rail = engine::Rail::kCard; break;
      case 5: c.trace += "x"; break;
    }
  }
  void operator()(engine::DeclareCash& c) const {
    if (dice.percent(50)) c.declared_rev += 1;
    else c.count = c.count.value_or(0) + 1;
  }
  void operator()(engine::Transfer& c) const {
    std::swap(c.debit, c.credit);
    for (auto& leg : c.legs) leg.amount = Vnd(-leg.amount.dong());
  }
  void operator()(engine::PutHold& c) const {
    if (dice.percent(50)) c.lifetime += 1;
    else std::swap(c.debit, c.credit);
  }
  void operator()(engine::PostHold& c) const {
    c.amount = Vnd(c.amount.value_or(Vnd(1)).dong() + 1);
  }
  void operator()(engine::VoidHold& c) const { c.hold += "x"; }
  void operator()(engine::PutBatch& c) const {
    if (c.members.empty()) c.members.push_back({{}, engine::VoidHold{"x"}});
    else if (c.members.size() > 1 && dice.percent(50)) c.members.pop_back();
    else std::visit([&](auto& what) { (*this)(what); }, c.members.back().what);
  }
  void operator()(engine::CloseAccount& c) const { c.with_balance = !c.with_balance; }
  void operator()(engine::Erase& c) const { c.request += "x"; }
  void operator()(engine::LogKey& c) const { c.retired = !c.retired; }
  void operator()(engine::Restore& c) const { c.origin += "x"; }
  void operator()(engine::Tick& c) const { ++c.counter; }
  void operator()(engine::PutSecret& c) const { c.check[1] ^= 1; }
};

struct ChangeRandomness {
  Dice& dice;
  template <class T>
  void operator()(T& /*has none*/) const {}
  void operator()(engine::PutKey& c) const { c.salt[0] = static_cast<std::uint8_t>(dice.bits()); }
  void operator()(engine::PutOrder& c) const {
    c.code_entropy[0] = static_cast<std::uint8_t>(dice.bits());
    c.page_token = "another-page-token-" + std::to_string(dice.below(1000));
  }
  void operator()(engine::BankCredit& c) const { c.signed_original += " "; }
};

}  // namespace

Command Workload::other_body(Command command) {
  std::visit(ChangeBody{dice_}, command.payload);
  return command;
}

Command Workload::other_hands(Model const& model, Command command) {
  std::vector<std::uint64_t> neighbours;
  std::vector<std::uint64_t> all;
  for (auto const& [sequence, key] : model.keys()) {
    all.push_back(sequence);
    if (key.tenant == command.tenant.value()) neighbours.push_back(sequence);
  }
  if (all.empty()) return command;
  bool const near = !neighbours.empty() && dice_.percent(70);
  command.actor = Sequence(dice_.one_of(near ? neighbours : all));
  if (dice_.percent(30)) command.tenant = Sequence(model.keys().at(command.actor.value()).tenant);
  return command;
}

Command Workload::other_randomness(Command command) {
  std::visit(ChangeRandomness{dice_}, command.payload);
  return command;
}

Command Workload::registration(Model const& model, std::int64_t /*now*/) {
  switch (dice_.below(6)) {
    case 0: {
      engine::RegisterBank bank{"Late Bank", {std::to_string(970'450 + dice_.below(4))}};
      if (dice_.percent(20)) bank.bins.push_back(dice_.text_of({"97040", "97O400", "970400"}));
      if (dice_.percent(10)) bank.bins.clear();
      return by_operator(model, fresh("bank"), std::move(bank));
    }
    case 1: {
      engine::RegisterMerchant merchant{"Ông Năm", "0101234567", engine::Mode::kDirect};
      if (dice_.percent(25)) merchant.mode = engine::Mode::kCollect;
      std::string const id = fresh("merchant");
      if (merchant.mode == engine::Mode::kDirect) merchants_.push_back(id);
      return by_operator(model, id, std::move(merchant));
    }
    case 2: {
      shops_.push_back(fresh("shop"));
      return by_operator(model, shops_.back(), some_shop(dice_.one_of(merchants_)));
    }
    case 3: {
      terminals_.push_back(fresh("till"));
      return by_operator(model, terminals_.back(),
                         engine::RegisterTerminal{dice_.one_of(shops_), "till", false});
    }
    case 4: {
      // Numbers out of few, so that two may claim the same account.
      engine::OpenBankAccount account{dice_.one_of(merchants_), dice_.one_of(bins_),
                                      "77" + std::to_string(dice_.below(3)), "HOLDER",
                                      dice_.percent(50) ? dice_.one_of(shops_) : "",
                                      dice_.text_of({"", "QNB", "FT"}), false};
      if (dice_.percent(10)) account.bin = "111111";
      accounts_.push_back(fresh("account"));
      return by_operator(model, accounts_.back(), std::move(account));
    }
    case 5: break;
  }
  return by_operator(model, fresh("general"),
                     engine::OpenGeneralAccount{"late", ledger::Limit::kFloor});
}

Command Workload::key(Model const& model, std::int64_t /*now*/) {
  if (dice_.percent(50)) {
    std::string const scope =
        dice_.percent(50) ? dice_.one_of(merchants_) : dice_.one_of(terminals_);
    auto const role = static_cast<Role>(1 + dice_.below(5));
    key_plan_.emplace_back(fresh("key"), engine::PutKey{role, scope, {}, {6}, false});
    key_plan_.back().second.generation = some_key_file(model);
    return by_operator(model, key_plan_.back().first, key_plan_.back().second);
  }
  auto [id, revoke] = dice_.one_of(key_plan_);
  revoke.revoked = !dice_.percent(10);
  Command command = by_operator(model, id, revoke);
  command.revision = static_cast<std::uint32_t>(2 + (dice_.percent(15) ? 1 : 0));
  return command;
}

/// A sensible command in the wrong hands.
Command Workload::odd(Model const& model, std::int64_t now) {
  static constexpr Make kMakes[] = {
      &Workload::order, &Workload::credit,       &Workload::cancel, &Workload::cash,
      &Workload::hold,  &Workload::end_hold,     &Workload::batch,  &Workload::close,
      &Workload::transfer, &Workload::registration, &Workload::erase};
  Command command = (this->*kMakes[dice_.below(std::size(kMakes))])(model, now);
  switch (dice_.below(6)) {
    case 0: {  // another's key
      auto const& keys = model.keys();
      auto const chosen =
          std::next(keys.begin(), static_cast<std::ptrdiff_t>(dice_.below(keys.size())));
      command.actor = Sequence(chosen->first);
      if (dice_.percent(50)) command.tenant = Sequence(chosen->second.tenant);
      break;
    }
    case 1: command.actor = Sequence(dice_.below(200)); break;  // no key, or the ledger itself
    case 2: command.tenant = Sequence(dice_.below(30)); break;
    case 3: command.revision += 1; break;
    case 4:  // the ledger's own come another way
      if (command.actor == Sequence(0)) break;
      command.payload = engine::Tick{base::WallTime(now), dice_.bits() % 3};
      break;
    case 5: command.payload = engine::Genesis{"sim/0/2", "x", {}, {}}; break;
  }
  return command;
}

}  // namespace qrpay::sim
