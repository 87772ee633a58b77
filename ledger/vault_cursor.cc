#include <algorithm>
#include <bit>

#include "ledger/locked_memory.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

using base::Bytes32;
using base::ByteView;
using base::Errc;
using base::fail;
using base::Result;

VaultCursor::VaultCursor(std::shared_ptr<Vault const> vault)
    : vault_(std::move(vault)), children_(kLevels, &locked_memory()) {
  if (vault_ != nullptr) follow();
}

VaultCursor::~VaultCursor() { forget(); }

// What is remembered may lead to what was erased.
void VaultCursor::forget() {
  for (auto& level : children_) {
    std::uint8_t volatile* const bytes = level[0].data();
    for (std::size_t i = 0; i < sizeof level; ++i) bytes[i] = 0;
  }
  base_ = -1;
}

void VaultCursor::follow() {
  std::uint64_t const now = vault_->version();
  if (snapshot_ != nullptr && now == version_) return;
  // Read before the snapshot: one that is published in between is met again the next time.
  version_ = now;
  snapshot_ = vault_->snapshot();
  segment_ = nullptr;
  forget();
}

void VaultCursor::enter_segment(std::uint64_t n) {
  if (segment_ != nullptr && n >= segment_->from.value() && n < segment_end_) return;
  forget();
  auto const& segments = snapshot_->segments;
  auto const next = std::upper_bound(
      segments.begin() + 1, segments.end(), n,
      [](std::uint64_t leaf, VaultSegment const& segment) { return leaf < segment.from.value(); });
  segment_ = &*(next - 1);
  segment_end_ = next == segments.end() ? ~std::uint64_t{0} : next->from.value();
}

VaultCursor::Leaf VaultCursor::leaf(Sequence record) {
  std::uint64_t const n = record.value();
  QRPAY_CHECK(n < (std::uint64_t{1} << (4 * kLevels)));
  follow();
  enter_segment(n);
  auto const digit = [n](int level) { return (n >> (4 * (kLevels - 1 - level))) & 15; };
  int level = -1;
  if (base_ >= 0) {
    // Nodes above the first digit that differs are those of the last path.
    int const same_bits = std::countl_zero((n ^ path_) << (64 - 4 * kLevels));
    int const differs = std::min(same_bits / 4, kLevels);
    if (differs >= base_) level = differs + 1;
  }
  if (level < 0) {
    VaultPlace const place = find_leaf(segment_->root, n);
    base_ = -1;
    if (place.depth < 0) return {nullptr, place.sections};
    if (place.depth == kLevels) return {place.key, nullptr};
    base_ = place.depth;
    auto& children = children_[static_cast<std::size_t>(base_)];
    stream_.keystream(*place.key, 0, {children[0].data(), sizeof children});
    level = base_ + 1;
  }
  for (; level < kLevels; ++level) {
    auto& children = children_[static_cast<std::size_t>(level)];
    Bytes32 const& node = children_[static_cast<std::size_t>(level - 1)][digit(level - 1)];
    stream_.keystream(node, 0, {children[0].data(), sizeof children});
  }
  path_ = n;
  return {&children_[kLevels - 1][digit(kLevels - 1)], nullptr};
}

std::optional<VaultCursor::SectionKeys> VaultCursor::find_keys(Sequence record,
                                                               std::uint8_t section) {
  QRPAY_CHECK(section <= kSectionsMax);
  bool const hidden = record == hidden_record_ && ((hidden_ >> section) & 1) != 0;
  if (hidden || vault_ == nullptr) return std::nullopt;
  Leaf const found = leaf(record);
  SectionKeys keys;
  if (found.key != nullptr) {
    std::array<std::uint8_t, 64> child;
    stream_.keystream(*found.key, std::uint32_t{4} * section, child);
    std::copy_n(child.begin(), 32, keys.key.begin());
    std::copy_n(child.begin() + 32, 32, keys.salt.begin());
    return keys;
  }
  if (found.sections == nullptr) return std::nullopt;
  Bytes32 const* const pair = find_section(*found.sections, section);
  if (pair == nullptr) return std::nullopt;
  return SectionKeys{pair[0], pair[1]};
}

VaultCursor::SectionKeys VaultCursor::section_keys(Sequence record, std::uint8_t section) {
  auto const keys = find_keys(record, section);
  QRPAY_CHECK(keys.has_value());  // a record that is being made was not erased
  return *keys;
}

BodyTag VaultCursor::body_tag(Sequence record, ByteView canonical_body) {
  SectionKeys const keys = section_keys(record, kSectionsMax);
  return BodyTag(base::HmacSha256(keys.key).tag(canonical_body));
}

std::optional<BodyTag> VaultCursor::find_body_tag(Sequence record, ByteView canonical_body) {
  auto const keys = find_keys(record, kSectionsMax);
  if (!keys) return std::nullopt;
  return BodyTag(base::HmacSha256(keys->key).tag(canonical_body));
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
    gcm_.seal(keys.key, ByteView(sealed.digest).first(base::kGcmNonceBytes),
              base::as_bytes(section.text), sealed.sealed);
    out.side.push_back(std::move(sealed));
  }
  out.commitment = commitment_of(digests);
  return out;
}

Result<std::string> VaultCursor::open(Sequence record, SealedSection const& section) {
  if (vault_ == nullptr) return fail(Errc::kVaultMissing, "sections stay closed");
  for (;;) {
    auto const keys = find_keys(record, section.number);
    if (!keys) return fail(Errc::kErased, "section " + std::to_string(section.number));
    QRPAY_TRY(std::string text,
              gcm_.open(keys->key, ByteView(section.digest).first(base::kGcmNonceBytes),
                        base::as_bytes(section.sealed)));
    if (section_digest(keys->salt, Section{section.number, text}) != section.digest)
      return fail(Errc::kUnsealFailed, "section digest");
    // An erasure may have ended in between.
    if (vault_->version() == version_) return text;
  }
}

}  // namespace qrpay::ledger
