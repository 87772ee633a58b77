// General accounts and transfers between them, in the shapes that load comes in.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/engine_rig.h"

namespace qrpay::bench {

enum class Shape {
  kUniform,   ///< any account to any
  kSkewed,    ///< 80 in 100 legs are of 20 in 100 accounts
  kHot,       ///< everybody pays one merchant
  kHoldPost,  ///< a batch of holds, then a batch that posts them: two commands a payment
};

/// The same numbers give the same transfers, in every run.
class TransferWorld {
 public:
  TransferWorld(std::string const& dir, std::size_t accounts, RigOptions const& options = {});
  /// Of a ledger that another TransferWorld made.
  TransferWorld(EngineRig::Existing const& existing, std::vector<ledger::AccountId> accounts,
                RigOptions const& options = {});

  [[nodiscard]] EngineRig& rig() { return rig_; }
  [[nodiscard]] std::vector<ledger::AccountId> const& accounts() const { return accounts_; }
  /// Runs and checks the books.
  LoadResult run(LoadPlan const& plan, Shape shape);
  /// The `number`th command of all; `batch` matters to kHoldPost only.
  [[nodiscard]] engine::Command command(std::uint64_t number, Shape shape, std::size_t batch) const;
  /// A number that was not used, and `count` after it.
  [[nodiscard]] std::uint64_t take_numbers(std::uint64_t count);
  /// Synced writes of what a batch takes in the journal.
  [[nodiscard]] Floor floor(std::size_t batch, std::size_t writes);

 private:
  EngineRig rig_;
  std::vector<ledger::AccountId> accounts_;
  std::uint64_t next_;
  int floors_ = 0;
};

}  // namespace qrpay::bench
