#include "ledger/data_dir.h"

#include <sys/stat.h>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;

class DataDir : public testing::Test {
 protected:
  void make() { ASSERT_TRUE(create_data(paths_, entropy_)); }

  /// The refusal of open_data, which must leave every file as it was.
  Errc refused(DataPaths const& paths, RocksOptions const& options = {}) {
    auto const before = listing_of(scratch_.path());
    auto const opened = open_data(paths, options);
    EXPECT_FALSE(opened);
    EXPECT_EQ(listing_of(scratch_.path()), before) << "a refused open changed something";
    return opened ? Errc{} : opened.error().errc;
  }
  Errc refused() { return refused(paths_); }

  Errc create_refused() {
    auto const before = listing_of(scratch_.path());
    auto const made = create_data(paths_, entropy_);
    EXPECT_FALSE(made);
    EXPECT_EQ(listing_of(scratch_.path()), before) << "a refused init changed something";
    return made ? Errc{} : made.error().errc;
  }

  void append(std::size_t batches) {
    std::mt19937_64 random(1);
    DiskLedger ledger(paths_);
    ASSERT_TRUE(ledger.open());
    for (std::size_t i = 0; i < batches; ++i) ASSERT_TRUE(ledger.append_transfers(random, 2));
  }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  SeededEntropy entropy_{1};
};

TEST_F(DataDir, OpensWithTheSecretsAndVaultItWasMadeWith) {
  Bytes16 vault_check;
  base::Bytes32 dedupe;
  {
    auto const made = create_data(paths_, entropy_);
    ASSERT_TRUE(made);
    vault_check = made->vault->check_value();
    dedupe = made->secrets.dedupe.find(1)->reveal();
    EXPECT_NE(dedupe, made->secrets.log.reveal());
    EXPECT_NE(made->secrets.log.reveal(), made->secrets.server.find(1)->reveal());
    EXPECT_EQ(made->store->last(), Sequence(0));
  }
  auto const opened = open_data(paths_);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(opened->vault->check_value(), vault_check);
  EXPECT_EQ(opened->secrets.dedupe.find(1)->reveal(), dedupe);
  EXPECT_EQ(opened->store->last(), Sequence(0));
}

TEST_F(DataDir, LiesBelowOneDirectoryByDefault) {
  paths_ = DataPaths::under(scratch_.path() + "/all");
  make();
  EXPECT_TRUE(base::file_exists(scratch_.path() + "/all/keys/dedupe.secret"));
  EXPECT_TRUE(base::file_exists(scratch_.path() + "/all/vault/vault"));
  EXPECT_TRUE(open_data(paths_));
}

TEST_F(DataDir, SecretsAreForTheOwnerAlone) {
  make();
  for (auto const& path :
       {paths_.keys + "/dedupe.secret", paths_.keys + "/epoch.key", paths_.keys + "/log.key",
        paths_.keys + "/server.key", paths_.vault_file()}) {
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << path;
  }
}

TEST_F(DataDir, RefusesWhatIsInUse) {
  make();
  auto const first = open_data(paths_);
  ASSERT_TRUE(first);
  EXPECT_EQ(refused(), Errc::kDataDirInUse);
}

TEST_F(DataDir, RefusesAFullDisk) {
  make();
  append(3);
  RocksOptions options;
  options.free_bytes_min = ~std::uint64_t{0};  // more than any disk has
  EXPECT_EQ(refused(paths_, options), Errc::kDiskFull);
}

TEST_F(DataDir, RefusesWhatIsMissing) {
  EXPECT_EQ(refused(), Errc::kDataDirMissing);
  std::filesystem::create_directories(paths_.dir);
  EXPECT_EQ(refused(), Errc::kDataDirMissing) << "an empty directory is none";
}

TEST_F(DataDir, RefusesAMissingJournal) {
  make();
  std::filesystem::remove_all(paths_.journal());
  EXPECT_EQ(refused(), Errc::kDataDirMissing);
}

TEST_F(DataDir, RefusesANewerFormat) {
  make();
  for (char const* line : {"qrpay data 3\n", "qrpay data 2", "", "something else\n"}) {
    spill(paths_.dir + "/FORMAT", line);
    EXPECT_EQ(refused(), Errc::kDataFormatNewer) << line;
  }
}

TEST_F(DataDir, RefusesAWrongEpochKey) {
  make();
  spill(paths_.keys + "/epoch.key", std::string(64, '0') + "\n");
  EXPECT_EQ(refused(), Errc::kWrongVault);
}

TEST_F(DataDir, RefusesAMissingVault) {
  make();
  std::filesystem::remove(paths_.vault_file());
  EXPECT_EQ(refused(), Errc::kVaultMissing);
}

TEST_F(DataDir, RefusesMissingAndMalformedSecrets) {
  make();
  for (char const* name : {"dedupe.secret", "log.key", "server.key", "epoch.key"}) {
    std::string const path = paths_.keys + "/" + name;
    std::string const content = slurp(path);
    spill(path, content.substr(1));
    EXPECT_EQ(refused(), Errc::kMalformed) << name;
    std::filesystem::remove(path);
    EXPECT_EQ(refused(), Errc::kIo) << name;
    spill(path, content);
  }
  EXPECT_TRUE(open_data(paths_));
}

TEST_F(DataDir, OpensWithoutVaultOrDedupeSecretOnlyWhereThatIsAllowed) {
  make();
  for (auto const& path : {paths_.vault_file(), paths_.keys + "/epoch.key"}) {
    std::string const content = slurp(path);
    std::filesystem::remove(path);
    auto const opened = open_data(paths_, {}, nullptr, Missing::kAllowed);
    ASSERT_TRUE(opened) << path << ": " << to_string(opened.error());
    EXPECT_EQ(opened->vault, nullptr) << path;
    spill(path, content);
  }
  std::filesystem::remove(paths_.keys + "/dedupe.secret");
  auto const opened = open_data(paths_, {}, nullptr, Missing::kAllowed);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(opened->secrets.dedupe.newest(), 0U);
  EXPECT_NE(opened->vault, nullptr);
}

TEST_F(DataDir, ReadsEveryGenerationThatIsThere) {
  make();
  base::Secret const second(base::Bytes32{2});
  base::Secret const third(base::Bytes32{3});
  ASSERT_TRUE(base::create_secret_file(paths_.keys + "/dedupe.2.secret", second));
  ASSERT_TRUE(base::create_secret_file(paths_.keys + "/dedupe.3.secret", third));
  ASSERT_TRUE(base::create_secret_file(paths_.keys + "/server.2.key", second));
  {
    auto const opened = open_data(paths_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->secrets.dedupe.newest(), 3U);
    EXPECT_EQ(opened->secrets.dedupe.find(2)->reveal(), second.reveal());
    EXPECT_EQ(opened->secrets.dedupe.find(3)->reveal(), third.reveal());
    EXPECT_EQ(opened->secrets.server.find(2)->reveal(), second.reveal());
    EXPECT_EQ(opened->secrets.server.find(3), nullptr);
  }
  std::filesystem::remove(paths_.keys + "/dedupe.2.secret");
  EXPECT_EQ(refused(), Errc::kIo) << "a gap is a lost file";
  {
    auto const opened = open_data(paths_, {}, nullptr, Missing::kAllowed);
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->secrets.dedupe.find(2), nullptr);
    EXPECT_NE(opened->secrets.dedupe.find(3), nullptr);
  }
  spill(paths_.keys + "/dedupe.2.secret", "not a secret");
  EXPECT_FALSE(open_data(paths_, {}, nullptr, Missing::kAllowed)) << "a damaged one is not missing";
}

TEST_F(DataDir, ACredentialGoesBeforeTheFileOfTheSameName) {
  make();
  paths_.credentials = scratch_.path() + "/credentials";
  std::filesystem::create_directories(paths_.credentials);
  EXPECT_TRUE(open_data(paths_)) << "what is no credential is read below keys";
  for (char const* name : {"dedupe.secret", "log.key", "server.key"})
    std::filesystem::rename(paths_.keys + "/" + name, paths_.credentials + "/" + name);
  EXPECT_TRUE(open_data(paths_));
  spill(paths_.keys + "/log.key", "not a key");
  EXPECT_TRUE(open_data(paths_)) << "the credential is the one that counts";
}

TEST_F(DataDir, RefusesAJournalThatEndsBeforeItsMark) {
  make();
  append(3);
  DurableMark::open(paths_.durable_mark())->set(Sequence(7));
  EXPECT_EQ(refused(), Errc::kJournalTruncated);
}

TEST_F(DataDir, OpensWhenTheMarkLagsOrIsGone) {
  make();
  append(3);
  DurableMark::open(paths_.durable_mark())->set(Sequence(2));
  EXPECT_TRUE(open_data(paths_));
  std::filesystem::remove(paths_.durable_mark());
  EXPECT_TRUE(open_data(paths_));
  spill(paths_.durable_mark(), "");
  EXPECT_TRUE(open_data(paths_)) << "made, not yet written";
}

TEST_F(DataDir, RefusesAJournalThatEndsBeforeASignedSize) {
  make();
  append(3);
  NoteSigner const signer = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{1})).value();
  NoteSigner const* signers[] = {&signer};
  spill(paths_.high_water(), sign_checkpoint({kTestOrigin, 7, {}, {}}, signers).value());
  EXPECT_EQ(refused(), Errc::kJournalTruncated);
  spill(paths_.high_water(), "not a note");
  EXPECT_EQ(refused(), Errc::kNoteMalformed);
}

TEST_F(DataDir, InitTouchesNothingThatIsThere) {
  make();
  EXPECT_EQ(create_refused(), Errc::kDataDirNotEmpty);
}

TEST_F(DataDir, InitTouchesNothingWhenOneOfThreeDirectoriesHoldsSomething) {
  for (auto const* directory : {&paths_.dir, &paths_.vault, &paths_.keys}) {
    std::filesystem::create_directories(*directory);
    spill(*directory + "/note.txt", "mine");
    EXPECT_EQ(create_refused(), Errc::kDataDirNotEmpty) << *directory;
    std::filesystem::remove_all(*directory);
  }
  make();
}

TEST_F(DataDir, InitFillsEmptyDirectories) {
  for (auto const* directory : {&paths_.dir, &paths_.vault, &paths_.keys})
    std::filesystem::create_directories(*directory);
  make();
  EXPECT_TRUE(open_data(paths_));
}

TEST_F(DataDir, AnInitThatWasCutShortIsNoDataDirectory) {
  make();
  std::filesystem::remove(paths_.dir + "/FORMAT");  // written last
  EXPECT_EQ(refused(), Errc::kDataDirMissing);
  EXPECT_EQ(create_refused(), Errc::kDataDirNotEmpty);
}

TEST_F(DataDir, TheMarkIsEightBytesBigEndian) {
  std::string const path = scratch_.path() + "/mark";
  EXPECT_EQ(DurableMark::read(path).value(), std::nullopt);
  auto mark = DurableMark::open(path);
  ASSERT_TRUE(mark);
  EXPECT_EQ(DurableMark::read(path).value(), std::nullopt);
  mark->set(Sequence(0x0102030405060708));
  EXPECT_EQ(base::to_hex(base::as_bytes(slurp(path))), "0102030405060708");
  mark->set(Sequence(9));
  EXPECT_EQ(DurableMark::read(path).value(), Sequence(9));
}

}  // namespace
}  // namespace qrpay::ledger::test
