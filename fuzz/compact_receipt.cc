// Compact receipts from strangers, as bytes and as the text of a QR code.
// Properties: what the parser accepts, the formatter writes back byte for byte; nothing verifies
// under a key that signed nothing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/compact_receipt.h"

namespace qrpay::ledger {
namespace {

void try_bytes(base::ByteView bytes) {
  if (auto const receipt = parse_compact_receipt(bytes))
    QRPAY_CHECK(format_compact_receipt(*receipt) == base::as_text(bytes));
  static std::vector<VerifierKey> const keys = {
      NoteSigner::make("log.test/0/1", base::Secret(base::Bytes32{99}))->verifier_key()};
  QRPAY_CHECK(!verify_compact_receipt(bytes, {.log_keys = keys}));
}

}  // namespace
}  // namespace qrpay::ledger

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  qrpay::base::ByteView const bytes(data, size);
  std::string_view const text = qrpay::base::as_text(bytes);
  qrpay::ledger::try_bytes(bytes);
  auto const unwrapped = qrpay::ledger::parse_compact_receipt_text(text);
  if (unwrapped) {
    QRPAY_CHECK(qrpay::ledger::compact_receipt_text(*unwrapped) == text);
    qrpay::ledger::try_bytes(qrpay::base::as_bytes(*unwrapped));
  }
  if (size <= 4096) {
    auto const wrapped = qrpay::ledger::compact_receipt_text(text);
    QRPAY_CHECK(qrpay::ledger::parse_compact_receipt_text(wrapped).value() == text);
  }
  return 0;
}
