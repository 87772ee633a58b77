// Who a ledger is, over time: its origins, its log keys, and what its vault was sealed with.
//
// A fold of the few records that say so: genesis, log_key, restore. Each new key, of the same
// origin or of the next, is vouched for by a key before it in a note that the record holds: with
// any one verifier key a reader gets to all later ones, from records alone (docs/formats/proof.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "ledger/block.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/record.h"

namespace qrpay::ledger {

/// Keys of one log that sign at the same time: the operator retires one before the next.
inline constexpr std::size_t kLogKeysLiveMax = 4;

/// Size and root of a tree.
struct TreeHead {
  std::uint64_t size = 0;
  Digest root{};
  friend bool operator==(TreeHead const&, TreeHead const&) = default;
};

/// A log key and the checkpoints that are its to sign.
struct LogKeySpan {
  std::string vkey;         ///< C2SP verifier key; its name is the origin
  std::uint64_t from = 0;   ///< since when it signs; smaller sizes too, anew, for receipts
  std::uint64_t until = 0;  ///< smallest size that it signs no more; 0 = it signs still
  friend bool operator==(LogKeySpan const&, LogKeySpan const&) = default;
};

/// What a ledger was called from one record on.
struct Incarnation {
  std::string origin;  ///< <name>/<shard>/<incarnation>
  Sequence begins;     ///< its genesis or restore record
  std::vector<LogKeySpan> keys;
  /// Of a restore: the last that is known to have been signed under the origin before, and the
  /// part of it that this one continues. A known size above the restored one is a fork, admitted.
  TreeHead former;
  TreeHead restored;
  friend bool operator==(Incarnation const&, Incarnation const&) = default;
};

/// Records from `from` on are sealed under the seed with this check value.
struct VaultCheck {
  Sequence from;
  Bytes16 check{};
  friend bool operator==(VaultCheck const&, VaultCheck const&) = default;
};

/// Copies are small. One thread, or const.
class Identity {
 public:
  /// Kinds of record that say something here.
  [[nodiscard]] static bool concerns(Kind kind);

  /// Takes a record in. What check() would refuse changes nothing but for a genesis, of which the
  /// texts are taken as they are. Requires: in order of sequence. Records of other kinds are passed
  /// over.
  void apply(Record const& record);
  /// Takes in those records of a block that say something here; others are not decoded.
  /// Errors: kJournalCorrupt, naming the sequence.
  [[nodiscard]] base::Result<void> take(Block const& block);
  /// Does this record fit those before it? Errors: kJournalCorrupt, with the sequence and why.
  [[nodiscard]] base::Result<void> check(Record const& record) const;

  [[nodiscard]] bool begun() const { return !incarnations_.empty(); }
  /// The present one. Requires: begun().
  [[nodiscard]] std::string const& origin() const { return now().origin; }
  [[nodiscard]] Incarnation const& now() const { return incarnations_.back(); }
  [[nodiscard]] std::vector<Incarnation> const& incarnations() const { return incarnations_; }
  [[nodiscard]] std::vector<VaultCheck> const& vault_checks() const { return vault_checks_; }
  /// Of the first generation of the dedupe secret; nullopt when genesis has none.
  [[nodiscard]] std::optional<Bytes16> const& secret_check() const { return secret_check_; }
  /// The records it was made from, ascending.
  [[nodiscard]] std::vector<Sequence> const& records() const { return records_; }

  /// Those of the present origin that sign now, in the order they came.
  [[nodiscard]] std::vector<VerifierKey> live_keys() const;
  /// Those that may have signed a checkpoint of `size` under `origin`: not those retired by then.
  /// None for an unknown one.
  [[nodiscard]] std::vector<VerifierKey> keys(std::string_view origin, std::uint64_t size) const;
  /// Opens a checkpoint of this ledger: of any of its origins, by a key that signed then.
  /// Errors: kNoteMalformed; kWrongKey, of another log or not signed by such a key.
  [[nodiscard]] base::Result<Checkpoint> open(std::string_view note) const;

  /// Everything of it, for digests.
  void append_to(std::string& bytes) const;
  friend bool operator==(Identity const&, Identity const&) = default;

 private:
  [[nodiscard]] base::Result<void> check_new_key(Record const& record) const;
  [[nodiscard]] base::Result<void> check_retired(Record const& record) const;
  [[nodiscard]] base::Result<void> check_restore(Record const& record) const;
  [[nodiscard]] base::Result<void> check_note(Record const& record) const;
  void begin(Record const& record);
  [[nodiscard]] LogKeySpan const* find_live(std::string_view vkey) const;

  std::vector<Incarnation> incarnations_;
  std::vector<VaultCheck> vault_checks_;
  std::optional<Bytes16> secret_check_;
  std::vector<Sequence> records_;
};

/// The last part of an origin as a number; 1 when it is none.
[[nodiscard]] std::uint64_t incarnation_number(std::string_view origin);
/// The same name and shard under another number.
[[nodiscard]] std::string origin_with_number(std::string_view origin, std::uint64_t number);

/// What an older key signs so that a new one is believed: "qrpay log key", the new verifier key,
/// the smallest size that it signs; one a line. No checkpoint looks like that.
[[nodiscard]] std::string log_key_statement(std::string_view vkey, std::uint64_t from);
/// The signed note with that statement. Errors: kNoteMalformed.
[[nodiscard]] base::Result<std::string> vouch_for(NoteSigner const& older, std::string_view vkey,
                                                  std::uint64_t from);

/// `anchor` and every key that one of these vouches for in the notes of `records`, whatever else
/// they are worth: a note is believed for who signed it.
[[nodiscard]] std::vector<VerifierKey> keys_vouched_for(VerifierKey const& anchor,
                                                        std::span<Record const> records);

/// Signers of all live keys, in order. Errors: kWrongKey, none of `seeds` is that of a live key.
[[nodiscard]] base::Result<std::vector<NoteSigner>> log_signers(
    Identity const& identity, std::span<base::Secret const> seeds);

/// u64 size and root, as fields 127 and 129 hold them.
[[nodiscard]] std::string encode_head(TreeHead const& head);

}  // namespace qrpay::ledger
