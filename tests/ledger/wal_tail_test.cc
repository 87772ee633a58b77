// How a write-ahead log ends: a real one, damaged at every byte of its last writes.
#include "ledger/wal_tail.h"

#include <gtest/gtest.h>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

/// The newest log of a journal, and its length after each write.
struct Wal {
  std::string bytes;
  std::vector<std::size_t> ends;
};

Wal make_wal(std::uint64_t seed, int writes, std::size_t section_bytes_max) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  std::mt19937_64 random(seed);
  DiskLedger ledger(paths);
  EXPECT_TRUE(ledger.create(seed));
  std::string path;
  for (auto const& [name, content] : image_of(paths.journal()))
    if (name.ends_with(".log")) path = paths.journal() + "/" + name;
  Wal wal;
  for (int i = 0; i < writes; ++i) {
    EXPECT_TRUE(ledger.append_transfers(random, 1 + below(random, 3), section_bytes_max));
    wal.ends.push_back(std::filesystem::file_size(path));
  }
  ledger.close();
  wal.bytes = slurp(path);
  EXPECT_EQ(wal.bytes.size(), wal.ends.back());
  return wal;
}

WalTail with_flip(Wal const& wal, std::size_t at, unsigned bit) {
  std::string bytes = wal.bytes;
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
  return read_wal_tail(bytes);
}

TEST(WalTail, AWholeLogIsWhole) {
  for (std::size_t const section : {0, 15'000}) {
    Wal const wal = make_wal(1, 30, section);
    WalTail const tail = read_wal_tail(wal.bytes);
    EXPECT_EQ(tail.end, WalEnd::kWhole);
    EXPECT_EQ(tail.good_bytes, wal.bytes.size());
    EXPECT_EQ(tail.good_records, 31U) << "genesis and the rest";
  }
  EXPECT_EQ(read_wal_tail("").end, WalEnd::kWhole);
}

TEST(WalTail, OneThatEndsAnywhereIsTorn) {
  Wal const wal = make_wal(2, 12, 15'000);
  std::size_t const whole = wal.ends[wal.ends.size() - 2];
  for (std::size_t at = whole + 1; at < wal.bytes.size(); at += 1 + at % 97) {
    WalTail const tail = read_wal_tail(std::string_view(wal.bytes).substr(0, at));
    EXPECT_EQ(tail.end, WalEnd::kTorn) << at;
    EXPECT_EQ(tail.good_bytes, whole) << at;
  }
  // Room made beforehand and never written.
  EXPECT_EQ(read_wal_tail(wal.bytes + std::string(5'000, '\0')).end, WalEnd::kTorn);
}

/// Every byte and kind of byte: checksum, length, type, content, in one piece or in several.
TEST(WalTail, AFlippedByteOfTheLastWriteIsDamageOfTheLast) {
  std::mt19937_64 random(3);
  for (std::size_t const section : {0, 15'000, 15'000, 15'000}) {
    Wal const wal = make_wal(random(), 12, section);
    std::size_t const begin = wal.ends[wal.ends.size() - 2];
    for (std::size_t at = begin; at < wal.bytes.size(); at += section == 0 ? 1 : 1 + at % 61) {
      WalTail const tail = with_flip(wal, at, static_cast<unsigned>(below(random, 8)));
      // A length that reaches beyond the end of the file looks like a write that was cut short.
      EXPECT_TRUE(tail.end == WalEnd::kDamagedLast || tail.end == WalEnd::kTorn) << at;
      EXPECT_EQ(tail.good_bytes, begin) << at;
      if (at >= begin + 7 && section == 0) {
        EXPECT_EQ(tail.end, WalEnd::kDamagedLast) << at;
      }
    }
  }
}

TEST(WalTail, AFlippedByteOfAnyOtherWriteIsDamageBefore) {
  std::mt19937_64 random(4);
  for (std::size_t const section : {0, 15'000}) {
    Wal const wal = make_wal(random(), 12, section);
    for (std::size_t i = 0; i < 400; ++i) {
      std::size_t const at = below(random, wal.ends[wal.ends.size() - 2]);
      WalTail const tail = with_flip(wal, at, static_cast<unsigned>(below(random, 8)));
      EXPECT_EQ(tail.end, WalEnd::kDamagedBefore) << at;
      EXPECT_LE(tail.good_bytes, at) << at;
    }
  }
}

TEST(WalTail, TwoDamagedWritesAreMoreThanTheLast) {
  Wal const wal = make_wal(5, 12, 0);
  std::string bytes = wal.bytes;
  bytes[wal.ends[9] + 20] = static_cast<char>(bytes[wal.ends[9] + 20] ^ 1);
  bytes[wal.ends[10] + 20] = static_cast<char>(bytes[wal.ends[10] + 20] ^ 1);
  EXPECT_EQ(read_wal_tail(bytes).end, WalEnd::kDamagedBefore);
}

TEST(WalTail, AnyBytesAreRead) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 50; ++i) {
    std::string const bytes = random_text(random, below(random, 70'000));
    WalTail const tail = read_wal_tail(bytes);
    EXPECT_LE(tail.good_bytes, bytes.size());
  }
}

}  // namespace
}  // namespace qrpay::ledger::test
