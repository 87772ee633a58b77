#include "ledger/rocks_index_run.h"

namespace qrpay::ledger {

std::size_t Run::bytes() const {
  // A table of tags is three quarters full on average, and has a byte beside each place.
  constexpr std::size_t kId = (sizeof(IdTag) + sizeof(Sequence) + 1) * 4 / 3;
  constexpr std::size_t kMoney = (sizeof(MoneyTag) + sizeof(KnownMoney) + 1) * 4 / 3;
  return (ids.size() + pages.size()) * kId + money.size() * kMoney +
         postings.size() * sizeof(TailPosting) + payments.size() * sizeof(TailPayment) +
         terms.size() * sizeof(Terms) + row_bytes;
}

}  // namespace qrpay::ledger
