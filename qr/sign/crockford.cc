#include "qr/sign/crockford.h"

#include <algorithm>

namespace qrpay::qr::sign {

std::string to_crockford(std::span<std::uint8_t const, kCrockfordBytes> bytes) {
  std::uint64_t bits = 0;
  for (std::uint8_t const byte : bytes) bits = (bits << 8) | byte;
  std::string out(kCrockfordCharacters, '0');
  for (std::size_t i = kCrockfordCharacters; i > 0; --i) {
    out[i - 1] = kCrockfordAlphabet[bits & 31u];
    bits >>= 5;
  }
  return out;
}

bool is_crockford(std::string_view text) {
  return text.size() == kCrockfordCharacters && std::all_of(text.begin(), text.end(), [](char c) {
           return kCrockfordAlphabet.find(c) != std::string_view::npos;
         });
}

}  // namespace qrpay::qr::sign
