// Erase: what may be taken away, and in which parts.
#include "engine/decide_families.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
using base::Errc;
using base::fail;

// It never looks at what it erases, only at numbers: the records may not be synced yet.
base::Result<Draft> decide_family(Erase const& c, Context const& context) {
  if (context.command().revision > 1 && context.first_revision() == Sequence(0))
    return fail(Errc::kNotFound, "the first part was not erased");
  if (c.targets.empty()) return fail(Errc::kNotFound, "nothing to erase");
  if (c.targets.size() > ledger::kEraseTargetsMax)
    return fail(Errc::kTooLarge, "too many targets for one record");
  if (!ledger::are_ordered(c.targets)) return fail(Errc::kInvalidField, "/records: not ordered");
  if (c.targets.front().first <= Sequence(1))
    return fail(Errc::kInvalidField, "/records: the genesis is nobody's");
  if (c.targets.back().last() > context.state.last().value())
    return fail(Errc::kNotFound, "/records: no such record");
  std::uint64_t records = 0;
  for (auto const& target : c.targets) records += target.count;
  if (records > ledger::kEraseRecordsMax)
    return fail(Errc::kTooLarge, "too many records for one record");
  if (c.parts == 0) return fail(Errc::kInvalidField, "/parts: from 1");
  Draft draft;
  draft.kind = ledger::Kind::kErase;
  ledger::TlvWriter body(draft.body);
  if (context.command().revision > 1) {
    body.u32(field::kRevision, context.command().revision);
    body.u64(field::kAmends, context.first_revision().value());
  }
  body.text(field::kEraseTargets, ledger::encode_targets(c.targets));
  if (c.parts > 1) body.u32(field::kEraseParts, c.parts);
  return draft;
}

}  // namespace qrpay::engine
