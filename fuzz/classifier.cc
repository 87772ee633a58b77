// Any bytes through the classifier: always a kind with a name and labels; the same kind with blanks
// around it, with anything behind the CRC, and with identifiers in another letter case; and for a
// text that can be read, the kind that its decoded fields ask for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "qr/classify.h"
#include "qr/crc.h"
#include "qr/kind.h"
#include "qr/payload.h"
#include "qr/tlv.h"
#include "tests/qr/kind_model.h"

namespace {

using namespace qrpay;

void check_text(std::string const& text) {
  qr::Kind const kind = qr::classify_kind(text);
  QRPAY_CHECK(!qr::kind_name(kind).empty());
  QRPAY_CHECK(!qr::kind_label(kind).vi.empty() && !qr::kind_label(kind).en.empty());
  qr::Reading const reading = qr::read_payload(text);
  if (reading.accepted(qr::Policy::kLenient)) {
    QRPAY_CHECK(qr::kind_agrees(kind, reading.payload));
  } else if (kind == qr::Kind::kPaymentLink || kind == qr::Kind::kWebLink) {
    QRPAY_CHECK(reading.faults.has_fatal());
  }
  // Only what cannot be read at all may be unclear or no payment code.
  QRPAY_CHECK(kind != qr::Kind::kVietQrUnclear || reading.faults.has_fatal());
  QRPAY_CHECK(kind != qr::Kind::kUnknown || reading.faults.has_fatal());
  if (text.size() + 4 <= qr::kPayloadBytesMax) {
    QRPAY_CHECK(qr::classify_kind(" \t" + text + "\r\n") == kind);
  }
  // A readable code cannot be turned into another one by what is written behind it.
  bool const room = text.size() + 60 <= qr::kPayloadBytesMax;
  if (room && reading.faults.empty()) {
    QRPAY_CHECK(qr::classify_kind(text + "26140010A000000775") == kind);
    QRPAY_CHECK(qr::classify_kind(text + "38140010A000000727") == kind);
    // Of a text that is not UTF-8 only the ASCII before the break counts.
    bool const ascii = qr::survey_text(text) != qr::TextKind::kUnicode;
    QRPAY_CHECK(!ascii || qr::classify_kind(text + "\xFF") == kind);
  }
}

std::string folded(std::string_view text, char first, char last) {
  std::string out(text);
  for (char& c : out) {
    if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
  }
  return out;
}

// `text`: the tag, three bytes of currency, two of country, then the identifier.
void check_account(std::string_view text) {
  if (text.size() < 6) return;
  auto const tag = static_cast<std::uint8_t>(26 + static_cast<unsigned char>(text[0]) % 26);
  qr::Locale const locale{text.substr(1, 3), text.substr(4, 2)};
  std::string_view const guid = text.substr(6);
  qr::Scheme const scheme = qr::classify_account(tag, guid, locale);
  QRPAY_CHECK(!qr::scheme_name(scheme).empty());
  QRPAY_CHECK(qr::classify_account(tag, folded(guid, 'a', 'z'), locale) == scheme);
  QRPAY_CHECK(qr::classify_account(tag, folded(guid, 'A', 'Z'), locale) == scheme);
  bool const vietqr = folded(guid, 'a', 'z') == qr::kVietQrGuid;
  QRPAY_CHECK((scheme == qr::Scheme::kVietQr) == (tag == 38 && vietqr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string text(reinterpret_cast<char const*>(data), size);
  check_account(text);
  check_text(text);
  // A CRC made right lets mutations reach what only readable codes show.
  std::size_t const crc = text.rfind("6304");
  if (crc != std::string::npos) {
    text.resize(crc);
    qr::append_crc(text);
    check_text(text);
  }
  return 0;
}
