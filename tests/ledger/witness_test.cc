// The words between a log and a witness, and how a witness judges.
#include "ledger/witness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {
namespace {

using base::Errc;

constexpr char kOrigin[] = "log.test/0/1";

base::Secret secret(std::uint8_t seed) { return base::Secret(base::Bytes32{seed}); }

/// A log that can fork: leaf i of branch b is its own text.
class WitnessWords : public testing::Test {
 protected:
  WitnessWords() {
    for (std::uint64_t i = 0; i < 40; ++i) {
      tree_.append(leaf(i, 'a'));
      fork_.append(leaf(i, i < 5 ? 'a' : 'b'));
    }
  }
  static base::Digest leaf(std::uint64_t i, char branch) {
    std::string const text = branch + std::to_string(i);
    return leaf_hash(base::as_bytes(text));
  }
  std::string note(std::uint64_t size, MerkleTree const& tree) const {
    NoteSigner const* signers[] = {&signer_};
    return sign_checkpoint({kOrigin, size, tree.root(size).value(), {}}, signers).value();
  }
  std::string note(std::uint64_t size) const { return note(size, tree_); }
  AddCheckpoint request(std::uint64_t old_size, std::uint64_t size) const {
    AddCheckpoint request{old_size, {}, note(size)};
    if (old_size > 0 && old_size < size) request.proof = tree_.consistency(old_size, size).value();
    return request;
  }
  WitnessHead head(std::uint64_t size) const {
    return size == 0 ? WitnessHead{} : WitnessHead{size, tree_.root(size).value()};
  }
  WitnessStatus judge(AddCheckpoint const& request, WitnessHead const& head) const {
    return judge_add_checkpoint(request, keys_, head).status;
  }

  NoteSigner const signer_ = NoteSigner::make(kOrigin, secret(1)).value();
  std::vector<VerifierKey> const keys_ = {signer_.verifier_key()};
  CosignatureSigner const witness_ = CosignatureSigner::make("witness.test/1", secret(2)).value();
  MerkleTree tree_;
  MerkleTree fork_;
};

TEST_F(WitnessWords, ReadsBackEveryRequestItWrites) {
  for (std::uint64_t old_size = 0; old_size <= 40; ++old_size) {
    for (std::uint64_t size = std::max<std::uint64_t>(old_size, 1); size <= 40; ++size) {
      AddCheckpoint const asked = request(old_size, size);
      auto const read = parse_add_checkpoint(format_add_checkpoint(asked));
      ASSERT_TRUE(read) << to_string(read.error());
      ASSERT_EQ(*read, asked);
    }
  }
}

TEST_F(WitnessWords, GoldenRequest) {
  AddCheckpoint asked{5, {empty_root()}, note(7)};
  EXPECT_EQ(format_add_checkpoint(asked),
            "old 5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n" + note(7));
}

TEST_F(WitnessWords, RefusesEachMalformation) {
  std::string const hash = base::to_base64(empty_root()) + "\n";
  std::string hashes_64;
  for (int i = 0; i < 64; ++i) hashes_64 += hash;
  std::string const good = "old 5\n" + hash + "\n" + note(7);
  ASSERT_TRUE(parse_add_checkpoint(good));
  std::vector<std::string> const bad = {
      "",
      "old 5",
      "old 5\n",
      "old 5\n\n",
      "old\n\n" + note(7),
      "old 05\n\n" + note(7),
      "old -1\n\n" + note(7),
      "old  5\n\n" + note(7),
      "Old 5\n\n" + note(7),
      "old 18446744073709551616\n\n" + note(7),
      "old 5\nAAAA\n\n" + note(7),
      "old 5\n" + hash + note(7),
      "old 5\n" + hashes_64 + "\n" + note(7),
      good + "x",
      "old 5\n\n" + std::string(kAddCheckpointBytesMax, 'x'),
  };
  for (std::string const& text : bad) {
    auto const read = parse_add_checkpoint(text);
    ASSERT_FALSE(read) << text.substr(0, 100);
    EXPECT_EQ(read.error().errc, Errc::kNoteMalformed) << text.substr(0, 100);
  }
}

TEST_F(WitnessWords, CosignsWhateverOnlyGrew) {
  for (std::uint64_t at = 0; at <= 40; ++at) {
    for (std::uint64_t size = std::max<std::uint64_t>(at, 1); size <= 40; ++size) {
      auto const verdict = judge_add_checkpoint(request(at, size), keys_, head(at));
      ASSERT_EQ(verdict.status, WitnessStatus::kCosigned) << at << " to " << size;
      ASSERT_EQ(verdict.next, head(size));
      ASSERT_FALSE(verdict.proves_fork);
    }
  }
}

TEST_F(WitnessWords, NeverGoesBackAndNeverAside) {
  EXPECT_EQ(judge(request(9, 12), head(10)), WitnessStatus::kConflict);
  EXPECT_EQ(judge(request(10, 12), head(11)), WitnessStatus::kConflict);
  EXPECT_EQ(judge(request(0, 12), head(12)), WitnessStatus::kConflict) << "without its own size";
  EXPECT_EQ(judge(request(12, 12), head(20)), WitnessStatus::kConflict) << "rolled back";
  AddCheckpoint above = request(12, 12);
  above.old_size = 13;
  EXPECT_EQ(judge(above, head(13)), WitnessStatus::kMalformed);
  for (std::uint64_t size = 11; size <= 40; ++size) {
    AddCheckpoint forked{10, fork_.consistency(10, size).value(), note(size, fork_)};
    ASSERT_EQ(judge(forked, head(10)), WitnessStatus::kBadProof) << size;
    AddCheckpoint const without{10, {}, note(size)};
    ASSERT_EQ(judge(without, head(10)), WitnessStatus::kBadProof) << size;
  }
  EXPECT_EQ(judge(request(0, 5), {}), WitnessStatus::kCosigned);
  AddCheckpoint with_proof = request(0, 5);
  with_proof.proof.push_back(empty_root());
  EXPECT_EQ(judge(with_proof, {}), WitnessStatus::kBadProof);
}

TEST_F(WitnessWords, TwoRootsOfOneSizeAreAConflictAndAProof) {
  AddCheckpoint const forked{10, {}, note(10, fork_)};
  auto const verdict = judge_add_checkpoint(forked, keys_, head(10));
  EXPECT_EQ(verdict.status, WitnessStatus::kConflict);
  EXPECT_TRUE(verdict.proves_fork);
  AddCheckpoint const stale{3, {}, note(10, fork_)};
  EXPECT_TRUE(judge_add_checkpoint(stale, keys_, head(10)).proves_fork);
  // A stranger can spoil a proof, so a bad one proves nothing.
  EXPECT_FALSE(judge_add_checkpoint({10, {}, note(11)}, keys_, head(10)).proves_fork);
}

TEST_F(WitnessWords, BelievesOnlyTheLogsOwnKey) {
  EXPECT_EQ(judge_add_checkpoint(request(0, 5), {}, {}).status, WitnessStatus::kUnknownLog);
  NoteSigner const other = NoteSigner::make(kOrigin, secret(3)).value();
  std::vector<VerifierKey> const keys = {other.verifier_key()};
  EXPECT_EQ(judge_add_checkpoint(request(0, 5), keys, {}).status, WitnessStatus::kUnknownKey);
  std::string spoilt = note(5);
  auto const at = spoilt.rfind("/1 ") + 12;
  spoilt[at] = spoilt[at] == 'A' ? 'B' : 'A';
  EXPECT_EQ(judge({0, {}, spoilt}, {}), WitnessStatus::kUnknownKey);
  NoteSigner const* signers[] = {&signer_};
  std::string const no_checkpoint = format_note(sign_note("just a text\n", signers).value());
  EXPECT_EQ(judge({0, {}, no_checkpoint}, {}), WitnessStatus::kMalformed);
}

TEST_F(WitnessWords, AnEmptyLogHasOneRootOnly) {
  NoteSigner const* signers[] = {&signer_};
  auto const empty = [&](base::Digest const& root) {
    return AddCheckpoint{0, {}, sign_checkpoint({kOrigin, 0, root, {}}, signers).value()};
  };
  EXPECT_EQ(judge(empty(empty_root()), {}), WitnessStatus::kCosigned);
  EXPECT_EQ(judge(empty(leaf(0, 'a')), {}), WitnessStatus::kBadProof);
}

TEST_F(WitnessWords, ACosignatureVerifiesAndSaysWhen) {
  Note signed_note = parse_note(note(9)).value();
  signed_note.signatures.push_back(witness_.cosign(signed_note.text, 1'700'000'000));
  auto const found = verify_cosignature(signed_note, witness_.verifier_key());
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->timestamp, 1'700'000'000U);
  for (std::size_t i = 0; i < 72; ++i) {
    Note damaged = signed_note;
    char& byte = damaged.signatures.back().signature[i];
    byte = static_cast<char>(byte ^ 1);
    EXPECT_EQ(verify_cosignature(damaged, witness_.verifier_key()).error().errc,
              Errc::kSignatureInvalid)
        << i;
  }
}

TEST_F(WitnessWords, TakesOnlyTheAskedWitnesssLineFromAnAnswer) {
  std::string const text = parse_note(note(9)).value().text;
  CosignatureSigner const other = CosignatureSigner::make("other.test/1", secret(4)).value();
  NoteSignature const lines[] = {other.cosign(text, 5), witness_.cosign(text, 6)};
  auto const read =
      read_cosignature(format_signature_lines(lines), note(9), witness_.verifier_key());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, lines[1]);
  auto const refused = [&](std::string const& body) {
    return read_cosignature(body, note(9), witness_.verifier_key()).error().errc;
  };
  EXPECT_EQ(refused(format_signature_lines({lines, 1})), Errc::kNoteUnverified);
  EXPECT_EQ(refused(""), Errc::kNoteMalformed);
  EXPECT_EQ(refused("good\n"), Errc::kNoteMalformed);
  EXPECT_EQ(refused("another text\n\n" + format_signature_lines(lines)), Errc::kNoteMalformed);
  NoteSignature const elsewhere[] = {witness_.cosign(parse_note(note(8)).value().text, 6)};
  EXPECT_EQ(refused(format_signature_lines(elsewhere)), Errc::kSignatureInvalid);
}

TEST_F(WitnessWords, CosignaturesJoinTheNoteOnce) {
  std::string const text = parse_note(note(9)).value().text;
  NoteSignature const first = witness_.cosign(text, 5);
  NoteSignature const second = witness_.cosign(text, 6);
  std::string const once = with_cosignatures(note(9), {&first, 1}).value();
  EXPECT_EQ(once, note(9) + format_signature_lines({&first, 1}));
  EXPECT_EQ(with_cosignatures(once, {&second, 1}).value(),
            note(9) + format_signature_lines({&second, 1}));
  VerifierKey const witnesses[] = {witness_.verifier_key()};
  EXPECT_TRUE(open_checkpoint(
      once, {.log_keys = keys_, .origin = kOrigin, .witnesses = witnesses, .witnesses_min = 1}));
}

}  // namespace
}  // namespace qrpay::ledger
