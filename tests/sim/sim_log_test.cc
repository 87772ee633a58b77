#include "engine/sim_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace qrpay::engine {
namespace {

constexpr base::WallTime kStart(1'795'000'000 * base::kSecond);

Submission named(std::string const& id) {
  Prepared prepared;
  prepared.command.id = id;
  return {std::move(prepared), nullptr};
}

/// Submits "0", "1", ... and takes everything, in the order of arrival.
std::vector<std::string> deliver(SimLogOptions const& options, int count) {
  SimLog log(options);
  for (int i = 0; i < count; ++i)
    EXPECT_TRUE(log.submit(named(std::to_string(i)), Priority::kWrite));
  std::vector<std::string> arrived;
  while (log.size() > 0) {
    for (auto const& submission : log.next(3, base::kHour))
      arrived.push_back(std::get<Prepared>(submission.what).command.id);
  }
  return arrived;
}

TEST(SimLog, WithoutMaliceKeepsTheOrderOfSending) {
  auto const arrived = deliver({.seed = 1, .start = kStart, .delay_max = 0}, 5);
  EXPECT_EQ(arrived, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
}

TEST(SimLog, TheSameSeedGivesTheSameDeliveries) {
  SimLogOptions const options{
      .seed = 7, .start = kStart, .drop_percent = 20, .duplicate_percent = 20};
  EXPECT_EQ(deliver(options, 200), deliver(options, 200));
}

TEST(SimLog, DropsDoublesAndReorders) {
  auto arrived = deliver(
      {.seed = 3, .start = kStart, .drop_percent = 30, .duplicate_percent = 30}, 300);
  EXPECT_FALSE(std::is_sorted(arrived.begin(), arrived.end()));
  std::sort(arrived.begin(), arrived.end());
  EXPECT_NE(std::adjacent_find(arrived.begin(), arrived.end()), arrived.end());
  arrived.erase(std::unique(arrived.begin(), arrived.end()), arrived.end());
  EXPECT_LT(arrived.size(), 300U);
  EXPECT_GT(arrived.size(), 150U);
}

TEST(SimLog, TimeMovesToTheNextArrivalButNotPastTheWait) {
  SimLog log({.seed = 5, .start = kStart, .delay_max = base::kHour});
  ASSERT_TRUE(log.submit(named("a"), Priority::kWrite));
  EXPECT_TRUE(log.next(1, 1).empty());
  EXPECT_EQ(log.now(), base::later(kStart, 1));
  EXPECT_EQ(log.next(1, 2 * base::kHour).size(), 1U);
  EXPECT_LE(log.now(), base::later(kStart, base::kHour));
  log.wake();
  auto const before = log.now();
  EXPECT_TRUE(log.next(1, base::kHour).empty());
  EXPECT_EQ(log.now(), before);
}

TEST(SimLog, ClosedRefusesButHandsOutWhatItAccepted) {
  SimLog log({.seed = 5, .start = kStart, .delay_max = base::kHour});
  ASSERT_TRUE(log.submit(named("a"), Priority::kWrite));
  log.close();
  auto const refused = log.submit(named("b"), Priority::kCredit);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, base::Errc::kShuttingDown);
  EXPECT_EQ(log.next(10, 0).size(), 1U);
}

TEST(SimLog, ShedsReadsAndWritesMoreThanCredits) {
  SimLog log({.seed = 5, .start = kStart, .refuse_percent = 40});
  int writes = 0;
  int credits = 0;
  for (int i = 0; i < 500; ++i) {
    auto const write = log.submit(named("w"), Priority::kWrite);
    if (!write) {
      EXPECT_EQ(write.error().errc, base::Errc::kOverloaded);
      ++writes;
    }
    if (!log.submit(named("c"), Priority::kCredit)) ++credits;
  }
  EXPECT_GT(writes, 2 * credits);
  EXPECT_GT(credits, 0);
}

TEST(SimLog, ACrashLosesWhatIsOnItsWay) {
  SimLog log({.seed = 5, .start = kStart, .delay_max = base::kHour});
  ASSERT_TRUE(log.submit(named("a"), Priority::kWrite));
  log.close();
  log.crash();
  EXPECT_EQ(log.size(), 0U);
  EXPECT_TRUE(log.submit(named("b"), Priority::kWrite));
}

}  // namespace
}  // namespace qrpay::engine
