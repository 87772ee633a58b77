#include "qr/build.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/text.h"
#include "qr/crc.h"
#include "qr/tlv.h"

namespace qrpay::qr {
namespace {

using base::Errc;
using base::fail;
using base::Result;

// Bytes of the objects around 38.01's account: enough for a transfer with a purpose.
constexpr std::size_t kUsualBytes = 192;

bool is_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

base::Unexpected<base::Error> refuse(std::string_view pointer, std::string_view why) {
  std::string detail(pointer);
  detail += ": ";
  detail += why;
  return fail(Errc::kInvalidField, std::move(detail));
}

// Optional text of the EMV Common Character Set.
Result<void> check_text(std::string_view pointer, std::string_view text,
                        std::size_t characters_max) {
  if (text.size() > characters_max) {
    return refuse(pointer, "over " + std::to_string(characters_max) + " characters");
  }
  if (!is_plain(text)) return refuse(pointer, "a character outside 0x20-0x7E");
  return {};
}

Result<void> check_amount(std::string_view pointer, base::Vnd amount) {
  if (amount < base::Vnd(1) || amount > base::kAmountMax) {
    return refuse(pointer, "not 1 to 9999999999999 dong");
  }
  return {};
}

Result<void> check_account(PayloadSpec const& spec) {
  if (spec.bank_bin.size() != 6 || !is_digits(spec.bank_bin)) {
    return refuse("/bank_bin", "not six digits");
  }
  if (spec.account.empty() || spec.account.size() > kAccountCharactersMax) {
    return refuse("/account", "not 1 to 19 characters");
  }
  if (!is_alphanumeric(spec.account)) {
    return refuse("/account", "a character that is neither letter nor digit");
  }
  if (spec.service == Service::kTransferToCard &&
      (spec.account.size() < 16 || !is_digits(spec.account))) {
    return refuse("/account", "not a card number of 16 to 19 digits");
  }
  return {};
}

Result<void> check_merchant(PayloadSpec const& spec) {
  if (!spec.mcc.empty() && (spec.mcc.size() != 4 || !is_digits(spec.mcc))) {
    return refuse("/mcc", "not four digits");
  }
  QRPAY_TRY_VOID(check_text("/merchant_name", spec.merchant_name, kMerchantNameCharactersMax));
  QRPAY_TRY_VOID(check_text("/merchant_city", spec.merchant_city, kMerchantCityCharactersMax));
  QRPAY_TRY_VOID(check_text("/postal_code", spec.postal_code, kPostalCodeCharactersMax));
  bool const merchant_required = spec.service == Service::kPush || spec.service == Service::kCash;
  if (!merchant_required) return {};
  if (spec.mcc.empty()) return refuse("/mcc", "required by this service");
  if (spec.merchant_name.empty()) return refuse("/merchant_name", "required by this service");
  if (spec.merchant_city.empty()) return refuse("/merchant_city", "required by this service");
  if (spec.service == Service::kPush) return {};
  if (spec.mcc != "6011") return refuse("/mcc", "QRCASH requires 6011");
  if (spec.additional.reference_label.empty()) {
    return refuse("/additional/reference_label", "required by QRCASH");
  }
  if (spec.additional.terminal_label.empty()) {
    return refuse("/additional/terminal_label", "required by QRCASH");
  }
  return {};
}

Result<void> check_tip(Tip const& tip) {
  switch (tip.kind) {
    case Tip::Kind::kPrompt: return {};
    case Tip::Kind::kFixed: return check_amount("/tip/fixed", tip.fixed);
    case Tip::Kind::kPercent:
      if (tip.percent_hundredths < 1 || tip.percent_hundredths > 9'999) {
        return refuse("/tip/percent_hundredths", "not 1 to 9999");
      }
      return {};
  }
  return refuse("/tip/kind", "unknown");
}

struct AdditionalField {
  std::uint8_t tag;
  std::string_view AdditionalData::* value;
  std::string_view pointer;
};

constexpr std::array<AdditionalField, 8> kAdditionalFields = {{
    {1, &AdditionalData::bill_number, "/additional/bill_number"},
    {2, &AdditionalData::mobile_number, "/additional/mobile_number"},
    {3, &AdditionalData::store_label, "/additional/store_label"},
    {4, &AdditionalData::loyalty_number, "/additional/loyalty_number"},
    {5, &AdditionalData::reference_label, "/additional/reference_label"},
    {6, &AdditionalData::customer_label, "/additional/customer_label"},
    {7, &AdditionalData::terminal_label, "/additional/terminal_label"},
    {8, &AdditionalData::purpose, "/additional/purpose"},
}};

Result<void> check_consumer_request(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const known = text[i] == 'A' || text[i] == 'M' || text[i] == 'E';
    if (!known || text.find(text[i], i + 1) != std::string_view::npos) {
      return refuse("/additional/consumer_data_request", "not of A, M and E, each once");
    }
  }
  return {};
}

// Bytes of 62's value, 0 when it is absent.
Result<std::size_t> check_additional(AdditionalData const& additional) {
  std::size_t size = 0;
  for (AdditionalField const& field : kAdditionalFields) {
    std::string_view const value = additional.*field.value;
    if (value.empty()) continue;
    QRPAY_TRY_VOID(check_text(field.pointer, value, kAdditionalCharactersMax));
    size += kTlvHeaderBytes + value.size();
  }
  if (!additional.consumer_data_request.empty()) {
    QRPAY_TRY_VOID(check_consumer_request(additional.consumer_data_request));
    size += kTlvHeaderBytes + additional.consumer_data_request.size();
  }
  if (!additional.merchant_tax_id.empty() || !additional.merchant_channel.empty()) {
    return refuse("/additional/merchant_tax_id", "EMVCo's 62.10 and 62.11 are not in VietQR");
  }
  if (size > kTlvCharactersMax) {
    return fail(Errc::kTooLarge, "/additional: over 99 characters in all");
  }
  return size;
}

Result<void> check_language_text(std::string_view pointer, std::string_view text,
                                 std::size_t characters_max) {
  auto const characters = base::count_characters(text);
  if (!characters || !base::is_nfc(text)) return refuse(pointer, "not UTF-8 in NFC");
  if (*characters > characters_max) {
    return refuse(pointer, "over " + std::to_string(characters_max) + " characters");
  }
  return {};
}

Result<void> check_language(LanguageTemplate const& language) {
  bool const absent = language.preference.empty() && language.merchant_name.empty() &&
                      language.merchant_city.empty();
  if (absent) return {};
  bool const is_code =
      language.preference.size() == 2 &&
      std::all_of(language.preference.begin(), language.preference.end(),
                  [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  if (!is_code) return refuse("/language/preference", "not two letters");
  if (language.merchant_name.empty()) return refuse("/language/merchant_name", "required");
  QRPAY_TRY_VOID(check_language_text("/language/merchant_name", language.merchant_name,
                                     kMerchantNameCharactersMax));
  return check_language_text("/language/merchant_city", language.merchant_city,
                             kMerchantCityCharactersMax);
}

// Only the outside is checked here: build_payload reads the whole text back when these are used.
Result<void> check_unreserved(std::span<TlvObject const> objects) {
  int last = 79;
  for (TlvObject const& object : objects) {
    if (object.tag <= last || object.tag > 99) {
      return refuse("/unreserved", "tags not 80 to 99, rising");
    }
    std::string_view const value = object.value;
    if (value.empty() || value.size() > kTlvCharactersMax || !is_plain(value)) {
      return refuse("/unreserved", "not 1 to 99 characters of 0x20-0x7E");
    }
    last = object.tag;
  }
  return {};
}

void append_present(std::string& out, std::uint8_t tag, std::string_view value) {
  if (!value.empty()) append_tlv(out, tag, value);
}

// Of a template's head whose content follows. Requires: 1 to 99.
void append_head(std::string& out, char const (&tag)[3], std::size_t characters) {
  QRPAY_CHECK(characters >= 1 && characters <= kTlvCharactersMax);
  out.append(tag, 2);
  out += static_cast<char>('0' + characters / 10);
  out += static_cast<char>('0' + characters % 10);
}

void append_dong(std::string& out, std::uint8_t tag, base::Vnd amount) {
  char digits[20];
  auto const end = std::to_chars(digits, digits + sizeof digits, amount.dong()).ptr;
  append_tlv(out, tag, {digits, static_cast<std::size_t>(end - digits)});
}

void append_account(std::string& out, PayloadSpec const& spec) {
  std::string_view const code = service_code(spec.service);
  std::size_t const beneficiary = 2 * kTlvHeaderBytes + 6 + spec.account.size();
  std::size_t const whole = 3 * kTlvHeaderBytes + kVietQrGuid.size() + beneficiary + code.size();
  append_head(out, "38", whole);
  append_tlv(out, 0, kVietQrGuid);
  append_head(out, "01", beneficiary);
  append_tlv(out, 0, spec.bank_bin);
  append_tlv(out, 1, spec.account);
  append_tlv(out, 2, code);
}

void append_tip(std::string& out, Tip const& tip) {
  switch (tip.kind) {
    case Tip::Kind::kPrompt: append_tlv(out, 55, "01"); break;
    case Tip::Kind::kFixed:
      append_tlv(out, 55, "02");
      append_dong(out, 56, tip.fixed);
      break;
    case Tip::Kind::kPercent: {
      append_tlv(out, 55, "03");
      unsigned const n = tip.percent_hundredths;
      auto const digit = [](unsigned value) { return static_cast<char>('0' + value % 10); };
      char const text[] = {digit(n / 1000), digit(n / 100), '.', digit(n / 10), digit(n)};
      append_tlv(out, 57, {text, sizeof text});
      break;
    }
  }
}

void append_additional(std::string& out, AdditionalData const& additional, std::size_t size) {
  if (size == 0) return;
  append_head(out, "62", size);
  for (AdditionalField const& field : kAdditionalFields) {
    append_present(out, field.tag, additional.*field.value);
  }
  append_present(out, 9, additional.consumer_data_request);
}

std::size_t characters_of(std::string_view text) {
  return count_characters(text, TextKind::kUnicode);
}

void append_language(std::string& out, LanguageTemplate const& language) {
  if (language.preference.empty()) return;
  std::size_t const name = characters_of(language.merchant_name);
  std::size_t const city = characters_of(language.merchant_city);
  append_head(out, "64",
              2 * kTlvHeaderBytes + language.preference.size() + name +
                  (city == 0 ? 0 : kTlvHeaderBytes + city));
  append_tlv(out, 0, language.preference);
  append_tlv(out, 1, language.merchant_name, name);
  if (city != 0) append_tlv(out, 2, language.merchant_city, city);
}

}  // namespace

Result<std::string> build_payload(PayloadSpec const& spec) {
  std::string out;
  out.reserve(kUsualBytes);
  QRPAY_TRY_VOID(build_payload_into(spec, out));
  return out;
}

Result<void> build_payload_into(PayloadSpec const& spec, std::string& out) {
  out.clear();
  QRPAY_TRY_VOID(check_account(spec));
  if (spec.amount) QRPAY_TRY_VOID(check_amount("/amount", *spec.amount));
  QRPAY_TRY_VOID(check_merchant(spec));
  if (spec.tip) QRPAY_TRY_VOID(check_tip(*spec.tip));
  QRPAY_TRY(std::size_t const additional_size, check_additional(spec.additional));
  QRPAY_TRY_VOID(check_language(spec.language));
  QRPAY_TRY_VOID(check_unreserved(spec.unreserved));

  append_tlv(out, 0, "01");
  append_tlv(out, 1, spec.amount || spec.order_bound ? "12" : "11");
  append_account(out, spec);
  append_present(out, 52, spec.mcc);
  append_tlv(out, 53, "704");
  if (spec.amount) append_dong(out, 54, *spec.amount);
  if (spec.tip) append_tip(out, *spec.tip);
  append_tlv(out, 58, "VN");
  append_present(out, 59, spec.merchant_name);
  append_present(out, 60, spec.merchant_city);
  append_present(out, 61, spec.postal_code);
  append_additional(out, spec.additional, additional_size);
  append_language(out, spec.language);
  for (TlvObject const& object : spec.unreserved) append_tlv(out, object.tag, object.value);
  append_crc(out);

  if (!spec.unreserved.empty() && !read_payload(out).accepted(Policy::kStrict)) {
    if (characters_of(out) > kPayloadCharactersMax) {
      return fail(Errc::kTooLarge, "/unreserved: over 512 characters in all");
    }
    return refuse("/unreserved", "not a template with an identifier in 00");
  }
  return {};
}

}  // namespace qrpay::qr
