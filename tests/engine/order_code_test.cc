#include "engine/order_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace qrpay::engine {
namespace {

std::vector<std::string> own_codes_of_the_vectors() {
  std::ifstream file(QRPAY_VECTORS_DIR "/match.json");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<std::string> codes;
  auto const document = boost::json::parse(text.str());
  for (auto const& vector : document.at("vectors").as_array()) {
    for (auto const& open : vector.at("open").as_array()) {
      if (open.at("own").as_bool()) codes.emplace_back(open.at("code").as_string().c_str());
    }
  }
  return codes;
}

std::array<std::uint8_t, kCodeEntropyBytes> entropy_of(std::uint64_t number) {
  std::array<std::uint8_t, kCodeEntropyBytes> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(number);
    number >>= 8;
  }
  return bytes;
}

/// Every code that differs from `code` in one character of the alphabet, or in two neighbours
/// swapped.
std::vector<std::string> slips_of(std::string const& code) {
  std::vector<std::string> slips;
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (char const c : kCodeAlphabet) {
      if (c == code[i]) continue;
      slips.push_back(code);
      slips.back()[i] = c;
    }
    if (i == 0 || code[i] == code[i - 1]) continue;
    slips.push_back(code);
    std::swap(slips.back()[i - 1], slips.back()[i]);
  }
  return slips;
}

/// check_code with nothing but the check character in doubt, so that a slip is not caught merely
/// because it makes a forbidden prefix.
bool sum_is_right(std::string const& code) {
  return check_character(std::string_view(code).substr(0, code.size() - 1)) == code.back();
}

TEST(OrderCode, EveryOwnCodeOfTheVectorsChecks) {
  auto const codes = own_codes_of_the_vectors();
  ASSERT_GT(codes.size(), 700U);
  for (auto const& code : codes) EXPECT_TRUE(check_code(code)) << code;
}

TEST(OrderCode, CatchesEverySubstitutionAndEverySwapOfNeighbours) {
  auto codes = own_codes_of_the_vectors();
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    codes.push_back(make_code(i % 2 == 0 ? "QN" : "DHA", entropy_of(i * 0x123456789ULL), 0));
  }
  for (auto const& code : codes) {
    for (auto const& slip : slips_of(code)) {
      ASSERT_FALSE(sum_is_right(slip)) << code << " -> " << slip;
      ASSERT_FALSE(check_code(slip)) << code << " -> " << slip;
    }
  }
}

TEST(OrderCode, FieldIsOneOf32) {
  std::set<int> powers;
  for (std::size_t k = 0; k < 31; ++k) powers.insert(gf32::times_power(1, k));
  EXPECT_EQ(powers.size(), 31U);
  EXPECT_EQ(powers.count(0), 0U);
  EXPECT_EQ(gf32::times_power(1, 5), 0b00101);  // x^5 = x^2 + 1
  for (int v = 0; v < 32; ++v) {
    EXPECT_EQ(gf32::times_power(v, 31), v);
    for (std::size_t k = 0; k < 40; ++k) {
      EXPECT_EQ(gf32::times_power(v, k + 1), gf32::times_a(gf32::times_power(v, k)));
    }
  }
}

TEST(OrderCode, AlphabetHasNoLookAlikes) {
  EXPECT_EQ(kCodeAlphabet.size(), 32U);
  for (int c = 0; c < 256; ++c) {
    auto const at = kCodeAlphabet.find(static_cast<char>(c));
    EXPECT_EQ(code_value(static_cast<char>(c)),
              at == std::string_view::npos ? -1 : static_cast<int>(at));
  }
  for (char const c : std::string_view("ILOUabcilou -")) EXPECT_EQ(code_value(c), -1) << c;
}

TEST(OrderCode, PrefixIsTwoOrThreeLettersThatAreNoBankWord) {
  for (auto const* prefix : {"DH", "QN", "TYN", "MCA", "FTA", "CTX"}) {
    EXPECT_TRUE(valid_prefix(prefix)) << prefix;
  }
  for (auto const* prefix : {"",   "D",   "DHAB", "FT", "GD", "CT", "ND",  "CK",  "MB",
                             "VCB", "TR", "TRA",  "IB", "DO", "LA", "SU",  "D1",  "dh",
                             "D H", "D-", "\xC4\x90H", "IBFT", "TRACE"}) {
    EXPECT_FALSE(valid_prefix(prefix)) << prefix;
  }
}

TEST(OrderCode, RefusesWhatIsNotWellFormed) {
  std::string const good = "MCA4039WJ1PK";
  ASSERT_TRUE(check_code(good));
  EXPECT_FALSE(check_code(""));
  EXPECT_FALSE(check_code(good.substr(1)));
  EXPECT_FALSE(check_code(good.substr(0, 11)));
  EXPECT_FALSE(check_code(good + "0"));
  EXPECT_FALSE(check_code("mca4039wj1pk"));
  EXPECT_FALSE(check_code("MCA4O39WJ1PK"));
  EXPECT_FALSE(check_code("MCA 4039WJ1PK"));
  // Right sums, but a body of digits only, a forbidden prefix, a digit in the prefix.
  for (std::string code : {"QN12345678", "FTA2345678", "Q1A2345678"}) {
    code += check_character(code);
    EXPECT_FALSE(check_code(code)) << code;
  }
}

TEST(OrderCode, MakesTheSameCodeFromTheSameArguments) {
  auto const entropy = entropy_of(0x0102030405);
  EXPECT_EQ(make_code("QN", entropy, 7), make_code("QN", entropy, 7));
  // The bytes are read most significant first: 05 04 03 02 01 in groups of five bits.
  auto const code = make_code("QN", entropy, 0);
  EXPECT_EQ(code, "QN0M2060G1A");
  std::array<std::uint8_t, kCodeEntropyBytes + 3> longer{};
  std::copy(entropy.begin(), entropy.end(), longer.begin());
  longer.back() = 99;
  EXPECT_EQ(make_code("QN", longer, 0), code);
}

TEST(OrderCode, NextCandidatesDiffer) {
  std::set<std::string> codes;
  for (std::uint32_t attempt = 0; attempt < 10'000; ++attempt) {
    codes.insert(make_code("DHA", entropy_of(42), attempt));
  }
  EXPECT_EQ(codes.size(), 10'000U);
}

TEST(OrderCode, EveryCodeItMakesChecksAndHasALetterInItsBody) {
  std::mt19937_64 random(20260124);
  for (int i = 0; i < 50'000; ++i) {
    auto const code = make_code("TYN", entropy_of(random()), static_cast<std::uint32_t>(i % 3));
    ASSERT_TRUE(check_code(code)) << code;
  }
  // Bodies of digits only, but for what make_code does: 00000000, 00000001 and 11111111.
  for (std::uint64_t const number : {0ULL, 1ULL << 32, 0x2184104208ULL}) {
    auto const code = make_code("TYN", entropy_of(number), 0);
    EXPECT_TRUE(check_code(code)) << code;
    EXPECT_EQ(code.find_first_not_of("0123456789", 3), 10U) << code;
  }
}

}  // namespace
}  // namespace qrpay::engine
