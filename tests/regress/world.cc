#include "tests/regress/world.h"

#include <gtest/gtest.h>

#include <optional>

namespace qrpay::regress {

namespace {

base::Secret secret_of(std::uint8_t byte) {
  base::Bytes32 bytes;
  bytes.fill(byte);
  return base::Secret(bytes);
}

}  // namespace

World::World()
    : tagger_(secret_of(1)),
      vault_(ledger::Vault::in_memory(secret_of(2))),
      log_(store_, std::nullopt),
      cursor_(vault_) {
  auto state = engine::replay_state(log_, vault_);
  core_ = std::make_unique<engine::Core>(std::move(*state), log_, vault_, tagger_);
  engine::Command command;
  command.id = "operator";
  command.payload = engine::PutKey{engine::Role::kOperator, "", {}, {}, false};
  operator_key_ = run(std::move(command), base::WallTime(1)).decided->record.sequence;
}

engine::Reply World::run(engine::Command command, base::WallTime now) {
  engine::Reply answer;
  core_->process(engine::prepare(std::move(command), tagger_), now,
                 [&answer](engine::Reply const& reply) { answer = reply; });
  auto const batch = core_->take_batch();
  if (!batch->entries.empty()) {
    EXPECT_TRUE(log_.append(engine::seal(*batch, cursor_)).has_value());
  }
  core_->settle(base::Sequence(log_.size()));
  for (auto const& release : batch->releases) release();
  return answer;
}

engine::Command World::by_operator(std::string id, engine::Payload payload) const {
  engine::Command command;
  command.actor = operator_key_;
  command.id = std::move(id);
  command.payload = std::move(payload);
  return command;
}

}  // namespace qrpay::regress
