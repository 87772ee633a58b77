#include "qr/classify.h"

#include "base/check.h"
#include "qr/ascii.h"

namespace qrpay::qr {
namespace {

// KHQR has no AID: the account "name@bank" itself stands in 00.
bool is_khqr(std::uint8_t tag, std::string_view guid, Locale const& locale) {
  return (tag == 29 || tag == 30) && locale.country == "KH" &&
         (locale.currency == "116" || locale.currency == "840") &&
         guid.find('@') != std::string_view::npos;
}

// Each Indonesian provider has its own domain; all of them end in WWW.
bool is_qris(std::string_view guid, Locale const& locale) {
  if (equal_folded(guid, "ID.CO.QRIS.WWW")) return true;
  return locale.currency == "360" && ends_folded(guid, ".WWW") &&
         (starts_folded(guid, "ID.CO.") || starts_folded(guid, "COM."));
}

}  // namespace

std::string_view scheme_name(Scheme scheme) {
  switch (scheme) {
    case Scheme::kEmvco: return "emvco";
    case Scheme::kVietQr: return "vietqr";
    case Scheme::kVnpay: return "vnpay";
    case Scheme::kZaloPay: return "zalopay";
    case Scheme::kAirPay: return "airpay";
    case Scheme::kPromptPay: return "promptpay";
    case Scheme::kQris: return "qris";
    case Scheme::kKhqr: return "khqr";
    case Scheme::kDuitNow: return "duitnow";
    case Scheme::kPayNow: return "paynow";
    case Scheme::kLaoQr: return "laoqr";
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

Scheme classify_account(std::uint8_t tag, std::string_view guid, Locale const& locale) {
  if (tag == 38 && equal_folded(guid, kVietQrGuid)) return Scheme::kVietQr;
  if (tag == 38 && equal_folded(guid, "A005266284662577")) return Scheme::kLaoQr;
  // One library writes VNPAY's AID under 38; that is neither VietQR nor a code VNPAY accepts.
  if (tag != 38 && equal_folded(guid, "A000000775")) return Scheme::kVnpay;
  if (equal_folded(guid, "VN.ZALOPAY")) return Scheme::kZaloPay;
  if (equal_folded(guid, "VN.AIRPAY.WWW")) return Scheme::kAirPay;
  // 0111 is a transfer (29), 0112 a bill payment (30); cross-border codes use further endings.
  if (starts_folded(guid, "A000000677")) return Scheme::kPromptPay;
  if (equal_folded(guid, "A0000006150001")) return Scheme::kDuitNow;
  if (equal_folded(guid, "SG.PAYNOW") || equal_folded(guid, "SG.SGQR")) return Scheme::kPayNow;
  if (is_qris(guid, locale)) return Scheme::kQris;
  if (is_khqr(tag, guid, locale)) return Scheme::kKhqr;
  return Scheme::kEmvco;
}

bool is_plausible_guid(std::string_view guid) { return guid.size() >= 5; }

}  // namespace qrpay::qr
