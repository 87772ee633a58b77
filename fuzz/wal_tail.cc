// Any bytes as a write-ahead log. Property: what is said to check does so by itself, and more bytes
// after it change nothing of that.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "ledger/wal_tail.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using qrpay::ledger::WalEnd;
  std::string_view const bytes = qrpay::base::as_text({data, size});
  auto const tail = qrpay::ledger::read_wal_tail(bytes);
  QRPAY_CHECK(tail.good_bytes <= size);
  auto const kept = qrpay::ledger::read_wal_tail(bytes.substr(0, tail.good_bytes));
  QRPAY_CHECK(kept.end == WalEnd::kWhole);
  QRPAY_CHECK(kept.good_bytes == tail.good_bytes && kept.good_records == tail.good_records);
  return 0;
}
