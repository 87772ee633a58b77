// The low-level SHA-256 calls are deprecated in OpenSSL 3 in favour of EVP, which costs about twice
// as much for the 65- to 250-byte messages that a ledger hashes. They remain in every 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>

namespace qrpay::base {

namespace {

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
};
struct PkeyDeleter {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
struct MdDeleter {
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;
using Pkey = std::unique_ptr<EVP_PKEY, PkeyDeleter>;
using MdContext = std::unique_ptr<EVP_MD_CTX, MdDeleter>;

}  // namespace

Digest sha256(ByteView data) {
  Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, data.data(), data.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(ByteView data) {
  SHA256_Update(&state_->context, data.data(), data.size());
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), &state_->context);
  SHA256_Init(&state_->context);
  return digest;
}

HmacSha256::HmacSha256(ByteView key) {
  std::uint8_t block[SHA256_CBLOCK] = {};
  if (key.size() > sizeof block) {
    auto digest = sha256(key);
    std::memcpy(block, digest.data(), digest.size());
  } else if (!key.empty()) {
    std::memcpy(block, key.data(), key.size());
  }
  static_assert(sizeof(Midstate) == sizeof(SHA256_CTX::h));
  auto absorb = [&block](std::uint8_t pad, Midstate& out) {
    std::uint8_t padded[SHA256_CBLOCK];
    for (std::size_t i = 0; i < sizeof block; ++i)
      padded[i] = static_cast<std::uint8_t>(block[i] ^ pad);
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, padded, sizeof padded);
    std::memcpy(&out, context.h, sizeof out);
    OPENSSL_cleanse(padded, sizeof padded);
  };
  absorb(0x36, inner_);
  absorb(0x5c, outer_);
  OPENSSL_cleanse(block, sizeof block);
}

Digest HmacSha256::mac(ByteView message) const {
  auto resume = [](Midstate const& midstate) {
    SHA256_CTX context;
    SHA256_Init(&context);
    std::memcpy(context.h, &midstate, sizeof midstate);
    context.Nl = SHA256_CBLOCK * 8;  // one block is already absorbed
    return context;
  };
  Digest digest;
  SHA256_CTX inner = resume(inner_);
  SHA256_Update(&inner, message.data(), message.size());
  SHA256_Final(digest.data(), &inner);
  SHA256_CTX outer = resume(outer_);
  SHA256_Update(&outer, digest.data(), digest.size());
  SHA256_Final(digest.data(), &outer);
  return digest;
}

Bytes16 HmacSha256::tag(ByteView message) const {
  Digest const digest = mac(message);
  Bytes16 cut;
  std::memcpy(cut.data(), digest.data(), cut.size());
  return cut;
}

Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info) {
  Digest const extracted = HmacSha256(salt).mac(key);
  std::string message(info);
  message.push_back('\x01');  // one block is all we ever expand to
  return Secret(HmacSha256(extracted).mac(as_bytes(message)));
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct AesCtrStream::State {
  CipherContext context{EVP_CIPHER_CTX_new()};
};

AesCtrStream::AesCtrStream() : state_(std::make_unique<State>()) {
  QRPAY_CHECK(EVP_EncryptInit_ex(state_->context.get(), EVP_aes_256_ctr(), nullptr, nullptr,
                                 nullptr) == 1);
}
AesCtrStream::~AesCtrStream() = default;
AesCtrStream::AesCtrStream(AesCtrStream&&) noexcept = default;
AesCtrStream& AesCtrStream::operator=(AesCtrStream&&) noexcept = default;

void AesCtrStream::keystream(Bytes32 const& key, std::uint32_t first_block,
                             std::span<std::uint8_t> out) {
  std::uint8_t counter[16] = {};
  for (int i = 0; i < 4; ++i)
    counter[15 - i] = static_cast<std::uint8_t>(first_block >> (8 * i));
  std::memset(out.data(), 0, out.size());
  int written = 0;
  auto* context = state_->context.get();
  QRPAY_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, key.data(), counter) == 1);
  QRPAY_CHECK(EVP_EncryptUpdate(context, out.data(), &written, out.data(),
                                static_cast<int>(out.size())) == 1);
  QRPAY_CHECK(static_cast<std::size_t>(written) == out.size());
}

struct AesGcm::State {
  CipherContext seal{EVP_CIPHER_CTX_new()};
  CipherContext open{EVP_CIPHER_CTX_new()};
};

AesGcm::AesGcm() : state_(std::make_unique<State>()) {
  QRPAY_CHECK(EVP_EncryptInit_ex(state_->seal.get(), EVP_aes_256_gcm(), nullptr, nullptr,
                                 nullptr) == 1);
  QRPAY_CHECK(EVP_DecryptInit_ex(state_->open.get(), EVP_aes_256_gcm(), nullptr, nullptr,
                                 nullptr) == 1);
}
AesGcm::~AesGcm() = default;
AesGcm::AesGcm(AesGcm&&) noexcept = default;
AesGcm& AesGcm::operator=(AesGcm&&) noexcept = default;

void AesGcm::seal(Bytes32 const& key, ByteView nonce, ByteView plain, std::string& out) {
  QRPAY_CHECK(nonce.size() == kGcmNonceBytes);
  auto* context = state_->seal.get();
  std::size_t const start = out.size();
  out.resize(start + plain.size() + kGcmTagBytes);
  auto* data = reinterpret_cast<std::uint8_t*>(out.data()) + start;
  int written = 0;
  QRPAY_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, key.data(), nonce.data()) == 1);
  QRPAY_CHECK(EVP_EncryptUpdate(context, data, &written, plain.data(),
                                static_cast<int>(plain.size())) == 1);
  int tail = 0;
  QRPAY_CHECK(EVP_EncryptFinal_ex(context, data + written, &tail) == 1);
  QRPAY_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kGcmTagBytes,
                                  data + plain.size()) == 1);
}

Result<std::string> AesGcm::open(Bytes32 const& key, ByteView nonce, ByteView sealed) {
  if (nonce.size() != kGcmNonceBytes || sealed.size() < kGcmTagBytes)
    return fail(Errc::kUnsealFailed, "too short");
  std::size_t const length = sealed.size() - kGcmTagBytes;
  std::string plain(length, '\0');
  std::uint8_t tag[kGcmTagBytes];
  std::memcpy(tag, sealed.data() + length, sizeof tag);
  auto* context = state_->open.get();
  auto* data = reinterpret_cast<std::uint8_t*>(plain.data());
  int written = 0;
  QRPAY_CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, key.data(), nonce.data()) == 1);
  QRPAY_CHECK(EVP_DecryptUpdate(context, data, &written, sealed.data(),
                                static_cast<int>(length)) == 1);
  QRPAY_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kGcmTagBytes, tag) == 1);
  int tail = 0;
  if (EVP_DecryptFinal_ex(context, data + written, &tail) != 1)
    return fail(Errc::kUnsealFailed, "wrong key or damaged bytes");
  return plain;
}

struct Ed25519Signer::State {
  Pkey key;
};

Ed25519Signer::Ed25519Signer(Secret const& seed) : state_(std::make_unique<State>()) {
  state_->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                 seed.reveal().data(), seed.reveal().size()));
  QRPAY_CHECK(state_->key != nullptr);
}
Ed25519Signer::~Ed25519Signer() = default;
Ed25519Signer::Ed25519Signer(Ed25519Signer&&) noexcept = default;
Ed25519Signer& Ed25519Signer::operator=(Ed25519Signer&&) noexcept = default;

Ed25519PublicKey Ed25519Signer::public_key() const {
  Ed25519PublicKey key;
  std::size_t size = key.size();
  QRPAY_CHECK(EVP_PKEY_get_raw_public_key(state_->key.get(), key.data(), &size) == 1);
  return key;
}

Ed25519Signature Ed25519Signer::sign(ByteView message) const {
  Ed25519Signature signature;
  std::size_t size = signature.size();
  MdContext context(EVP_MD_CTX_new());
  QRPAY_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  QRPAY_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(),
                             message.size()) == 1);
  return signature;
}

bool ed25519_verify(Ed25519PublicKey const& key, ByteView message, ByteView signature) {
  Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  if (pkey == nullptr) return false;
  MdContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

std::string to_base64(ByteView bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a terminating zero
  int const written = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(out.data()), bytes.data(),
                                      static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out(text.size() / 4 * 3, '\0');
  int const written = EVP_DecodeBlock(reinterpret_cast<std::uint8_t*>(out.data()),
                                      as_bytes(text).data(), static_cast<int>(text.size()));
  if (written < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(written) - padding);
  // OpenSSL trims blanks and ignores unused bits; only the canonical text is accepted here.
  if (to_base64(as_bytes(out)) != text) return std::nullopt;
  return out;
}

std::string to_base64url(ByteView bytes) {
  std::string out = to_base64(bytes);
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (auto& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out;
}

}  // namespace qrpay::base
