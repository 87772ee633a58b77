// What the rules of verify_accounts and verify_fields share. Internal to qr/.
#pragma once

#include <cstdint>
#include <string_view>

#include "qr/faults.h"
#include "qr/payload.h"
#include "qr/tlv.h"

namespace qrpay::qr {

/// One payload under inspection. `text` is trimmed, at most kPayloadBytesMax bytes.
struct Inspection {
  std::string_view text;
  std::uint16_t base_offset;  ///< of `text` in what the caller gave
  TextKind kind;
  QrPayload& payload;
  FaultList& faults;
  bool profile_known = true;  ///< false when 38 broke before its service code could be read

  void strict(FaultCode code, std::uint16_t offset, TagPath path = {}) {
    faults.add({code, Tier::kStrict, offset, path});
  }
  void fatal(FaultCode code, std::uint16_t offset, TagPath path = {}) {
    faults.add({code, Tier::kFatal, offset, path});
  }
  /// Where a missing root object would have stood: before the CRC, which every payload ends with.
  [[nodiscard]] std::uint16_t missing_offset() const {
    TlvObject const* crc = payload.find(63);
    return crc != nullptr ? crc->offset : static_cast<std::uint16_t>(base_offset + text.size());
  }
};

/// kFieldTooLong when `object` has more than `characters_max` characters.
void check_length(Inspection& in, TlvObject const& object, std::size_t characters_max,
                  TagPath path);
/// kCharset unless every character is 0x20-0x7E.
void check_charset(Inspection& in, TlvObject const& object, TagPath path);
/// kNotPrecomposed unless the text is in NFC.
void check_precomposed(Inspection& in, TlvObject const& object, TagPath path);

/// Visits each object of a template: whole, not empty, not seen before. Other objects become
/// faults in `faults`. Returns false, with the place in `broken_at`, when the rest is not TLV.
template <class Visit>
[[nodiscard]] bool walk_template(Inspection const& in, TlvObject const& parent, TagPath path,
                                 FaultList& faults, std::uint16_t& broken_at, Visit&& visit) {
  TlvReader reader(parent.value, parent.value_offset(), in.kind);
  std::uint64_t seen[2] = {0, 0};
  for (;;) {
    TlvReader::Step const step = reader.next();
    if (step == TlvReader::Step::kEnd) return true;
    if (step != TlvReader::Step::kObject) {
      broken_at = reader.offset();
      return false;
    }
    TlvObject const& object = reader.object();
    std::uint64_t const bit = std::uint64_t{1} << (object.tag % 64);
    std::uint64_t& word = seen[object.tag / 64];
    if ((word & bit) != 0) {
      faults.add(
          {FaultCode::kDuplicateSubtag, Tier::kFatal, object.offset, path.child(object.tag)});
      continue;
    }
    word |= bit;
    if (object.value.empty()) {
      faults.add({FaultCode::kZeroLength, Tier::kFatal, object.offset, path.child(object.tag)});
      continue;
    }
    visit(object);
  }
}

}  // namespace qrpay::qr
