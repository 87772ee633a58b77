// Where a ledger lies on disk, and the marks that tell an old copy from the newest one.
//
//   <dir>/FORMAT            "qrpay data 1"
//   <dir>/journal/          RocksDB instance of blocks
//   <dir>/projections/      RocksDB instance of what follows from them; may be deleted
//   <dir>/durable           8 bytes, last durable sequence; written after each sync, not synced
//   <vault>/vault, block.*  the vault, sealed; <vault>/pending while an erasure is under way
//   <keys>/dedupe.secret, epoch.key, log.key, server.key   32 bytes each, hexadecimal
//   <keys>/high-water       the last signed checkpoint, synced before it is served
//
// vault and keys may be anywhere; by default they lie below <dir>, which `qrpay serve` names as a
// warning: one disk then holds everything.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "ledger/rocks_store.h"
#include "ledger/tags.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

struct DataPaths {
  std::string dir;
  std::string vault;                           ///< directory
  std::string keys;                            ///< directory
  std::vector<std::string> vault_copies = {};  ///< directories that hold the vault too
  /// The defaults below `dir`.
  [[nodiscard]] static DataPaths under(std::string const& dir) {
    return {dir, dir + "/vault", dir + "/keys", {}};
  }
  [[nodiscard]] std::string journal() const { return dir + "/journal"; }
  [[nodiscard]] std::string projections() const { return dir + "/projections"; }
  [[nodiscard]] std::string durable_mark() const { return dir + "/durable"; }
  [[nodiscard]] std::string vault_file() const { return vault + "/vault"; }
  [[nodiscard]] VaultPaths vault_paths() const { return {vault, keys, vault_copies}; }
  [[nodiscard]] std::string high_water() const { return keys + "/high-water"; }
};

/// The secrets of one ledger.
struct Secrets {
  base::Secret dedupe;  ///< tags; losing it makes the ledger read-only for ever
  base::Secret log;     ///< Ed25519 seed that signs checkpoints
  base::Secret server;  ///< HMAC and bearer secrets of API keys are derived from it
};

/// The last durable sequence, readable by other processes at once. It is written after the journal
/// was synced, so it never runs ahead of it; after a power cut it may lag.
class DurableMark {
 public:
  [[nodiscard]] static base::Result<DurableMark> open(std::string const& path);
  /// nullopt when there is none. Errors: kIo.
  [[nodiscard]] static base::Result<std::optional<Sequence>> read(std::string const& path);
  ~DurableMark();
  DurableMark(DurableMark&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DurableMark& operator=(DurableMark&&) = delete;
  /// One pwrite of 8 bytes. A failure is ignored: the mark then lags, as after a power cut.
  void set(Sequence sequence);

 private:
  explicit DurableMark(int fd) : fd_(fd) {}
  int fd_;
};

struct OpenedData {
  Secrets secrets;
  std::shared_ptr<Vault> vault;
  std::unique_ptr<RocksStore> store;
};

/// Makes directories, secrets, vault and an empty journal.
/// Errors: kDataDirNotEmpty (something is there already: nothing was touched), kIo.
[[nodiscard]] base::Result<OpenedData> create_data(DataPaths const& paths, base::Entropy& entropy);

/// Says whether the secrets and vault of `data` are those of the ledger that begins with `genesis`.
/// `data.store` is not open yet.
using CheckGenesis =
    std::function<base::Result<void>(Record const& genesis, OpenedData const& data)>;

/// Opens for writing and holds the directory. Compares the journal's end with the durable mark; the
/// caller compares it with the high-water checkpoint. `check` is asked, and its errors are passed
/// on, before the journal is opened for writing, unless the journal is empty.
/// Errors: kDataDirMissing, kDataFormatNewer, kDataDirInUse, kDiskFull, kJournalCorrupt,
///   kJournalTruncated, kStoreRead, kVaultMissing, kWrongVault, kIo, kMalformed (a secret),
///   kNoteMalformed (the high-water file). The journal is first read without changing it: damage
///   found then leaves it as it is. Damage inside a file is found by Log::replay; that file is not
///   changed either.
[[nodiscard]] base::Result<OpenedData> open_data(DataPaths const& paths,
                                                 RocksOptions const& options = {},
                                                 CheckGenesis const& check = nullptr);

/// Is `dir` a data directory of a format we read? Errors: kDataDirMissing, kDataFormatNewer.
[[nodiscard]] base::Result<void> check_format(std::string const& dir);

}  // namespace qrpay::ledger
