#include "import/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace qrpay::import {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kChunkBytes = 1 << 20;

}  // namespace

base::Unexpected<base::Error> refuse(std::uint64_t line, std::string_view column,
                                     std::string_view words) {
  std::string detail = "line " + std::to_string(line);
  if (!column.empty()) detail.append(", ").append(column);
  return fail(Errc::kImportRefused, detail.append(": ").append(words));
}

Result<LineReader> LineReader::open(std::string const& path) {
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(Errc::kIo, path + ": " + std::strerror(errno));
  LineReader reader(file, 0);
  struct stat status{};
  if (::fstat(file, &status) != 0) return fail(Errc::kIo, path + ": " + std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return fail(Errc::kImportRefused, path + ": no regular file, and it is read twice");
  reader.file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      file_bytes_(other.file_bytes_),
      bytes_read_(other.bytes_read_),
      lines_(other.lines_),
      buffer_(std::move(other.buffer_)),
      at_(other.at_),
      at_end_(other.at_end_) {}

LineReader::~LineReader() {
  if (file_ >= 0) ::close(file_);
}

Result<void> LineReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  std::size_t const kept = buffer_.size();
  buffer_.resize(kept + kChunkBytes);
  ssize_t got = -1;
  do {
    got = ::read(file_, buffer_.data() + kept, kChunkBytes);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(kept + static_cast<std::size_t>(got < 0 ? 0 : got));
  if (got < 0) return fail(Errc::kIo, std::string("reading: ") + std::strerror(errno));
  at_end_ = got == 0;
  return {};
}

Result<std::optional<Line>> LineReader::next() {
  std::size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos && !at_end_ && buffer_.size() - at_ <= kLineBytesMax) {
    std::size_t const looked = buffer_.size() - at_;
    QRPAY_TRY_VOID(fill());
    end = buffer_.find('\n', looked);
  }
  if (end == std::string::npos && at_ == buffer_.size()) return std::optional<Line>();
  std::size_t const bytes = (end == std::string::npos ? buffer_.size() : end) - at_;
  ++lines_;
  if (bytes > kLineBytesMax) return refuse(lines_, "", "over 1 MiB");
  std::string_view text(buffer_.data() + at_, bytes);
  if (text.ends_with('\r')) text.remove_suffix(1);
  at_ += bytes + (end == std::string::npos ? 0 : 1);
  bytes_read_ += bytes + (end == std::string::npos ? 0 : 1);
  return std::optional(Line{lines_, text});
}

}  // namespace qrpay::import
