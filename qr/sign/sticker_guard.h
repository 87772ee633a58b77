// The sticker guard: what a person compares to tell that a printed code was pasted over. Pure.
//
// Printed on the poster beside the code; whoever scans computes it anew from the code that was
// read. What it defends against, and what not: docs/formats/sticker_guard.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "qr/payload.h"

namespace qrpay::qr::sign {

/// Where the money of a code goes, in a form that a person can compare.
struct StickerGuard {
  std::string fingerprint;       ///< "8KQ2-V07D": 40 bits in Crockford's base 32, upper case
  std::string_view colour_word;  ///< of guard_colours(); static storage
  std::uint32_t rgb;             ///< 0xRRGGBB, sRGB, of that word
};

/// The guard of `payload`: a function of its accounts (02-51) only, so that a shop's sticker and
/// all order codes for the same account share one, whatever amount, note and names they carry.
/// Every account of the code counts; what is not VietQR's is taken as it stands.
/// Never fails; the empty payload has a guard too, that of no account.
/// Cost: about 2 ms on purpose: each try of somebody looking for a look-alike costs as much.
[[nodiscard]] StickerGuard sticker_guard(QrPayload const& payload);

/// A colour that a seller can name over the telephone and tell on a bad print.
struct GuardColour {
  std::string_view word;  ///< Vietnamese, UTF-8 in NFC, lower case; none begins another
  std::uint32_t rgb;      ///< 0xRRGGBB, sRGB
};

inline constexpr std::size_t kGuardColourCount = 16;
/// In the order of the format: index = the four bits that choose.
[[nodiscard]] std::array<GuardColour, kGuardColourCount> const& guard_colours();

}  // namespace qrpay::qr::sign
