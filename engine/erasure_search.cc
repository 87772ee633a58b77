#include "engine/erasure_search.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::engine {

namespace field = ledger::field;
namespace side = ledger::side;
using base::Result;
using ledger::EraseTarget;
using ledger::Kind;
using ledger::TlvReader;

namespace {

bool has_payer(Kind kind) { return kind == Kind::kBankCredit || kind == Kind::kIdReuse; }

bool is_of(std::string_view section, PayerAccount const& payer) {
  TlvReader const text(section);
  std::string_view const bin = text.text(side::kPayerBin);
  bool const same_bank = bin.empty() || payer.bin.empty() || bin == payer.bin;
  return same_bank && text.text(side::kPayerAccount) == payer.number;
}

bool allocates_to(TlvReader const& body, Sequence order) {
  base::ByteReader allocations(base::as_bytes(body.text(field::kAllocations)));
  while (allocations.remaining() >= 16) {
    if (allocations.u64() == order.value()) return true;
    static_cast<void>(allocations.i64());
  }
  return false;
}

}  // namespace

Result<std::vector<EraseTarget>> find_payer(ledger::Log const& log, ledger::VaultCursor& cursor,
                                            PayerAccount const& payer,
                                            ledger::SectionMask sections) {
  std::vector<EraseTarget> found;
  QRPAY_TRY_VOID(log.scan(Sequence(1), [&](ledger::StoredRecord const& stored) {
    if (!has_payer(stored.record.kind)) return true;
    for (auto const& section : stored.side) {
      if (section.number != ledger::kSectionPayer) continue;
      auto const text = cursor.open(stored.record.sequence, section);
      if (text && is_of(*text, payer)) found.push_back({stored.record.sequence, 1, sections});
    }
    return true;
  }));
  return ledger::ordered(std::move(found));
}

Result<std::vector<EraseTarget>> find_order(ledger::Log const& log, Sequence order,
                                            ledger::SectionMask sections) {
  std::set<std::uint64_t> records;
  QRPAY_TRY_VOID(log.scan(order, [&](ledger::StoredRecord const& stored) {
    std::uint64_t const sequence = stored.record.sequence.value();
    TlvReader const body(stored.record.body);
    bool const notice = has_payer(stored.record.kind);
    bool const repeats = notice && records.contains(body.number_or(field::kOriginal, 0));
    if (sequence == order.value() || repeats || (notice && allocates_to(body, order)))
      records.insert(sequence);
    return true;
  }));
  std::vector<EraseTarget> found;
  for (auto const record : records) found.push_back({Sequence(record), 1, sections});
  return ledger::ordered(std::move(found));
}

std::vector<std::vector<EraseTarget>> cut_into_parts(std::vector<EraseTarget> const& targets) {
  std::vector<std::vector<EraseTarget>> parts;
  std::uint64_t room = 0;
  for (auto rest : targets) {
    while (rest.count > 0) {
      if (room == 0 || parts.back().size() == ledger::kEraseTargetsMax) {
        parts.emplace_back();
        room = ledger::kEraseRecordsMax;
      }
      EraseTarget const piece{rest.first,
                              static_cast<std::uint32_t>(std::min<std::uint64_t>(rest.count, room)),
                              rest.sections};
      parts.back().push_back(piece);
      room -= piece.count;
      rest.first = Sequence(rest.first.value() + piece.count);
      rest.count -= piece.count;
    }
  }
  return parts;
}

}  // namespace qrpay::engine
