#include "qr/sign/signed_code.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "qr/sign/crockford.h"
#include "qr/tlv.h"

namespace qrpay::qr::sign {
namespace {

using base::Errc;
using base::fail;

constexpr std::string_view kDomain = "qrpay signed code 1\n";

constexpr std::uint8_t kFirstTag = 84;  // 80 is taken by MoMo in the field, its neighbours by habit
constexpr std::uint8_t kLastTag = 99;

// Sub-tags of both templates.
constexpr std::uint8_t kGuidTag = 0;
constexpr std::uint8_t kPartTag = 1;  // version, then number of the part
constexpr std::uint8_t kKeyTag = 2;
constexpr std::uint8_t kUntilTag = 3;
constexpr std::uint8_t kSignatureTag = 4;
constexpr std::string_view kPartOne = "11";
constexpr std::string_view kPartTwo = "12";

constexpr std::size_t kHalfCharacters = 43;  // 64 bytes are 86 characters of base64url
constexpr std::size_t kUntilCharacters = 8;
// What stands in place of a half while the message is made. '.' is no character of base64url.
constexpr std::string_view kBlankHalf = "...........................................";
static_assert(kBlankHalf.size() == kHalfCharacters);

constexpr std::size_t kCrcCharacters = 8;  // "6304" and four digits

// The templates' content up to the signature's half.
std::string head_of(std::string_view part) {
  std::string out;
  append_tlv(out, kGuidTag, kSignedCodeGuid);
  append_tlv(out, kPartTag, part);
  return out;
}

std::string part_one(std::string_view key, std::string_view until, std::string_view half) {
  std::string out = head_of(kPartOne);
  append_tlv(out, kKeyTag, key);
  append_tlv(out, kUntilTag, until);
  append_tlv(out, kSignatureTag, half);
  return out;
}

std::string part_two(std::string_view half) {
  std::string out = head_of(kPartTwo);
  append_tlv(out, kSignatureTag, half);
  return out;
}

// True when some 00 of the template is our identifier in any letter case: a damaged signature must
// not pass for none.
bool is_ours(TlvObject const& object) {
  if (object.tag < 80 || object.tag > kLastTag) return false;
  TlvReader reader(object.value, 0, TextKind::kUnicode);
  while (reader.next() == TlvReader::Step::kObject) {
    if (reader.object().tag != kGuidTag) continue;
    std::string_view const guid = reader.object().value;
    bool const same = std::equal(
        guid.begin(), guid.end(), kSignedCodeGuid.begin(), kSignedCodeGuid.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
    if (same) return true;
  }
  return false;
}

// "20271231".
std::optional<std::string> print_until(base::Day day) {
  std::string text = base::format_day(day);
  if (base::parse_day(text) != day) return std::nullopt;  // before 1970 or after 2199
  std::erase(text, '-');
  return text;
}

std::optional<base::Day> parse_until(std::string_view text) {
  if (text.size() != kUntilCharacters) return std::nullopt;
  std::string day(text);
  day.insert(6, 1, '-').insert(4, 1, '-');
  return base::parse_day(day);
}

std::optional<std::string> from_base64url(std::string text) {
  if (text.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return base::from_base64(text);
}

// The signature as it stands in a payload. Views into the text.
struct Parts {
  std::uint8_t tag_one = 0;
  std::uint8_t tag_two = 0;
  std::string_view key;
  std::string_view until;
  std::string_view half_one;
  std::string_view half_two;
};

// The payload with `one` and `two` under the tags of `parts`, in canonical order.
std::string print_with(QrPayload payload, Parts const& parts, std::string_view one,
                       std::string_view two) {
  auto& objects = payload.objects;
  auto const is_part = [&](TlvObject const& object) {
    return object.tag == parts.tag_one || object.tag == parts.tag_two;
  };
  objects.erase(std::remove_if(objects.begin(), objects.end(), is_part), objects.end());
  objects.push_back({parts.tag_one, 0, one});
  objects.push_back({parts.tag_two, 0, two});
  return print_payload(payload);
}

// What is signed: all of the payload but the CRC, the two halves blanked.
std::string message_of(QrPayload const& payload, Parts const& parts) {
  std::string const one = part_one(parts.key, parts.until, kBlankHalf);
  std::string const two = part_two(kBlankHalf);
  std::string const text = print_with(payload, parts, one, two);
  return std::string(kDomain) + text.substr(0, text.size() - kCrcCharacters);
}

// Where the variable values of the two templates stand.
constexpr std::size_t kHeadCharacters = 12 + 6;
constexpr std::size_t kKeyAt = kHeadCharacters + kTlvHeaderBytes;
constexpr std::size_t kUntilAt = kKeyAt + kCrockfordCharacters + kTlvHeaderBytes;
constexpr std::size_t kHalfOneAt = kUntilAt + kUntilCharacters + kTlvHeaderBytes;
constexpr std::size_t kHalfTwoAt = kHeadCharacters + kTlvHeaderBytes;

// A template has one form only: it is taken apart by place, put together again, and must be equal.
bool take_part_one(TlvObject const& object, Parts& out) {
  std::string_view const value = object.value;
  if (value.size() != kHalfOneAt + kHalfCharacters) return false;
  out.tag_one = object.tag;
  out.key = value.substr(kKeyAt, kCrockfordCharacters);
  out.until = value.substr(kUntilAt, kUntilCharacters);
  out.half_one = value.substr(kHalfOneAt);
  return value == part_one(out.key, out.until, out.half_one);
}

bool take_part_two(TlvObject const& object, Parts& out) {
  std::string_view const value = object.value;
  if (value.size() != kHalfTwoAt + kHalfCharacters) return false;
  out.tag_two = object.tag;
  out.half_two = value.substr(kHalfTwoAt);
  return value == part_two(out.half_two);
}

bool is_transport(FaultCode code) {
  return code == FaultCode::kTrailingWhitespace || code == FaultCode::kSurroundingWhitespace ||
         code == FaultCode::kCrcLowercase;
}

// True when the beginning of a template of ours stands anywhere: a changed length can hide both
// templates in an object before them, and lenient reading then finds a code without a signature.
bool has_remains(std::string_view text) {
  std::string start;
  append_tlv(start, kGuidTag, kSignedCodeGuid);
  return text.find(start) != std::string_view::npos;
}

// What is wrong with the form of a signed code; empty when nothing is. Fills `parts`.
std::string_view find_defect(Reading const& reading, base::SmallVector<TlvObject, 2> const& ours,
                             Parts& parts) {
  for (Fault const& fault : reading.faults) {
    if (!is_transport(fault.code)) return "a signed code with a fault";
  }
  if (reading.payload.scheme != Scheme::kVietQr) return "a signed code that is no VietQR";
  if (ours.empty()) return "a signature outside its templates";
  if (ours.size() == 1) return "half of a signature";
  if (ours.size() > 2) return "more than one signature";
  bool const in_order = take_part_one(ours[0], parts) && take_part_two(ours[1], parts);
  if (!in_order && !(take_part_one(ours[1], parts) && take_part_two(ours[0], parts))) {
    return "not a signature of version 1";
  }
  if (!is_crockford(parts.key)) return "not a key id";
  if (!parse_until(parts.until)) return "not a day";
  return {};
}

SignatureStatus judge(Verification const& result, KeyEntry const& entry, base::WallTime now) {
  if (entry.revoked) return SignatureStatus::kRevoked;
  base::Day const today = base::business_day(now);
  if (today < entry.valid_from) return SignatureStatus::kNotYetValid;
  if (today > *result.valid_until) return SignatureStatus::kExpired;
  return SignatureStatus::kValid;
}

}  // namespace

base::Result<std::string> sign_payload(std::string_view payload, SigningKey const& key,
                                       base::Day valid_until) {
  QRPAY_CHECK(key.public_key().role == KeyRole::kCode);
  auto const until = print_until(valid_until);
  if (!until) return fail(Errc::kInvalidField, "/valid_until: not a day of 1970 to 2199");
  QRPAY_TRY(QrPayload read, parse_payload(payload, Policy::kStrict));
  if (read.scheme != Scheme::kVietQr) return fail(Errc::kNotSupported, "not a VietQR");
  bool const has_part = std::any_of(read.objects.begin(), read.objects.end(), is_ours);
  if (has_part || has_remains(payload)) {
    return fail(Errc::kAlreadyExists, "the payload carries a signature");
  }
  std::array<std::uint8_t, 2> tags{};
  std::size_t found = 0;
  for (std::uint8_t tag = kFirstTag; tag <= kLastTag && found < tags.size(); ++tag) {
    if (read.find(tag) == nullptr) tags[found++] = tag;
  }
  if (found < tags.size()) return fail(Errc::kInvalidField, "/unreserved: no two tags are free");

  Parts const parts{tags[0], tags[1], key.public_key().id, *until, {}, {}};
  std::string const signature = base::to_base64url(key.sign(message_of(read, parts)));
  std::string_view const halves = signature;
  std::string const one = part_one(parts.key, parts.until, halves.substr(0, kHalfCharacters));
  std::string const two = part_two(halves.substr(kHalfCharacters));
  std::string text = print_with(std::move(read), parts, one, two);
  if (count_characters(text, TextKind::kUnicode) > kPayloadCharactersMax) {
    return fail(Errc::kTooLarge, "over 512 characters with the signature");
  }
  return text;
}

std::string_view signature_status_name(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::kUnsigned: return "unsigned";
    case SignatureStatus::kValid: return "valid";
    case SignatureStatus::kExpired: return "expired";
    case SignatureStatus::kRevoked: return "revoked";
    case SignatureStatus::kUnknownKey: return "unknown_key";
    case SignatureStatus::kNotYetValid: return "not_yet_valid";
    case SignatureStatus::kBadSignature: return "bad_signature";
    case SignatureStatus::kMalformed: return "malformed";
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

Verification verify_signed(std::string_view text, KeyList const& keys, base::WallTime now) {
  Verification result;
  result.key_list_stale = base::business_day(now) > keys.until;
  Reading reading = read_payload(text);
  if (reading.faults.has_fatal()) {
    result.why = "not a readable payload";
    return result;
  }
  result.payload = reading.payload;
  base::SmallVector<TlvObject, 2> ours;
  std::copy_if(reading.payload.objects.begin(), reading.payload.objects.end(),
               std::back_inserter(ours), is_ours);
  if (ours.empty() && !has_remains(text)) {
    result.status = SignatureStatus::kUnsigned;
    return result;
  }
  Parts parts;
  result.why = find_defect(reading, ours, parts);
  if (!result.why.empty()) return result;

  result.key_id = parts.key;
  result.valid_until = parse_until(parts.until);
  KeyEntry const* entry = keys.find(parts.key);
  if (entry == nullptr) {
    result.status = SignatureStatus::kUnknownKey;
    return result;
  }
  result.operator_name = entry->operator_name;
  result.valid_until = std::min(*result.valid_until, entry->valid_until);
  result.revocation = entry->revoked;
  auto const signature = from_base64url(std::string(parts.half_one) + std::string(parts.half_two));
  std::string const message = message_of(reading.payload, parts);
  bool const good = signature && base::ed25519_verify(entry->key.bytes, base::as_bytes(message),
                                                      base::as_bytes(*signature));
  result.status = good ? judge(result, *entry, now) : SignatureStatus::kBadSignature;
  return result;
}

}  // namespace qrpay::qr::sign
