// What can be wrong with a QR payload: numbered codes, two tiers, and where.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/containers.h"

namespace qrpay::qr {

/// How bad a fault is. Source: EMVCo MPM 1.1 and the NAPAS format, weighed against what apps print.
enum class Tier : std::uint8_t {
  kStrict = 1,  ///< breaks a written rule but is seen in the field; refused by Policy::kStrict only
  kFatal = 2,   ///< refused always: the text cannot be trusted to mean what it says
};

/// Stable numbers, shown to people as QR-nn and used in scripts; never reused. The comment gives
/// the tier; where it says "either", the fault itself carries the tier.
enum class FaultCode : std::uint8_t {
  kTooShort = 1,               ///< fatal: fewer than 12 characters
  kTruncated = 2,              ///< fatal: one to three stray characters at the end
  kTrailingData = 3,           ///< fatal: characters after the CRC that are no object
  kTrailingWhitespace = 4,     ///< strict: blanks or line ends after the CRC
  kSurroundingWhitespace = 5,  ///< strict: white space before the payload, or on both sides
  kBadTag = 6,                 ///< fatal: an id that is not two ASCII digits
  kBadLength = 7,              ///< fatal: a length that is not two ASCII digits
  kLengthOverrun = 8,          ///< fatal: a length beyond the end
  kZeroLength = 9,             ///< either: strict for 62, fatal elsewhere
  kTemplateMalformed = 10,     ///< fatal: 38, 38.01, 62 or 64 does not hold whole objects
  kDuplicateTag = 11,          ///< fatal: an id twice at the root
  kDuplicateSubtag = 12,       ///< fatal: an id twice in a template
  kFirstTag = 13,              ///< fatal: the first object is not 00
  kVersion = 14,               ///< strict: 00 is not "01"
  kCrcMissing = 15,            ///< fatal: no tag 63
  kCrcNotLast = 16,            ///< fatal: an object follows tag 63
  kCrcLength = 17,             ///< fatal: 63 has not four characters
  kCrcNotHex = 18,             ///< fatal: 63 is not hexadecimal
  kCrcMismatch = 19,           ///< fatal: 63 is not the CRC of what precedes it
  kCrcLowercase = 20,          ///< strict: the right CRC in lower case
  kNoAccount = 21,             ///< fatal: nothing under 02-51
  kMissingTag = 22,            ///< either: fatal for 53 and 58, strict for what the profile asks
  kMissingSubtag = 23,         ///< either: fatal inside 38, strict for 62.05 and 62.07 of QRCASH
  kUnexpectedSubtag = 24,      ///< strict: an undefined sub-tag of 38, 38.01, 62 or 64
  kBinFormat = 25,             ///< fatal: 38.01.00 is not six digits
  kAccountCharset = 26,        ///< strict: 38.01.01 is not letters and digits
  kCardNumber = 27,            ///< strict: QRIBFTTC without a card number of 16 to 19 digits
  kServiceCode = 28,           ///< fatal: 38.02 is none of the four services
  kPointOfInitiation = 29,     ///< strict: 01 is neither 11 nor 12
  kCurrency = 30,              ///< either: fatal unless three digits, strict for VietQR unless 704
  kCountry = 31,               ///< strict: not two capitals; for VietQR also: not VN
  kMcc = 32,                   ///< strict: 52 is not four digits
  kAmountFormat = 33,          ///< fatal: 54 is not digits with at most one point
  kAmountZero = 34,            ///< strict: 54 is zero; a till treats it as no amount and says so
  kAmountDecimals = 35,        ///< either: strict for ".0" and ".00", fatal for any other fraction
  kTipIndicator = 36,          ///< strict: 55 is not 01, 02 or 03
  kTipFields = 37,             ///< strict: 56 or 57 does not fit 55, or is out of range
  kFieldTooLong = 38,          ///< strict: over the length of its field
  kCharset = 39,               ///< strict: a character outside 0x20-0x7E where only those may stand
  kNotPrecomposed = 40,        ///< strict: text not in Unicode normalisation form C
  kConsumerDataRequest = 41,   ///< strict: 62.09 is not of A, M, E, each once
  kLanguage = 42,              ///< strict: 64 without 00 or 01, or 64.00 not two letters
  kTemplateGuid = 43,          ///< strict: 26-51 or 80-99 without a globally unique id in 00
  kRfuTag = 44,                ///< strict: a tag of 65-79, which EMVCo reserves
  kPayloadTooLong = 45,        ///< either: strict over 512 characters, fatal over the input cap
  kNotUtf8 = 46,               ///< fatal: the bytes are not UTF-8
};

/// Lower-case name, e.g. "crc_mismatch". Stable.
[[nodiscard]] std::string_view fault_name(FaultCode code);
[[nodiscard]] std::string_view tier_name(Tier tier);

/// Where in the tree of objects: "" is the payload itself, "38.01.00" the bank. Nesting is fixed
/// at three by the format.
class TagPath {
 public:
  constexpr TagPath() = default;
  constexpr explicit TagPath(std::uint8_t root) : tags_{root, 0, 0}, depth_(1) {}
  /// Requires: depth() < 3.
  [[nodiscard]] constexpr TagPath child(std::uint8_t tag) const {
    TagPath path = *this;
    path.tags_[path.depth_++] = tag;
    return path;
  }
  [[nodiscard]] constexpr std::size_t depth() const { return depth_; }
  [[nodiscard]] std::string text() const;
  friend constexpr bool operator==(TagPath const&, TagPath const&) = default;

 private:
  std::array<std::uint8_t, 3> tags_{};
  std::uint8_t depth_ = 0;
};

struct Fault {
  FaultCode code;
  Tier tier;
  /// Byte offset in the text as given, white space included. Of the object at fault; of a missing
  /// object: the end of what should hold it (at the root, the CRC object).
  std::uint16_t offset;
  TagPath path;
  friend constexpr bool operator==(Fault const&, Fault const&) = default;
};

/// "crc_mismatch at byte 93 (63)". Holds no byte of the payload, so it may be logged.
[[nodiscard]] std::string to_string(Fault const& fault);

/// Faults in the order they were found. Keeps the first kFaultsMax; has_fatal() counts all.
class FaultList {
 public:
  /// An honest payload has a handful; a hostile one must not turn 4 KiB into an endless report.
  static constexpr std::size_t kFaultsMax = 64;

  void add(Fault const& fault);
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool has_fatal() const { return has_fatal_; }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  [[nodiscard]] Fault const& operator[](std::size_t index) const { return items_[index]; }

 private:
  base::SmallVector<Fault, 8> items_;
  bool has_fatal_ = false;
};

}  // namespace qrpay::qr
