#include "gateway/api/metrics_text.h"

#include <gtest/gtest.h>

#include <array>

namespace qrpay::gateway::api {
namespace {

TEST(MetricsText, WritesFamiliesWithTheirSamples) {
  MetricsText out;
  out.family("qrpay_things_total", MetricsText::Type::kCounter, "Things.");
  out.sample({}, std::uint64_t{18'446'744'073'709'551'615u});
  out.family("qrpay_level", MetricsText::Type::kGauge, "A level.");
  out.sample({{"name", "a\"b\\c\nd"}, {"unit", "x"}}, std::int64_t{-4});
  EXPECT_EQ(out.take(),
            "# HELP qrpay_things_total Things.\n"
            "# TYPE qrpay_things_total counter\n"
            "qrpay_things_total 18446744073709551615\n"
            "# HELP qrpay_level A level.\n"
            "# TYPE qrpay_level gauge\n"
            "qrpay_level{name=\"a\\\"b\\\\c\\nd\",unit=\"x\"} -4\n");
  EXPECT_EQ(out.take(), "");
}

TEST(MetricsText, WritesBucketsThatHoldAllBelowThem) {
  std::array<std::int64_t, 2> const bounds = {10, 2'500};
  std::array<std::uint64_t, 3> const counts = {3, 0, 2};
  MetricsText out;
  out.family("qrpay_time_seconds", MetricsText::Type::kHistogram, "Time.");
  out.histogram({{"stage", "sync"}},
                {.bounds = bounds, .counts = counts, .sum = 1'000'050, .microseconds = true});
  EXPECT_EQ(out.take(),
            "# HELP qrpay_time_seconds Time.\n"
            "# TYPE qrpay_time_seconds histogram\n"
            "qrpay_time_seconds_bucket{stage=\"sync\",le=\"0.00001\"} 3\n"
            "qrpay_time_seconds_bucket{stage=\"sync\",le=\"0.0025\"} 3\n"
            "qrpay_time_seconds_bucket{stage=\"sync\",le=\"+Inf\"} 5\n"
            "qrpay_time_seconds_sum{stage=\"sync\"} 1.00005\n"
            "qrpay_time_seconds_count{stage=\"sync\"} 5\n");
}

TEST(MetricsText, TellsMicrosecondsAsSecondsWithoutRounding) {
  EXPECT_EQ(seconds_text(0), "0");
  EXPECT_EQ(seconds_text(1), "0.000001");
  EXPECT_EQ(seconds_text(10), "0.00001");
  EXPECT_EQ(seconds_text(1'000'000), "1");
  EXPECT_EQ(seconds_text(9'223'372'036'854'775'807), "9223372036854.775807");
}

}  // namespace
}  // namespace qrpay::gateway::api
