#include "ledger/book.h"

#include <limits>

#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

AccountId account(std::uint64_t n) { return account_id(AccountClass::kGeneral, Sequence(n)); }

Posting posted(std::uint64_t n, std::int64_t amount) { return {account(n), Vnd(amount)}; }
Posting held(std::uint64_t n, std::int64_t amount) {
  return {account(n), Vnd(amount), kVndCurrency, Layer::kHeld};
}

Posting released(std::uint64_t n, std::int64_t amount) {
  return {account(n), Vnd(amount), kVndCurrency, Layer::kHeld, Leg::kRelease};
}

using Postings = std::vector<Posting>;

class BookTest : public testing::Test {
 protected:
  void apply(Postings const& postings) {
    ASSERT_EQ(book_.check(postings), std::nullopt);
    book_.apply(postings);
  }
  std::optional<BookRefusal> check(Postings const& postings) {
    auto const before = book_.digest();
    auto const refusal = book_.check(postings);
    EXPECT_EQ(book_.digest(), before) << "check changed the book";
    return refusal;
  }
  Book book_;
};

TEST_F(BookTest, DebitsAndCreditsAreTotalsPerSide) {
  apply({posted(1, 500), posted(2, -300), posted(3, -200)});
  apply({posted(2, 100), posted(1, -100)});
  EXPECT_EQ(book_.find(account(1)), (Account{.posted_debit = 500, .posted_credit = 100}));
  EXPECT_EQ(book_.find(account(2)), (Account{.posted_debit = 100, .posted_credit = 300}));
  EXPECT_EQ(book_.find(account(1)).balance(), Vnd(400));
  EXPECT_EQ(book_.find(account(2)).balance(), Vnd(-200));
  EXPECT_EQ(book_.size(), 3U);
  EXPECT_TRUE(book_.balances_to_zero());
}

TEST_F(BookTest, AnUnknownAccountIsAllZero) {
  EXPECT_EQ(book_.find(account(9)), Account{});
  EXPECT_FALSE(book_.contains(account(9)));
  EXPECT_EQ(book_.size(), 0U);
}

TEST_F(BookTest, NoPostingsAreFine) { EXPECT_EQ(check({}), std::nullopt); }

TEST_F(BookTest, RefusesUnbalanced) {
  EXPECT_EQ(check({posted(1, 5)}), BookRefusal::kUnbalanced);
  EXPECT_EQ(check({posted(1, 5), posted(2, -4)}), BookRefusal::kUnbalanced);
  EXPECT_EQ(check({posted(1, 5), posted(2, 5)}), BookRefusal::kUnbalanced);
  EXPECT_EQ(check({posted(1, kMost), posted(2, kMost), posted(3, 2)}), BookRefusal::kUnbalanced)
      << "a sum that wraps to zero is not zero";
}

TEST_F(BookTest, RefusesLayersThatBalanceOnlyTogether) {
  EXPECT_EQ(check({posted(1, 5), held(2, -5)}), BookRefusal::kUnbalanced);
  EXPECT_EQ(check({posted(1, 5), posted(2, -5), held(1, 3), held(2, -3)}), std::nullopt);
}

TEST_F(BookTest, RefusesAnotherCurrency) {
  Postings dollars = {posted(1, 5), posted(2, -5)};
  for (auto& posting : dollars) posting.currency = 840;
  EXPECT_EQ(check(dollars), BookRefusal::kCurrency);
  dollars[1].currency = kVndCurrency;
  EXPECT_EQ(check(dollars), BookRefusal::kCurrency) << "mixed";
}

TEST_F(BookTest, AFloorHoldsToTheLastDong) {
  book_.open(account(1), Limit::kFloor);
  EXPECT_EQ(check({posted(1, 1), posted(2, -1)}), BookRefusal::kFloor);
  apply({posted(2, 100), posted(1, -100)});
  EXPECT_EQ(check({posted(1, 101), posted(2, -101)}), BookRefusal::kFloor);
  apply({posted(1, 100), posted(2, -100)});
  EXPECT_EQ(check({posted(1, 1), posted(2, -1)}), BookRefusal::kFloor);
}

TEST_F(BookTest, ACeilingHoldsToTheLastDong) {
  book_.open(account(1), Limit::kCeiling);
  EXPECT_EQ(check({posted(2, 1), posted(1, -1)}), BookRefusal::kCeiling);
  apply({posted(1, 100), posted(2, -100)});
  EXPECT_EQ(check({posted(2, 101), posted(1, -101)}), BookRefusal::kCeiling);
  apply({posted(2, 100), posted(1, -100)});
  EXPECT_EQ(check({posted(2, 1), posted(1, -1)}), BookRefusal::kCeiling);
}

TEST_F(BookTest, HoldsCountAgainstTheLimitBeforeTheyArePosted) {
  book_.open(account(1), Limit::kFloor);
  apply({posted(2, 100), posted(1, -100)});
  apply({held(1, 70), held(2, -70)});
  EXPECT_EQ(check({posted(1, 31), posted(2, -31)}), BookRefusal::kFloor);
  EXPECT_EQ(check({held(1, 31), held(2, -31)}), BookRefusal::kFloor);
  EXPECT_EQ(check({posted(1, 30), posted(2, -30)}), std::nullopt);
}

TEST_F(BookTest, AHeldCreditIsNoMoneyYet) {
  book_.open(account(1), Limit::kFloor);
  apply({held(2, 100), held(1, -100)});
  EXPECT_EQ(check({posted(1, 1), posted(2, -1)}), BookRefusal::kFloor);
}

TEST_F(BookTest, AReleaseTakesFromTheSideThatHolds) {
  book_.open(account(1), Limit::kFloor);
  apply({posted(2, 100), posted(1, -100)});
  apply({held(1, 70), held(2, -70)});
  apply({held(3, 40), held(1, -40)});
  apply({released(1, -70), released(2, 70)});
  EXPECT_EQ(book_.find(account(1)), (Account{.posted_credit = 100,
                                             .held_credit = 40,
                                             .limit = Limit::kFloor}));
  EXPECT_EQ(book_.find(account(2)), (Account{.posted_debit = 100}));
  apply({released(3, -40), released(1, 40)});
  EXPECT_EQ(book_.find(account(3)), Account{});
  EXPECT_EQ(check({posted(1, 100), posted(2, -100)}), std::nullopt);
}

TEST_F(BookTest, NoMoreIsReleasedThanIsHeld) {
  apply({held(1, 70), held(2, -70)});
  EXPECT_EQ(check({released(1, -71), released(2, 71)}), BookRefusal::kReleased);
  EXPECT_EQ(check({released(1, 70), released(2, -70)}), BookRefusal::kReleased) << "other sides";
  EXPECT_EQ(check({released(1, -70), released(2, 70)}), std::nullopt);
}

TEST_F(BookTest, AHoldIsReleasedAndPostedAtOnceWithinItsLimit) {
  book_.open(account(1), Limit::kFloor);
  apply({posted(2, 70), posted(1, -70)});
  apply({held(1, 70), held(2, -70)});
  EXPECT_EQ(check({posted(1, 70), posted(2, -70)}), BookRefusal::kFloor);
  apply({released(1, -70), released(2, 70), posted(1, 70), posted(2, -70)});
  EXPECT_EQ(book_.find(account(1)).balance(), Vnd(0));
}

TEST_F(BookTest, AClosedSideTakesNoPostingButARelease) {
  apply({held(1, 5), held(2, -5)});
  book_.close(account(1), Sides::kDebit);
  EXPECT_EQ(check({posted(1, 1), posted(2, -1)}), BookRefusal::kClosed);
  EXPECT_EQ(check({held(1, 1), held(2, -1)}), BookRefusal::kClosed);
  EXPECT_EQ(check({posted(2, 1), posted(1, -1)}), std::nullopt);
  EXPECT_EQ(check({released(1, -5), released(2, 5)}), std::nullopt);
  book_.close(account(1), Sides::kCredit);
  EXPECT_EQ(book_.find(account(1)).closed, Sides::kBoth);
  EXPECT_EQ(check({posted(2, 1), posted(1, -1)}), BookRefusal::kClosed);
}

TEST_F(BookTest, DigestTellsAClosedSideFromAnOpenOne) {
  Book other;
  book_.open(account(1), Limit::kFloor);
  other.open(account(1), Limit::kFloor);
  book_.close(account(1), Sides::kCredit);
  EXPECT_NE(book_.digest(), other.digest());
  other.close(account(1), Sides::kDebit);
  EXPECT_NE(book_.digest(), other.digest());
}

TEST(BookDeathTest, ClosingWhatIsNotThereIsABug) {
  Book book;
  EXPECT_DEATH(book.close(account(1), Sides::kBoth), "found");
}

TEST_F(BookTest, CheckAfterIsCheckOnABookThatHasItApplied) {
  std::mt19937_64 random(7);
  for (std::uint64_t n = 1; n <= 6; ++n) book_.open(account(n), static_cast<Limit>(n % 3));
  auto const some = [&] {
    Postings postings;
    for (std::uint64_t n = 1 + below(random, 2); n > 0; --n) {
      std::uint64_t const from = 1 + below(random, 7);
      std::uint64_t const to = 1 + below(random, 7);
      auto const amount = static_cast<std::int64_t>(1 + below(random, 20));
      bool const holds = below(random, 4) == 0;
      postings.push_back(holds ? held(from, amount) : posted(from, amount));
      postings.push_back(holds ? held(to, -amount) : posted(to, -amount));
    }
    return postings;
  };
  int accepted = 0;
  for (int i = 0; i < 5'000; ++i) {
    Postings const before = some();
    Postings const postings = some();
    if (book_.check(before)) continue;
    Book applied = book_;
    applied.apply(before);
    auto const refusal = book_.check_after(before, postings);
    ASSERT_EQ(refusal, applied.check(postings)) << i;
    if (!refusal && ++accepted % 3 == 0) book_.apply(before);
    if (accepted == 500) book_.close(account(3), Sides::kDebit);
  }
  EXPECT_GT(accepted, 600);
}

TEST_F(BookTest, AnAccountIsTriedWithAllItsPostingsOfTheRecord) {
  book_.open(account(1), Limit::kFloor);
  EXPECT_EQ(check({posted(1, 50), posted(1, -50)}), std::nullopt);
  EXPECT_EQ(check({posted(1, 30), posted(2, -10), posted(1, 30), posted(3, -50)}),
            BookRefusal::kFloor);
  apply({posted(2, 50), posted(1, -50)});
  EXPECT_EQ(check({posted(1, 30), posted(2, -60), posted(1, 30)}), BookRefusal::kFloor)
      << "two debits that fit one by one";
}

TEST_F(BookTest, RefusesTotalsOver63Bits) {
  apply({posted(1, kMost), posted(2, -kMost)});
  EXPECT_EQ(check({posted(1, 1), posted(3, -1)}), BookRefusal::kOverflow);
  EXPECT_EQ(check({posted(3, 1), posted(2, -1)}), BookRefusal::kOverflow);
  EXPECT_EQ(check({posted(2, kMost), posted(1, -kMost)}), std::nullopt) << "the other sides";
  EXPECT_EQ(book_.find(account(1)).balance(), Vnd(kMost));
  EXPECT_EQ(book_.find(account(2)).balance(), Vnd(-kMost));
}

TEST_F(BookTest, RefusesTheLowestAmountSinceItHasNoOpposite) {
  std::int64_t const lowest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(check({posted(1, lowest), posted(2, kMost), posted(3, 1)}), BookRefusal::kOverflow);
}

TEST_F(BookTest, RefusesAFloorWhoseSumOverflows) {
  book_.open(account(1), Limit::kFloor);
  apply({posted(2, kMost), posted(1, -kMost)});
  apply({posted(1, kMost), posted(2, -kMost)});
  EXPECT_EQ(check({held(1, 1), held(2, -1)}), BookRefusal::kOverflow);
}

TEST(BookDeathTest, OpeningTwiceIsABug) {
  Book book;
  book.open(account(1), Limit::kNone);
  EXPECT_DEATH(book.open(account(1), Limit::kFloor), "inserted");
}

TEST_F(BookTest, DigestDependsOnTheAccountsAlone) {
  Book other;
  other.reserve(1000);
  Postings const first = {posted(1, 5), posted(2, -5)};
  Postings const second = {posted(3, 7), posted(4, -7)};
  apply(first);
  apply(second);
  other.apply(second);
  other.apply(first);
  EXPECT_EQ(book_.digest(), other.digest());
  other.apply(first);
  EXPECT_NE(book_.digest(), other.digest());
}

TEST_F(BookTest, DigestTellsALimitFromNone) {
  Book other;
  book_.open(account(1), Limit::kFloor);
  other.open(account(1), Limit::kNone);
  EXPECT_NE(book_.digest(), other.digest());
}

TEST_F(BookTest, WhateverIsAcceptedBalancesToZeroAndKeepsEveryLimit) {
  std::mt19937_64 random(1);
  for (std::uint64_t n = 1; n <= 20; ++n) book_.open(account(n), static_cast<Limit>(n % 3));
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    Postings postings;
    for (auto const layer : {Layer::kPosted, Layer::kHeld}) {
      std::int64_t sum = 0;
      for (std::uint64_t n = below(random, 4); n > 0; --n) {
        std::int64_t const amount = static_cast<std::int64_t>(below(random, 2001)) - 1000;
        if (amount == 0) continue;
        postings.push_back({account(1 + below(random, 25)), Vnd(amount), kVndCurrency, layer});
        sum += amount;
      }
      // One in sixteen is left unbalanced.
      if (sum != 0 && below(random, 16) != 0)
        postings.push_back({account(1 + below(random, 25)), Vnd(-sum), kVndCurrency, layer});
    }
    if (book_.check(postings)) continue;
    ++accepted;
    book_.apply(postings);
    ASSERT_TRUE(book_.balances_to_zero()) << i;
    for (auto const& posting : postings) {
      Account const after = book_.find(posting.account);
      if (after.limit == Limit::kFloor) {
        ASSERT_LE(after.posted_debit + after.held_debit, after.posted_credit) << i;
      }
      if (after.limit == Limit::kCeiling) {
        ASSERT_LE(after.posted_credit + after.held_credit, after.posted_debit) << i;
      }
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_LT(accepted, 19'000);
}

}  // namespace
}  // namespace qrpay::ledger::test
