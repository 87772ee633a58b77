// A disk in memory that loses power: what was not synced is lost in any order, what was being
// written is torn.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "ledger/vault_files.h"

namespace qrpay::ledger::test {

class CrashDisk final : public VaultFiles {
 public:
  explicit CrashDisk(std::uint64_t seed) : random_(seed) {}

  /// The n-th change from now on (1 = the next) is torn, and everything after it fails: 0 = none.
  void crash_at(std::uint64_t n) { crash_at_ = n == 0 ? 0 : changes_ + n; }
  /// The n-th change from now on fails and does nothing.
  void fail_at(std::uint64_t n) { fail_at_ = changes_ + n; }
  [[nodiscard]] bool crashed() const { return crash_at_ != 0 && changes_ >= crash_at_; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// Power comes back: of what was not synced any part is there.
  void reboot();

  [[nodiscard]] std::map<std::string, std::string>& files() { return now_; }

  base::Result<std::string> read(std::string const& path) override;
  base::Result<void> write(std::string const& path, std::string_view content) override;
  base::Result<void> wipe(std::string const& path) override;
  base::Result<void> rename(std::string const& from, std::string const& to) override;
  base::Result<void> remove(std::string const& path) override;
  base::Result<void> sync_directory(std::string const& directory) override;
  std::vector<std::string> list(std::string const& directory) override;
  base::Result<void> make_directory(std::string const& directory) override;

 private:
  /// A name that changed since its directory was synced.
  struct Change {
    std::string directory;
    std::string removed;  ///< "" = none
    std::string put;      ///< "" = none
    std::string content;
  };
  enum class Fate { kDone, kTorn, kFails };
  [[nodiscard]] Fate next();
  void change(Change change);
  static void apply(Change const& change, std::map<std::string, std::string>& files);

  std::mt19937_64 random_;
  std::map<std::string, std::string> now_;
  std::map<std::string, std::string> durable_;
  std::vector<Change> unsynced_;
  std::uint64_t changes_ = 0;
  std::uint64_t crash_at_ = 0;
  std::uint64_t fail_at_ = 0;
};

}  // namespace qrpay::ledger::test
