#include "ledger/damage.h"

#include <algorithm>

namespace qrpay::ledger {

namespace {

bool covers(Damage const& damage, base::Sequence sequence) {
  return damage.from <= sequence && sequence <= damage.to;
}

}  // namespace

void DamageList::add(Damage const& damage) {
  std::lock_guard const lock(mutex_);
  if (list_.size() >= kMax || std::ranges::find(list_, damage) != list_.end()) return;
  list_.push_back(damage);
  any_.store(true, std::memory_order_relaxed);
}

bool DamageList::holds(base::Sequence sequence) const {
  if (!any_.load(std::memory_order_relaxed)) return false;
  std::lock_guard const lock(mutex_);
  return std::ranges::any_of(list_, [&](Damage const& one) { return covers(one, sequence); });
}

void DamageList::heal(base::Sequence sequence) {
  if (!any_.load(std::memory_order_relaxed)) return;
  std::lock_guard const lock(mutex_);
  std::erase_if(list_, [&](Damage const& one) { return covers(one, sequence); });
  any_.store(!list_.empty(), std::memory_order_relaxed);
}

std::vector<Damage> DamageList::list() const {
  std::lock_guard const lock(mutex_);
  return list_;
}

}  // namespace qrpay::ledger
