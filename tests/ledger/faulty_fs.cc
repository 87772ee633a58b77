#include "tests/ledger/faulty_fs.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

namespace qrpay::ledger::test {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// What an operation may meet: each fault hits some of them only.
enum class Class { kRead, kChange, kAppend, kSync };

std::string base_name(std::string const& path) {
  return std::filesystem::path(path).filename().string();
}

/// The state that all open files share, and the rules of faults.
struct Disk {
  /// One operation, from its count to its end: the lock keeps counts and effects in one order.
  struct Step {
    std::unique_lock<std::mutex> lock;
    IOStatus status;
    bool takes_effect = true;
    bool half = false;
  };

  explicit Disk(std::string const& path) : directory(path) {}

  IOStatus error(std::string const& what, std::string const& path) const {
    if (kind != FaultKind::kNoSpace || is_cut)
      return IOStatus::IOError("While " + what + ": " + path, "Input/output error");
    IOStatus status = IOStatus::NoSpace("While " + what + ": " + path, "No space left on device");
    status.SetRetryable(true);  // so does the real one
    return status;
  }

  bool is_hit(Class of) const {
    switch (kind) {
      case FaultKind::kIoError: return true;
      case FaultKind::kNoSpace: return of != Class::kRead;
      case FaultKind::kShortWrite: return of == Class::kAppend;
    }
    return true;
  }

  /// Requires the lock.
  void strike(std::string const& what, std::string const& path) {
    if (struck.empty()) struck = what + " " + base_name(path);
  }

  Step step(Class of, std::string const& what, std::string const& path) {
    Step step{std::unique_lock(mutex), IOStatus::OK()};
    if (is_cut) {
      step.status = error(what, path);
      step.takes_effect = false;
      return step;
    }
    if (!is_hit(of)) return step;
    ++count;
    if (count == cut) {
      strike(what, path);
      is_cut = true;
      step.status = error(what, path);
      step.takes_effect = of != Class::kSync;
    } else if (count == fault || (for_ever && count > fault)) {
      strike(what, path);
      step.status = error(what, path);
      step.half = kind == FaultKind::kShortWrite;
      step.takes_effect = step.half;
    }
    return step;
  }

  template <class Call>
  static IOStatus carry_out(Step const& step, Call const& call) {
    if (!step.takes_effect) return step.status;
    IOStatus status = call();
    return step.status.ok() ? status : step.status;
  }

  std::mutex mutex;
  UnsyncedDirectory directory;
  std::function<void(std::string const&)> before_sync;
  std::uint64_t count = 0;
  std::uint64_t fault = kNever;
  std::uint64_t cut = kNever;
  FaultKind kind = FaultKind::kIoError;
  bool for_ever = false;
  bool is_cut = false;
  std::string struck;
};

using DiskPtr = std::shared_ptr<Disk>;

class ReadInOrder final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  ReadInOrder(std::unique_ptr<rocksdb::FSSequentialFile> file, DiskPtr disk, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)),
        disk_(std::move(disk)),
        path_(std::move(path)) {}
  IOStatus Read(size_t n, IOOptions const& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "read", path_);
    return Disk::carry_out(
        step, [&] { return FSSequentialFileWrapper::Read(n, options, result, scratch, debug); });
  }
  IOStatus Skip(std::uint64_t n) override {
    auto const step = disk_->step(Class::kRead, "skip", path_);
    return Disk::carry_out(step, [&] { return FSSequentialFileWrapper::Skip(n); });
  }

 private:
  DiskPtr disk_;
  std::string path_;
};

class ReadAnywhere final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  ReadAnywhere(std::unique_ptr<rocksdb::FSRandomAccessFile> file, DiskPtr disk, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(file)),
        disk_(std::move(disk)),
        path_(std::move(path)) {}
  IOStatus Read(std::uint64_t offset, size_t n, IOOptions const& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    auto const step = disk_->step(Class::kRead, "read", path_);
    return Disk::carry_out(step, [&] {
      return FSRandomAccessFileWrapper::Read(offset, n, options, result, scratch, debug);
    });
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, IOOptions const& options,
                     IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "read", path_);
    return Disk::carry_out(step, [&] {
      return FSRandomAccessFileWrapper::MultiRead(requests, count, options, debug);
    });
  }
  IOStatus Prefetch(std::uint64_t offset, size_t n, IOOptions const& options,
                    IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "read ahead", path_);
    return Disk::carry_out(
        step, [&] { return FSRandomAccessFileWrapper::Prefetch(offset, n, options, debug); });
  }

 private:
  DiskPtr disk_;
  std::string path_;
};

class Written final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Written(std::unique_ptr<rocksdb::FSWritableFile> file, DiskPtr disk, std::string path,
          std::shared_ptr<Inode> inode)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(std::move(disk)),
        path_(std::move(path)),
        inode_(std::move(inode)) {}

  IOStatus Append(Slice const& data, IOOptions const& options, IODebugContext* debug) override {
    auto const step = disk_->step(Class::kAppend, "append to", path_);
    Slice const part(data.data(), step.half ? data.size() / 2 : data.size());
    return Disk::carry_out(step, [&] {
      inode_->size += part.size();
      return FSWritableFileWrapper::Append(part, options, debug);
    });
  }
  IOStatus Append(Slice const& data, IOOptions const& options,
                  rocksdb::DataVerificationInfo const& /*verification*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, IOOptions const& options, IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "truncate", path_);
    return Disk::carry_out(step, [&] {
      inode_->size = size;
      inode_->synced = std::min(inode_->synced, size);
      return FSWritableFileWrapper::Truncate(size, options, debug);
    });
  }
  IOStatus Close(IOOptions const& options, IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "close", path_);
    IOStatus status = FSWritableFileWrapper::Close(options, debug);
    return step.status.ok() ? status : step.status;
  }
  IOStatus Sync(IOOptions const& /*options*/, IODebugContext* /*debug*/) override { return sync(); }
  IOStatus Fsync(IOOptions const& /*options*/, IODebugContext* /*debug*/) override {
    return sync();
  }

 private:
  // Remembered, not done: only the power that is simulated here will go.
  IOStatus sync() {
    if (disk_->before_sync) disk_->before_sync(base_name(path_));
    auto const step = disk_->step(Class::kSync, "sync", path_);
    return Disk::carry_out(step, [&] {
      inode_->synced = inode_->size;
      inode_->is_named = true;
      return IOStatus::OK();
    });
  }

  DiskPtr disk_;
  std::string path_;
  std::shared_ptr<Inode> inode_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, DiskPtr disk, std::string path)
      : FSDirectoryWrapper(std::move(directory)), disk_(std::move(disk)), path_(std::move(path)) {}
  IOStatus Fsync(IOOptions const& /*options*/, IODebugContext* /*debug*/) override {
    return sync();
  }
  IOStatus FsyncWithDirOptions(IOOptions const& /*options*/, IODebugContext* /*debug*/,
                               rocksdb::DirFsyncOptions const& /*directory_options*/) override {
    return sync();
  }

 private:
  IOStatus sync() {
    auto const step = disk_->step(Class::kSync, "sync directory", path_);
    return Disk::carry_out(step, [&] {
      disk_->directory.sync();
      return IOStatus::OK();
    });
  }

  DiskPtr disk_;
  std::string path_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(DiskPtr disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}
  static char const* kClassName() { return "FaultyFileSystem"; }
  char const* Name() const override { return kClassName(); }

  IOStatus NewSequentialFile(std::string const& path, FileOptions const& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "open", path);
    return Disk::carry_out(step, [&] {
      IOStatus status = target_->NewSequentialFile(path, options, file, debug);
      if (status.ok()) *file = std::make_unique<ReadInOrder>(std::move(*file), disk_, path);
      return status;
    });
  }
  IOStatus NewRandomAccessFile(std::string const& path, FileOptions const& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "open", path);
    return Disk::carry_out(step, [&] {
      IOStatus status = target_->NewRandomAccessFile(path, options, file, debug);
      if (status.ok()) *file = std::make_unique<ReadAnywhere>(std::move(*file), disk_, path);
      return status;
    });
  }
  IOStatus NewWritableFile(std::string const& path, FileOptions const& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "create", path);
    return Disk::carry_out(step, [&] {
      IOStatus status = target_->NewWritableFile(path, options, file, debug);
      if (status.ok())
        *file = std::make_unique<Written>(std::move(*file), disk_, path,
                                          disk_->directory.make(base_name(path)));
      return status;
    });
  }
  IOStatus ReopenWritableFile(std::string const& path, FileOptions const& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "reopen", path);
    return Disk::carry_out(step, [&] {
      IOStatus status = target_->ReopenWritableFile(path, options, file, debug);
      if (status.ok())
        *file = std::make_unique<Written>(std::move(*file), disk_, path,
                                          disk_->directory.find(base_name(path)));
      return status;
    });
  }
  IOStatus NewDirectory(std::string const& path, IOOptions const& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "open directory", path);
    return Disk::carry_out(step, [&] {
      IOStatus status = target_->NewDirectory(path, options, directory, debug);
      if (status.ok()) *directory = std::make_unique<Directory>(std::move(*directory), disk_, path);
      return status;
    });
  }
  IOStatus FileExists(std::string const& path, IOOptions const& options,
                      IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "look for", path);
    return Disk::carry_out(step, [&] { return target_->FileExists(path, options, debug); });
  }
  IOStatus GetChildren(std::string const& path, IOOptions const& options,
                       std::vector<std::string>* names, IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "list", path);
    return Disk::carry_out(step, [&] { return target_->GetChildren(path, options, names, debug); });
  }
  IOStatus GetFileSize(std::string const& path, IOOptions const& options, std::uint64_t* size,
                       IODebugContext* debug) override {
    auto const step = disk_->step(Class::kRead, "stat", path);
    return Disk::carry_out(step, [&] { return target_->GetFileSize(path, options, size, debug); });
  }
  IOStatus DeleteFile(std::string const& path, IOOptions const& options,
                      IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "delete", path);
    return Disk::carry_out(step, [&] {
      disk_->directory.keep_content(base_name(path));
      IOStatus status = target_->DeleteFile(path, options, debug);
      if (status.ok()) disk_->directory.remove(base_name(path));
      return status;
    });
  }
  IOStatus RenameFile(std::string const& from, std::string const& to, IOOptions const& options,
                      IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "rename", from);
    return Disk::carry_out(step, [&] {
      disk_->directory.keep_content(base_name(to));
      IOStatus status = target_->RenameFile(from, to, options, debug);
      if (status.ok()) disk_->directory.rename(base_name(from), base_name(to));
      return status;
    });
  }
  IOStatus Truncate(std::string const& path, size_t size, IOOptions const& options,
                    IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "truncate", path);
    return Disk::carry_out(step, [&] {
      auto const inode = disk_->directory.find(base_name(path));
      inode->size = size;
      inode->synced = std::min<std::uint64_t>(inode->synced, size);
      return target_->Truncate(path, size, options, debug);
    });
  }
  IOStatus CreateDirIfMissing(std::string const& path, IOOptions const& options,
                              IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "make directory", path);
    return Disk::carry_out(step, [&] { return target_->CreateDirIfMissing(path, options, debug); });
  }
  IOStatus LockFile(std::string const& path, IOOptions const& options, rocksdb::FileLock** lock,
                    IODebugContext* debug) override {
    auto const step = disk_->step(Class::kChange, "open", path);
    return Disk::carry_out(step, [&] { return target_->LockFile(path, options, lock, debug); });
  }

 private:
  DiskPtr disk_;
};

}  // namespace

struct FaultyFs::Parts {
  std::shared_ptr<Disk> disk;
  std::unique_ptr<rocksdb::Env> env;
};

FaultyFs::FaultyFs(std::string const& directory) : parts_(std::make_unique<Parts>()) {
  parts_->disk = std::make_shared<Disk>(directory);
  parts_->env = rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(parts_->disk));
}
FaultyFs::~FaultyFs() = default;

rocksdb::Env* FaultyFs::env() { return parts_->env.get(); }

void FaultyFs::fail_at(std::uint64_t n, FaultKind kind, bool for_ever) {
  std::lock_guard const lock(parts_->disk->mutex);
  parts_->disk->fault = n;
  parts_->disk->kind = kind;
  parts_->disk->for_ever = for_ever;
}

void FaultyFs::cut_at(std::uint64_t n) {
  std::lock_guard const lock(parts_->disk->mutex);
  parts_->disk->cut = n;
  parts_->disk->directory.go_on();
}

void FaultyFs::heal() {
  std::lock_guard const lock(parts_->disk->mutex);
  Disk& disk = *parts_->disk;
  disk.fault = disk.cut = kNever;
  disk.for_ever = disk.is_cut = false;
}

std::uint64_t FaultyFs::operations() const {
  std::lock_guard const lock(parts_->disk->mutex);
  return parts_->disk->count;
}

bool FaultyFs::has_struck() const { return !struck().empty(); }

std::string FaultyFs::struck() const {
  std::lock_guard const lock(parts_->disk->mutex);
  return parts_->disk->struck;
}

void FaultyFs::settle(Loss loss, std::uint64_t seed) {
  std::lock_guard const lock(parts_->disk->mutex);
  parts_->disk->directory.settle(loss, seed);
}

void FaultyFs::set_before_sync(std::function<void(std::string const&)> call) {
  parts_->disk->before_sync = std::move(call);
}

}  // namespace qrpay::ledger::test
