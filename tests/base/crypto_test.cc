#include "base/crypto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qrpay::base {
namespace {

std::string unhex(std::string_view hex) { return from_hex(hex).value(); }

Bytes32 bytes32(std::string_view hex) {
  auto const raw = unhex(hex);
  Bytes32 out{};
  EXPECT_EQ(raw.size(), out.size());
  std::copy_n(raw.begin(), out.size(), out.begin());
  return out;
}

// ---- SHA-256: FIPS 180-4

TEST(Sha256, GivesTheKnownAnswers) {
  EXPECT_EQ(to_hex(sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, InPiecesIsTheSameAndCanBeUsedAgain) {
  Sha256 hash;
  for (std::size_t size = 0; size <= 200; ++size) {
    std::string const text(size, 'q');
    auto const cut = size / 3;
    hash.update(as_bytes(text).first(cut)).update(as_bytes(text).subspan(cut));
    EXPECT_EQ(hash.finish(), sha256(as_bytes(text))) << size;
  }
  hash.update_u8('a');
  Sha256 moved = std::move(hash);
  moved.update(as_bytes("bc"));
  EXPECT_EQ(moved.finish(), sha256(as_bytes("abc")));
}

// ---- HMAC: RFC 4231

TEST(HmacSha256, GivesTheAnswersOfRfc4231) {
  struct Case {
    std::string key;
    std::string message;
    char const* mac;
  };
  std::vector<Case> const cases = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. "
       "The key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (auto const& one : cases) {
    HmacSha256 const hmac(as_bytes(one.key));
    EXPECT_EQ(to_hex(hmac.mac(as_bytes(one.message))), one.mac);
    EXPECT_EQ(to_hex(hmac.tag(as_bytes(one.message))), std::string_view(one.mac).substr(0, 32));
  }
}

/// RFC 2104, word for word.
Digest hmac_by_definition(std::string key, std::string const& message) {
  if (key.size() > 64) key = as_text(sha256(as_bytes(key)));
  key.resize(64, '\0');
  std::string inner = key;
  std::string outer = key;
  for (auto& c : inner) c = static_cast<char>(c ^ 0x36);
  for (auto& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner += message;
  outer += as_text(sha256(as_bytes(inner)));
  return sha256(as_bytes(outer));
}

TEST(HmacSha256, FollowsItsDefinitionAroundEveryBlockEdge) {
  for (std::size_t key_size : {0U, 1U, 32U, 63U, 64U, 65U, 130U}) {
    std::string const key(key_size, 'k');
    HmacSha256 const hmac(as_bytes(key));
    for (std::size_t size = 0; size <= 200; ++size) {
      std::string const message(size, 'm');
      ASSERT_EQ(hmac.mac(as_bytes(message)), hmac_by_definition(key, message))
          << key_size << " " << size;
    }
  }
}

TEST(HmacSha256, CopiesAreEqual) {
  HmacSha256 const first(as_bytes("key"));
  HmacSha256 const second = first;
  EXPECT_EQ(first.mac(as_bytes("x")), second.mac(as_bytes("x")));
}

// ---- HKDF: RFC 5869, first 32 bytes of the output

TEST(Hkdf, GivesTheAnswersOfRfc5869) {
  std::string key(80, '\0');
  std::string salt(80, '\0');
  std::string info(80, '\0');
  for (std::size_t i = 0; i < 80; ++i) {
    key[i] = static_cast<char>(i);
    salt[i] = static_cast<char>(0x60 + i);
    info[i] = static_cast<char>(0xb0 + i);
  }
  std::string const short_key(22, '\x0b');
  EXPECT_EQ(to_hex(hkdf_sha256(as_bytes(short_key), as_bytes(unhex("000102030405060708090a0b0c")),
                               unhex("f0f1f2f3f4f5f6f7f8f9"))
                       .reveal()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(to_hex(hkdf_sha256(as_bytes(key), as_bytes(salt), info).reveal()),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
  EXPECT_EQ(to_hex(hkdf_sha256(as_bytes(short_key), {}, "").reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// ---- comparison

TEST(EqualConstantTime, IsEquality) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("bbc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abcd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), {}));
}

// ---- AES-256-CTR: blocks 0, 1 and 2 under the zero key are H, E(K, Y0) and the first ciphertext
// of cases 13 and 14 of the GCM specification

std::string keystream(Bytes32 const& key, std::uint32_t first_block, std::size_t size) {
  std::string out(size, '\x55');
  AesCtrStream stream;
  stream.keystream(key, first_block,
                   {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

TEST(AesCtrStream, GivesTheKnownBlocks) {
  EXPECT_EQ(to_hex(as_bytes(keystream({}, 0, 48))),
            "dc95c078a2408989ad48a21492842087530f8afbc74536b9a963b4f1c4cb738b"
            "cea7403d4d606b6e074ec5d3baf39d18");
}

TEST(AesCtrStream, ABlockDependsOnItsNumberOnly) {
  auto const key = bytes32("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  auto const whole = keystream(key, 0, 100);
  for (std::uint32_t first = 0; first < 6; ++first) {
    EXPECT_EQ(keystream(key, first, 100 - 16 * first), whole.substr(16 * first)) << first;
  }
  EXPECT_TRUE(keystream(key, 5, 0).empty());
}

TEST(AesCtrStream, CounterCarriesBeyond32Bits) {
  EXPECT_NE(keystream({}, 0xffffffff, 32).substr(16), keystream({}, 0, 16));
}

TEST(AesCtrStream, OneStreamServesManyKeys) {
  AesCtrStream stream;
  auto const key = bytes32("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  for (auto const& each : {Bytes32{}, key, Bytes32{}}) {
    std::array<std::uint8_t, 33> out{};
    stream.keystream(each, 3, out);
    EXPECT_EQ(as_text(out), keystream(each, 3, out.size()));
  }
}

// ---- AES-256-GCM: cases 13 to 15 of the GCM specification

TEST(AesGcm, GivesTheKnownAnswers) {
  struct Case {
    char const* key;
    char const* nonce;
    char const* plain;
    char const* sealed;
  };
  auto const* zero_key = "0000000000000000000000000000000000000000000000000000000000000000";
  auto const* zero_nonce = "000000000000000000000000";
  std::vector<Case> const cases = {
      {zero_key, zero_nonce, "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero_key, zero_nonce, "00000000000000000000000000000000",
       "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
      {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
       "cafebabefacedbaddecaf888",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
       "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
       "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
       "b094dac5d93471bdec1a502270e3cc6c"},
  };
  AesGcm gcm;
  for (auto const& one : cases) {
    auto const key = bytes32(one.key);
    auto const nonce = unhex(one.nonce);
    std::string sealed = "before";
    gcm.seal(key, as_bytes(nonce), as_bytes(unhex(one.plain)), sealed);
    EXPECT_EQ(sealed.substr(0, 6), "before");
    sealed.erase(0, 6);
    EXPECT_EQ(to_hex(as_bytes(sealed)), one.sealed);
    EXPECT_EQ(gcm.open(key, as_bytes(nonce), as_bytes(sealed)).value(), unhex(one.plain));
  }
}

TEST(AesGcm, OpensNothingThatWasTouched) {
  AesGcm gcm;
  Bytes32 const key{};
  std::string const nonce(kGcmNonceBytes, 'n');
  std::string sealed;
  gcm.seal(key, as_bytes(nonce), as_bytes("secret"), sealed);
  ASSERT_EQ(sealed.size(), 6 + kGcmTagBytes);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    auto damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    auto const opened = gcm.open(key, as_bytes(nonce), as_bytes(damaged));
    ASSERT_FALSE(opened.has_value()) << bit;
    ASSERT_EQ(opened.error().errc, Errc::kUnsealFailed);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(gcm.open(key, as_bytes(nonce), as_bytes(sealed).first(size)).has_value()) << size;
  }
  Bytes32 other_key{};
  other_key[31] = 1;
  EXPECT_FALSE(gcm.open(other_key, as_bytes(nonce), as_bytes(sealed)).has_value());
  std::string const other_nonce(kGcmNonceBytes, 'm');
  EXPECT_FALSE(gcm.open(key, as_bytes(other_nonce), as_bytes(sealed)).has_value());
  // A failure leaves nothing behind that would spoil the next call.
  EXPECT_EQ(gcm.open(key, as_bytes(nonce), as_bytes(sealed)).value(), "secret");
}

// ---- Ed25519: RFC 8032, 7.1

struct SignatureCase {
  char const* seed;
  char const* public_key;
  char const* message;
  char const* signature;
};

std::vector<SignatureCase> rfc8032_cases() {
  return {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
       "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
       "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
  };
}

TEST(Ed25519, GivesTheAnswersOfRfc8032) {
  for (auto const& one : rfc8032_cases()) {
    Ed25519Signer const signer{Secret(bytes32(one.seed))};
    EXPECT_EQ(to_hex(signer.public_key()), one.public_key);
    auto const message = unhex(one.message);
    auto const signature = signer.sign(as_bytes(message));
    EXPECT_EQ(to_hex(signature), one.signature);
    EXPECT_TRUE(ed25519_verify(signer.public_key(), as_bytes(message), signature));
  }
}

TEST(Ed25519, RefusesAnotherMessageKeyOrSignature) {
  auto const cases = rfc8032_cases();
  auto const key = bytes32(cases[1].public_key);
  auto const signature = unhex(cases[1].signature);
  std::string const message = unhex(cases[1].message);
  ASSERT_TRUE(ed25519_verify(key, as_bytes(message), as_bytes(signature)));
  EXPECT_FALSE(ed25519_verify(key, as_bytes("s"), as_bytes(signature)));
  EXPECT_FALSE(ed25519_verify(key, {}, as_bytes(signature)));
  EXPECT_FALSE(
      ed25519_verify(bytes32(cases[0].public_key), as_bytes(message), as_bytes(signature)));
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    auto damaged = signature;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ed25519_verify(key, as_bytes(message), as_bytes(damaged))) << bit;
  }
  EXPECT_FALSE(ed25519_verify(key, as_bytes(message), as_bytes(signature).first(63)));
  EXPECT_FALSE(ed25519_verify(key, as_bytes(message), as_bytes(signature + "x")));
  EXPECT_FALSE(ed25519_verify(key, as_bytes(message), {}));
}

// ---- base64: RFC 4648

TEST(Base64, GivesTheAnswersOfRfc4648) {
  std::vector<std::pair<std::string, std::string>> const cases = {
      {"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
  };
  for (auto const& [plain, encoded] : cases) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
    auto const url = to_base64url(as_bytes(plain));
    EXPECT_EQ(url, encoded.substr(0, encoded.find('=')));
  }
  EXPECT_EQ(to_base64(as_bytes("\xfb\xff\xbf")), "+/+/");
  EXPECT_EQ(to_base64url(as_bytes("\xfb\xff\xbf")), "-_-_");
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(as_bytes(bytes))), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (auto const* text :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "Zm9v=", "====", "=", "Zg==Zg==", "Z===",
        "Zm9v\n", " Zm9v", "Zm 9v", "Zm-_", "Zm9v====", "Zg=a", "Z=g=", "\xC3\xA1g=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace qrpay::base
