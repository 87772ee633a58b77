// Receipts for one QR code: the bytes, the sizes that are promised, and that none can be bent.
#include "ledger/compact_receipt.h"

#include <bit>

#include "ledger/memory_store.h"
#include "ledger/witness.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

constexpr std::uint64_t kTenMillion = 10'000'000;
/// What LEDGER 4 promises.
constexpr std::size_t kPromisedBytes = 1'500;
/// Alphanumeric characters in a symbol of version 40 at level L (ISO 18004, table 7).
constexpr std::size_t kSymbolCharactersMax = 4'296;

class CompactReceipts : public testing::Test {
 protected:
  CompactReceipts() {
    std::vector<Log::Sealed> batch;
    for (std::uint64_t i = 1; i <= 300; ++i) {
      Sections sections;
      if (i % 3 != 0) sections.push_back({0, "section 0 of " + std::to_string(i)});
      if (i % 3 == 2) sections.push_back({1, "a payer"});
      batch.push_back(seal_record(transfer_record(i, random_), sections, cursor_));
    }
    EXPECT_TRUE(log_.append(batch));
  }
  std::string note(std::uint64_t size) const {
    NoteSigner const* signers[] = {&signer_};
    return sign_checkpoint({kTestOrigin, size, log_.root(size).value(), {}}, signers).value();
  }
  std::string make(std::uint64_t sequence, std::uint64_t size) {
    auto made = make_compact_receipt(log_, cursor_, Sequence(sequence), note(size), witnesses_);
    EXPECT_TRUE(made) << to_string(made.error());
    return std::move(*made);
  }
  base::Result<Receipt> verify(std::string const& bytes, std::size_t witnesses_min = 0) const {
    return verify_compact_receipt(
        base::as_bytes(bytes),
        {.log_keys = keys_, .witnesses = witnesses_, .witnesses_min = witnesses_min});
  }

  std::mt19937_64 random_{1};
  MemoryStore store_;
  Log log_{store_, std::nullopt};
  VaultCursor cursor_{Vault::in_memory(base::Secret(base::Bytes32{3}))};
  NoteSigner const signer_ = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{1})).value();
  CosignatureSigner const witness_ =
      CosignatureSigner::make("witness.test/1", base::Secret(base::Bytes32{2})).value();
  std::vector<VerifierKey> const keys_ = {signer_.verifier_key()};
  std::vector<VerifierKey> const witnesses_ = {witness_.verifier_key()};
};

TEST_F(CompactReceipts, ProveEveryRecordAtEverySize) {
  for (std::uint64_t sequence = 1; sequence <= 300; sequence += 7) {
    for (std::uint64_t size = sequence; size <= 300; size += 11) {
      auto const receipt = verify(make(sequence, size));
      ASSERT_TRUE(receipt) << sequence << " at " << size << ": " << to_string(receipt.error());
      EXPECT_EQ(receipt->record.sequence, Sequence(sequence));
      EXPECT_EQ(receipt->checkpoint.size, size);
      EXPECT_EQ(receipt->section0,
                sequence % 3 == 0 ? "" : "section 0 of " + std::to_string(sequence));
    }
  }
}

TEST_F(CompactReceipts, GoldenBytes) {
  CompactReceipt receipt;
  receipt.size = 0x0102030405060708;
  receipt.log.key_id = 0xaabbccdd;
  receipt.log.signature.fill(0x11);
  receipt.witnesses.push_back({0x01020304, 0x65, {}});
  receipt.witnesses.back().signature.fill(0x22);
  Digest hash;
  hash.fill(0x33);
  receipt.hashes = {hash};
  receipt.leaf = "leaf";
  hash.fill(0x44);
  receipt.opening = CompactReceipt::Opening{hash, "text"};
  hash.fill(0x55);
  receipt.digests = {hash};
  auto const many = [](char const* pair, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += pair;
    return all;
  };
  std::string const golden =
      "51524301"
      "0102030405060708"
      "aabbccdd" +
      many("11", 64) +
      "01"
      "01020304"
      "0000000000000065" +
      many("22", 64) + "01" + many("33", 32) +
      "0004"
      "6c656166"
      "01" +
      many("44", 32) +
      "0004"
      "74657874"
      "01" +
      many("55", 32);
  std::string const bytes = format_compact_receipt(receipt);
  EXPECT_EQ(base::to_hex(base::as_bytes(bytes)), golden);
  EXPECT_EQ(parse_compact_receipt(base::as_bytes(bytes)).value(), receipt);
  EXPECT_TRUE(is_compact_receipt(bytes));
  // One whole receipt, signature and all, so that no step of making it changes unseen.
  EXPECT_EQ(base::to_hex(base::sha256(base::as_bytes(make(200, 200)))),
            "3ca60dc8c0b5cfc40e86753df58e800e7e0c9e4451058b7cb7c9275f4e8e1df7");
}

TEST_F(CompactReceipts, RefuseEveryChangedByteAndEveryLength) {
  std::string const bytes = make(101, 300);
  ASSERT_TRUE(verify(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      ASSERT_FALSE(verify(changed)) << "byte " << i << " bit " << bit;
    }
    ASSERT_FALSE(verify(bytes.substr(0, i))) << i;
  }
  EXPECT_EQ(verify(bytes + '\0').error().errc, Errc::kMalformed);
}

TEST_F(CompactReceipts, CarryCosignaturesForWhoAsks) {
  std::string cosigned = note(250);
  NoteSignature const line = witness_.cosign(parse_note(cosigned)->text, 1'700'000'000);
  cosigned = with_cosignatures(cosigned, {&line, 1}).value();
  auto const bytes = make_compact_receipt(log_, cursor_, Sequence(7), cosigned, witnesses_).value();
  auto const receipt = verify(bytes, 1);
  ASSERT_TRUE(receipt) << to_string(receipt.error());
  ASSERT_EQ(receipt->cosignatures.size(), 1U);
  EXPECT_EQ(receipt->cosignatures[0].timestamp, 1'700'000'000U);
  EXPECT_EQ(verify(make(7, 250), 1).error().errc, Errc::kNoteUnverified);
  // To who does not know the witness, its line is nothing.
  EXPECT_TRUE(verify_compact_receipt(base::as_bytes(bytes), {.log_keys = keys_}));
  CompactReceipt changed = parse_compact_receipt(base::as_bytes(bytes)).value();
  ++changed.witnesses[0].timestamp;
  EXPECT_EQ(verify(format_compact_receipt(changed)).error().errc, Errc::kSignatureInvalid);
}

TEST_F(CompactReceipts, RefuseAnotherLogAndAnotherPlace) {
  std::string const bytes = make(101, 300);
  auto const other = NoteSigner::make("log.test/0/2", base::Secret(base::Bytes32{1}));
  std::vector<VerifierKey> const keys = {other->verifier_key()};
  EXPECT_EQ(verify_compact_receipt(base::as_bytes(bytes), {.log_keys = keys}).error().errc,
            Errc::kNoteUnverified);
  CompactReceipt moved = parse_compact_receipt(base::as_bytes(bytes)).value();
  moved.leaf = parse_compact_receipt(base::as_bytes(make(102, 300)))->leaf;
  EXPECT_EQ(verify(format_compact_receipt(moved)).error().errc, Errc::kSignatureInvalid);
  moved = parse_compact_receipt(base::as_bytes(bytes)).value();
  moved.hashes.pop_back();
  EXPECT_EQ(verify(format_compact_receipt(moved)).error().errc, Errc::kProofInvalid);
  moved.size = 100;
  EXPECT_EQ(verify(format_compact_receipt(moved)).error().errc, Errc::kProofInvalid);
}

TEST_F(CompactReceipts, LeaveALongTextOut) {
  std::uint64_t const sequence = 301;
  Sections const sections = {{0, std::string(kCompactTextBytesMax + 1, 'x')}, {1, "payer"}};
  ASSERT_TRUE(
      log_.append(std::vector{seal_record(transfer_record(sequence, random_), sections, cursor_)}));
  std::string const bytes = make(sequence, sequence);
  EXPECT_FALSE(parse_compact_receipt(base::as_bytes(bytes))->opening);
  auto const receipt = verify(bytes);
  ASSERT_TRUE(receipt) << to_string(receipt.error());
  EXPECT_EQ(receipt->section0, "");
}

TEST_F(CompactReceipts, ThePathIsShortestAtTheRecordsOwnSize) {
  for (std::uint64_t sequence = 1; sequence <= 300; ++sequence) {
    auto const own = log_.inclusion(Sequence(sequence), sequence)->hashes.size();
    ASSERT_EQ(own, static_cast<std::size_t>(std::popcount(sequence - 1)));
    for (std::uint64_t size = sequence; size <= 300; ++size)
      ASSERT_GE(log_.inclusion(Sequence(sequence), size)->hashes.size(), own);
  }
}

/// A credit with everything that a leaf of a sale can hold, and three sections.
Record heaviest_credit(Sequence sequence) {
  std::mt19937_64 random{2};
  Record record = transfer_record(1, random);
  record.kind = Kind::kBankCredit;
  record.sequence = sequence;
  for (std::uint8_t i = 0; i < kMoneyTagsMax; ++i)
    record.money_tags.push_back(MoneyTag(Bytes16{i, 1}));
  // The receipt, the sale, and what was paid above it.
  record.postings.push_back(record.postings[1]);
  TlvWriter body(record.body);
  body.u64(field::kShop, sequence.value());
  body.u64(field::kBankAccount, sequence.value());
  body.text(field::kAllocations, std::string(16, 'a'));
  body.u64(field::kTimeOfSale, 1'795'489'445'000'000);
  body.text(field::kRail, "r");
  body.text(field::kCodeKind, "k");
  body.text(field::kPurpose, "p");
  body.text(field::kExclusions, "xxxx");
  body.text(field::kDirection, "d");
  body.text(field::kOrderStates, "ss");
  return record;
}

/// As a tree of ten million gives it, its hashes drawn: `index` is all ones, so every hash of its
/// path stands to the left.
std::string heaviest_receipt(NoteSigner const& signer, VaultCursor& cursor) {
  std::uint64_t const size = std::uint64_t{1} << 23;
  static_assert((std::uint64_t{1} << 23) < kTenMillion && (std::uint64_t{1} << 24) > kTenMillion);
  std::string const text(kCompactTextBytesMax, 't');
  Sections const sections = {{0, text}, {1, "payer and note"}, {2, "the signed original"}};
  Log::Sealed const sealed = seal_record(heaviest_credit(Sequence(size)), sections, cursor);
  CompactReceipt receipt;
  receipt.size = size;
  receipt.leaf = sealed.leaf;
  Digest root = leaf_hash(base::as_bytes(sealed.leaf));
  for (std::uint8_t level = 0; level < 23; ++level) {
    receipt.hashes.push_back(base::sha256({&level, 1}));
    root = node_hash(receipt.hashes.back(), root);
  }
  NoteSignature const line = signer.sign(format_checkpoint({kTestOrigin, size, root, {}}));
  base::ByteReader reader(base::as_bytes(line.signature));
  receipt.log = {line.key_id, reader.array<64>()};
  SideRecord const side = decode_side(base::as_bytes(sealed.side)).value();
  receipt.opening = CompactReceipt::Opening{cursor.section_keys(Sequence(size), 0).salt, text};
  receipt.digests = {side[1].digest, side[2].digest};
  return format_compact_receipt(receipt);
}

TEST_F(CompactReceipts, StayUnder1500BytesInATreeOf10MillionRecords) {
  std::uint64_t hashes = 0;
  int most = 0;
  for (std::uint64_t index = 0; index < kTenMillion; ++index) {
    int const count = std::popcount(index);
    hashes += static_cast<std::uint64_t>(count);
    most = std::max(most, count);
  }
  EXPECT_EQ(most, 23);
  EXPECT_LT(hashes, 12 * kTenMillion) << "17 on average at the first checkpoint of a schedule";
  std::string const worst = heaviest_receipt(signer_, cursor_);
  ASSERT_TRUE(verify(worst)) << to_string(verify(worst).error());
  EXPECT_LE(worst.size(), kPromisedBytes);
  EXPECT_LE(compact_receipt_text(worst).size(), kSymbolCharactersMax);
  RecordProperty("worst_bytes", static_cast<int>(worst.size()));
  // On average 12 hashes are left of the 23.
  RecordProperty("average_bytes", static_cast<int>(worst.size() - 11 * 32));
  EXPECT_LE(worst.size() - 11 * 32, 1'200U);
}

TEST(CompactReceiptText, IsBase45OfRfc9285) {
  // The examples of RFC 9285, 4.3.
  EXPECT_EQ(compact_receipt_text("AB"), "QRC1:BB8");
  EXPECT_EQ(compact_receipt_text("Hello!!"), "QRC1:%69 VD92EX0");
  EXPECT_EQ(compact_receipt_text("base-45"), "QRC1:UJCLQE7W581");
  EXPECT_EQ(parse_compact_receipt_text("QRC1:QED8WEX0").value(), "ietf!");
  std::mt19937_64 random{3};
  for (std::size_t size = 0; size < 300; ++size) {
    std::string const bytes = random_text(random, size);
    ASSERT_EQ(parse_compact_receipt_text(compact_receipt_text(bytes)).value(), bytes);
  }
}

TEST(CompactReceiptText, RefusesWhatNoWriterMakes) {
  for (char const* text : {"", "QRC1", "QRC2:BB8", "QRC1:B", "QRC1:BB8B", "QRC1:bb8",
                           "QRC1:::", "QRC1::::", "QRC1:GGW", "QRC1:BB8\n"})
    EXPECT_EQ(parse_compact_receipt_text(text).error().errc, Errc::kMalformed) << text;
}

}  // namespace
}  // namespace qrpay::ledger::test
