#include "audit/ratio.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/audit/record_builder.h"

namespace qrpay::audit {
namespace {

std::int32_t day_of(int n) { return kOctober + n - 1; }

TEST(Ratio, IsNullOverNothing) {
  RecordBuilder ledger;
  ledger.declarer({}, 0, 0);
  auto const report = ledger.report();
  EXPECT_EQ(report.sellers_declaring, 1U);
  for (Figure const& figure : {report.value_ratio, report.coverage_value, report.upper_bound}) {
    EXPECT_EQ(figure.bp, std::nullopt);
    EXPECT_EQ(figure.reason, NullReason::kZeroDenominator);
  }
  EXPECT_EQ(report.coverage_sellers.bp, 10'000);
  EXPECT_EQ(report.grade, Grade::kNone);
}

TEST(Ratio, IsGradedByExactCoverage) {
  struct Row {
    std::int64_t declared;
    std::int64_t silent;
    Grade grade;
  };
  Row const rows[] = {
      {100, 0, Grade::kA},
      {90, 10, Grade::kA},
      {89'996, 10'004, Grade::kB},
      {70, 30, Grade::kB},
      {699, 301, Grade::kC},
      {50, 50, Grade::kC},
      {49'999, 50'001, Grade::kNone},
  };
  for (Row const& row : rows) {
    RecordBuilder ledger;
    ledger.declarer({}, row.declared, 100);
    Sequence const silent = ledger.shop();
    if (row.silent != 0) ledger.sale({.shop = silent, .dong = row.silent});
    auto const report = ledger.report();
    EXPECT_EQ(report.grade, row.grade) << row.declared;
    EXPECT_EQ(report.value_ratio.bp.has_value(), row.grade != Grade::kNone) << row.declared;
    if (row.grade != Grade::kNone) continue;
    EXPECT_EQ(report.value_ratio.reason, NullReason::kBelowGradeC);
    EXPECT_EQ(report.number_ratio.reason, NullReason::kBelowGradeC);
    EXPECT_TRUE(report.coverage_value.bp) << "coverage itself is always told";
  }
}

TEST(Ratio, CountsADeclarerFromNinetyPercentOfOpenDays) {
  struct Row {
    int period;
    int declared;
    bool counts;
  };
  Row const rows[] = {{30, 27, true}, {30, 26, false}, {31, 28, true}, {31, 27, false},
                      {10, 9, true},  {10, 8, false},  {1, 1, true},   {1, 0, false}};
  for (Row const& row : rows) {
    RecordBuilder ledger;
    Sequence const shop = ledger.shop();
    ledger.cash_month({.shop = shop, .terminal = ledger.terminal(shop), .dong = 5}, row.declared);
    auto query = RecordBuilder::query();
    query.to = Day(day_of(row.period));
    EXPECT_EQ(ledger.fold(query).finish().sellers_declaring, row.counts ? 1U : 0U)
        << row.declared << " of " << row.period;
  }
}

TEST(Ratio, OpensAShopOnItsOwnDay) {
  RecordBuilder ledger;
  // Open on 10 days of 30; declares 9 of them.
  Sequence const middle = ledger.shop({.opened_on = Day(day_of(21))});
  ledger.cash_month(
      {.shop = middle, .terminal = ledger.terminal(middle), .day = Day(day_of(21)), .dong = 7}, 9);
  // Declared 9 days, but before it opened.
  Sequence const early = ledger.shop({.opened_on = Day(day_of(21))});
  ledger.cash_month({.shop = early, .terminal = ledger.terminal(early), .dong = 7}, 9);
  Sequence const after = ledger.shop({.opened_on = Day(day_of(31))});
  ledger.sale({.shop = after, .dong = 40});
  Sequence const last_day = ledger.shop({.opened_on = Day(day_of(30))});
  ledger.sale({.shop = last_day, .dong = 2});
  auto const report = ledger.report();
  EXPECT_EQ(report.sellers_open, 3U);
  EXPECT_EQ(report.sellers_declaring, 1U);
  EXPECT_EQ(report.cash_declared, (CountSum{9, 7}));
  EXPECT_EQ(report.sales, (CountSum{1, 2}));
  EXPECT_EQ(report.sales_not_open, (CountSum{1, 40}));
}

TEST(Ratio, LetsTheHighestRevisionWin) {
  RecordBuilder ledger;
  Sequence const shop = ledger.declarer({}, 1'000, 500);
  Sequence const till = ledger.terminal(shop);
  ledger.cash({.shop = shop, .terminal = till, .dong = 30, .count = 3, .declared_rev = 5});
  ledger.cash({.shop = shop, .terminal = till, .dong = 99, .count = 9, .declared_rev = 4});
  ledger.cash({.shop = shop, .terminal = till, .dong = 98, .count = 8, .declared_rev = 5});
  auto const report = ledger.report();
  EXPECT_EQ(report.cash_declared.sum, 530) << "terminals are summed";
  EXPECT_EQ(report.number_ratio.denominator, 1 + 1 + 3);
}

TEST(Ratio, TreatsAWithdrawnDayAsMissing) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  Sequence const till = ledger.terminal(shop);
  ledger.cash_month({.shop = shop, .terminal = till, .dong = 10}, 27);
  EXPECT_EQ(ledger.report().sellers_declaring, 1U);
  ledger.cash({.shop = shop, .terminal = till, .declared_rev = 2, .withdrawn = true});
  EXPECT_EQ(ledger.report().sellers_declaring, 0U);
  Sequence const other = ledger.terminal(shop);
  ledger.cash({.shop = shop, .terminal = other, .dong = 4});
  EXPECT_EQ(ledger.report().sellers_declaring, 1U) << "another till declared that day";
  EXPECT_EQ(ledger.report().cash_declared.sum, 4);
  ledger.cash({.shop = shop, .terminal = till, .dong = 6, .declared_rev = 3});
  EXPECT_EQ(ledger.report().cash_declared.sum, 10) << "declared again";
}

TEST(Ratio, CountsTwoTillsOfOneDayAsOneDay) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  for (int n = 0; n < 2; ++n)
    ledger.cash_month({.shop = shop, .terminal = ledger.terminal(shop), .dong = 1}, 20);
  EXPECT_EQ(ledger.report().sellers_declaring, 0U);
}

TEST(Ratio, TakesNumbersOnlyFromSellersThatTellThem) {
  RecordBuilder ledger;
  ledger.declarer({}, 1'000, 500);
  Sequence const silent = ledger.shop();
  ledger.sale({.shop = silent, .dong = 1'000});
  ledger.cash_month({.shop = silent, .terminal = ledger.terminal(silent), .dong = 500}, 30);
  auto const report = ledger.report();
  EXPECT_EQ(report.sellers_declaring, 2U);
  EXPECT_EQ(report.sellers_declaring_counts, 1U);
  EXPECT_EQ(report.value_ratio.denominator, 3'000);
  EXPECT_EQ(report.number_ratio.denominator, 2) << "one sale of each kind";
  EXPECT_EQ(report.number_ratio.bp, 5'000);
}

TEST(Ratio, EndsDaysAtMidnightInVietnam) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  auto const query = RecordBuilder::query();
  WallTime const begin = start_of(query.from);
  WallTime const end = start_of(Day(query.to.days() + 1));
  EXPECT_EQ(base::format_time(begin), "2025-09-30T17:00:00.000Z");
  ledger.sale({.shop = shop, .dong = 1, .time = base::later(begin, -1)});
  ledger.sale({.shop = shop, .dong = 10, .time = begin});
  ledger.sale({.shop = shop, .dong = 100, .time = base::later(end, -1)});
  ledger.sale({.shop = shop, .dong = 1'000, .time = end});
  EXPECT_EQ(ledger.report().sales, (CountSum{2, 110}));
}

TEST(Ratio, DropsEachExcludedSaleIntoOneBucket) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  ledger.sale({.shop = shop, .dong = 1, .exclusions = 1U << 3});
  ledger.sale({.shop = shop, .dong = 10, .exclusions = 1U << 9});
  ledger.sale({.shop = shop, .dong = 100, .exclusions = 1U << 3 | 1U << 9});
  ledger.sale({.shop = shop, .dong = 1'000, .purpose = 0});
  ledger.sale({.shop = shop, .dong = 10'000, .flagged = true});
  auto const report = ledger.report();
  EXPECT_EQ(report.exclusions[kExclusionX3SameOwner], (CountSum{2, 101}));
  EXPECT_EQ(report.exclusions[kExclusionX9Training], (CountSum{1, 10}));
  EXPECT_EQ(report.exclusions[kExclusionX4NotASale], (CountSum{1, 1'000}));
  EXPECT_EQ(report.sales, (CountSum{1, 10'000}));
  EXPECT_EQ(report.sales_time_flagged, 1U);
}

TEST(Ratio, LeavesTrainingTillsOutOfDeclaredCash) {
  RecordBuilder ledger;
  Sequence const shop = ledger.shop();
  Sequence const till = ledger.terminal(shop, /*training=*/true);
  ledger.cash_month({.shop = shop, .terminal = till, .dong = 1'000}, 30);
  auto const report = ledger.report();
  EXPECT_EQ(report.sellers_declaring, 0U);
  EXPECT_EQ(report.declarations_training, 30U);
}

TEST(Ratio, CountsSellersElsewhereAsX10) {
  RecordBuilder ledger;
  ledger.sale({.shop = ledger.shop(), .dong = 5});
  ledger.sale({.shop = ledger.shop({.commune = kBinhLieu}), .dong = 70});
  ledger.sale({.shop = ledger.shop({.commune = "00004"}), .dong = 900});
  struct Row {
    char const* area;
    CountSum sales;
    CountSum outside;
    char const* name;
  };
  Row const rows[] = {{kHaTu, {1, 5}, {2, 970}, "Phường Hà Tu"},
                      {"22", {2, 75}, {1, 900}, ""},
                      {"", {3, 975}, {0, 0}, ""},
                      {"00004", {1, 900}, {2, 75}, ""},
                      {"07192", {0, 0}, {3, 975}, "Đặc khu Cô Tô"}};
  for (Row const& row : rows) {
    auto const report = ledger.report(row.area);
    EXPECT_EQ(report.sales, row.sales) << row.area;
    EXPECT_EQ(report.exclusions[kExclusionX10Outside], row.outside) << row.area;
    EXPECT_EQ(report.area_name, row.name);
  }
}

TEST(Ratio, TellsWhoWasPlacedUnderAnOldCode) {
  RecordBuilder ledger;
  ledger.shop();
  ledger.shop({.commune_valid_from = Day(18'150)});
  EXPECT_EQ(ledger.report(kHaTu).sellers_open, 2U);
  EXPECT_EQ(ledger.report(kHaTu).sellers_placed_by_code, 1U);
}

/// Shops of all kinds in three communes, from a seed.
RecordBuilder random_ledger(std::uint32_t seed) {
  std::mt19937 random(seed);
  auto const up_to = [&](std::uint32_t n) { return static_cast<int>(random() % (n + 1)); };
  char const* const communes[] = {kHaTu, kBinhLieu, "00004"};
  char const* const sectors[] = {"food", "retail"};
  RecordBuilder ledger;
  for (int n = 0; n < 40; ++n) {
    Sequence const shop = ledger.shop({.commune = communes[up_to(2)],
                                       .sector = sectors[up_to(1)],
                                       .opened_on = Day(day_of(up_to(40) - 25))});
    Sequence const till = ledger.terminal(shop, up_to(9) == 0);
    for (int sales = up_to(5); sales > 0; --sales) {
      Sequence const sale = ledger.sale({.shop = shop,
                                         .day = Day(day_of(up_to(34))),
                                         .dong = 1 + up_to(1'000'000),
                                         .exclusions = up_to(9) == 0 ? 1U << 3 : 0});
      if (up_to(4) == 0) ledger.repeat(sale);
    }
    if (up_to(4) != 0)
      ledger.cash_month({.shop = shop, .terminal = till, .dong = up_to(2'000'000)}, 26 + up_to(6));
  }
  return ledger;
}

void add_to(RatioReport& total, RatioReport const& part) {
  for (auto figure :
       {&RatioReport::value_ratio, &RatioReport::number_ratio, &RatioReport::coverage_sellers,
        &RatioReport::coverage_value, &RatioReport::upper_bound}) {
    (total.*figure).numerator += (part.*figure).numerator;
    (total.*figure).denominator += (part.*figure).denominator;
  }
  total.sales.add(part.sales);
  total.cash_declared.add(part.cash_declared);
  total.sales_not_open.add(part.sales_not_open);
  for (std::size_t n = 1; n < kExclusionX10Outside; ++n)
    total.exclusions[n].add(part.exclusions[n]);
}

TEST(Ratio, SumsOverCommunesToTheAreaExactly) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    auto const ledger = random_ledger(seed);
    for (char const* area : {"", "22"}) {
      auto const fold = ledger.fold(RecordBuilder::query(area));
      auto const whole = fold.finish();
      RatioReport sum;
      for (auto const& commune : fold.finish_communes()) {
        add_to(sum, commune);
        auto const alone = ledger.report(commune.query.area);
        EXPECT_EQ(commune.value_ratio, alone.value_ratio) << "one pass or one each";
        EXPECT_EQ(commune.exclusions, alone.exclusions);
      }
      EXPECT_EQ(sum.sales, whole.sales);
      EXPECT_EQ(sum.cash_declared, whole.cash_declared);
      EXPECT_EQ(sum.sales_not_open, whole.sales_not_open);
      EXPECT_EQ(sum.value_ratio.numerator, whole.value_ratio.numerator);
      EXPECT_EQ(sum.value_ratio.denominator, whole.value_ratio.denominator);
      EXPECT_EQ(sum.number_ratio.denominator, whole.number_ratio.denominator);
      EXPECT_EQ(sum.coverage_sellers.denominator, whole.coverage_sellers.denominator);
      EXPECT_EQ(sum.coverage_value.denominator, whole.coverage_value.denominator);
      EXPECT_EQ(sum.upper_bound.denominator, whole.upper_bound.denominator);
      for (std::size_t n = 1; n < kExclusionX10Outside; ++n)
        EXPECT_EQ(sum.exclusions[n], whole.exclusions[n]) << "X" << n;
    }
  }
}

TEST(Ratio, LiesBetweenItsBounds) {
  int ordered = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    auto const report = random_ledger(seed).report();
    if (!report.value_ratio.bp) continue;
    ASSERT_TRUE(report.upper_bound.bp);
    EXPECT_GE(*report.upper_bound.bp, *report.value_ratio.bp);
    if (!report.lower_bound.bp) continue;
    EXPECT_LE(*report.lower_bound.bp, *report.value_ratio.bp);
    ++ordered;
  }
  EXPECT_GT(ordered, 50) << "too few of the ledgers were graded for this to say anything";
}

TEST(Ratio, AddsHugeSumsWithoutOverflow) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  RecordBuilder ledger;
  for (int n = 0; n < 4; ++n) {
    Sequence const shop = ledger.declarer({}, kLargest, kLargest);
    ledger.sale({.shop = shop, .dong = kLargest});
  }
  auto const report = ledger.report();
  EXPECT_EQ(report.value_ratio.numerator, Sum{kLargest} * 8);
  EXPECT_EQ(report.value_ratio.denominator, Sum{kLargest} * 12);
  EXPECT_EQ(report.value_ratio.bp, 6'667);
  EXPECT_EQ(report.lower_bound.bp, 6'667) << "nobody is silent";
}

TEST(RatioQuery, IsCheckedByField) {
  struct Row {
    char const* area;
    int from;
    int to;
    char const* fault;
  };
  Row const rows[] = {{"", 1, 30, ""},           {"22", 1, 1, ""},         {"06652", 1, 366, ""},
                      {"06652", 1, 367, "/to"},  {"", 2, 1, "/to"},        {"0665", 1, 1, "/area"},
                      {"06652a", 1, 1, "/area"}, {"0665a", 1, 1, "/area"}, {"14", 1, 1, "/area"},
                      {"", -30'000, 1, "/from"}};
  for (Row const& row : rows) {
    auto const checked = check_query({row.area, Day(day_of(row.from)), Day(day_of(row.to)), 0});
    EXPECT_EQ(checked.has_value(), std::string_view(row.fault).empty()) << row.area << row.to;
    if (checked) continue;
    EXPECT_EQ(checked.error().errc, base::Errc::kInvalidField);
    EXPECT_EQ(checked.error().detail.substr(0, checked.error().detail.find(':')), row.fault);
  }
}

}  // namespace
}  // namespace qrpay::audit
