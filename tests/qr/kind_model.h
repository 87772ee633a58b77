// What the kind of a code must be when the code can be read: told a second time, from the decoded
// payload instead of from the text. For the tests of qr/kind and its fuzz target.
#pragma once

#include <string_view>

#include "base/check.h"
#include "qr/kind.h"
#include "qr/payload.h"

namespace qrpay::qr {

inline bool has_scheme(QrPayload const& payload, Scheme scheme) {
  for (Scheme const also : payload.also) {
    if (also == scheme) return true;
  }
  return payload.scheme == scheme;
}

inline Kind vietqr_kind_of(QrPayload const& payload) {
  bool const wallet_bank = payload.bank_bin == "970454";
  if (wallet_bank && payload.account.substr(0, 4) == "99MM") return Kind::kMomo;
  if (payload.bank_bin == "971025" && payload.account.substr(0, 3) == "PSP") return Kind::kMomo;
  if (wallet_bank &&
      (payload.account.substr(0, 4) == "99ZP" || has_scheme(payload, Scheme::kZaloPay))) {
    return Kind::kZaloPay;
  }
  switch (payload.service().value()) {
    case Service::kPush: return Kind::kVietQrPush;
    case Service::kCash: return Kind::kVietQrCash;
    case Service::kTransferToAccount: return Kind::kVietQrAccount;
    case Service::kTransferToCard: return Kind::kVietQrCard;
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

/// Whether `kind` may be said of a text that Policy::kLenient reads as `payload`.
inline bool kind_agrees(Kind kind, QrPayload const& payload) {
  switch (payload.scheme) {
    case Scheme::kVietQr: return kind == vietqr_kind_of(payload);
    case Scheme::kVnpay: return kind == Kind::kVnpayMerchant;
    case Scheme::kZaloPay: return kind == Kind::kZaloPay;
    case Scheme::kAirPay: return kind == Kind::kShopeePay;
    case Scheme::kPromptPay: return kind == Kind::kPromptPay;
    case Scheme::kQris: return kind == Kind::kQris;
    case Scheme::kKhqr: return kind == Kind::kKhqr;
    case Scheme::kDuitNow: return kind == Kind::kDuitNow;
    case Scheme::kPayNow: return kind == Kind::kPayNow;
    case Scheme::kLaoQr: return kind == Kind::kLaoQr;
    case Scheme::kEmvco:
      return kind == Kind::kEmv || kind == Kind::kUnionPay || kind == Kind::kEvnBill ||
             kind == Kind::kVnpayPersonal;
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

}  // namespace qrpay::qr
