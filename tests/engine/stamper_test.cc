#include "engine/stamper.h"

#include <gtest/gtest.h>

namespace qrpay::engine {
namespace {

using base::kSecond;
using base::Ticks;
using base::WallTime;

constexpr std::int64_t kStart = 1'000'000 * kSecond;

// Stamps at `wall` seconds after the start, `ticks` seconds of the monotonic clock later.
WallTime stamp_at(Stamper& stamper, std::int64_t wall, std::int64_t ticks) {
  return stamper.stamp(WallTime(kStart + wall * kSecond), Ticks(ticks * kSecond));
}
WallTime after(std::int64_t seconds) { return WallTime(kStart + seconds * kSecond); }

TEST(Stamper, FollowsTheWallClock) {
  Stamper stamper(WallTime(0));
  EXPECT_EQ(stamp_at(stamper, 0, 0), after(0));
  EXPECT_EQ(stamp_at(stamper, 10, 10), after(10));
  EXPECT_FALSE(stamper.jumped());
}

TEST(Stamper, NeverGoesBackBeforeTheLastRecord) {
  Stamper stamper(after(100));
  EXPECT_EQ(stamp_at(stamper, 0, 0), after(100));
  EXPECT_EQ(stamp_at(stamper, 101, 101), after(101));
}

TEST(Stamper, DoesNotBelieveAClockThatRunsAhead) {
  Stamper stamper(WallTime(0));
  (void)stamp_at(stamper, 0, 0);
  EXPECT_EQ(stamp_at(stamper, 3'610, 10), after(10));
  EXPECT_TRUE(stamper.jumped());
  EXPECT_EQ(stamp_at(stamper, 3'620, 20), after(20));
  EXPECT_TRUE(stamper.jumped());
}

TEST(Stamper, BelievesItAgainWhenItIsRightAgain) {
  Stamper stamper(WallTime(0));
  (void)stamp_at(stamper, 0, 0);
  (void)stamp_at(stamper, 3'610, 10);
  EXPECT_EQ(stamp_at(stamper, 21, 20), after(21));
  EXPECT_FALSE(stamper.jumped());
}

TEST(Stamper, AllowsExactlyFiveSecondsAhead) {
  Stamper stamper(WallTime(0));
  (void)stamp_at(stamper, 0, 0);
  EXPECT_EQ(stamp_at(stamper, 15, 10), after(15));
  EXPECT_FALSE(stamper.jumped());
  (void)stamp_at(stamper, 31, 20);  // six more than the ten that passed
  EXPECT_TRUE(stamper.jumped());
}

TEST(Stamper, StandsStillWhileTheClockIsSetBackAndDoesNotCallItsReturnAJump) {
  Stamper stamper(WallTime(0));
  (void)stamp_at(stamper, 7'200, 0);
  EXPECT_EQ(stamp_at(stamper, 3'610, 10), after(7'200));
  EXPECT_FALSE(stamper.jumped());
  EXPECT_EQ(stamp_at(stamper, 7'220, 20), after(7'220));
  EXPECT_FALSE(stamper.jumped());
}

TEST(Stamper, FollowsAClockThatIsSlowedForHours) {
  Stamper stamper(WallTime(0));
  for (std::int64_t second = 0; second < 86'400; second += 10) {
    // 500 parts in a million slow: 43 s in a day, never 5 s at once.
    std::int64_t const wall = kStart + second * kSecond - second * 500;
    EXPECT_EQ(stamper.stamp(WallTime(wall), Ticks(second * kSecond)), WallTime(wall));
    ASSERT_FALSE(stamper.jumped());
  }
}

}  // namespace
}  // namespace qrpay::engine
