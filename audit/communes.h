// The 54 communes of Quang Ninh in force from 2025-07-01, compiled in.
//
// Source: data/admin_units.csv (resolution 1679/NQ-UBTVQH15; codes of the statistics office).
#pragma once

#include <span>
#include <string_view>

#include "base/time_text.h"

namespace qrpay::audit {

struct Commune {
  std::string_view code;       ///< five digits; text, because the leading zero belongs to it
  std::string_view full_name;  ///< with its kind in front, composed UTF-8
};

inline constexpr std::string_view kQuangNinh = "22";
/// Codes were used again: an older place under the same code has other borders and people.
inline constexpr base::Day kCommunesValidFrom{20'270};  // 2025-07-01

/// By code, ascending.
[[nodiscard]] std::span<Commune const> communes();
/// nullptr when `code` is none of them.
[[nodiscard]] Commune const* find_commune(std::string_view code);

}  // namespace qrpay::audit
