#include "ledger/erasure.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kTargetBytes = 14;
constexpr std::uint64_t kLeafMax = (std::uint64_t{1} << 40) - 1;

}  // namespace

std::string encode_targets(std::span<EraseTarget const> targets) {
  std::string bytes;
  bytes.reserve(targets.size() * kTargetBytes);
  base::ByteWriter out(bytes);
  for (auto const& target : targets) {
    out.u64(target.first.value());
    out.u32(target.count);
    out.u16(target.sections);
  }
  return bytes;
}

Result<std::vector<EraseTarget>> decode_targets(std::string_view bytes) {
  std::vector<EraseTarget> targets(bytes.size() / kTargetBytes);
  base::ByteReader in(base::as_bytes(bytes));
  for (auto& target : targets) {
    target.first = Sequence(in.u64());
    target.count = in.u32();
    target.sections = in.u16();
  }
  if (!in.at_end() || !are_ordered(targets)) return fail(Errc::kMalformed, "erase targets");
  return targets;
}

bool are_ordered(std::span<EraseTarget const> targets) {
  std::uint64_t before = 0;
  for (auto const& target : targets) {
    if (target.count == 0 || target.sections == 0 || (target.sections & kBodyTagBit) != 0)
      return false;
    if (target.first.value() <= before || target.first.value() > kLeafMax ||
        target.last() > kLeafMax)
      return false;
    before = target.last();
  }
  return true;
}

std::vector<EraseTarget> ordered(std::vector<EraseTarget> targets) {
  ErasedSet set;
  for (auto const& target : targets) set.add(target);
  return set.targets();
}

// Afterwards no run reaches from before `sequence` to it.
void ErasedSet::split_at(std::uint64_t sequence) {
  auto const after = runs_.lower_bound(sequence);
  if (after == runs_.begin()) return;
  auto const before = std::prev(after);
  if (before->second.last < sequence) return;
  runs_.emplace_hint(after, sequence, before->second);
  before->second.last = sequence - 1;
}

void ErasedSet::add(EraseTarget const& target) {
  std::uint64_t const first = target.first.value();
  std::uint64_t const end = target.last() + 1;
  split_at(first);
  split_at(end);
  std::uint64_t at = first;
  auto next = runs_.lower_bound(first);
  while (at < end) {
    if (next == runs_.end() || next->first > at) {
      std::uint64_t const until = next == runs_.end() ? end : std::min(end, next->first);
      next = runs_.emplace_hint(next, at, Run{until - 1, target.sections});
    } else {
      next->second.sections = static_cast<SectionMask>(next->second.sections | target.sections);
    }
    at = next->second.last + 1;
    ++next;
  }
  // Only where the new run begins and ends, and within it, may equal neighbours have come about.
  auto one = runs_.lower_bound(first);
  if (one != runs_.begin()) --one;
  while (one != runs_.end() && one->first <= end) {
    auto const other = std::next(one);
    bool const joins = other != runs_.end() && one->second.last + 1 == other->first &&
                       one->second.sections == other->second.sections;
    if (!joins) {
      one = other;
      continue;
    }
    one->second.last = other->second.last;
    runs_.erase(other);
  }
}

SectionMask ErasedSet::mask(Sequence record) const {
  auto const after = runs_.upper_bound(record.value());
  if (after == runs_.begin()) return 0;
  auto const& run = std::prev(after)->second;
  if (run.last < record.value()) return 0;
  return static_cast<SectionMask>(run.sections | kBodyTagBit);
}

std::vector<EraseTarget> ErasedSet::targets() const {
  constexpr std::uint64_t kCountMax = 0xffffffff;
  std::vector<EraseTarget> targets;
  for (auto const& [first, run] : runs_) {
    for (std::uint64_t at = first; at <= run.last;) {
      std::uint64_t const count = std::min(run.last - at + 1, kCountMax);
      targets.push_back({Sequence(at), static_cast<std::uint32_t>(count), run.sections});
      at += count;
    }
  }
  return targets;
}

}  // namespace qrpay::ledger
