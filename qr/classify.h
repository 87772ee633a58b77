// Which payment scheme an account object belongs to: decided by its identifier, never by its tag
// number alone (LAO QR uses tag 38 like VietQR).
#pragma once

#include <cstdint>
#include <string_view>

namespace qrpay::qr {

/// Schemes a shop's camera meets. Numbers are stable.
enum class Scheme : std::uint8_t {
  kEmvco = 1,  ///< none of the others: card networks, unknown identifiers, EVN bills
  kVietQr = 2,
  kVnpay = 3,
  kZaloPay = 4,
  kAirPay = 5,     ///< ShopeePay's older name
  kPromptPay = 6,  ///< Thailand
  kQris = 7,       ///< Indonesia
  kKhqr = 8,       ///< Cambodia
  kDuitNow = 9,    ///< Malaysia
  kPayNow = 10,    ///< Singapore, SGQR included
  kLaoQr = 11,     ///< Laos
};

/// Lower-case name, e.g. "vietqr". Stable.
[[nodiscard]] std::string_view scheme_name(Scheme scheme);

/// VietQR's application identifier, in 38.00.
inline constexpr std::string_view kVietQrGuid = "A000000727";

/// What the classifier needs to know of a payload besides the identifier.
struct Locale {
  std::string_view currency;  ///< 53
  std::string_view country;   ///< 58
};

/// `tag` is 26-51, `guid` its sub-tag 00. Letter case does not matter. kEmvco when unknown.
/// Pure; compares a dozen short strings.
[[nodiscard]] Scheme classify_account(std::uint8_t tag, std::string_view guid,
                                      Locale const& locale);

/// False for what stands in 00 without being an identifier (EVN prints "00"): no AID has under ten
/// hexadecimal digits and no reverse domain is shorter than five characters.
[[nodiscard]] bool is_plausible_guid(std::string_view guid);

}  // namespace qrpay::qr
