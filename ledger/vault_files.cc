#include "ledger/vault_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/files.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

/// A vault with a million scattered erasures; a longer file is none of ours.
constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

base::Unexpected<base::Error> io_error(std::string const& path) {
  return fail(Errc::kIo, path + ": " + std::strerror(errno));
}

Result<void> write_all(std::string const& path, int flags, std::string_view content) {
  int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0600);
  if (fd < 0) return io_error(path);
  bool good = true;
  while (good && !content.empty()) {
    ssize_t const n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    good = n > 0;
    if (good) content.remove_prefix(static_cast<std::size_t>(n));
  }
  good = good && ::fsync(fd) == 0;
  auto const error = io_error(path);
  ::close(fd);
  if (!good) return error;
  return {};
}

class HostFiles : public VaultFiles {
  Result<std::string> read(std::string const& path) override {
    if (!base::file_exists(path)) return fail(Errc::kNotFound, path);
    return base::read_file(path, kFileBytesMax);
  }
  Result<void> write(std::string const& path, std::string_view content) override {
    return write_all(path, O_CREAT | O_TRUNC, content);
  }
  Result<void> wipe(std::string const& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return io_error(path);
    return write_all(path, 0, std::string(static_cast<std::size_t>(info.st_size), '\0'));
  }
  Result<void> rename(std::string const& from, std::string const& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return io_error(to);
    return {};
  }
  Result<void> remove(std::string const& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io_error(path);
    return {};
  }
  Result<void> sync_directory(std::string const& directory) override {
    return base::sync_directory(directory);
  }
  std::vector<std::string> list(std::string const& directory) override {
    std::vector<std::string> names;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(directory, error))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  Result<void> make_directory(std::string const& directory) override {
    return base::make_directories(directory);
  }
};

}  // namespace

VaultFiles& host_files() {
  static HostFiles files;
  return files;
}

}  // namespace qrpay::ledger
