// What is to be forgotten: orders and credits mostly, in one piece or in parts.
#include <algorithm>
#include <iterator>

#include "tests/sim/workload.h"

namespace qrpay::sim {

using base::Sequence;
using engine::Command;

namespace {

constexpr ledger::SectionMask kMasks[] = {ledger::kAllSections, ledger::kAllSections, 1, 2, 6, 7};

}  // namespace

Command Workload::erase(Model const& model, std::int64_t /*now*/) {
  engine::Erase erase;
  std::uint64_t const records = model.records().size();
  std::vector<std::uint64_t> personal;
  for (auto const& record : model.records()) {
    bool const order = record->kind == ledger::Kind::kPutOrder;
    bool const notice =
        record->kind == ledger::Kind::kBankCredit || record->kind == ledger::Kind::kIdReuse;
    if (order || notice) personal.push_back(record->sequence);
  }
  for (auto left = 1 + dice_.below(4); left > 0; --left) {
    ledger::EraseTarget target{Sequence(2 + dice_.below(records))};
    // The newest too, which may not be synced yet.
    if (!personal.empty() && dice_.percent(85)) {
      std::size_t const back =
          dice_.percent(40) ? std::min<std::size_t>(personal.size(), 4) : personal.size();
      target.first = Sequence(personal[personal.size() - 1 - dice_.below(back)]);
    }
    if (dice_.percent(20)) target.count = static_cast<std::uint32_t>(1 + dice_.below(6));
    target.sections = kMasks[dice_.below(std::size(kMasks))];
    erase.targets.push_back(target);
  }
  if (dice_.percent(95)) erase.targets = ledger::ordered(std::move(erase.targets));
  if (dice_.percent(2)) erase.targets.clear();
  if (dice_.percent(2) && !erase.targets.empty()) erase.targets.front().first = Sequence(1);
  erase.request = fresh("request");
  erase.parts = static_cast<std::uint32_t>(dice_.percent(10) ? dice_.below(4) : 1);
  Command command = by_operator(model, fresh("erase"), std::move(erase));
  if (dice_.percent(10)) command.revision = 2;
  if (dice_.percent(5)) command.actor = command.tenant = Sequence(0);
  return command;
}

}  // namespace qrpay::sim
