#include "qr/crc.h"

#include <cstddef>

namespace qrpay::qr {
namespace {

using Table = std::array<std::uint16_t, 256>;

// kTables[k][b] is the CRC of byte b followed by k zero bytes, so eight bytes cost eight
// independent look-ups instead of a chain of eight.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (unsigned b = 0; b < 256; ++b) {
    unsigned crc = b << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x8000u) != 0 ? 0x1021u : 0u);
    tables[0][b] = static_cast<std::uint16_t>(crc);
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      unsigned const before = tables[k - 1][b];
      tables[k][b] = static_cast<std::uint16_t>((before << 8) ^ tables[0][(before >> 8) & 0xFFu]);
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

}  // namespace

std::uint16_t crc16(std::string_view bytes) {
  auto const* at = reinterpret_cast<unsigned char const*>(bytes.data());
  std::size_t left = bytes.size();
  unsigned crc = 0xFFFF;
  for (; left >= 8; left -= 8, at += 8) {
    crc = kTables[7][at[0] ^ (crc >> 8)] ^ kTables[6][at[1] ^ (crc & 0xFFu)] ^ kTables[5][at[2]] ^
          kTables[4][at[3]] ^ kTables[3][at[4]] ^ kTables[2][at[5]] ^ kTables[1][at[6]] ^
          static_cast<unsigned>(kTables[0][at[7]]);
  }
  for (; left > 0; --left, ++at) {
    crc = ((crc << 8) & 0xFFFFu) ^ kTables[0][(crc >> 8) ^ *at];
  }
  return static_cast<std::uint16_t>(crc);
}

std::array<char, 4> format_crc(std::uint16_t crc) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {kDigits[crc >> 12], kDigits[(crc >> 8) & 15], kDigits[(crc >> 4) & 15],
          kDigits[crc & 15]};
}

void append_crc(std::string& payload) {
  payload += "6304";
  std::array<char, 4> const digits = format_crc(crc16(payload));
  payload.append(digits.data(), digits.size());
}

}  // namespace qrpay::qr
