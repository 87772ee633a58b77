#include "ledger/verify.h"

#include <vector>

#include "ledger/book.h"
#include "ledger/checkpoint.h"
#include "tests/ledger/support.h"
#include "tests/ledger/writer_process.h"

namespace qrpay::ledger::test {
namespace {

using base::Errc;
using base::Error;

/// A ledger of Genesis and 29 transfers in three batches, open.
class Verify : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ledger_.create(1));
    for (std::size_t const records : {10U, 10U, 9U})
      ASSERT_TRUE(ledger_.append_transfers(random_, records, 100));
    ASSERT_TRUE(ledger_.signer().sign_now());
  }

  /// Closes, verifies with the keys, and gives the error.
  Error refused() {
    ledger_.close();
    auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
    EXPECT_FALSE(report);
    return report ? Error{} : report.error();
  }

  /// Appends `record` as the next one, however wrong it is.
  void append(Record record) {
    record.sequence = Sequence(ledger_.log().size() + 1);
    ASSERT_TRUE(ledger_.append({seal_record(std::move(record), {}, ledger_.cursor())}));
  }

  Record transfer() { return transfer_record(ledger_.log().size() + 1, random_); }

  ScratchDirectory scratch_;
  DataPaths paths_ = paths_in(scratch_.path());
  DiskLedger ledger_{paths_};
  std::mt19937_64 random_{2};
};

TEST_F(Verify, ReportsACleanLedger) {
  auto const root = ledger_.log().root(30).value();
  ledger_.close();
  auto const before = listing_of(paths_.dir);
  auto const report = verify_directory(paths_.dir, {.keys = paths_.keys});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->origin, kTestOrigin);
  EXPECT_EQ(report->records, 30U);
  EXPECT_EQ(report->durable, 30U);
  EXPECT_EQ(report->root, root);
  EXPECT_EQ(report->signed_size, 30U);
  EXPECT_EQ(report->accounts, 7U);
  EXPECT_TRUE(report->balances_to_zero);
  EXPECT_FALSE(report->beside_server);
  EXPECT_EQ(listing_of(paths_.dir), before);
}

TEST_F(Verify, RecomputesTheBookThatReplayGives) {
  Book book;
  for (auto const& leaf : ledger_.leaves())
    book.apply(decode_record(base::as_bytes(leaf))->postings);
  ledger_.close();
  EXPECT_EQ(verify_directory(paths_.dir)->book, book.digest());
}

TEST(VerifyEmpty, AJournalWithoutRecordsIsSound) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  SeededEntropy entropy(1);
  ASSERT_TRUE(create_data(paths, entropy));
  auto const report = verify_directory(paths.dir, {.keys = paths.keys});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->records, 0U);
  EXPECT_EQ(report->root, empty_root());
  EXPECT_TRUE(report->balances_to_zero);
}

TEST(VerifyEmpty, NamesADirectoryThatIsNone) {
  ScratchDirectory const scratch;
  EXPECT_EQ(verify_directory(scratch.path()).error().errc, Errc::kDataDirMissing);
  spill(scratch.path() + "/FORMAT", "qrpay data 3\n");
  EXPECT_EQ(verify_directory(scratch.path()).error().errc, Errc::kDataFormatNewer);
}

TEST_F(Verify, NamesTheFirstRecordWhosePostingsDoNotSumToZero) {
  Record record = transfer();
  record.postings[1].amount = Vnd(record.postings[1].amount.dong() + 1);
  append(record);
  append(transfer());
  append(record);
  Error const expected{Errc::kJournalCorrupt, "sequence 31: postings do not sum to zero"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesASinglePosting) {
  Record record = transfer();
  record.postings.pop_back();
  append(record);
  Error const expected{Errc::kJournalCorrupt, "sequence 31: postings do not sum to zero"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesAForeignCurrency) {
  Record record = transfer();
  for (auto& posting : record.postings) posting.currency = 840;
  append(record);
  Error const expected{Errc::kJournalCorrupt, "sequence 31: a currency that is not settled"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesAnAccountBelowItsFloor) {
  Record account = transfer();
  account.kind = Kind::kOpenAccount;
  account.postings.clear();
  TlvWriter(account.body).u8(field::kLimit, static_cast<std::uint8_t>(Limit::kFloor));
  append(account);
  Record record = transfer();
  record.postings[0].account = account_id(AccountClass::kGeneral, Sequence(31));
  append(record);
  Error const expected{Errc::kJournalCorrupt, "sequence 32: an account below its floor"};
  EXPECT_EQ(refused(), expected);
}

/// Opens a general account as record 31.
Record opening() {
  Record account;
  account.kind = Kind::kOpenAccount;
  account.log_time = WallTime(1'900'000'000'000'000);
  TlvWriter(account.body).u8(field::kLimit, static_cast<std::uint8_t>(Limit::kNone));
  return account;
}

Record closing(std::uint64_t account, std::uint8_t sides) {
  Record record;
  record.kind = Kind::kCloseAccount;
  record.log_time = opening().log_time;
  TlvWriter body(record.body);
  body.u64(field::kGeneralAccount, account);
  if (sides != 0) body.u8(field::kClosedSides, sides);
  return record;
}

Record pays(Layer layer, Leg leg, std::int64_t amount) {
  Record record;
  record.kind = Kind::kTransfer;
  record.log_time = opening().log_time;
  auto const account = account_id(AccountClass::kGeneral, Sequence(31));
  auto const other = account_id(AccountClass::kGeneral, Sequence(99));
  record.postings.push_back({account, Vnd(amount), kVndCurrency, layer, leg});
  record.postings.push_back({other, Vnd(-amount), kVndCurrency, layer, leg});
  return record;
}

TEST_F(Verify, NamesAPostingToAClosedSide) {
  append(opening());
  append(closing(31, 0));  // refused: nothing is closed
  append(pays(Layer::kHeld, Leg::kTransfer, 5));
  append(closing(31, 1));
  append(pays(Layer::kHeld, Leg::kRelease, -5));
  append(pays(Layer::kPosted, Leg::kTransfer, -5));
  append(pays(Layer::kPosted, Leg::kTransfer, 5));
  Error const expected{Errc::kJournalCorrupt, "sequence 37: an account that was closed"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesAReleaseOfWhatIsNotHeld) {
  append(opening());
  append(pays(Layer::kHeld, Leg::kTransfer, 5));
  append(pays(Layer::kHeld, Leg::kRelease, -6));
  Error const expected{Errc::kJournalCorrupt, "sequence 33: more released than is held"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesAClosingOfNoAccountOrNoSide) {
  append(opening());
  append(closing(77, 1));
  Error const expected{Errc::kJournalCorrupt,
                       "sequence 32: closes sides or an account that are not there"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesALogTimeThatGoesBack) {
  Record record = transfer();
  record.log_time = WallTime(record.log_time.microseconds() - 100'000);
  append(record);
  Error const expected{Errc::kJournalCorrupt, "sequence 31: log time goes back"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesACommitmentToAnotherSideRecord) {
  auto sealed = seal_record(transfer(), {{0, "one"}}, ledger_.cursor());
  auto const other = seal_record(transfer(), {{0, "two"}}, ledger_.cursor());
  sealed.side = other.side;
  ASSERT_TRUE(ledger_.append({sealed}));
  Error const expected{Errc::kJournalCorrupt, "sequence 31: commitment"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, NamesALeafThatDoesNotDecode) {
  auto sealed = seal_record(transfer(), {}, ledger_.cursor());
  sealed.leaf[0] = 9;
  ASSERT_TRUE(ledger_.append({sealed}));
  Error const expected{Errc::kJournalCorrupt, "sequence 31: offset 0: record format"};
  EXPECT_EQ(refused(), expected);
}

TEST(VerifyGenesis, NamesAFirstRecordWithoutOriginAndKey) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  SeededEntropy entropy(1);
  std::mt19937_64 random(1);
  {
    auto const data = create_data(paths, entropy);
    ASSERT_TRUE(data);
    Log log(*data->store, std::nullopt);
    VaultCursor cursor(data->vault);
    ASSERT_TRUE(log.append(std::vector{seal_record(transfer_record(1, random), {}, cursor)}));
  }
  Error const expected{Errc::kJournalCorrupt, "sequence 1: not a Genesis with origin and log key"};
  EXPECT_EQ(verify_directory(paths.dir).error(), expected);
}

TEST_F(Verify, NamesTheRecordsOfADamagedBlockOnDisk) {
  std::string const leaf = ledger_.leaves()[24];
  ledger_.close();
  ASSERT_TRUE(ledger_.open());  // recovery moves the log into a file
  ledger_.close();
  for (auto const& [name, content] : image_of(paths_.journal())) {
    std::size_t const at = content.find(leaf.substr(16, 40));
    if (at == std::string::npos) continue;
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    spill(paths_.journal() + "/" + name, damaged);
  }
  Error const error = refused();
  EXPECT_EQ(error.errc, Errc::kJournalCorrupt);
  std::string const prefix = "sequence ";
  ASSERT_EQ(error.detail.substr(0, prefix.size()), prefix) << error.detail;
  EXPECT_LE(std::stoul(error.detail.substr(prefix.size())), 25U) << error.detail;
}

TEST_F(Verify, NamesATruncatedJournal) {
  DurableMark::open(paths_.durable_mark())->set(Sequence(31));
  EXPECT_EQ(refused().errc, Errc::kJournalTruncated);
}

TEST_F(Verify, HoldsTheRootAgainstTheSignedOne) {
  NoteSigner const signer = NoteSigner::make(kTestOrigin, ledger_.data().secrets.log).value();
  NoteSigner const* signers[] = {&signer};
  Checkpoint const forged{kTestOrigin, 29, ledger_.log().root(28).value(), {}};
  spill(paths_.high_water(), sign_checkpoint(forged, signers).value());
  Error const expected{Errc::kJournalForked, "size 29"};
  EXPECT_EQ(refused(), expected);
}

TEST_F(Verify, RefusesAHighWaterMarkOfAnotherKey) {
  NoteSigner const signer = NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{7})).value();
  NoteSigner const* signers[] = {&signer};
  Checkpoint const foreign{kTestOrigin, 29, ledger_.log().root(29).value(), {}};
  spill(paths_.high_water(), sign_checkpoint(foreign, signers).value());
  EXPECT_EQ(refused().errc, Errc::kWrongKey);
}

TEST_F(Verify, RefusesASignedSizeBeyondTheJournal) {
  NoteSigner const signer = NoteSigner::make(kTestOrigin, ledger_.data().secrets.log).value();
  NoteSigner const* signers[] = {&signer};
  Checkpoint const beyond{kTestOrigin, 31, ledger_.log().root(30).value(), {}};
  spill(paths_.high_water(), sign_checkpoint(beyond, signers).value());
  EXPECT_EQ(refused().errc, Errc::kJournalTruncated);
}

TEST_F(Verify, BesideAServerLeavesOutWhatIsNotYetDurable) {
  std::filesystem::remove(paths_.high_water());
  for (std::uint64_t durable = 0; durable <= 30; ++durable) {
    DurableMark::open(paths_.durable_mark())->set(Sequence(durable));
    auto const report = verify_directory(paths_.dir);
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_TRUE(report->beside_server);
    EXPECT_EQ(report->records, 30U);
    EXPECT_EQ(report->durable, durable);
    EXPECT_EQ(report->root, ledger_.log().root(durable).value());
  }
}

TEST_F(Verify, BesideAServerASignedSizeIsDurableWhereTheMarkLags) {
  DurableMark::open(paths_.durable_mark())->set(Sequence(3));
  EXPECT_EQ(verify_directory(paths_.dir, {.keys = paths_.keys})->durable, 30U);
}

TEST_F(Verify, LeavesTheServersLockAlone) {
  ASSERT_TRUE(verify_directory(paths_.dir));
  // Another process must still find the directory in use.
  WriterProcess second(scratch_.path(), 1, 65'536, 0);
  EXPECT_FALSE(second.next()) << "a second writer came in";
}

TEST_F(Verify, BesideAServerRealDamageIsStillNamed) {
  Record record = transfer();
  record.postings[1].amount = Vnd(record.postings[1].amount.dong() + 1);
  append(record);
  auto const report = verify_directory(paths_.dir);
  ASSERT_FALSE(report);
  Error const expected{Errc::kJournalCorrupt, "sequence 31: postings do not sum to zero"};
  EXPECT_EQ(report.error(), expected);
}

TEST(VerifyBesideAWriter, NeverRaisesAFalseAlarmNorShowsAnUnsyncedRecord) {
  ScratchDirectory const scratch;
  DataPaths const paths = paths_in(scratch.path());
  DiskLedger ledger(paths);
  ASSERT_TRUE(ledger.create(1));
  ledger.close();
  std::vector<VerifyReport> reports;
  {
    // 1 MiB is a flush about every 1,000 records. The writer stops by itself when it is a pipe's
    // length, about 800 records, ahead of what is read here.
    WriterProcess writer(scratch.path(), 1, std::size_t{1} << 20, 2048);
    for (int i = 0; i < 100; ++i) {
      std::uint64_t acknowledged = 0;
      for (int n = 0; n < 200; ++n) acknowledged = writer.next().value().sequence;
      auto const report = verify_directory(paths.dir, {.keys = paths.keys});
      ASSERT_TRUE(report) << "round " << i << ": " << to_string(report.error());
      EXPECT_TRUE(report->beside_server);
      EXPECT_TRUE(report->balances_to_zero);
      EXPECT_GE(report->durable, acknowledged);
      EXPECT_GE(report->records, report->durable);
      reports.push_back(*report);
    }
    ASSERT_TRUE(writer.kill());
  }
  ASSERT_TRUE(ledger.open());
  for (auto const& report : reports) {
    ASSERT_LE(report.durable, ledger.log().size());
    EXPECT_EQ(report.root, ledger.log().root(report.durable).value()) << report.durable;
  }
}

}  // namespace
}  // namespace qrpay::ledger::test
