#include "qr/inspection.h"

#include "base/text.h"

namespace qrpay::qr {

void check_length(Inspection& in, TlvObject const& object, std::size_t characters_max,
                  TagPath path) {
  if (object.value.size() <= characters_max) return;  // never fewer bytes than characters
  if (count_characters(object.value, in.kind) <= characters_max) return;
  in.strict(FaultCode::kFieldTooLong, object.offset, path);
}

void check_charset(Inspection& in, TlvObject const& object, TagPath path) {
  if (in.kind == TextKind::kPlain || is_plain(object.value)) return;
  in.strict(FaultCode::kCharset, object.offset, path);
}

void check_precomposed(Inspection& in, TlvObject const& object, TagPath path) {
  if (in.kind != TextKind::kUnicode || base::is_nfc(object.value)) return;
  in.strict(FaultCode::kNotPrecomposed, object.offset, path);
}

}  // namespace qrpay::qr
