// Any bytes as a list of banks: refused with a place, or every row is found again by its number.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "qr/banks.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace qrpay;
  std::string_view const text = base::as_text(base::ByteView(data, size));
  auto const banks = qr::BankDirectory::parse(text);
  if (!banks) {
    QRPAY_CHECK(!banks.error().detail.empty());
    return 0;
  }
  QRPAY_CHECK(banks->all().size() <= qr::kBankRowsMax);
  for (qr::Bank const& bank : banks->all()) {
    QRPAY_CHECK(bank.bin.size() == 6 && !bank.short_name.empty() && !bank.name.empty());
    QRPAY_CHECK(banks->by_bin(bank.bin) == &bank);
    QRPAY_CHECK(banks->find(bank.bin) != nullptr);
  }
  return 0;
}
