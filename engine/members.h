// What the record of a batch says of each of its members: docs/formats/record.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "ledger/record.h"

namespace qrpay::engine {

using base::Sequence;
using base::Vnd;
using base::WallTime;
using ledger::IdTag;

/// A hold by the record that made it and, where that is a batch, its place there.
struct HoldId {
  Sequence record;
  std::uint8_t place = 0;  ///< below kBatchMembersMax
  friend auto operator<=>(HoldId const&, HoldId const&) = default;
};

struct Member {
  ledger::Kind kind{};  ///< transfer, hold, post or void_hold
  Vnd amount;
  std::uint8_t postings = 0;  ///< so many of the record's are its own, in order
  IdTag id = {};              ///< of a hold that is made
  WallTime expires = {};      ///< of the same; 0 = never
  HoldId hold = {};           ///< that is posted or voided
};

[[nodiscard]] std::string encode_members(std::vector<Member> const& members);
/// Those before the first that does not read.
[[nodiscard]] std::vector<Member> decode_members(std::string_view bytes);

}  // namespace qrpay::engine
