// What a witness keeps on disk, and the one step that must not be divided: check the head, make the
// next one durable, only then cosign.
//
//   <dir>/witness.key       32 bytes, hexadecimal
//   <dir>/name              name of the witness, one line
//   <dir>/heads/<hex>       the checkpoint it last cosigned, with its cosignature; <hex> = SHA-256
//                           of the origin
//   <dir>/evidence/<hex>    requests by which a log proved its own fork; <hex> = their SHA-256
//
// A witness whose heads were lost must be retired, not restarted: it would believe anything again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "ledger/witness.h"

namespace qrpay::ledger {

/// More logs than a country has payment systems; each is one small file.
inline constexpr std::size_t kWitnessLogsMax = 256;
/// One proves enough; a log that forks at every turn must not fill the disk.
inline constexpr std::size_t kWitnessEvidenceMax = 64;

/// The file name of a log: hexadecimal SHA-256 of its origin.
[[nodiscard]] std::string witness_log_id(std::string_view origin);

/// Makes the key and the folders in `dir`; returns the public key (type 0x04).
/// Errors: kDataDirNotEmpty (nothing was touched), kNoteMalformed (the name), kIo.
[[nodiscard]] base::Result<VerifierKey> create_witness(std::string const& dir,
                                                       std::string const& name,
                                                       base::Entropy& entropy);

class Witness {
 public:
  /// Opens what create_witness made. `logs` are the keys trusted; a key's name is its log's origin,
  /// and several keys of one name are one log whose key is being rotated.
  /// Errors: kDataDirMissing; kConfigInvalid, no log, too many, or a key that is no log's;
  ///   kJournalCorrupt naming a head's file that does not verify; kIo.
  [[nodiscard]] static base::Result<std::unique_ptr<Witness>> open(std::string const& dir,
                                                                   std::vector<VerifierKey> logs,
                                                                   base::Clock& clock);

  struct Answer {
    WitnessStatus status = WitnessStatus::kMalformed;
    std::string body;  ///< 200: signature lines; 409: the size and a newline; else why, one line
  };
  /// Any thread; one at a time by a lock. With 200 the new head was synced before it returned: one
  /// synced file. Errors: kIo, the head could not be kept, and nothing was cosigned.
  [[nodiscard]] base::Result<Answer> add_checkpoint(std::string_view body);

  struct Log {
    std::string origin;
    WitnessHead head;
    std::uint64_t timestamp = 0;  ///< of the cosignature, unix seconds; 0 before the first
    std::string note;             ///< the checkpoint with our cosignature; empty before the first
  };
  /// By origin. Any thread.
  [[nodiscard]] std::vector<Log> logs() const;
  /// By witness_log_id(). Any thread.
  [[nodiscard]] std::optional<Log> find(std::string_view log_id) const;
  [[nodiscard]] VerifierKey const& verifier_key() const { return signer_.verifier_key(); }
  [[nodiscard]] std::size_t evidence_files() const;

 private:
  Witness(std::string dir, CosignatureSigner signer, base::Clock& clock)
      : dir_(std::move(dir)), signer_(std::move(signer)), clock_(clock) {}
  struct Watched {
    std::vector<VerifierKey> keys;
    Log log;
  };
  [[nodiscard]] base::Result<void> load(Watched& watched) const;
  [[nodiscard]] base::Result<Answer> cosign(Watched& watched, AddCheckpoint const& request,
                                            WitnessHead const& next);
  [[nodiscard]] base::Result<void> keep_evidence(std::string_view request) const;

  std::string dir_;
  CosignatureSigner signer_;
  base::Clock& clock_;
  mutable std::mutex mutex_;  ///< guards logs_, and makes check and store one step
  std::map<std::string, Watched, std::less<>> logs_;  ///< by origin
};

}  // namespace qrpay::ledger
