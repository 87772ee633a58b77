// The smallest ledger a regression needs: an engine core in memory, with an operator's key.
#pragma once

#include <memory>
#include <string>

#include "engine/core.h"
#include "ledger/memory_store.h"

namespace qrpay::regress {

class World {
 public:
  World();

  /// Decides one command at `now` and makes it durable.
  engine::Reply run(engine::Command command, base::WallTime now);
  /// A command of the operator.
  [[nodiscard]] engine::Command by_operator(std::string id, engine::Payload payload) const;
  [[nodiscard]] engine::State const& state() const { return core_->state(); }
  [[nodiscard]] base::Sequence operator_key() const { return operator_key_; }

 private:
  ledger::Tagger tagger_;
  std::shared_ptr<ledger::Vault const> vault_;
  ledger::MemoryStore store_;
  ledger::Log log_;
  ledger::VaultCursor cursor_;
  std::unique_ptr<engine::Core> core_;
  base::Sequence operator_key_;
};

}  // namespace qrpay::regress
