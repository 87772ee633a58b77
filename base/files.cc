#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"

namespace qrpay::base {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Unexpected<Error> io_error(std::string const& path) {
  return fail(Errc::kIo, path + ": " + std::strerror(errno));
}

std::string parent_of(std::string const& path) {
  auto const parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? std::string(".") : parent.string();
}

Result<void> write_and_sync(int fd, std::string const& path, std::string_view content) {
  while (!content.empty()) {
    ssize_t const n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return io_error(path);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return io_error(path);
  return {};
}

}  // namespace

Result<std::string> read_file(std::string const& path, std::size_t bytes_max) {
  Descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_error(path);
  std::string content;
  char buffer[65536];
  for (;;) {
    ssize_t const n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error(path);
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
    if (content.size() > bytes_max) return fail(Errc::kIo, path + ": larger than expected");
  }
}

Result<void> create_file_synced(std::string const& path, std::string_view content) {
  Descriptor const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    if (errno == EEXIST) return fail(Errc::kAlreadyExists, path);
    return io_error(path);
  }
  QRPAY_TRY_VOID(write_and_sync(file.get(), path, content));
  return sync_directory(parent_of(path));
}

Result<void> replace_file_synced(std::string const& path, std::string_view content) {
  std::string const temporary = path + ".new";
  {
    Descriptor const file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return io_error(temporary);
    QRPAY_TRY_VOID(write_and_sync(file.get(), temporary, content));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error(path);
  return sync_directory(parent_of(path));
}

Result<void> make_directories(std::string const& path) {
  std::string so_far;
  for (auto const& part : std::filesystem::path(path)) {
    so_far = (std::filesystem::path(so_far) / part).string();
    if (so_far.empty() || so_far == "/") continue;
    if (::mkdir(so_far.c_str(), 0700) == 0)
      QRPAY_TRY_VOID(sync_directory(parent_of(so_far)));
    else if (errno != EEXIST)
      return io_error(so_far);
  }
  return {};
}

Result<void> sync_directory(std::string const& path) {
  Descriptor const directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return io_error(path);
  return {};
}

Result<Secret> read_secret_file(std::string const& path) {
  QRPAY_TRY(std::string text, read_file(path, 256));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  auto const bytes = from_hex(text);
  if (!bytes || bytes->size() != 32)
    return fail(Errc::kMalformed, path + ": expected 64 hexadecimal digits");
  Bytes32 out;
  std::memcpy(out.data(), bytes->data(), out.size());
  return Secret(out);
}

Result<void> create_secret_file(std::string const& path, Secret const& secret) {
  return create_file_synced(path, to_hex(secret.reveal()) + "\n");
}

Result<std::uint64_t> free_bytes(std::string const& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return io_error(path);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Result<bool> same_file_system(std::string const& a, std::string const& b) {
  struct stat first {};
  struct stat second {};
  if (::stat(a.c_str(), &first) != 0) return io_error(a);
  if (::stat(b.c_str(), &second) != 0) return io_error(b);
  return first.st_dev == second.st_dev;
}

bool file_exists(std::string const& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

}  // namespace qrpay::base
