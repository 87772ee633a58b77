// Holds and batches of an import: their own time beside the stamp, and what it does to an expiry.
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using ledger::TlvReader;
namespace field = ledger::field;

constexpr std::int64_t kYesterday = kStart - base::kDay;

PutHold hold_of(ledger::AccountId const& debit, ledger::AccountId const& credit,
                std::int64_t lifetime) {
  PutHold hold{debit, credit, Vnd(100), lifetime};
  hold.occurred_at = WallTime(kYesterday);
  return hold;
}

TEST(Imported, EveryKindKeepsItsOwnTimeBesideTheStamp) {
  LedgerRig rig;
  auto const a = rig.open();
  auto const b = rig.open();
  WallTime const at(kYesterday);
  auto const time_of = [](ledger::Record const& record) {
    return TlvReader(record.body).number_or(field::kEffectiveTime, 0);
  };
  auto const hold = rig.decided("h1", hold_of(a, b, 0)).record;
  auto const other = rig.decided("h2", hold_of(a, b, 0)).record;
  auto const post = rig.decided("p1", PostHold{"h1", Vnd(40), at}).record;
  auto const released = rig.decided("v1", VoidHold{"h2", at}).record;
  PutBatch batch{{{"", Transfer{a, b, Vnd(7)}}}, at};
  auto const linked = rig.decided("b1", batch).record;
  for (auto const& record : {hold, other, post, released, linked}) {
    EXPECT_EQ(time_of(record), static_cast<std::uint64_t>(kYesterday));
    EXPECT_EQ(record.log_time, WallTime(kStart));
    EXPECT_TRUE(ledger::check_tlv(record.body));
  }
  EXPECT_EQ(rig.account(b).posted_credit, 47);
  EXPECT_EQ(rig.account(b).held_credit, 0);
  EXPECT_EQ(rig.replayed().digest(), rig.state().digest());
}

TEST(Imported, AHoldExpiresByItsOwnTimeUnlessThatIsBehind) {
  LedgerRig rig;
  auto const a = rig.open();
  auto const b = rig.open();
  auto const future = rig.decided("future", hold_of(a, b, base::kDay + base::kHour)).record;
  auto const past = rig.decided("past", hold_of(a, b, base::kDay)).record;
  EXPECT_EQ(TlvReader(future.body).number_or(field::kExpires, 0),
            static_cast<std::uint64_t>(kStart + base::kHour));
  EXPECT_FALSE(TlvReader(past.body).find(field::kExpires));
  rig.wait(2 * base::kHour);
  rig.tick();
  EXPECT_EQ(rig.outcome("v1", VoidHold{"future"}), "hold_expired");
  EXPECT_EQ(rig.outcome("v2", VoidHold{"past"}), "done");
}

TEST(Imported, AHoldOfABatchExpiresByTheTimeOfTheBatch) {
  LedgerRig rig;
  auto const a = rig.open();
  auto const b = rig.open();
  PutBatch batch{
      {{"h1", PutHold{a, b, Vnd(5), 2 * base::kDay}}, {"h2", PutHold{a, b, Vnd(5), base::kHour}}},
      WallTime(kYesterday)};
  EXPECT_EQ(rig.outcome("b1", batch), "done");
  rig.wait(3 * base::kDay);
  rig.tick();
  EXPECT_EQ(rig.outcome("v1", VoidHold{"h1"}), "hold_expired");
  EXPECT_EQ(rig.outcome("v2", VoidHold{"h2"}), "done");
}

TEST(Imported, ATimeInTheFutureIsRefusedAndTakesNoId) {
  LedgerRig rig;
  auto const a = rig.open();
  auto const b = rig.open();
  WallTime const later(kStart + 1);
  PutHold hold{a, b, Vnd(1)};
  hold.occurred_at = later;
  EXPECT_EQ(rig.outcome("h1", hold), "invalid_field");
  EXPECT_EQ(rig.outcome("h1", PutHold{a, b, Vnd(1)}), "done");
  EXPECT_EQ(rig.outcome("p1", PostHold{"h1", {}, later}), "invalid_field");
  EXPECT_EQ(rig.outcome("p1", VoidHold{"h1", later}), "invalid_field");
  EXPECT_EQ(rig.outcome("b1", PutBatch{{{"", VoidHold{"h1"}}}, later}), "invalid_field");
  EXPECT_EQ(rig.outcome("b1", PutBatch{{{"", VoidHold{"h1", WallTime(1)}}}, {}}), "invalid_field");
}

TEST(Imported, ATimeIsPartOfTheBody) {
  LedgerRig rig;
  auto const a = rig.open();
  auto const b = rig.open();
  EXPECT_EQ(rig.outcome("h1", hold_of(a, b, 0)), "done");
  EXPECT_EQ(rig.run("h1", hold_of(a, b, 0)).kind, Reply::Kind::kReplayed);
  EXPECT_EQ(rig.run("h1", PutHold{a, b, Vnd(100)}).kind, Reply::Kind::kIdReused);
  // An amount and a time are not taken for each other.
  EXPECT_EQ(rig.outcome("p1", PostHold{"h1", Vnd(7)}), "done");
  EXPECT_EQ(rig.run("p1", PostHold{"h1", {}, WallTime(7)}).kind, Reply::Kind::kIdReused);
  EXPECT_EQ(rig.outcome("b1", PutBatch{{{"", Transfer{a, b, Vnd(7)}}}, WallTime(9)}), "done");
  EXPECT_EQ(rig.run("b1", PutBatch{{{"", Transfer{a, b, Vnd(7)}}}, {}}).kind,
            Reply::Kind::kIdReused);
}

}  // namespace
}  // namespace qrpay::engine::test
