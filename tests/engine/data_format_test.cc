// The directory of the version before: read, refused, upgraded, used, rolled back.
#include "ledger/data_format.h"

#include "ledger/backup.h"
#include "ledger/export.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "ledger/verify.h"
#include "tests/engine/keep_support.h"

namespace qrpay::engine::test {
namespace {

using base::Errc;
using base::Sequence;
using ledger::Kind;

class DataFormat : public OldDirectory {
 protected:
  ledger::VerifyReport verified() const {
    auto const report = ledger::verify_directory(paths_.dir, {.keys = paths_.keys});
    EXPECT_TRUE(report) << to_string(report.error());
    return report ? *report : ledger::VerifyReport{};
  }
  /// Appends `record` as the next one.
  void append(ledger::Record record) const {
    auto const store = std::move(ledger::RocksStore::open(paths_.journal())).value();
    record.sequence = Sequence(store->last().value() + 1);
    record.log_time = base::WallTime(1'900'000'000'000'000);
    record.commitment = ledger::commitment_of({});
    std::string leaf;
    ledger::encode_record(record, leaf);
    ledger::BlockBuilder builder;
    builder.add(base::as_bytes(leaf), {});
    ASSERT_TRUE(store->append(builder.take()));
  }
};

TEST_F(DataFormat, OfTheVersionBeforeIsReadButNotServed) {
  EXPECT_EQ(format(), "qrpay data 1\n");
  EXPECT_EQ(verified().durable, kRecords);
  EXPECT_TRUE(ledger::export_tiles({paths_.dir, paths_.keys, root_ + "/tiles"}));
  EXPECT_TRUE(ledger::back_up(paths_, root_ + "/backup"));
  auto const served = use();
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().errc, Errc::kDataFormatOlder);
  EXPECT_NE(served.error().detail.find("qrpay ledger upgrade"), std::string::npos);
  EXPECT_EQ(format(), "qrpay data 1\n");
}

TEST_F(DataFormat, IsUpgradedUsedAndRolledBack) {
  ASSERT_TRUE(change(ledger::upgrade_data));
  EXPECT_EQ(format(), "qrpay data 2\n");
  EXPECT_EQ(verified().durable, kRecords + 1);
  EXPECT_EQ(change(ledger::upgrade_data)->record, Sequence(0)) << "nothing to do";
  EXPECT_EQ(verified().durable, kRecords + 1);
  auto const used = use();
  ASSERT_TRUE(used) << to_string(used.error());
  EXPECT_EQ(check()->difference, std::nullopt);
  ASSERT_TRUE(change(ledger::downgrade_data));
  EXPECT_EQ(format(), "qrpay data 1\n");
  EXPECT_EQ(verified().durable, kRecords + 2);
  ASSERT_TRUE(change(ledger::upgrade_data));
  EXPECT_TRUE(use());
  EXPECT_EQ(verified().durable, kRecords + 3);
}

TEST_F(DataFormat, ARecordOfTheNewVersionKeepsItThere) {
  ASSERT_TRUE(change(ledger::upgrade_data));
  ledger::Record hold;
  hold.kind = Kind::kHold;
  hold.outcome = 1;
  append(hold);
  auto const refused = change(ledger::downgrade_data);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::kDataFormatNewer);
  EXPECT_TRUE(refused.error().detail.starts_with("sequence 19: hold")) << refused.error().detail;
  EXPECT_EQ(format(), "qrpay data 2\n");
}

TEST_F(DataFormat, ACrashBetweenRecordAndFormatIsTakenUpAgain) {
  ledger::Record record;
  record.kind = Kind::kUpgrade;
  record.outcome = 1;
  ledger::TlvWriter body(record.body);
  body.u32(ledger::field::kFormatFrom, 1);
  body.u32(ledger::field::kFormatTo, 2);
  append(record);
  EXPECT_EQ(use().error().errc, Errc::kDataFormatOlder);
  ASSERT_TRUE(change(ledger::upgrade_data));
  EXPECT_EQ(verified().durable, kRecords + 1) << "no second record";
  EXPECT_EQ(format(), "qrpay data 2\n");
}

TEST(NewerThanData1, NamesWhatIsNew) {
  ledger::Record record;
  for (Kind const kind : {Kind::kGenesis, Kind::kTransfer, Kind::kTick, Kind::kUpgrade}) {
    record.kind = kind;
    EXPECT_EQ(ledger::newer_than_data_1(record), std::nullopt);
  }
  record.kind = Kind::kBatch;
  EXPECT_EQ(ledger::newer_than_data_1(record), "batch");
  record.kind = Kind::kTransfer;
  ledger::TlvWriter body(record.body);
  body.u64(ledger::field::kEffectiveTime, 1);  // odd
  EXPECT_EQ(ledger::newer_than_data_1(record), std::nullopt);
  body.u8(ledger::field::kClosedSides, 1);
  EXPECT_EQ(ledger::newer_than_data_1(record), "field 106");
}

}  // namespace
}  // namespace qrpay::engine::test
