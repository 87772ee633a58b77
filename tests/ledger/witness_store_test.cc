// What a witness keeps: durable before it answers, believed again after a restart, never forgotten.
#include "ledger/witness_store.h"

#include "ledger/memory_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

class StillClock final : public base::Clock {
 public:
  base::WallTime wall() override { return base::WallTime(1'795'489'445'000'000); }
  base::Ticks ticks() override { return base::Ticks(1); }
};

class WitnessStore : public testing::Test {
 protected:
  WitnessStore() {
    for (std::uint64_t i = 0; i < 30; ++i) {
      tree_.append(leaf_hash(base::as_bytes("a" + std::to_string(i))));
      fork_.append(leaf_hash(base::as_bytes((i < 5 ? "a" : "b") + std::to_string(i))));
    }
    SeededEntropy entropy(1);
    auto const made = create_witness(dir_, "witness.test/1", entropy);
    EXPECT_TRUE(made) << to_string(made.error());
    key_ = *made;
    open();
  }
  void open() {
    witness_.reset();
    auto opened = Witness::open(dir_, {signer_.verifier_key()}, clock_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    witness_ = std::move(*opened);
  }
  std::string note(std::uint64_t size, MerkleTree const& tree) const {
    NoteSigner const* signers[] = {&signer_};
    return sign_checkpoint({kTestOrigin, size, tree.root(size).value(), {}}, signers).value();
  }
  std::string body(std::uint64_t old_size, std::uint64_t size, MerkleTree const& tree) const {
    AddCheckpoint request{old_size, {}, note(size, tree)};
    if (old_size > 0 && old_size < size) request.proof = tree.consistency(old_size, size).value();
    return format_add_checkpoint(request);
  }
  int add(std::string const& request) {
    auto const answer = witness_->add_checkpoint(request);
    EXPECT_TRUE(answer) << to_string(answer.error());
    last_ = answer->body;
    return static_cast<int>(answer->status);
  }
  std::string head_file() const { return dir_ + "/heads/" + witness_log_id(kTestOrigin); }

  ScratchDirectory scratch_;
  std::string dir_ = scratch_.path() + "/witness";
  NoteSigner const signer_ = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{1})).value();
  VerifierKey key_;
  StillClock clock_;
  MerkleTree tree_;
  MerkleTree fork_;
  std::unique_ptr<Witness> witness_;
  std::string last_;
};

TEST_F(WitnessStore, FollowsALogAndRemembersOverARestart) {
  EXPECT_EQ(add(body(0, 7, tree_)), 200);
  EXPECT_EQ(add(body(7, 20, tree_)), 200);
  auto const line = read_cosignature(last_, note(20, tree_), key_);
  ASSERT_TRUE(line) << to_string(line.error());
  open();
  auto const logs = witness_->logs();
  ASSERT_EQ(logs.size(), 1U);
  EXPECT_EQ(logs[0].head.size, 20U);
  EXPECT_EQ(logs[0].timestamp, 1'795'489'445U);
  EXPECT_EQ(witness_->find(witness_log_id(kTestOrigin))->note,
            note(20, tree_) + format_signature_lines({&*line, 1}));
  EXPECT_EQ(add(body(20, 21, tree_)), 200);
}

TEST_F(WitnessStore, ARolledBackLogHearsTheSizeItHad) {
  EXPECT_EQ(add(body(0, 20, tree_)), 200);
  for (std::uint64_t size = 1; size < 20; ++size) {
    EXPECT_EQ(add(body(size, size, tree_)), 409) << size;
    EXPECT_EQ(last_, "20\n");
  }
  EXPECT_EQ(add(body(0, 12, tree_)), 409);
  open();
  EXPECT_EQ(add(body(0, 12, tree_)), 409);
}

TEST_F(WitnessStore, AForkIsRefusedAndKeptAsEvidence) {
  EXPECT_EQ(add(body(0, 10, tree_)), 200);
  EXPECT_EQ(add(body(10, 12, fork_)), 422);
  EXPECT_EQ(witness_->evidence_files(), 0U);
  EXPECT_EQ(add(body(10, 10, fork_)), 409);
  EXPECT_EQ(add(body(10, 10, fork_)), 409);
  EXPECT_EQ(witness_->evidence_files(), 1U);
  EXPECT_EQ(witness_->logs()[0].head.size, 10U);
}

TEST_F(WitnessStore, AnswersEachRefusalByItsNumber) {
  EXPECT_EQ(add("old x\n"), 400);
  NoteSigner const stranger =
      NoteSigner::make("other.test/0/1", base::Secret(base::Bytes32{1})).value();
  NoteSigner const impostor = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{9})).value();
  auto const of = [this](NoteSigner const& signer) {
    NoteSigner const* signers[] = {&signer};
    Checkpoint const checkpoint{signer.verifier_key().name, 3, tree_.root(3).value(), {}};
    return format_add_checkpoint({0, {}, sign_checkpoint(checkpoint, signers).value()});
  };
  EXPECT_EQ(add(of(stranger)), 404);
  EXPECT_EQ(add(of(impostor)), 403);
}

TEST_F(WitnessStore, CosignsNothingThatItCouldNotKeep) {
  EXPECT_EQ(add(body(0, 7, tree_)), 200);
  std::filesystem::create_directories(head_file() + ".new");  // where the replacement is written
  EXPECT_EQ(witness_->add_checkpoint(body(7, 9, tree_)).error().errc, Errc::kIo);
  EXPECT_EQ(witness_->logs()[0].head.size, 7U);
  std::filesystem::remove(head_file() + ".new");
  EXPECT_EQ(add(body(7, 9, tree_)), 200);
}

TEST_F(WitnessStore, RefusesToStartOnADamagedHead) {
  EXPECT_EQ(add(body(0, 7, tree_)), 200);
  witness_.reset();
  std::string const good = slurp(head_file());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    spill(head_file(), damaged);
    auto const opened = Witness::open(dir_, {signer_.verifier_key()}, clock_);
    ASSERT_FALSE(opened) << i;
    EXPECT_EQ(opened.error().errc, Errc::kJournalCorrupt) << i;
  }
  spill(head_file(), note(7, tree_));  // without its own cosignature
  EXPECT_FALSE(Witness::open(dir_, {signer_.verifier_key()}, clock_));
}

TEST_F(WitnessStore, TheOldKeyAndTheNewOneAreOneLog) {
  EXPECT_EQ(add(body(0, 7, tree_)), 200);
  NoteSigner const next = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{7})).value();
  witness_.reset();
  auto opened = Witness::open(dir_, {signer_.verifier_key(), next.verifier_key()}, clock_);
  ASSERT_TRUE(opened) << to_string(opened.error());
  witness_ = std::move(*opened);
  NoteSigner const* signers[] = {&next};
  std::string const signed_anew =
      sign_checkpoint({kTestOrigin, 9, tree_.root(9).value(), {}}, signers).value();
  AddCheckpoint const request{7, tree_.consistency(7, 9).value(), signed_anew};
  EXPECT_EQ(add(format_add_checkpoint(request)), 200);
  EXPECT_EQ(witness_->logs().size(), 1U);
}

TEST_F(WitnessStore, InitTouchesNothingThatIsThere) {
  SeededEntropy entropy(2);
  auto const before = listing_of(dir_);
  EXPECT_EQ(create_witness(dir_, "again", entropy).error().errc, Errc::kDataDirNotEmpty);
  EXPECT_EQ(create_witness(scratch_.path() + "/x", "a name", entropy).error().errc,
            Errc::kNoteMalformed);
  EXPECT_EQ(listing_of(dir_), before);
}

TEST_F(WitnessStore, OpensOnlyAWitnessWithLogs) {
  EXPECT_EQ(Witness::open(dir_, {}, clock_).error().errc, Errc::kConfigInvalid);
  EXPECT_EQ(Witness::open(dir_, {key_}, clock_).error().errc, Errc::kConfigInvalid);
  EXPECT_EQ(Witness::open(scratch_.path() + "/none", {signer_.verifier_key()}, clock_).error().errc,
            Errc::kDataDirMissing);
}

}  // namespace
}  // namespace qrpay::ledger::test
