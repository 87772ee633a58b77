#include "qr/verify_fields.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace qrpay::qr {
namespace {

constexpr std::string_view kVnd = "704";

bool is_letters(std::string_view text, bool upper_only) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (!upper_only && c >= 'a' && c <= 'z');
  });
}

// ISO 4217 currencies without a minor unit.
bool has_no_decimals(std::string_view currency) {
  constexpr std::array<std::string_view, 17> kWhole = {"108", "152", "262", "324", "352", "392",
                                                       "410", "174", "548", "600", "646", "704",
                                                       "800", "940", "950", "952", "953"};
  return std::find(kWhole.begin(), kWhole.end(), currency) != kWhole.end();
}

// A decimal number as EMVCo writes it: "12", "12." and "12.50", never ".50".
struct Decimal {
  bool well_formed = false;
  bool zero = true;
  std::string_view whole;
  std::string_view fraction;
};

Decimal read_decimal(std::string_view text) {
  Decimal decimal;
  std::size_t const point = text.find('.');
  decimal.whole = text.substr(0, point);
  if (point != std::string_view::npos) decimal.fraction = text.substr(point + 1);
  decimal.well_formed =
      is_digits(decimal.whole) && (decimal.fraction.empty() || is_digits(decimal.fraction));
  decimal.zero = text.find_first_not_of("0.") == std::string_view::npos;
  return decimal;
}

// nullopt over base::kAmountMax. Requires: digits.
std::optional<base::Vnd> dong_of(std::string_view digits) {
  std::int64_t dong = 0;
  for (char c : digits) {
    dong = dong * 10 + (c - '0');
    if (dong > base::kAmountMax.dong()) return std::nullopt;
  }
  return base::Vnd(dong);
}

void verify_amount(Inspection& in, TlvObject const& object) {
  TagPath const path(54);
  check_length(in, object, kAmountCharactersMax, path);
  Decimal const amount = read_decimal(object.value);
  if (!amount.well_formed) {
    in.fatal(FaultCode::kAmountFormat, object.offset, path);
    return;
  }
  if (amount.zero) in.strict(FaultCode::kAmountZero, object.offset, path);
  if (!amount.fraction.empty() && has_no_decimals(in.payload.currency)) {
    // ".000" is a Vietnamese thousands point: "50.000" means fifty thousand, never fifty.
    bool const harmless = amount.fraction == "0" || amount.fraction == "00";
    in.faults.add(
        {FaultCode::kAmountDecimals, harmless ? Tier::kStrict : Tier::kFatal, object.offset, path});
  }
  if (in.payload.currency == kVnd && !amount.zero) in.payload.amount_vnd = dong_of(amount.whole);
}

void verify_tip(Inspection& in) {
  TlvObject const* indicator = in.payload.find(55);
  TlvObject const* fixed = in.payload.find(56);
  TlvObject const* percent = in.payload.find(57);
  std::string_view const kind = in.payload.tip_indicator;
  if (indicator != nullptr && kind != "01" && kind != "02" && kind != "03") {
    in.strict(FaultCode::kTipIndicator, indicator->offset, TagPath(55));
  }
  if (fixed != nullptr) {
    Decimal const fee = read_decimal(fixed->value);
    bool const in_range = fee.well_formed && !fee.zero &&
                          (fee.fraction.empty() || !has_no_decimals(in.payload.currency));
    if (kind != "02" || !in_range) in.strict(FaultCode::kTipFields, fixed->offset, TagPath(56));
    check_length(in, *fixed, kAmountCharactersMax, TagPath(56));
  } else if (kind == "02") {
    in.strict(FaultCode::kTipFields, indicator->offset, TagPath(56));
  }
  if (percent != nullptr) {
    Decimal const fee = read_decimal(percent->value);  // 00.01 to 99.99
    bool const in_range =
        fee.well_formed && !fee.zero && fee.whole.size() <= 2 && fee.fraction.size() <= 2;
    if (kind != "03" || !in_range) in.strict(FaultCode::kTipFields, percent->offset, TagPath(57));
    check_length(in, *percent, 5, TagPath(57));
  } else if (kind == "03") {
    in.strict(FaultCode::kTipFields, indicator->offset, TagPath(57));
  }
}

void verify_currency_and_country(Inspection& in) {
  bool const vietqr = in.payload.scheme == Scheme::kVietQr;
  if (TlvObject const* object = in.payload.find(53); object == nullptr) {
    in.fatal(FaultCode::kMissingTag, in.missing_offset(), TagPath(53));
  } else if (object->value.size() != 3 || !is_digits(object->value)) {
    in.fatal(FaultCode::kCurrency, object->offset, TagPath(53));
  } else if (vietqr && object->value != kVnd) {
    in.strict(FaultCode::kCurrency, object->offset, TagPath(53));
  }
  TlvObject const* object = in.payload.find(58);
  if (object == nullptr) {
    in.fatal(FaultCode::kMissingTag, in.missing_offset(), TagPath(58));
    return;
  }
  if (vietqr && object->value != "VN") {
    in.strict(FaultCode::kCountry, object->offset, TagPath(58));
  }
  if (object->value.size() != 2 || !is_letters(object->value, /*upper_only=*/true)) {
    in.strict(FaultCode::kCountry, object->offset, TagPath(58));
  }
}

void require(Inspection& in, std::uint8_t tag) {
  if (in.payload.find(tag) == nullptr) {
    in.strict(FaultCode::kMissingTag, in.missing_offset(), TagPath(tag));
  }
}

void require_merchant(Inspection& in) {
  require(in, 52);
  require(in, 59);
  require(in, 60);
}

// What each profile asks for beyond 53 and 58 (NAPAS tables 1 and 2; EMVCo table 3.2).
void verify_profile(Inspection& in) {
  if (!in.profile_known) return;
  if (in.payload.scheme != Scheme::kVietQr) {
    require_merchant(in);
    return;
  }
  auto const service = in.payload.service();
  if (!service) return;  // an unknown service is fatal; nothing can be asked of it
  switch (*service) {
    case Service::kPush: require_merchant(in); break;
    case Service::kTransferToAccount:
    case Service::kTransferToCard: require(in, 1); break;
    case Service::kCash: {
      require(in, 1);
      require_merchant(in);
      TlvObject const* additional = in.payload.find(62);
      std::size_t const end = additional == nullptr
                                  ? in.missing_offset()
                                  : additional->value_offset() + additional->value.size();
      auto const offset = static_cast<std::uint16_t>(end);
      if (in.payload.additional.reference_label.empty()) {
        in.strict(FaultCode::kMissingSubtag, offset, TagPath(62).child(5));
      }
      if (in.payload.additional.terminal_label.empty()) {
        in.strict(FaultCode::kMissingSubtag, offset, TagPath(62).child(7));
      }
      break;
    }
  }
}

void verify_text(Inspection& in, TlvObject const& object, std::size_t characters_max) {
  check_length(in, object, characters_max, TagPath(object.tag));
  check_charset(in, object, TagPath(object.tag));
}

// 80-99: whoever uses one must say who he is.
void verify_unreserved(Inspection& in, TlvObject const& object) {
  TagPath const path(object.tag);
  FaultList own;  // counts only once the content has proved to be a template
  TlvObject guid;
  std::uint16_t broken_at = 0;
  bool const whole = walk_template(in, object, path, own, broken_at, [&](TlvObject const& part) {
    if (part.tag == 0) guid = part;
  });
  if (!whole || !is_plausible_guid(guid.value)) {
    in.strict(FaultCode::kTemplateGuid, object.offset, path);
  } else {
    for (Fault const& fault : own) in.faults.add(fault);
  }
  check_precomposed(in, object, path);
}

void verify_object(Inspection& in, TlvObject const& object) {
  TagPath const path(object.tag);
  if (object.value.empty()) return;  // already kZeroLength
  switch (object.tag) {
    case 0:
      if (object.value != "01") in.strict(FaultCode::kVersion, object.offset, path);
      break;
    case 1:
      if (object.value != "11" && object.value != "12") {
        in.strict(FaultCode::kPointOfInitiation, object.offset, path);
      }
      break;
    case 52:
      if (object.value.size() != 4 || !is_digits(object.value)) {
        in.strict(FaultCode::kMcc, object.offset, path);
      }
      break;
    case 54: verify_amount(in, object); break;
    case 59: verify_text(in, object, kMerchantNameCharactersMax); break;
    case 60: verify_text(in, object, kMerchantCityCharactersMax); break;
    case 61: verify_text(in, object, kPostalCodeCharactersMax); break;
    default:
      if (object.tag >= 80) {
        verify_unreserved(in, object);
      } else if (object.tag >= 65) {
        in.strict(FaultCode::kRfuTag, object.offset, path);
        check_precomposed(in, object, path);
      }
      break;
  }
}

bool is_consumer_request(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != 'A' && text[i] != 'M' && text[i] != 'E') return false;
    if (text.find(text[i], i + 1) != std::string_view::npos) return false;
  }
  return true;
}

// Where 62.01 to 62.11 go, and their lengths.
struct AdditionalSlot {
  std::string_view AdditionalData::* field;
  std::size_t characters_max;
};

constexpr std::array<AdditionalSlot, 11> kAdditionalSlots = {{
    {&AdditionalData::bill_number, kAdditionalCharactersMax},
    {&AdditionalData::mobile_number, kAdditionalCharactersMax},
    {&AdditionalData::store_label, kAdditionalCharactersMax},
    {&AdditionalData::loyalty_number, kAdditionalCharactersMax},
    {&AdditionalData::reference_label, kAdditionalCharactersMax},
    {&AdditionalData::customer_label, kAdditionalCharactersMax},
    {&AdditionalData::terminal_label, kAdditionalCharactersMax},
    {&AdditionalData::purpose, kAdditionalCharactersMax},
    {&AdditionalData::consumer_data_request, 3},
    {&AdditionalData::merchant_tax_id, 20},
    {&AdditionalData::merchant_channel, 3},
}};

void verify_additional(Inspection& in, TlvObject const& whole) {
  TagPath const path(62);
  std::uint16_t broken_at = 0;
  auto const visit = [&](TlvObject const& object) {
    TagPath const here = path.child(object.tag);
    if (object.tag >= 1 && object.tag <= kAdditionalSlots.size()) {
      AdditionalSlot const& slot = kAdditionalSlots[object.tag - 1u];
      in.payload.additional.*slot.field = object.value;
      check_length(in, object, slot.characters_max, here);
      check_charset(in, object, here);
      if (object.tag == 9 && !is_consumer_request(object.value)) {
        in.strict(FaultCode::kConsumerDataRequest, object.offset, here);
      }
    } else if (object.tag >= 50) {
      in.payload.additional_templates.push_back(object);
    } else {
      in.strict(FaultCode::kUnexpectedSubtag, object.offset, here);
    }
  };
  if (!walk_template(in, whole, path, in.faults, broken_at, visit)) {
    in.fatal(FaultCode::kTemplateMalformed, broken_at, path);
  }
}

void verify_language(Inspection& in, TlvObject const& whole) {
  TagPath const path(64);
  std::uint16_t broken_at = 0;
  LanguageTemplate& language = in.payload.language;
  TlvObject preference;
  auto const visit = [&](TlvObject const& object) {
    TagPath const here = path.child(object.tag);
    switch (object.tag) {
      case 0:
        preference = object;
        language.preference = object.value;
        break;
      case 1:
        language.merchant_name = object.value;
        check_length(in, object, kMerchantNameCharactersMax, here);
        check_precomposed(in, object, here);
        break;
      case 2:
        language.merchant_city = object.value;
        check_length(in, object, kMerchantCityCharactersMax, here);
        check_precomposed(in, object, here);
        break;
      default: in.strict(FaultCode::kUnexpectedSubtag, object.offset, here); break;
    }
  };
  if (!walk_template(in, whole, path, in.faults, broken_at, visit)) {
    in.fatal(FaultCode::kTemplateMalformed, broken_at, path);
    return;
  }
  auto const end = static_cast<std::uint16_t>(whole.value_offset() + whole.value.size());
  if (language.preference.empty()) {
    in.strict(FaultCode::kLanguage, end, path.child(0));
  } else if (language.preference.size() != 2 ||
             !is_letters(language.preference, /*upper_only=*/false)) {
    in.strict(FaultCode::kLanguage, preference.offset, path.child(0));
  }
  if (language.merchant_name.empty()) in.strict(FaultCode::kLanguage, end, path.child(1));
}

}  // namespace

void verify_templates(Inspection& in) {
  TlvObject const* additional = in.payload.find(62);
  if (additional != nullptr && !additional->value.empty()) verify_additional(in, *additional);
  TlvObject const* language = in.payload.find(64);
  if (language != nullptr && !language->value.empty()) verify_language(in, *language);
}

void verify_fields(Inspection& in) {
  for (TlvObject const& object : in.payload.objects) verify_object(in, object);
  verify_tip(in);
  verify_currency_and_country(in);
  verify_profile(in);
}

}  // namespace qrpay::qr
