#include "qr/sign/signing_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/qr/sign/samples.h"

namespace qrpay::qr::sign {
namespace {

base::Ed25519PublicKey key_from_hex(std::string_view hex) {
  auto const bytes = base::from_hex(hex).value();
  base::Ed25519PublicKey key{};
  EXPECT_EQ(bytes.size(), key.size());
  std::copy_n(base::as_bytes(bytes).begin(), key.size(), key.begin());
  return key;
}

base::Errc errc_of(std::string_view text) {
  auto const key = parse_public_key(text);
  EXPECT_FALSE(key) << text;
  return key ? base::Errc::kUsage : key.error().errc;
}

TEST(SigningKey, PublicLineIsReadBackForBothRoles) {
  for (KeyRole const role : {KeyRole::kCode, KeyRole::kRoot}) {
    PublicKey const key = key_of(role, 1).public_key();
    std::string const line = format_public_key(key);
    auto const read = parse_public_key(line);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, key);
    EXPECT_EQ(format_public_key(*read), line);
  }
}

TEST(SigningKey, OneSeedHasAnotherIdInAnotherRole) {
  EXPECT_EQ(code_key(1).public_key().bytes, root_key(1).public_key().bytes);
  EXPECT_NE(code_key(1).public_key().id, root_key(1).public_key().id);
}

TEST(SigningKey, PublicLineOfAnotherShapeIsRefused) {
  std::string const line = format_public_key(code_key(1).public_key());
  EXPECT_EQ(errc_of(""), base::Errc::kMalformed);
  EXPECT_EQ(errc_of("qrpay-code-1"), base::Errc::kMalformed);
  EXPECT_EQ(errc_of("qrpay-code-1+"), base::Errc::kMalformed);
  EXPECT_EQ(errc_of(line + "\n"), base::Errc::kMalformed);
  EXPECT_EQ(errc_of(line.substr(0, line.size() - 4)), base::Errc::kMalformed);
  std::string other_version = line;
  other_version.replace(0, 12, "qrpay-code-2");
  EXPECT_EQ(errc_of(other_version), base::Errc::kKeyUnsupported);
  // The id of a code key under the name of a root key.
  std::string other_role = line;
  other_role.replace(0, 12, "qrpay-root-1");
  EXPECT_EQ(errc_of(other_role), base::Errc::kWrongKey);
  std::string other_id = line;
  other_id[13] = other_id[13] == '0' ? '1' : '0';
  EXPECT_EQ(errc_of(other_id), base::Errc::kWrongKey);
}

// The eight points of small order, with the spellings above p. That they deserve it is shown by a
// signature nobody made: R is the neutral element, S is 0.
TEST(SigningKey, KeysUnderWhichAnybodyCanSignAreRefused) {
  std::vector<std::string> points = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  std::array<std::uint8_t, 64> neutral{};
  neutral[0] = 1;
  int forged = 0;
  for (std::string const& hex : points) {
    base::Ed25519PublicKey key = key_from_hex(hex);
    for (bool const negative : {false, true}) {
      if (negative) key.back() |= 0x80;
      auto const made = make_public_key(KeyRole::kCode, key);
      ASSERT_FALSE(made) << hex;
      EXPECT_EQ(made.error().errc, base::Errc::kInvalidField);
      for (int message = 0; message < 100; ++message) {
        std::string const text = "code " + std::to_string(message);
        if (base::ed25519_verify(key, base::as_bytes(text), neutral)) {
          ++forged;
          break;
        }
      }
    }
  }
  EXPECT_GE(forged, 8);
  EXPECT_TRUE(make_public_key(KeyRole::kCode, code_key(1).public_key().bytes));
}

}  // namespace
}  // namespace qrpay::qr::sign
