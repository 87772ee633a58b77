// Seen by the simulation: a bank that told the same money again after 46 days, with the same bank
// time, got CONFLICT: its time had been replaced by the log's, because it was over 31 days old.
#include <gtest/gtest.h>

#include "tests/regress/world.h"

namespace qrpay::regress {
namespace {

using engine::BankCredit;
using engine::Outcome;
using engine::Reply;

TEST(Regress, TheSameMoneyToldAgainAfter46DaysIsARepeat) {
  World world;
  base::WallTime const first(1'700'000'000 * base::kSecond);
  ASSERT_EQ(world.run(world.by_operator("b", engine::RegisterBank{"Bank", {"970436"}}), first).kind,
            Reply::Kind::kDecided);
  engine::PutKey bank_key;
  bank_key.role = engine::Role::kBank;
  bank_key.scope = "b";
  Reply const key = world.run(world.by_operator("k", bank_key), first);
  ASSERT_EQ(key.kind, Reply::Kind::kDecided);

  auto const tell = [&](std::string id, base::WallTime now) {
    engine::Command command;
    command.actor = key.decided->record.sequence;
    command.tenant = world.state().key(command.actor)->tenant;
    command.id = std::move(id);
    BankCredit credit;
    credit.bank_ref = "FT1";
    credit.bin = "970436";
    credit.account = "1";
    credit.amount = base::Vnd(1'000);
    credit.occurred_at = first;
    command.payload = credit;
    Reply const reply = world.run(std::move(command), now);
    EXPECT_EQ(reply.kind, Reply::Kind::kDecided);
    return static_cast<Outcome>(reply.decided->record.outcome);
  };
  EXPECT_EQ(tell("e1", first), Outcome::kUnknownAccount);
  EXPECT_EQ(tell("e2", base::later(first, 46 * base::kDay)), Outcome::kNoticeRepeated);
}

}  // namespace
}  // namespace qrpay::regress
