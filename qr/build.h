// What we want paid -> the text of a VietQR code. Pure.
//
// Canonical order, ASCII only outside tag 64, upper-case CRC; 01 is 12 exactly when an amount or
// an order is bound. Sources: NAPAS VietQR format 1.0, EMVCo MPM 1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/money.h"
#include "qr/payload.h"

namespace qrpay::qr {

/// Tags 55-57.
struct Tip {
  enum class Kind : std::uint8_t {
    kPrompt = 1,   ///< the payer's app asks
    kFixed = 2,    ///< `fixed` on top
    kPercent = 3,  ///< `percent_hundredths` on top
  };
  Kind kind = Kind::kPrompt;
  base::Vnd fixed;                       ///< 1 to base::kAmountMax
  std::uint16_t percent_hundredths = 0;  ///< 1 (00.01) to 9,999 (99.99)
};

/// A code to be printed. Empty text means absent. The views are read during the call only.
/// Text is 0x20-0x7E within the lengths of payload.h, but for `language`. Accents are not folded
/// here: base::normalise_content does that, and the caller decides whether it may change words.
struct PayloadSpec {
  Service service = Service::kTransferToAccount;
  std::string_view bank_bin;        ///< six digits: a State Bank or NAPAS identifier
  std::string_view account;         ///< 1 to 19 letters and digits; a card: 16 to 19 digits
  std::optional<base::Vnd> amount;  ///< 1 to base::kAmountMax; absent: the payer types it
  bool order_bound = false;         ///< for one order even without an amount: 01 is 12
  std::string_view mcc;             ///< four digits; required by QRPUSH, and 6011 by QRCASH
  std::string_view merchant_name;   ///< to 25; required by QRPUSH and QRCASH
  std::string_view merchant_city;   ///< to 15; likewise
  std::string_view postal_code;     ///< to 10
  std::optional<Tip> tip;
  AdditionalData additional;  ///< 62; purpose is the content that reaches the bank statement
  LanguageTemplate language;  ///< 64: UTF-8 in NFC; preference and name, or nothing at all
  std::span<TlvObject const> unreserved;  ///< 80-99, rising; templates with a 00; offset unused
};

/// The payload of `spec`; read_payload() accepts it without a fault. One allocation.
/// Errors: kInvalidField, something does not fit; `detail` starts with the pointer of the field
///   ("/account: ...", "/additional/purpose: ...") and holds nothing of its value. kTooLarge, over
///   99 characters in 62, or over 512 in all.
[[nodiscard]] base::Result<std::string> build_payload(PayloadSpec const& spec);

/// The same into the caller's buffer, whose content is replaced: no allocation once it has room
/// (512 bytes hold every payload without a tag 64). After an error it holds nothing of use.
[[nodiscard]] base::Result<void> build_payload_into(PayloadSpec const& spec, std::string& out);

}  // namespace qrpay::qr
