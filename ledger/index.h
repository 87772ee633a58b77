// What must be found by name: known ids and known money. In memory, rebuilt by replay.
#pragma once

#include <optional>

#include "base/containers.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// The first record that carried a money tag, with what "same content" compares (LEDGER 2).
struct KnownMoney {
  Sequence sequence;
  Vnd amount;
  WallTime occurred_at;
};

/// One thread. Memory: about 30 bytes an id and 45 a money tag, at most twice that after growing.
/// An entry is never removed: ids are remembered for ever.
class Index {
 public:
  [[nodiscard]] std::optional<Sequence> find_id(IdTag const& tag) const {
    auto const found = ids_.find(tag);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The first use of a tag stands.
  void add_id(IdTag const& tag, Sequence sequence) { ids_.try_emplace(tag, sequence); }

  [[nodiscard]] std::optional<KnownMoney> find_money(MoneyTag const& tag) const {
    auto const found = money_.find(tag);
    return found == money_.end() ? std::nullopt : std::optional(found->second);
  }
  void add_money(MoneyTag const& tag, KnownMoney const& money) { money_.try_emplace(tag, money); }

  [[nodiscard]] std::size_t ids() const { return ids_.size(); }
  [[nodiscard]] std::size_t money() const { return money_.size(); }
  void reserve_ids(std::size_t count) { ids_.reserve(count); }

 private:
  base::FlatMap<IdTag, Sequence, base::UniformHash> ids_;
  base::FlatMap<MoneyTag, KnownMoney, base::UniformHash> money_;
};

}  // namespace qrpay::ledger
