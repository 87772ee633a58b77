// One short life of a ledger on a disk that fails, and what must be true after it.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ledger/book.h"
#include "ledger/verify.h"
#include "tests/ledger/faulty_fs.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {

/// What was learned before the fault.
struct Life {
  std::vector<std::string> acknowledged;  ///< leaves, from sequence 1
  std::vector<std::string> unknown;       ///< of the batch that met the fault
  std::uint64_t signed_size = 0;
  std::vector<base::Error> refusals;  ///< of an open that met it
};

/// A disk that does not answer is store_read, never damage.
inline bool is_named_refusal(base::Error const& error) {
  return error.errc == base::Errc::kStoreRead;
}

/// A ledger that has flushed files and a log that is not yet in files, put back before each life.
class Trial {
 public:
  /// 64 KiB is the smallest memtable: a life flushes it more than once.
  static constexpr std::size_t kMemtableBytes = 65'536;

  explicit Trial(std::uint64_t seed) : seed_(seed) {
    DiskLedger ledger(paths_);
    std::mt19937_64 random(seed);
    EXPECT_TRUE(ledger.create(seed, {.memtable_bytes = kMemtableBytes}));
    for (int i = 0; i < 12; ++i) EXPECT_TRUE(ledger.append_transfers(random, 4, 4096));
    EXPECT_TRUE(ledger.signer().sign_now());
    leaves_ = ledger.leaves();
    ledger.close();
    data_ = image_of(paths_.dir);
    high_water_ = slurp(paths_.high_water());
  }

  void put_back() const {
    write_image(data_, paths_.dir);
    spill(paths_.high_water(), high_water_);
  }

  [[nodiscard]] DataPaths const& paths() const { return paths_; }

  /// Opens, appends, signs, closes, and all that once more, until a step fails. Holds the promises
  /// that a process keeps while it still runs: a failed append stays failed, and what is read is
  /// what was acknowledged.
  [[nodiscard]] Life live(FaultyFs& fs) const {
    Life life;
    life.acknowledged = leaves_;
    std::mt19937_64 random(seed_ + 1);
    for (int const batches : {9, 2}) {
      DiskLedger ledger(paths_);
      auto const opened = ledger.open({.memtable_bytes = kMemtableBytes, .env = fs.env()});
      if (!opened) {
        life.refusals.push_back(opened.error());
        return life;
      }
      EXPECT_EQ(ledger.leaves(), life.acknowledged) << "opened, and not whole";
      for (int i = 0; i < batches; ++i) {
        if (!append(ledger, random, life)) return life;
        if (i == batches / 2) {
          EXPECT_TRUE(ledger.signer().sign_now());
          life.signed_size = ledger.log().size();
        }
      }
    }
    return life;
  }

  /// Opens without faults and compares with `life`; then appends, and verifies from outside.
  void check_after(Life const& life, FaultyFs& fs) const {
    DiskLedger ledger(paths_);
    auto const opened = ledger.open({.memtable_bytes = kMemtableBytes, .env = fs.env()});
    ASSERT_TRUE(opened) << to_string(opened.error());
    ASSERT_NO_FATAL_FAILURE(check_leaves(life, ledger));
    std::mt19937_64 random(seed_ + 2);
    ASSERT_TRUE(ledger.append_transfers(random, 2, 4096));
    Digest const root = ledger.log().root(ledger.log().size()).value();
    Digest const book = book_of(ledger.leaves()).digest();
    ledger.close();
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->root, root);
    EXPECT_EQ(report->book, book);
    EXPECT_TRUE(report->balances_to_zero);
  }

 private:
  static Book book_of(std::vector<std::string> const& leaves) {
    Book book;
    for (auto const& leaf : leaves) book.apply(decode_record(base::as_bytes(leaf))->postings);
    return book;
  }

  // False when it met the fault.
  static bool append(DiskLedger& ledger, std::mt19937_64& random, Life& life) {
    std::vector<Log::Sealed> batch;
    std::uint64_t const size = ledger.log().size();
    // Now and then more than a block of 64 KiB holds: a batch is one write of several.
    bool const large = below(random, 4) == 0;
    std::uint64_t const records = large ? 12 : 1 + below(random, 5);
    std::uint64_t const section_bytes_max = large ? 16'000 : 8192;
    for (std::uint64_t i = 1; i <= records; ++i)
      batch.push_back(seal_record(transfer_record(size + i, random),
                                  {{0, random_text(random, below(random, section_bytes_max))}},
                                  ledger.cursor()));
    std::vector<std::string> leaves;
    for (auto const& sealed : batch) leaves.push_back(sealed.leaf);
    auto const appended = ledger.append(batch);
    if (appended) {
      life.acknowledged.insert(life.acknowledged.end(), leaves.begin(), leaves.end());
      return true;
    }
    EXPECT_EQ(appended.error().errc, base::Errc::kStoreUnknown);
    for (int again = 0; again < 3; ++again)
      EXPECT_EQ(ledger.append(batch).error().errc, base::Errc::kStoreUnknown);
    EXPECT_EQ(ledger.log().size(), size) << "shown before it is durable";
    EXPECT_EQ(ledger.log().read(Sequence(size + 1)).error().errc, base::Errc::kNotFound);
    life.unknown = std::move(leaves);
    return false;
  }

  static void check_leaves(Life const& life, DiskLedger& ledger) {
    auto const& leaves = ledger.leaves();
    auto expected = life.acknowledged;
    ASSERT_GE(leaves.size(), expected.size()) << "acknowledged records are lost";
    if (leaves.size() > expected.size())
      expected.insert(expected.end(), life.unknown.begin(), life.unknown.end());
    ASSERT_EQ(leaves.size(), expected.size()) << "half a batch, or one from nowhere";
    std::set<Bytes16> ids;
    std::vector<Digest> hashes;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      ASSERT_EQ(leaves[i], expected[i]) << "sequence " << i + 1;
      auto const record = decode_record(base::as_bytes(leaves[i]));
      ASSERT_TRUE(record);
      ASSERT_TRUE(ids.insert(record->id_tag.value()).second) << "twice: " << i + 1;
      hashes.push_back(base::sha256(base::as_bytes(std::string(1, '\0') + leaves[i])));
    }
    EXPECT_TRUE(book_of(leaves).balances_to_zero());
    EXPECT_EQ(ledger.log().root(leaves.size()).value(), naive_root(hashes));
    EXPECT_GE(leaves.size(), life.signed_size);
  }

  std::uint64_t seed_;
  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  std::vector<std::string> leaves_;
  std::map<std::string, std::string> data_;
  std::string high_water_;
};

}  // namespace qrpay::ledger::test
