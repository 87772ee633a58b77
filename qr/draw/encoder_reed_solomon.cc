#include "qr/draw/encoder_reed_solomon.h"

#include <array>
#include <mutex>

#include "base/check.h"
#include "qr/draw/encoder_tables.h"

namespace qrpay::qr::draw {
namespace {

constexpr std::size_t kWords = 4;  // 32 bytes hold any remainder: kEccMax
static_assert(kEccMax <= 8 * kWords);

// A polynomial of degree below 32, the coefficient of the highest power in the lowest byte.
using Remainder = std::array<std::uint64_t, kWords>;

// What the byte that leaves the remainder on its highest side does to the rest.
using Table = std::array<Remainder, 256>;

constexpr std::uint8_t multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b != 0; b >>= 1) {
    if ((b & 1u) != 0) product ^= a;
    a = a << 1 ^ ((a & 0x80u) != 0 ? 0x11Du : 0u);
  }
  return static_cast<std::uint8_t>(product);
}

void build(Table& table, std::size_t degree) {
  // The product of (x - 2^i) for i below the degree; the leading 1 is not stored.
  std::array<std::uint8_t, kEccMax> generator{};
  generator[degree - 1] = 1;
  unsigned root = 1;
  for (std::size_t i = 0; i < degree; ++i, root = multiply(root, 2)) {
    for (std::size_t k = 0; k < degree; ++k) {
      std::uint8_t const lower = k + 1 < degree ? generator[k + 1] : std::uint8_t{0};
      generator[k] = static_cast<std::uint8_t>(multiply(generator[k], root) ^ lower);
    }
  }
  for (unsigned factor = 0; factor < 256; ++factor) {
    Remainder& row = table[factor];
    row = {};
    for (std::size_t k = 0; k < degree; ++k) {
      row[k / 8] |= std::uint64_t{multiply(generator[k], factor)} << (8 * (k % 8));
    }
  }
}

Table const& table_of(std::size_t degree) {
  static std::array<std::once_flag, kEccMax + 1> built;
  static std::array<Table, kEccMax + 1> tables;
  std::call_once(built[degree], [&] { build(tables[degree], degree); });
  return tables[degree];
}

// `Used` is how many words a remainder of this degree needs.
template <std::size_t Used>
void divide(Table const& table, std::span<std::uint8_t const> data, std::span<std::uint8_t> ecc) {
  Remainder rest{};
  for (std::uint8_t const byte : data) {
    Remainder const& step = table[(rest[0] ^ byte) & 0xFFu];
    for (std::size_t i = 0; i < Used; ++i) {
      std::uint64_t const next = i + 1 < Used ? rest[i + 1] << 56 : 0;
      rest[i] = (rest[i] >> 8 | next) ^ step[i];
    }
  }
  for (std::size_t k = 0; k < ecc.size(); ++k) {
    ecc[k] = static_cast<std::uint8_t>(rest[k / 8] >> (8 * (k % 8)));
  }
}

}  // namespace

void write_ecc(std::span<std::uint8_t const> data, std::span<std::uint8_t> ecc) {
  QRPAY_CHECK(!ecc.empty() && ecc.size() <= kEccMax);
  Table const& table = table_of(ecc.size());
  switch ((ecc.size() + 7) / 8) {
    case 1: return divide<1>(table, data, ecc);
    case 2: return divide<2>(table, data, ecc);
    case 3: return divide<3>(table, data, ecc);
    case 4: return divide<4>(table, data, ecc);
  }
}

}  // namespace qrpay::qr::draw
