#include "ledger/vault_settle.h"

#include <algorithm>
#include <vector>

#include "ledger/fields.h"
#include "ledger/log.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Result;

namespace {

Result<void> add_erasures(Block const& block, Sequence after, std::vector<Erasure>& out) {
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  for (std::uint32_t i = 0; i < view.count(); ++i) {
    Sequence const sequence(block.first.value() + i);
    if (sequence <= after) continue;
    QRPAY_TRY(StoredRecord const stored, decode_entry(view.entry(i), sequence));
    if (stored.record.kind != Kind::kErase) continue;
    QRPAY_TRY(auto targets,
              decode_targets(TlvReader(stored.record.body).text(field::kEraseTargets)));
    out.push_back({sequence, std::move(targets)});
  }
  return {};
}

}  // namespace

Result<void> settle_vault(Store const& journal, Vault& vault) {
  QRPAY_TRY_VOID(vault.finish());
  auto const noted = vault.announced();
  if (!noted) return {};
  Sequence const after = std::max(*noted, vault.erased_through());
  if (after < journal.last()) {
    std::vector<Erasure> erasures;
    Result<void> outcome;
    QRPAY_TRY_VOID(journal.scan(Sequence(after.value() + 1), [&](Block const& block) {
      outcome = add_erasures(block, after, erasures);
      return outcome.has_value();
    }));
    QRPAY_TRY_VOID(outcome);
    QRPAY_TRY_VOID(vault.erase(erasures));
  }
  return vault.clear_announced();
}

}  // namespace qrpay::ledger
