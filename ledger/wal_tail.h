// How a write-ahead log of RocksDB ends, read without RocksDB: what a repair stands on.
//
// The file is blocks of 32 KiB. In them lie pieces: u32 checksum (CRC-32C of type and content,
// masked), u16 length, u8 type, content, little-endian; a piece never crosses a block, and fewer
// than seven bytes left in a block are zero. A record is one piece (type 1) or several (2, 3, 4).
// Source: RocksDB's description of its log format. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace qrpay::ledger {

enum class WalEnd : std::uint8_t {
  kWhole,          ///< every record checks
  kTorn,           ///< the last ends before its length: RocksDB cuts it by itself
  kDamagedLast,    ///< the last does not check, and nothing after it does
  kDamagedBefore,  ///< something that does not check has a record after it
};

struct WalTail {
  WalEnd end = WalEnd::kWhole;
  std::uint64_t good_bytes = 0;    ///< so far every record checks
  std::uint64_t good_records = 0;  ///< and so many
  friend bool operator==(WalTail const&, WalTail const&) = default;
};

/// `bytes` = a whole file. Reads it once; where it is damaged each byte of that block may be the
/// beginning of a checksum, which is tried: some ms a block.
[[nodiscard]] WalTail read_wal_tail(std::string_view bytes);

}  // namespace qrpay::ledger
