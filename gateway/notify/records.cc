#include "gateway/notify/records.h"

#include <functional>

#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::notify {

Records::Records(ledger::Log const& log, std::shared_ptr<ledger::Vault const> vault)
    : log_(log), cursor_(std::move(vault)) {}

void Records::set_erased(ledger::ErasedSet erased) {
  std::lock_guard const lock(mutex_);
  erased_ = std::move(erased);
  cache_.clear();
}

void Records::on_durable(engine::Batch const& batch) {
  for (auto const& entry : batch.entries) {
    ledger::Record const& record = entry.decided->record;
    if (record.kind != ledger::Kind::kErase) continue;
    auto const targets =
        ledger::decode_targets(ledger::TlvReader(record.body).text(ledger::field::kEraseTargets));
    if (!targets) continue;  // never of our own making
    std::lock_guard const lock(mutex_);
    for (auto const& target : *targets) erased_.add(target);
    cache_.clear();
  }
}

ledger::SectionMask Records::erased(base::Sequence sequence) {
  std::lock_guard const lock(mutex_);
  return erased_.mask(sequence);
}

base::Result<DecidedPtr> Records::read(base::Sequence sequence) {
  {
    std::lock_guard const lock(mutex_);
    if (auto const found = cache_.find(sequence.value()); found != cache_.end())
      return found->second;
  }
  QRPAY_TRY(ledger::StoredRecord const stored, log_.read(sequence));
  std::lock_guard const lock(mutex_);
  if (cache_.size() >= kCacheMax) cache_.clear();
  DecidedPtr decided = engine::open_sections(stored, cursor_, erased_.mask(sequence));
  cache_.emplace(sequence.value(), decided);
  return decided;
}

base::Result<void> Records::scan(base::Sequence from,
                                 std::function<bool(DecidedPtr const&)> const& visit) {
  return log_.scan(from, [&](ledger::StoredRecord const& stored) {
    DecidedPtr decided;
    {
      std::lock_guard const lock(mutex_);
      decided = engine::open_sections(stored, cursor_, erased_.mask(stored.record.sequence));
    }
    return visit(decided);
  });
}

std::string side_text(engine::Decided const& decided, std::uint8_t number, std::uint16_t tag) {
  for (auto const& section : decided.sections)
    if (section.number == number) return std::string(ledger::TlvReader(section.text).text(tag));
  return {};
}

}  // namespace qrpay::gateway::notify
