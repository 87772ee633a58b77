// The matcher against tests/engine/naive_match.h on random notes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/match.h"
#include "tests/engine/match_support.h"

namespace qrpay::engine {
namespace {

using naive::OpenCode;
using test::index_of;
using test::matches;
using test::proposals;
using test::verdict;

/// Notes made to be hard: codes that contain each other, cut, glued, split, mistyped.
class NoteMaker {
 public:
  explicit NoteMaker(std::uint64_t seed) : random_(seed) {}

  std::vector<OpenCode> open_codes() {
    std::vector<OpenCode> open;
    std::set<std::string> folded;
    auto const count = below(9);
    while (open.size() < count) {
      OpenCode one = below(2) == 0 ? OpenCode{own_code(), true} : OpenCode{shop_code(), false};
      auto const text = fold_shop_code(one.code);
      if (text && folded.insert(*text).second) open.push_back(one);
    }
    return open;
  }

  std::string note(std::vector<OpenCode> const& open) {
    std::string raw;
    for (auto parts = below(6); parts > 0; --parts) {
      auto const pick = below(10);
      if (pick < 5 && !open.empty()) raw += damaged(open[below(open.size())].code);
      if (pick >= 5 && pick < 7) raw += damaged(own_code());
      if (pick >= 7) raw += kNoise[below(kNoise.size())];
      raw += kSeparators[below(kSeparators.size())];
    }
    return raw;
  }

  std::string prefix() { return std::string(kPrefixes[below(kPrefixes.size())]); }

 private:
  static constexpr std::array<std::string_view, 5> kPrefixes = {"QN", "QNA", "MCA", "AA", "AAA"};
  static constexpr std::array<std::string_view, 6> kSeparators = {"", "", " ", ".", "- ", " va "};
  static constexpr std::array<std::string_view, 7> kNoise = {
      "MBVCB.4472009736.983279.", "Ma giao dich Trace 283793", "Thanh toán đơn hàng", "QN",
      "AA1", "\xE1\xBA", "12AB12"};

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  std::string own_code() {
    // Few bodies, so that codes are often one or two edits apart.
    std::array<std::uint8_t, kCodeEntropyBytes> entropy{};
    entropy.back() = static_cast<std::uint8_t>(below(4));
    if (below(2) == 0) entropy.front() = static_cast<std::uint8_t>(random_());
    return make_code(kPrefixes[below(kPrefixes.size())], entropy, 0);
  }

  std::string shop_code() {
    static constexpr std::string_view kFew = "AB12O0";
    std::string code;
    for (auto size = 4 + below(5); size > 0; --size) code += kFew[below(kFew.size())];
    if (below(8) == 0) code = own_code() + code;
    if (below(8) == 0) code = own_code().substr(2, 7);
    return code;
  }

  std::string damaged(std::string code) {
    static constexpr std::string_view kAny = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ .";
    for (auto edits = below(2) * below(3); edits > 0 && code.size() > 1; --edits) {
      auto const at = below(code.size());
      switch (below(4)) {
        case 0: code[at] = kAny[below(kAny.size())]; break;
        case 1: code.erase(at, 1); break;
        case 2: code.insert(at, 1, kAny[below(kAny.size())]); break;
        case 3: std::swap(code[at], code[at > 0 ? at - 1 : 0]); break;
      }
    }
    for (auto& c : code) {
      if (c == '0' && below(8) == 0) c = 'o';
      if (c == '1' && below(8) == 0) c = 'l';
      if (c >= 'A' && c <= 'Z' && below(8) == 0) c = static_cast<char>(c - 'A' + 'a');
    }
    for (std::size_t i = 1; i < code.size(); ++i) {
      if (below(12) == 0) code.insert(i, 1, ' ');
    }
    return code;
  }

  std::mt19937_64 random_;
};

TEST(MatchModel, AgreesWithTheNaiveModelOnRandomNotes) {
  std::uint64_t const seed = 20260127;
  std::cout << "seed " << seed << "\n";
  NoteMaker maker(seed);
  std::array<int, 5> verdicts{};
  for (int i = 0; i < 30'000; ++i) {
    auto const open = maker.open_codes();
    auto const index = index_of(open);
    auto const prefix = maker.prefix();
    for (int k = 0; k < 2; ++k) {
      auto const raw = maker.note(open);
      auto const note = naive::fold(raw);
      ASSERT_EQ(matches(index, raw), naive::match(open, note)) << raw;
      ASSERT_EQ(proposals(index, raw), naive::propose(open, note)) << raw;
      auto const expected = naive::verdict(open, prefix, note);
      ASSERT_EQ(verdict(index, prefix, raw), expected) << raw;
      ++verdicts[static_cast<std::size_t>(expected)];
    }
  }
  // The generator is worth its time only while it reaches every answer often.
  for (std::size_t v = 1; v < verdicts.size(); ++v) EXPECT_GT(verdicts[v], 2'000) << v;
}

TEST(MatchModel, OrderOfAddingChangesNothing) {
  NoteMaker maker(7);
  for (int i = 0; i < 2'000; ++i) {
    auto open = maker.open_codes();
    auto const raw = maker.note(open);
    auto const first = index_of(open);
    std::reverse(open.begin(), open.end());
    auto const second = index_of(open);
    ASSERT_EQ(matches(first, raw), matches(second, raw)) << raw;
    ASSERT_EQ(proposals(first, raw), proposals(second, raw)) << raw;
  }
}

}  // namespace
}  // namespace qrpay::engine
