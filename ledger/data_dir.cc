#include "ledger/data_dir.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/files.h"
#include "ledger/identity_file.h"
#include "ledger/vault_settle.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;
using base::Secret;

namespace {

Secret draw_secret(base::Entropy& entropy) {
  base::Bytes32 bytes;
  entropy.fill(bytes);
  return Secret(bytes);
}

bool holds_anything(std::string const& directory) {
  std::error_code error;
  return std::filesystem::exists(directory, error) &&
         !std::filesystem::is_empty(directory, error) && !error;
}

Result<void> read_later_logs(DataPaths const& paths, Secrets& secrets) {
  for (std::uint32_t generation = 2;; ++generation) {
    std::string const path = paths.secret(log_file(generation));
    if (!base::file_exists(path)) return {};
    QRPAY_TRY(Secret seed, base::read_secret_file(path));
    secrets.later_logs.push_back(std::move(seed));
  }
}

// Looks before anything is opened for writing, so that a refused directory stays as it was.
Result<void> check_journal(DataPaths const& paths, OpenedData const& data,
                           CheckIdentity const& check) {
  if (RocksStore::is_locked(paths.journal())) return fail(Errc::kDataDirInUse, paths.dir);
  QRPAY_TRY(auto const mark, DurableMark::read(paths.durable_mark()));
  // The newest incarnation's: what an older one signed may lie on a fork that a restore ended.
  QRPAY_TRY(auto const signed_heads, read_high_waters(paths.keys));
  Sequence const signed_size(signed_heads.empty() ? 0 : signed_heads.back().checkpoint.size);
  QRPAY_TRY(auto const store, RocksStore::open_read_only(paths.journal()));
  Sequence const wanted = std::max(mark.value_or(Sequence(0)), signed_size);
  if (store->last() < wanted)
    return fail(Errc::kJournalTruncated,
                "journal ends at " + std::to_string(store->last().value()) + ", but sequence " +
                    std::to_string(wanted.value()) + " was durable");
  // A journal opened for writing drops files that its damaged list of files no longer names.
  QRPAY_TRY_VOID(store->check_joints());
  if (!check || store->last() == Sequence(0)) return {};
  auto const found = find_identity(*store, paths.identity());
  // Records in a lost file of the archive: the projections tell who the ledger is, and whoever
  // opened asks again.
  if (!found && found.error().errc == Errc::kArchiveDamaged) return {};
  QRPAY_TRY_VOID(found);
  Identity const& identity = *found;
  QRPAY_TRY_VOID(check(identity, data));
  std::uint64_t const incarnation = incarnation_number(identity.origin());
  if (!signed_heads.empty() && signed_heads.back().incarnation > incarnation)
    return fail(Errc::kJournalTruncated, "a copy of incarnation " + std::to_string(incarnation) +
                                             ", but " + signed_heads.back().checkpoint.origin +
                                             " has signed");
  return {};
}

// Every generation whose file is there. A gap is a lost file, since a number is never left out;
// that the newest is lost only the records can tell.
Result<SecretGenerations> read_generations(DataPaths const& paths,
                                           std::string (*file_of)(std::uint32_t)) {
  SecretGenerations out;
  for (std::uint32_t generation = 1; generation <= kGenerationsMax; ++generation) {
    std::string const path = paths.secret(file_of(generation));
    if (!base::file_exists(path)) continue;
    QRPAY_TRY(Secret const secret, base::read_secret_file(path));
    out.put(generation, secret);
  }
  return out;
}

Result<void> read_dedupe(DataPaths const& paths, Missing missing, OpenedData& data) {
  QRPAY_TRY(data.secrets.dedupe, read_generations(paths, dedupe_file));
  if (missing == Missing::kAllowed) return {};
  std::uint32_t const newest = std::max(1U, data.secrets.dedupe.newest());
  for (std::uint32_t generation = 1; generation <= newest; ++generation)
    if (data.secrets.dedupe.find(generation) == nullptr)
      return fail(Errc::kIo, paths.secret(dedupe_file(generation)));
  return {};
}

Result<void> open_vault(DataPaths const& paths, Missing missing, OpenedData& data) {
  auto vault = Vault::open(paths.vault_paths());
  if (vault) {
    data.vault = std::move(*vault);
    return {};
  }
  Errc const errc = vault.error().errc;
  bool const gone = errc == Errc::kVaultMissing ||
                    (errc == Errc::kIo && !base::file_exists(paths.keys + "/epoch.key"));
  if (gone && missing == Missing::kAllowed) return {};
  return base::Unexpected(vault.error());
}

}  // namespace

std::string dedupe_file(std::uint32_t generation) {
  return generation == 1 ? "dedupe.secret" : "dedupe." + std::to_string(generation) + ".secret";
}

std::string server_file(std::uint32_t generation) {
  return generation == 1 ? "server.key" : "server." + std::to_string(generation) + ".key";
}

std::string log_file(std::uint32_t generation) {
  return generation == 1 ? "log.key" : "log." + std::to_string(generation) + ".key";
}

std::string DataPaths::secret(std::string const& name) const {
  std::string const credential = credentials + "/" + name;
  return !credentials.empty() && base::file_exists(credential) ? credential : keys + "/" + name;
}

Result<DurableMark> DurableMark::open(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail(Errc::kIo, path);
  return DurableMark(fd);
}

Result<std::optional<Sequence>> DurableMark::read(std::string const& path) {
  if (!base::file_exists(path)) return std::optional<Sequence>();
  QRPAY_TRY(std::string bytes, base::read_file(path, 64));
  // POSIX does not promise that a write beside this read is seen whole: two reads must agree. A
  // writer syncs between its writes, so they soon do.
  constexpr int kReadsMax = 100;
  for (int reads = 1;; ++reads) {
    QRPAY_TRY(std::string again, base::read_file(path, 64));
    if (again == bytes) break;
    if (reads == kReadsMax) return fail(Errc::kIo, path + ": changes faster than it can be read");
    bytes = std::move(again);
  }
  if (bytes.size() != 8) return std::optional<Sequence>();  // made, not yet written
  base::ByteReader reader(base::as_bytes(bytes));
  return std::optional(Sequence(reader.u64()));
}

DurableMark::~DurableMark() {
  if (fd_ >= 0) ::close(fd_);
}

void DurableMark::set(Sequence sequence) {
  std::array<char, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(sequence.value() >> (56 - 8 * i));
  [[maybe_unused]] ssize_t const written = ::pwrite(fd_, bytes.data(), bytes.size(), 0);
}

std::string format_line(unsigned version) { return "qrpay data " + std::to_string(version) + '\n'; }

Result<unsigned> read_format(std::string const& dir) {
  auto const line = base::read_file(dir + "/FORMAT", 256);
  if (!line) return fail(Errc::kDataDirMissing, dir);
  for (unsigned version = 1; version <= kDataFormat; ++version)
    if (*line == format_line(version)) return version;
  return fail(Errc::kDataFormatNewer,
              dir + ": this program reads data up to " + std::to_string(kDataFormat));
}

Result<void> check_format(std::string const& dir) {
  QRPAY_TRY_VOID(read_format(dir));
  return {};
}

Result<OpenedData> create_data(DataPaths const& paths, base::Entropy& entropy) {
  for (auto const* directory : {&paths.dir, &paths.vault, &paths.keys})
    if (holds_anything(*directory)) return fail(Errc::kDataDirNotEmpty, *directory);
  for (auto const* directory : {&paths.dir, &paths.vault, &paths.keys})
    QRPAY_TRY_VOID(base::make_directories(*directory));
  OpenedData data;
  Secret const dedupe = draw_secret(entropy);
  data.secrets.log = draw_secret(entropy);
  Secret const server = draw_secret(entropy);
  data.secrets.dedupe.put(1, dedupe);
  data.secrets.server.put(1, server);
  QRPAY_TRY_VOID(base::create_secret_file(paths.keys + "/" + dedupe_file(1), dedupe));
  QRPAY_TRY_VOID(base::create_secret_file(paths.keys + "/log.key", data.secrets.log));
  QRPAY_TRY_VOID(base::create_secret_file(paths.keys + "/" + server_file(1), server));
  QRPAY_TRY(data.vault, Vault::create(paths.vault_paths(), {.entropy = &entropy}));
  QRPAY_TRY(data.store, RocksStore::create(paths.journal()));
  // Last, so that a directory with FORMAT is whole.
  QRPAY_TRY_VOID(finish_data(paths));
  return data;
}

Result<void> finish_data(DataPaths const& paths) {
  return base::create_file_synced(paths.dir + "/FORMAT", format_line(kDataFormat));
}

Result<OpenedData> open_secrets(DataPaths const& paths, Missing missing) {
  OpenedData data;
  QRPAY_TRY_VOID(read_dedupe(paths, missing, data));
  QRPAY_TRY(data.secrets.log, base::read_secret_file(paths.secret(log_file(1))));
  QRPAY_TRY_VOID(read_later_logs(paths, data.secrets));
  QRPAY_TRY(data.secrets.server, read_generations(paths, server_file));
  if (data.secrets.server.newest() == 0) return fail(Errc::kIo, paths.secret(server_file(1)));
  QRPAY_TRY_VOID(open_vault(paths, missing, data));
  return data;
}

Result<OpenedData> open_data(DataPaths const& paths, RocksOptions const& options,
                             CheckIdentity const& check, Missing missing) {
  QRPAY_TRY(unsigned const format, read_format(paths.dir));
  if (format < options.data_format_min)
    return fail(Errc::kDataFormatOlder, paths.dir + " is data " + std::to_string(format) +
                                            ": `qrpay ledger upgrade` makes it data " +
                                            std::to_string(kDataFormat));
  auto const unfinished = base::read_file(paths.unfinished(), 64);
  if (unfinished && *unfinished == kUnfinishedRepair)
    return fail(Errc::kJournalCorrupt,
                paths.unfinished() + ": `qrpay ledger repair` was cut short: run it again");
  QRPAY_TRY(OpenedData data, open_secrets(paths, missing));
  QRPAY_TRY_VOID(check_journal(paths, data, check));
  QRPAY_TRY(std::uint64_t const free, base::free_bytes(paths.journal()));
  if (free < options.free_bytes_min)
    return fail(Errc::kDiskFull, paths.dir + ": " + std::to_string(free >> 20) + " MiB free, " +
                                     std::to_string(options.free_bytes_min >> 20) + " needed");
  QRPAY_TRY(data.store, RocksStore::open(paths.journal(), options));
  if (data.vault) QRPAY_TRY_VOID(settle_vault(*data.store, *data.vault));
  return data;
}

}  // namespace qrpay::ledger
