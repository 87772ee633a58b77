// Store in memory, with faults on demand. For tests and the simulation.
#pragma once

#include <map>
#include <mutex>

#include "ledger/store.h"

namespace qrpay::ledger {

enum class StoreFault {
  kNone,
  kFailBefore,  ///< the append fails and nothing survives a crash
  kFailAfter,   ///< the append fails and all survives a crash
};

class MemoryStore : public Store {
 public:
  [[nodiscard]] base::Result<Sequence> append(std::span<Block const> batch) override;
  [[nodiscard]] Sequence last() const override;
  [[nodiscard]] base::Result<Block> read_block(Sequence sequence) const override;
  [[nodiscard]] base::Result<void> scan(Sequence from, Visit const& visit) const override;

  /// The next append meets `fault`.
  void set_fault(StoreFault fault);
  /// As if the process ended and opened the store again: a failed append is settled.
  void restart();
  /// Changes stored bytes, so that damage can be tested. Requires: a block starts at `first`.
  void overwrite(Sequence first, std::string bytes);

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Block> blocks_;
  Sequence last_;
  std::map<std::uint64_t, Block> pending_;
  StoreFault fault_ = StoreFault::kNone;
  bool failed_ = false;
};

}  // namespace qrpay::ledger
