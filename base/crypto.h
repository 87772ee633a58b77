// Hashes, MACs, signatures and ciphers. Sole includer of OpenSSL outside TLS.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

namespace qrpay::base {

[[nodiscard]] Digest sha256(ByteView data);

/// Incremental SHA-256; reusable after finish(). Not shared between threads.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& update(ByteView data);
  Sha256& update_u8(std::uint8_t byte) { return update({&byte, 1}); }
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA-256 with the key's state kept, so a short message costs two compressions.
/// Not shared between threads: copy it, which costs nothing but memory.
class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);
  [[nodiscard]] Digest mac(ByteView message) const;
  /// First 16 bytes of mac().
  [[nodiscard]] Bytes16 tag(ByteView message) const;

 private:
  struct Midstate {
    std::uint32_t words[8];
  };
  Midstate inner_;
  Midstate outer_;
};

/// RFC 5869 with SHA-256, 32 bytes out.
[[nodiscard]] Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info);

/// True when equal; time depends on the lengths only.
[[nodiscard]] bool equal_constant_time(ByteView a, ByteView b);

/// AES-256-CTR keystream of `key`, counter block `first_block` (128-bit big-endian counter from 0).
/// Keeps one cipher context; not shared between threads.
class AesCtrStream {
 public:
  AesCtrStream();
  ~AesCtrStream();
  AesCtrStream(AesCtrStream&&) noexcept;
  AesCtrStream& operator=(AesCtrStream&&) noexcept;
  void keystream(Bytes32 const& key, std::uint32_t first_block, std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr std::size_t kGcmTagBytes = 16;
inline constexpr std::size_t kGcmNonceBytes = 12;

/// AES-256-GCM. Keeps one cipher context; not shared between threads.
class AesGcm {
 public:
  AesGcm();
  ~AesGcm();
  AesGcm(AesGcm&&) noexcept;
  AesGcm& operator=(AesGcm&&) noexcept;
  /// Appends ciphertext and the 16-byte tag to `out`. `nonce` is 12 bytes; never one twice per key
  /// with different text.
  void seal(Bytes32 const& key, ByteView nonce, ByteView plain, std::string& out);
  /// Errors: kUnsealFailed.
  [[nodiscard]] Result<std::string> open(Bytes32 const& key, ByteView nonce, ByteView sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using Ed25519PublicKey = Bytes32;
using Ed25519Signature = std::array<std::uint8_t, 64>;

/// RFC 8032 pure Ed25519. `seed` is the 32-byte private key.
class Ed25519Signer {
 public:
  explicit Ed25519Signer(Secret const& seed);
  ~Ed25519Signer();
  Ed25519Signer(Ed25519Signer&&) noexcept;
  Ed25519Signer& operator=(Ed25519Signer&&) noexcept;
  [[nodiscard]] Ed25519PublicKey public_key() const;
  [[nodiscard]] Ed25519Signature sign(ByteView message) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool ed25519_verify(Ed25519PublicKey const& key, ByteView message,
                                  ByteView signature);

/// Standard alphabet with padding.
[[nodiscard]] std::string to_base64(ByteView bytes);
/// nullopt unless canonical base64 with padding (RFC 4648 section 4, unused bits zero).
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
/// URL-safe alphabet, no padding.
[[nodiscard]] std::string to_base64url(ByteView bytes);

}  // namespace qrpay::base
