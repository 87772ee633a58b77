#include "tests/bench/transfer_world.h"

#include <utility>

namespace qrpay::bench {

namespace {

// splitmix64
std::uint64_t mix(std::uint64_t x) { return base::IntegerHash{}(x + 0x9e3779b97f4a7c15ULL); }

std::size_t account_of(Shape shape, std::uint64_t dice, std::size_t count) {
  if (shape != Shape::kSkewed) return dice % count;
  std::size_t const few = count / 5;
  bool const is_few = (dice >> 24) % 100 < 80;
  return is_few ? dice % few : few + dice % (count - few);
}

}  // namespace

TransferWorld::TransferWorld(std::string const& dir, std::size_t accounts,
                             RigOptions const& options)
    : rig_(dir, options), accounts_(rig_.open_accounts(accounts)), next_(rig_.log().size()) {}

TransferWorld::TransferWorld(EngineRig::Existing const& existing,
                             std::vector<ledger::AccountId> accounts, RigOptions const& options)
    : rig_(existing, options), accounts_(std::move(accounts)), next_(rig_.log().size()) {}

engine::Command TransferWorld::command(std::uint64_t number, Shape shape, std::size_t batch) const {
  engine::Command command;
  command.actor = rig_.operator_key();
  bool const posts = shape == Shape::kHoldPost && number / batch % 2 == 1;
  if (posts) {
    command.id = "p" + std::to_string(number);
    command.payload = engine::PostHold{"h" + std::to_string(number - batch)};
    return command;
  }
  std::uint64_t const dice = mix(number);
  std::size_t const from = account_of(shape, dice >> 32, accounts_.size());
  std::size_t to =
      shape == Shape::kHot ? 0 : account_of(shape, dice & 0xffffffff, accounts_.size());
  if (to == from) to = (to + 1) % accounts_.size();
  base::Vnd const amount(1 + static_cast<std::int64_t>(dice % 1'000'000));
  if (shape == Shape::kHoldPost) {
    command.id = "h" + std::to_string(number);
    engine::PutHold hold;
    hold.debit = accounts_[from];
    hold.credit = accounts_[to];
    hold.amount = amount;
    command.payload = hold;
    return command;
  }
  command.id = "t" + std::to_string(number);
  engine::Transfer transfer;
  transfer.debit = accounts_[from];
  transfer.credit = accounts_[to];
  transfer.amount = amount;
  command.payload = std::move(transfer);
  return command;
}

std::uint64_t TransferWorld::take_numbers(std::uint64_t count) {
  return std::exchange(next_, next_ + count);
}

LoadResult TransferWorld::run(LoadPlan const& plan, Shape shape) {
  std::uint64_t const total = plan.total / plan.batch * plan.batch;
  // Holds and posts alternate by whole batches, from an even one on.
  std::uint64_t const pair = 2 * plan.batch;
  std::uint64_t const skipped = (pair - next_ % pair) % pair;
  std::uint64_t const first = take_numbers(skipped + total) + skipped;
  std::uint64_t const before = rig_.log().size();
  auto result = run_batches(
      rig_, plan, [&](std::uint64_t i) { return command(first + i, shape, plan.batch); },
      engine::Outcome::kDone);
  rig_.check_sound(before + total);
  return result;
}

Floor TransferWorld::floor(std::size_t batch, std::size_t writes) {
  auto const bytes = static_cast<std::size_t>(rig_.bytes_a_record() * static_cast<double>(batch));
  return measure_floor(rig_.dir() + "-floor" + std::to_string(floors_++), bytes, writes);
}

}  // namespace qrpay::bench
