#include "ledger/wal_tail.h"

#include <algorithm>
#include <array>
#include <optional>

namespace qrpay::ledger {

namespace {

constexpr std::uint64_t kBlockBytes = 32'768;
constexpr std::uint64_t kHeaderBytes = 7;
constexpr std::uint32_t kMaskDelta = 0xa282ead8;

enum PieceType : std::uint8_t { kZero = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}

// CRC-32C as RocksDB stores it: rotated and shifted, so that a checksum of checksums is none.
std::uint32_t masked_crc(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_table();
  std::uint32_t crc = 0xffffffff;
  for (char const c : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + kMaskDelta;
}

struct Piece {
  std::uint8_t type = kZero;
  std::uint64_t end = 0;  // where the next one may begin
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  // Where a piece can begin at or after `at`.
  [[nodiscard]] static std::uint64_t place(std::uint64_t at) {
    std::uint64_t const left = kBlockBytes - at % kBlockBytes;
    return left < kHeaderBytes ? at + left : at;
  }
  // The header alone; nullopt when it cannot be one, or reaches over its block.
  [[nodiscard]] std::optional<Piece> header(std::uint64_t at) const {
    if (at + kHeaderBytes > bytes_.size()) return std::nullopt;
    std::uint64_t const length = byte(at + 4) | byte(at + 5) << 8;
    auto const type = static_cast<std::uint8_t>(byte(at + 6));
    std::uint64_t const left = kBlockBytes - at % kBlockBytes;
    if (type < kFull || type > kLast || left < kHeaderBytes || length > left - kHeaderBytes)
      return std::nullopt;
    return Piece{type, at + kHeaderBytes + length};
  }
  [[nodiscard]] bool checks(std::uint64_t at, Piece const& piece) const {
    if (piece.end > bytes_.size()) return false;
    auto const stored = static_cast<std::uint32_t>(byte(at) | byte(at + 1) << 8 |
                                                   byte(at + 2) << 16 | byte(at + 3) << 24);
    return masked_crc(bytes_.substr(at + 6, piece.end - at - 6)) == stored;
  }
  [[nodiscard]] bool zero_from(std::uint64_t at) const {
    return bytes_.find_first_not_of('\0', at) == std::string_view::npos;
  }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

 private:
  [[nodiscard]] std::uint64_t byte(std::uint64_t at) const {
    return static_cast<std::uint8_t>(bytes_[at]);
  }
  std::string_view bytes_;
};

bool begins_record(Piece const& piece) { return piece.type == kFull || piece.type == kFirst; }

// A record that checks begins somewhere after `at`, where something does not check. Lengths cannot
// be believed there, so every place of that block is tried; a later block begins with a piece.
bool record_follows(Reader const& reader, std::uint64_t at) {
  ++at;
  while (at < reader.size()) {
    auto const piece = reader.header(at);
    if (piece && reader.checks(at, *piece)) {
      if (begins_record(*piece)) return true;
      at = Reader::place(piece->end);  // a later part of the damaged one
    } else {
      ++at;
    }
  }
  return false;
}

// If the lengths from `at` on are those that were written they lead to the end of the file, and the
// types tell how many records lie there.
std::optional<std::uint64_t> records_by_length(Reader const& reader, std::uint64_t at,
                                               bool inside) {
  std::uint64_t records = 0;
  while (at < reader.size()) {
    auto const piece = reader.header(at);
    if (!piece || piece->end > reader.size() || begins_record(*piece) == inside)
      return std::nullopt;
    inside = piece->type == kFirst || piece->type == kMiddle;
    if (!inside) ++records;
    at = Reader::place(piece->end);
  }
  return inside ? std::nullopt : std::optional(records);
}

WalEnd judge(Reader const& reader, std::uint64_t at, bool inside) {
  if (reader.zero_from(at)) return WalEnd::kTorn;  // room made beforehand, never written
  if (record_follows(reader, at)) return WalEnd::kDamagedBefore;
  auto const records = records_by_length(reader, at, inside);
  return records && *records > 1 ? WalEnd::kDamagedBefore : WalEnd::kDamagedLast;
}

}  // namespace

WalTail read_wal_tail(std::string_view bytes) {
  Reader const reader(bytes);
  WalTail tail;
  bool inside = false;
  for (std::uint64_t at = 0; at < reader.size();) {
    auto const piece = reader.header(at);
    bool const good = piece && reader.checks(at, *piece) && begins_record(*piece) != inside;
    if (!good) {
      bool const cut_short =
          at + kHeaderBytes > reader.size() || (piece && piece->end > reader.size());
      tail.end = judge(reader, at, inside);
      // What ends before its length says is nobody's; but a length may be damaged too.
      if (cut_short && tail.end == WalEnd::kDamagedLast) tail.end = WalEnd::kTorn;
      return tail;
    }
    inside = piece->type == kFirst || piece->type == kMiddle;
    at = Reader::place(piece->end);
    if (inside) continue;
    ++tail.good_records;
    tail.good_bytes = std::min<std::uint64_t>(piece->end, reader.size());
  }
  if (inside) tail.end = WalEnd::kTorn;
  return tail;
}

}  // namespace qrpay::ledger
