// What an Erase record names, and the set of all that was erased.
//
// Targets are runs of records with a bit for each section: sequences only, so they name nobody.
// docs/formats/record.md draws them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// Bit s = section s; bit 15 = the key of the record's body tag, which dies with any section.
using SectionMask = std::uint16_t;
inline constexpr SectionMask kAllSections = 0x7fff;
inline constexpr SectionMask kBodyTagBit = 0x8000;

/// Sections of `count` records from `first` on.
struct EraseTarget {
  Sequence first;
  std::uint32_t count = 1;
  SectionMask sections = kAllSections;  ///< without kBodyTagBit
  [[nodiscard]] std::uint64_t last() const { return first.value() + count - 1; }
  friend bool operator==(EraseTarget const&, EraseTarget const&) = default;
};

/// Runs and records of one Erase record: 14 KB of body, and what a State takes in 1 ms.
inline constexpr std::size_t kEraseTargetsMax = 1'024;
inline constexpr std::uint64_t kEraseRecordsMax = 65'536;

/// 14 bytes each.
[[nodiscard]] std::string encode_targets(std::span<EraseTarget const> targets);
/// Errors: kMalformed: another length, nothing erased, not ascending, overlapping, beyond the tree.
[[nodiscard]] base::Result<std::vector<EraseTarget>> decode_targets(std::string_view bytes);
/// Does decode_targets() accept them?
[[nodiscard]] bool are_ordered(std::span<EraseTarget const> targets);
/// Sorts and joins what may overlap into ordered runs.
[[nodiscard]] std::vector<EraseTarget> ordered(std::vector<EraseTarget> targets);

/// What an Erase record did to the vault, once that is told of it.
struct Erasure {
  Sequence record;
  std::vector<EraseTarget> targets;  ///< ordered
};

/// All sections that were erased, as disjoint runs: one entry for a range. One thread.
class ErasedSet {
 public:
  void add(EraseTarget const& target);
  /// 0 when nothing of the record was erased; else with kBodyTagBit.
  [[nodiscard]] SectionMask mask(Sequence record) const;
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  /// As targets, ordered.
  [[nodiscard]] std::vector<EraseTarget> targets() const;
  friend bool operator==(ErasedSet const&, ErasedSet const&) = default;

 private:
  struct Run {
    std::uint64_t last = 0;
    SectionMask sections = 0;
    friend bool operator==(Run const&, Run const&) = default;
  };
  void split_at(std::uint64_t sequence);
  std::map<std::uint64_t, Run> runs_;  ///< by first; neighbours with equal sections are joined
};

}  // namespace qrpay::ledger
