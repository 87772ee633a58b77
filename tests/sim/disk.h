// The disk of a run: in memory with faults, or a real journal in a folder of its own.
#pragma once

#include <memory>
#include <string>

#include "ledger/memory_store.h"
#include "ledger/rocks_store.h"

namespace qrpay::sim {

class Disk {
 public:
  Disk(std::uint64_t seed, bool on_rocks, bool projecting);
  ~Disk();
  Disk(Disk const&) = delete;
  Disk& operator=(Disk const&) = delete;

  [[nodiscard]] ledger::Store& store();
  /// The next append meets `fault`; nothing on a real journal.
  void set_fault(ledger::StoreFault fault);
  /// Where projections may lie; "" when there are none.
  [[nodiscard]] std::string const& projections() const { return projections_; }
  /// As if the process ended and began again. Nothing may hold on to store().
  void restart();

 private:
  std::string folder_;  ///< of the real journal and the projections
  std::string projections_;
  std::unique_ptr<ledger::RocksStore> rocks_;
  ledger::MemoryStore memory_;
};

}  // namespace qrpay::sim
