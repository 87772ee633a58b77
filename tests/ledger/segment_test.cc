#include "ledger/segment.h"

#include <algorithm>

#include "ledger/memory_store.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

std::string leaf_of(std::uint64_t sequence) {
  Record record;
  record.kind = Kind::kTick;
  record.outcome = 1;
  record.sequence = Sequence(sequence);
  std::string leaf;
  encode_record(record, leaf);
  return leaf;
}

std::string hex_digest(std::string const& bytes) {
  return base::to_hex(base::sha256(base::as_bytes(bytes)));
}

class Segment : public testing::Test {
 protected:
  /// `count` records from `first` on; side records of up to `side_max` bytes.
  SegmentEntry write(std::uint64_t first, std::uint32_t count, std::size_t side_max) {
    auto writer = SegmentWriter::create(directory(), {Sequence(first), count});
    EXPECT_TRUE(writer);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string side;
      while (side_max > 0 && side.size() < 4 * ((i + 1) % side_max)) side += "side";
      std::string const leaf = leaf_of(first + i);
      EXPECT_TRUE(writer->add({base::as_bytes(leaf), base::as_bytes(side)}));
    }
    auto const entry = writer->finish();
    EXPECT_TRUE(entry);
    return *entry;
  }
  std::string const& directory() const { return scratch_.path(); }
  std::string path(SegmentSpan const& span) const { return directory() + '/' + span.name(); }

  /// "" when it opens and checks.
  std::string fault_of(SegmentSpan const& span) const {
    auto const file = SegmentFile::open(directory(), span);
    if (file) {
      auto const checked = file->check();
      if (checked) return "";
      EXPECT_EQ(checked.error().errc, Errc::kArchiveDamaged);
      return checked.error().detail;
    }
    EXPECT_EQ(file.error().errc, Errc::kArchiveDamaged);
    return file.error().detail;
  }

  ScratchDirectory scratch_;
};

// Both golden files were made by a Python program written from docs/formats/segment.md.
TEST_F(Segment, SmallSegmentHasTheGoldenBytes) {
  SegmentSpan const span{Sequence(1), 2};
  auto writer = SegmentWriter::create(directory(), span);
  ASSERT_TRUE(writer->add({base::as_bytes(leaf_of(1)), base::as_bytes("abc")}));
  ASSERT_TRUE(writer->add({base::as_bytes(leaf_of(2)), {}}));
  auto const entry = writer->finish();
  ASSERT_TRUE(entry);
  EXPECT_EQ(span.name(), "segment-000000000001-000000000002");
  std::string const leaf =
      "01000001003c0001"
      "%" +
      std::string(192, '0');
  auto const leaf_hex = [&](std::string const& sequence) {
    return std::string(leaf).replace(leaf.find('%'), 1, sequence);
  };
  EXPECT_EQ(base::to_hex(base::as_bytes(slurp(path(span)))),
            "51505331"
            "00000002"
            "0000000000000001"  // "QPS1", records, first sequence
            "51504231"
            "00000002"
            "0000000000000001"  // one block
            "0070"
            "00000003" +
                leaf_hex("0000000000000001") +
                "616263"
                "0070"
                "00000000" +
                leaf_hex("0000000000000002") +
                "00000010"
                "00000089"
                "5889cafc49c46eb8"
                "0000000000000001"
                "0000000000000010"  // index: the block's first sequence, offset
                "000000000000011f"
                "00000001"
                "00000000"  // where the index begins, blocks, groups
                "bf143c4e318cca38dbce7c0add124945e0a24c4f751871773a42f4b0316351fb");
  EXPECT_EQ(base::to_hex(entry->sha256),
            "c468e5c0e10777f989ade875af1373dd5fc6c9f4d4f7f69173abbeb616b8bd17");
  EXPECT_EQ(base::to_hex(entry->root),
            "8c4b8bd143933503504b3f86c70e308ea00ea0952d45afcaa078d3a5f3172f03");
}

TEST_F(Segment, SegmentOfSeveralBlocksAndGroupsHasTheGoldenHash) {
  auto const entry = write(65'537, 600, 50);
  EXPECT_EQ(entry.bytes, 132'248U);
  EXPECT_EQ(base::to_hex(entry.sha256),
            "d14e7eb0aa7d2c393e479901080941b323f7d3468662ef18b82a92cfa6756945");
  EXPECT_EQ(base::to_hex(entry.root),
            "f5ba696e1db72c2cf3d39564e3454260cef75d63c6a9f4d9825d2410a3b35a4f");
  EXPECT_EQ(hex_digest(slurp(path(entry.span))), base::to_hex(entry.sha256));
  EXPECT_EQ(SegmentFile::open(directory(), entry.span)->check().value(), entry);
}

TEST_F(Segment, ReadsEveryRecordAndScansFromAny) {
  auto const entry = write(1, 600, 50);
  auto const file = SegmentFile::open(directory(), entry.span);
  ASSERT_TRUE(file);
  for (std::uint64_t n = 1; n <= 600; ++n) {
    auto const block = file->read_block(Sequence(n));
    ASSERT_TRUE(block);
    auto const view = BlockView::open(base::as_bytes(block->bytes), block->first);
    ASSERT_TRUE(view->holds(Sequence(n)));
    EXPECT_EQ(base::as_text(view->at(Sequence(n)).leaf), leaf_of(n));
    EXPECT_EQ(view->at(Sequence(n)).side.size(), 4 * (n % 50));
    std::uint64_t next = block->first.value();
    ASSERT_TRUE(file->scan(Sequence(n), [&](Block const& each) {
      EXPECT_EQ(each.first.value(), next);
      next += each.count;
      return true;
    }));
    EXPECT_EQ(next, 601U);
  }
  EXPECT_EQ(SegmentFile::open_file(path(entry.span))->span(), entry.span);
}

TEST_F(Segment, IsTheSameHoweverTheJournalWasCut) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::string first_bytes;
  for (int round = 0; round < 5; ++round) {
    MemoryStore store;
    for (std::uint64_t next = 1; next <= 900;) {
      BlockBuilder builder;
      std::uint64_t const count = round == 0 ? 1 : 1 + below(random, 300);
      for (std::uint64_t i = 0; i < count && next <= 900; ++i, ++next)
        builder.add(base::as_bytes(leaf_of(next)), base::as_bytes("side"));
      ASSERT_TRUE(store.append(builder.take()));
    }
    std::vector<SegmentEntry> entries;
    ASSERT_TRUE(cut_segments(store, {0, Sequence(800), directory()}, [&](auto const& entry) {
      entries.push_back(entry);
      return base::Result<void>();
    }));
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].span, (SegmentSpan{Sequence(1), 800}));
    std::string const bytes = slurp(path(entries[0].span));
    if (round == 0) first_bytes = bytes;
    EXPECT_EQ(bytes, first_bytes) << "round " << round;
  }
}

TEST_F(Segment, AStoreThatEndsEarlyIsNamed) {
  MemoryStore store;
  BlockBuilder builder;
  builder.add(base::as_bytes(leaf_of(1)), {});
  ASSERT_TRUE(store.append(builder.take()));
  auto const cut = cut_segments(store, {0, Sequence(2), directory()},
                                [](auto const&) { return base::Result<void>(); });
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().errc, Errc::kJournalTruncated);
}

TEST_F(Segment, NoByteCanBeFlippedUnseen) {
  auto const entry = write(1, 270, 3);
  std::string const good = slurp(path(entry.span));
  std::string const where = "file " + path(entry.span) + " (sequences 1 to 270): ";
  // Every byte of the ends; of the records in between every byte, or one in eleven.
  std::size_t const step = is_long_run() ? 1 : 11;
  for (std::size_t at = 0; at < good.size(); at += at < 200 || good.size() - at < 200 ? 1 : step) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    spill(path(entry.span), bad);
    EXPECT_TRUE(fault_of(entry.span).starts_with(where)) << "offset " << at;
  }
  spill(path(entry.span), good);
  EXPECT_EQ(fault_of(entry.span), "");
}

TEST_F(Segment, NoLengthPasses) {
  auto const entry = write(1, 270, 3);
  std::string const good = slurp(path(entry.span));
  for (std::size_t size = 0; size < good.size(); size += size < 100 ? 1 : 97) {
    spill(path(entry.span), good.substr(0, size));
    EXPECT_NE(fault_of(entry.span), "") << size;
  }
  spill(path(entry.span), good + '\0');
  EXPECT_NE(fault_of(entry.span), "");
  std::filesystem::remove(path(entry.span));
  EXPECT_NE(fault_of(entry.span), "");
}

TEST_F(Segment, AFileOfOtherRecordsIsNotTakenForThese) {
  auto const entry = write(1, 3, 0);
  auto const other = write(1, 2, 0);
  std::filesystem::rename(path(other.span), path(entry.span));
  EXPECT_NE(fault_of(entry.span).find("of other records"), std::string::npos);
}

TEST_F(Segment, ABlockThatHoldsOtherRecordsIsDamage) {
  // Checksums that hold, over blocks that are not cut where the index says.
  auto const entry = write(1, 2, 0);
  std::string bytes = slurp(path(entry.span));
  std::size_t const tail = bytes.size() - 16 - 48;
  bytes[tail + 7] = 2;  // the block is said to begin at 2
  std::string const covered = bytes.substr(0, 16) + bytes.substr(tail, 32);
  auto const digest = base::sha256(base::as_bytes(covered));
  bytes.replace(bytes.size() - 32, 32, base::as_text(digest));
  spill(path(entry.span), bytes);
  EXPECT_NE(fault_of(entry.span).find("index"), std::string::npos);
}

TEST(SegmentSpans, FollowEachOther) {
  EXPECT_EQ(segment_span(0, 1), (SegmentSpan{Sequence(1), 1}));
  EXPECT_EQ(segment_span(0, 65'536), (SegmentSpan{Sequence(1), 65'536}));
  EXPECT_EQ(segment_span(1, 65'537), (SegmentSpan{Sequence(65'537), 1}));
  EXPECT_TRUE(segment_span(0, 70'000).is_full());
  EXPECT_FALSE(segment_span(1, 70'000).is_full());
  EXPECT_EQ(segment_span(1, 70'000).last(), Sequence(70'000));
}

TEST(SegmentLine, IsReadAsItWasWritten) {
  SegmentEntry entry{{Sequence(65'537), 600}, 132'248, {}, {}};
  entry.sha256[0] = 0xab;
  entry.root[31] = 0x01;
  std::string const line = format_segment_line(entry);
  EXPECT_EQ(line, "segment 65537 600 132248 ab" + std::string(62, '0') + ' ' +
                      std::string(62, '0') + "01");
  EXPECT_EQ(parse_segment_line(line).value(), entry);
  for (std::string const& bad :
       {std::string("segment 65536") + line.substr(13),
        std::string("segment 065537") + line.substr(13), line + ' ',
        line.substr(0, line.size() - 1), std::string(), std::string("segment"),
        std::string("segment 65537 0") + line.substr(17),
        std::string("segment 65537 65537") + line.substr(17)})
    EXPECT_FALSE(parse_segment_line(bad)) << bad;
}

TEST(SegmentRoots, AreNodesOfTheTree) {
  // Three segments' worth of leaves without writing them.
  std::vector<SegmentEntry> entries;
  MerkleTree whole;
  for (std::uint64_t number = 0; number < 3; ++number) {
    std::uint32_t const count = number < 2 ? 65'536 : 1'234;
    MerkleTree part;
    for (std::uint32_t i = 0; i < count; ++i) {
      Digest leaf{};
      leaf[0] = static_cast<std::uint8_t>(number);
      leaf[1] = static_cast<std::uint8_t>(i);
      leaf[2] = static_cast<std::uint8_t>(i >> 8);
      part.append(leaf);
      whole.append(leaf);
    }
    entries.push_back({{Sequence(number * 65'536 + 1), count}, 0, {}, part.root()});
    EXPECT_EQ(root_of_segments(entries), whole.root()) << number;
  }
  EXPECT_EQ(root_of_segments({}), empty_root());
}

}  // namespace
}  // namespace qrpay::ledger::test
