// Which records the ratio reads, which it passes over, and when it refuses to print a figure.
#include <gtest/gtest.h>

#include <functional>

#include "audit/ratio.h"
#include "tests/audit/record_builder.h"

namespace qrpay::audit {
namespace {

using ledger::Kind;
using ledger::Leg;
using ledger::Record;

constexpr std::uint16_t kUnknownEven = 60'000;
constexpr std::uint16_t kUnknownOdd = 60'001;

RecordBuilder small_ledger() {
  RecordBuilder ledger;
  ledger.declarer({}, 600, 400);
  return ledger;
}

TEST(RatioReading, AddsNothingForARepeatedNotice) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  Sequence const before = ledger.sale({.shop = shop, .day = Day(kOctober - 1), .dong = 70});
  Sequence const sale = ledger.sale({.shop = shop, .dong = 600});
  ledger.cash_month({.shop = shop, .terminal = ledger.terminal(shop), .dong = 400}, 30);
  auto const once = ledger.report();
  ledger.repeat(sale);
  ledger.repeat(sale);
  ledger.repeat(before);  // the sale it names is of another period
  auto const again = ledger.report();
  EXPECT_EQ(again.value_ratio, once.value_ratio);
  EXPECT_EQ(again.number_ratio, once.number_ratio);
  EXPECT_EQ(again.sales, once.sales);
  EXPECT_EQ(again.exclusions[kExclusionX8Duplicate], (CountSum{2, 1'200}));
}

TEST(RatioReading, AddsNothingForARecordFedTwice) {
  auto const ledger = small_ledger();
  RatioQuery query = RecordBuilder::query();
  query.as_of = ledger.records.size();
  RatioFold fold(query);
  for (auto const& record : ledger.records) {
    fold.add(record);
    fold.add(record);
    fold.add(ledger.records.front());
  }
  EXPECT_EQ(fold.finish().value_ratio, ledger.report().value_ratio);
  EXPECT_EQ(fold.finish().value_ratio.bp, 6'000);
}

TEST(RatioReading, StopsAtTheSizeAskedFor) {
  auto ledger = small_ledger();
  RatioQuery query = RecordBuilder::query();
  query.as_of = ledger.records.size();
  auto const then = ledger.fold(query).finish();
  ledger.sale({.shop = Sequence(1), .dong = 1'000'000});
  auto const now = ledger.fold(query).finish();
  EXPECT_EQ(now.value_ratio, then.value_ratio);
  EXPECT_EQ(now.value_ratio.bp, 6'000);
}

TEST(RatioReading, PrintsNothingOverALedgerWithHoles) {
  auto const ledger = small_ledger();
  RatioQuery query = RecordBuilder::query();
  query.as_of = ledger.records.size() + 1;
  auto const too_short = ledger.fold(query).finish();
  EXPECT_EQ(too_short.value_ratio.bp, std::nullopt);
  EXPECT_EQ(too_short.coverage_sellers.reason, NullReason::kIncomplete);
  EXPECT_EQ(too_short.grade, Grade::kNone);

  query.as_of = ledger.records.size();
  RatioFold with_hole(query);
  for (auto const& record : ledger.records)
    if (record.sequence != Sequence(5)) with_hole.add(record);
  EXPECT_EQ(with_hole.finish().value_ratio.reason, NullReason::kIncomplete);
}

Record of_kind(std::uint16_t number) {
  Record record;
  record.kind = static_cast<Kind>(number);
  return record;
}

Record with_tag(std::uint16_t kind, std::uint16_t tag) {
  Record record = of_kind(kind);
  ledger::TlvWriter(record.body).u8(tag, 1);
  return record;
}

Record with_leg(std::uint16_t kind, Leg leg) {
  Record record = of_kind(kind);
  auto const sales = account_id(ledger::AccountClass::kSales, Sequence(1));
  record.postings.push_back({.account = sales, .amount = Vnd(5), .leg = leg});
  return record;
}

TEST(RatioReading, PassesOverWhatDoesNotBearOnIt) {
  auto const number = [](Kind kind) { return static_cast<std::uint16_t>(kind); };
  Record const passed_over[] = {
      of_kind(999),
      with_tag(999, kUnknownOdd),
      with_tag(999, field::kShop),
      with_leg(999, Leg::kFee),
      of_kind(number(Kind::kTransfer)),
      with_tag(number(Kind::kTransfer), kUnknownEven),
      with_leg(number(Kind::kTransfer), Leg::kTransfer),
      with_tag(number(Kind::kTick), field::kExpired),
      with_tag(number(Kind::kTick), field::kExpiredHolds),
      with_tag(number(Kind::kHold), kUnknownEven),
      with_leg(number(Kind::kPost), Leg::kRelease),
      with_tag(number(Kind::kBatch), field::kMembers),
      with_tag(number(Kind::kCloseAccount), field::kClosedSides),
      with_tag(number(Kind::kBankCredit), kUnknownOdd),
      of_kind(number(Kind::kUpgrade)),
      of_kind(number(Kind::kIdReuse)),
      of_kind(number(Kind::kErase)),
  };
  for (Record const& record : passed_over) {
    auto ledger = small_ledger();
    Record& added = ledger.records.emplace_back(record);
    added.sequence = Sequence(ledger.records.size());
    auto const report = ledger.report();
    EXPECT_EQ(report.unread_records, 0U) << static_cast<int>(record.kind);
    EXPECT_EQ(report.value_ratio.bp, 6'000) << static_cast<int>(record.kind);
  }
}

TEST(RatioReading, PrintsNothingOverWhatItCannotRead) {
  auto const number = [](Kind kind) { return static_cast<std::uint16_t>(kind); };
  Record const unread[] = {
      with_tag(999, kUnknownEven),
      with_leg(999, Leg::kSale),
      with_leg(999, Leg::kRefund),
      with_leg(number(Kind::kTransfer), Leg::kSale),
      with_leg(number(Kind::kBatch), Leg::kSale),
      with_tag(number(Kind::kBankCredit), kUnknownEven),
      with_tag(number(Kind::kRegisterShop), kUnknownEven),
      with_tag(number(Kind::kRegisterShop), field::kAmends),
      with_leg(number(Kind::kBankCredit), Leg::kReversal),
      with_leg(number(Kind::kBankCredit), Leg::kSale),  // a debit of sales
      of_kind(number(Kind::kDeclareCash)),              // of no shop; its outcome is set below
      of_kind(number(Kind::kMoveShop)),
      of_kind(number(Kind::kCloseShop)),
      of_kind(number(Kind::kAssign)),
      of_kind(number(Kind::kUndo)),
      of_kind(number(Kind::kReclassify)),
      of_kind(number(Kind::kResolve)),
      of_kind(number(Kind::kRefund)),
  };
  for (Record const& record : unread) {
    auto ledger = small_ledger();
    Record& added = ledger.records.emplace_back(record);
    added.outcome = static_cast<std::uint16_t>(engine::Outcome::kDone);
    added.sequence = Sequence(ledger.records.size());
    auto const report = ledger.report();
    EXPECT_EQ(report.unread_records, 1U) << static_cast<int>(record.kind);
    EXPECT_EQ(report.first_unread, added.sequence);
    EXPECT_EQ(report.value_ratio.bp, std::nullopt);
    EXPECT_EQ(report.upper_bound.reason, NullReason::kUnreadRecords);
  }
}

TEST(RatioReading, RefusesASaleItsEngineCouldNotHaveMade) {
  std::function<void(Record&)> const damages[] = {
      [](Record& r) { r.rules_version = ledger::kRulesVersion + 1; },
      [](Record& r) { r.body.clear(); },
      [](Record& r) { r.body.pop_back(); },
      // The last field is the direction, after purpose and time: see RecordBuilder::sale.
      [](Record& r) { r.body.back() = static_cast<char>(ledger::Direction::kDebit); },
      [](Record& r) { r.body[16] = 0x7f; },  // the first byte of the time: thousands of years on
      [](Record& r) { r.postings[1].layer = ledger::Layer::kHeld; },
      [](Record& r) { r.postings[1].currency = 840; },
      [](Record& r) {
        r.postings[1].account = account_id(ledger::AccountClass::kSales, Sequence(77));
      },
      [](Record& r) {
        r.postings[1].account = account_id(ledger::AccountClass::kSuspense, Sequence(1));
      },
  };
  for (auto const& damage : damages) {
    auto ledger = small_ledger();
    ledger.sale({.shop = Sequence(1), .dong = 5});
    EXPECT_EQ(ledger.report().unread_records, 0U);
    damage(ledger.records.back());
    EXPECT_EQ(ledger.report().unread_records, 1U);
  }
}

TEST(RatioReading, ReadsTheOutcomeOfADeclaration) {
  auto ledger = small_ledger();
  ledger.cash({.shop = Sequence(1), .terminal = Sequence(3), .dong = 9'000, .declared_rev = 9});
  ledger.records.back().outcome = static_cast<std::uint16_t>(engine::Outcome::kSuperseded);
  EXPECT_EQ(ledger.report().cash_declared.sum, 400);
  ledger.records.back().outcome = static_cast<std::uint16_t>(engine::Outcome::kTotalsFull);
  EXPECT_EQ(ledger.report().cash_declared.sum, 400);
  ledger.records.back().outcome = static_cast<std::uint16_t>(engine::Outcome::kDone);
  EXPECT_EQ(ledger.report().cash_declared.sum, 9'000);
}

TEST(RatioReading, NamesEveryReasonAndGrade) {
  EXPECT_EQ(null_reason_name(NullReason::kIncomplete), "incomplete");
  EXPECT_EQ(null_reason_name(NullReason::kUnreadRecords), "unread_records");
  EXPECT_EQ(null_reason_name(NullReason::kZeroDenominator), "zero_denominator");
  EXPECT_EQ(null_reason_name(NullReason::kBelowGradeC), "below_grade_c");
  EXPECT_EQ(null_reason_name(NullReason::kNoEstimate), "no_estimate");
  EXPECT_EQ(grade_name(Grade::kA), "A");
  EXPECT_EQ(grade_name(Grade::kB), "B");
  EXPECT_EQ(grade_name(Grade::kC), "C");
  EXPECT_EQ(grade_name(Grade::kNone), "none");
}

}  // namespace
}  // namespace qrpay::audit
