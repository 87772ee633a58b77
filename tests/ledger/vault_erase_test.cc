// Erasing: what is taken away is gone for ever, everything else stays as it was, and no moment of a
// power cut changes that.
#include <algorithm>
#include <set>

#include "base/files.h"
#include "ledger/vault.h"
#include "tests/ledger/crash_disk.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using base::to_hex;

base::Secret known_seed() {
  base::Bytes32 seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(0xa0 + i);
  return base::Secret(seed);
}

Erasure erasure(std::uint64_t record, std::vector<EraseTarget> targets) {
  return {Sequence(record), ordered(std::move(targets))};
}

/// Does `cursor` give what the vault gave before, but for what `erased` says?
void expect_only_erased(VaultCursor& cursor, VaultCursor& whole, ErasedSet const& erased,
                        std::uint64_t n) {
  SectionMask const mask = erased.mask(Sequence(n));
  for (std::uint8_t s = 0; s <= kSectionsMax; ++s) {
    auto const keys = cursor.find_keys(Sequence(n), s);
    bool const gone = ((mask >> s) & 1) != 0;
    ASSERT_EQ(keys.has_value(), !gone) << "record " << n << ", section " << int{s};
    if (gone) continue;
    auto const expected = whole.section_keys(Sequence(n), s);
    ASSERT_EQ(keys->key, expected.key) << n;
    ASSERT_EQ(keys->salt, expected.salt) << n;
  }
}

std::uint64_t some_record(std::mt19937_64& random) {
  return below(random, 4) == 0 ? 1 + (random() >> 25) : 1 + below(random, 5'000);
}

EraseTarget some_target(std::mt19937_64& random) {
  EraseTarget target{Sequence(some_record(random))};
  if (below(random, 3) == 0) target.count = static_cast<std::uint32_t>(1 + below(random, 400));
  if (below(random, 2) == 0)
    target.sections = static_cast<SectionMask>(1 + below(random, kAllSections));
  return target;
}

TEST(VaultErasure, TakesAwayWhatIsNamedAndNothingElse) {
  constexpr std::uint64_t kSeed = 1;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  auto const vault = Vault::in_memory(known_seed());
  VaultCursor cursor(vault);
  VaultCursor whole(Vault::in_memory(known_seed()));
  ErasedSet erased;
  std::set<std::uint64_t> looked_at;
  for (std::uint64_t round = 1; round <= 60; ++round) {
    std::vector<EraseTarget> targets;
    for (auto left = 1 + below(random, 8); left > 0; --left) {
      targets.push_back(some_target(random));
      erased.add(targets.back());
      for (std::uint64_t n : {targets.back().first.value() - 1, targets.back().first.value(),
                              targets.back().last(), targets.back().last() + 1})
        if (n > 0) looked_at.insert(n);
    }
    ASSERT_TRUE(vault->erase(std::vector<Erasure>{erasure(round, targets)}));
    for (auto const n : looked_at) expect_only_erased(cursor, whole, erased, n);
    for (int i = 0; i < 50; ++i) expect_only_erased(cursor, whole, erased, some_record(random));
  }
  for (std::uint64_t n = 1; n <= 5'000; ++n) expect_only_erased(cursor, whole, erased, n);
}

TEST(VaultErasure, ErasedSetIsThatOfAPlainMap) {
  std::mt19937_64 random(2);
  ErasedSet set;
  std::map<std::uint64_t, SectionMask> plain;
  for (int round = 0; round < 300; ++round) {
    EraseTarget target{Sequence(1 + below(random, 300)),
                       static_cast<std::uint32_t>(1 + below(random, 30)),
                       static_cast<SectionMask>(1 + below(random, 7))};
    set.add(target);
    for (auto n = target.first.value(); n <= target.last(); ++n)
      plain[n] = static_cast<SectionMask>(plain[n] | target.sections | kBodyTagBit);
    for (std::uint64_t n = 1; n <= 340; ++n)
      ASSERT_EQ(set.mask(Sequence(n)), plain.contains(n) ? plain[n] : 0) << n;
    ASSERT_TRUE(are_ordered(set.targets()));
    ErasedSet again;
    for (auto const& one : set.targets()) again.add(one);
    ASSERT_EQ(again, set);
  }
}

TEST(VaultErasure, TargetsReadBackAndRefuseDisorder) {
  std::vector<EraseTarget> const targets = {{Sequence(2), 3, 1}, {Sequence(5), 1, kAllSections}};
  std::string const bytes = encode_targets(targets);
  EXPECT_EQ(to_hex(base::as_bytes(bytes)),
            "0000000000000002000000030001"
            "0000000000000005000000017fff");
  EXPECT_EQ(decode_targets(bytes).value(), targets);
  for (auto const& bad :
       std::vector<std::vector<EraseTarget>>{{{Sequence(0)}},
                                             {{Sequence(2), 0}},
                                             {{Sequence(2), 1, 0}},
                                             {{Sequence(2), 1, kBodyTagBit}},
                                             {{Sequence(2), 3}, {Sequence(4)}},
                                             {{Sequence(4)}, {Sequence(2)}},
                                             {{Sequence((std::uint64_t{1} << 40) - 1), 2}}})
    EXPECT_EQ(decode_targets(encode_targets(bad)).error().errc, Errc::kMalformed);
  EXPECT_EQ(decode_targets(bytes.substr(1)).error().errc, Errc::kMalformed);
}

/// A vault on a disk in memory, with one copy.
class OnDisk {
 public:
  explicit OnDisk(std::uint64_t seed) : disk(seed), entropy(seed) {
    auto made = Vault::create(paths, {&disk, &entropy});
    QRPAY_CHECK(made);
    vault = *made;
  }
  [[nodiscard]] base::Result<std::shared_ptr<Vault>> open() {
    return Vault::open(paths, {&disk, &entropy});
  }
  CrashDisk disk;
  SeededEntropy entropy;
  VaultPaths paths{"v", "k", {"c"}};
  std::shared_ptr<Vault> vault;
};

std::size_t bytes_below(CrashDisk& disk, std::string const& directory) {
  std::size_t bytes = 0;
  for (auto const& [path, content] : disk.files())
    if (path.starts_with(directory + "/")) bytes += content.size();
  return bytes;
}

TEST(VaultErasure, AThousandScatteredOfTenMillionTakeAboutAMegabyteAndARangeFiveKilobytes) {
  std::mt19937_64 random(3);
  OnDisk scattered(3);
  std::vector<EraseTarget> targets;
  for (int i = 0; i < 1'000; ++i) targets.push_back({Sequence(1 + below(random, 10'000'000))});
  ASSERT_TRUE(scattered.vault->erase(std::vector<Erasure>{erasure(10'000'001, targets)}));
  std::size_t const bytes = bytes_below(scattered.disk, "v");
  RecordProperty("scattered_1k_of_10m_bytes", std::to_string(bytes));
  std::printf("1,000 scattered of 10M: %zu bytes\n", bytes);
  EXPECT_LT(bytes, 1'500'000U);

  OnDisk range(4);
  ASSERT_TRUE(range.vault->erase(
      std::vector<Erasure>{erasure(10'000'001, {{Sequence(123'456), 7'654'321}})}));
  std::printf("7,654,321 in a row: %zu bytes\n", bytes_below(range.disk, "v"));
  EXPECT_LT(bytes_below(range.disk, "v"), 10'000U);  // two ends
}

TEST(VaultErasure, FilesHoldWhatMemoryHolds) {
  constexpr std::uint64_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  OnDisk world(kSeed);
  auto const first = VaultCursor(world.vault).section_keys(Sequence(7), 0).key;
  ErasedSet erased;
  for (std::uint64_t round = 1; round <= 30; ++round) {
    std::vector<EraseTarget> targets{some_target(random), some_target(random)};
    targets.front().first = Sequence(targets.front().first.value() + 7);
    targets.back().first = Sequence(targets.back().first.value() + 7);
    for (auto const& target : targets) erased.add(target);
    ASSERT_TRUE(world.vault->erase(std::vector<Erasure>{erasure(round, targets)}));
    auto const opened = world.open();
    ASSERT_TRUE(opened) << base::to_string(opened.error());
    EXPECT_EQ((*opened)->epoch(), round + 1);
    EXPECT_EQ((*opened)->erased_through(), Sequence(round));
    VaultCursor there(*opened);
    VaultCursor here(world.vault);
    EXPECT_EQ(there.section_keys(Sequence(7), 0).key, first);
    for (auto const& target : erased.targets()) {
      for (auto const n : {target.first.value(), target.last() + 1}) {
        for (std::uint8_t s = 0; s <= kSectionsMax; ++s) {
          auto const one = there.find_keys(Sequence(n), s);
          auto const other = here.find_keys(Sequence(n), s);
          ASSERT_EQ(one.has_value(), other.has_value());
          if (one) { ASSERT_EQ(one->key, other->key); }
        }
      }
    }
  }
}

TEST(VaultErasure, AnOldVaultOpensWithItsOwnEpochKeyOnly) {
  OnDisk world(6);
  ASSERT_TRUE(world.vault->erase(std::vector<Erasure>{erasure(10, {{Sequence(3)}})}));
  auto const old_files = world.disk.files();
  ASSERT_TRUE(world.vault->erase(std::vector<Erasure>{erasure(20, {{Sequence(4)}})}));
  auto const new_key = world.disk.files().at("k/epoch.key");

  world.disk.files() = old_files;
  auto const whole_copy = world.open();  // whoever kept both reads what was erased since
  ASSERT_TRUE(whole_copy);
  EXPECT_TRUE(VaultCursor(*whole_copy).find_keys(Sequence(4), 0));
  EXPECT_FALSE(VaultCursor(*whole_copy).find_keys(Sequence(3), 0));

  world.disk.files().at("k/epoch.key") = new_key;
  EXPECT_EQ(world.open().error().errc, Errc::kWrongVault);
}

TEST(VaultErasure, ACopyOpensInThePlaceOfTheVaultAndOneThatIsBehindIsNamed) {
  OnDisk world(7);
  std::vector<Erasure> const erase{erasure(10, {{Sequence(3)}, {Sequence(2'000'000)}})};
  ASSERT_TRUE(world.vault->erase(erase));
  EXPECT_TRUE(world.vault->copies_behind().empty());
  VaultPaths elsewhere = world.paths;
  elsewhere.directory = "c";
  elsewhere.copies = {};
  auto const copy = Vault::open(elsewhere, {&world.disk, &world.entropy});
  ASSERT_TRUE(copy) << base::to_string(copy.error());
  EXPECT_FALSE(VaultCursor(*copy).find_keys(Sequence(2'000'000), 1));
  EXPECT_TRUE(VaultCursor(*copy).find_keys(Sequence(2'000'001), 1));

  // Its files cannot be written from the first on.
  class Broken final : public VaultFiles {
   public:
    explicit Broken(CrashDisk& disk) : disk_(disk) {}
    bool broken = true;
    base::Result<std::string> read(std::string const& path) override { return disk_.read(path); }
    base::Result<void> write(std::string const& path, std::string_view content) override {
      if (broken && path.starts_with("c/")) return base::fail(Errc::kIo, path);
      return disk_.write(path, content);
    }
    base::Result<void> wipe(std::string const& path) override { return disk_.wipe(path); }
    base::Result<void> rename(std::string const& from, std::string const& to) override {
      return disk_.rename(from, to);
    }
    base::Result<void> remove(std::string const& path) override { return disk_.remove(path); }
    base::Result<void> sync_directory(std::string const& directory) override {
      return disk_.sync_directory(directory);
    }
    std::vector<std::string> list(std::string const& directory) override {
      return disk_.list(directory);
    }
    base::Result<void> make_directory(std::string const& directory) override {
      return disk_.make_directory(directory);
    }

   private:
    CrashDisk& disk_;
  } broken(world.disk);
  auto const vault = Vault::open(world.paths, {&broken, &world.entropy}).value();
  ASSERT_TRUE(vault->erase(std::vector<Erasure>{erasure(11, {{Sequence(5)}})}));
  EXPECT_EQ(vault->copies_behind(), std::vector<std::string>{"c"});
  EXPECT_FALSE(vault->sync_copies());
  EXPECT_EQ(Vault::open(elsewhere, {&world.disk, &world.entropy}).error().errc, Errc::kWrongVault);
  broken.broken = false;
  EXPECT_TRUE(vault->sync_copies());
  EXPECT_TRUE(Vault::open(elsewhere, {&world.disk, &world.entropy}));
}

TEST(VaultErasure, ASegmentHasKeysOfItsOwnFromItsFirstRecordOn) {
  OnDisk world(8);
  VaultCursor before(Vault::open(world.paths, {&world.disk, &world.entropy}).value());
  ASSERT_TRUE(world.vault->erase(std::vector<Erasure>{erasure(900, {{Sequence(90), 20}})}));
  auto const check = world.vault->begin_segment(Sequence(100));
  ASSERT_TRUE(check);
  EXPECT_NE(*check, world.vault->check_value());
  EXPECT_EQ(world.vault->erased_through(), Sequence(99));
  for (auto const& vault : {world.vault, world.open().value()}) {
    VaultCursor cursor(vault);
    EXPECT_EQ(cursor.section_keys(Sequence(89), 0).key, before.section_keys(Sequence(89), 0).key);
    EXPECT_FALSE(cursor.find_keys(Sequence(99), 0));
    EXPECT_NE(cursor.section_keys(Sequence(100), 0).key, before.section_keys(Sequence(100), 0).key);
  }
  // Erase records get the numbers of those that were cut off, and count.
  ASSERT_TRUE(
      world.vault->erase(std::vector<Erasure>{erasure(105, {{Sequence(50)}, {Sequence(101)}})}));
  VaultCursor cursor(world.open().value());
  EXPECT_FALSE(cursor.find_keys(Sequence(50), 0));
  EXPECT_FALSE(cursor.find_keys(Sequence(101), 0));
  EXPECT_TRUE(cursor.find_keys(Sequence(102), 0));
  // Cut back further: the segment is no more, and its first keys never come again.
  auto const second = VaultCursor(world.vault).section_keys(Sequence(100), 0).key;
  ASSERT_TRUE(world.vault->begin_segment(Sequence(95)));
  VaultCursor third(world.open().value());
  EXPECT_NE(third.section_keys(Sequence(100), 0).key, second);
  EXPECT_TRUE(third.find_keys(Sequence(95), 0));
}

// --- power cuts ----------------------------------------------------------------------------------

/// Everything that must hold whenever the vault opens: 3 was erased long ago, 4 and part of 1 in
/// block 2 now or not, all else is there.
struct Claims {
  base::Bytes32 five{};
  base::Bytes32 far_section{};
};

constexpr std::uint64_t kFar = (std::uint64_t{2} << 20) + 17;

void expect_before_or_after(Vault const& vault, VaultCursor& cursor, Claims const& claims) {
  bool const after = vault.erased_through() == Sequence(20);
  ASSERT_TRUE(after || vault.erased_through() == Sequence(10));
  ASSERT_FALSE(cursor.find_keys(Sequence(3), 0));
  ASSERT_EQ(cursor.find_keys(Sequence(4), 0).has_value(), !after);
  ASSERT_EQ(cursor.find_keys(Sequence(kFar), 1).has_value(), !after);
  ASSERT_EQ(cursor.find_keys(Sequence(kFar), kSectionsMax).has_value(), !after);
  ASSERT_EQ(cursor.section_keys(Sequence(5), 0).key, claims.five);
  ASSERT_EQ(cursor.section_keys(Sequence(kFar), 0).key, claims.far_section);
}

std::vector<Erasure> second_erasure() {
  return {erasure(20, {{Sequence(4)}, {Sequence(kFar), 1, SectionMask{2}}})};
}

Claims begin(OnDisk& world) {
  VaultCursor cursor(world.vault);
  QRPAY_CHECK(world.vault->erase(std::vector<Erasure>{erasure(10, {{Sequence(3)}})}));
  return {cursor.section_keys(Sequence(5), 0).key, cursor.section_keys(Sequence(kFar), 0).key};
}

std::uint64_t changes_of_an_erasure() {
  OnDisk world(9);
  begin(world);
  std::uint64_t const before = world.disk.changes();
  QRPAY_CHECK(world.vault->erase(second_erasure()));
  return world.disk.changes() - before;
}

TEST(VaultCrash, AtEveryStepLeavesTheVaultBeforeOrAfterTheErasure) {
  std::uint64_t const steps = changes_of_an_erasure();
  std::printf("%llu changes of the disk in an erasure\n", static_cast<unsigned long long>(steps));
  ASSERT_GT(steps, 15U);
  std::set<std::uint64_t> ends;
  for (std::uint64_t step = 1; step <= steps; ++step) {
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + ", seed " + std::to_string(seed));
      OnDisk world(seed);
      Claims const claims = begin(world);
      auto const old_top = world.disk.files().at("v/vault");
      world.disk.crash_at(step);
      static_cast<void>(world.vault->erase(second_erasure()).has_value());
      world.disk.reboot();
      // And again while that is being put right.
      auto opened = world.open();
      ASSERT_TRUE(opened) << base::to_string(opened.error());
      world.disk.crash_at(seed % 3 == 0 ? 0 : 1 + seed % 11);
      static_cast<void>((*opened)->finish().has_value());
      world.disk.reboot();

      opened = world.open();
      ASSERT_TRUE(opened) << base::to_string(opened.error());
      VaultCursor cursor(*opened);
      expect_before_or_after(**opened, cursor, claims);
      ends.insert((*opened)->erased_through().value());
      ASSERT_TRUE((*opened)->finish());
      expect_before_or_after(**opened, cursor, claims);
      // What opening a ledger does next.
      ASSERT_TRUE((*opened)->erase(second_erasure()));
      ASSERT_EQ((*opened)->erased_through(), Sequence(20));
      expect_before_or_after(**opened, cursor, claims);
      ASSERT_TRUE((*opened)->copies_behind().empty());
      ASSERT_FALSE(world.disk.files().contains("k/epoch.key.new"));
      ASSERT_EQ(world.disk.list("v").size(), 3U);  // the top file and two blocks
      ASSERT_EQ(world.disk.list("c").size(), 3U);
      world.disk.files().at("v/vault") = old_top;
      ASSERT_EQ(world.open().error().errc, Errc::kWrongVault);
    }
  }
  EXPECT_EQ(ends, (std::set<std::uint64_t>{10, 20}));
}

TEST(VaultCrash, AFailedStepIsMadeGoodByTheNextTry) {
  std::uint64_t const steps = changes_of_an_erasure();
  for (std::uint64_t step = 1; step <= steps; ++step) {
    SCOPED_TRACE(step);
    OnDisk world(step);
    Claims const claims = begin(world);
    world.disk.fail_at(step);
    bool const first = world.vault->erase(second_erasure()).has_value();
    VaultCursor cursor(world.vault);
    if (first) {
      EXPECT_TRUE(world.vault->erased_through() == Sequence(20));
      static_cast<void>(world.vault->sync_copies());
    }
    ASSERT_TRUE(world.vault->erase(second_erasure()));
    EXPECT_TRUE(world.vault->sync_copies());
    expect_before_or_after(*world.vault, cursor, claims);
    EXPECT_EQ(world.vault->erased_through(), Sequence(20));
    auto const opened = world.open();
    ASSERT_TRUE(opened) << base::to_string(opened.error());
    VaultCursor again(*opened);
    expect_before_or_after(**opened, again, claims);
  }
}

TEST(VaultCrash, BeginningASegmentIsBeforeOrAfterToo) {
  for (std::uint64_t step = 1; step <= 16; ++step) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + ", seed " + std::to_string(seed));
      OnDisk world(seed);
      auto const key = VaultCursor(world.vault).section_keys(Sequence(49), 0).key;
      world.disk.crash_at(step);
      static_cast<void>(world.vault->begin_segment(Sequence(50)).has_value());
      world.disk.reboot();
      auto const opened = world.open();
      ASSERT_TRUE(opened) << base::to_string(opened.error());
      ASSERT_TRUE((*opened)->finish());
      ASSERT_EQ(VaultCursor(*opened).section_keys(Sequence(49), 0).key, key);
    }
  }
}

TEST(VaultErasure, TheNoteSaysWhereToLookUntilTheLastIsSettled) {
  OnDisk world(10);
  EXPECT_EQ(world.vault->announced(), std::nullopt);
  ASSERT_TRUE(world.vault->announce(Sequence(7)));
  ASSERT_TRUE(world.vault->announce(Sequence(9)));
  world.disk.reboot();
  EXPECT_EQ(world.open().value()->announced(), Sequence(7));
  world.vault->settle();
  EXPECT_EQ(world.vault->announced(), Sequence(7));
  world.vault->settle();
  EXPECT_EQ(world.vault->announced(), std::nullopt);
  world.disk.files()["v/pending"] = "torn";
  EXPECT_EQ(world.vault->announced(), Sequence(0));
}

}  // namespace
}  // namespace qrpay::ledger::test
