// Text of a QR code -> what it says and what is wrong with it. Pure: no clock, no I/O.
//
// Reads EMVCo merchant-presented payloads: VietQR in full, its neighbours as far as telling them
// apart needs. Sources: EMVCo MPM 1.1, NAPAS VietQR format 1.0, and what bank apps print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/containers.h"
#include "base/error.h"
#include "base/money.h"
#include "qr/classify.h"
#include "qr/faults.h"
#include "qr/tlv.h"

namespace qrpay::qr {

/// Longest text looked at, in bytes. A QR symbol holds 2,953; the rest is room for white space.
inline constexpr std::size_t kPayloadBytesMax = 4096;
/// EMVCo MPM 1.1, 4.1: a payload "should" not be longer.
inline constexpr std::size_t kPayloadCharactersMax = 512;
/// Lengths of EMVCo MPM 1.1 and NAPAS 1.0, in characters.
inline constexpr std::size_t kAccountCharactersMax = 19;
inline constexpr std::size_t kAmountCharactersMax = 13;
inline constexpr std::size_t kMerchantNameCharactersMax = 25;
inline constexpr std::size_t kMerchantCityCharactersMax = 15;
inline constexpr std::size_t kPostalCodeCharactersMax = 10;
inline constexpr std::size_t kAdditionalCharactersMax = 25;  ///< each of 62.01-62.08

/// VietQR services (38.02). Numbers are stable.
enum class Service : std::uint8_t {
  kPush = 1,               ///< QRPUSH: payment to a merchant; also meant when 38.02 is absent
  kCash = 2,               ///< QRCASH: withdrawal at an ATM
  kTransferToAccount = 3,  ///< QRIBFTTA: transfer to an account, alias or virtual account
  kTransferToCard = 4,     ///< QRIBFTTC: transfer to a card number
};

/// "QRIBFTTA" and so on, as printed in 38.02.
[[nodiscard]] std::string_view service_code(Service service);

/// What to do about Tier::kStrict faults.
enum class Policy : std::uint8_t {
  kStrict = 1,   ///< refuse: for codes we issue or certify
  kLenient = 2,  ///< accept with warnings: for codes met in the field
};

/// Tag 62. Empty means absent (an object of length 00 is illegal).
struct AdditionalData {
  std::string_view bill_number;            ///< 01
  std::string_view mobile_number;          ///< 02
  std::string_view store_label;            ///< 03
  std::string_view loyalty_number;         ///< 04
  std::string_view reference_label;        ///< 05
  std::string_view customer_label;         ///< 06
  std::string_view terminal_label;         ///< 07
  std::string_view purpose;                ///< 08: the transfer content, the only one banks copy
  std::string_view consumer_data_request;  ///< 09
  std::string_view merchant_tax_id;        ///< 10, EMVCo only
  std::string_view merchant_channel;       ///< 11, EMVCo only
};

/// Tag 64. Empty means absent.
struct LanguageTemplate {
  std::string_view preference;     ///< 00: ISO 639, two letters
  std::string_view merchant_name;  ///< 01
  std::string_view merchant_city;  ///< 02
};

/// A decoded payload. Every view points into the text that was read: keep that text alive.
/// Empty means absent, and no field is normalised: an amount of "75000.00" stays so.
struct QrPayload {
  Scheme scheme = Scheme::kEmvco;        ///< VietQR wins when several accounts are present
  base::SmallVector<Scheme, 4> also;     ///< further known schemes in the same code, each once
  std::uint8_t account_tag = 0;          ///< tag of the reported account; 0: card networks only
  std::string_view payload_format;       ///< 00
  std::string_view point_of_initiation;  ///< 01
  std::string_view guid;                 ///< 00 of the reported account; empty for kEmvco
  std::string_view bank_bin;             ///< 38.01.00
  std::string_view account;              ///< 38.01.01, whatever the service; text, never a number
  std::string_view service_code;         ///< 38.02 as printed; see service()
  std::string_view merchant_id;          ///< 01 of VNPAY's and AirPay's account
  std::string_view mcc;                  ///< 52
  std::string_view currency;             ///< 53
  std::string_view amount;               ///< 54 as printed; see amount_vnd
  std::string_view tip_indicator;        ///< 55
  std::string_view fee_fixed;            ///< 56
  std::string_view fee_percent;          ///< 57
  std::string_view country;              ///< 58
  std::string_view merchant_name;        ///< 59
  std::string_view merchant_city;        ///< 60
  std::string_view postal_code;          ///< 61
  std::string_view crc;                  ///< 63 as printed
  AdditionalData additional;             ///< 62
  base::SmallVector<TlvObject, 1> additional_templates;  ///< 62.50-62.99
  LanguageTemplate language;                             ///< 64
  /// 54 in dong. nullopt when absent, zero, in another currency, or over base::kAmountMax.
  std::optional<base::Vnd> amount_vnd;
  base::SmallVector<TlvObject, 16> objects;  ///< the root, in the order of the text, CRC included

  /// nullopt unless the scheme is VietQR; kPush when 38.02 is absent.
  [[nodiscard]] std::optional<Service> service() const;
  /// The root object of that tag, or nullptr.
  [[nodiscard]] TlvObject const* find(std::uint8_t tag) const;
};

/// Everything there is to say about a text.
struct Reading {
  QrPayload payload;  ///< empty when a fault is fatal, so that it cannot be used by mistake
  FaultList faults;   ///< all faults; after a broken structure, only what precedes the break

  [[nodiscard]] bool accepted(Policy policy) const {
    return policy == Policy::kStrict ? faults.empty() : !faults.has_fatal();
  }
};

/// Reads any bytes. Never fails and never throws; allocates only for codes with more than 16 root
/// objects or 8 faults. Time is linear in the text, about 0.3 us for a usual VietQR.
[[nodiscard]] Reading read_payload(std::string_view text);

/// The payload alone. Errors: kQrInvalid, `detail` names the first fault that `policy` refuses
/// (fatal ones first) with its byte and path; it holds nothing of the text.
[[nodiscard]] base::Result<QrPayload> parse_payload(std::string_view text, Policy policy);

/// The first fault that makes `policy` refuse, fatal ones before strict ones; nullptr if accepted.
[[nodiscard]] Fault const* first_refusal(FaultList const& faults, Policy policy);

/// The payload again: values as they are, root objects in canonical order (00 01 02-51 52-62 64
/// 65-99 63), upper-case CRC computed anew. Reading it gives the same fields but for the CRC.
[[nodiscard]] std::string print_payload(QrPayload const& payload);

/// Name and value of every field present, in a fixed order, for JSON, tables and tests. Nested
/// names are dotted: "scheme", "also.0", "other_account_tags.0", "guid", "bank_bin", ...,
/// "additional.purpose", "additional.template_50", "language.preference", "unreserved.80", "crc".
[[nodiscard]] std::vector<std::pair<std::string, std::string>> list_fields(
    QrPayload const& payload);

}  // namespace qrpay::qr
