// Store on RocksDB: the journal instance, which only appends. Where <directory>.archive says that
// the beginning was moved to files (ledger/archive.h), it is read from there, and what those files
// cannot answer is kArchiveDamaged.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ledger/store.h"

namespace rocksdb {
class Env;
}

namespace qrpay::ledger {

class Archive;

/// Tuning that tests change; the defaults are those of production.
struct RocksOptions {
  std::size_t memtable_bytes = std::size_t{64} << 20;
  /// open_data() refuses a disk with less: recovery writes what the memtable held once more.
  std::uint64_t free_bytes_min = std::uint64_t{128} << 20;
  /// open_data() refuses an older version of the directory; an upgrade takes what it can read.
  unsigned data_format_min = 2;
  /// What lies between RocksDB and the files, where tests put their faults; null = the real one.
  /// Borrowed, for as long as the store lives. For create() and open() only.
  rocksdb::Env* env = nullptr;
};

class RocksStore final : public Store {
 public:
  /// A new journal in `directory`, which must not hold one. Errors: kAlreadyExists, kStoreRead.
  [[nodiscard]] static base::Result<std::unique_ptr<RocksStore>> create(
      std::string const& directory, RocksOptions const& options = {});

  /// Opens for writing. A tail torn by a crash is cut; what is kept is synced before it is served.
  /// Errors: kDataDirInUse (another process writes it), kDataDirMissing, kJournalCorrupt (damage
  ///   before the tail, or a last block that does not check), kStoreRead, kArchiveDamaged (the
  ///   archive's list; its files are not opened), kJournalTruncated (it ends before its archive).
  ///   Nothing is changed on disk when the directory is in use or missing.
  [[nodiscard]] static base::Result<std::unique_ptr<RocksStore>> open(
      std::string const& directory, RocksOptions const& options = {});

  /// Opens for reading, beside a running writer too; never writes. Sees what had reached the
  /// file system, synced or not, and may see holes while the writer flushes: callers compare two
  /// opens (ledger/verify.h). append() is not allowed.
  [[nodiscard]] static base::Result<std::unique_ptr<RocksStore>> open_read_only(
      std::string const& directory);

  ~RocksStore() override;

  [[nodiscard]] base::Result<Sequence> append(std::span<Block const> batch) override;
  [[nodiscard]] std::int64_t last_sync_microseconds() const override;
  [[nodiscard]] Sequence last() const override;
  [[nodiscard]] base::Result<Block> read_block(Sequence sequence) const override;
  [[nodiscard]] base::Result<void> scan(Sequence from, Visit const& visit) const override;

  /// Are the files complete: is every file's first block the one after the last of the file before,
  /// and what is not yet in files dense? Reads one block a file, and all that is not in files.
  /// Errors: kJournalCorrupt with the first missing sequence; kStoreRead.
  [[nodiscard]] base::Result<void> check_joints() const;

  /// What was moved to files; null when nothing was.
  [[nodiscard]] Archive const* archive() const;
  /// Deletes the blocks whose records are all in the archive, but for the one with record 1, and
  /// compacts, so that the disk is free on return. Offline: nobody else reads or writes.
  /// Requires: opened for writing, with an archive. Cost: reads what it deletes once.
  /// Errors: kStoreUnknown, it may be tried again.
  [[nodiscard]] base::Result<void> free_archived();

  /// True when a process, this one too, holds `directory` open for writing.
  [[nodiscard]] static bool is_locked(std::string const& directory);

 private:
  struct State;
  /// From RocksDB alone; nullopt when no block there holds it.
  [[nodiscard]] base::Result<std::optional<Block>> read_stored(Sequence sequence) const;
  explicit RocksStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace qrpay::ledger
