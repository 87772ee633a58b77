// What no single changed character may do, and what no order of objects may change.
//
// CRC-16 finds every burst of up to 16 bits, and one ASCII character is at most 7. So a text that
// differs from a valid one in one character is never accepted; the only exception is the letter
// case of the CRC itself, which Policy::kLenient overlooks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "qr/build.h"
#include "qr/crc.h"
#include "qr/payload.h"
#include "tests/conformance/vietqr_rows.h"

namespace qrpay::qr {
namespace {

using Random = std::mt19937_64;

constexpr std::string_view kLettersAndDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::size_t below(Random& random, std::size_t limit) {
  return static_cast<std::size_t>(random() % limit);
}

std::string random_text(Random& random, std::string_view alphabet, std::size_t size) {
  std::string out;
  while (out.size() < size) out += alphabet[below(random, alphabet.size())];
  return out;
}

// A payload that the product builds: any service, any amount, now and then everything else.
std::string built_payload(Random& random) {
  std::string const bank = "97" + random_text(random, "0123456789", 4);
  std::string account = random_text(random, kLettersAndDigits, 1 + below(random, 19));
  std::string const purpose = random_text(random, kLettersAndDigits, 1 + below(random, 25));
  std::string const reference = random_text(random, kLettersAndDigits, 1 + below(random, 25));
  std::string const name = random_text(random, kLettersAndDigits, 1 + below(random, 25));
  PayloadSpec spec;
  spec.bank_bin = bank;
  spec.service = static_cast<Service>(1 + below(random, 4));
  if (spec.service == Service::kTransferToCard) {
    account = "9704" + random_text(random, "0123456789", 12);
  }
  spec.account = account;
  if (below(random, 2) == 0) {
    spec.amount = base::Vnd(1 + static_cast<std::int64_t>(below(random, 9'999'999'999'999)));
  }
  if (below(random, 2) == 0) spec.additional.purpose = purpose;
  if (spec.service == Service::kPush || spec.service == Service::kCash) {
    spec.mcc = spec.service == Service::kCash ? "6011" : "5812";
    spec.merchant_name = name;
    spec.merchant_city = "HUE";
  }
  if (spec.service == Service::kCash) {
    spec.additional.reference_label = reference;
    spec.additional.terminal_label = "T1";
  }
  auto const built = build_payload(spec);
  EXPECT_TRUE(built) << to_string(built.error());
  return built ? *built : "";
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Every valid vector, and as many built payloads as bring them to `count`.
std::vector<std::string> valid_payloads(Random& random, std::size_t count) {
  std::vector<std::string> out;
  for (auto const& row : conformance::vietqr_rows()) {
    if (row.valid()) out.push_back(row.payload);
  }
  while (out.size() < count) out.push_back(built_payload(random));
  for (std::string const& text : out) {
    EXPECT_TRUE(read_payload(text).accepted(Policy::kStrict)) << text;
  }
  return out;
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

struct Tally {
  std::size_t mutations = 0;
  std::size_t accepted_strict = 0;
  std::size_t accepted_lenient = 0;
  std::size_t crc_case = 0;  // of accepted_lenient: the same letter of the CRC in the other case
  std::string example;       // of one that must not be accepted
};

// Puts `c` at `at` for the time of one reading.
void mutate(std::string& text, std::size_t at, char c, Tally& tally) {
  char const original = text[at];
  text[at] = c;
  Reading const reading = read_payload(text);
  ++tally.mutations;
  bool const crc_case =
      at + 4 >= text.size() && is_letter(original) && (original ^ c) == ('a' ^ 'A');
  if (reading.accepted(Policy::kStrict)) {
    ++tally.accepted_strict;
    tally.example = text;
  }
  if (reading.accepted(Policy::kLenient)) {
    ++tally.accepted_lenient;
    tally.crc_case += crc_case ? 1u : 0u;
    if (!crc_case) tally.example = text;
  }
  text[at] = original;
}

void expect_all_refused(Tally const& tally) {
  EXPECT_EQ(tally.accepted_strict, 0u) << tally.example;
  EXPECT_EQ(tally.accepted_lenient, tally.crc_case) << tally.example;
}

TEST(Mutation, AMillionChangedCharactersAreAllRefused) {
  constexpr std::size_t kMutations = 1'000'000;
  Random random(20261124);
  std::vector<std::string> payloads = valid_payloads(random, 300);
  Tally tally;
  while (tally.mutations < kMutations) {
    std::string& text = payloads[below(random, payloads.size())];
    std::size_t const at = below(random, text.size());
    auto const c = static_cast<char>(below(random, 0x80));
    if (c == text[at] || static_cast<unsigned char>(text[at]) >= 0x80) continue;
    mutate(text, at, c, tally);
  }
  expect_all_refused(tally);
  EXPECT_GT(tally.crc_case, 0u);  // the exception was met, so it is only an exception
}

TEST(Mutation, EveryCharacterAtEveryPlaceOfAFewPayloadsIsRefused) {
  Random random(7);
  std::vector<std::string> payloads;
  for (std::string& text : valid_payloads(random, 100)) {
    if (is_ascii(text) && (payloads.size() < 12 || below(random, 8) == 0)) {
      payloads.push_back(std::move(text));
    }
  }
  ASSERT_GE(payloads.size(), 15u);
  for (std::string& text : payloads) {
    Tally tally;
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int c = 0; c < 0x80; ++c) {
        if (static_cast<char>(c) != text[at]) mutate(text, at, static_cast<char>(c), tally);
      }
    }
    EXPECT_EQ(tally.mutations, text.size() * 127);
    expect_all_refused(tally);
    // Each letter among the CRC's digits once, and nothing else.
    auto const letters = std::count_if(text.end() - 4, text.end(), is_letter);
    EXPECT_EQ(tally.crc_case, static_cast<std::size_t>(letters)) << text;
  }
}

// --- order -----------------------------------------------------------------------------------

// What must not change with the order: all but the CRC, and the lists, which follow the text.
conformance::Fields ordered_fields(QrPayload const& payload) {
  conformance::Fields fields = conformance::fields_of(payload);
  fields.erase("crc");
  std::erase_if(fields, [](auto const& field) {
    return field.first.starts_with("other_account_tags.") || field.first.starts_with("also.");
  });
  return fields;
}

void append_object(std::string& out, TlvObject const& object) {
  append_tlv(out, object.tag, object.value, count_characters(object.value, TextKind::kUnicode));
}

// 00, the objects of `middle` in their order, and a fresh CRC.
std::string text_of(std::vector<TlvObject> const& middle) {
  std::string text = "000201";
  for (TlvObject const& object : middle) append_object(text, object);
  append_crc(text);
  return text;
}

std::vector<TlvObject> middle_of(QrPayload const& payload) {
  return {payload.objects.begin() + 1, payload.objects.end() - 1};
}

void expect_reads_as(std::string const& text, conformance::Fields const& expected) {
  Reading const reading = read_payload(text);
  ASSERT_TRUE(reading.accepted(Policy::kStrict)) << text;
  EXPECT_EQ(ordered_fields(reading.payload), expected) << text;
}

TEST(Order, OfTheMiddleObjectsDoesNotMatter) {
  Random random(20261124);
  for (std::string const& payload_text : valid_payloads(random, 120)) {
    QrPayload const payload = read_payload(payload_text).payload;
    conformance::Fields const expected = ordered_fields(payload);
    // With several schemes and no VietQR the first in the text is reported.
    if (payload.scheme != Scheme::kVietQr && !payload.also.empty()) continue;
    std::vector<TlvObject> middle = middle_of(payload);
    for (int round = 0; round < 20; ++round) {
      std::shuffle(middle.begin(), middle.end(), random);
      expect_reads_as(text_of(middle), expected);
    }
  }
}

TEST(Order, EachOfTheOrdersOfAFullTransferReadsTheSame) {
  PayloadSpec spec;
  spec.bank_bin = "970436";
  spec.account = "0011001932418";
  spec.amount = base::Vnd(180'000);
  spec.postal_code = "49000";
  spec.additional.purpose = "QR7K2M";
  std::string const text = build_payload(spec).value();
  QrPayload const payload = read_payload(text).payload;
  conformance::Fields const expected = ordered_fields(payload);
  std::vector<TlvObject> middle = middle_of(payload);
  std::size_t orders = 0;
  auto const by_tag = [](TlvObject const& a, TlvObject const& b) { return a.tag < b.tag; };
  do {
    expect_reads_as(text_of(middle), expected);
    ++orders;
  } while (std::next_permutation(middle.begin(), middle.end(), by_tag));
  EXPECT_EQ(orders, 5040u);  // 01 38 53 54 58 61 62
}

// EMVCo MPM 1.1, 4.3.1: any order inside a template, too.
TEST(Order, OfTheObjectsInsideATemplateDoesNotMatter) {
  Random random(20261124);
  std::size_t turned = 0;
  for (std::string const& payload_text : valid_payloads(random, 120)) {
    Reading const reading = read_payload(payload_text);
    if (reading.payload.scheme != Scheme::kVietQr || !is_ascii(payload_text)) continue;
    std::vector<TlvObject> middle = middle_of(reading.payload);
    std::vector<std::string> turned_values(middle.size());
    for (std::size_t i = 0; i < middle.size(); ++i) {
      if (middle[i].tag != 38 && middle[i].tag != 62) continue;
      TlvReader reader(middle[i].value, 0, TextKind::kPlain);
      while (reader.next() == TlvReader::Step::kObject) {
        std::string object;
        append_object(object, reader.object());
        turned_values[i].insert(0, object);
      }
      ASSERT_EQ(turned_values[i].size(), middle[i].value.size());
      turned += turned_values[i] != middle[i].value ? 1u : 0u;
      middle[i].value = turned_values[i];
    }
    // The raw templates are fields of nothing but themselves, so all decoded fields stay.
    expect_reads_as(text_of(middle), ordered_fields(reading.payload));
  }
  EXPECT_GT(turned, 100u);
}

}  // namespace
}  // namespace qrpay::qr
