#include "qr/faults.h"

#include "base/check.h"

namespace qrpay::qr {

std::string_view fault_name(FaultCode code) {
  switch (code) {
    case FaultCode::kTooShort: return "too_short";
    case FaultCode::kTruncated: return "truncated";
    case FaultCode::kTrailingData: return "trailing_data";
    case FaultCode::kTrailingWhitespace: return "trailing_whitespace";
    case FaultCode::kSurroundingWhitespace: return "surrounding_whitespace";
    case FaultCode::kBadTag: return "bad_tag";
    case FaultCode::kBadLength: return "bad_length";
    case FaultCode::kLengthOverrun: return "length_overrun";
    case FaultCode::kZeroLength: return "zero_length";
    case FaultCode::kTemplateMalformed: return "template_malformed";
    case FaultCode::kDuplicateTag: return "duplicate_tag";
    case FaultCode::kDuplicateSubtag: return "duplicate_subtag";
    case FaultCode::kFirstTag: return "first_tag";
    case FaultCode::kVersion: return "version";
    case FaultCode::kCrcMissing: return "crc_missing";
    case FaultCode::kCrcNotLast: return "crc_not_last";
    case FaultCode::kCrcLength: return "crc_length";
    case FaultCode::kCrcNotHex: return "crc_not_hex";
    case FaultCode::kCrcMismatch: return "crc_mismatch";
    case FaultCode::kCrcLowercase: return "crc_lowercase";
    case FaultCode::kNoAccount: return "no_account";
    case FaultCode::kMissingTag: return "missing_tag";
    case FaultCode::kMissingSubtag: return "missing_subtag";
    case FaultCode::kUnexpectedSubtag: return "unexpected_subtag";
    case FaultCode::kBinFormat: return "bin_format";
    case FaultCode::kAccountCharset: return "account_charset";
    case FaultCode::kCardNumber: return "card_number";
    case FaultCode::kServiceCode: return "service_code";
    case FaultCode::kPointOfInitiation: return "point_of_initiation";
    case FaultCode::kCurrency: return "currency";
    case FaultCode::kCountry: return "country";
    case FaultCode::kMcc: return "mcc";
    case FaultCode::kAmountFormat: return "amount_format";
    case FaultCode::kAmountZero: return "amount_zero";
    case FaultCode::kAmountDecimals: return "amount_decimals";
    case FaultCode::kTipIndicator: return "tip_indicator";
    case FaultCode::kTipFields: return "tip_fields";
    case FaultCode::kFieldTooLong: return "field_too_long";
    case FaultCode::kCharset: return "charset";
    case FaultCode::kNotPrecomposed: return "not_precomposed";
    case FaultCode::kConsumerDataRequest: return "consumer_data_request";
    case FaultCode::kLanguage: return "language";
    case FaultCode::kTemplateGuid: return "template_guid";
    case FaultCode::kRfuTag: return "rfu_tag";
    case FaultCode::kPayloadTooLong: return "payload_too_long";
    case FaultCode::kNotUtf8: return "not_utf8";
  }
  QRPAY_CHECK(false);  // a number outside the catalogue is a bug
}

std::string_view tier_name(Tier tier) {
  switch (tier) {
    case Tier::kStrict: return "strict";
    case Tier::kFatal: return "fatal";
  }
  QRPAY_CHECK(false);
}

std::string TagPath::text() const {
  std::string out;
  for (std::size_t i = 0; i < depth_; ++i) {
    if (i != 0) out += '.';
    out += static_cast<char>('0' + tags_[i] / 10);
    out += static_cast<char>('0' + tags_[i] % 10);
  }
  return out;
}

std::string to_string(Fault const& fault) {
  std::string out(fault_name(fault.code));
  out += " at byte " + std::to_string(fault.offset);
  if (fault.path.depth() != 0) out += " (" + fault.path.text() + ")";
  return out;
}

void FaultList::add(Fault const& fault) {
  if (fault.tier == Tier::kFatal) has_fatal_ = true;
  if (items_.size() < kFaultsMax) items_.push_back(fault);
}

}  // namespace qrpay::qr
