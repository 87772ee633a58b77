// The operator's rarest acts among all others: a log key comes or goes, an incarnation begins.
#include "ledger/note.h"

#include "tests/sim/simulation.h"

namespace qrpay::sim {

namespace {

base::Secret log_seed(std::uint64_t number) {
  base::Bytes32 bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return base::Secret(bytes);
}

ledger::NoteSigner log_signer(std::string const& origin, std::uint64_t number) {
  return ledger::NoteSigner::make(origin, log_seed(number)).value();
}

}  // namespace

std::string log_vkey_of(std::string const& origin, std::uint64_t number) {
  return ledger::format_vkey(log_signer(origin, number).verifier_key());
}

/// One of the live keys, or, at times, somebody else's.
std::string Simulation::vouched(std::string const& vkey, std::uint64_t from) {
  std::string const origin = model_.log().origin;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= log_keys_; ++number)
    for (auto const& live : model_.log().live)
      if (live == log_vkey_of(origin, number)) numbers.push_back(number);
  if (numbers.empty() || dice_.percent(10)) numbers = {999};
  return ledger::vouch_for(log_signer(origin, dice_.one_of(numbers)), vkey, from).value();
}

/// By the ledger itself, so it is decided at once and its note is for the very next record.
void Simulation::change_identity() {
  auto const& log = model_.log();
  std::uint64_t const next = model_.records().size() + 1 + (dice_.percent(10) ? 1 : 0);
  engine::Command command;
  switch (dice_.below(5)) {
    case 0:
    case 1: {
      engine::LogKey key;
      key.vkey = log_vkey_of(log.origin, dice_.percent(10) ? 1 : ++log_keys_);
      key.note = vouched(key.vkey, next);
      command.id = key.vkey;
      command.payload = std::move(key);
      break;
    }
    case 2:
    case 3: {
      engine::LogKey key;
      key.vkey = dice_.percent(10) ? log_vkey_of(log.origin, 777) : dice_.one_of(log.live);
      key.retired = true;
      command.id = "retire " + key.vkey;
      command.payload = std::move(key);
      break;
    }
    case 4: {
      engine::Restore restore;
      restore.origin = log.origin;
      if (dice_.percent(90) && restore.origin.back() < '9') ++restore.origin.back();
      restore.log_vkey = log_vkey_of(restore.origin, 1 + dice_.below(log_keys_));
      restore.note = vouched(restore.log_vkey, next);
      restore.restored.size = next - 1;
      command.id = restore.origin + "/" + std::to_string(step_);
      command.payload = std::move(restore);
      break;
    }
  }
  auto const before = model_.log();
  decide(command, engine::prepare(command, tagger_), [](engine::Reply const&) {});
  if (model_.log().origin != before.origin)
    event("restored");
  else if (model_.log().live.size() > before.live.size())
    event("log key added");
  else if (model_.log().live.size() < before.live.size())
    event("log key retired");
}

void Simulation::check_identity() {
  auto const& identity = core_->state().identity();
  if (!identity.begun()) return;
  std::vector<std::string> live;
  for (auto const& key : identity.live_keys()) live.push_back(ledger::format_vkey(key));
  if (identity.origin() != model_.log().origin || live != model_.log().live)
    wrong("the ledger is called otherwise, or other log keys sign");
}

}  // namespace qrpay::sim
