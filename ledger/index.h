// What must be found by name: known ids and known money. In memory, rebuilt by replay.
#pragma once

#include <optional>
#include <vector>

#include "base/containers.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// The first record that carried a money tag, with what "same content" compares (LEDGER 2).
struct KnownMoney {
  Sequence sequence;
  Vnd amount;
  WallTime occurred_at;
};

/// A map by uniform tags that grows in a thousandth at a time: one table would
/// stand still while all of it is rehashed. One thread.
template <class Tag, class Value>
class TagMap {
 public:
  TagMap() : parts_(kParts) {}
  [[nodiscard]] std::optional<Value> find(Tag const& tag) const {
    auto const& part = parts_[part_of(tag)];
    auto const found = part.find(tag);
    return found == part.end() ? std::nullopt : std::optional(found->second);
  }
  /// The first use of a tag stands.
  void add(Tag const& tag, Value const& value) {
    if (parts_[part_of(tag)].try_emplace(tag, value).second) ++size_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  void reserve(std::size_t count) {
    std::size_t const each = count / kParts;
    for (auto& part : parts_) part.reserve(each + each / 8);  // none holds exactly its share
  }

 private:
  static constexpr std::size_t kParts = 1024;
  // By the last bytes: a part's own table goes by the first.
  [[nodiscard]] static std::size_t part_of(Tag const& tag) {
    auto const& bytes = tag.value();
    return (std::size_t{bytes[14]} << 8 | bytes[15]) % kParts;
  }
  std::vector<base::FlatMap<Tag, Value, base::UniformHash>> parts_;
  std::size_t size_ = 0;
};

/// One thread. Memory: about 30 bytes an id and 45 a money tag, at most twice that after growing.
/// An entry is never removed: ids are remembered for ever.
class Index {
 public:
  [[nodiscard]] std::optional<Sequence> find_id(IdTag const& tag) const { return ids_.find(tag); }
  /// The first use of a tag stands.
  void add_id(IdTag const& tag, Sequence sequence) { ids_.add(tag, sequence); }

  [[nodiscard]] std::optional<KnownMoney> find_money(MoneyTag const& tag) const {
    return money_.find(tag);
  }
  void add_money(MoneyTag const& tag, KnownMoney const& money) { money_.add(tag, money); }

  [[nodiscard]] std::size_t ids() const { return ids_.size(); }
  [[nodiscard]] std::size_t money() const { return money_.size(); }
  void reserve_ids(std::size_t count) { ids_.reserve(count); }

 private:
  TagMap<IdTag, Sequence> ids_;
  TagMap<MoneyTag, KnownMoney> money_;
};

}  // namespace qrpay::ledger
