#include "ledger/witness_policy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/witness.h"

namespace qrpay::ledger {
namespace {

using base::Errc;

std::string log_key(std::uint8_t seed) {
  return format_vkey(
      NoteSigner::make("log.test/0/1", base::Secret(base::Bytes32{seed}))->verifier_key());
}
VerifierKey witness_key(std::uint8_t seed) {
  return CosignatureSigner::make("w" + std::to_string(seed), base::Secret(base::Bytes32{seed}))
      ->verifier_key();
}
std::string witness_line(std::uint8_t seed) {
  return "witness W" + std::to_string(seed) + " " + format_vkey(witness_key(seed)) + "\n";
}
std::vector<Cosignature> by(std::vector<std::uint8_t> const& seeds) {
  std::vector<Cosignature> all;
  for (std::uint8_t const seed : seeds) all.push_back({witness_key(seed), 1});
  return all;
}

TEST(WitnessPolicy, FollowsGroupsOfGroups) {
  std::string text = "# bank and province\n\nlog " + log_key(1) + " https://log.example/\n";
  for (std::uint8_t seed = 10; seed < 16; ++seed) text += witness_line(seed);
  text += "group  banks\t2 W10 W11 W12\n group province any W13 W14 W15\n";
  text += "group both all banks province\nquorum both\n";
  auto const policy = WitnessPolicy::parse(text);
  ASSERT_TRUE(policy) << to_string(policy.error());
  EXPECT_EQ(policy->logs().size(), 1U);
  EXPECT_EQ(policy->witnesses().size(), 6U);
  // Every set of the six, against the rule in words.
  for (unsigned set = 0; set < 64; ++set) {
    std::vector<std::uint8_t> seeds;
    for (std::uint8_t i = 0; i < 6; ++i)
      if ((set >> i & 1U) != 0) seeds.push_back(static_cast<std::uint8_t>(10 + i));
    unsigned const banks = (set & 1U) + (set >> 1 & 1U) + (set >> 2 & 1U);
    bool const expected = banks >= 2 && (set >> 3) != 0;
    EXPECT_EQ(policy->is_met(by(seeds)), expected) << set;
    EXPECT_EQ(policy->check(by(seeds)).has_value(), expected) << set;
  }
  EXPECT_FALSE(policy->is_met(by({10, 10, 13}))) << "one witness counts once";
}

TEST(WitnessPolicy, KnowsNoneAndASingleWitness) {
  auto const none = WitnessPolicy::parse("quorum none\n");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->is_met({}));
  auto const one = WitnessPolicy::parse(witness_line(3) + "quorum W3\n");
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->is_met(by({4})));
  EXPECT_TRUE(one->is_met(by({3})));
}

TEST(WitnessPolicy, NamesTheLineOfEachFault) {
  std::string const w3 = witness_line(3);
  std::string const w4 = witness_line(4);
  struct Case {
    std::string text;
    std::string line;
  };
  std::vector<Case> const cases = {
      {"\nlogs x\n", "line 2"},
      {"log\n", "line 1"},
      {"log x\n", "line 1"},
      {"log " + format_vkey(witness_key(3)) + "\n", "line 1"},
      {"log " + log_key(1) + "\nlog " + log_key(1) + "\n", "line 2"},
      {"witness a\n", "line 1"},
      {"witness none " + format_vkey(witness_key(3)) + "\n", "line 1"},
      {"witness a " + log_key(1) + "\n", "line 1"},
      {w3 + w3, "line 2"},
      {w3 + "witness other " + format_vkey(witness_key(3)) + "\n", "line 2"},
      {w3 + "group g any\n", "line 2"},
      {w3 + "group g 2 W3\n", "line 2"},
      {w3 + "group g 0 W3\n", "line 2"},
      {w3 + "group g 01 W3\n", "line 2"},
      {w3 + "group g some W3\n", "line 2"},
      {w3 + "group W3 any W3\n", "line 2"},
      {w3 + "group none any W3\n", "line 2"},
      {w3 + "group g any W4\n", "line 2"},
      {w3 + "group g any W3 W3\n", "line 2"},
      {w3 + w4 + "group g any W3\ngroup h any W3 W4\n", "line 4"},
      {w3 + "group g any g\n", "line 2"},
      {"quorum W3\n" + w3, "line 1"},
      {"quorum none\nquorum none\n", "line 2"},
      {"quorum\n", "line 1"},
      {"quorum none\r\n", "line 1"},
  };
  for (Case const& one : cases) {
    auto const policy = WitnessPolicy::parse(one.text);
    ASSERT_FALSE(policy) << one.text;
    EXPECT_TRUE(policy.error().detail.starts_with(one.line + ":"))
        << one.text << policy.error().detail;
  }
  EXPECT_FALSE(WitnessPolicy::parse(""));
  EXPECT_FALSE(WitnessPolicy::parse(w3));
  EXPECT_FALSE(WitnessPolicy::parse("quorum none"));
  EXPECT_EQ(WitnessPolicy::parse(std::string(kPolicyBytesMax + 1, '\n')).error().errc,
            Errc::kNoteMalformed);
}

}  // namespace
}  // namespace qrpay::ledger
