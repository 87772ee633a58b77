// The cash of sellers who declared none, estimated against us: what CR-1's lower bound rests on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "audit/sum.h"

namespace qrpay::audit {

/// Fewer declarers than this say nothing about their neighbours (AUDIT 1.4, strata).
inline constexpr std::size_t kStratumDeclarersMin = 5;

struct Seller {
  std::string_view sector;
  Sum cashless = 0;         ///< C
  std::optional<Sum> cash;  ///< K; absent: not a declarer
};

struct MissingCash {
  Sum sum = 0;
  std::uint64_t by_sector = 0;  ///< sellers estimated from declarers of their own sector
  std::uint64_t by_area = 0;    ///< from all declarers: their sector has too few
};

/// Sum of Kx over the sellers without K: C times the 95th percentile (nearest rank) of K/C among
/// the declarers of the same sector with C > 0, rounded up; and never less than what the declarers'
/// own overall K/C would give, so that the lower bound cannot pass the ratio itself.
/// nullopt: fewer than five declarers to estimate from, or a sum beyond 63 bits.
/// Cost: O(n log n).
[[nodiscard]] std::optional<MissingCash> missing_cash(std::span<Seller const> sellers);

}  // namespace qrpay::audit
