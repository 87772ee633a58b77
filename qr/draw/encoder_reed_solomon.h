// The error correction codewords of one block of a QR symbol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace qrpay::qr::draw {

/// Writes the remainder of `data` divided by the generator polynomial of degree ecc.size() (ISO
/// 18004, annex A; the field is GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1).
/// Cost: one step of a few instructions per byte of data. The first call for a degree builds its
/// table: 8 KiB, kept for the life of the process, at most 13 of them. Threads: any.
/// Requires: ecc.size() is 1 to kEccMax.
void write_ecc(std::span<std::uint8_t const> data, std::span<std::uint8_t> ecc);

}  // namespace qrpay::qr::draw
