#include "audit/sum.h"

#include <algorithm>

#include "base/check.h"

namespace qrpay::audit {

std::optional<std::int64_t> basis_points(Sum numerator, Sum denominator) {
  QRPAY_CHECK(numerator >= 0 && denominator >= 0);
  if (denominator == 0) return std::nullopt;
  Sum const scaled = numerator * 10'000;
  Sum quotient = scaled / denominator;
  Sum const rest = scaled % denominator;
  // rest against denominator - rest: twice the rest could leave 128 bits.
  Sum const other = denominator - rest;
  if (rest > other || (rest == other && quotient % 2 == 1)) ++quotient;
  return static_cast<std::int64_t>(quotient);
}

std::string to_text(Sum sum) {
  std::string digits;
  bool const negative = sum < 0;
  // Digit by digit from the sum itself, because the smallest one has no positive counterpart.
  do {
    int const digit = static_cast<int>(sum % 10);
    digits.push_back(static_cast<char>('0' + (negative ? -digit : digit)));
    sum /= 10;
  } while (sum != 0);
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace qrpay::audit
