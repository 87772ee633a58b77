// Records read back with their sections opened, for everything that shows them to people.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/core.h"
#include "ledger/log.h"

namespace qrpay::gateway::notify {

using DecidedPtr = std::shared_ptr<engine::Decided const>;

/// Threads: any. Cost: 20 us for a record that was not read lately.
class Records {
 public:
  Records(ledger::Log const& log, std::shared_ptr<ledger::Vault const> vault);

  /// What was erased before the start.
  void set_erased(ledger::ErasedSet erased);
  /// Answer thread, before the answers of the batch leave: what it erased is shown no more.
  void on_durable(engine::Batch const& batch);
  /// Of a record, as of what is durable.
  [[nodiscard]] ledger::SectionMask erased(base::Sequence sequence);

  /// Durable records only. Errors: kNotFound, kStoreRead, kJournalCorrupt.
  [[nodiscard]] base::Result<DecidedPtr> read(base::Sequence sequence);
  /// Visits from `from` in order until `visit` returns false or the end. Not cached.
  [[nodiscard]] base::Result<void> scan(base::Sequence from,
                                        std::function<bool(DecidedPtr const&)> const& visit);
  [[nodiscard]] ledger::Log const& log() const { return log_; }

 private:
  static constexpr std::size_t kCacheMax = 8'192;  ///< accounts, shops and open orders of a day

  ledger::Log const& log_;
  std::mutex mutex_;
  ledger::VaultCursor cursor_;
  ledger::ErasedSet erased_;
  std::unordered_map<std::uint64_t, DecidedPtr> cache_;
};

/// Text field of section `number`; "" when absent or erased.
[[nodiscard]] std::string side_text(engine::Decided const& decided, std::uint8_t number,
                                    std::uint16_t tag);

}  // namespace qrpay::gateway::notify
