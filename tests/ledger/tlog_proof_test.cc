#include "ledger/tlog_proof.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace qrpay::ledger {
namespace {

constexpr std::string_view kOrigin = "qrpay.example/hanoi/1";
constexpr std::uint64_t kLogSize = 70;

std::string entry_at(std::uint64_t index) { return "record " + std::to_string(index); }

// A log of 70 records and the receipts it gives.
class TlogProofTest : public testing::Test {
 protected:
  TlogProofTest() {
    for (std::uint64_t i = 0; i < kLogSize; ++i) {
      tree_.append(leaf_hash(base::as_bytes(entry_at(i))));
    }
  }

  std::string checkpoint(std::uint64_t size) const {
    std::vector<NoteSigner const*> const signers = {&signer_};
    return sign_checkpoint({std::string(kOrigin), size, tree_.root(size).value(), {}}, signers)
        .value();
  }

  TlogProof proof(std::uint64_t index, std::uint64_t size) const {
    return {index, tree_.inclusion(index, size).value(), "", checkpoint(size)};
  }

  base::Result<ProvenEntry> verify(std::string_view entry, std::string_view text) const {
    return verify_tlog_proof(base::as_bytes(entry), text, {keys_, kOrigin});
  }

  NoteSigner const signer_ = NoteSigner::make(std::string(kOrigin), base::Secret{}).value();
  std::vector<VerifierKey> const keys_ = {signer_.verifier_key()};
  MerkleTree tree_;
};

TEST_F(TlogProofTest, ProvesEveryEntryAtItsOwnIndexOnly) {
  for (std::uint64_t index = 0; index < kLogSize; ++index) {
    std::string const text = format_tlog_proof(proof(index, kLogSize));
    auto const proven = verify(entry_at(index), text);
    ASSERT_TRUE(proven) << index << ' ' << base::to_string(proven.error());
    EXPECT_EQ(proven->index, index);
    EXPECT_EQ(proven->checkpoint.checkpoint.size, kLogSize);
    EXPECT_EQ(verify(entry_at(index + 1), text).error().errc, base::Errc::kProofInvalid);
  }
}

TEST_F(TlogProofTest, ReadsBackWhatItWrote) {
  for (std::string const& extra : {std::string(), std::string("\0\xff\n opening", 11),
                                   std::string(kProofExtraBytesMax, 'x')}) {
    TlogProof written = proof(3, 50);
    written.extra = extra;
    std::string const text = format_tlog_proof(written);
    EXPECT_EQ(text.find("\nextra ") != std::string::npos, !extra.empty());
    EXPECT_EQ(parse_tlog_proof(text).value(), written);
    EXPECT_EQ(verify(entry_at(3), text).value().extra, extra);
  }
}

TEST_F(TlogProofTest, AnyFlippedBitOutsideTheExtraLineIsRefused) {
  std::string text = format_tlog_proof(proof(5, 13));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
      EXPECT_FALSE(verify(entry_at(5), text)) << "byte " << i << " bit " << bit;
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
    }
  }
  EXPECT_TRUE(verify(entry_at(5), text));
}

TEST_F(TlogProofTest, RefusesForeignLogsAndOtherSizes) {
  std::string const text = format_tlog_proof(proof(5, 13));
  std::string const entry = entry_at(5);
  auto const errc_with = [&](LogPolicy const& policy) {
    return verify_tlog_proof(base::as_bytes(entry), text, policy).error().errc;
  };
  EXPECT_EQ(errc_with({}), base::Errc::kNoteUnverified);
  EXPECT_EQ(errc_with({keys_, "qrpay.example/hanoi/2"}), base::Errc::kProofInvalid);
  EXPECT_EQ(errc_with({.log_keys = keys_, .witnesses_min = 1}), base::Errc::kNoteUnverified);
  TlogProof mixed = proof(5, 13);
  mixed.checkpoint = checkpoint(14);
  EXPECT_EQ(verify(entry, format_tlog_proof(mixed)).error().errc, base::Errc::kProofInvalid);
}

TEST_F(TlogProofTest, RefusesEachMalformation) {
  std::string const header = "c2sp.org/tlog-proof@v1\n";
  std::string const hash = base::to_base64(empty_root()) + "\n";
  std::string const note = checkpoint(1);
  ASSERT_TRUE(parse_tlog_proof(header + "extra AA==\nindex 0\n" + hash + "\n" + note));
  std::string hashes_65;
  for (std::size_t i = 0; i <= kProofHashesMax; ++i) hashes_65 += hash;
  std::string const extra_too_long =
      base::to_base64(base::as_bytes(std::string(kProofExtraBytesMax + 1, 'x')));
  std::vector<std::string> const bad = {
      "",
      header,
      "c2sp.org/tlog-proof@v2\nindex 0\n\n" + note,
      header + "index 0\n",
      header + "index 0\n\n",
      header + "index 0\n" + note,
      header + "index 00\n\n" + note,
      header + "index\n\n" + note,
      header + "index  0\n\n" + note,
      header + "Index 0\n\n" + note,
      header + "index 18446744073709551616\n\n" + note,
      header + "extra \nindex 0\n\n" + note,
      header + "extra A\nindex 0\n\n" + note,
      header + "extra AA==\n\n" + note,
      header + "extra AA==\nextra AA==\nindex 0\n\n" + note,
      header + "index 0\nextra AA==\n\n" + note,
      header + "extra " + extra_too_long + "\nindex 0\n\n" + note,
      header + "index 0\nYmFuYW5hcw==\n\n" + note,
      header + "index 0\n" + hashes_65 + "\n" + note,
      header + "index 0\n\nno checkpoint\n",
      header + "index 0\n\n" + note + "x",
      header + "index 0\n\n" + std::string(kProofBytesMax, 'x'),
  };
  for (std::string const& text : bad) {
    auto const proof = parse_tlog_proof(text);
    ASSERT_FALSE(proof) << text.substr(0, 200);
    EXPECT_EQ(proof.error().errc, base::Errc::kNoteMalformed) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace qrpay::ledger
