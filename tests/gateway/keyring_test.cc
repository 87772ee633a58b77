// Secrets of API keys, by the generation of their key file. Expected values: computed with Python's
// hmac and hashlib from docs/formats/record.md.
#include "gateway/auth/keyring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::auth {
namespace {

namespace field = ledger::field;

base::Secret filled(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

class Keys : public testing::Test {
 protected:
  Keys() {
    base::Bytes32 counting;
    std::generate(counting.begin(), counting.end(),
                  [n = std::uint8_t{0}]() mutable { return n++; });
    files_.put(1, base::Secret(counting));
    files_.put(2, filled(2));
  }

  static KeyOrigin origin(std::uint32_t generation) {
    base::Bytes16 id;
    id.fill(9);
    base::Bytes32 salt;
    salt.fill(7);
    return {ledger::IdTag(id), salt, generation};
  }
  /// A bank's key, announced under whatever generation of the dedupe secret `tagger` is of.
  ledger::Record bank_key(std::string_view id, ledger::GenerationTagger const& tagger,
                          std::uint32_t generation) {
    ledger::Record record;
    record.kind = ledger::Kind::kKey;
    record.sequence = base::Sequence(++last_);
    record.id_tag = tagger.id_tag(
        {.tenant = base::Sequence(0), .kind = ledger::Kind::kKey, .id = id, .revision = 1});
    ledger::TlvWriter body(record.body);
    body.u8(field::kRole, static_cast<std::uint8_t>(Role::kBank));
    body.u32(field::kKeyGeneration, generation);
    body.bytes(field::kKeySalt, origin(generation).salt);
    return record;
  }
  ledger::Record secret(engine::SecretUse use, std::uint32_t generation, bool retired) {
    ledger::Record record;
    record.kind = ledger::Kind::kSecret;
    record.sequence = base::Sequence(++last_);
    ledger::TlvWriter body(record.body);
    body.u8(field::kSecretUse, static_cast<std::uint8_t>(use));
    body.u32(field::kSecretGeneration, generation);
    if (retired) body.u8(field::kSecretRetired, 1);
    return record;
  }

  ledger::SecretGenerations files_;
  std::uint64_t last_ = 0;
};

TEST_F(Keys, SecretsAreTheKnownAnswersOfTheirGeneration) {
  ledger::Tagger const tagger(filled(1));
  KeyRing const ring(files_, tagger);
  EXPECT_EQ(ring.bearer_token(origin(1)), "qrpay_x2rz6_TCgq1fppHRDDdCHXoHS4taaVErZ08WFt3ZsEc");
  EXPECT_EQ(ring.signing_secret(origin(1)),
            "393f1c3ef8830aa3442008d8ad402f20389a311c21eee086db0de73927a5a2a6");
  EXPECT_EQ(ring.bearer_token(origin(2)), "qrpay_u_lOlAh5zG10lA2Cu7G7VSb1yxG5EqUOE4oI7IAVkC4");
  EXPECT_EQ(ring.signing_secret(origin(2)),
            "20c07f1d6100863ab8c20f2d1683712ffbde84148170787f3d1663ee09e9aa78");
}

TEST_F(Keys, NewOnesUseTheGenerationAnnouncedLast) {
  ledger::Tagger const tagger(filled(1));
  KeyRing ring(files_, tagger);
  EXPECT_EQ(ring.generation(), 1U);
  ring.apply(secret(engine::SecretUse::kTags, 2, /*retired=*/false));
  EXPECT_EQ(ring.generation(), 1U) << "of another secret";
  ring.apply(secret(engine::SecretUse::kKeys, 2, /*retired=*/false));
  EXPECT_EQ(ring.generation(), 2U);
  ring.apply(secret(engine::SecretUse::kKeys, 1, /*retired=*/true));
  EXPECT_EQ(ring.generation(), 2U);
}

TEST_F(Keys, ASigningKeyIsFoundUnderTheTagOfItsTime) {
  ledger::SecretGenerations dedupe(filled(11));
  dedupe.put(2, filled(12));
  ledger::Tagger const tagger(dedupe);
  KeyRing ring(files_, tagger);
  auto const before = bank_key("before", *tagger.find(1), 1);
  auto const after = bank_key("after", *tagger.find(2), 2);
  ring.apply(before);
  ring.apply(after);
  for (auto const& [id, record] : {std::pair("before", &before), std::pair("after", &after)}) {
    auto const found = ring.find_signing(id);
    ASSERT_TRUE(found) << id;
    EXPECT_EQ(found->principal.key, record->sequence) << id;
    auto const secret = base::from_hex(ring.signing_secret(*KeyOrigin::of(*record)));
    base::HmacSha256 const mine(base::as_bytes(*secret));
    EXPECT_EQ(found->hmac.mac(base::as_bytes("x")), mine.mac(base::as_bytes("x"))) << id;
  }
  EXPECT_FALSE(ring.find_signing("nobody"));
}

TEST_F(Keys, OfARetiredFileSignNothing) {
  ledger::Tagger const tagger(filled(1));
  ledger::SecretGenerations second;
  second.put(2, filled(2));
  KeyRing ring(second, tagger);
  ring.apply(bank_key("old", *tagger.find(1), 1));
  EXPECT_FALSE(ring.find_signing("old"));
}

}  // namespace
}  // namespace qrpay::gateway::auth
