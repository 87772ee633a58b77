// The same double entry in PostgreSQL, for comparison: every commit synced, as ours.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

namespace qrpay::bench {

/// A server of its own on a socket in a folder of its own; ends with this.
///
/// Tables of accounts and transfers; a transfer is one row with a unique id and two changed
/// balances. The batches are made inside the server from random numbers, so that no client, no
/// parsing and no network is in the number: it flatters PostgreSQL.
class PostgresFloor {
 public:
  /// Errors: kIo (not installed, or it does not start).
  [[nodiscard]] static base::Result<std::unique_ptr<PostgresFloor>> start(std::size_t accounts);
  ~PostgresFloor();
  PostgresFloor(PostgresFloor const&) = delete;
  PostgresFloor& operator=(PostgresFloor const&) = delete;

  /// Transfers a second in batches of `batch`, by `clients` at once. Gives up when the books do not
  /// balance afterwards.
  [[nodiscard]] double transfers_per_second(std::size_t batch, unsigned clients);
  /// "PostgreSQL 15.18".
  [[nodiscard]] std::string const& version() const { return version_; }

 private:
  PostgresFloor() = default;
  [[nodiscard]] base::Result<void> begin(std::size_t accounts);
  [[nodiscard]] base::Result<std::string> run(std::string const& command) const;
  [[nodiscard]] base::Result<std::string> sql(std::string const& text) const;
  void put_file(std::string const& name, std::string const& text) const;

  std::string programs_;  ///< directory
  std::string folder_;
  std::string version_;
  bool started_ = false;
};

}  // namespace qrpay::bench
