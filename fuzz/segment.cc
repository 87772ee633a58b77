// Any bytes as a segment file and as a line of a list. Property: what checks as a whole has as many
// records as it says, and the hash that a list would name.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "ledger/segment.h"

namespace qrpay::ledger {
namespace {

/// The tail's checksum made to hold, so that what lies behind it is reached.
std::string resealed(std::string bytes) {
  if (bytes.size() < 64) return bytes;
  base::ByteReader counts(base::as_bytes(bytes).subspan(bytes.size() - 48));
  std::uint64_t const index_at = counts.u64();
  if (index_at < 16 || index_at > bytes.size() - 32) return bytes;
  std::string const covered =
      bytes.substr(0, 16) + bytes.substr(index_at, bytes.size() - 32 - index_at);
  auto const digest = base::sha256(base::as_bytes(covered));
  bytes.replace(bytes.size() - 32, 32, base::as_text(digest));
  return bytes;
}

void try_segment(std::string const& bytes) {
  int const fd = ::memfd_create("segment", MFD_CLOEXEC);
  QRPAY_CHECK(fd >= 0 &&
              ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  auto const file = SegmentFile::open_file("/proc/self/fd/" + std::to_string(fd));
  if (file) {
    QRPAY_CHECK(file->span().count <= kSegmentRecords);
    std::uint64_t records = 0;
    auto const checked = file->check([&](Block const& block) {
      records += block.count;
      return true;
    });
    if (checked) {
      QRPAY_CHECK(records == file->span().count && checked->bytes == bytes.size());
      QRPAY_CHECK(checked->sha256 == base::sha256(base::as_bytes(bytes)));
      auto const line = parse_segment_line(format_segment_line(*checked));
      QRPAY_CHECK(line && *line == *checked);
    }
  }
  ::close(fd);
}

}  // namespace
}  // namespace qrpay::ledger

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const bytes(reinterpret_cast<char const*>(data), size);
  qrpay::ledger::try_segment(bytes);
  qrpay::ledger::try_segment(qrpay::ledger::resealed(bytes));
  static_cast<void>(qrpay::ledger::parse_segment_line(bytes));
  return 0;
}
