#include "ledger/vault_format.h"

#include "base/crypto.h"
#include "ledger/locked_memory.h"

namespace qrpay::ledger {

using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::Errc;
using base::fail;
using base::Result;
using base::Secret;

namespace {

constexpr std::string_view kTopMagic1 = "QRPAYVT1";
constexpr std::string_view kTopMagic2 = "QRPAYVT2";
constexpr std::string_view kBlockMagic = "QRPAYVB2";
constexpr std::size_t kNonceBytes = base::kGcmNonceBytes;

/// The part of a top file before the nonce.
void write_head(VaultSnapshot const& snapshot, ByteWriter& out) {
  out.text(kTopMagic2);
  out.u64(snapshot.epoch);
  out.u64(snapshot.erased_through.value());
  out.u32(static_cast<std::uint32_t>(snapshot.files.size()));
  for (auto const& file : snapshot.files) {
    out.u16(file.segment);
    out.u32(file.block.number);
    out.u64(file.epoch);
    out.bytes(file.hash);
  }
}

Result<VaultHead> read_head(ByteReader& in) {
  auto const magic = base::as_text(in.bytes(kTopMagic2.size()));
  VaultHead head;
  if (magic == kTopMagic1) return head;
  if (magic != kTopMagic2) return fail(Errc::kWrongVault, "not a vault file of a known format");
  head.epoch = in.u64();
  head.erased_through = Sequence(in.u64());
  for (auto left = in.u32(); left > 0 && in.ok(); --left) {
    VaultBlockFile file;
    file.segment = in.u16();
    file.block.number = in.u32();
    file.epoch = in.u64();
    file.hash = in.array<32>();
    head.files.push_back(std::move(file));
  }
  if (!in.ok() || head.epoch == 0) return fail(Errc::kWrongVault, "a damaged vault file");
  return head;
}

}  // namespace

VaultSnapshot::VaultSnapshot() : segments(&locked_memory()) {}

VaultSnapshot VaultSnapshot::copy() const {
  VaultSnapshot made;
  made.epoch = epoch;
  made.erased_through = erased_through;
  made.segments = segments;  // an assignment keeps the memory of the target
  made.files = files;
  return made;
}

std::string VaultBlockFile::name() const {
  std::string number;
  ByteWriter(number).u32(block.number);
  return "block." + std::to_string(segment) + "." + base::to_hex(base::as_bytes(number)) + "." +
         std::to_string(epoch);
}

Bytes16 vault_check_value(Secret const& seed) {
  auto const key = base::hkdf_sha256(seed.reveal(), {}, "qrpay vault check");
  return base::HmacSha256(key.reveal()).tag(base::as_bytes("check"));
}

Result<VaultHead> read_vault_head(std::string_view file) {
  ByteReader in(base::as_bytes(file));
  return read_head(in);
}

std::string encode_vault_top(VaultSnapshot const& snapshot, Sealing const& sealing) {
  std::string file;
  ByteWriter out(file);
  write_head(snapshot, out);
  std::string plain;
  ByteWriter inside(plain);
  inside.bytes(base::sha256(base::as_bytes(file)));
  for (auto const& block : snapshot.files) inside.bytes(block.key.reveal());
  inside.u16(static_cast<std::uint16_t>(snapshot.segments.size()));
  for (auto const& segment : snapshot.segments) {
    inside.u64(segment.from.value());
    inside.bytes(segment.check);
    encode_top(segment.root, plain);
  }
  out.bytes(sealing.nonce);
  base::AesGcm().seal(sealing.key.reveal(), sealing.nonce, base::as_bytes(plain), file);
  return file;
}

Result<OpenedTop> open_vault_top(std::string_view file, Secret const& epoch_key) {
  ByteReader in(base::as_bytes(file));
  QRPAY_TRY(VaultHead head, read_head(in));
  std::size_t const head_bytes = in.position();
  ByteView const nonce = in.bytes(kNonceBytes);
  ByteView const sealed = in.bytes(in.remaining());
  auto const plain = base::AesGcm().open(epoch_key.reveal(), nonce, sealed);
  if (!in.ok() || !plain) return fail(Errc::kWrongVault, "the epoch key does not open it");
  ByteReader inside(base::as_bytes(*plain));
  OpenedTop opened;
  opened.snapshot.epoch = head.epoch;
  opened.snapshot.erased_through = head.erased_through;
  if (head.epoch == 0) {
    VaultSegment first{Sequence(0), {}, {}};
    first.root.whole = true;
    first.root.key = Secret(inside.array<32>());
    first.check = inside.array<16>();
    opened.snapshot.segments.push_back(std::move(first));
    if (!inside.ok() || !inside.at_end()) return fail(Errc::kWrongVault, "a damaged vault file");
    return opened;
  }
  if (inside.array<32>() != base::sha256(base::as_bytes(file.substr(0, head_bytes))))
    return fail(Errc::kWrongVault, "the head of the vault file was changed");
  opened.snapshot.files = std::move(head.files);
  for (auto& block : opened.snapshot.files) block.key = Secret(inside.array<32>());
  if (!inside.ok()) return fail(Errc::kWrongVault, "a damaged vault file");
  opened.trees = base::as_text(inside.bytes(inside.remaining()));
  return opened;
}

bool decode_trees(OpenedTop& opened) {
  auto& snapshot = opened.snapshot;
  if (snapshot.epoch == 0) return true;
  ByteReader in(base::as_bytes(opened.trees));
  std::size_t const segments = in.u16();
  std::size_t taken = 0;
  for (std::size_t i = 0; i < segments && in.ok(); ++i) {
    VaultSegment segment;
    segment.from = Sequence(in.u64());
    segment.check = in.array<16>();
    std::vector<VaultBlock> blocks;
    for (; taken < snapshot.files.size() && snapshot.files[taken].segment == i; ++taken)
      blocks.push_back(snapshot.files[taken].block);
    bool const ascends = i == 0 || segment.from > snapshot.segments.back().from;
    if (!ascends || !decode_top(in, blocks, segment.root)) return false;
    snapshot.segments.push_back(std::move(segment));
  }
  return in.ok() && in.at_end() && segments > 0 && taken == snapshot.files.size();
}

std::string encode_vault_block(VaultBlockFile const& block, ByteView nonce) {
  std::string plain;
  ByteWriter inside(plain);
  inside.u16(block.segment);
  inside.u32(block.block.number);
  inside.u64(block.epoch);
  encode_block(*block.block.node, plain);
  std::string file;
  ByteWriter out(file);
  out.text(kBlockMagic);
  out.bytes(nonce);
  base::AesGcm().seal(block.key.reveal(), nonce, base::as_bytes(plain), file);
  return file;
}

Result<void> open_vault_block(std::string_view file, VaultBlockFile& block) {
  auto const refuse = [&] { return fail(Errc::kWrongVault, block.name() + ": damaged"); };
  if (base::sha256(base::as_bytes(file)) != block.hash) return refuse();
  ByteReader in(base::as_bytes(file));
  if (base::as_text(in.bytes(kBlockMagic.size())) != kBlockMagic) return refuse();
  ByteView const nonce = in.bytes(kNonceBytes);
  auto const plain = base::AesGcm().open(block.key.reveal(), nonce, in.bytes(in.remaining()));
  if (!plain) return refuse();
  ByteReader inside(base::as_bytes(*plain));
  bool const named = inside.u16() == block.segment && inside.u32() == block.block.number &&
                     inside.u64() == block.epoch;
  block.block.node = decode_block(inside);
  if (!named || block.block.node == nullptr || !inside.at_end()) return refuse();
  return {};
}

}  // namespace qrpay::ledger
