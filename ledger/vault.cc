#include "ledger/vault.h"

#include <algorithm>

#include "base/files.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::Bytes32;
using base::ByteView;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;
using base::Secret;

namespace {

constexpr std::string_view kMagic = "QRPAYVT1";
constexpr std::size_t kNonceBytes = base::kGcmNonceBytes;

Bytes16 check_value_of(Secret const& seed) {
  auto const key = base::hkdf_sha256(seed.reveal(), {}, "qrpay vault check");
  return base::HmacSha256(key.reveal()).tag(base::as_bytes("check"));
}

}  // namespace

std::shared_ptr<Vault const> Vault::in_memory(Secret const& seed) {
  return std::shared_ptr<Vault const>(new Vault(seed, check_value_of(seed)));
}

Result<std::shared_ptr<Vault const>> Vault::create(std::string const& path,
                                                   Secret const& epoch_key,
                                                   base::Entropy& entropy) {
  Bytes32 seed_bytes;
  entropy.fill(seed_bytes);
  Secret const seed(seed_bytes);
  Bytes16 const check_value = check_value_of(seed);

  std::array<std::uint8_t, kNonceBytes> nonce;
  entropy.fill(nonce);
  std::string plain;
  ByteWriter inside(plain);
  inside.bytes(seed.reveal());
  inside.bytes(check_value);
  std::string file;
  ByteWriter writer(file);
  writer.text(kMagic);
  writer.bytes(nonce);
  base::AesGcm().seal(epoch_key.reveal(), nonce, base::as_bytes(plain), file);
  QRPAY_TRY_VOID(base::create_file_synced(path, file));
  return std::shared_ptr<Vault const>(new Vault(seed, check_value));
}

Result<std::shared_ptr<Vault const>> Vault::open(std::string const& path,
                                                 Secret const& epoch_key) {
  auto file = base::read_file(path, 4096);
  if (!file) return fail(Errc::kVaultMissing, path);
  ByteReader reader(base::as_bytes(*file));
  if (base::as_text(reader.bytes(kMagic.size())) != kMagic)
    return fail(Errc::kWrongVault, path + ": not a vault file of this format");
  ByteView const nonce = reader.bytes(kNonceBytes);
  ByteView const sealed = reader.bytes(reader.remaining());
  auto plain = base::AesGcm().open(epoch_key.reveal(), nonce, sealed);
  if (!plain || plain->size() != 48)
    return fail(Errc::kWrongVault, path + ": the epoch key does not open it");
  ByteReader inside(base::as_bytes(*plain));
  Secret const seed(inside.array<32>());
  Bytes16 const check_value = inside.array<16>();
  return std::shared_ptr<Vault const>(new Vault(seed, check_value));
}

VaultCursor::VaultCursor(std::shared_ptr<Vault const> vault) : vault_(std::move(vault)) {}

Bytes32 const& VaultCursor::leaf(Sequence record) {
  std::uint64_t const n = record.value();
  QRPAY_CHECK(n < (std::uint64_t{1} << (4 * kLevels)));
  auto const digit = [n](int level) { return (n >> (4 * (kLevels - 1 - level))) & 15; };
  int level = 0;
  if (has_path_) {
    // Nodes above the first digit that differs are those of the last path.
    while (level < kLevels && digit(level) == ((path_ >> (4 * (kLevels - 1 - level))) & 15))
      ++level;
    ++level;
  }
  for (; level < kLevels; ++level) {
    auto& children = children_[static_cast<std::size_t>(level)];
    Bytes32 const& node =
        level == 0 ? vault_->seed_.reveal()
                   : children_[static_cast<std::size_t>(level - 1)][digit(level - 1)];
    stream_.keystream(node, 0, {children[0].data(), 16 * 32});
  }
  path_ = n;
  has_path_ = true;
  return children_[kLevels - 1][digit(kLevels - 1)];
}

VaultCursor::SectionKeys VaultCursor::section_keys(Sequence record, std::uint8_t section) {
  QRPAY_CHECK(section <= kSectionsMax);
  std::array<std::uint8_t, 64> child;
  stream_.keystream(leaf(record), std::uint32_t{4} * section, child);
  SectionKeys keys;
  std::copy_n(child.begin(), 32, keys.key.begin());
  std::copy_n(child.begin() + 32, 32, keys.salt.begin());
  return keys;
}

BodyTag VaultCursor::body_tag(Sequence record, ByteView canonical_body) {
  SectionKeys const keys = section_keys(record, kSectionsMax);
  return BodyTag(base::HmacSha256(keys.key).tag(canonical_body));
}

VaultCursor::Sealed VaultCursor::seal(Sequence record, Sections const& sections) {
  Sealed out;
  std::vector<Digest> digests;
  for (auto const& section : sections) {
    SectionKeys const keys = section_keys(record, section.number);
    SealedSection sealed;
    sealed.number = section.number;
    sealed.digest = section_digest(keys.salt, section);
    digests.push_back(sealed.digest);
    // The nonce is a function of key and text, so a sequence that a crash gives out again never
    // meets the same key and nonce with another text, and every replica writes the same bytes.
    gcm_.seal(keys.key, ByteView(sealed.digest).first(kNonceBytes), base::as_bytes(section.text),
              sealed.sealed);
    out.side.push_back(std::move(sealed));
  }
  out.commitment = commitment_of(digests);
  return out;
}

Result<std::string> VaultCursor::open(Sequence record, SealedSection const& section) {
  SectionKeys const keys = section_keys(record, section.number);
  QRPAY_TRY(std::string text, gcm_.open(keys.key, ByteView(section.digest).first(kNonceBytes),
                                        base::as_bytes(section.sealed)));
  if (section_digest(keys.salt, Section{section.number, text}) != section.digest)
    return fail(Errc::kUnsealFailed, "section digest");
  return text;
}

}  // namespace qrpay::ledger
