// The bytes below are final: a change that breaks one of them breaks every proof ever given out.
// Written by hand from docs/formats/record.md.
#include "ledger/record_codec.h"

#include <limits>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using base::to_hex;

template <std::size_t N>
std::array<std::uint8_t, N> filled(std::uint8_t byte) {
  std::array<std::uint8_t, N> bytes;
  bytes.fill(byte);
  return bytes;
}

std::string from(std::string_view hex) { return base::from_hex(hex).value_or("not hexadecimal"); }

std::string encoded(Record const& record) {
  std::string out;
  encode_record(record, out);
  return out;
}

Record full_record() {
  Record record;
  record.rules_version = 1;
  record.kind = Kind::kBankCredit;
  record.outcome = 12;
  record.sequence = Sequence(0x0102030405060708);
  record.log_time = WallTime(1'714'521'600'000'000);
  record.amount = Vnd(150'000);
  record.actor = Sequence(9);
  record.tag_generation = 1;
  record.id_tag = IdTag(filled<16>(0x11));
  record.body_tag = BodyTag(filled<16>(0x22));
  record.commitment = filled<32>(0x33);
  record.money_tags.push_back(MoneyTag(filled<16>(0x44)));
  record.money_tags.push_back(MoneyTag(filled<16>(0x55)));
  record.postings.push_back({account_id(AccountClass::kBankMirror, Sequence(5)), Vnd(150'000),
                             kVndCurrency, Layer::kPosted, Leg::kReceipt});
  record.postings.push_back({account_id(AccountClass::kSales, Sequence(3)), Vnd(-120'000),
                             kVndCurrency, Layer::kPosted, Leg::kSale});
  record.postings.push_back({account_id(AccountClass::kOwedToPayers, Sequence(3)), Vnd(-30'000),
                             kVndCurrency, Layer::kHeld, Leg::kExcess});
  TlvWriter body(record.body);
  body.u64(field::kShop, 3);
  body.u8(field::kDirection, 1);
  return record;
}

constexpr char kFullHex[] =
    "01"                // format
    "02"                // money tags
    "0001"              // rules version
    "0016"              // kind: bank_credit
    "000c"              // outcome: overpaid
    "0102030405060708"  // sequence
    "000617592aed8000"  // log time, microseconds
    "00000000000249f0"  // amount
    "0000000000000009"  // actor
    "00000001"          // tag generation
    "0003"              // postings
    "0011"              // bytes of body
    "11111111111111111111111111111111"                                  // id tag
    "22222222222222222222222222222222"                                  // body tag
    "3333333333333333333333333333333333333333333333333333333333333333"  // commitment
    "44444444444444444444444444444444"                                  // money tag
    "55555555555555555555555555555555"                                  // money tag
    // posting: account (class, zero, owner), amount, currency, layer, leg
    "00000001" "00000000" "0000000000000005" "00000000000249f0" "02c0" "01" "02"
    "00000002" "00000000" "0000000000000003" "fffffffffffe2b40" "02c0" "01" "03"
    "00000003" "00000000" "0000000000000003" "ffffffffffff8ad0" "02c0" "02" "04"
    // body: tag, length, value
    "0012" "0008" "0000000000000003"
    "0052" "0001" "01";

TEST(RecordCodec, FullRecordHasTheGoldenBytes) {
  EXPECT_EQ(to_hex(base::as_bytes(encoded(full_record()))), kFullHex);
  EXPECT_EQ(decode_record(base::as_bytes(from(kFullHex))).value(), full_record());
}

TEST(RecordCodec, SmallestRecordHasTheGoldenBytes) {
  Record record;
  record.kind = Kind::kTick;
  record.outcome = 1;
  record.sequence = Sequence(1);
  std::string const hex =
      "01" "00" "0001" "003c" "0001" "0000000000000001" "0000000000000000" "0000000000000000"
      "0000000000000000" "00000000" "0000" "0000" +
      std::string(128, '0');
  EXPECT_EQ(to_hex(base::as_bytes(encoded(record))), hex);
  EXPECT_EQ(decode_record(base::as_bytes(from(hex))).value(), record);
}

TEST(RecordCodec, ExtremeNumbersHaveTheGoldenBytes) {
  Record record;
  record.rules_version = 0xffff;
  record.kind = static_cast<Kind>(0xfffe);
  record.outcome = 0xfffd;
  record.sequence = Sequence(std::numeric_limits<std::uint64_t>::max());
  record.log_time = WallTime(-1);
  record.amount = Vnd(std::numeric_limits<std::int64_t>::min());
  record.actor = Sequence(0xfffffffffffffffc);
  record.tag_generation = 0xfffffffb;
  record.postings.push_back({AccountId(filled<16>(0xee)),
                             Vnd(std::numeric_limits<std::int64_t>::min()), 0xfffa, Layer::kHeld,
                             static_cast<Leg>(0xf9)});
  std::string const hex =
      "01" "00" "ffff" "fffe" "fffd" "ffffffffffffffff" "ffffffffffffffff" "8000000000000000"
      "fffffffffffffffc" "fffffffb" "0001" "0000" +
      std::string(128, '0') +
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee" "8000000000000000" "fffa" "02" "f9";
  EXPECT_EQ(to_hex(base::as_bytes(encoded(record))), hex);
  EXPECT_EQ(decode_record(base::as_bytes(from(hex))).value(), record)
      << "unknown kinds, outcomes and legs of later versions still fold";
}

TEST(RecordCodec, HeaderAndPostingHaveTheirFixedSizes) {
  EXPECT_EQ(encoded(Record{}).size(), kRecordHeaderBytes);
  EXPECT_EQ(encoded(full_record()).size(), kRecordHeaderBytes + 2 * 16 + 3 * kPostingBytes + 17);
}

TEST(RecordCodec, PeeksAtTheSequence) {
  EXPECT_EQ(peek_sequence(base::as_bytes(from(kFullHex))), Sequence(0x0102030405060708));
}

struct Refusal {
  char const* what;
  std::size_t at;
  char const* bytes;
  char const* detail;
};

// Offsets of the full record: money tags at 112, postings at 144, body at 228.
constexpr Refusal kRefusals[] = {
    {"format 0", 0, "00", "offset 0: record format"},
    {"format 2", 0, "02", "offset 0: record format"},
    {"five money tags", 1, "05", "offset 1: money tags"},
    {"one money tag less", 1, "01", "offset 128: posting"},
    {"one money tag more", 1, "03", "offset 160: posting"},
    {"sequence 0", 8, "0000000000000000", "offset 8: sequence 0"},
    {"65 postings", 44, "0041", "offset 44: postings"},
    {"one posting less", 44, "0002", "offset 217: length"},
    {"a shorter body", 46, "0010", "offset 244: length"},
    {"a longer body", 46, "0012", "offset 228: length"},
    {"first posting of 0", 160, "0000000000000000", "offset 144: posting"},
    {"last posting of 0", 216, "0000000000000000", "offset 200: posting"},
    {"layer 0", 170, "00", "offset 144: posting"},
    {"layer 3", 198, "03", "offset 172: posting"},
    {"body tag 0", 228, "0000", "body offset 0"},
    {"body tags that descend", 240, "0012", "body offset 12"},
    {"a body field over the end", 242, "0002", "body offset 12"},
};

TEST(RecordCodec, RefusesEachFieldWithItsOffset) {
  for (auto const& refusal : kRefusals) {
    SCOPED_TRACE(refusal.what);
    std::string bytes = from(kFullHex);
    std::string const replacement = from(refusal.bytes);
    bytes.replace(refusal.at, replacement.size(), replacement);
    auto const decoded = decode_record(base::as_bytes(bytes));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().errc, Errc::kMalformed);
    EXPECT_EQ(decoded.error().detail, refusal.detail);
  }
}

TEST(RecordCodec, RefusesEveryCutAndAnyMore) {
  std::string const whole = from(kFullHex);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto const decoded = decode_record(base::as_bytes(whole.substr(0, n)));
    ASSERT_FALSE(decoded) << n;
    EXPECT_EQ(decoded.error().errc, Errc::kMalformed) << n;
  }
  auto const longer = decode_record(base::as_bytes(whole + '\0'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().detail, "offset 245: length");
}

TEST(RecordCodec, RefusesWhatIsOverTheLimitOfABundle) {
  Record record;
  record.sequence = Sequence(1);
  TlvWriter(record.body).text(1, std::string(kRecordBytesMax - kRecordHeaderBytes - 4, 'x'));
  std::string bytes = encoded(record);
  EXPECT_EQ(bytes.size(), kRecordBytesMax);
  EXPECT_TRUE(decode_record(base::as_bytes(bytes)));
  bytes.push_back('x');
  EXPECT_EQ(decode_record(base::as_bytes(bytes)).error().detail, "record over 65535 bytes");
}

TEST(RecordCodecDeathTest, EncodingOverALimitIsABug) {
  Record record;
  for (std::size_t i = 0; i <= kMoneyTagsMax; ++i) record.money_tags.push_back(MoneyTag{});
  EXPECT_DEATH(encoded(record), "kMoneyTagsMax");
}

Record random_record(std::mt19937_64& random) {
  auto const bytes16 = [&] {
    Bytes16 bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
  };
  Record record;
  record.rules_version = static_cast<std::uint16_t>(random());
  record.kind = static_cast<Kind>(static_cast<std::uint16_t>(random()));
  record.outcome = static_cast<std::uint16_t>(random());
  record.sequence = Sequence(random() | 1);
  record.log_time = WallTime(static_cast<std::int64_t>(random()));
  record.amount = Vnd(static_cast<std::int64_t>(random()));
  record.actor = Sequence(random());
  record.tag_generation = static_cast<std::uint32_t>(random());
  record.id_tag = IdTag(bytes16());
  record.body_tag = BodyTag(bytes16());
  for (auto& byte : record.commitment) byte = static_cast<std::uint8_t>(random());
  for (std::uint64_t n = below(random, kMoneyTagsMax + 1); n > 0; --n)
    record.money_tags.push_back(MoneyTag(bytes16()));
  for (std::uint64_t n = below(random, kPostingsMax + 1); n > 0; --n)
    record.postings.push_back({AccountId(bytes16()), Vnd(static_cast<std::int64_t>(random() | 1)),
                               static_cast<Currency>(random()),
                               below(random, 2) == 0 ? Layer::kPosted : Layer::kHeld,
                               static_cast<Leg>(static_cast<std::uint8_t>(random()))});
  TlvWriter body(record.body);
  std::uint16_t tag = 0;
  for (std::uint64_t n = below(random, 6); n > 0; --n) {
    tag = static_cast<std::uint16_t>(tag + 1 + below(random, 100));
    body.text(tag, random_text(random, below(random, 300)));
  }
  return record;
}

TEST(RecordCodec, RoundTripsRandomRecords) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    Record const record = random_record(random);
    std::string const bytes = encoded(record);
    auto const decoded = decode_record(base::as_bytes(bytes));
    ASSERT_TRUE(decoded) << i << ": " << decoded.error().detail;
    ASSERT_EQ(*decoded, record) << i;
    ASSERT_EQ(encoded(*decoded), bytes) << i;
  }
}

TEST(RecordCodec, NoTwoByteStringsDecodeToOneRecord) {
  // What a flipped byte still decodes to is another record: every byte is meant.
  std::string const whole = from(kFullHex);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned const bit : {1U, 128U}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ bit);
      auto const decoded = decode_record(base::as_bytes(changed));
      if (!decoded) continue;
      EXPECT_NE(*decoded, full_record()) << i;
      EXPECT_EQ(encoded(*decoded), changed) << i;
    }
  }
}

TEST(RecordCodec, AccountIdsTellClassAndOwner) {
  AccountId const account = account_id(AccountClass::kBankClearing, Sequence(0x0102030405060708));
  EXPECT_EQ(to_hex(account.value()), "00000009000000000102030405060708");
  EXPECT_EQ(account_class_number(account), 9U);
  EXPECT_EQ(account_owner(account), Sequence(0x0102030405060708));
}

TEST(RecordCodec, SectionDigestIsTheKnownAnswer) {
  EXPECT_EQ(to_hex(section_digest(base::Bytes32{}, {1, "abc"})),
            "4d0cbf4acbd60f2215495833726ab734ffb7b3c1d6f72002a6df4d66aec4f91a");
}

SideRecord two_sections() {
  return {{0, filled<32>(0xaa), "sealed zero"}, {2, filled<32>(0xbb), ""}};
}

constexpr char kSideHex[] =
    "02"                                                                // sections
    "00"                                                                // number
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"  // digest
    "000b" "7365616c6564207a65726f"                                     // ciphertext
    "02"
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    "0000";

TEST(SideRecord, HasTheGoldenBytes) {
  std::string out;
  encode_side(two_sections(), out);
  EXPECT_EQ(to_hex(base::as_bytes(out)), kSideHex);
  EXPECT_EQ(decode_side(base::as_bytes(from(kSideHex))).value(), two_sections());
}

TEST(SideRecord, IsNothingWhenEmpty) {
  std::string out;
  encode_side({}, out);
  EXPECT_EQ(out, "");
  EXPECT_TRUE(decode_side({})->empty());
}

std::string side_refusal(std::size_t at, std::string const& hex) {
  std::string bytes = from(kSideHex);
  std::string const replacement = from(hex);
  bytes.replace(at, replacement.size(), replacement);
  auto const decoded = decode_side(base::as_bytes(bytes));
  EXPECT_FALSE(decoded);
  return decoded ? "" : decoded.error().detail;
}

TEST(SideRecord, RefusesEachFieldByName) {
  EXPECT_EQ(side_refusal(0, "00"), "side record: count");
  EXPECT_EQ(side_refusal(0, "10"), "side record: count");
  EXPECT_EQ(side_refusal(0, "01"), "side record: trailing bytes");
  EXPECT_EQ(side_refusal(0, "03"), "side record: length");
  EXPECT_EQ(side_refusal(1, "02"), "side record: section number") << "repeated";
  EXPECT_EQ(side_refusal(1, "03"), "side record: section number") << "descending";
  EXPECT_EQ(side_refusal(47, "0f"), "side record: section number") << "15 keys the body tag";
  EXPECT_EQ(side_refusal(34, "ffff"), "side record: length");
}

TEST(SideRecord, RefusesEveryCut) {
  std::string const whole = from(kSideHex);
  for (std::size_t n = 1; n < whole.size(); ++n)
    EXPECT_FALSE(decode_side(base::as_bytes(whole.substr(0, n)))) << n;
}

}  // namespace
}  // namespace qrpay::ledger::test
