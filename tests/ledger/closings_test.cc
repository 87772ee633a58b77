// What the ledger was at the end of each day.
#include "ledger/closings.h"

#include "ledger/memory_store.h"
#include "ledger/witness.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

using base::Day;
using base::Errc;

class DailyClosings : public testing::Test {
 protected:
  DailyClosings() {
    append_at(later(midnight(0), 8 * base::kHour), 3);
    open();
  }
  /// The beginning of day `n` of the test.
  static WallTime midnight(std::int32_t n) { return base::start_of(day(n)); }
  static Day day(std::int32_t n) { return Day(20'000 + n); }
  void append_at(WallTime time, std::size_t records) {
    std::vector<Log::Sealed> batch;
    for (std::size_t i = 0; i < records; ++i) {
      Record record = transfer_record(log_.size() + i + 1, random_);
      record.log_time = time;
      batch.push_back(seal_record(record, {}, cursor_));
    }
    ASSERT_TRUE(log_.append(batch));
  }
  void open() {
    closings_.reset();
    auto signer = CheckpointSigner::open(
        log_, NoteSigner::make(kTestOrigin, base::Secret(base::Bytes32{1})).value(),
        scratch_.path() + "/high-water");
    ASSERT_TRUE(signer) << to_string(signer.error());
    signer_ = std::move(*signer);
    auto closings = Closings::open(log_, *signer_, scratch_.path() + "/closings");
    ASSERT_TRUE(closings) << to_string(closings.error());
    closings_ = std::move(*closings);
  }
  std::vector<Closing> close(WallTime now) {
    auto made = closings_->close_due(now);
    EXPECT_TRUE(made) << to_string(made.error());
    return made ? std::move(*made) : std::vector<Closing>();
  }

  std::mt19937_64 random_{1};
  ScratchDirectory scratch_;
  MemoryStore store_;
  Log log_{store_, std::nullopt};
  VaultCursor cursor_{Vault::in_memory(base::Secret(base::Bytes32{3}))};
  std::unique_ptr<CheckpointSigner> signer_;
  std::unique_ptr<Closings> closings_;
};

TEST_F(DailyClosings, EndWithTheLastRecordOfTheDay) {
  append_at(later(midnight(1), -1), 2);
  append_at(midnight(1), 4);
  auto const made = close(later(midnight(1), 1));
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].day, day(0));
  EXPECT_EQ(made[0].size, 5U);
  VerifierKey const key = signer_->verifier_key();
  auto const opened = open_checkpoint(made[0].note, {.log_keys = {&key, 1}, .origin = kTestOrigin});
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(opened->checkpoint.root, log_.root(5).value());
  EXPECT_EQ(closings_->find(day(0))->note, made[0].note);
}

TEST_F(DailyClosings, WaitForALaterRecordOrForAWhile) {
  EXPECT_TRUE(close(later(midnight(1), -1)).empty()) << "the day has not ended";
  EXPECT_TRUE(close(midnight(1)).empty()) << "a record of it may still be on its way";
  EXPECT_TRUE(close(later(midnight(1), kClosingGrace - 1)).empty());
  append_at(later(midnight(1), -1), 1);  // it was
  auto const made = close(later(midnight(1), kClosingGrace));
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].size, 4U);
}

TEST_F(DailyClosings, AreMadeOnceAndResumeAfterARestart) {
  append_at(midnight(1), 1);
  EXPECT_EQ(close(midnight(1)).size(), 1U);
  EXPECT_TRUE(close(midnight(1)).empty());
  open();
  EXPECT_EQ(closings_->next_day(), day(1));
  EXPECT_TRUE(close(midnight(1)).empty());
}

TEST_F(DailyClosings, CatchUpWithTheDaysOfALongStop) {
  auto const now = later(midnight(40), base::kHour);
  append_at(now, 1);
  EXPECT_EQ(close(now).size(), kClosingsAtOnceMax);
  EXPECT_EQ(close(now).size(), 40 - kClosingsAtOnceMax);
  for (std::int32_t n = 0; n < 40; ++n) EXPECT_EQ(closings_->find(day(n))->size, 3U) << n;
  EXPECT_EQ(closings_->find(day(40)).error().errc, Errc::kNotFound);
  auto const days = closings_->newest(day(30), 5).value();
  EXPECT_EQ(days, (std::vector<Day>{day(25), day(26), day(27), day(28), day(29)}));
  EXPECT_EQ(closings_->newest(day(1000), 100)->size(), 40U);
}

TEST_F(DailyClosings, KeepTheCosignaturesThatCome) {
  append_at(midnight(1), 1);
  auto const made = close(midnight(1));
  ASSERT_EQ(made.size(), 1U);
  auto const witness =
      CosignatureSigner::make("witness.test/1", base::Secret(base::Bytes32{2})).value();
  NoteSignature const line = witness.cosign(parse_note(made[0].note)->text, 9);
  ASSERT_TRUE(closings_->add_cosignatures(day(0), {&line, 1}));
  open();
  EXPECT_EQ(closings_->find(day(0))->note, made[0].note + format_signature_lines({&line, 1}));
  EXPECT_EQ(closings_->add_cosignatures(day(1), {&line, 1}).error().errc, Errc::kNotFound);
}

TEST_F(DailyClosings, StayOpenWhenTheyCannotBeKept) {
  append_at(midnight(1), 1);
  auto const blocked = scratch_.path() + "/closings/" + base::format_day(day(0)) + ".new";
  std::filesystem::create_directories(blocked);  // where the file would be written
  EXPECT_EQ(closings_->close_due(midnight(1)).error().errc, Errc::kIo);
  EXPECT_EQ(closings_->next_day(), day(0));
  std::filesystem::remove(blocked);
  EXPECT_EQ(close(midnight(1)).size(), 1U);
}

}  // namespace
}  // namespace qrpay::ledger::test
