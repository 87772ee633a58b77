// The few file operations that a vault's safety rests on; a test puts a disk that fails in their
// place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace qrpay::ledger {

/// Threads: one at a time. What was done is durable once sync_directory() of its directory
/// returned; the content of a file once write() did. Errors: kIo.
class VaultFiles {
 public:
  virtual ~VaultFiles() = default;
  /// The whole file. Errors: kNotFound too.
  [[nodiscard]] virtual base::Result<std::string> read(std::string const& path) = 0;
  /// Makes or replaces a file of mode 0600 and syncs its content.
  [[nodiscard]] virtual base::Result<void> write(std::string const& path,
                                                 std::string_view content) = 0;
  /// Writes zeros over a file, in its place, and syncs them.
  [[nodiscard]] virtual base::Result<void> wipe(std::string const& path) = 0;
  /// Over an existing file too.
  [[nodiscard]] virtual base::Result<void> rename(std::string const& from,
                                                  std::string const& to) = 0;
  /// Succeeds when it is not there.
  [[nodiscard]] virtual base::Result<void> remove(std::string const& path) = 0;
  [[nodiscard]] virtual base::Result<void> sync_directory(std::string const& directory) = 0;
  /// Names in a directory; none when there is no such directory.
  [[nodiscard]] virtual std::vector<std::string> list(std::string const& directory) = 0;
  [[nodiscard]] virtual base::Result<void> make_directory(std::string const& directory) = 0;
};

/// The host's.
[[nodiscard]] VaultFiles& host_files();

}  // namespace qrpay::ledger
