// The vault's files as bytes: docs/formats/vault.md. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "ledger/vault_tree.h"

namespace qrpay::ledger {

/// Records from `from` on, up to the next segment's, hang under one seed.
struct VaultSegment {
  Sequence from;
  Bytes16 check{};  ///< check value of the seed, which may be gone
  VaultBranch root;
};

/// A file with the split part of 2^20 leaves.
struct VaultBlockFile {
  std::uint16_t segment = 0;
  VaultBlock block;
  std::uint64_t epoch = 0;  ///< in which it was written: part of its name
  base::Digest hash{};      ///< SHA-256 of the file
  base::Secret key;         ///< it is sealed under; known from the top file alone
  [[nodiscard]] std::string name() const;
};

/// A vault at one moment. Immutable once it is shared.
struct VaultSnapshot {
  std::uint64_t epoch = 0;
  /// Every Erase record up to this sequence took effect.
  Sequence erased_through;
  std::pmr::vector<VaultSegment> segments;  ///< ascending, one at least
  std::vector<VaultBlockFile> files;        ///< by segment and block
  VaultSnapshot();
  VaultSnapshot(VaultSnapshot&&) = default;
  /// The same, with the segments in locked memory too.
  [[nodiscard]] VaultSnapshot copy() const;
};

/// What a top file says in the clear.
struct VaultHead {
  std::uint64_t epoch = 0;  ///< 0 = of format 1, which was never punctured
  Sequence erased_through;
  std::vector<VaultBlockFile> files;  ///< without key and node
};

inline constexpr std::string_view kVaultTopName = "vault";

[[nodiscard]] Bytes16 vault_check_value(base::Secret const& seed);

/// Errors: kWrongVault, not a vault file.
[[nodiscard]] base::Result<VaultHead> read_vault_head(std::string_view file);

/// `nonce` is random: 12 bytes.
struct Sealing {
  base::Secret key;
  base::ByteView nonce;
};
[[nodiscard]] std::string encode_vault_top(VaultSnapshot const& snapshot, Sealing const& sealing);
/// The split part of the blocks is not there yet: `files` have their keys, and no node. What waits
/// for them is in `top`. Errors: kWrongVault, the epoch key does not open it, or it is damaged.
struct OpenedTop {
  VaultSnapshot snapshot;
  std::string trees;  ///< decode_trees() reads them once all blocks are there
};
[[nodiscard]] base::Result<OpenedTop> open_vault_top(std::string_view file,
                                                     base::Secret const& epoch_key);
/// False when the bytes do not read.
[[nodiscard]] bool decode_trees(OpenedTop& opened);

[[nodiscard]] std::string encode_vault_block(VaultBlockFile const& block, base::ByteView nonce);
/// Puts the node in. Errors: kWrongVault: another file than the top names, or damaged.
[[nodiscard]] base::Result<void> open_vault_block(std::string_view file, VaultBlockFile& block);

}  // namespace qrpay::ledger
