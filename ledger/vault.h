// The vault: seeds from which the key and the salt of every section of every record follow, and
// what was taken away from them for ever.
//
// A puncturable tree (docs/formats/vault.md): 16 children a node, each 32 bytes of AES-256-CTR
// keystream under its parent; ten levels down lies leaf n of record n; below a leaf, child s is the
// 32-byte key and the 32-byte salt of section s, and child 15 the key of the record's body tag.
// Nothing is written per record. Erasing replaces nodes by their other children.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/world.h"
#include "ledger/record.h"
#include "ledger/record_codec.h"
#include "ledger/vault_files.h"
#include "ledger/vault_format.h"

namespace qrpay::ledger {

struct VaultPaths {
  std::string directory;            ///< of the vault's files
  std::string keys;                 ///< directory of `epoch.key`; it is replaced by every erasure
  std::vector<std::string> copies;  ///< directories that every erasure brings up to date
};

/// What a vault does not have of itself; the host's where nothing is given.
struct VaultWorld {
  VaultFiles* files = nullptr;
  base::Entropy* entropy = nullptr;
};

/// Threads: any; VaultCursor is how keys are asked for, one a thread. What changes the vault must
/// be called by the process that holds the ledger's lock.
class Vault {
 public:
  /// New files and a new epoch key, all synced. Errors: kAlreadyExists, kIo.
  [[nodiscard]] static base::Result<std::shared_ptr<Vault>> create(VaultPaths const& paths,
                                                                   VaultWorld const& world = {});
  /// Changes nothing on disk, also where an erasure was cut short: finish() goes on with it.
  /// Errors: kVaultMissing, kWrongVault (no epoch key opens it, or damaged), kIo, kMalformed (the
  /// epoch key).
  [[nodiscard]] static base::Result<std::shared_ptr<Vault>> open(VaultPaths const& paths,
                                                                 VaultWorld const& world = {});
  /// For tests and the simulation: no file.
  [[nodiscard]] static std::shared_ptr<Vault> in_memory(base::Secret const& seed);

  /// Of the first seed; stands in Genesis, so that a ledger is never opened with another vault.
  [[nodiscard]] Bytes16 check_value() const { return snapshot()->segments.front().check; }

  /// Ends what a crash left half done and brings copies up to date. Errors: kIo.
  [[nodiscard]] base::Result<void> finish();
  /// Makes the keys of all targets underivable; those at or below erased_through() are left out.
  /// Durable on return, the epoch key before it destroyed; cursors give none of the keys any more.
  /// A copy that cannot be reached is no error: copies_behind() names it.
  /// Cost: about ten syncs, and the files of the blocks of 2^20 records that were touched.
  /// Errors: kIo: call again; nothing is lost, and keys may or may not be gone.
  [[nodiscard]] base::Result<void> erase(std::span<Erasure const> erasures);
  /// Leaves from `from` on hang under a fresh seed: its check value. For a ledger that was restored
  /// to `from` - 1 records, so that a sequence given out again never meets an old key.
  /// Requires: from > 1. Durable on return. Errors: kIo, as of erase().
  [[nodiscard]] base::Result<Bytes16> begin_segment(Sequence from);

  /// Whether the leaves from `from` on hang under the seed with that check value.
  [[nodiscard]] bool has_segment(Sequence from, Bytes16 const& check) const;

  /// Grows by one with every change of the files.
  [[nodiscard]] std::uint64_t epoch() const { return snapshot()->epoch; }
  [[nodiscard]] Sequence erased_through() const { return snapshot()->erased_through; }
  /// Tries to bring copies up to date. False while one is behind.
  bool sync_copies();
  [[nodiscard]] std::vector<std::string> copies_behind() const;

  // A note on disk that an Erase record may be in the journal which the vault has not heard of yet:
  // a start without the note need not look for one.

  /// Before an Erase command is submitted: any such record comes after `durable`. Durable on
  /// return, once until the last one is settled. Errors: kIo: do not submit.
  [[nodiscard]] base::Result<void> announce(Sequence durable) const;
  /// One that was announced made no record, or erase() was told of its record.
  void settle() const;
  /// Where to look from, after a start; nullopt when there is nothing to look for.
  [[nodiscard]] std::optional<Sequence> announced() const;
  /// At a start, once all that was found has been erased.
  [[nodiscard]] base::Result<void> clear_announced() const;

 private:
  friend class VaultCursor;
  Vault(VaultPaths paths, VaultWorld const& world);

  [[nodiscard]] std::shared_ptr<VaultSnapshot const> snapshot() const;
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  void publish(VaultSnapshot&& next);
  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] base::Result<void> load();
  [[nodiscard]] base::Result<VaultSnapshot> open_files(base::Secret const& key) const;
  [[nodiscard]] base::Result<void> begin_change();
  [[nodiscard]] base::Result<void> commit(VaultSnapshot&& next);
  [[nodiscard]] base::Result<void> write_snapshot(VaultSnapshot& next, base::Secret const& key);
  [[nodiscard]] base::Result<void> finish_change();
  void update_copies();
  [[nodiscard]] base::Secret draw();

  VaultPaths const paths_;
  VaultFiles* const files_;  ///< null in memory
  base::Entropy& entropy_;

  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<VaultSnapshot const> snapshot_;
  std::atomic<std::uint64_t> version_{0};

  std::mutex change_mutex_;  ///< held by whoever changes the files
  bool uncertain_ = false;   ///< a change failed: what the files say is to be read again
  bool unfinished_ = false;  ///< files to be removed, copies to be made, a key to be destroyed
  bool by_new_key_ = false;  ///< the vault opens with the key that has not its place yet

  mutable std::mutex behind_mutex_;
  std::vector<std::string> behind_;

  mutable std::mutex note_mutex_;
  mutable std::uint64_t announced_ = 0;  ///< not yet settled
};

/// Makes `to` hold the vault in `from`, beside a running server too: no key is needed or copied.
/// Durable on return. Errors: kVaultMissing, kWrongVault, kIo; `to` then holds what it held.
[[nodiscard]] base::Result<VaultHead> copy_vault(std::string const& from, std::string const& to,
                                                 VaultFiles& files = host_files());

/// Derives leaves; remembers the path to the last one, so neighbours cost one cipher call.
/// Not shared between threads. Cost: about 0.2 us a section in sequence, 2 us at random. Follows
/// its vault: no key of an erasure is given once Vault::erase() has returned.
class VaultCursor {
 public:
  /// Without a vault nothing opens, and nothing else may be asked of it.
  explicit VaultCursor(std::shared_ptr<Vault const> vault);
  ~VaultCursor();
  VaultCursor(VaultCursor const&) = delete;
  VaultCursor& operator=(VaultCursor const&) = delete;

  struct SectionKeys {
    base::Bytes32 key;
    base::Bytes32 salt;
  };
  /// nullopt when they were erased, and without a vault.
  [[nodiscard]] std::optional<SectionKeys> find_keys(Sequence record, std::uint8_t section);
  /// Requires: not erased.
  [[nodiscard]] SectionKeys section_keys(Sequence record, std::uint8_t section);
  /// HMAC-SHA-256 of the caller's canonical fields under the record's own key, cut to 16 bytes.
  /// Requires: not erased.
  [[nodiscard]] BodyTag body_tag(Sequence record, base::ByteView canonical_body);
  /// nullopt when any section of the record was erased.
  [[nodiscard]] std::optional<BodyTag> find_body_tag(Sequence record,
                                                     base::ByteView canonical_body);

  /// Seals all sections of a record and tells what the leaf commits to.
  struct Sealed {
    SideRecord side;
    Digest commitment;
  };
  [[nodiscard]] Sealed seal(Sequence record, Sections const& sections);
  /// Sections with a bit in `erased` are as if they had been erased, whatever the vault says: an
  /// answer follows the journal. For one record at a time.
  void hide(Sequence record, SectionMask erased) {
    hidden_record_ = record;
    hidden_ = erased;
  }
  /// Opens one section and checks its digest. Errors: kErased, kUnsealFailed,
  /// kVaultMissing.
  [[nodiscard]] base::Result<std::string> open(Sequence record, SealedSection const& section);

 private:
  static constexpr int kLevels = kVaultLevels;
  struct Leaf {
    base::Bytes32 const* key = nullptr;   ///< when whole
    VaultNode const* sections = nullptr;  ///< when split
  };
  void follow();
  void forget();
  void enter_segment(std::uint64_t n);
  Leaf leaf(Sequence record);

  std::shared_ptr<Vault const> vault_;
  std::shared_ptr<VaultSnapshot const> snapshot_;
  std::uint64_t version_ = 0;
  VaultSegment const* segment_ = nullptr;
  std::uint64_t segment_end_ = 0;  ///< first leaf of the next one
  base::AesCtrStream stream_;
  base::AesGcm gcm_;
  /// [d] = the 16 children of the node at depth d on the path to path_, from base_ on.
  std::pmr::vector<VaultChildren> children_;
  std::uint64_t path_ = 0;
  Sequence hidden_record_;
  SectionMask hidden_ = 0;
  int base_ = -1;  ///< depth of the whole node above path_; -1 = nothing is remembered
};

}  // namespace qrpay::ledger
