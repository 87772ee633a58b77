// Damaged journals: refused by name, or opened with every acknowledged record as it was.
#include <cctype>
#include <set>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using Image = std::map<std::string, std::string>;

constexpr std::size_t kBatches = 200;

bool is_data(std::string const& name) {
  return name.ends_with(".log") || name.ends_with(".sst") || name.starts_with("MANIFEST") ||
         name == "CURRENT";
}

/// A ledger of about 200 small acknowledged batches, as files.
struct Original {
  ScratchDirectory scratch;
  DataPaths paths = paths_in(scratch.path());
  Image journal;
  std::vector<std::string> leaves;
  std::vector<std::size_t> wal_bytes;  ///< of the newest WAL, after each batch
};

std::vector<std::string> wals_of(Image const& journal) {
  std::vector<std::string> names;
  for (auto const& [name, content] : journal)
    if (name.ends_with(".log") && !content.empty()) names.push_back(name);
  return names;
}

/// `section_bytes_max` > 0 and a small memtable make SST files besides the WAL.
std::unique_ptr<Original> make_original(std::uint64_t seed, RocksOptions const& options,
                                        std::size_t section_bytes_max) {
  auto original = std::make_unique<Original>();
  DiskLedger ledger(original->paths);
  std::mt19937_64 random(seed);
  EXPECT_TRUE(ledger.create(seed, options));
  for (std::size_t i = 0; i < kBatches; ++i) {
    EXPECT_TRUE(ledger.append_transfers(random, 1 + below(random, 3), section_bytes_max));
    if (i == kBatches - 20) {
      EXPECT_TRUE(ledger.signer().sign_now());
    }
    auto const wals = wals_of(image_of(original->paths.journal()));
    original->wal_bytes.push_back(
        std::filesystem::file_size(original->paths.journal() + "/" + wals.back()));
  }
  original->leaves = ledger.leaves();
  ledger.close();
  original->journal = image_of(original->paths.journal());
  return original;
}

/// "identical", the name of a refusal, or what went wrong in capitals.
std::string verdict_of(Original const& original) {
  static std::set<Errc> const kByName = {Errc::kJournalTruncated, Errc::kJournalCorrupt,
                                         Errc::kJournalForked, Errc::kStoreRead,
                                         Errc::kDataDirMissing};
  DiskLedger ledger(original.paths);
  auto const opened = ledger.open();
  if (!opened) {
    std::string const name(errc_name(opened.error().errc));
    return kByName.contains(opened.error().errc) ? name : "WRONG NAME " + name;
  }
  if (ledger.leaves().size() < original.leaves.size())
    return "LOST SILENTLY from " + std::to_string(ledger.leaves().size() + 1);
  if (ledger.leaves() != original.leaves) return "ALTERED SILENTLY";
  return "identical";
}

/// Puts `damaged` in place of the journal and opens it. A refusal must leave `name`, the damaged
/// file, as it is, since it is what a repair would work on.
std::string try_image(Original const& original, Image const& damaged, std::string const& name) {
  write_image(damaged, original.paths.journal());
  std::string const verdict = verdict_of(original);
  if (verdict == "identical" || !damaged.contains(name)) return verdict;
  std::string const path = original.paths.journal() + "/" + name;
  if (base::file_exists(path) && slurp(path) == damaged.at(name)) return verdict;
  return "CHANGED and then refused: " + verdict;
}

/// Verdicts in capitals are the ones that must not be.
bool is_sound(std::string const& verdict) {
  return std::isupper(static_cast<unsigned char>(verdict[0])) == 0;
}

TEST(Damage, WalCutAtEveryByteOfTheLastThreeBatchesIsNamed) {
  auto const original = make_original(1, {}, 0);
  std::string const wal = wals_of(original->journal).back();
  std::size_t const end = original->journal[wal].size();
  for (std::size_t at = original->wal_bytes[kBatches - 4]; at < end; ++at) {
    Image cut = original->journal;
    cut[wal].resize(at);
    EXPECT_EQ(try_image(*original, cut, wal), "journal_truncated") << "cut at " << at;
  }
  EXPECT_EQ(try_image(*original, original->journal, wal), "identical");
}

TEST(Damage, WalCutAnywhereIsNamed) {
  auto const original = make_original(2, {}, 0);
  std::string const wal = wals_of(original->journal).back();
  std::mt19937_64 random(20);
  for (int i = 0; i < 300; ++i) {
    Image cut = original->journal;
    std::size_t const at = below(random, cut[wal].size());
    cut[wal].resize(at);
    EXPECT_EQ(try_image(*original, cut, wal), "journal_truncated") << "cut at " << at;
  }
}

TEST(Damage, AHoleBetweenTwoWalsIsNamed) {
  auto const original = make_original(7, {}, 0);
  std::string const wal = wals_of(original->journal).back();
  // The last fragments lie in one 32 KiB block of the WAL, so they read the same from its start.
  std::size_t const at = original->wal_bytes[kBatches - 10];
  std::string const whole = original->journal[wal];
  ASSERT_EQ(at / 32'768, (whole.size() - 1) / 32'768);
  Image two = original->journal;
  two["000099.log"] = whole.substr(at);
  two[wal].resize(at);
  EXPECT_EQ(try_image(*original, two, wal), "identical");
  for (std::size_t less = 1; less < 1000; less += 37) {
    two[wal] = whole.substr(0, at - less);
    EXPECT_EQ(try_image(*original, two, wal), "journal_corrupt") << less;
  }
}

void flip_everywhere(Original const& original, std::uint64_t seed, int flips) {
  std::vector<std::string> files;
  std::size_t total = 0;
  for (auto const& [name, content] : original.journal) {
    if (!is_data(name) || content.empty()) continue;
    files.push_back(name);
    total += content.size();
  }
  ASSERT_GE(files.size(), 3U);
  std::mt19937_64 random(seed);
  int refused = 0;
  for (int i = 0; i < flips; ++i) {
    Image damaged = original.journal;
    // Half by size, half evenly by file, so that small files get their share.
    std::string name = files[below(random, files.size())];
    if (i % 2 == 0) {
      std::size_t at = below(random, total);
      for (auto const& file : files) {
        name = file;
        if (at < damaged[file].size()) break;
        at -= damaged[file].size();
      }
    }
    std::string& content = damaged[name];
    std::size_t const at = below(random, content.size());
    content[at] = static_cast<char>(static_cast<unsigned char>(content[at]) ^
                                    static_cast<unsigned char>(1 + below(random, 255)));
    auto const verdict = try_image(original, damaged, name);
    EXPECT_TRUE(is_sound(verdict)) << verdict << ": " << name << " at " << at << ", seed " << seed;
    if (verdict != "identical") ++refused;
  }
  // Bytes that hold nothing of ours are few: names of options, unused properties.
  EXPECT_GT(refused, flips * 9 / 10);
}

TEST(Damage, FlippedBytesOfAWalAreNamedOrHarmless) {
  auto const original = make_original(3, {}, 0);
  flip_everywhere(*original, 30, 500);
}

TEST(Damage, FlippedBytesOfFlushedFilesAreNamedOrHarmless) {
  auto const original = make_original(4, {.memtable_bytes = 65'536}, 4096);
  flip_everywhere(*original, 40, 500);
}

/// What a disk does to a page it wrote badly or in the wrong place.
void damage_a_page(std::string& content, std::mt19937_64& random) {
  std::size_t const page = below(random, 2) == 0 ? 512 : 4096;
  std::size_t const at = below(random, content.size()) / page * page;
  std::size_t const bytes = std::min(page, content.size() - at);
  switch (below(random, 3)) {
    case 0: content.replace(at, bytes, bytes, '\0'); break;  // never written
    case 1:                                                  // written in the place of another
      content.replace(at, bytes, content, below(random, content.size()) / page * page, bytes);
      break;
    default:  // written in half, the rest is of another time
      content.replace(at + bytes / 2, bytes - bytes / 2, random_text(random, bytes - bytes / 2));
  }
}

void damage_pages(Original const& original, std::uint64_t seed, int times) {
  std::vector<std::string> files;
  for (auto const& [name, content] : original.journal)
    if (is_data(name) && !content.empty()) files.push_back(name);
  std::mt19937_64 random(seed);
  int refused = 0;
  int changed = 0;
  for (int i = 0; i < times; ++i) {
    Image damaged = original.journal;
    std::string const& name = files[below(random, files.size())];
    damage_a_page(damaged[name], random);
    if (damaged[name] == original.journal.at(name)) continue;
    ++changed;
    auto const verdict = try_image(original, damaged, name);
    EXPECT_TRUE(is_sound(verdict))
        << verdict << ": " << name << ", time " << i << ", seed " << seed;
    if (verdict != "identical") ++refused;
  }
  EXPECT_GT(refused, changed / 2);
}

TEST(Damage, TornPagesOfAWalAreNamedOrHarmless) {
  auto const original = make_original(13, {}, 0);
  damage_pages(*original, 130, 300);
}

TEST(Damage, TornPagesOfFlushedFilesAreNamedOrHarmless) {
  auto const original = make_original(14, {.memtable_bytes = 65'536}, 4096);
  damage_pages(*original, 140, 300);
}

void remove_each_file(Original const& original) {
  for (auto const& [name, content] : original.journal) {
    if (!is_data(name) || content.empty()) continue;
    Image damaged = original.journal;
    damaged.erase(name);
    auto const verdict = try_image(original, damaged, name);
    EXPECT_TRUE(is_sound(verdict)) << verdict << ": " << name;
    EXPECT_NE(verdict, "identical") << name;
  }
}

TEST(Damage, AnyMissingFileIsNamed) {
  remove_each_file(*make_original(5, {}, 0));
  remove_each_file(*make_original(6, {.memtable_bytes = 65'536}, 4096));
}

/// A ledger that went on after `old_copy` was taken, as when a backup is put back.
struct TwoCopies {
  ScratchDirectory scratch;
  DataPaths paths = paths_in(scratch.path());
  Image old_copy;  ///< of the whole data directory, its mark included
  Image new_copy;
};

std::unique_ptr<TwoCopies> make_two_copies(std::uint64_t seed) {
  auto copies = std::make_unique<TwoCopies>();
  std::mt19937_64 random(seed);
  DiskLedger ledger(copies->paths);
  EXPECT_TRUE(ledger.create(seed));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ledger.append_transfers(random, 3));
  EXPECT_TRUE(ledger.signer().sign_now());
  ledger.close();
  copies->old_copy = image_of(copies->paths.dir);
  EXPECT_TRUE(ledger.open());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ledger.append_transfers(random, 3));
  EXPECT_TRUE(ledger.signer().sign_now());
  ledger.close();
  copies->new_copy = image_of(copies->paths.dir);
  return copies;
}

Errc errc_of_open(DataPaths const& paths) {
  auto const before = listing_of(paths.dir);
  DiskLedger ledger(paths);
  auto const opened = ledger.open();
  EXPECT_FALSE(opened);
  EXPECT_EQ(listing_of(paths.dir), before);
  return opened ? Errc{} : opened.error().errc;
}

TEST(Damage, AnOlderJournalBesideTheNewMarkIsTruncated) {
  auto const copies = make_two_copies(8);
  Image mixed = copies->old_copy;
  mixed["durable"] = copies->new_copy["durable"];
  write_image(mixed, copies->paths.dir);
  std::filesystem::remove(copies->paths.high_water());
  EXPECT_EQ(errc_of_open(copies->paths), Errc::kJournalTruncated);
}

TEST(Damage, AnOlderDataDirectoryIsTruncatedByTheSignersHighWater) {
  auto const copies = make_two_copies(9);
  write_image(copies->old_copy, copies->paths.dir);
  EXPECT_EQ(errc_of_open(copies->paths), Errc::kJournalTruncated);
}

TEST(Damage, AnOlderDataDirectoryThatGrewOnIsForked) {
  auto const copies = make_two_copies(10);
  std::string const high_water = slurp(copies->paths.high_water());
  // Somebody hides the high-water mark, works on with an old copy, and puts the mark back.
  write_image(copies->old_copy, copies->paths.dir);
  std::filesystem::remove(copies->paths.high_water());
  DiskLedger ledger(copies->paths);
  ASSERT_TRUE(ledger.open());
  std::mt19937_64 random(11);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(ledger.append_transfers(random, 3));
  ledger.close();
  spill(copies->paths.high_water(), high_water);
  auto const opened = ledger.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().errc, Errc::kJournalForked);
}

}  // namespace
}  // namespace qrpay::ledger::test
