// Expected values: derived from docs/formats/vault.md with `openssl enc -aes-256-ctr` and Python's
// hmac, hashlib and cryptography, for the seed a0 a1 ... bf.
#include "ledger/vault.h"

#include <set>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using base::to_hex;

std::shared_ptr<Vault const> known_vault() {
  base::Bytes32 seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(0xa0 + i);
  return Vault::in_memory(base::Secret(seed));
}

struct KnownRecord {
  std::uint64_t sequence;
  char const* key0;
  char const* salt0;
  char const* key2;
  char const* salt2;
  char const* body_tag_of_abc;
};

constexpr KnownRecord kKnown[] = {
    {1, "fd6675a91edff585522ec90f471681ff5fc16343309748e4b58087c693cf6e22",
     "09878c120989e843a0fd297a327811689bac782f1acf113bf2e82d387cf02e07",
     "fe34ce29a3cb46ee960460874ebf714ca765cbe32edd9ea5151a70b809cdc36e",
     "9bfe4fe948458c5e7e0aa21aa72a216cb89b16bc5452d53cd301b478a68ab31c",
     "2e246e6d8fe1cc7a70f4b53b43eff80e"},
    {2, "6436e4b5e88e2643b862ec93357452fa00ec4c1a5ee997c43aabde656358420f",
     "6b541a8fa437ccf31583d198aba674dc84fda784ffc6b0ed81accd58b7e083f5",
     "dfed11bf69a9e9a87cac646b63aadd8e32b43dbf8570d09e63d32660f0eba34d",
     "6a1fe5ca9b69073e2aedb4d82a528ee9552238294dd683237d2107aec93dd1b2",
     "c22419323a76cee1f6b786a49b10023a"},
    {16, "33e857f59f919bfa38e225f09b2a7c70187cfb3e73fd66198706c512a617aaaa",
     "9a2d15a3e26d859ab0ee6a8dc5e569298c295201596e634b4f203ecf8c7ad07d",
     "aed97a0bef8c27fe5ad95c34d8c8c1444f140f0d9fd0342ea8f7cc454fdf4a4f",
     "8829bc3ba3c89b29099a4ad23addddd1f0d8b7663a02fdf0b5aa1d9823a952a2",
     "7f70fac6ae3ec0725a2f8316edacbe0d"},
    {0x123456789a, "da95828819e1b33431c053de5c146fb9435dd255067963b4718b0b2e0da055fb",
     "8bda7229f6384e876778370330cf02cd174cce90046b2a316cf35e0774cb6540",
     "942e44810331970b9b9a204466c9daca8625cf2fa2c8e658060951f970e95eb5",
     "85388b4cfc403a8afed767c89e9d60077594400a13e7afb0611d3d0bb1980f57",
     "970c3d8e53b3373b3aa5813eef59ff38"},
    {0xffffffffff, "840751ab58fc4e19460e32a2ebf35a3516db883b295b160dca4b8e838fd089a0",
     "7cb4c445fc3d7a2b4bb301978d5e150a50d1805bbed3564ce88a05f1c1def1ba",
     "fc128cedf9b067ec2339b4dc4aea9382222e931084d5baaeb681c98fc0398d9a",
     "5478d69e5b4c41bb01373c6342baf70655cb9e0cfd3b15819806e0b6be338de8",
     "98233e2c7024dfbc55cb052880a297fe"},
};

TEST(Vault, DerivesTheKnownKeysSaltsAndBodyTags) {
  VaultCursor cursor(known_vault());
  for (auto const& known : kKnown) {
    SCOPED_TRACE(known.sequence);
    Sequence const sequence(known.sequence);
    EXPECT_EQ(to_hex(cursor.section_keys(sequence, 0).key), known.key0);
    EXPECT_EQ(to_hex(cursor.section_keys(sequence, 0).salt), known.salt0);
    EXPECT_EQ(to_hex(cursor.section_keys(sequence, 2).key), known.key2);
    EXPECT_EQ(to_hex(cursor.section_keys(sequence, 2).salt), known.salt2);
    auto const tag = cursor.body_tag(sequence, base::as_bytes(std::string_view("abc")));
    EXPECT_EQ(to_hex(tag.value()), known.body_tag_of_abc);
  }
}

TEST(Vault, CheckValueIsTheKnownAnswer) {
  EXPECT_EQ(to_hex(known_vault()->check_value()), "eb7b9433d60ece99b9a0b18b1528f404");
}

TEST(Vault, SealsToTheKnownBytes) {
  VaultCursor cursor(known_vault());
  auto const sealed = cursor.seal(Sequence(1), {{0, "hello"}, {1, "memo"}});
  EXPECT_EQ(to_hex(sealed.commitment),
            "150c27ce3af628d388a53c1dbe7bc616f00a4347e5ba6a3da31dea828e4312b3");
  ASSERT_EQ(sealed.side.size(), 2U);
  EXPECT_EQ(sealed.side[0].number, 0);
  EXPECT_EQ(to_hex(sealed.side[0].digest),
            "18fb137f1e3c6c755a42b02a7f5d6bacc3ad6242853c321eae1e571071632450");
  EXPECT_EQ(to_hex(base::as_bytes(sealed.side[0].sealed)),
            "d111db0b565d6fa772c1e880f369b947cf823d952e");
  EXPECT_EQ(sealed.side[1].number, 1);
  EXPECT_EQ(to_hex(sealed.side[1].digest),
            "1e4664ce864624c76db41b95e5cb1e1fd1b931879570141b13158cfcb7d22cef");
  EXPECT_EQ(to_hex(base::as_bytes(sealed.side[1].sealed)),
            "c172d1f4ea53c6eb3a3e3f727c092a4645129955");
}

TEST(Vault, NoSectionsCommitToOneZeroByte) {
  VaultCursor cursor(known_vault());
  auto const sealed = cursor.seal(Sequence(1), {});
  EXPECT_TRUE(sealed.side.empty());
  EXPECT_EQ(to_hex(sealed.commitment),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(Vault, TheSameInSequenceAndAtRandom) {
  auto const vault = known_vault();
  VaultCursor in_sequence(vault);
  std::map<std::uint64_t, std::string> keys;
  for (std::uint64_t n = 1; n <= 600; ++n)
    keys[n] = to_hex(in_sequence.section_keys(Sequence(n), 0).key);
  VaultCursor at_random(vault);
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::uint64_t const n = 1 + below(random, 600);
    // Far leaves in between move the remembered path away.
    if (i % 5 == 0) (void)at_random.section_keys(Sequence(random() >> 24), 3);
    ASSERT_EQ(to_hex(at_random.section_keys(Sequence(n), 0).key), keys[n]) << n;
  }
  std::set<std::string> distinct;
  for (auto const& [n, key] : keys) distinct.insert(key);
  EXPECT_EQ(distinct.size(), keys.size());
}

TEST(VaultDeathTest, ALeafBeyondTheTreeIsABug) {
  VaultCursor cursor(known_vault());
  EXPECT_DEATH((void)cursor.section_keys(Sequence(std::uint64_t{1} << 40), 0), "kLevels");
}

TEST(Vault, OpensWhatItSealed) {
  VaultCursor cursor(known_vault());
  std::string const text(20'000, 'x');
  auto const sealed = cursor.seal(Sequence(7), {{0, ""}, {2, text}});
  EXPECT_EQ(cursor.open(Sequence(7), sealed.side[0]).value(), "");
  EXPECT_EQ(cursor.open(Sequence(7), sealed.side[1]).value(), text);
}

TEST(Vault, RefusesAnotherRecordsSectionAndEveryChangedByte) {
  VaultCursor cursor(known_vault());
  auto const section = cursor.seal(Sequence(7), {{1, "Nguyen Van A"}}).side[0];
  EXPECT_EQ(cursor.open(Sequence(8), section).error().errc, Errc::kUnsealFailed);
  for (std::size_t i = 0; i < section.sealed.size(); ++i) {
    auto damaged = section;
    damaged.sealed[i] = static_cast<char>(damaged.sealed[i] ^ 1);
    EXPECT_EQ(cursor.open(Sequence(7), damaged).error().errc, Errc::kUnsealFailed) << i;
  }
  for (std::size_t i = 0; i < section.digest.size(); ++i) {
    auto damaged = section;
    damaged.digest[i] ^= 1;
    EXPECT_EQ(cursor.open(Sequence(7), damaged).error().errc, Errc::kUnsealFailed) << i;
  }
  auto moved = section;
  moved.number = 2;
  EXPECT_EQ(cursor.open(Sequence(7), moved).error().errc, Errc::kUnsealFailed);
}

TEST(Vault, TheSameTextInTwoRecordsShowsNoLikeness) {
  VaultCursor cursor(known_vault());
  auto const one = cursor.seal(Sequence(1), {{0, "same"}});
  auto const two = cursor.seal(Sequence(2), {{0, "same"}});
  EXPECT_NE(one.side[0].digest, two.side[0].digest);
  EXPECT_NE(one.side[0].sealed, two.side[0].sealed);
  EXPECT_NE(one.commitment, two.commitment);
}

class VaultFile : public testing::Test {
 protected:
  [[nodiscard]] auto create() { return Vault::create(paths_, {.entropy = &entropy_}); }
  [[nodiscard]] Errc open_error() { return Vault::open(paths_).error().errc; }

  ScratchDirectory scratch_;
  VaultPaths paths_{scratch_.path(), scratch_.path(), {}};
  std::string path_ = scratch_.path() + "/vault";
  std::string key_path_ = scratch_.path() + "/epoch.key";
  SeededEntropy entropy_{1};
};

TEST_F(VaultFile, HasTheSameKeysAfterOpening) {
  auto const made = create();
  ASSERT_TRUE(made);
  auto const opened = Vault::open(paths_);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->check_value(), (*made)->check_value());
  EXPECT_EQ(VaultCursor(*opened).section_keys(Sequence(3), 1).key,
            VaultCursor(*made).section_keys(Sequence(3), 1).key);
}

TEST_F(VaultFile, IsHeadNonceAndWhatIsSealed) {
  ASSERT_TRUE(create());
  std::string const file = slurp(path_);
  // Head; nonce; hash of the head, one segment with its whole root; tag.
  EXPECT_EQ(file.size(), 8U + 8 + 8 + 4 + 12 + (32 + 2 + 8 + 16 + 1 + 32) + 16);
  EXPECT_EQ(file.substr(0, 8), "QRPAYVT2");
}

TEST_F(VaultFile, IsNeverOverwritten) {
  ASSERT_TRUE(create());
  std::string const file = slurp(path_);
  EXPECT_EQ(create().error().errc, Errc::kAlreadyExists);
  EXPECT_EQ(slurp(path_), file);
}

TEST_F(VaultFile, RefusesAWrongEpochKey) {
  ASSERT_TRUE(create());
  spill(key_path_, std::string(64, '7') + "\n");
  EXPECT_EQ(open_error(), Errc::kWrongVault);
  spill(key_path_, "no key");
  EXPECT_EQ(open_error(), Errc::kMalformed);
}

TEST_F(VaultFile, RefusesEveryChangedByteAndEveryCut) {
  ASSERT_TRUE(create());
  std::string const file = slurp(path_);
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    spill(path_, damaged);
    EXPECT_EQ(open_error(), Errc::kWrongVault) << i;
    spill(path_, file.substr(0, i));
    EXPECT_EQ(open_error(), Errc::kWrongVault) << i;
  }
}

TEST_F(VaultFile, NamesAMissingFile) { EXPECT_EQ(open_error(), Errc::kVaultMissing); }

// Format 1: the seed a0 a1 ... bf and its check value under the epoch key 00 01 ... 1f with the
// nonce 30 31 ... 3b, made with Python's cryptography from docs/formats/vault.md.
constexpr std::string_view kFormat1 =
    "5152504159565431303132333435363738393a3b139493634dcaeca4829a2447be3490c72c96fde4778b"
    "f2b29f07ebf7540ec081a81b9857face553e1784a3c26fee27291d30dcf8dffc264cd5a18b8b73f919ea";

std::string of_hex(std::string_view hex) { return base::from_hex(hex).value(); }

TEST_F(VaultFile, OfFormat1IsReadAndBecomesFormat2WithTheFirstErasure) {
  spill(path_, of_hex(kFormat1));
  std::string key;
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(i));
  spill(key_path_, to_hex(base::as_bytes(key)) + "\n");
  auto const opened = Vault::open(paths_, {.entropy = &entropy_});
  ASSERT_TRUE(opened) << base::to_string(opened.error());
  EXPECT_EQ((*opened)->epoch(), 0U);
  EXPECT_EQ((*opened)->check_value(), known_vault()->check_value());
  EXPECT_EQ(to_hex(VaultCursor(*opened).section_keys(Sequence(1), 0).key), kKnown[0].key0);
  ASSERT_TRUE((*opened)->finish());
  EXPECT_EQ(slurp(path_), of_hex(kFormat1));

  ASSERT_TRUE((*opened)->erase(std::vector<Erasure>{{Sequence(9), {{Sequence(2)}}}}));
  EXPECT_EQ(slurp(path_).substr(0, 8), "QRPAYVT2");
  auto const again = Vault::open(paths_);
  ASSERT_TRUE(again) << base::to_string(again.error());
  EXPECT_EQ((*again)->check_value(), known_vault()->check_value());
  EXPECT_EQ((*again)->erased_through(), Sequence(9));
  VaultCursor cursor(*again);
  EXPECT_EQ(to_hex(cursor.section_keys(Sequence(1), 0).key), kKnown[0].key0);
  EXPECT_FALSE(cursor.find_keys(Sequence(2), 0));
  EXPECT_EQ(to_hex(cursor.section_keys(Sequence(16), 2).salt), kKnown[2].salt2);
}

/// 00 01 ... ff 00 ...
class CountingEntropy final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

// Hashes of files that a program made with Python's cryptography from docs/formats/vault.md: the
// vault of format 1 above, record 2 taken whole and section 1 of record 2^21 + 17, by Erase record
// 9; randomness 00 01 ... in the order epoch key, per block key and nonce, nonce of the top file.
TEST_F(VaultFile, PuncturedIsTheKnownBytes) {
  constexpr std::pair<char const*, char const*> kKnownFiles[] = {
      {"block.0.00000000.1", "5b74acf3f6f72e6766734c67839b0fa68b4f70537df57e33abb62d665a74629e"},
      {"block.0.00000002.1", "49961de3367c4f8a5f1fc640bf222d83096e214c5d59665ed9e1d747a229b7d4"},
      {"vault", "7dc7f02fb3952420572ea23f208dde34723818d923ca31a74f464812311a0ceb"}};
  spill(path_, of_hex(kFormat1));
  std::string key;
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(i));
  spill(key_path_, to_hex(base::as_bytes(key)) + "\n");
  CountingEntropy counting;
  auto const opened = Vault::open(paths_, {.entropy = &counting});
  ASSERT_TRUE(opened);
  constexpr std::uint64_t kFar = (std::uint64_t{2} << 20) + 17;
  ASSERT_TRUE((*opened)->erase(
      std::vector<Erasure>{{Sequence(9), {{Sequence(2)}, {Sequence(kFar), 1, SectionMask{2}}}}}));
  for (auto const& [name, hash] : kKnownFiles)
    EXPECT_EQ(to_hex(base::sha256(base::as_bytes(slurp(scratch_.path() + "/" + name)))), hash)
        << name;
}

}  // namespace
}  // namespace qrpay::ledger::test
