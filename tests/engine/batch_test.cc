// Linked commands: in order, together, or not at all.
#include "engine/members.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using ledger::AccountId;
using ledger::Limit;

class BatchTest : public testing::Test {
 protected:
  [[nodiscard]] BatchMember pay(AccountId const& debit, AccountId const& credit,
                                std::int64_t amount) const {
    return {{}, Transfer{debit, credit, Vnd(amount)}};
  }
  [[nodiscard]] BatchMember hold(std::string id, std::int64_t amount) const {
    return {std::move(id), PutHold{bank_, purse_, Vnd(amount)}};
  }
  static BatchMember post(std::string id) { return {{}, PostHold{std::move(id)}}; }
  static BatchMember undo(std::string id) { return {{}, VoidHold{std::move(id)}}; }

  LedgerRig rig_;
  AccountId const bank_ = rig_.open();
  AccountId const purse_ = rig_.open(Limit::kFloor);
  AccountId const shop_ = rig_.open();
};

TEST_F(BatchTest, EachSeesTheEffectsOfThoseBefore) {
  auto const record =
      rig_.decided("b1", PutBatch{{pay(bank_, purse_, 10), pay(purse_, shop_, 10)}}).record;
  EXPECT_EQ(record.postings.size(), 4U);
  EXPECT_EQ(rig_.account(shop_).balance(), Vnd(-10));
  EXPECT_EQ(rig_.outcome("b2", PutBatch{{pay(purse_, shop_, 10), pay(bank_, purse_, 10)}}),
            "floor_reached")
      << "the order counts, though the sum would do";
  EXPECT_EQ(rig_.account(shop_).balance(), Vnd(-10));
}

TEST_F(BatchTest, TheFirstThatIsRefusedIsNamedAndNothingIsPosted) {
  Sequence const before = rig_.state().last();
  auto const book = rig_.state().book().digest();
  auto const record = rig_.decided("b", PutBatch{{pay(bank_, purse_, 10), hold("h", 5),
                                                  pay(purse_, shop_, 11), post("nobody's")}})
                          .record;
  EXPECT_EQ(static_cast<Outcome>(record.outcome), Outcome::kFloorReached);
  EXPECT_EQ(ledger::TlvReader(record.body).number(ledger::field::kRefused), 2U);
  EXPECT_TRUE(record.postings.empty());
  EXPECT_EQ(rig_.state().last().value(), before.value() + 1);
  EXPECT_EQ(rig_.state().book().digest(), book);
  EXPECT_EQ(rig_.outcome("h", PutHold{bank_, purse_, Vnd(1)}), "done") << "its hold's id is free";
}

TEST_F(BatchTest, AHoldOfABatchIsAHoldLikeAnother) {
  rig_.decided("b", PutBatch{{pay(bank_, shop_, 1), hold("h1", 7), hold("h2", 8)}});
  EXPECT_EQ(rig_.account(purse_).held_credit, 15);
  EXPECT_EQ(rig_.outcome("p2", PostHold{"h2", Vnd(3)}), "done");
  EXPECT_EQ(rig_.outcome("v1", VoidHold{"h1"}), "done");
  EXPECT_EQ(rig_.outcome("v2", VoidHold{"h2"}), "hold_posted");
  EXPECT_EQ(rig_.account(purse_).balance(), Vnd(-3));
  EXPECT_EQ(rig_.run("h1", PutHold{bank_, purse_, Vnd(7)}).kind, Reply::Kind::kIdReused)
      << "the id belongs to the batch";
  EXPECT_EQ(rig_.replayed().digest(), rig_.state().digest());
  Reply const again = rig_.run("b2", PutBatch{{undo("h1"), hold("h1", 1)}});
  EXPECT_EQ(again.kind, Reply::Kind::kDecided) << "the first refused one ends it";
  Reply const taken = rig_.run("b3", PutBatch{{hold("h1", 1)}});
  EXPECT_EQ(taken.error.errc, Errc::kIdReused);
  EXPECT_EQ(taken.error.detail.substr(0, 14), "/commands/0/id");
}

TEST_F(BatchTest, WhatAMemberMadeAnotherMayEnd) {
  rig_.decided(
      "b", PutBatch{{hold("h1", 7), post("h1"), hold("h2", 5), undo("h2"), pay(purse_, shop_, 7)}});
  EXPECT_EQ(rig_.account(purse_).balance(), Vnd(0));
  EXPECT_EQ(rig_.account(purse_).held_credit, 0);
  EXPECT_EQ(rig_.state().holds().open_count(), 0U);
  EXPECT_EQ(rig_.outcome("v", VoidHold{"h1"}), "hold_posted");
  EXPECT_EQ(rig_.outcome("b2", PutBatch{{hold("h3", 1), undo("h3"), post("h3")}}), "hold_voided");
  EXPECT_EQ(rig_.outcome("v3", VoidHold{"h3"}), "not_found") << "it was never made";
}

struct Refusal {
  char const* what;
  std::vector<BatchMember> members;
  Errc errc;
  char const* detail;
};

TEST_F(BatchTest, RefusesEachFaultWithItsPlaceAndTakesNoId) {
  BatchMember dated = pay(bank_, shop_, 1);
  std::get<Transfer>(dated.what).occurred_at = WallTime(1);
  BatchMember legs = pay(bank_, shop_, 1);
  std::get<Transfer>(legs.what).legs = {{bank_, Vnd(5)}, {AccountId(), Vnd(-5)}};
  BatchMember named = pay(bank_, shop_, 1);
  named.id = "x";
  BatchMember many = pay(bank_, shop_, 1);
  for (int i = 0; i < 30; ++i) {
    std::get<Transfer>(many.what).legs.push_back({bank_, Vnd(1)});
    std::get<Transfer>(many.what).legs.push_back({shop_, Vnd(-1)});
  }
  std::vector<Refusal> const refusals = {
      {"none", {}, Errc::kInvalidField, "/commands: 1 to 32"},
      {"33", std::vector(33, pay(bank_, shop_, 1)), Errc::kInvalidField, "/commands: 1 to 32"},
      {"over 64 postings",
       {many, post("h"), pay(bank_, shop_, 1)},
       Errc::kInvalidField,
       "/commands: more than 64 postings together"},
      {"a bad amount behind a good one",
       {pay(bank_, shop_, 1), pay(bank_, shop_, 0)},
       Errc::kInvalidField,
       "/commands/1/amount: 1 to 9999999999999"},
      {"a hold without id",
       {hold("", 1)},
       Errc::kInvalidField,
       "/commands/0/id: of a hold, and of nothing else"},
      {"a transfer with id",
       {named},
       Errc::kInvalidField,
       "/commands/0/id: of a hold, and of nothing else"},
      {"an id twice",
       {hold("h", 1), hold("h", 1)},
       Errc::kInvalidField,
       "/commands/1/id: named twice"},
      {"an import", {dated}, Errc::kInvalidField, "/commands/0/occurred_at: not in a batch"},
      {"a leg to nobody",
       {pay(bank_, shop_, 1), legs},
       Errc::kNotFound,
       "/commands/1/legs/1/account: not opened"},
      {"no hold", {undo("unknown")}, Errc::kNotFound, "/commands/0/hold: no such hold"},
  };
  Sequence const before = rig_.state().last();
  for (auto const& one : refusals) {
    SCOPED_TRACE(one.what);
    Reply const reply = rig_.run("b", PutBatch{one.members});
    EXPECT_EQ(reply.kind, Reply::Kind::kRefused);
    EXPECT_EQ(reply.error.errc, one.errc);
    EXPECT_EQ(reply.error.detail, one.detail);
  }
  EXPECT_EQ(rig_.state().last(), before);
  EXPECT_EQ(rig_.outcome("b", PutBatch{{pay(bank_, shop_, 1)}}), "done");
}

TEST_F(BatchTest, ThirtyTwoMembersAreOneRecord) {
  std::vector<BatchMember> members;
  for (int i = 0; i < 32; ++i) members.push_back(hold("h" + std::to_string(i), 1));
  auto const record = rig_.decided("b", PutBatch{members}).record;
  EXPECT_EQ(record.postings.size(), 64U);
  EXPECT_EQ(holds_made_by(record).size(), 32U);
  std::string bytes;
  ledger::encode_record(record, bytes);
  EXPECT_LT(bytes.size(), ledger::kRecordBytesMax);
  EXPECT_EQ(rig_.outcome("v", VoidHold{"h31"}), "done");
}

TEST_F(BatchTest, ARepeatIsTheFirstAnswerAndAnotherBodyIsNot) {
  PutBatch const batch{{pay(bank_, purse_, 10), hold("h", 5)}};
  rig_.decided("b", batch);
  EXPECT_EQ(rig_.run("b", batch).kind, Reply::Kind::kReplayed);
  PutBatch turned = batch;
  std::swap(turned.members[0], turned.members[1]);
  EXPECT_EQ(rig_.run("b", turned).kind, Reply::Kind::kIdReused);
}

TEST(Members, CutBytesGiveTheMembersBeforeTheCut) {
  std::vector<Member> members(3);
  members[0] = {.kind = ledger::Kind::kTransfer, .amount = Vnd(1), .postings = 2};
  members[1] = {.kind = ledger::Kind::kHold, .amount = Vnd(2), .postings = 2};
  members[2] = {.kind = ledger::Kind::kPost, .amount = Vnd(3), .postings = 4};
  std::string const bytes = encode_members(members);
  for (std::size_t n = 0; n <= bytes.size(); ++n)
    EXPECT_LE(decode_members(std::string_view(bytes).substr(0, n)).size(), 3U);
  EXPECT_EQ(decode_members(bytes).size(), 3U);
  EXPECT_EQ(decode_members(std::string_view(bytes).substr(0, bytes.size() - 1)).size(), 2U);
}

}  // namespace
}  // namespace qrpay::engine::test
