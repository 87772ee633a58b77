#include "ledger/note.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kText = "qrpay.example/hanoi/1\nsecond line\n\nafter an empty line\n";

base::Secret seed_of(std::uint8_t filler) {
  base::Bytes32 bytes;
  bytes.fill(filler);
  return base::Secret(bytes);
}

NoteSigner signer_of(std::string name, std::uint8_t filler) {
  return NoteSigner::make(std::move(name), seed_of(filler)).value();
}

std::string signed_note(std::string_view text, std::vector<NoteSigner const*> const& signers) {
  return format_note(sign_note(text, signers).value());
}

base::Errc errc_of_parse(std::string_view bytes) {
  auto const note = parse_note(bytes);
  EXPECT_FALSE(note.has_value()) << bytes.substr(0, 200);
  return note ? base::Errc::kUsage : note.error().errc;
}

// A witness's line as c2sp.org/tlog-cosignature describes it.
NoteSignature cosign(VerifierKey const& witness, base::Ed25519Signer const& signer,
                     std::uint64_t timestamp, std::string_view text) {
  std::string signature;
  base::ByteWriter writer(signature);
  writer.u64(timestamp);
  writer.bytes(signer.sign(base::as_bytes(cosignature_message(timestamp, text))));
  return {witness.name, witness.key_id, signature};
}

VerifierKey witness_key(std::string name, base::Ed25519Signer const& signer) {
  return make_verifier_key(std::move(name), SignatureType::kCosignature, signer.public_key())
      .value();
}

TEST(Note, IsOpenedByTheKeyThatSigned) {
  NoteSigner const signer = signer_of("log.example/a", 1);
  std::string const bytes = signed_note(kText, {&signer});
  std::vector<VerifierKey> const keys = {signer.verifier_key()};
  auto const opened = open_note(bytes, keys);
  ASSERT_TRUE(opened) << base::to_string(opened.error());
  EXPECT_EQ(opened->note.text, kText) << "the last empty line separates, not the first";
  EXPECT_EQ(opened->verified_by, keys);
  EXPECT_EQ(format_note(parse_note(bytes).value()), bytes);
}

TEST(Note, SaysWhichKeysVerifiedDuringARotation) {
  NoteSigner const old_key = signer_of("log.example/a", 1);
  NoteSigner const new_key = signer_of("log.example/a", 2);
  std::string const bytes = signed_note(kText, {&old_key, &new_key});
  std::vector<VerifierKey> const both = {new_key.verifier_key(), old_key.verifier_key()};
  auto const opened = open_note(bytes, both);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->verified_by,
            (std::vector<VerifierKey>{old_key.verifier_key(), new_key.verifier_key()}));
  std::vector<VerifierKey> const one = {new_key.verifier_key()};
  EXPECT_EQ(open_note(bytes, one).value().verified_by, one);
}

TEST(Note, AnyFlippedBitIsRefused) {
  NoteSigner const signer = signer_of("log.example/a", 1);
  std::vector<VerifierKey> const keys = {signer.verifier_key()};
  std::string bytes = signed_note("o\n1\nr\n", {&signer});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      EXPECT_FALSE(open_note(bytes, keys)) << "byte " << i << " bit " << bit;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
    }
  }
  EXPECT_TRUE(open_note(bytes, keys));
}

TEST(Note, IsUnverifiedUnlessNameAndIdAreBothKnown) {
  NoteSigner const signer = signer_of("log.example/a", 1);
  std::string const bytes = signed_note(kText, {&signer});
  VerifierKey other_name = signer.verifier_key();
  other_name.name = "log.example/b";
  VerifierKey other_id = signer.verifier_key();
  other_id.key_id ^= 1;
  for (VerifierKey const& key : {other_name, other_id}) {
    std::vector<VerifierKey> const keys = {key};
    EXPECT_EQ(open_note(bytes, keys).error().errc, base::Errc::kNoteUnverified);
  }
  EXPECT_EQ(open_note(bytes, {}).error().errc, base::Errc::kNoteUnverified);
}

TEST(Note, OneBadSignatureOfAKnownKeySpoilsTheNote) {
  NoteSigner const good = signer_of("log.example/a", 1);
  NoteSigner const bad = signer_of("log.example/b", 2);
  Note note = sign_note(kText, std::vector<NoteSigner const*>{&good, &bad}).value();
  note.signatures[1].signature[0] ^= 1;
  std::vector<VerifierKey> const both = {good.verifier_key(), bad.verifier_key()};
  EXPECT_EQ(open_note(format_note(note), both).error().errc, base::Errc::kSignatureInvalid);
  std::vector<VerifierKey> const one = {good.verifier_key()};
  EXPECT_TRUE(open_note(format_note(note), one)) << "of an unknown key it is nobody's business";
  note.signatures[1] = note.signatures[0];
  note.signatures[1].signature = "short";
  EXPECT_EQ(open_note(format_note(note), one).error().errc, base::Errc::kSignatureInvalid);
}

TEST(Note, RefusesEachMalformation) {
  std::string const line = "\u2014 name AAAAAAE=\n";
  ASSERT_TRUE(parse_note("text\n\n" + line));
  std::vector<std::string> const bad = {
      "",
      "\n",
      "\n\n",
      line,
      "text\n" + line,
      "text\n\n",
      "text\n\n" + line + "\n",
      "text\n\n" + line + "no newline",
      "text\n\n" + line.substr(0, line.size() - 1),
      "text\r\n\n" + line,
      "te\txt\n\n" + line,
      std::string("te\0xt\n\n", 7) + line,
      "te\xffxt\n\n" + line,
      "text\n\n- name AAAAAAE=\n",
      "text\n\n\u2014name AAAAAAE=\n",
      "text\n\n\u2014  AAAAAAE=\n",
      "text\n\n\u2014 name\n",
      "text\n\n\u2014 name \n",
      "text\n\n\u2014 name AAAAAA==\n",   // a key id and no signature
      "text\n\n\u2014 name AAAAAAE\n",    // no padding
      "text\n\n\u2014 name AAAAAAF=\n",   // unused bits set
      "text\n\n\u2014 name AAAAAAE= \n",
      "text\n\n\u2014 na me AAAAAAE=\n",
      "text\n\n\u2014 na+me AAAAAAE=\n",
      "text\n\n\u2014 na\u00a0me AAAAAAE=\n",
      "text\n\n\u2014 na\u3000me AAAAAAE=\n",
      "text\n\n\u2014 " + std::string(kKeyNameBytesMax + 1, 'n') + " AAAAAAE=\n",
  };
  for (std::string const& bytes : bad) {
    EXPECT_EQ(errc_of_parse(bytes), base::Errc::kNoteMalformed) << bytes.substr(0, 200);
  }
}

TEST(Note, HoldsAHundredSignaturesAndNotOneMore) {
  std::string bytes = "text\n\n";
  for (std::size_t i = 0; i < kNoteSignaturesMax; ++i) bytes += "\u2014 name AAAAAAE=\n";
  EXPECT_EQ(parse_note(bytes).value().signatures.size(), kNoteSignaturesMax);
  EXPECT_EQ(errc_of_parse(bytes + "\u2014 name AAAAAAE=\n"), base::Errc::kNoteMalformed);
}

TEST(Note, BoundsItsLinesAndItsWhole) {
  std::string const line = "\u2014 name AAAAAAE=\n";
  EXPECT_TRUE(parse_note(std::string(kNoteLineBytesMax, 'a') + "\n\n" + line));
  EXPECT_EQ(errc_of_parse(std::string(kNoteLineBytesMax + 1, 'a') + "\n\n" + line),
            base::Errc::kNoteMalformed);
  std::string text;
  while (text.size() + 2 + 1 + line.size() <= kNoteBytesMax) text += "a\n";
  EXPECT_TRUE(parse_note(text + '\n' + line));
  EXPECT_EQ(errc_of_parse(text + "a\n\n" + line), base::Errc::kNoteMalformed);
}

TEST(Note, NeverSignsWhatAReaderWouldRefuse) {
  NoteSigner const signer = signer_of("log.example/a", 1);
  std::vector<NoteSigner const*> const signers = {&signer};
  for (std::string_view const text : {"", "no newline", "tab\t\n", "\xc3\x28\n"}) {
    EXPECT_EQ(sign_note(text, signers).error().errc, base::Errc::kNoteMalformed) << text;
  }
  EXPECT_EQ(sign_note(std::string(kNoteBytesMax, '\n'), signers).error().errc,
            base::Errc::kNoteMalformed);
  EXPECT_EQ(sign_note(kText, {}).error().errc, base::Errc::kNoteMalformed);
  EXPECT_TRUE(sign_note("ends in an empty line\n\n", signers));
  EXPECT_FALSE(NoteSigner::make("a name", seed_of(1)));
  EXPECT_FALSE(NoteSigner::make("", seed_of(1)));
}

TEST(Vkey, RoundTripsForBothTypes) {
  base::Ed25519Signer const signer(seed_of(9));
  for (SignatureType const type : {SignatureType::kEd25519, SignatureType::kCosignature}) {
    VerifierKey const key = make_verifier_key("qrpay.example/\u0111", type, signer.public_key())
                                .value();
    EXPECT_EQ(parse_vkey(format_vkey(key)).value(), key);
  }
}

TEST(Vkey, RefusesEachMalformation) {
  NoteSigner const signer = signer_of("name", 1);
  std::string const good = format_vkey(signer.verifier_key());
  std::size_t const id_at = std::string("name+").size();
  std::string upper = good;
  for (std::size_t i = id_at; i < id_at + 8; ++i) {
    if (upper[i] >= 'a') upper[i] = static_cast<char>(upper[i] - 'a' + 'A');
  }
  ASSERT_NE(upper, good);
  std::string other_name = good;
  other_name[0] = 'N';
  for (std::string const& bad :
       {std::string(), std::string("name"), std::string("name+"), std::string("+") + good,
        good.substr(1), good.substr(0, good.size() - 4), good + "AAAA", good + " ", upper,
        other_name, good.substr(0, id_at) + good.substr(id_at + 1), std::string(10'000, '+')}) {
    auto const key = parse_vkey(bad);
    ASSERT_FALSE(key) << bad.substr(0, 200);
    EXPECT_EQ(key.error().errc, base::Errc::kNoteMalformed) << bad.substr(0, 200);
  }
}

Checkpoint sample_checkpoint() {
  return {"qrpay.example/hanoi/1", 12, leaf_hash(base::as_bytes("any")), {}};
}

TEST(Checkpoint, IsSignedAndOpened) {
  NoteSigner const signer = signer_of("qrpay.example/hanoi/1", 1);
  std::vector<NoteSigner const*> const signers = {&signer};
  std::string const note = sign_checkpoint(sample_checkpoint(), signers).value();
  std::vector<VerifierKey> const keys = {signer.verifier_key()};
  auto const opened = open_checkpoint(note, {keys, "qrpay.example/hanoi/1"});
  ASSERT_TRUE(opened) << base::to_string(opened.error());
  EXPECT_EQ(opened->checkpoint, sample_checkpoint());
  EXPECT_EQ(open_checkpoint(note, {keys, "qrpay.example/hanoi/2"}).error().errc,
            base::Errc::kProofInvalid)
      << "a receipt of another incarnation";
}

TEST(Checkpoint, KeepsExtensionLines) {
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.extensions = {"one", "two words"};
  EXPECT_EQ(parse_checkpoint(format_checkpoint(checkpoint)).value(), checkpoint);
}

TEST(Checkpoint, RefusesEachMalformation) {
  std::string const root = base::to_base64(empty_root());
  ASSERT_TRUE(parse_checkpoint("o\n1\n" + root + "\n"));
  ASSERT_TRUE(parse_checkpoint("o\n18446744073709551615\n" + root + "\n"));
  std::vector<std::string> bad = {
      "",
      "o\n",
      "o\n1\n",
      "o\n1\n\n",
      "o\n1\nYmFuYW5hcw==\n",  // a root, but not of SHA-256
      "o\n1\n" + root + "AAAA\n",
      "o\n1\n" + root,
      "o\n1\n" + root + "\nx",
      "o\n1\n" + root + "\n\n",
      "o\n1\n" + root + "\nx\n\n",
      "\n1\n" + root + "\n",
  };
  for (char const* size : {"", "01", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    bad.push_back("o\n" + std::string(size) + '\n' + root + '\n');
  }
  for (std::string const& text : bad) {
    auto const checkpoint = parse_checkpoint(text);
    ASSERT_FALSE(checkpoint) << text;
    EXPECT_EQ(checkpoint.error().errc, base::Errc::kNoteMalformed) << text;
  }
}

TEST(Checkpoint, AWitnessCannotStandInForTheLog) {
  base::Ed25519Signer const signer(seed_of(7));
  VerifierKey const witness = witness_key("witness.example", signer);
  std::string const text = format_checkpoint(sample_checkpoint());
  Note const note{text, {cosign(witness, signer, 1'751'328'000, text)}};
  ASSERT_TRUE(verify_cosignature(note, witness));
  std::vector<VerifierKey> const keys = {witness};
  EXPECT_EQ(open_checkpoint(format_note(note), {keys}).error().errc,
            base::Errc::kNoteUnverified);
}

TEST(Checkpoint, CountsDifferentWitnessesOnly) {
  NoteSigner const log = signer_of("qrpay.example/hanoi/1", 1);
  base::Ed25519Signer const signer1(seed_of(7));
  base::Ed25519Signer const signer2(seed_of(8));
  VerifierKey const witness1 = witness_key("one.example", signer1);
  VerifierKey const witness2 = witness_key("two.example", signer2);
  std::string const text = format_checkpoint(sample_checkpoint());
  Note note = sign_note(text, std::vector<NoteSigner const*>{&log}).value();
  note.signatures.push_back(cosign(witness1, signer1, 5, text));

  std::vector<VerifierKey> const logs = {log.verifier_key()};
  std::vector<VerifierKey> const twice = {witness1, witness1, witness2};
  LogPolicy policy{.log_keys = logs, .witnesses = twice, .witnesses_min = 1};
  auto opened = open_checkpoint(format_note(note), policy);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->cosignatures, (std::vector<Cosignature>{{witness1, 5}}));
  policy.witnesses_min = 2;
  EXPECT_EQ(open_checkpoint(format_note(note), policy).error().errc, base::Errc::kNoteUnverified);
  note.signatures.push_back(cosign(witness2, signer2, 6, text));
  opened = open_checkpoint(format_note(note), policy);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->cosignatures, (std::vector<Cosignature>{{witness1, 5}, {witness2, 6}}));
  policy.witnesses_min = 1;
  note.signatures.back().signature[0] ^= 1;
  EXPECT_EQ(open_checkpoint(format_note(note), policy).error().errc,
            base::Errc::kSignatureInvalid)
      << "a false line of a known witness is not outvoted";
}

TEST(Cosignature, RefusesAnotherTimeAnotherTextAndOtherLengths) {
  base::Ed25519Signer const signer(seed_of(7));
  VerifierKey const witness = witness_key("one.example", signer);
  std::string const text = format_checkpoint(sample_checkpoint());
  NoteSignature const good = cosign(witness, signer, 5, text);
  ASSERT_TRUE(verify_cosignature({text, {good}}, witness));

  std::vector<NoteSignature> bad(4, good);
  bad[0].signature[7] ^= 1;                                  // the time
  bad[1].signature.pop_back();
  bad[2].signature.push_back('\0');
  bad[3] = cosign(witness, signer, std::uint64_t{1} << 63, text);  // past the largest time
  for (NoteSignature const& line : bad) {
    EXPECT_EQ(verify_cosignature({text, {line}}, witness).error().errc,
              base::Errc::kSignatureInvalid);
  }
  EXPECT_EQ(verify_cosignature({text + "x\n", {good}}, witness).error().errc,
            base::Errc::kSignatureInvalid);
  EXPECT_EQ(verify_cosignature({text, {}}, witness).error().errc, base::Errc::kNoteUnverified);
  VerifierKey const plain = signer_of("one.example", 7).verifier_key();
  EXPECT_EQ(verify_cosignature({text, {good}}, plain).error().errc,
            base::Errc::kKeyUnsupported);
}

}  // namespace
}  // namespace qrpay::ledger
