#include "qr/sign/signed_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "qr/crc.h"
#include "qr/tlv.h"
#include "tests/qr/sign/samples.h"

namespace qrpay::qr::sign {
namespace {

using base::Errc;
using enum SignatureStatus;

constexpr std::string_view kNow = "2026-11-24T03:00:00Z";
constexpr std::string_view kUntil = "2027-12-31";

// Key 1 is an operator's present key, 2 its next one, 3 was revoked; 4 is in no list.
KeyList make_keys() {
  KeyList list = list_of({entry_of(code_key(1), "2026-01-01", "2028-06-30", "HTX Bình Liêu"),
                          entry_of(code_key(2), "2026-12-01", "2030-06-30", "HTX Bình Liêu"),
                          entry_of(code_key(3), "2026-01-01", "2028-06-30", "Ngân hàng A")});
  for (KeyEntry& entry : list.keys) {
    if (entry.key.id == code_key(3).public_key().id) {
      entry.revoked = Revocation{day_of("2026-11-20"), "mất máy tính"};
    }
  }
  return list;
}

KeyList const& keys() {
  static KeyList const list = make_keys();
  return list;
}

std::string signed_order() { return signed_text_of(order_spec(), code_key(1), kUntil); }

SignatureStatus status_of(std::string_view text, std::string_view now = kNow) {
  return verify_signed(text, keys(), time_of(now)).status;
}

std::string with_crc(std::string_view head) {
  std::string text(head);
  append_crc(text);
  return text;
}

std::string without_crc(std::string text) {
  text.resize(text.size() - 8);
  return text;
}

// The unreserved templates of `text`, which must stay alive.
std::vector<TlvObject> templates_of(std::string const& text) {
  std::vector<TlvObject> out;
  for (TlvObject const& object : read_payload(text).payload.objects) {
    if (object.tag >= 80) out.push_back(object);
  }
  return out;
}

// A code of `spec` that carries what `text` is signed with.
std::string moved_to(PayloadSpec spec, std::string const& text) {
  std::vector<TlvObject> const templates = templates_of(text);
  EXPECT_EQ(templates.size(), 2u);
  spec.unreserved = templates;
  return text_of(spec);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(from.size(), to.size());
  text.replace(at, from.size(), to);
  return with_crc(without_crc(text));
}

TEST(SignedCode, SaysWhoUntilWhenAndForWhat) {
  std::string const text = signed_order();
  Verification const result = verify_signed(text, keys(), time_of(kNow));
  EXPECT_EQ(result.status, kValid);
  EXPECT_EQ(result.why, "");
  EXPECT_EQ(result.key_id, code_key(1).public_key().id);
  EXPECT_EQ(result.operator_name, "HTX Bình Liêu");
  EXPECT_EQ(result.valid_until, day_of(kUntil));
  EXPECT_FALSE(result.revocation);
  EXPECT_FALSE(result.key_list_stale);
  EXPECT_EQ(result.payload.bank_bin, "970403");
  EXPECT_EQ(result.payload.account, "0011012345678");
  EXPECT_EQ(result.payload.amount_vnd, base::Vnd(75'000));
  EXPECT_EQ(result.payload.additional.purpose, "QP7K2M9 BAN 4");
  EXPECT_EQ(result.payload.additional.bill_number, "HD0042");
}

TEST(SignedCode, ReadsWithoutAFaultAndSaysTheSameAsUnsigned) {
  for (NamedSpec const& sample : named_specs()) {
    std::string const plain = text_of(sample.spec);
    std::string const text = signed_text_of(sample.spec, code_key(1), kUntil);
    Reading const reading = read_payload(text);
    EXPECT_TRUE(reading.faults.empty()) << sample.name;
    auto fields = list_fields(reading.payload);
    auto expected = list_fields(read_payload(plain).payload);
    std::vector<std::string> added;
    std::erase_if(fields, [&](auto const& field) {
      if (field.first.starts_with("unreserved.")) added.push_back(field.first);
      return field.first == "crc" || field.first.starts_with("unreserved.");
    });
    std::erase_if(expected, [](auto const& field) { return field.first == "crc"; });
    EXPECT_EQ(fields, expected) << sample.name;
    EXPECT_EQ(added, (std::vector<std::string>{"unreserved.84", "unreserved.85"}));
    EXPECT_EQ(status_of(text), kValid) << sample.name;
    EXPECT_EQ(count_characters(text, TextKind::kUnicode),
              count_characters(plain, TextKind::kUnicode) + 162);
  }
}

TEST(SignedCode, MovedToAnotherCodeItFails) {
  std::string const text = signed_order();
  EXPECT_EQ(moved_to(order_spec(), text), text);
  std::map<std::string_view, PayloadSpec> others;
  for (std::string_view const name :
       {"account", "bank", "amount", "no amount", "note", "bill", "service", "name", "language"}) {
    others[name] = order_spec();
  }
  others["account"].account = "0011012345679";
  others["bank"].bank_bin = "970405";
  others["amount"].amount = base::Vnd(75'001);
  others["no amount"].amount = std::nullopt;
  others["note"].additional.purpose = "QP7K2M8 BAN 4";
  others["bill"].additional.bill_number = "HD0043";
  others["service"].service = Service::kPush;
  others["service"].mcc = "5812";
  others["service"].merchant_name = "QUAN";
  others["service"].merchant_city = "HA LONG";
  others["name"].merchant_name = "QUAN";
  others["language"].language = {"vi", "Quán", ""};
  for (auto const& [name, spec] : others) {
    EXPECT_EQ(status_of(moved_to(spec, text)), kBadSignature) << name;
  }
  std::string const currency = replaced(text, "5303704", "5303840");
  EXPECT_EQ(status_of(currency), kMalformed);
}

TEST(SignedCode, NeitherDayNorKeyCanBeChanged) {
  std::string const text = signed_order();
  std::string const id = code_key(1).public_key().id;
  EXPECT_EQ(status_of(replaced(text, "20271231", "20281231")), kBadSignature);
  EXPECT_EQ(status_of(replaced(text, "20271231", "20261231")), kBadSignature);
  EXPECT_EQ(status_of(replaced(text, "20271231", "20271232")), kMalformed);
  EXPECT_EQ(status_of(replaced(text, "20271231", "2027-2-1")), kMalformed);
  EXPECT_EQ(status_of(replaced(text, id, code_key(2).public_key().id)), kBadSignature);
  EXPECT_EQ(status_of(replaced(text, id, code_key(3).public_key().id)), kBadSignature);
  EXPECT_EQ(status_of(replaced(text, id, code_key(4).public_key().id)), kUnknownKey);
  EXPECT_EQ(status_of(replaced(text, id, "0000000U")), kMalformed);
}

// Including the lengths, the tags and the sub-tags of the signature itself.
TEST(SignedCode, NoReplacedCharacterIsEverValidOrUnsigned) {
  std::string const text = without_crc(signed_order());
  std::map<SignatureStatus, int> count;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (char c = 0x20; c < 0x7F; ++c) {
      if (c == text[at]) continue;
      std::string changed = text;
      changed[at] = c;
      SignatureStatus const status = status_of(with_crc(changed));
      ASSERT_NE(status, kValid) << "character " << at << " as " << c;
      ASSERT_NE(status, kUnsigned) << "character " << at << " as " << c;
      ++count[status];
    }
  }
  EXPECT_GT(count[kBadSignature], 10'000);
  EXPECT_GT(count[kUnknownKey], 200);
  EXPECT_GT(count[kMalformed], 1'000);
}

TEST(SignedCode, NoLostAddedOrSwappedCharacterIsEverValid) {
  std::string const text = without_crc(signed_order());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string lost = text;
    lost.erase(at, 1);
    EXPECT_NE(status_of(with_crc(lost)), kValid) << at;
    for (char const c : {'0', 'A', ' '}) {
      std::string added = text;
      added.insert(at, 1, c);
      EXPECT_NE(status_of(with_crc(added)), kValid) << at;
    }
    if (at == 0 || text[at] == text[at - 1]) continue;
    std::string swapped = text;
    std::swap(swapped[at], swapped[at - 1]);
    EXPECT_NE(status_of(with_crc(swapped)), kValid) << at;
  }
}

TEST(SignedCode, LastCharacterOfTheSignatureHasOneSpelling) {
  std::string const text = without_crc(signed_order());
  // 86 characters hold 516 bits, of which 512 count.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::size_t const value = kAlphabet.find(text.back());
  ASSERT_EQ(value % 16, 0u);
  for (std::size_t unused = 1; unused < 16; ++unused) {
    std::string changed = text;
    changed.back() = kAlphabet[value + unused];
    EXPECT_EQ(status_of(with_crc(changed)), kBadSignature);
  }
}

TEST(SignedCode, OrderOfTheObjectsDoesNotMatter) {
  std::string const text = signed_order();
  QrPayload const payload = read_payload(text).payload;
  std::vector<TlvObject> middle;
  for (TlvObject const& object : payload.objects) {
    if (object.tag != 0 && object.tag != 63) middle.push_back(object);
  }
  std::sort(middle.begin(), middle.end(),
            [](TlvObject const& a, TlvObject const& b) { return a.tag > b.tag; });
  for (std::size_t turn = 0; turn < middle.size(); ++turn) {
    std::rotate(middle.begin(), middle.begin() + 1, middle.end());
    std::string other;
    append_tlv(other, 0, "01");
    for (TlvObject const& object : middle) append_tlv(other, object.tag, object.value);
    EXPECT_EQ(status_of(with_crc(other)), kValid) << other;
  }
}

TEST(SignedCode, OrderInsideATemplateDoesMatter) {
  std::string const text = signed_order();
  // The guid behind the part number.
  EXPECT_EQ(status_of(replaced(text, "0008vn.qrpay010211", "0102110008vn.qrpay")), kMalformed);
  // Bill number and purpose of 62.
  EXPECT_EQ(status_of(replaced(text, "0106HD00420813QP7K2M9 BAN 4", "0813QP7K2M9 BAN 40106HD0042")),
            kBadSignature);
}

TEST(SignedCode, WhiteSpaceAroundAndALowerCaseCrcDoNotMatter) {
  std::string const text = signed_order();
  EXPECT_EQ(status_of(text + "\r\n"), kValid);
  EXPECT_EQ(status_of(" " + text), kValid);
  std::string lower = text;
  std::transform(lower.end() - 4, lower.end(), lower.end() - 4,
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  EXPECT_EQ(status_of(lower), kValid);
  std::string wrong = text;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(status_of(wrong), kMalformed);
}

TEST(SignedCode, UnsignedIsToldApartFromEveryBrokenForm) {
  EXPECT_EQ(status_of(text_of(order_spec())), kUnsigned);
  PayloadSpec foreign = order_spec();
  std::vector<TlvObject> const other = {{84, 0, "0012com.example1"}};
  foreign.unreserved = other;
  EXPECT_EQ(status_of(text_of(foreign)), kUnsigned);
  EXPECT_EQ(status_of(""), kMalformed);
  EXPECT_EQ(status_of("https://vietqr.example/"), kMalformed);
  // A changed length of 58 swallows both templates, and lenient reading still finds a code.
  EXPECT_EQ(status_of(replaced(signed_order(), "5802VN", "5872VN")), kMalformed);

  std::string const text = signed_order();
  std::vector<TlvObject> const both = templates_of(text);
  std::vector<TlvObject> const wrong_identifier = {{84, 0, "0008VN.QRPAY010211"}};
  std::vector<TlvObject> const bare = {{90, 0, "0008vn.qrpay"}};
  std::vector<TlvObject> const twice = {both[0], {85, 0, both[0].value}};
  std::vector<TlvObject> const three = {both[0], both[1], {86, 0, both[1].value}};
  std::string version = std::string(both[0].value);
  version[16] = '2';
  std::vector<TlvObject> const newer = {{84, 0, version}, both[1]};
  for (std::vector<TlvObject> const& templates :
       {std::vector<TlvObject>{both[0]}, std::vector<TlvObject>{both[1]}, wrong_identifier, bare,
        twice, three, newer}) {
    PayloadSpec spec = order_spec();
    spec.unreserved = templates;
    Verification const result = verify_signed(text_of(spec), keys(), time_of(kNow));
    EXPECT_EQ(result.status, kMalformed);
    EXPECT_NE(result.why, "");
  }
}

TEST(SignedCode, HalvesAreNotInterchangeable) {
  std::string const text = signed_order();
  std::vector<TlvObject> const both = templates_of(text);
  // The templates under each other's tags: parts are known by their number, and tags are signed.
  std::vector<TlvObject> const crossed = {{84, 0, both[1].value}, {85, 0, both[0].value}};
  PayloadSpec spec = order_spec();
  spec.unreserved = crossed;
  EXPECT_EQ(status_of(text_of(spec)), kBadSignature);
  // The halves of the signature exchanged.
  std::string one(both[0].value);
  std::string two(both[1].value);
  std::swap_ranges(one.end() - 43, one.end(), two.end() - 43);
  std::vector<TlvObject> const exchanged = {{84, 0, one}, {85, 0, two}};
  spec.unreserved = exchanged;
  EXPECT_EQ(status_of(text_of(spec)), kBadSignature);
  // One half of another code's signature.
  std::string const other = signed_text_of(order_spec(), code_key(1), "2027-12-30");
  std::vector<TlvObject> const mixed = {both[0], templates_of(other)[1]};
  spec.unreserved = mixed;
  EXPECT_EQ(status_of(text_of(spec)), kBadSignature);
}

TEST(SignedCode, IsValidThroughTheWholeLastDayInVietnam) {
  std::string const text = signed_order();
  EXPECT_EQ(status_of(text, "2027-12-31T16:59:59.999999Z"), kValid);
  EXPECT_EQ(status_of(text, "2027-12-31T17:00:00Z"), kExpired);
  EXPECT_EQ(status_of(text, "2026-01-01T00:00:00+07:00"), kValid);
  EXPECT_EQ(status_of(text, "2025-12-31T23:59:59.999999+07:00"), kNotYetValid);
}

TEST(SignedCode, EndsWithItsKeyAtTheLatest) {
  std::string const text = signed_text_of(order_spec(), code_key(1), "2199-12-31");
  Verification const result = verify_signed(text, keys(), time_of(kNow));
  EXPECT_EQ(result.status, kValid);
  EXPECT_EQ(result.valid_until, day_of("2028-06-30"));
  EXPECT_EQ(status_of(text, "2028-06-30T16:59:59Z"), kValid);
  EXPECT_EQ(status_of(text, "2028-06-30T17:00:00Z"), kExpired);
}

TEST(SignedCode, KeysAreRotatedWithoutReprinting) {
  std::string const old_code = signed_order();
  std::string const new_code = signed_text_of(order_spec(), code_key(2), "2029-12-31");
  EXPECT_EQ(status_of(new_code), kNotYetValid);
  for (std::string_view const now : {"2026-12-01T00:00:00+07:00", "2027-12-31T12:00:00+07:00"}) {
    EXPECT_EQ(status_of(old_code, now), kValid);
    EXPECT_EQ(status_of(new_code, now), kValid);
  }
  EXPECT_EQ(status_of(old_code, "2028-01-01T00:00:00+07:00"), kExpired);
  EXPECT_EQ(status_of(new_code, "2028-01-01T00:00:00+07:00"), kValid);
}

TEST(SignedCode, ARevokedKeyFailsWheneverItSigned) {
  std::string const text = signed_text_of(order_spec(), code_key(3), kUntil);
  for (std::string_view const now :
       {std::string_view("2025-01-01T00:00:00Z"), kNow, std::string_view("2099-01-01T00:00:00Z")}) {
    EXPECT_EQ(status_of(text, now), kRevoked);
  }
  Verification const result = verify_signed(text, keys(), time_of(kNow));
  ASSERT_TRUE(result.revocation);
  EXPECT_EQ(result.revocation->reason, "mất máy tính");
  EXPECT_EQ(result.operator_name, "Ngân hàng A");
}

TEST(SignedCode, AKeyOutsideTheListIsUnknown) {
  Verification const result =
      verify_signed(signed_text_of(order_spec(), code_key(4), kUntil), keys(), time_of(kNow));
  EXPECT_EQ(result.status, kUnknownKey);
  EXPECT_EQ(result.key_id, code_key(4).public_key().id);
  EXPECT_EQ(result.operator_name, "");
  EXPECT_EQ(result.valid_until, day_of(kUntil));
}

TEST(SignedCode, SaysWhenTheListIsOldAndStillChecks) {
  std::string const text = signed_order();
  Verification const before = verify_signed(text, keys(), time_of("2027-02-28T16:59:59Z"));
  EXPECT_FALSE(before.key_list_stale);
  Verification const after = verify_signed(text, keys(), time_of("2027-02-28T17:00:00Z"));
  EXPECT_TRUE(after.key_list_stale);
  EXPECT_EQ(after.status, kValid);
}

TEST(SignedCode, OnlyWhatStrictReadingAcceptsIsSigned) {
  SigningKey const key = code_key(1);
  auto const errc_of = [&](std::string_view text, base::Day until) {
    auto const result = sign_payload(text, key, until);
    EXPECT_FALSE(result) << text;
    return result ? Errc::kUsage : result.error().errc;
  };
  base::Day const until = day_of(kUntil);
  std::string const text = text_of(order_spec());
  EXPECT_EQ(errc_of("", until), Errc::kQrInvalid);
  EXPECT_EQ(errc_of(text + "\n", until), Errc::kQrInvalid);
  EXPECT_EQ(errc_of(with_crc(without_crc(text) + "6200"), until), Errc::kQrInvalid);
  EXPECT_EQ(errc_of(signed_order(), until), Errc::kAlreadyExists);
  PayloadSpec remains = order_spec();
  remains.additional.purpose = "0008vn.qrpay";
  EXPECT_EQ(status_of(text_of(remains)), kMalformed);
  EXPECT_EQ(errc_of(text_of(remains), until), Errc::kAlreadyExists);
  EXPECT_EQ(errc_of(text, base::Day(-1)), Errc::kInvalidField);
  EXPECT_EQ(errc_of(text, base::Day(1'000'000)), Errc::kInvalidField);
  std::string const vnpay = with_crc(
      "00020101021126280010A0000007750110010123456752045812"
      "53037045802VN5904QUAN6007HA LONG");
  EXPECT_TRUE(read_payload(vnpay).faults.empty());
  EXPECT_EQ(errc_of(vnpay, until), Errc::kNotSupported);
}

TEST(SignedCode, TakesTheFirstTwoFreeTags) {
  std::vector<TlvObject> taken = {{84, 0, "0011com.example"}, {86, 0, "0011com.example"}};
  PayloadSpec spec = order_spec();
  spec.unreserved = taken;
  std::string const text = signed_text_of(spec, code_key(1), kUntil);
  EXPECT_EQ(status_of(text), kValid);
  QrPayload const payload = read_payload(text).payload;
  EXPECT_TRUE(payload.find(85)->value.starts_with("0008vn.qrpay"));
  EXPECT_TRUE(payload.find(87)->value.starts_with("0008vn.qrpay"));

  taken.clear();
  for (std::uint8_t tag = 85; tag <= 99; ++tag) taken.push_back({tag, 0, "0005a.com"});
  PayloadSpec full = order_spec();
  full.unreserved = taken;
  auto const refused = sign_payload(text_of(full), code_key(1), day_of(kUntil));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kInvalidField);
}

TEST(SignedCode, Is512CharactersAtMost) {
  PayloadSpec spec = order_spec();
  std::size_t const room = 512 - 162 - text_of(spec).size();
  for (std::size_t const excess : {0u, 1u}) {
    // Foreign templates that fill what is left to the character.
    std::string const full = "0005a.com0167" + std::string(67, 'x');
    std::size_t const rest = room + excess - 2 * (4 + full.size());  // for the third template
    ASSERT_GE(rest, 4u + 9u + 4u + 10u);
    std::size_t const filler = rest - 4 - 9 - 4;
    std::string const last = "0005a.com01" + std::to_string(filler) + std::string(filler, 'y');
    std::vector<TlvObject> const templates = {{80, 0, full}, {81, 0, full}, {82, 0, last}};
    spec.unreserved = templates;
    auto const result = sign_payload(text_of(spec), code_key(1), day_of(kUntil));
    if (excess == 0) {
      ASSERT_TRUE(result) << to_string(result.error());
      EXPECT_EQ(result->size(), 512u);
      EXPECT_EQ(status_of(*result), kValid);
    } else {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().errc, Errc::kTooLarge);
    }
  }
}

TEST(SignedCode, SigningTwiceGivesTheSameBytes) { EXPECT_EQ(signed_order(), signed_order()); }

TEST(SignedCode, EveryStatusHasItsName) {
  std::map<std::string_view, SignatureStatus> names;
  for (int n = 1; n <= 8; ++n) {
    auto const status = static_cast<SignatureStatus>(n);
    EXPECT_TRUE(names.emplace(signature_status_name(status), status).second);
  }
  EXPECT_EQ(names.at("unsigned"), kUnsigned);
  EXPECT_EQ(names.at("not_yet_valid"), kNotYetValid);
}

}  // namespace
}  // namespace qrpay::qr::sign
