#include "base/time_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace qrpay::base {
namespace {

constexpr WallTime at_seconds(std::int64_t seconds) { return WallTime(seconds * kSecond); }

TEST(FormatTime, IsUtcWithMillisecondsCut) {
  EXPECT_EQ(format_time(WallTime(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(WallTime(999)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(WallTime(1'000)), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(format_time(WallTime(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(at_seconds(951'782'400)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(format_time(at_seconds(1'795'489'445)), "2026-11-24T03:04:05.000Z");
}

TEST(ParseTime, ReadsZonesAndFractions) {
  auto const expected = at_seconds(1'795'489'445);
  EXPECT_EQ(parse_time("2026-11-24T03:04:05Z"), expected);
  EXPECT_EQ(parse_time("2026-11-24T10:04:05+07:00"), expected);
  EXPECT_EQ(parse_time("2026-11-23T22:34:05-04:30"), expected);
  EXPECT_EQ(parse_time("2026-11-24T03:04:05.6Z"), later(expected, 600'000));
  EXPECT_EQ(parse_time("2026-11-24T03:04:05.678Z"), later(expected, 678'000));
  EXPECT_EQ(parse_time("2026-11-24T03:04:05.000001Z"), later(expected, 1));
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), WallTime(0));
  EXPECT_EQ(parse_time("2199-12-31T23:59:59Z"), at_seconds(7'258'118'399));
}

TEST(ParseTime, RefusesEverythingElse) {
  for (auto const* text : {
           "", "2026-11-24", "2026-11-24T03:04:05", "2026-11-24T03:04:05.Z",
           "2026-11-24T03:04:05.1234567Z", "2026-11-24T03:04Z", "2026-11-24 03:04:05Z",
           "2026-11-24T24:00:00Z", "2026-11-24T23:60:00Z", "2026-11-24T23:59:60Z",
           "2026-11-24T03-04-05Z", "2026-11-24T03:04:05+7:00", "2026-11-24T03:04:05+0700",
           "2026-11-24T03:04:05+24:00", "2026-11-24T03:04:05+07:60", "2026-11-24T03:04:05Zx",
           "2026-11-24T03:04:05 Z", "2026-11-24T3:04:05Z", "2026-11-31T03:04:05Z",
           "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
           "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "1969-12-31T23:59:59Z",
           "2200-01-01T00:00:00Z", "+026-11-24T03:04:05Z", "2026-11-24T-3:04:05Z",
           "2026-11-24T03:04:05,5Z", " 2026-11-24T03:04:05Z",
       }) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(ParseTime, ReadsBackWhatFormatTimeWrote) {
  for (std::int64_t seconds = 0; seconds < 7'258'118'400; seconds += 98'765'43) {
    WallTime const time = later(at_seconds(seconds), 7'000);
    EXPECT_EQ(parse_time(format_time(time)), time) << seconds;
  }
}

TEST(Day, CountsEveryDayFrom1970To2199WithoutAGap) {
  std::string before;
  for (std::int32_t n = 0; n <= 84'005; ++n) {
    auto const text = format_day(Day(n));
    ASSERT_EQ(parse_day(text), Day(n)) << text;
    ASSERT_LT(before, text);
    before = text;
  }
  EXPECT_EQ(before, "2199-12-31");
}

TEST(Day, RefusesDaysThatDoNotExist) {
  for (auto const* text : {"2026-02-29", "2026-04-31", "2026-11-00", "2026-00-10", "2026-13-01",
                           "1969-12-31", "2200-01-01", "2026-1-01", "26-11-24", "2026/11/24",
                           "2026-11-24 ", " 2026-11-24", "20261124", "", "2026-1a-01"}) {
    EXPECT_EQ(parse_day(text), std::nullopt) << text;
  }
  EXPECT_EQ(format_day(parse_day("2024-02-29").value()), "2024-02-29");
}

TEST(BusinessDay, BeginsAtSeventeenHoursUtc) {
  auto const day = parse_day("2026-11-24").value();
  EXPECT_EQ(start_of(day), parse_time("2026-11-23T17:00:00Z"));
  EXPECT_EQ(business_day(start_of(day)), day);
  EXPECT_EQ(business_day(WallTime(start_of(day).microseconds() - 1)), Day(day.days() - 1));
  EXPECT_EQ(business_day(later(start_of(day), kDay - 1)), day);
  EXPECT_EQ(business_day(later(start_of(day), kDay)), Day(day.days() + 1));
  EXPECT_EQ(business_day(WallTime(0)), Day(0));
  EXPECT_EQ(business_day(WallTime(-kVietnamOffset - 1)), Day(-1));
}

}  // namespace
}  // namespace qrpay::base
