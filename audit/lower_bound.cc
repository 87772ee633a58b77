#include "audit/lower_bound.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace qrpay::audit {
namespace {

/// Both fit 63 bits, so that products fit 126. cashless > 0.
struct CashPerSale {
  Sum cash;
  Sum cashless;
};

bool less(CashPerSale const& a, CashPerSale const& b) {
  return a.cash * b.cashless < b.cash * a.cashless;
}

Sum times_rounded_up(Sum value, CashPerSale const& ratio) {
  return (value * ratio.cash + ratio.cashless - 1) / ratio.cashless;
}

/// nullopt when there are too few.
std::optional<CashPerSale> percentile95(std::vector<CashPerSale>& ratios) {
  if (ratios.size() < kStratumDeclarersMin) return std::nullopt;
  std::size_t const rank = (ratios.size() * 95 + 99) / 100;
  auto const at = ratios.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(ratios.begin(), at, ratios.end(), less);
  return *at;
}

}  // namespace

std::optional<MissingCash> missing_cash(std::span<Seller const> sellers) {
  constexpr Sum kProductSafe = std::numeric_limits<std::int64_t>::max();
  CashPerSale declared{0, 0};
  Sum undeclared_cashless = 0;
  std::map<std::string_view, std::vector<CashPerSale>> sectors;
  std::vector<CashPerSale> everyone;
  for (Seller const& seller : sellers) {
    if (!seller.cash) {
      undeclared_cashless += seller.cashless;
      continue;
    }
    declared.cash += *seller.cash;
    declared.cashless += seller.cashless;
    if (seller.cashless == 0) continue;
    sectors[seller.sector].push_back({*seller.cash, seller.cashless});
    everyone.push_back({*seller.cash, seller.cashless});
  }
  MissingCash out;
  if (undeclared_cashless == 0) return out;  // C times any ratio is nothing
  if (declared.cash > kProductSafe || declared.cashless > kProductSafe ||
      undeclared_cashless > kProductSafe)
    return std::nullopt;

  auto const area = percentile95(everyone);
  if (!area) return std::nullopt;
  std::map<std::string_view, std::optional<CashPerSale>> strata;
  for (auto& [sector, ratios] : sectors) strata.emplace(sector, percentile95(ratios));
  for (Seller const& seller : sellers) {
    if (seller.cash || seller.cashless == 0) continue;
    auto const own = strata.find(seller.sector);
    bool const has_own = own != strata.end() && own->second.has_value();
    out.sum += times_rounded_up(seller.cashless, has_own ? *own->second : *area);
    ++(has_own ? out.by_sector : out.by_area);
  }
  out.sum = std::max(out.sum, times_rounded_up(undeclared_cashless, declared));
  return out;
}

}  // namespace qrpay::audit
