// Sums of dong and of sales over a whole ledger, and their ratios in basis points. Exact: 128 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qrpay::audit {

/// One amount has 63 bits and a ledger at most 2^64 records, so a sum of them fits.
__extension__ using Sum = __int128;

/// Of one kind of thing: how many, and how much in dong.
struct CountSum {
  std::uint64_t count = 0;
  Sum sum = 0;
  void add(Sum amount) {
    ++count;
    sum += amount;
  }
  void add(CountSum const& other) {
    count += other.count;
    sum += other.sum;
  }
  friend bool operator==(CountSum const&, CountSum const&) = default;
};

/// 10,000 * numerator / denominator, rounded half to even; nullopt when the denominator is 0.
/// Requires: both >= 0; numerator at most 10^34, beyond any sum of money.
[[nodiscard]] std::optional<std::int64_t> basis_points(Sum numerator, Sum denominator);

/// Decimal digits, "-" in front of a negative one.
[[nodiscard]] std::string to_text(Sum sum);

}  // namespace qrpay::audit
