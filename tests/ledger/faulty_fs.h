// A file system under RocksDB that fails, or loses its power, at an operation of the test's choice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/ledger/unsynced.h"

namespace rocksdb {
class Env;
}

namespace qrpay::ledger::test {

enum class FaultKind {
  kIoError,
  kNoSpace,     ///< as ENOSPC; a write leaves nothing
  kShortWrite,  ///< an I/O error after half of a write has reached the file
};

/// Works on the real files of one directory, which alone it watches. What is there when it is made
/// counts as durable. Any thread, but settle() only when no store is open.
///
/// An operation is a call that reaches the file system: opening, reading, writing, syncing,
/// closing, truncating, renaming, deleting, listing; only those count that the fault can hit.
/// RocksDB flushes in threads of its own, so the numbers may differ a little from run to run.
class FaultyFs {
 public:
  explicit FaultyFs(std::string const& directory);
  ~FaultyFs();
  FaultyFs(FaultyFs const&) = delete;
  FaultyFs& operator=(FaultyFs const&) = delete;

  /// For RocksOptions::env.
  [[nodiscard]] rocksdb::Env* env();

  /// The operation number `n` from the beginning, counted from 1, fails; so do all later ones if
  /// `for_ever`. Closing and unlocking take effect all the same, or the test would leak.
  void fail_at(std::uint64_t n, FaultKind kind, bool for_ever);
  /// The power goes during operation `n`: it may still have reached the file, and is not synced.
  /// From then on every operation fails and changes nothing.
  void cut_at(std::uint64_t n);
  /// No fault any more.
  void heal();

  [[nodiscard]] std::uint64_t operations() const;
  /// True once a fault was given, or the power is gone.
  [[nodiscard]] bool has_struck() const;
  /// "append 000004.log" and the like: what the first fault hit.
  [[nodiscard]] std::string struck() const;

  /// Puts the directory as the power cut left it, and counts that as durable. May be called again
  /// for another loss of the same cut.
  void settle(Loss loss, std::uint64_t seed);

  /// Called with the file's name while its bytes are written and not yet synced.
  void set_before_sync(std::function<void(std::string const&)> call);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace qrpay::ledger::test
