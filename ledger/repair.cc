#include "ledger/repair.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "ledger/high_water.h"
#include "ledger/identity_file.h"
#include "ledger/rocks_index.h"
#include "ledger/wal_tail.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

namespace fs = std::filesystem;

/// A log is cut off and another begun when the memtable is full: 64 MiB, and one batch more.
constexpr std::size_t kWalBytesMax = std::size_t{1} << 30;

base::Unexpected<base::Error> io_failure(std::string const& path) {
  return fail(Errc::kIo, path + ": " + std::strerror(errno));
}

// Name of the newest log that holds anything; "" when none does.
Result<std::string> newest_wal(std::string const& journal) {
  std::string newest;
  std::error_code error;
  for (auto const& entry : fs::directory_iterator(journal, error)) {
    std::string const name = entry.path().filename().string();
    // Six digits or more, so the longer one is the newer.
    bool const is_newer = std::pair(name.size(), name) > std::pair(newest.size(), newest);
    if (name.ends_with(".log") && is_newer && fs::file_size(entry.path(), error) > 0) newest = name;
  }
  if (error) return fail(Errc::kIo, journal + ": " + error.message());
  return newest;
}

Result<Sequence> largest_mark(DataPaths const& paths) {
  QRPAY_TRY(auto const durable, DurableMark::read(paths.durable_mark()));
  QRPAY_TRY(auto const heads, read_high_waters(paths.keys));
  Sequence const signed_size(heads.empty() ? 0 : heads.back().checkpoint.size);
  return std::max(
      {durable.value_or(Sequence(0)), signed_size, RocksIndex::projected_in(paths.projections())});
}

// The journal as it would be, beside it: links to its files, and a log that is shorter.
class Trial {
 public:
  static Result<Trial> make(std::string const& journal, std::string const& wal,
                            std::string_view kept) {
    std::string path = (fs::temp_directory_path() / "qrpay-repair-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return io_failure(path);
    Trial trial(path);
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(journal, error)) {
      auto const name = entry.path().filename();
      if (name == "LOCK" || name == wal) continue;
      fs::create_symlink(fs::absolute(entry.path()), fs::path(path) / name, error);
      if (error) return fail(Errc::kIo, path + ": " + error.message());
    }
    if (error) return fail(Errc::kIo, journal + ": " + error.message());
    if (base::file_exists(journal + ".archive"))
      fs::create_symlink(fs::absolute(journal + ".archive"), path + ".archive", error);
    if (error) return fail(Errc::kIo, path + ".archive: " + error.message());
    QRPAY_TRY_VOID(base::create_file_synced(path + "/" + wal, kept));
    return trial;
  }
  ~Trial() {
    std::error_code ignored;
    if (path_.empty()) return;
    fs::remove_all(path_, ignored);
    fs::remove(path_ + ".archive", ignored);
  }
  Trial(Trial&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Trial& operator=(Trial&&) = delete;

  [[nodiscard]] std::string const& path() const { return path_; }

  static Result<Sequence> last_of(std::string const& journal) {
    QRPAY_TRY(auto const store, RocksStore::open_read_only(journal));
    QRPAY_TRY_VOID(store->check_joints());
    return store->last();
  }

 private:
  explicit Trial(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<void> require_above_marks(Sequence last, Sequence promised) {
  if (last >= promised) return {};
  return fail(Errc::kJournalTruncated, "the journal would end at " + std::to_string(last.value()) +
                                           ", but sequence " + std::to_string(promised.value()) +
                                           " was durable: nothing is cut");
}

Result<RepairPlan> plan_cut(DataPaths const& paths, base::Error const& damage) {
  auto const elsewhere = [&](std::string const& why) {
    return fail(damage.errc, damage.detail + " (" + why + ": nothing is cut)");
  };
  RepairPlan plan;
  QRPAY_TRY(plan.file, newest_wal(paths.journal()));
  if (plan.file.empty()) return elsewhere("not in a log");
  QRPAY_TRY(std::string const bytes,
            base::read_file(paths.journal() + "/" + plan.file, kWalBytesMax));
  WalTail const tail = read_wal_tail(bytes);
  switch (tail.end) {
    case WalEnd::kWhole:
    case WalEnd::kTorn: return elsewhere("not at the end of the newest log");
    case WalEnd::kDamagedBefore: return elsewhere("not the last write of " + plan.file);
    case WalEnd::kDamagedLast: break;
  }
  plan.keep_bytes = tail.good_bytes;
  plan.file_bytes = bytes.size();
  QRPAY_TRY(Trial const trial, Trial::make(paths.journal(), plan.file,
                                           std::string_view(bytes).substr(0, tail.good_bytes)));
  auto const last = Trial::last_of(trial.path());
  if (!last) return elsewhere("more than the last write of " + plan.file);
  plan.kept = *last;
  {
    QRPAY_TRY(auto const kept, RocksStore::open_read_only(trial.path()));
    QRPAY_TRY(plan.identity, find_identity(*kept, paths.identity()));
  }
  QRPAY_TRY(plan.promised, largest_mark(paths));
  QRPAY_TRY_VOID(require_above_marks(plan.kept, plan.promised));
  if (plan.kept == Sequence(0)) return elsewhere("not one record would be left");
  return plan;
}

}  // namespace

Result<std::optional<RepairPlan>> plan_repair(DataPaths const& paths) {
  QRPAY_TRY_VOID(check_format(paths.dir));
  if (RocksStore::is_locked(paths.journal())) return fail(Errc::kDataDirInUse, paths.dir);
  auto const last = Trial::last_of(paths.journal());
  if (last) {
    QRPAY_TRY(Sequence const promised, largest_mark(paths));
    QRPAY_TRY_VOID(require_above_marks(*last, promised));
    return std::optional<RepairPlan>();
  }
  if (last.error().errc != Errc::kJournalCorrupt) return base::Unexpected(last.error());
  QRPAY_TRY(RepairPlan plan, plan_cut(paths, last.error()));
  return std::optional(std::move(plan));
}

Result<void> apply_repair(DataPaths const& paths, RepairPlan const& plan) {
  std::string const path = paths.journal() + "/" + plan.file;
  QRPAY_TRY(std::string const bytes, base::read_file(path, kWalBytesMax));
  QRPAY_CHECK(bytes.size() == plan.file_bytes && plan.keep_bytes < plan.file_bytes);
  std::string const saved = paths.dir + "/cut-" + plan.file + "-" + std::to_string(plan.keep_bytes);
  QRPAY_TRY_VOID(base::replace_file_synced(saved, std::string_view(bytes).substr(plan.keep_bytes)));
  QRPAY_TRY_VOID(base::replace_file_synced(paths.unfinished(), kUnfinishedRepair));
  int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return io_failure(path);
  bool const cut = ::ftruncate(fd, static_cast<off_t>(plan.keep_bytes)) == 0 && ::fsync(fd) == 0;
  int const error = errno;
  ::close(fd);
  errno = error;
  if (!cut) return io_failure(path);
  return {};
}

}  // namespace qrpay::ledger
