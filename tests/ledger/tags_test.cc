// Expected values: computed with Python's hmac and hashlib from the formulae of
// docs/formats/record.md, under the dedupe secret 00 01 ... 1f.
#include "ledger/tags.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace qrpay::ledger {
namespace {

base::Secret counting_secret() {
  base::Bytes32 bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return base::Secret(bytes);
}

template <class Tag>
std::string hex(Tag const& tag) {
  return base::to_hex(tag.value());
}

class Tags : public testing::Test {
 protected:
  GenerationTagger tagger_{counting_secret()};
};

TEST_F(Tags, IdTagIsTheKnownAnswer) {
  EXPECT_EQ(
      hex(tagger_.id_tag({.tenant = Sequence(258), .kind = Kind::kBankCredit, .id = "FT24001"})),
      "5611fa45244be6cbfc15a1f8f2809cfe");
  EXPECT_EQ(hex(tagger_.id_tag(
                {.tenant = Sequence(0), .kind = Kind::kKey, .id = "key-1", .revision = 2})),
            "b97985d9b09b9bc873d8584a7a3b9257");
}

TEST_F(Tags, AccountTagIsTheKnownAnswer) {
  EXPECT_EQ(hex(tagger_.account_tag("970436", "0123456789")), "9e3509e9e5d800547e8d13d5219615c2");
}

TEST_F(Tags, MoneyTagIsTheKnownAnswer) {
  EXPECT_EQ(hex(tagger_.money_tag({.scheme = "bank_ref",
                                   .bank = "970436",
                                   .account = "0123456789",
                                   .direction = Direction::kCredit,
                                   .reference = "FT24001",
                                   .scope = ""})),
            "09bc6ea37239122dce306efbe74f0902");
  EXPECT_EQ(hex(tagger_.money_tag({.scheme = "trace",
                                   .bank = "970436",
                                   .account = "0123456789",
                                   .direction = Direction::kDebit,
                                   .reference = "000123",
                                   .scope = "2024-05-01"})),
            "c3419ebfef0881841ec932e632a8c59b");
}

TEST_F(Tags, PageTagIsTheKnownAnswer) {
  EXPECT_EQ(hex(tagger_.page_tag("AAAAAAAAAAAAAAAAAAAAAA")), "879348cfcaf0fc98d10df0d11fc65b52");
}

TEST_F(Tags, CheckValueIsTheKnownAnswer) {
  EXPECT_EQ(base::to_hex(tagger_.check_value()), "441fd48e4505bbc06fafa8b796632a39");
}

TEST_F(Tags, EveryPartOfAnIdChangesItsTag) {
  std::set<std::string> seen;
  CommandId const id{.tenant = Sequence(1), .kind = Kind::kPutOrder, .id = "a", .revision = 1};
  auto changed = [&](auto change) {
    CommandId other = id;
    change(other);
    EXPECT_TRUE(seen.insert(hex(tagger_.id_tag(other))).second);
  };
  changed([](CommandId&) {});
  changed([](CommandId& c) { c.tenant = Sequence(2); });
  changed([](CommandId& c) { c.kind = Kind::kCancelOrder; });
  changed([](CommandId& c) { c.id = "b"; });
  changed([](CommandId& c) { c.revision = 2; });
}

TEST_F(Tags, EveryPartOfAMoneyReferenceChangesItsTag) {
  std::set<std::string> seen;
  MoneyReference const reference{.scheme = "bank_ref",
                                 .bank = "970436",
                                 .account = "1",
                                 .direction = Direction::kCredit,
                                 .reference = "2",
                                 .scope = "3"};
  auto changed = [&](auto change) {
    MoneyReference other = reference;
    change(other);
    EXPECT_TRUE(seen.insert(hex(tagger_.money_tag(other))).second);
  };
  changed([](MoneyReference&) {});
  changed([](MoneyReference& m) { m.scheme = "uetr"; });
  changed([](MoneyReference& m) { m.bank = "970407"; });
  changed([](MoneyReference& m) { m.account = "12"; });
  changed([](MoneyReference& m) { m.direction = Direction::kReversal; });
  changed([](MoneyReference& m) { m.reference = "23"; });
  changed([](MoneyReference& m) { m.scope = ""; });
}

TEST_F(Tags, MovingACharacterAcrossABoundaryChangesTheTag) {
  EXPECT_NE(tagger_.account_tag("97043", "61"), tagger_.account_tag("970436", "1"));
}

TEST_F(Tags, AnotherSecretGivesOtherTags) {
  GenerationTagger const other{base::Secret(base::Bytes32{})};
  EXPECT_NE(other.account_tag("970436", "1"), tagger_.account_tag("970436", "1"));
  EXPECT_NE(other.check_value(), tagger_.check_value());
}

base::Secret secret_of(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

constexpr CommandId kId{.tenant = Sequence(7), .kind = Kind::kBankCredit, .id = "c1"};

TEST(Generations, OneGenerationHasOneTag) {
  Tagger const tagger(secret_of(1));
  auto const tags = tagger.id_tag(kId);
  EXPECT_EQ(tags.newest, GenerationTagger(secret_of(1)).id_tag(kId));
  EXPECT_TRUE(tags.older.empty());
  EXPECT_EQ(tagger.newest(), 1U);
  EXPECT_TRUE(tagger.complete());
}

TEST(Generations, AreTriedNewestFirst) {
  SecretGenerations secrets(secret_of(1));
  secrets.put(2, secret_of(2));
  secrets.put(3, secret_of(3));
  Tagger const tagger(secrets);
  auto const tags = tagger.id_tag(kId);
  EXPECT_EQ(tags.newest, GenerationTagger(secret_of(3)).id_tag(kId));
  std::vector<IdTag> const older{GenerationTagger(secret_of(2)).id_tag(kId),
                                 GenerationTagger(secret_of(1)).id_tag(kId)};
  EXPECT_EQ(tags.older, older);
  EXPECT_EQ(tagger.account_tag("970436", "1").older.size(), 2U);
  EXPECT_EQ(tagger.page_tag("token").older.size(), 2U);
}

TEST(Generations, OneThatNobodyAnnouncedIsNotUsed) {
  SecretGenerations secrets(secret_of(1));
  secrets.put(2, secret_of(2));
  Tagger const tagger = Tagger(secrets).up_to(1);
  EXPECT_EQ(tagger.id_tag(kId).newest, GenerationTagger(secret_of(1)).id_tag(kId));
  EXPECT_TRUE(tagger.id_tag(kId).older.empty());
  EXPECT_TRUE(tagger.complete());
}

TEST(Generations, AMissingOneIsKnownToBeMissing) {
  SecretGenerations secrets;
  EXPECT_FALSE(Tagger(secrets).complete());
  secrets.put(2, secret_of(2));
  Tagger const without_first(secrets);
  EXPECT_FALSE(without_first.complete());
  EXPECT_EQ(without_first.find(1), nullptr);
  EXPECT_EQ(without_first.id_tag(kId).newest, GenerationTagger(secret_of(2)).id_tag(kId));
  EXPECT_TRUE(without_first.id_tag(kId).older.empty());
  Tagger const without_newest = Tagger(SecretGenerations(secret_of(1))).up_to(2);
  EXPECT_FALSE(without_newest.complete());
  EXPECT_EQ(without_newest.id_tag(kId).newest, IdTag{}) << "which nothing is found under";
  EXPECT_EQ(without_newest.id_tag(kId).older.size(), 1U);
}

}  // namespace
}  // namespace qrpay::ledger
