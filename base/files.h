// Small files that must survive a power cut: keys, vaults, marks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"

namespace qrpay::base {

/// Whole content. Errors: kIo (absent, unreadable, or over `bytes_max`).
[[nodiscard]] Result<std::string> read_file(std::string const& path, std::size_t bytes_max);

/// Makes a file of mode 0600 that must not exist; file and directory are synced on return.
/// Errors: kAlreadyExists, kIo.
[[nodiscard]] Result<void> create_file_synced(std::string const& path, std::string_view content);

/// Replaces a file atomically (temporary, sync, rename, sync of the directory); mode 0600.
/// Errors: kIo; the old content is then still there.
[[nodiscard]] Result<void> replace_file_synced(std::string const& path, std::string_view content);

/// mkdir -p, mode 0700 for what it makes, each synced into its parent. Errors: kIo.
[[nodiscard]] Result<void> make_directories(std::string const& path);
[[nodiscard]] Result<void> sync_directory(std::string const& path);

/// A secret as 64 hexadecimal digits and a newline. Errors: kIo; kMalformed.
[[nodiscard]] Result<Secret> read_secret_file(std::string const& path);
[[nodiscard]] Result<void> create_secret_file(std::string const& path, Secret const& secret);

/// Bytes a user may still write on the file system of `path`. Errors: kIo.
[[nodiscard]] Result<std::uint64_t> free_bytes(std::string const& path);
/// True when both lie on one file system, so that losing the disk loses both. Errors: kIo.
[[nodiscard]] Result<bool> same_file_system(std::string const& a, std::string const& b);
[[nodiscard]] bool file_exists(std::string const& path);

}  // namespace qrpay::base
