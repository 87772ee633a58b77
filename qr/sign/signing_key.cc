#include "qr/sign/signing_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/check.h"
#include "qr/sign/crockford.h"

namespace qrpay::qr::sign {
namespace {

using base::Errc;
using base::fail;

std::string_view role_name(KeyRole role) {
  switch (role) {
    case KeyRole::kCode: return "qrpay-code-1";
    case KeyRole::kRoot: return "qrpay-root-1";
  }
  QRPAY_CHECK(false);  // a number outside the list is a bug
}

std::optional<KeyRole> role_of(std::string_view name) {
  for (KeyRole const role : {KeyRole::kCode, KeyRole::kRoot}) {
    if (name == role_name(role)) return role;
  }
  return std::nullopt;
}

// The y coordinates of the points whose order divides 8, both representatives below 2^255 where
// there are two. Two of order 8 are random-looking; the others are small or near p = 2^255 - 19.
constexpr std::array<std::string_view, 7> kSmallOrderHex = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

bool is_small_order(base::Ed25519PublicKey key) {
  key.back() = static_cast<std::uint8_t>(key.back() & 0x7Fu);  // the sign of x does not matter
  std::string const hex = base::to_hex(key);
  return std::find(kSmallOrderHex.begin(), kSmallOrderHex.end(), hex) != kSmallOrderHex.end();
}

PublicKey public_key_of(KeyRole role, base::Ed25519PublicKey const& key) {
  return {role, key_id(role, key), key};
}

}  // namespace

std::string key_id(KeyRole role, base::Ed25519PublicKey const& key) {
  std::string text(role_name(role));
  text += '\n';
  text += base::as_text(key);
  base::Digest const digest = base::sha256(base::as_bytes(text));
  return to_crockford(std::span(digest).first<kCrockfordBytes>());
}

base::Result<PublicKey> make_public_key(KeyRole role, base::Ed25519PublicKey const& key) {
  if (is_small_order(key)) return fail(Errc::kInvalidField, "a public key of small order");
  return public_key_of(role, key);
}

std::string format_public_key(PublicKey const& key) {
  std::string text(role_name(key.role));
  text += '+';
  text += key.id;
  text += '+';
  text += base::to_base64(key.bytes);
  return text;
}

base::Result<PublicKey> parse_public_key(std::string_view text) {
  std::size_t const first = text.find('+');
  if (first == std::string_view::npos) return fail(Errc::kMalformed, "not a public key");
  std::size_t const second = text.find('+', first + 1);
  if (second == std::string_view::npos) return fail(Errc::kMalformed, "not a public key");
  auto const role = role_of(text.substr(0, first));
  if (!role) return fail(Errc::kKeyUnsupported, "neither qrpay-code-1 nor qrpay-root-1");
  auto const bytes = base::from_base64(text.substr(second + 1));
  base::Ed25519PublicKey key{};
  if (!bytes || bytes->size() != key.size()) {
    return fail(Errc::kMalformed, "not the base64 of 32 bytes");
  }
  std::copy_n(base::as_bytes(*bytes).begin(), key.size(), key.begin());
  if (text.substr(first + 1, second - first - 1) != key_id(*role, key)) {
    return fail(Errc::kWrongKey, "the id is not that of the key");
  }
  return make_public_key(*role, key);
}

SigningKey::SigningKey(KeyRole role, base::Secret const& seed)
    : signer_(seed), public_key_(public_key_of(role, signer_.public_key())) {}

base::Ed25519Signature SigningKey::sign(std::string_view message) const {
  return signer_.sign(base::as_bytes(message));
}

}  // namespace qrpay::qr::sign
