// Transfers with many legs, imports, closed accounts: what is refused, and what it says.
#include <limits>

#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using ledger::AccountId;
using ledger::Limit;
using ledger::Sides;

struct Refusal {
  char const* what;
  Transfer transfer;
  Errc errc;
  char const* detail;
};

Transfer along(std::vector<TransferLeg> legs) {
  Transfer transfer;
  transfer.legs = std::move(legs);
  return transfer;
}

TEST(LedgerTransfer, RefusesEachFaultWithItsPlaceAndTakesNoId) {
  LedgerRig rig;
  AccountId const a = rig.open();
  AccountId const b = rig.open();
  AccountId const c = ledger::account_id(ledger::AccountClass::kSales, Sequence(1));
  Vnd const most = base::kAmountMax;
  Vnd const less_than_least(-most.dong() - 1);
  auto with = [](Transfer transfer, auto const& change) {
    change(transfer);
    return transfer;
  };
  auto const at = [&](std::int64_t time) {
    return with({a, b, Vnd(1)}, [&](Transfer& t) { t.occurred_at = WallTime(time); });
  };
  std::vector<Refusal> const refusals = {
      {"nothing", {a, b, Vnd(0)}, Errc::kInvalidField, "/amount: 1 to 9999999999999"},
      {"14 digits",
       {a, b, Vnd(most.dong() + 1)},
       Errc::kInvalidField,
       "/amount: 1 to 9999999999999"},
      {"itself", {a, a, Vnd(1)}, Errc::kInvalidField, "/credit: the account that is debited"},
      {"nobody's debit", {c, b, Vnd(1)}, Errc::kNotFound, "/debit: not opened"},
      {"nobody's credit", {a, c, Vnd(1)}, Errc::kNotFound, "/credit: not opened"},
      {"one leg", along({{a, Vnd(1)}}), Errc::kInvalidField, "/legs: 2 to 64"},
      {"65 legs", along(std::vector<TransferLeg>(65, {a, Vnd(1)})), Errc::kInvalidField,
       "/legs: 2 to 64"},
      {"a leg of nothing", along({{a, Vnd(1)}, {b, Vnd(0)}}), Errc::kInvalidField,
       "/legs/1/amount: 1 to 9999999999999, either sign"},
      {"a leg of too much", along({{a, less_than_least}, {b, Vnd(1)}}), Errc::kInvalidField,
       "/legs/0/amount: 1 to 9999999999999, either sign"},
      {"uneven", along({{a, Vnd(5)}, {b, Vnd(-4)}}), Errc::kInvalidField,
       "/legs: debits and credits are not the same"},
      {"debits of 14 digits",
       along({{a, most}, {a, most}, {b, Vnd(-most.dong())}, {b, Vnd(-most.dong())}}),
       Errc::kInvalidField, "/legs: debits over 9999999999999"},
      {"one account", along({{a, Vnd(5)}, {a, Vnd(-5)}}), Errc::kInvalidField,
       "/legs: all of one account"},
      {"a leg of nobody's", along({{a, Vnd(5)}, {c, Vnd(-5)}}), Errc::kNotFound,
       "/legs/1/account: not opened"},
      {"dollars", with({a, b, Vnd(1)}, [](Transfer& t) { t.currency = 840; }), Errc::kNotSupported,
       "/currency: only VND is settled"},
      {"the future", at(rig.now() + 1), Errc::kInvalidField,
       "/occurred_at: in the future, or before 1970"},
      {"before 1970", at(-1), Errc::kInvalidField, "/occurred_at: in the future, or before 1970"},
  };
  Sequence const before = rig.state().last();
  for (auto const& one : refusals) {
    SCOPED_TRACE(one.what);
    Reply const reply = rig.run("t", one.transfer);
    EXPECT_EQ(reply.kind, Reply::Kind::kRefused);
    EXPECT_EQ(reply.error.errc, one.errc);
    EXPECT_EQ(reply.error.detail, one.detail);
  }
  EXPECT_EQ(rig.state().last(), before);
  EXPECT_EQ(rig.outcome("t", Transfer{a, b, Vnd(1)}), "done") << "the id is still free";
}

TEST(LedgerTransfer, ManyLegsStandOrFallTogether) {
  LedgerRig rig;
  AccountId const bank = rig.open();
  AccountId const purse = rig.open(Limit::kFloor);
  AccountId const fees = rig.open();
  rig.pay(bank, purse, 100);
  auto const paid = rig.decided(
      "t1", along({{purse, Vnd(98)}, {purse, Vnd(2)}, {bank, Vnd(-98)}, {fees, Vnd(-2)}}));
  EXPECT_EQ(paid.record.amount, Vnd(100)) << "the sum of its debits";
  EXPECT_EQ(paid.record.postings.size(), 4U);
  EXPECT_EQ(rig.account(purse).balance(), Vnd(0));
  EXPECT_EQ(rig.account(fees).balance(), Vnd(-2));
  EXPECT_EQ(rig.outcome("t2", along({{purse, Vnd(1)}, {bank, Vnd(-1)}})), "floor_reached");
  EXPECT_EQ(rig.outcome("t2", along({{purse, Vnd(1)}, {bank, Vnd(-1)}})), "floor_reached")
      << "final";
  EXPECT_EQ(rig.account(bank).posted_debit, 100);
  EXPECT_EQ(rig.outcome(
                "t3", along({{purse, Vnd(5)}, {purse, Vnd(-5)}, {bank, Vnd(-1)}, {fees, Vnd(1)}})),
            "done")
      << "an account is tried with all its legs";
}

TEST(LedgerTransfer, SixtyFourLegsAreOneRecord) {
  LedgerRig rig;
  AccountId const from = rig.open();
  std::vector<TransferLeg> legs{{from, Vnd(63)}};
  for (int i = 0; i < 63; ++i) legs.push_back({rig.open(), Vnd(-1)});
  EXPECT_EQ(rig.decided("t", along(legs)).record.postings.size(), 64U);
}

TEST(LedgerTransfer, EachLimitHasItsOutcome) {
  LedgerRig rig;
  AccountId const free = rig.open();
  EXPECT_EQ(rig.outcome("t1", Transfer{rig.open(Limit::kFloor), free, Vnd(1)}), "floor_reached");
  EXPECT_EQ(rig.outcome("t2", Transfer{free, rig.open(Limit::kCeiling), Vnd(1)}),
            "ceiling_reached");
  AccountId const closed = rig.open();
  EXPECT_EQ(rig.outcome("c", CloseAccount{closed, Sides::kCredit, false}), "done");
  EXPECT_EQ(rig.outcome("t3", Transfer{free, closed, Vnd(1)}), "account_closed");
  EXPECT_EQ(rig.outcome("t4", Transfer{closed, free, Vnd(1)}), "done") << "the other side";
}

/// Accounts 1 and 2, and 2^63 - 6 dong from one to the other: more than commands could ever move.
State nearly_full() {
  State state;
  ledger::Record record;
  for (std::uint64_t sequence = 1; sequence <= 2; ++sequence) {
    record = {};
    record.kind = ledger::Kind::kOpenAccount;
    record.sequence = Sequence(sequence);
    ledger::TlvWriter body(record.body);
    body.u8(ledger::field::kAccountType, static_cast<std::uint8_t>(AccountType::kGeneral));
    body.u8(ledger::field::kLimit, 0);
    state.apply(record, "");
  }
  record = {};
  record.kind = ledger::Kind::kTransfer;
  record.sequence = Sequence(3);
  Vnd const all(std::numeric_limits<std::int64_t>::max() - 5);
  auto const from = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(1));
  auto const to = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(2));
  record.postings = {{from, all}, {to, Vnd(-all.dong())}};
  state.apply(record, "");
  return state;
}

TEST(LedgerTransfer, ATotalThatWouldLeave63BitsHasItsOutcome) {
  State const state = nearly_full();
  ledger::Tagger const tagger(secret_of(1));
  auto const from = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(1));
  auto const to = ledger::account_id(ledger::AccountClass::kGeneral, Sequence(2));
  for (auto const& [amount, outcome] : {std::pair{5, Outcome::kDone}, {6, Outcome::kTotalsFull}}) {
    Command command;
    command.id = "t";
    command.payload = Transfer{from, to, Vnd(amount)};
    auto const draft = decide(state, prepare(command, tagger), {WallTime(1), Sequence(4)}, nullptr);
    ASSERT_TRUE(draft);
    EXPECT_EQ(draft->outcome, outcome) << amount;
    EXPECT_EQ(draft->postings.empty(), outcome != Outcome::kDone);
  }
}

TEST(LedgerTransfer, AnImportKeepsItsOwnTimeBesideTheStamp) {
  LedgerRig rig;
  AccountId const a = rig.open();
  AccountId const b = rig.open();
  Transfer old{a, b, Vnd(5)};
  old.occurred_at = WallTime(base::kDay);
  auto const record = rig.decided("old", old).record;
  EXPECT_EQ(record.log_time, WallTime(rig.now()));
  EXPECT_EQ(ledger::TlvReader(record.body).number(ledger::field::kEffectiveTime),
            static_cast<std::uint64_t>(base::kDay));
  Transfer other = old;
  other.occurred_at = WallTime(base::kDay + 1);
  EXPECT_EQ(rig.run("old", other).kind, Reply::Kind::kIdReused) << "the time is of the body";
  EXPECT_EQ(rig.run("old", old).kind, Reply::Kind::kReplayed);
}

TEST(LedgerTransfer, WhatIsWrittenInTwoFormsIsTwoBodies) {
  LedgerRig rig;
  AccountId const a = rig.open();
  AccountId const b = rig.open();
  rig.decided("t", Transfer{a, b, Vnd(5)});
  EXPECT_EQ(rig.run("t", along({{a, Vnd(5)}, {b, Vnd(-5)}})).kind, Reply::Kind::kIdReused);
}

// --- closing ----------------------------------------------------------------------------------

struct Closing {
  char const* what;
  std::int64_t balance;
  std::int64_t held;
  bool with_balance;
  Sides closed_before;
  Sides sides;
  char const* outcome;
};

constexpr Closing kClosings[] = {
    {"an empty account", 0, 0, false, Sides::kNone, Sides::kBoth, "done"},
    {"one side", 0, 0, false, Sides::kNone, Sides::kDebit, "done"},
    {"the other side later", 0, 0, false, Sides::kDebit, Sides::kCredit, "done"},
    {"both where one is closed", 0, 0, false, Sides::kDebit, Sides::kBoth, "done"},
    {"a closed side", 0, 0, false, Sides::kDebit, Sides::kDebit, "account_closed"},
    {"a side of a closed account", 0, 0, true, Sides::kBoth, Sides::kCredit, "account_closed"},
    {"a balance", 5, 0, false, Sides::kNone, Sides::kBoth, "balance_left"},
    {"a balance, one side", 5, 0, false, Sides::kNone, Sides::kCredit, "balance_left"},
    {"a hold", 0, 5, false, Sides::kNone, Sides::kBoth, "holds_left"},
    {"both", 5, 5, false, Sides::kNone, Sides::kBoth, "balance_left"},
    {"both, as asked", 5, 5, true, Sides::kNone, Sides::kBoth, "done"},
};

TEST(LedgerClosing, EveryCaseOfTheTable) {
  for (auto const& one : kClosings) {
    SCOPED_TRACE(one.what);
    LedgerRig rig;
    AccountId const account = rig.open();
    AccountId const other = rig.open();
    if (one.balance != 0) rig.pay(account, other, one.balance);
    if (one.held != 0) {
      EXPECT_EQ(rig.outcome("h", PutHold{account, other, Vnd(one.held)}), "done");
    }
    if (one.closed_before != Sides::kNone) {
      EXPECT_EQ(rig.outcome("c0", CloseAccount{account, one.closed_before, true}), "done");
    }
    EXPECT_EQ(rig.outcome("c1", CloseAccount{account, one.sides, one.with_balance}), one.outcome);
    bool const done = std::string_view(one.outcome) == "done";
    EXPECT_EQ(rig.account(account).closed,
              done ? one.closed_before | one.sides : one.closed_before);
    EXPECT_EQ(rig.replayed().digest(), rig.state().digest());
  }
}

TEST(LedgerClosing, RefusesWhatIsNotAnAccountOrASide) {
  LedgerRig rig;
  AccountId const sales = ledger::account_id(ledger::AccountClass::kSales, Sequence(1));
  EXPECT_EQ(rig.outcome("c", CloseAccount{sales, Sides::kBoth, true}), "not_found")
      << "the chart's own are never closed: a bank's money must find its place";
  EXPECT_EQ(rig.outcome("c", CloseAccount{rig.open(), Sides::kNone, false}), "invalid_field");
  EXPECT_EQ(rig.outcome("c", CloseAccount{rig.open(), static_cast<Sides>(4), false}),
            "invalid_field");
}

TEST(LedgerClosing, WhatIsHeldOnAClosedAccountCanOnlyGoBack) {
  LedgerRig rig;
  AccountId const account = rig.open();
  AccountId const other = rig.open();
  rig.decided("h1", PutHold{account, other, Vnd(5)});
  rig.decided("h2", PutHold{account, other, Vnd(6), base::kSecond});
  rig.decided("close", CloseAccount{account, Sides::kDebit, true});
  EXPECT_EQ(rig.outcome("p1", PostHold{"h1"}), "account_closed");
  EXPECT_EQ(rig.outcome("h3", PutHold{account, other, Vnd(1)}), "account_closed");
  EXPECT_EQ(rig.outcome("v1", VoidHold{"h1"}), "done");
  rig.wait(base::kSecond);
  rig.tick();
  EXPECT_EQ(rig.account(account).held_debit, 0);
  EXPECT_EQ(rig.outcome("v2", VoidHold{"h2"}), "hold_expired");
}

}  // namespace
}  // namespace qrpay::engine::test
