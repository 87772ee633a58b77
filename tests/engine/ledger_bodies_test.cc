// The bytes below are final: bodies, postings and body-tag messages of holds, batches, closings and
// imports. Written by hand from docs/formats/record.md.
#include "ledger/fields.h"
#include "tests/engine/ledger_rig.h"

namespace qrpay::engine::test {
namespace {

using base::to_hex;
using ledger::AccountId;

/// Accounts are those that records 3 and 4 opened; the next record is 5.
class LedgerBodies : public testing::Test {
 protected:
  std::string body(std::string id, Payload payload) {
    last_ = rig_.decided(std::move(id), std::move(payload)).record;
    return to_hex(base::as_bytes(last_.body));
  }
  [[nodiscard]] std::string postings() const {
    std::string bytes;
    ledger::encode_record(last_, bytes);
    std::string_view const all(bytes);
    return to_hex(base::as_bytes(
        all.substr(ledger::kRecordHeaderBytes, last_.postings.size() * ledger::kPostingBytes)));
  }
  [[nodiscard]] std::string canonical(Payload payload) const {
    return to_hex(
        base::as_bytes(prepare(rig_.command("x", std::move(payload)), rig_.tagger()).canonical));
  }
  [[nodiscard]] std::string hold_tag(std::string const& id) const {
    return to_hex(rig_.tagger()
                      .id_tag({.tenant = Sequence(0),
                               .kind = ledger::Kind::kHold,
                               .id = id,
                               .revision = 1})
                      .newest.value());
  }

  LedgerRig rig_;
  AccountId const a_ = rig_.open();
  AccountId const b_ = rig_.open();
  ledger::Record last_;
};

constexpr char kA[] = "00000008" "00000000" "0000000000000003";
constexpr char kB[] = "00000008" "00000000" "0000000000000004";

TEST_F(LedgerBodies, AHoldAndItsExpiry) {
  EXPECT_EQ(body("h1", PutHold{a_, b_, Vnd(9)}), "");
  EXPECT_EQ(postings(), std::string(kA) + "0000000000000009" "02c0" "02" "01" +
                            kB + "fffffffffffffff7" "02c0" "02" "01");
  EXPECT_EQ(body("h2", PutHold{a_, b_, Vnd(9), base::kMinute}),
            "0040" "0008" "0006608b04f2b700");  // 1,795,000,060 s
}

TEST_F(LedgerBodies, TheEndsOfAHold) {
  body("h1", PutHold{a_, b_, Vnd(9)});
  body("h2", PutHold{a_, b_, Vnd(9)});
  EXPECT_EQ(body("p", PostHold{"h1", Vnd(5)}), "0066" "0009" "0000000000000005" "00");
  EXPECT_EQ(postings(), std::string(kA) + "fffffffffffffff7" "02c0" "02" "0d" +
                            kB + "0000000000000009" "02c0" "02" "0d" +
                            kA + "0000000000000005" "02c0" "01" "01" +
                            kB + "fffffffffffffffb" "02c0" "01" "01");
  EXPECT_EQ(body("v", VoidHold{"h2"}), "0066" "0009" "0000000000000006" "00");
  EXPECT_EQ(postings(), std::string(kA) + "fffffffffffffff7" "02c0" "02" "0d" +
                            kB + "0000000000000009" "02c0" "02" "0d");
}

TEST_F(LedgerBodies, ATickThatEndsHolds) {
  body("h1", PutHold{a_, b_, Vnd(9), base::kMinute});
  body("b", PutBatch{{{{}, Transfer{a_, b_, Vnd(1)}},
                      {"h2", PutHold{a_, b_, Vnd(9), base::kMinute}}}});
  rig_.wait(base::kMinute);
  rig_.tick();
  EXPECT_EQ(to_hex(base::as_bytes(rig_.record(Sequence(7)).body)),
            "0065" "0008" "0006608b04f2b700"
            "0067" "0012" "0000000000000005" "00" "0000000000000006" "01");
}

TEST_F(LedgerBodies, ABatch) {
  body("h1", PutHold{a_, b_, Vnd(9)});
  EXPECT_EQ(body("b", PutBatch{{{{}, Transfer{a_, b_, Vnd(1)}},
                                {"h2", PutHold{a_, b_, Vnd(2), base::kMinute}},
                                {{}, PostHold{"h1", Vnd(5)}},
                                {{}, VoidHold{"h2"}}}}),
            "006c" "005e"
            "0028" "0009" "0000000000000001" "02"
            "0029" "0021" "0000000000000002" "02" + hold_tag("h2") + "0006608b04f2b700"
            "002a" "0012" "0000000000000005" "04" "0000000000000005" "00"
            "002b" "0012" "0000000000000002" "02" "0000000000000006" "01");
  EXPECT_EQ(last_.amount, Vnd(0));
  EXPECT_EQ(body("c", PutBatch{{{{}, Transfer{a_, b_, Vnd(1)}}, {{}, VoidHold{"h1"}}}}),
            "006d" "0001" "01");
}

TEST_F(LedgerBodies, AClosing) {
  EXPECT_EQ(body("c1", CloseAccount{a_, ledger::Sides::kDebit, false}),
            "0068" "0008" "0000000000000003" "006a" "0001" "01");
  EXPECT_EQ(body("c2", CloseAccount{b_, ledger::Sides::kBoth, true}),
            "0068" "0008" "0000000000000004" "006a" "0001" "03" "006b" "0001" "01");
  EXPECT_EQ(body("c3", CloseAccount{b_, ledger::Sides::kBoth, true}),
            "0068" "0008" "0000000000000004");
}

TEST_F(LedgerBodies, AnImport) {
  Transfer transfer{a_, b_, Vnd(1)};
  transfer.occurred_at = WallTime(0x0102030405);
  EXPECT_EQ(body("t", transfer), "0069" "0008" "0000000102030405");
}

TEST_F(LedgerBodies, MessagesOfTheBodyTag) {
  std::string const pair = std::string(kA) + kB + "0000000000000007";
  Transfer transfer{a_, b_, Vnd(7)};
  EXPECT_EQ(canonical(transfer), pair);
  transfer.occurred_at = WallTime(1);
  EXPECT_EQ(canonical(transfer), pair + "02c0" "0000" "0000000000000001");
  Transfer legs;
  legs.legs = {{a_, Vnd(7)}, {b_, Vnd(-7)}};
  std::string const along = std::string(80, '0') + "02c0" "0002" + kA + "0000000000000007" + kB +
                            "fffffffffffffff9";
  EXPECT_EQ(canonical(legs), along);
  EXPECT_EQ(canonical(PutHold{a_, b_, Vnd(7), base::kSecond}), pair + "02c0" "00000000000f4240");
  EXPECT_EQ(canonical(PostHold{"h"}), "0001" "68");
  EXPECT_EQ(canonical(PostHold{"h", Vnd(1)}), "0001" "68" "0000000000000001");
  EXPECT_EQ(canonical(VoidHold{"h"}), "0001" "68");
  EXPECT_EQ(canonical(PutBatch{{{{}, VoidHold{"h"}}, {"x", PutHold{a_, b_, Vnd(7)}}}}),
            "002b" "0000" "0003" "000168"
            "0029" "0001" "78" "0032" + pair + "02c0" "0000000000000000");
  EXPECT_EQ(canonical(CloseAccount{a_, ledger::Sides::kCredit, true}),
            std::string(kA) + "02" "01");
}

}  // namespace
}  // namespace qrpay::engine::test
