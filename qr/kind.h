// What a person would call a scanned code: "VietQR transfer", "MoMo", "PromptPay", "a web link".
//
// Finer than Scheme, and there for every text, damaged ones too. Decided by application
// identifiers and by structure, never by a tag number alone: LAO QR's account sits under 38 like
// VietQR's, and DuitNow's, VNPAY's and PayNow's under 26. Sources are named at each kind; "seen"
// means taken from public codes and not from a written rule.
#pragma once

#include <cstdint>
#include <string_view>

namespace qrpay::qr {

/// Numbers are stable: they are stored by clients and never reused.
enum class Kind : std::uint8_t {
  kUnknown = 1,  ///< none of the rest: Wi-Fi, plain text, nothing at all
  /// NAPAS VietQR, by AID A000000727 in 38.00 and the service in 38.02.
  kVietQrPush = 2,     ///< QRPUSH, also meant when 38.02 is absent
  kVietQrCash = 3,     ///< QRCASH
  kVietQrAccount = 4,  ///< QRIBFTTA
  kVietQrCard = 5,     ///< QRIBFTTC
  /// The AID is VietQR's, but 38.02 is none of the four or lies behind a break. Never accepted.
  kVietQrUnclear = 6,
  kVnpayMerchant = 7,  ///< AID A000000775 outside 38 (VNPAY merchant codes)
  /// Root 01 is "02" and one of 02-11 says VNPayWallet. Not EMVCo, so never accepted. Seen.
  kVnpayPersonal = 8,
  /// A VietQR account with MoMo's marks: bank 971025 and PSP..., or 970454 and 99MM.... Seen.
  kMomo = 9,
  /// GUID vn.zalopay alone, or beside a VietQR account at bank 970454; or that bank and 99ZP....
  /// Seen. Beside any other bank's account the code is that shop's VietQR.
  kZaloPay = 10,
  kShopeePay = 11,  ///< GUID vn.airpay.www, ShopeePay's older name. Seen.
  /// 26.00 is "00", 26.01 a tax code, and 59 names EVN or "DIEN LUC". Seen.
  kEvnBill = 12,
  kPromptPay = 13,  ///< Thailand: AID A000000677...
  kQris = 14,       ///< Indonesia: ID.CO.QRIS.WWW, or a provider's domain with currency 360
  kKhqr = 15,       ///< Cambodia: name@bank in 29.00 or 30.00, country KH, currency 116 or 840
  kDuitNow = 16,    ///< Malaysia: AID A0000006150001
  kPayNow = 17,     ///< Singapore: SG.PAYNOW or SG.SGQR
  kLaoQr = 18,      ///< Laos: AID A005266284662577 in 38.00
  kUnionPay = 19,   ///< every account is a number under 15 or 16 (EMVCo MPM 1.1, table 4.3)
  kEmv = 20,        ///< an EMVCo payload (00 first, then accounts) of another network, or torn
  /// A link of a payment service: dl.vietqr.io, img.vietqr.io, qr.sepay.vn, qcgateway.zalopay.vn,
  /// and the apps' own momo:// and zalopay://. The list is of hosts that codes were seen with.
  kPaymentLink = 21,
  kWebLink = 22,  ///< any other http:// or https://
};

/// Lower-case id for scripts and JSON, e.g. "vietqr_account". Stable.
[[nodiscard]] std::string_view kind_name(Kind kind);

/// A short name for people, without a final stop. UTF-8 in NFC.
struct KindLabel {
  std::string_view vi;
  std::string_view en;
};
[[nodiscard]] KindLabel kind_label(Kind kind);

/// What `text` sets out to be; not that it may be paid, which read_payload alone says.
///
/// Damaged codes keep their kind, since "this VietQR is damaged, ask for a new one" helps a person
/// and "unknown" does not: of a text that breaks, the objects before the break decide; of one that
/// is not UTF-8, those before the first foreign byte; nothing behind the CRC counts. For a text
/// that Policy::kLenient accepts the kind agrees with QrPayload::scheme and service().
/// Several accounts: VietQR first, then the first that is known, in the order of the text.
/// Any bytes; pure; never allocates; linear in the text. Over kPayloadBytesMax: kUnknown.
[[nodiscard]] Kind classify_kind(std::string_view text);

}  // namespace qrpay::qr
