// Who a ledger is: keys and origins that follow each other, and what is refused.
#include "ledger/identity.h"

#include <gtest/gtest.h>

#include "ledger/high_water.h"
#include "ledger/identity_file.h"
#include "ledger/memory_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

NoteSigner signer_of(std::uint8_t seed, std::string const& origin = kTestOrigin) {
  return NoteSigner::make(origin, base::Secret(base::Bytes32{seed})).value();
}
std::string vkey_of(std::uint8_t seed, std::string const& origin = kTestOrigin) {
  return format_vkey(signer_of(seed, origin).verifier_key());
}

/// What a log_key record says; every part can be made wrong.
struct NewKey {
  std::uint8_t seed = 2;
  std::uint8_t by = 1;
  std::string origin = kTestOrigin;
  std::string voucher = kTestOrigin;
  std::uint64_t noted_from = 0;  ///< 0 = the record's own
  bool with_note = true;
};

Record new_key(std::uint64_t sequence, NewKey const& key = {}) {
  Record record;
  record.kind = Kind::kLogKey;
  record.sequence = Sequence(sequence);
  TlvWriter body(record.body);
  std::string const vkey = vkey_of(key.seed, key.origin);
  body.text(field::kLogVkey, vkey);
  body.u64(field::kSignsFrom, sequence);
  std::uint64_t const from = key.noted_from == 0 ? sequence : key.noted_from;
  if (key.with_note)
    body.text(field::kKeyNote, vouch_for(signer_of(key.by, key.voucher), vkey, from).value());
  return record;
}

Record retired(std::uint64_t sequence, std::string const& vkey) {
  Record record;
  record.kind = Kind::kLogKey;
  record.sequence = Sequence(sequence);
  TlvWriter(record.body).text(field::kRetiredVkey, vkey);
  return record;
}

struct NewOrigin {
  std::string former = kTestOrigin;
  std::string next = "log.test/0/2";
  std::uint8_t by = 1;
  std::uint64_t restored = 0;  ///< 0 = all before it
  TreeHead former_head = {9, {}};
};

Record restore_record(std::uint64_t sequence, NewOrigin const& origin = {}) {
  Record record;
  record.kind = Kind::kRestore;
  record.sequence = Sequence(sequence);
  TlvWriter body(record.body);
  std::string const vkey = vkey_of(1, origin.next);
  body.text(field::kOrigin, origin.next);
  body.text(field::kLogVkey, vkey);
  body.bytes(field::kVaultCheck, Bytes16{7});
  body.text(field::kFormerOrigin, origin.former);
  body.u64(field::kSignsFrom, sequence);
  body.u8(field::kCause, 1);
  body.text(field::kKeyNote,
            vouch_for(signer_of(origin.by, origin.former), vkey, sequence).value());
  body.text(field::kFormerHead, encode_head(origin.former_head));
  std::uint64_t const size = origin.restored == 0 ? sequence - 1 : origin.restored;
  body.text(field::kRestoredHead, encode_head({size, {}}));
  return record;
}

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() { identity_.apply(genesis_record(base::Secret(base::Bytes32{1}))); }

  void take(Record const& record) {
    ASSERT_TRUE(identity_.check(record)) << to_string(identity_.check(record).error());
    identity_.apply(record);
  }
  /// Refused by name, and without any effect when it is applied all the same.
  void expect_refused(Record const& record, std::string const& claim) {
    auto const checked = identity_.check(record);
    ASSERT_FALSE(checked) << claim;
    EXPECT_EQ(checked.error().errc, Errc::kJournalCorrupt) << claim;
    Identity const before = identity_;
    identity_.apply(record);
    EXPECT_EQ(identity_, before) << claim;
  }
  std::vector<std::string> signers_at(std::uint64_t size,
                                      std::string const& origin = kTestOrigin) const {
    std::vector<std::string> vkeys;
    for (auto const& key : identity_.keys(origin, size)) vkeys.push_back(format_vkey(key));
    return vkeys;
  }
  /// A checkpoint of that size, signed by one key.
  static std::string checkpoint(std::uint64_t size, std::uint8_t seed,
                                std::string const& origin = kTestOrigin) {
    NoteSigner const signer = signer_of(seed, origin);
    NoteSigner const* signers[] = {&signer};
    return sign_checkpoint({origin, size, {}, {}}, signers).value();
  }

  Identity identity_;
};

TEST_F(IdentityTest, KeysSignFromTheirRecordUntilTheyAreRetired) {
  take(new_key(10));
  take(retired(20, vkey_of(1)));
  EXPECT_EQ(signers_at(9), (std::vector{vkey_of(1), vkey_of(2)})) << "receipts, signed anew";
  EXPECT_EQ(signers_at(10), (std::vector{vkey_of(1), vkey_of(2)}));
  EXPECT_EQ(signers_at(19), (std::vector{vkey_of(1), vkey_of(2)}));
  EXPECT_EQ(signers_at(20), std::vector{vkey_of(2)});
  EXPECT_EQ(identity_.live_keys().size(), 1U);
  EXPECT_EQ(identity_.origin(), kTestOrigin) << "the origin stays";
  take(new_key(30, {.seed = 3, .by = 2}));
  EXPECT_EQ(signers_at(30), (std::vector{vkey_of(2), vkey_of(3)}));
}

TEST_F(IdentityTest, ACheckpointOpensOnlyByAKeyOfItsTime) {
  take(new_key(10));
  take(retired(20, vkey_of(1)));
  EXPECT_TRUE(identity_.open(checkpoint(9, 1)));
  EXPECT_TRUE(identity_.open(checkpoint(9, 2)));
  EXPECT_TRUE(identity_.open(checkpoint(15, 1)));
  EXPECT_TRUE(identity_.open(checkpoint(15, 2)));
  EXPECT_TRUE(identity_.open(checkpoint(20, 2)));
  for (auto const& [note, claim] : {std::pair(checkpoint(20, 1), "a retired key"),
                                    std::pair(checkpoint(15, 3), "a stranger's key"),
                                    std::pair(checkpoint(15, 1, "log.test/0/2"), "no such origin")})
    EXPECT_EQ(identity_.open(note).error().errc, Errc::kWrongKey) << claim;
  EXPECT_EQ(identity_.open("not a note").error().errc, Errc::kNoteMalformed);
}

TEST_F(IdentityTest, ANewKeyNeedsTheWordOfOneThatSigns) {
  expect_refused(new_key(10, {.with_note = false}), "nobody's word");
  expect_refused(new_key(10, {.by = 2}), "its own word");
  expect_refused(new_key(10, {.by = 9}), "a stranger's word");
  expect_refused(new_key(10, {.voucher = "other.test/0/1"}), "the word of a key of another log");
  expect_refused(new_key(10, {.noted_from = 11}), "a word for another record");
  expect_refused(new_key(10, {.origin = "log.test/0/2"}), "a key of another origin");
  expect_refused(new_key(10, {.seed = 1}), "a key that signs already");
  take(new_key(10));
  take(retired(11, vkey_of(1)));
  expect_refused(new_key(12, {.seed = 3, .by = 1}), "the word of a retired key");
  expect_refused(new_key(12, {.seed = 1, .by = 2}), "a retired key comes back");
}

TEST_F(IdentityTest, TheLastKeyIsNotRetired) {
  expect_refused(retired(10, vkey_of(1)), "the only one");
  take(new_key(10));
  expect_refused(retired(11, vkey_of(9)), "one that never signed");
  take(retired(11, vkey_of(1)));
  expect_refused(retired(12, vkey_of(1)), "one that signs no more");
  expect_refused(retired(12, vkey_of(2)), "the only one");
}

TEST_F(IdentityTest, KeysThatSignTogetherAreFew) {
  for (std::uint8_t seed = 2; seed <= kLogKeysLiveMax; ++seed) take(new_key(8U + seed, {seed}));
  expect_refused(new_key(20, {.seed = 90}), "one too many");
}

TEST_F(IdentityTest, ARestoreIsALaterIncarnationOfTheSameLog) {
  expect_refused(restore_record(10, {.next = "log.test/0/1"}), "the same again");
  expect_refused(restore_record(10, {.next = "other.test/0/2"}), "another log");
  expect_refused(restore_record(10, {.next = "log.test/1/2"}), "another shard");
  expect_refused(restore_record(10, {.next = "log.test/0/02"}), "the same number in other digits");
  expect_refused(restore_record(10, {.former = "log.test/0/0"}), "not the origin before");
  expect_refused(restore_record(10, {.by = 2}), "a stranger's word");
  expect_refused(restore_record(10, {.restored = 8}), "fewer records than are there");
  take(restore_record(10, {.next = "log.test/0/7"}));
  EXPECT_EQ(identity_.origin(), "log.test/0/7");
  EXPECT_EQ(identity_.incarnations().size(), 2U);
  EXPECT_EQ(identity_.now().former, (TreeHead{9, {}}));
  EXPECT_EQ(identity_.now().restored, (TreeHead{9, {}}));
  EXPECT_EQ(identity_.vault_checks().back(), (VaultCheck{Sequence(10), Bytes16{7}}));
  EXPECT_EQ(signers_at(10, "log.test/0/7"), std::vector{vkey_of(1, "log.test/0/7")});
  EXPECT_TRUE(identity_.open(checkpoint(9, 1)))
      << "what was signed under the old origin stays good";
  expect_refused(restore_record(20, {.former = "log.test/0/7", .next = "log.test/0/6"}),
                 "a number below the last");
}

TEST_F(IdentityTest, GenesisComesFirstAndOnce) {
  Record again = genesis_record(base::Secret(base::Bytes32{1}));
  again.sequence = Sequence(10);
  EXPECT_FALSE(identity_.check(again));
  Identity none;
  EXPECT_FALSE(none.check(new_key(2)));
  EXPECT_FALSE(none.check(restore_record(2)));
  none.apply(new_key(2));
  EXPECT_FALSE(none.begun());
}

TEST_F(IdentityTest, SignersAreThoseOfTheLiveKeys) {
  take(new_key(10));
  std::vector<base::Secret> const both = {base::Secret(base::Bytes32{2}),
                                          base::Secret(base::Bytes32{1})};
  auto const signers = log_signers(identity_, both);
  ASSERT_TRUE(signers);
  ASSERT_EQ(signers->size(), 2U);
  EXPECT_EQ(format_vkey((*signers)[0].verifier_key()), vkey_of(1)) << "in the order they came";
  EXPECT_EQ(log_signers(identity_, std::span(both).first(1)).error().errc, Errc::kWrongKey);
  take(retired(11, vkey_of(1)));
  EXPECT_TRUE(log_signers(identity_, std::span(both).first(1))) << "a retired key is not needed";
}

TEST(IncarnationNumber, IsTheLastPartOfTheOrigin) {
  EXPECT_EQ(incarnation_number("log.test/0/12"), 12U);
  for (char const* origin : {"log.test/0/1", "log.test", "log.test/0/", "log.test/0/x", "a/0/-1"})
    EXPECT_EQ(incarnation_number(origin), 1U) << origin;
  EXPECT_EQ(origin_with_number("log.test/0/12", 13), "log.test/0/13");
}

/// A journal in memory with the records of an identity among others, and the file of hints.
class IdentityFile : public testing::Test {
 protected:
  void append(Record record) {
    record.sequence = Sequence(store_.last().value() + 1);
    record.commitment = commitment_of({});
    std::string leaf;
    encode_record(record, leaf);
    BlockBuilder builder;
    builder.add(base::as_bytes(leaf), {});
    ASSERT_TRUE(store_.append(builder.take()));
  }
  void append_transfer() { append(transfer_record(store_.last().value() + 1, random_)); }

  std::mt19937_64 random_{1};
  MemoryStore store_;
  ScratchDirectory scratch_;
  std::string path_ = scratch_.path() + "/identity";
};

TEST_F(IdentityFile, TheHintAndTheWholeJournalAgree) {
  EXPECT_FALSE(find_identity(store_, path_)->begun());
  append(genesis_record(base::Secret(base::Bytes32{1})));
  for (int i = 0; i < 20; ++i) append_transfer();
  append(new_key(22));
  append_transfer();
  append(retired(24, vkey_of(1)));
  append(restore_record(25, {.by = 2}));
  append_transfer();
  Identity const whole = find_identity(store_, path_).value();
  EXPECT_EQ(whole.records(), (std::vector{Sequence(1), Sequence(22), Sequence(24), Sequence(25)}));
  ASSERT_TRUE(write_identity_file(path_, whole));
  EXPECT_EQ(slurp(path_), "qrpay identity 1\n1\n22\n24\n25\n");
  EXPECT_EQ(find_identity(store_, path_).value(), whole);
}

TEST_F(IdentityFile, AHintThatIsNotTheJournalsIsPassedOver) {
  append(genesis_record(base::Secret(base::Bytes32{1})));
  for (int i = 0; i < 5; ++i) append_transfer();
  append(new_key(7));
  Identity const whole = find_identity(store_, path_).value();
  for (char const* hint :
       {"", "qrpay identity 2\n1\n7\n", "qrpay identity 1\n", "qrpay identity 1\n7\n",
        "qrpay identity 1\n1\n2\n", "qrpay identity 1\n1\n7\n99\n", "qrpay identity 1\n1\nseven\n",
        "qrpay identity 1\n1\n7\n7\n", "qrpay identity 1\n1\n7"}) {
    spill(path_, hint);
    EXPECT_EQ(find_identity(store_, path_).value(), whole) << hint;
  }
}

TEST_F(IdentityFile, AHintMayLackTheNewest) {
  append(genesis_record(base::Secret(base::Bytes32{1})));
  append(new_key(2));
  spill(path_, "qrpay identity 1\n1\n");  // as after a crash: the caller asks again
  EXPECT_EQ(find_identity(store_, path_)->records(), std::vector{Sequence(1)});
}

TEST(HighWaters, AreReadByIncarnation) {
  ScratchDirectory const scratch;
  EXPECT_TRUE(read_high_waters(scratch.path() + "/none")->empty());
  auto const put = [&](std::uint64_t number) {
    NoteSigner const signer = signer_of(1);
    NoteSigner const* signers[] = {&signer};
    spill(high_water_path(scratch.path(), number),
          sign_checkpoint({kTestOrigin, number, {}, {}}, signers).value());
  };
  for (std::uint64_t const number : {10, 1, 2}) put(number);
  for (char const* other : {"high-water.new", "high-water.2.new", "high-water.02", "high-water.1"})
    spill(scratch.path() + "/" + other, "not read");
  auto const read = read_high_waters(scratch.path());
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*read)[i].incarnation, (std::vector<std::uint64_t>{1, 2, 10})[i]);
    EXPECT_EQ((*read)[i].checkpoint.size, (*read)[i].incarnation);
  }
  spill(high_water_path(scratch.path(), 3), "damaged");
  EXPECT_EQ(read_high_waters(scratch.path()).error().errc, Errc::kNoteMalformed);
}

}  // namespace
}  // namespace qrpay::ledger::test
