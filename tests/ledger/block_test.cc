#include "ledger/block.h"

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

std::string leaf_of(std::uint64_t sequence, std::size_t body_bytes = 0) {
  Record record;
  record.kind = Kind::kTick;
  record.outcome = 1;
  record.sequence = Sequence(sequence);
  if (body_bytes > 0) TlvWriter(record.body).text(1, std::string(body_bytes - 4, 'b'));
  std::string leaf;
  encode_record(record, leaf);
  return leaf;
}

std::vector<Block> blocks_of(std::vector<std::pair<std::string, std::string>> const& entries) {
  BlockBuilder builder;
  for (auto const& [leaf, side] : entries) builder.add(base::as_bytes(leaf), base::as_bytes(side));
  return builder.take();
}

Block small_block() { return blocks_of({{leaf_of(5), "abc"}, {leaf_of(6), ""}}).front(); }

std::string refusal_of(std::string const& bytes, std::uint64_t first = 5) {
  auto const view = BlockView::open(base::as_bytes(bytes), Sequence(first));
  EXPECT_FALSE(view);
  if (view) return "";
  EXPECT_EQ(view.error().errc, Errc::kJournalCorrupt);
  return view.error().detail;
}

/// `bytes` with a checksum that holds, so that the rules behind it are reached.
std::string resealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  auto const digest = base::sha256(base::as_bytes(bytes));
  return bytes + std::string(base::as_text(digest).substr(0, 8));
}

std::string leaf_hex(std::string const& sequence) {
  return "01000001003c0001" + sequence + std::string(192, '0');
}

TEST(Block, SmallBlockHasTheGoldenBytes) {
  Block const block = small_block();
  EXPECT_EQ(block.first, Sequence(5));
  EXPECT_EQ(block.count, 2U);
  // The checksum was computed with Python's hashlib.
  EXPECT_EQ(base::to_hex(base::as_bytes(block.bytes)),
            "51504231"                                                // "QPB1"
            "00000002"                                                // records
            "0000000000000005"                                        // first sequence
            "0070" "00000003" + leaf_hex("0000000000000005") + "616263"  // leaf, side
            "0070" "00000000" + leaf_hex("0000000000000006") +
            "00000010" "00000089"                                     // offsets
            "582887c5800ccf28");                                      // checksum
}

TEST(Block, GivesBackWhatWasAdded) {
  Block const block = small_block();
  auto const view = BlockView::open(base::as_bytes(block.bytes), Sequence(5));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->first(), Sequence(5));
  EXPECT_EQ(view->last(), Sequence(6));
  EXPECT_EQ(view->count(), 2U);
  EXPECT_EQ(base::as_text(view->at(Sequence(5)).leaf), leaf_of(5));
  EXPECT_EQ(base::as_text(view->at(Sequence(5)).side), "abc");
  EXPECT_EQ(base::as_text(view->at(Sequence(6)).leaf), leaf_of(6));
  EXPECT_EQ(base::as_text(view->at(Sequence(6)).side), "");
  EXPECT_FALSE(view->holds(Sequence(4)));
  EXPECT_FALSE(view->holds(Sequence(7)));
}

TEST(Block, ABuilderWithoutRecordsMakesNoBlocks) { EXPECT_TRUE(BlockBuilder().take().empty()); }

TEST(Block, CutsBefore64KiB) {
  // 8 KiB of leaf, side and overhead each: eight of them and the frame do not fit.
  std::vector<std::pair<std::string, std::string>> entries;
  for (std::uint64_t n = 1; n <= 30; ++n)
    entries.emplace_back(leaf_of(n), std::string(8192 - kRecordHeaderBytes - 10, 's'));
  auto const blocks = blocks_of(entries);
  ASSERT_EQ(blocks.size(), 5U);
  std::uint64_t next = 1;
  for (auto const& block : blocks) {
    EXPECT_LE(block.bytes.size(), kBlockBytesMax);
    EXPECT_EQ(block.first, Sequence(next));
    EXPECT_EQ(block.count, next == 29 ? 2U : 7U);
    EXPECT_TRUE(BlockView::open(base::as_bytes(block.bytes), block.first));
    next += block.count;
  }
  EXPECT_EQ(next, 31U);
}

TEST(Block, FillsABlockToTheLastByte) {
  // Frame 16 + 8, two entries of 10 + leaf + side.
  std::size_t const room = kBlockBytesMax - 24 - 2 * (10 + kRecordHeaderBytes);
  auto const exact = blocks_of({{leaf_of(1), std::string(room / 2, 's')},
                                {leaf_of(2), std::string(room - room / 2, 's')}});
  ASSERT_EQ(exact.size(), 1U);
  EXPECT_EQ(exact[0].bytes.size(), kBlockBytesMax);
  auto const over = blocks_of({{leaf_of(1), std::string(room / 2, 's')},
                               {leaf_of(2), std::string(room - room / 2 + 1, 's')}});
  EXPECT_EQ(over.size(), 2U);
}

TEST(Block, ALargeRecordStandsAlone) {
  std::string const large(70'000, 's');
  auto const blocks = blocks_of({{leaf_of(1), ""},
                                 {leaf_of(2, kRecordBytesMax - kRecordHeaderBytes), large},
                                 {leaf_of(3), ""}});
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[1].count, 1U);
  EXPECT_GT(blocks[1].bytes.size(), kBlockBytesMax);
  auto const view = BlockView::open(base::as_bytes(blocks[1].bytes), Sequence(2));
  ASSERT_TRUE(view);
  EXPECT_EQ(base::as_text(view->at(Sequence(2)).side), large);
}

TEST(BlockDeathTest, AddingOutOfSequenceIsABug) {
  BlockBuilder builder;
  std::string const leaf = leaf_of(1);
  builder.add(base::as_bytes(leaf), {});
  EXPECT_DEATH(builder.add(base::as_bytes(leaf), {}), "peek_sequence");
}

TEST(Block, RefusesEveryFlippedBit) {
  std::string const bytes = small_block().bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 1; bit < 256; bit <<= 1) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ bit);
      EXPECT_EQ(refusal_of(damaged), "sequence 5: block checksum") << i;
    }
  }
}

TEST(Block, RefusesEveryCutAndAnyMore) {
  std::string const bytes = small_block().bytes;
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_EQ(refusal_of(bytes.substr(0, n)),
              n < 24 ? "sequence 5: block too short" : "sequence 5: block checksum");
  EXPECT_EQ(refusal_of(bytes + '\0'), "sequence 5: block checksum");
}

TEST(Block, RefusesAnotherPlace) {
  EXPECT_EQ(refusal_of(small_block().bytes, 6), "sequence 6: block first sequence");
}

struct Refusal {
  std::size_t at;
  char const* bytes;
  char const* detail;
};

// Entries at 16 and 137, offset table at 255, checksum at 263.
constexpr Refusal kRefusals[] = {
    {0, "51504232", "sequence 5: block magic"},
    {4, "00000000", "sequence 5: block count"},
    {4, "ffffffff", "sequence 5: block count"},
    {4, "00000001", "sequence 5: block offset table"},
    {4, "00000003", "sequence 5: block entry length"},
    {16, "006f", "sequence 5: block entry length"},
    {16, "ffff", "sequence 5: block entry length"},
    {18, "ffffffff", "sequence 5: block entry length"},
    {18, "00000002", "sequence 5: block entry length"},
    {30, "0000000000000006", "sequence 5: block sequence"},
    {151, "0000000000000005", "sequence 5: block sequence"},
    {255, "00000011", "sequence 5: block offset table"},
    {259, "00000088", "sequence 5: block offset table"},
};

TEST(Block, RefusesEachRuleByNameBehindAGoodChecksum) {
  for (auto const& refusal : kRefusals) {
    std::string bytes = small_block().bytes;
    std::string const replacement = base::from_hex(refusal.bytes).value_or("");
    bytes.replace(refusal.at, replacement.size(), replacement);
    EXPECT_EQ(refusal_of(resealed(bytes)), refusal.detail) << refusal.at << " " << refusal.bytes;
  }
  std::string longer = small_block().bytes;
  longer.insert(263, 1, '\0');
  EXPECT_EQ(refusal_of(resealed(longer)), "sequence 5: block length");
}

}  // namespace
}  // namespace qrpay::ledger::test
