#include "tests/sim/disk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace qrpay::sim {

Disk::Disk(std::uint64_t seed, bool on_rocks, bool projecting) {
  if (!on_rocks && !projecting) return;
  folder_ =
      testing::TempDir() + "qrpay-sim-" + std::to_string(getpid()) + "-" + std::to_string(seed);
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  if (projecting) projections_ = folder_ + "/projections";
  if (!on_rocks) return;
  auto created = ledger::RocksStore::create(folder_ + "/journal", {.memtable_bytes = 1 << 20});
  QRPAY_CHECK(created.has_value());
  rocks_ = std::move(created).value();
}

Disk::~Disk() {
  rocks_.reset();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

ledger::Store& Disk::store() {
  if (rocks_) return *rocks_;
  return memory_;
}

void Disk::set_fault(ledger::StoreFault fault) { memory_.set_fault(fault); }

void Disk::restart() {
  memory_.restart();
  if (!rocks_) return;
  rocks_.reset();
  auto opened = ledger::RocksStore::open(folder_ + "/journal", {.memtable_bytes = 1 << 20});
  QRPAY_CHECK(opened.has_value());
  rocks_ = std::move(opened).value();
}

}  // namespace qrpay::sim
