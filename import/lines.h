// The lines of a file of any size, one after another, and the errors that name them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace qrpay::import {

/// A line of an export is some hundred bytes; metadata of another system may make it longer.
inline constexpr std::size_t kLineBytesMax = 1 << 20;

struct Line {
  std::uint64_t number = 0;  ///< from 1
  std::string_view text;     ///< without its end, LF or CRLF; until the next call of next()
};

/// Where a line of a file is wrong: kImportRefused, "accounts.csv line 3, flags: words". `column`
/// is the name of a column or the pointer of a member; "" speaks of the whole line.
[[nodiscard]] base::Unexpected<base::Error> refuse(std::uint64_t line, std::string_view column,
                                                   std::string_view words);

/// Reads a regular file from its beginning. One thread. Memory: 1 MiB and the longest line.
class LineReader {
 public:
  /// Errors: kIo; kImportRefused, it is no regular file: an import reads it twice.
  [[nodiscard]] static base::Result<LineReader> open(std::string const& path);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  /// nullopt at the end; the last line needs no end of its own.
  /// Errors: kIo; kImportRefused, a line over kLineBytesMax.
  [[nodiscard]] base::Result<std::optional<Line>> next();
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  LineReader(int file, std::uint64_t bytes) : file_(file), file_bytes_(bytes) {}
  [[nodiscard]] base::Result<void> fill();

  int file_;
  std::uint64_t file_bytes_;
  std::uint64_t bytes_read_ = 0;  ///< given out as lines
  std::uint64_t lines_ = 0;
  std::string buffer_;
  std::size_t at_ = 0;  ///< of buffer_: where the next line begins
  bool at_end_ = false;
};

}  // namespace qrpay::import
