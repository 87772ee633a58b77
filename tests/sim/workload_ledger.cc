// Between general accounts: transfers, holds and their ends, batches, closings.
#include <utility>

#include "tests/sim/workload.h"

namespace qrpay::sim {

using base::Sequence;
using base::Vnd;
using base::WallTime;
using engine::Command;

ledger::AccountId Workload::some_account(Model const& model) {
  std::vector<ledger::AccountId> accounts;
  for (auto const& [sequence, limit] : model.general())
    accounts.push_back(ledger::account_id(ledger::AccountClass::kGeneral, Sequence(sequence)));
  bool const stranger = accounts.empty() || dice_.percent(2);
  if (stranger) return ledger::account_id(ledger::AccountClass::kSales, Sequence(5));
  return accounts[dice_.below(accounts.size())];
}

Vnd Workload::some_amount() {
  if (dice_.percent(2)) return Vnd(dice_.one_of({0, -1, 10'000'000'000'000}));
  return Vnd(dice_.one_of({1, 500, 500, 1'000, 1'000, 9'999'999'999'999}));
}

engine::Transfer Workload::some_transfer(Model const& model) {
  engine::Transfer transfer;
  transfer.debit = some_account(model);
  transfer.credit = some_account(model);
  transfer.amount = some_amount();
  if (dice_.percent(2)) transfer.currency = 840;
  if (dice_.percent(55)) return transfer;
  // Some pay one, or one pays some; the last leg makes it even, mostly.
  std::int64_t sum = 0;
  for (auto left = 1 + dice_.below(4); left > 0; --left) {
    std::int64_t const amount = some_amount().dong() * (dice_.percent(80) ? 1 : -1);
    transfer.legs.push_back({some_account(model), Vnd(amount)});
    sum += amount;
  }
  if (dice_.percent(97)) transfer.legs.push_back({some_account(model), Vnd(-sum)});
  if (dice_.percent(1)) transfer.legs.resize(65, transfer.legs.front());
  return transfer;
}

/// Of an import; a few that cannot be.
std::optional<WallTime> Workload::import_time(std::int64_t now, std::size_t percent) {
  if (!dice_.percent(percent)) return std::nullopt;
  return WallTime(dice_.one_of({now, now - base::kMinute, now - base::kDay,
                                now - 4'000 * base::kDay, now + base::kDay, -1}));
}

Command Workload::transfer(Model const& model, std::int64_t now) {
  engine::Transfer transfer = some_transfer(model);
  transfer.occurred_at = import_time(now, 15);
  return by_operator(model, fresh("transfer"), std::move(transfer));
}

engine::PutHold Workload::some_hold(Model const& model) {
  engine::PutHold hold;
  hold.debit = some_account(model);
  hold.credit = some_account(model);
  hold.amount = some_amount();
  hold.lifetime = dice_.one_of({0, base::kSecond, base::kMinute, base::kHour, base::kDay,
                                20 * base::kDay, 400 * base::kDay});
  if (dice_.percent(2)) hold.lifetime = dice_.one_of({-1, 400 * base::kDay + 1});
  if (dice_.percent(1)) hold.currency = 840;
  return hold;
}

Command Workload::hold(Model const& model, std::int64_t now) {
  engine::PutHold hold = some_hold(model);
  hold.occurred_at = import_time(now, 15);
  return by_operator(model, fresh("hold"), hold);
}

/// Mostly an open one; any, so that ends meet ends.
std::string Workload::known_hold(Model const& model) {
  std::vector<std::string> open;
  std::vector<std::string> all;
  for (auto const& [id, hold] : model.holds()) {
    all.push_back(id);
    if (hold.status == ModelHold::Status::kOpen) open.push_back(id);
  }
  if (all.empty() || dice_.percent(3)) return "nobody's";
  return dice_.one_of(!open.empty() && dice_.percent(60) ? open : all);
}

Command Workload::end_hold(Model const& model, std::int64_t now) {
  if (model.holds().empty()) return hold(model, now);
  std::string const id = known_hold(model);
  auto const time = import_time(now, 6);
  if (dice_.percent(35))
    return by_operator(model, fresh("void"), engine::VoidHold{.hold = id, .occurred_at = time});
  engine::PostHold post{.hold = id, .occurred_at = time};
  auto const held = model.holds().find(id);
  std::int64_t const amount = held == model.holds().end() ? 1 : held->second.amount;
  if (dice_.percent(60))
    post.amount = Vnd(dice_.one_of({amount, (amount + 1) / 2, 1, amount + 1, amount + 500}));
  if (dice_.percent(3)) post.amount = Vnd(0);
  return by_operator(model, fresh("post"), std::move(post));
}

engine::BatchMember Workload::some_member(Model const& model, std::vector<std::string>& made) {
  std::size_t const kind = dice_.below(100);
  if (kind < 45) return {{}, some_transfer(model)};
  if (kind < 65) {
    made.push_back(fresh("hold"));
    // Now and then an id that is known, or one of this batch.
    if (dice_.percent(20)) made.back() = dice_.percent(75) ? known_hold(model) : made.front();
    return {made.back(), some_hold(model)};
  }
  std::string const id =
      !made.empty() && dice_.percent(50) ? dice_.one_of(made) : known_hold(model);
  if (kind < 80) return {{}, engine::VoidHold{id}};
  engine::PostHold post{id};
  if (dice_.percent(30)) post.amount = some_amount();
  return {{}, std::move(post)};
}

Command Workload::batch(Model const& model, std::int64_t now) {
  engine::PutBatch batch;
  std::vector<std::string> made;
  std::size_t count = 1 + dice_.below(4);
  if (dice_.percent(3)) count = static_cast<std::size_t>(dice_.one_of({0, 20, 33}));
  for (; count > 0; --count) batch.members.push_back(some_member(model, made));
  batch.occurred_at = import_time(now, 6);
  if (!batch.members.empty() && dice_.percent(2)) {
    if (auto* one = std::get_if<engine::Transfer>(&batch.members.front().what))
      one->occurred_at = WallTime(now);
    else
      batch.members.front().id += "x";
  }
  return by_operator(model, fresh("batch"), std::move(batch));
}

Command Workload::close(Model const& model, std::int64_t /*now*/) {
  engine::CloseAccount close;
  close.account = some_account(model);
  // An account without a balance is rare, so that most of them stay open.
  for (auto const& [sequence, limit] : model.general()) {
    auto const found = model.balances().find("general/" + std::to_string(sequence));
    if (found == model.balances().end()) continue;
    ModelBalance const& balance = found->second;
    bool const even = balance.debit == balance.credit;
    bool const holds = balance.held_debit != 0 || balance.held_credit != 0;
    if (even && dice_.percent(holds ? 90 : 30))
      close.account = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(sequence));
  }
  close.sides = static_cast<ledger::Sides>(dice_.percent(5) ? dice_.below(6) : 1 + dice_.below(3));
  close.with_balance = dice_.percent(15);
  return by_operator(model, fresh("close"), close);
}

}  // namespace qrpay::sim
