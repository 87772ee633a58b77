// Holds: their life as a table, what they keep, and when a Tick ends them.
#include "engine/holds.h"

#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using ledger::AccountId;
using ledger::Limit;

class HoldsTest : public testing::Test {
 protected:
  Decided hold(std::string const& id, std::int64_t amount, std::int64_t lifetime = 0) {
    return rig_.decided(id, PutHold{from_, to_, Vnd(amount), lifetime});
  }
  [[nodiscard]] std::int64_t held() const { return rig_.account(from_).held_debit; }
  [[nodiscard]] std::int64_t posted() const { return rig_.account(from_).posted_debit; }

  LedgerRig rig_;
  AccountId const from_ = rig_.open();
  AccountId const to_ = rig_.open();
};

enum class Do { kPost, kPostLess, kPostAll, kPostMore, kVoid, kExpire };

struct Life {
  Do first;
  char const* first_outcome;  ///< "" of a Tick
  std::int64_t posted;
  char const* post_later;
  char const* void_later;
};

// A hold of 10 that expires in a minute.
constexpr Life kLives[] = {
    {Do::kPost, "done", 10, "hold_posted", "hold_posted"},
    {Do::kPostLess, "done", 4, "hold_posted", "hold_posted"},
    {Do::kPostAll, "done", 10, "hold_posted", "hold_posted"},
    {Do::kPostMore, "hold_exceeded", 0, "done", "hold_posted"},
    {Do::kVoid, "done", 0, "hold_voided", "hold_voided"},
    {Do::kExpire, "", 0, "hold_expired", "hold_expired"},
};

TEST(HoldLife, EveryCaseOfTheTable) {
  for (auto const& life : kLives) {
    SCOPED_TRACE(static_cast<int>(life.first));
    LedgerRig rig;
    AccountId const from = rig.open();
    AccountId const to = rig.open();
    rig.decided("h", PutHold{from, to, Vnd(10), base::kMinute});
    switch (life.first) {
      case Do::kPost: EXPECT_EQ(rig.outcome("1", PostHold{"h"}), life.first_outcome); break;
      case Do::kPostLess:
        EXPECT_EQ(rig.outcome("1", PostHold{"h", Vnd(4)}), life.first_outcome);
        break;
      case Do::kPostAll:
        EXPECT_EQ(rig.outcome("1", PostHold{"h", Vnd(10)}), life.first_outcome);
        break;
      case Do::kPostMore:
        EXPECT_EQ(rig.outcome("1", PostHold{"h", Vnd(11)}), life.first_outcome);
        break;
      case Do::kVoid: EXPECT_EQ(rig.outcome("1", VoidHold{"h"}), life.first_outcome); break;
      case Do::kExpire:
        rig.wait(base::kMinute);
        rig.tick();
        break;
    }
    EXPECT_EQ(rig.account(from).posted_debit, life.posted);
    EXPECT_EQ(rig.account(to).posted_credit, life.posted);
    EXPECT_EQ(rig.outcome("2", PostHold{"h"}), life.post_later);
    EXPECT_EQ(rig.outcome("3", VoidHold{"h"}), life.void_later);
    EXPECT_EQ(rig.account(from).held_debit, 0);
    EXPECT_EQ(rig.account(to).held_credit, 0);
    EXPECT_EQ(rig.state().holds().open_count(), 0U);
    EXPECT_EQ(rig.state().next_due(), std::nullopt) << "an ended hold is not due";
    EXPECT_EQ(rig.replayed().digest(), rig.state().digest());
  }
}

struct Refusal {
  char const* what;
  Payload payload;
  Errc errc;
  char const* detail;
};

TEST_F(HoldsTest, RefusesEachFaultWithItsPlace) {
  hold("known", 5);
  PutHold dollars{from_, to_, Vnd(1)};
  dollars.currency = 840;
  std::vector<Refusal> const refusals = {
      {"nothing", PutHold{from_, to_, Vnd(0)}, Errc::kInvalidField, "/amount: 1 to 9999999999999"},
      {"itself", PutHold{to_, to_, Vnd(1)}, Errc::kInvalidField,
       "/credit: the account that is debited"},
      {"a year and two months", PutHold{from_, to_, Vnd(1), 401 * base::kDay}, Errc::kInvalidField,
       "/expires_in: up to 400 days"},
      {"the past", PutHold{from_, to_, Vnd(1), -1}, Errc::kInvalidField,
       "/expires_in: up to 400 days"},
      {"nobody's", PutHold{AccountId(), to_, Vnd(1)}, Errc::kNotFound, "/debit: not opened"},
      {"to nobody", PutHold{from_, AccountId(), Vnd(1)}, Errc::kNotFound, "/credit: not opened"},
      {"dollars", dollars, Errc::kNotSupported, "/currency: only VND is settled"},
      {"a post of nothing", PostHold{"known", Vnd(0)}, Errc::kInvalidField,
       "/amount: 1 to 9999999999999"},
      {"a post of no hold", PostHold{"unknown"}, Errc::kNotFound, "/hold: no such hold"},
      {"a void of no hold", VoidHold{"unknown"}, Errc::kNotFound, "/hold: no such hold"},
  };
  for (auto const& one : refusals) {
    SCOPED_TRACE(one.what);
    Reply const reply = rig_.run("x", one.payload);
    EXPECT_EQ(reply.kind, Reply::Kind::kRefused);
    EXPECT_EQ(reply.error.errc, one.errc);
    EXPECT_EQ(reply.error.detail, one.detail);
  }
}

TEST_F(HoldsTest, AHoldKeepsMoneyFromBothSides) {
  AccountId const purse = rig_.open(Limit::kFloor);
  rig_.pay(from_, purse, 10);
  EXPECT_EQ(rig_.outcome("h1", PutHold{purse, to_, Vnd(7)}), "done");
  EXPECT_EQ(rig_.outcome("h2", PutHold{purse, to_, Vnd(4)}), "floor_reached");
  EXPECT_EQ(rig_.outcome("t1", Transfer{purse, to_, Vnd(4)}), "floor_reached");
  EXPECT_EQ(rig_.outcome("h3", PutHold{from_, purse, Vnd(100)}), "done");
  EXPECT_EQ(rig_.outcome("t2", Transfer{purse, to_, Vnd(4)}), "floor_reached")
      << "what is held for an account is no money of it yet";
  EXPECT_EQ(rig_.outcome("p1", PostHold{"h1", Vnd(5)}), "done");
  EXPECT_EQ(rig_.outcome("t3", Transfer{purse, to_, Vnd(5)}), "done") << "the rest is released";
  EXPECT_EQ(rig_.account(purse).balance(), Vnd(0));
}

TEST_F(HoldsTest, NothingIsHeldByARefusedHold) {
  AccountId const purse = rig_.open(Limit::kFloor);
  EXPECT_EQ(rig_.outcome("h", PutHold{purse, to_, Vnd(1)}), "floor_reached");
  EXPECT_EQ(rig_.outcome("p", PostHold{"h"}), "not_found");
  EXPECT_EQ(rig_.outcome("h", PutHold{purse, to_, Vnd(1)}), "floor_reached") << "final";
}

TEST_F(HoldsTest, EveryOutcomeIsRepeatedAndNoOtherBodyIsTaken) {
  hold("h", 10);
  rig_.decided("p", PostHold{"h", Vnd(4)});
  for (auto const& [id, payload] :
       {std::pair<std::string, Payload>{"h", PutHold{from_, to_, Vnd(10), 0}},
        {"p", PostHold{"h", Vnd(4)}}}) {
    Command const command = rig_.command(id, payload);
    EXPECT_EQ(rig_.run(command).kind, Reply::Kind::kReplayed) << id;
    auto const tried = rig_.try_out(command);
    EXPECT_EQ(rig_.repeat_of(command, tried.known).kind, Reply::Kind::kReplayed) << id;
  }
  EXPECT_EQ(rig_.run("h", PutHold{from_, to_, Vnd(11), 0}).kind, Reply::Kind::kIdReused);
  EXPECT_EQ(rig_.run("h", PutHold{from_, to_, Vnd(10), base::kDay}).kind, Reply::Kind::kIdReused);
  EXPECT_EQ(rig_.run("p", PostHold{"h"}).kind, Reply::Kind::kIdReused);
  EXPECT_EQ(posted(), 4);
}

TEST_F(HoldsTest, OnlyATickExpires) {
  hold("h", 10, base::kMinute);
  rig_.wait(base::kMinute - 1);
  rig_.tick();
  EXPECT_EQ(held(), 10);
  rig_.wait(base::kDay);
  EXPECT_EQ(rig_.outcome("p", PostHold{"h"}), "done") << "no Tick came";
  EXPECT_EQ(posted(), 10);
}

TEST_F(HoldsTest, ATickEndsThirtyTwoHoldsAndTellsTheirRelease) {
  for (int i = 0; i < 70; ++i) hold("h" + std::to_string(i), 1, base::kMinute);
  hold("later", 5, base::kHour);
  std::uint64_t const before = rig_.state().last().value();
  rig_.wait(base::kMinute);
  rig_.tick();
  ASSERT_EQ(rig_.state().last().value(), before + 3);
  std::size_t ended = 0;
  for (std::uint64_t n = before + 1; n <= before + 3; ++n) {
    auto const record = rig_.record(Sequence(n));
    EXPECT_EQ(record.kind, ledger::Kind::kTick);
    auto const holds = holds_ended_by(record);
    EXPECT_EQ(record.postings.size(), holds.size() * 2);
    EXPECT_LE(holds.size(), kTickHoldsMax);
    ended += holds.size();
  }
  EXPECT_EQ(ended, 70U);
  EXPECT_EQ(held(), 5);
  EXPECT_EQ(rig_.state().next_due(), WallTime(kStart + base::kHour));
  EXPECT_EQ(rig_.replayed().digest(), rig_.state().digest());
}

TEST_F(HoldsTest, BalancesFoldWithoutKnowingWhatALegIs) {
  hold("h1", 10);
  hold("h2", 20, base::kMinute);
  hold("h3", 40);
  rig_.decided("p", PostHold{"h1", Vnd(3)});
  rig_.decided("v", VoidHold{"h3"});
  rig_.wait(base::kMinute);
  rig_.tick();
  hold("h4", 80);
  std::int64_t posted_sum = 0;
  std::int64_t held_sum = 0;
  for (std::uint64_t n = 1; n <= rig_.state().last().value(); ++n)
    for (auto const& posting : rig_.record(Sequence(n)).postings)
      if (posting.account == from_)
        (posting.layer == ledger::Layer::kHeld ? held_sum : posted_sum) += posting.amount.dong();
  EXPECT_EQ(posted_sum, rig_.account(from_).balance().dong());
  EXPECT_EQ(held_sum, held());
  EXPECT_EQ(held(), 80);
}

TEST(Holds, EndsAreKeptApartOverManyRecords) {
  Holds holds;
  ledger::Record record;
  auto const from = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(1));
  auto const to = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(2));
  std::uint64_t const places[] = {3, 65'535, 65'536, 1'000'000'000'000};
  for (std::uint64_t const sequence : places) {
    record.kind = ledger::Kind::kHold;
    record.sequence = Sequence(sequence);
    record.postings = {{from, Vnd(9), ledger::kVndCurrency, ledger::Layer::kHeld},
                       {to, Vnd(-9), ledger::kVndCurrency, ledger::Layer::kHeld}};
    record.body.clear();
    holds.apply(record);
    record.kind = ledger::Kind::kVoidHold;
    std::string id;
    base::ByteWriter out(id);
    out.u64(sequence);
    out.u8(0);
    ledger::TlvWriter(record.body).text(ledger::field::kHold, id);
    record.sequence = Sequence(sequence + 1);
    holds.apply(record);
  }
  for (std::uint64_t const sequence : places) {
    auto const end = holds.ended({Sequence(sequence), 0});
    ASSERT_TRUE(end) << sequence;
    EXPECT_EQ(end->how, HoldStatus::kVoided);
    EXPECT_EQ(end->by, Sequence(sequence + 1));
    EXPECT_FALSE(holds.ended({Sequence(sequence), 1}));
  }
}

}  // namespace
}  // namespace qrpay::engine::test
