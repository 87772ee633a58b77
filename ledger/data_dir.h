// Where a ledger lies on disk, and the marks that tell an old copy from the newest one.
//
//   <dir>/FORMAT            "qrpay data 2"
//   <dir>/journal/          RocksDB instance of blocks
//   <dir>/projections/      RocksDB instance of what follows from them; may be deleted
//   <dir>/durable           8 bytes, last durable sequence; written after each sync, not synced
//   <dir>/identity          which records say who the ledger is (ledger/identity_file.h)
//   <vault>/vault, block.*  the vault, sealed; <vault>/pending while an erasure is under way
//   <keys>/dedupe.secret, epoch.key, log.key, server.key   32 bytes each, hexadecimal
//   <keys>/dedupe.<g>.secret, server.<g>.key, log.<g>.key   generation g, from 2
//   <keys>/high-water       the last signed checkpoint, synced before it is served; of incarnation
//                           N from 2 it is high-water.N
//
// vault and keys may be anywhere; by default they lie below <dir>, which `qrpay serve` names as a
// warning: one disk then holds everything.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "ledger/generations.h"
#include "ledger/high_water.h"
#include "ledger/identity.h"
#include "ledger/rocks_store.h"
#include "ledger/tags.h"
#include "ledger/vault.h"

namespace qrpay::ledger {

struct DataPaths {
  std::string dir;
  std::string vault;                           ///< directory
  std::string keys;                            ///< directory
  std::vector<std::string> vault_copies = {};  ///< directories that hold the vault too
  /// Where secrets other than epoch.key are looked for first, as systemd's credentials; never
  /// written. "" = nowhere.
  std::string credentials = {};
  /// The defaults below `dir`.
  [[nodiscard]] static DataPaths under(std::string const& dir) {
    return {dir, dir + "/vault", dir + "/keys", {}, {}};
  }
  [[nodiscard]] std::string journal() const { return dir + "/journal"; }
  [[nodiscard]] std::string projections() const { return dir + "/projections"; }
  [[nodiscard]] std::string durable_mark() const { return dir + "/durable"; }
  [[nodiscard]] std::string vault_file() const { return vault + "/vault"; }
  [[nodiscard]] VaultPaths vault_paths() const { return {vault, keys, vault_copies}; }
  /// Where a secret is read from: among the credentials if it is there, else below keys.
  [[nodiscard]] std::string secret(std::string const& name) const;
  /// There while a restore or a repair is under way: the directory is not opened.
  [[nodiscard]] std::string unfinished() const { return dir + "/UNFINISHED"; }
  [[nodiscard]] std::string identity() const { return dir + "/identity"; }
  [[nodiscard]] std::string high_water(std::uint64_t incarnation = 1) const {
    return high_water_path(keys, incarnation);
  }
};

/// What stands in the file unfinished().
inline constexpr std::string_view kUnfinishedRestore = "restore\n";
inline constexpr std::string_view kUnfinishedRepair = "repair\n";

/// The secrets of one ledger.
struct Secrets {
  SecretGenerations dedupe;  ///< tags; losing one makes the ledger read-only until it is found
  base::Secret log;          ///< Ed25519 seed that signs checkpoints, the first
  SecretGenerations server;  ///< key files: HMAC and bearer secrets of API keys follow from them
  std::vector<base::Secret> later_logs = {};  ///< seeds of the log keys after the first
  [[nodiscard]] std::vector<base::Secret> log_seeds() const {
    std::vector<base::Secret> seeds = {log};
    seeds.insert(seeds.end(), later_logs.begin(), later_logs.end());
    return seeds;
  }
};
/// "dedupe.secret", "dedupe.2.secret"; "server.key", "server.2.key".
[[nodiscard]] std::string dedupe_file(std::uint32_t generation);
[[nodiscard]] std::string server_file(std::uint32_t generation);
/// "log.key", "log.2.key".
[[nodiscard]] std::string log_file(std::uint32_t generation);

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
  std::shared_ptr<Vault> vault;  ///< nullptr: missing (Missing::kAllowed)
  std::unique_ptr<RocksStore> store;
};

/// Makes directories, secrets, vault and an empty journal.
/// Errors: kDataDirNotEmpty (something is there already: nothing was touched), kIo.
[[nodiscard]] base::Result<OpenedData> create_data(DataPaths const& paths, base::Entropy& entropy);

/// Says whether the secrets and vault of `data` are those of the ledger. `data.store` is not open
/// yet, and `identity` may lack what was recorded just before a crash: whoever has read the whole
/// journal asks again with what it gave.
using CheckIdentity =
    std::function<base::Result<void>(Identity const& identity, OpenedData const& data)>;

/// What becomes of a vault, an epoch key or a dedupe secret that is not there. A wrong one is
/// refused either way.
enum class Missing {
  kRefused,
  kAllowed,  ///< for a ledger that is only read: see engine::check_secrets()
};

/// Opens for writing and holds the directory. Compares the journal's end with the durable mark; the
/// caller compares it with the high-water checkpoint. `check` is asked, and its errors are passed
/// on, before the journal is opened for writing, unless the journal is empty. At the end the vault
/// has heard of every erasure in the journal (vault_settle.h).
/// Errors: kDataDirMissing, kDataFormatNewer, kDataFormatOlder, kDataDirInUse, kDiskFull,
///   kJournalCorrupt (also when a repair was cut short), kJournalTruncated (also when a later
///   incarnation has signed), kStoreRead, kVaultMissing, kWrongVault, kIo, kMalformed (a secret),
///   kNoteMalformed (a high-water file). The journal is first read without changing it: damage
///   found then leaves it as it is. Damage inside a file is found by Log::replay; that file is not
///   changed either.
[[nodiscard]] base::Result<OpenedData> open_data(DataPaths const& paths,
                                                 RocksOptions const& options = {},
                                                 CheckIdentity const& check = nullptr,
                                                 Missing missing = Missing::kRefused);

/// Secrets and vault alone. Errors: kVaultMissing, kWrongVault, kIo, kMalformed.
[[nodiscard]] base::Result<OpenedData> open_secrets(DataPaths const& paths,
                                                    Missing missing = Missing::kRefused);

/// Writes FORMAT, which makes a directory that is whole one that is opened. Errors: kIo.
[[nodiscard]] base::Result<void> finish_data(DataPaths const& paths);

/// The version that is written and served; older ones are read (ledger/data_format.h).
inline constexpr unsigned kDataFormat = 2;
/// "qrpay data 2", and a newline.
[[nodiscard]] std::string format_line(unsigned version);
/// 1 to kDataFormat. Errors: kDataDirMissing, kDataFormatNewer.
[[nodiscard]] base::Result<unsigned> read_format(std::string const& dir);
/// Is `dir` a data directory of a format we read? Errors: kDataDirMissing, kDataFormatNewer.
[[nodiscard]] base::Result<void> check_format(std::string const& dir);

}  // namespace qrpay::ledger
