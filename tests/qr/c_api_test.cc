// The C face as a C program sees it: nothing of the C++ inside is linked.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "qr/c/border.h"
#include "qr/c/qrpay_qr.h"
#include "tests/qr/c_face.h"

namespace qrpay::qr::c {
namespace {

// What building refuses, as "number detail"; empty when it does not.
std::string refusal(qrpay_qr_payload const& payload) {
  std::array<char, QRPAY_QR_TEXT_MAX> buffer{"old"};
  std::size_t size = buffer.size();
  qrpay_qr_error error = no_error();
  std::int32_t const status = qrpay_qr_build(&payload, buffer.data(), &size, &error);
  EXPECT_EQ(status, error.status);
  if (status == QRPAY_QR_OK) return {};
  EXPECT_STREQ(buffer.data(), "");
  EXPECT_EQ(size, 0U);
  return std::to_string(status) + " " + error.detail;
}

std::string field(Reading const& reading, char const* name) {
  char const* value = qrpay_qr_field(reading.get(), name);
  return value == nullptr ? "(absent)" : value;
}

// --- the library itself ---

TEST(QrCFace, TellsItsVersionAndAbi) {
  EXPECT_EQ(qrpay_qr_abi(), QRPAY_QR_ABI);
  EXPECT_TRUE(std::string_view(qrpay_qr_version()).starts_with("0."));
}

TEST(QrCFace, NamesEveryStatusAndNoOther) {
  struct Case {
    std::int32_t status;
    char const* name;
  };
  for (Case const& each : {Case{QRPAY_QR_OK, "ok"},
                           {QRPAY_QR_BAD_ARGUMENT, "bad_argument"},
                           {QRPAY_QR_BUFFER_TOO_SMALL, "buffer_too_small"},
                           {QRPAY_QR_OUT_OF_MEMORY, "out_of_memory"},
                           {QRPAY_QR_INTERNAL, "internal"},
                           {QRPAY_QR_INVALID_FIELD, "invalid_field"},
                           {QRPAY_QR_TOO_LARGE, "too_large"},
                           {QRPAY_QR_NOT_SUPPORTED, "not_supported"},
                           {QRPAY_QR_TOO_LONG, "qr_too_long"},
                           {QRPAY_QR_IMAGE_MALFORMED, "image_malformed"},
                           {QRPAY_QR_IMAGE_TOO_LARGE, "image_too_large"},
                           {QRPAY_QR_NO_CODE_FOUND, "no_code_found"},
                           {QRPAY_QR_SEVERAL_CODES, "several_codes"},
                           {QRPAY_QR_UNSUPPORTED_SYMBOL, "unsupported_symbol"},
                           {9999, "unknown"},
                           {-99, "unknown"},
                           {std::numeric_limits<std::int32_t>::min(), "unknown"}}) {
    EXPECT_STREQ(qrpay_qr_status_name(each.status), each.name);
  }
}

TEST(QrCFace, TurnsExceptionsIntoNumbers) {
  qrpay_qr_error error = no_error();
  EXPECT_EQ(answer(&error, []() -> Answer { throw std::bad_alloc(); }), QRPAY_QR_OUT_OF_MEMORY);
  EXPECT_EQ(error.status, QRPAY_QR_OUT_OF_MEMORY);
  EXPECT_EQ(answer(&error, []() -> Answer { throw std::length_error("x"); }), QRPAY_QR_INTERNAL);
  EXPECT_EQ(answer(nullptr, []() -> Answer { throw 1; }), QRPAY_QR_INTERNAL);
  EXPECT_EQ(answer(&error, [] { return misused(std::string(1'000, 'd')); }), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(std::string(error.detail), std::string(sizeof error.detail - 1, 'd'));
}

// --- building ---

TEST(QrCFace, BuildsTheCanonicalStaticCode) { EXPECT_EQ(build(transfer()), kStatic); }

TEST(QrCFace, BuildsEveryField) {
  std::string const own = "0012vn.example.1";
  qrpay_qr_template const templates[] = {{80, own.c_str()}, {99, own.c_str()}};
  qrpay_qr_payload payload = transfer();
  payload.service = QRPAY_QR_PUSH;
  payload.order_bound = 1;
  payload.amount = 9'999'999'999'999;
  payload.mcc = "5812";
  payload.merchant_name = "PHO 24";
  payload.merchant_city = "HA NOI";
  payload.postal_code = "100000";
  payload.tip = QRPAY_QR_TIP_PERCENT;
  payload.tip_percent_hundredths = 1050;
  payload.bill_number = "B1";
  payload.mobile_number = "0912345678";
  payload.store_label = "S1";
  payload.loyalty_number = "L1";
  payload.reference_label = "R1";
  payload.customer_label = "C1";
  payload.terminal_label = "T1";
  payload.purpose = "P1";
  payload.consumer_data_request = "ME";
  payload.language = "vi";
  payload.language_name = "Phở 24";
  payload.language_city = "Hà Nội";
  payload.templates = templates;
  payload.template_count = 2;
  Reading const reading = read(build(payload));
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_STRICT), 1);
  EXPECT_EQ(qrpay_qr_amount(reading.get()), 9'999'999'999'999);
  for (auto const& [name, value] :
       std::vector<std::pair<char const*, char const*>>{{"service_code", "QRPUSH"},
                                                        {"point_of_initiation", "12"},
                                                        {"amount", "9999999999999"},
                                                        {"mcc", "5812"},
                                                        {"merchant_name", "PHO 24"},
                                                        {"merchant_city", "HA NOI"},
                                                        {"postal_code", "100000"},
                                                        {"tip_indicator", "03"},
                                                        {"fee_percent", "10.50"},
                                                        {"additional.bill_number", "B1"},
                                                        {"additional.mobile_number", "0912345678"},
                                                        {"additional.store_label", "S1"},
                                                        {"additional.loyalty_number", "L1"},
                                                        {"additional.reference_label", "R1"},
                                                        {"additional.customer_label", "C1"},
                                                        {"additional.terminal_label", "T1"},
                                                        {"additional.purpose", "P1"},
                                                        {"additional.consumer_data_request", "ME"},
                                                        {"language.preference", "vi"},
                                                        {"language.merchant_name", "Phở 24"},
                                                        {"language.merchant_city", "Hà Nội"},
                                                        {"unreserved.80", own.c_str()},
                                                        {"unreserved.99", own.c_str()}}) {
    EXPECT_EQ(field(reading, name), value) << name;
  }
}

constexpr qrpay_qr_template kOutside[] = {{79, "0012vn.example.1"}};
constexpr qrpay_qr_template kFar[] = {{256 + 80, "0012vn.example.1"}};
constexpr qrpay_qr_template kNothing[] = {{80, nullptr}};
std::string const kLong(1 << 20, '1');

TEST(QrCFace, TellsWhichFieldIsRefused) {
  struct Case {
    void (*spoil)(qrpay_qr_payload&);
    std::string_view starts_with;
  };
  for (Case const& each : std::vector<Case>{
           {[](auto& p) { p.bank_bin = nullptr; }, "1002 /bank_bin: "},
           {[](auto& p) { p.account = nullptr; }, "1002 /account: "},
           {[](auto& p) { p.account = kLong.c_str(); }, "1002 /account: "},
           {[](auto& p) { p.service = 5; }, "1002 /service: "},
           {[](auto& p) { p.service = -1; }, "1002 /service: "},
           {[](auto& p) { p.service = QRPAY_QR_TRANSFER_TO_CARD; }, "1002 /account: "},
           {[](auto& p) { p.service = QRPAY_QR_CASH; }, "1002 /mcc: "},
           {[](auto& p) { p.amount = -1; }, "1002 /amount: "},
           {[](auto& p) { p.amount = 10'000'000'000'000; }, "1002 /amount: "},
           {[](auto& p) { p.amount = std::numeric_limits<int64_t>::min(); }, "1002 /amount: "},
           {[](auto& p) { p.tip = 4; }, "1002 /tip/kind: "},
           {[](auto& p) { p.tip = QRPAY_QR_TIP_FIXED; }, "1002 /tip/fixed: "},
           {[](auto& p) { p.tip = QRPAY_QR_TIP_PERCENT; }, "1002 /tip/percent_hundredths: "},
           {[](auto& p) {
              p.tip = QRPAY_QR_TIP_PERCENT;
              p.tip_percent_hundredths = 65'536 + 100;
            },
            "1002 /tip/percent_hundredths: "},
           {[](auto& p) { p.purpose = "cà phê"; }, "1002 /additional/purpose: "},
           {[](auto& p) { p.purpose = kLong.c_str(); }, "1002 /additional/purpose: "},
           {[](auto& p) { p.language_name = "Phở"; }, "1002 /language/"},
           {[](auto& p) {
              p.templates = kOutside;
              p.template_count = 1;
            },
            "1002 /unreserved"},
           {[](auto& p) {
              p.templates = kFar;
              p.template_count = 1;
            },
            "1002 /unreserved"},
           {[](auto& p) {
              p.templates = kNothing;
              p.template_count = 1;
            },
            "1002 /unreserved"},
           {[](auto& p) {
              p.templates = kOutside;
              p.template_count = 21;
            },
            "1006 /unreserved"},
           {[](auto& p) {
              p.templates = kOutside;
              p.template_count = kHuge;
            },
            "1006 /unreserved"},
           {[](auto& p) { p.template_count = 1; }, "-1 templates"},
           {[](auto& p) { p.struct_size = 0; }, "-1 struct_size"},
           {[](auto& p) { p.struct_size = sizeof(p) - 1; }, "-1 struct_size"},
           {[](auto& p) { p.struct_size = kHuge; }, "-1 struct_size"}}) {
    qrpay_qr_payload payload = transfer();
    each.spoil(payload);
    std::string const got = refusal(payload);
    EXPECT_TRUE(got.starts_with(each.starts_with)) << got << " is not " << each.starts_with;
  }
}

TEST(QrCFace, TellsHowLargeABufferMustBe) {
  qrpay_qr_payload const payload = transfer();
  std::size_t const wanted = kStatic.size() + 1;
  std::size_t size = 0;
  EXPECT_EQ(qrpay_qr_build(&payload, nullptr, &size, nullptr), QRPAY_QR_BUFFER_TOO_SMALL);
  EXPECT_EQ(size, wanted);
  std::vector<char> buffer(wanted, 'x');
  size = wanted - 1;
  EXPECT_EQ(qrpay_qr_build(&payload, buffer.data(), &size, nullptr), QRPAY_QR_BUFFER_TOO_SMALL);
  EXPECT_EQ(size, wanted);
  EXPECT_EQ(buffer.front(), '\0');
  EXPECT_EQ(buffer.back(), 'x');
  EXPECT_EQ(qrpay_qr_build(&payload, buffer.data(), &size, nullptr), QRPAY_QR_OK);
  EXPECT_EQ(buffer.data(), kStatic);
  size = kHuge;  // all that counts is what is written
  EXPECT_EQ(qrpay_qr_build(&payload, buffer.data(), &size, nullptr), QRPAY_QR_OK);
  EXPECT_EQ(size, wanted);
}

TEST(QrCFace, RefusesToBuildFromOrIntoNothing) {
  qrpay_qr_payload const payload = transfer();
  std::array<char, 8> buffer{};
  std::size_t size = buffer.size();
  EXPECT_EQ(qrpay_qr_build(nullptr, buffer.data(), &size, nullptr), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_build(&payload, buffer.data(), nullptr, nullptr), QRPAY_QR_BAD_ARGUMENT);
  size = 1;
  EXPECT_EQ(qrpay_qr_build(&payload, nullptr, &size, nullptr), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_build(nullptr, nullptr, nullptr, nullptr), QRPAY_QR_BAD_ARGUMENT);
}

// A program that was compiled with a newer header: its structs are longer.
TEST(QrCFace, TakesNewerStructsWhoseNewMembersAreZero) {
  struct Newer {
    qrpay_qr_payload known;
    std::int64_t added;
  } newer{transfer(), 0};
  newer.known.struct_size = sizeof newer;
  EXPECT_EQ(build(newer.known), kStatic);
  newer.added = 1;
  EXPECT_TRUE(refusal(newer.known).starts_with("1016 "));

  struct NewerError {
    qrpay_qr_error known;
    std::int64_t added;
  } error{no_error(), 7};
  error.known.struct_size = sizeof error;
  std::size_t size = 0;
  EXPECT_EQ(qrpay_qr_build(&newer.known, nullptr, &size, &error.known), QRPAY_QR_NOT_SUPPORTED);
  EXPECT_EQ(error.known.status, QRPAY_QR_NOT_SUPPORTED);
  EXPECT_EQ(error.known.struct_size, sizeof error);
  EXPECT_EQ(error.added, 0);
  error.known.struct_size = 3;
  EXPECT_EQ(qrpay_qr_build(&newer.known, nullptr, &size, &error.known), QRPAY_QR_BAD_ARGUMENT);
}

TEST(QrCFace, NormalisesContent) {
  std::array<char, 26> buffer{};
  std::size_t size = buffer.size();
  EXPECT_EQ(qrpay_qr_normalise("  Đơn hàng_số 12, cà phê!", 25, buffer.data(), &size), QRPAY_QR_OK);
  EXPECT_STREQ(buffer.data(), "Don hang so 12 ca phe");
  EXPECT_EQ(size, 22U);
  size = buffer.size();
  EXPECT_EQ(qrpay_qr_normalise("Đơn hàng số 12", 9, buffer.data(), &size), QRPAY_QR_OK);
  EXPECT_STREQ(buffer.data(), "Don hang");
  size = buffer.size();
  EXPECT_EQ(qrpay_qr_normalise("\xFF\xFE!", kHuge, buffer.data(), &size), QRPAY_QR_OK);
  EXPECT_STREQ(buffer.data(), "");
  EXPECT_EQ(size, 1U);
}

TEST(QrCFace, RefusesContentThatCannotBeNormalised) {
  std::array<char, 4> buffer{};
  std::size_t size = buffer.size();
  EXPECT_EQ(qrpay_qr_normalise(nullptr, 25, buffer.data(), &size), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_normalise("a", 25, buffer.data(), nullptr), QRPAY_QR_BAD_ARGUMENT);
  size = buffer.size();
  EXPECT_EQ(qrpay_qr_normalise("abcd", 25, buffer.data(), &size), QRPAY_QR_BUFFER_TOO_SMALL);
  EXPECT_EQ(size, 5U);
  std::string const longest(QRPAY_QR_STRING_MAX, 'a');
  std::vector<char> large(longest.size() + 1);
  size = large.size();
  EXPECT_EQ(qrpay_qr_normalise(longest.c_str(), kHuge, large.data(), &size), QRPAY_QR_OK);
  EXPECT_EQ(size, large.size());
  EXPECT_EQ(qrpay_qr_normalise((longest + "a").c_str(), 25, large.data(), &size),
            QRPAY_QR_TOO_LARGE);
}

// --- reading ---

TEST(QrCFace, ReadsAGoodCode) {
  Reading const reading = read(kStatic);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_STRICT), 1);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_LENIENT), 1);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), 0), 0);
  EXPECT_EQ(qrpay_qr_fault_count(reading.get()), 0U);
  EXPECT_EQ(qrpay_qr_amount(reading.get()), 0);
  EXPECT_EQ(field(reading, "scheme"), "vietqr");
  EXPECT_EQ(field(reading, "bank_bin"), "970403");
  EXPECT_EQ(field(reading, "crc"), "9E6F");
  EXPECT_EQ(field(reading, "amount"), "(absent)");
}

TEST(QrCFace, ListsFieldsInOrder) {
  Reading const reading = read(kStatic);
  std::size_t const count = qrpay_qr_field_count(reading.get());
  ASSERT_GT(count, 5U);
  EXPECT_STREQ(qrpay_qr_field_name(reading.get(), 0), "scheme");
  EXPECT_STREQ(qrpay_qr_field_name(reading.get(), count - 1), "crc");
  std::size_t size = 0;
  EXPECT_STREQ(qrpay_qr_field_value(reading.get(), count - 1, &size), "9E6F");
  EXPECT_EQ(size, 4U);
  EXPECT_STREQ(qrpay_qr_field_value(reading.get(), 0, nullptr), "vietqr");
  for (std::size_t past : {count, kHuge}) {
    EXPECT_EQ(qrpay_qr_field_name(reading.get(), past), nullptr);
    EXPECT_EQ(qrpay_qr_field_value(reading.get(), past, &size), nullptr);
    EXPECT_EQ(size, 0U);
  }
}

TEST(QrCFace, ReportsFaultsWithNumberTierAndPlace) {
  std::string damaged(kStatic);
  damaged[damaged.find("0011012345678")] = '9';
  Reading const reading = read(damaged);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_LENIENT), 0);
  EXPECT_EQ(qrpay_qr_field_count(reading.get()), 0U);
  ASSERT_EQ(qrpay_qr_fault_count(reading.get()), 1U);
  qrpay_qr_fault fault{};
  fault.struct_size = sizeof fault;
  ASSERT_EQ(qrpay_qr_fault_at(reading.get(), 0, &fault), QRPAY_QR_OK);
  EXPECT_EQ(fault.number, 19);
  EXPECT_EQ(fault.tier, QRPAY_QR_TIER_FATAL);
  EXPECT_EQ(fault.offset, kStatic.size() - 8);
  EXPECT_STREQ(fault.path, "63");
  EXPECT_STREQ(fault.name, "crc_mismatch");
  EXPECT_EQ(qrpay_qr_fault_at(reading.get(), 1, &fault), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(fault.number, 0);
  EXPECT_EQ(qrpay_qr_fault_at(reading.get(), kHuge, &fault), QRPAY_QR_BAD_ARGUMENT);
  fault.struct_size = 8;
  EXPECT_EQ(qrpay_qr_fault_at(reading.get(), 0, &fault), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_fault_at(reading.get(), 0, nullptr), QRPAY_QR_BAD_ARGUMENT);
}

TEST(QrCFace, TellsStrictFromLenient) {
  std::string lower(kStatic);
  lower.replace(lower.size() - 4, 4, "9e6f");
  Reading const reading = read(lower);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_STRICT), 0);
  EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_LENIENT), 1);
  EXPECT_EQ(field(reading, "account"), "0011012345678");
}

TEST(QrCFace, ReadsAnyBytesOfAnySize) {
  for (std::string const& text :
       {std::string(), std::string(64, '\0'), std::string("\xFF\xFE"), std::string(1 << 20, '0')}) {
    Reading const reading = read(text);
    ASSERT_NE(reading, nullptr);
    EXPECT_EQ(qrpay_qr_accepted(reading.get(), QRPAY_QR_POLICY_LENIENT), 0);
    EXPECT_GE(qrpay_qr_fault_count(reading.get()), 1U);
    EXPECT_EQ(qrpay_qr_field_count(reading.get()), 0U);
  }
  Reading const nothing = read(std::string_view());
  EXPECT_EQ(qrpay_qr_fault_count(nothing.get()), 1U);
}

TEST(QrCFace, KeepsItsOwnCopyOfTheText) {
  std::string text(kStatic);
  Reading const reading = read(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(field(reading, "account"), "0011012345678");
}

TEST(QrCFace, ToleratesNoReading) {
  qrpay_qr_reading* reading = nullptr;
  EXPECT_EQ(qrpay_qr_read(nullptr, 1, &reading), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(reading, nullptr);
  EXPECT_EQ(qrpay_qr_read("a", 1, nullptr), QRPAY_QR_BAD_ARGUMENT);
  qrpay_qr_fault fault{};
  fault.struct_size = sizeof fault;
  EXPECT_EQ(qrpay_qr_accepted(nullptr, QRPAY_QR_POLICY_LENIENT), 0);
  EXPECT_EQ(qrpay_qr_fault_count(nullptr), 0U);
  EXPECT_EQ(qrpay_qr_fault_at(nullptr, 0, &fault), QRPAY_QR_BAD_ARGUMENT);
  EXPECT_EQ(qrpay_qr_field_count(nullptr), 0U);
  EXPECT_EQ(qrpay_qr_field_name(nullptr, 0), nullptr);
  EXPECT_EQ(qrpay_qr_field_value(nullptr, 0, nullptr), nullptr);
  EXPECT_EQ(qrpay_qr_field(nullptr, "crc"), nullptr);
  EXPECT_EQ(qrpay_qr_field(read(kStatic).get(), nullptr), nullptr);
  EXPECT_EQ(qrpay_qr_amount(nullptr), 0);
  qrpay_qr_reading_free(nullptr);
}

TEST(QrCFace, ClassifiesAnything) {
  auto const kind = [](std::string_view text) {
    return qrpay_qr_classify(text.data(), text.size());
  };
  EXPECT_STREQ(kind(kStatic), "vietqr_account");
  EXPECT_STREQ(kind("https://example.vn/"), "web_link");
  EXPECT_STREQ(kind("hello"), "unknown");
  EXPECT_STREQ(kind(""), "unknown");
  EXPECT_STREQ(qrpay_qr_classify(nullptr, 5), "unknown");
  EXPECT_STREQ(qrpay_qr_classify("00020101", kHuge), "unknown");
}

}  // namespace
}  // namespace qrpay::qr::c
