#include "ledger/tlv.h"

namespace qrpay::ledger {

std::optional<std::string_view> TlvReader::find(std::uint16_t tag) const {
  base::ByteReader reader(base::as_bytes(bytes_));
  while (!reader.at_end()) {
    std::uint16_t const at = reader.u16();
    std::string_view const value = reader.text16();
    if (!reader.ok() || at > tag) return std::nullopt;
    if (at == tag) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TlvReader::number(std::uint16_t tag) const {
  auto const value = find(tag);
  if (!value) return std::nullopt;
  base::ByteReader reader(base::as_bytes(*value));
  switch (value->size()) {
    case 1: return reader.u8();
    case 2: return reader.u16();
    case 4: return reader.u32();
    case 8: return reader.u64();
    default: return std::nullopt;
  }
}

base::Result<void> check_tlv(std::string_view bytes) {
  base::ByteReader reader(base::as_bytes(bytes));
  std::uint16_t last = 0;
  while (!reader.at_end()) {
    std::size_t const at = reader.position();
    std::uint16_t const tag = reader.u16();
    (void)reader.text16();
    if (!reader.ok() || tag <= last)
      return base::fail(base::Errc::kMalformed, "body offset " + std::to_string(at));
    last = tag;
  }
  return {};
}

}  // namespace qrpay::ledger
