// A run: what a stretch of records adds to the projections, in memory until it is on disk.
//
// Filled by the engine's thread while records are applied, cut, and written as sorted files. Until
// its files are part of the instance every look-up and list finds it here.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/containers.h"
#include "ledger/book.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// The first record that carried a money tag, with what "same content" compares (LEDGER 2).
struct KnownMoney {
  Sequence sequence;
  Vnd amount;
  WallTime occurred_at;
  friend bool operator==(KnownMoney const&, KnownMoney const&) = default;
};

/// A map by uniform tags that grows in a thousandth at a time: one table would
/// stand still while all of it is rehashed. One thread while it changes.
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
  /// All entries, by tag.
  [[nodiscard]] std::vector<std::pair<Tag, Value>> sorted() const;

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

/// A list that one thread lengthens and others read at the same time. Elements never move.
template <class T>
class TailList {
 public:
  void push(T const& value) {
    std::size_t const count = count_.load(std::memory_order_relaxed);
    if (count % kChunk == 0) {
      auto chunk = std::make_unique_for_overwrite<Chunk>();
      last_ = chunk.get();
      std::lock_guard const lock(mutex_);
      chunks_.push_back(std::move(chunk));
    }
    (*last_)[count % kChunk] = value;
    count_.store(count + 1, std::memory_order_release);
  }
  [[nodiscard]] std::size_t size() const { return count_.load(std::memory_order_acquire); }
  /// Visits what is there at the call, in order.
  template <class Visit>
  void each(Visit const& visit) const {
    std::size_t const count = size();
    for (std::size_t begin = 0; begin < count; begin += kChunk) {
      Chunk const& chunk = chunk_at(begin / kChunk);
      for (std::size_t i = 0; i < kChunk && begin + i < count; ++i) visit(chunk[i]);
    }
  }

 private:
  static constexpr std::size_t kChunk = 4096;
  using Chunk = std::array<T, kChunk>;
  [[nodiscard]] Chunk const& chunk_at(std::size_t index) const {
    std::lock_guard const lock(mutex_);
    return *chunks_[index];
  }
  mutable std::mutex mutex_;  ///< guards chunks_
  std::vector<std::unique_ptr<Chunk>> chunks_;
  Chunk* last_ = nullptr;
  std::atomic<std::size_t> count_{0};
};

/// One leg as a statement lists it. Positive = debit.
struct TailPosting {
  AccountId account;
  Sequence sequence;
  std::int64_t amount;
  Layer layer;
  Leg leg;
};
/// A record that posted money for a shop.
struct TailPayment {
  Sequence shop;
  Sequence record;
  std::int32_t day;
};

/// A row of the state, by table and key. The last one written under a key stands.
struct StateRow {
  std::uint8_t table;
  std::string key;
  std::optional<std::string> value;  ///< nullopt: gone
};

/// Records (after, through]. The engine's thread fills it; after it was cut nobody changes it. Only
/// `postings`, `payments` and `through` may be read by other threads before that.
struct Run {
  explicit Run(Sequence after_sequence) : after(after_sequence), through(after_sequence.value()) {}

  Sequence const after;
  std::atomic<std::uint64_t> through;
  WallTime last_time;
  TagMap<IdTag, Sequence> ids;
  TagMap<MoneyTag, KnownMoney> money;
  TagMap<IdTag, Sequence> pages;
  TailList<TailPosting> postings;
  TailList<TailPayment> payments;
  struct Terms {
    AccountId account;
    Limit limit;
    Sides closed;
  };
  std::vector<Terms> terms;  ///< accounts opened or closed, as they are then
  std::vector<StateRow> rows;
  std::size_t row_bytes = 0;

  void put_row(std::uint8_t table, std::string key, std::string value) {
    row_bytes += key.size() + value.size() + sizeof(StateRow);
    rows.push_back({table, std::move(key), std::move(value)});
  }
  void drop_row(std::uint8_t table, std::string key) {
    row_bytes += key.size() + sizeof(StateRow);
    rows.push_back({table, std::move(key), std::nullopt});
  }
  [[nodiscard]] std::uint64_t records() const { return through.load() - after.value(); }
  /// Memory it holds, roughly.
  [[nodiscard]] std::size_t bytes() const;
};

/// 16 bytes as two numbers that sort as the bytes do.
struct SortKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  explicit SortKey(Bytes16 const& bytes) : high(number(bytes, 0)), low(number(bytes, 8)) {}
  friend auto operator<=>(SortKey const&, SortKey const&) = default;

 private:
  static std::uint64_t number(Bytes16 const& bytes, std::size_t begin) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | bytes[begin + i];
    return value;
  }
};

template <class Tag, class Value>
std::vector<std::pair<Tag, Value>> TagMap<Tag, Value>::sorted() const {
  struct Entry {
    SortKey key;
    Tag const* tag;
    Value const* value;
  };
  std::vector<Entry> order;
  order.reserve(size_);
  for (auto const& part : parts_)
    for (auto const& [tag, value] : part) order.push_back({SortKey(tag.value()), &tag, &value});
  std::sort(order.begin(), order.end(),
            [](Entry const& a, Entry const& b) { return a.key < b.key; });
  std::vector<std::pair<Tag, Value>> all;
  all.reserve(size_);
  for (auto const& entry : order) all.emplace_back(*entry.tag, *entry.value);
  return all;
}

}  // namespace qrpay::ledger
