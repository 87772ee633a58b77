#include "engine/match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/engine/match_support.h"

namespace qrpay::engine {
namespace {

using test::index_of;
using test::matches;
using test::proposals;
using test::verdict;
using Codes = std::vector<std::string>;

// ---- folding

TEST(FoldNote, JoinsRunsAndRemembersWhereTheyStart) {
  auto const note = fold_note("..Đơn-hàng 10 ol.");
  EXPECT_EQ(note.joined, "DONHANG10OL");
  EXPECT_EQ(note.lookalike, "D0NHANG1001");
  for (std::size_t i = 0; i <= note.joined.size(); ++i) {
    EXPECT_EQ(note.token_starts[i], i == 3 || i == 7 || i == 9) << i;
  }
}

TEST(FoldNote, CutsAt512LettersAndDigits) {
  std::string const blanks(5'000, ' ');
  auto const note = fold_note(std::string(511, 'A') + blanks + "BC");
  EXPECT_EQ(note.joined, std::string(511, 'A') + "B");
  EXPECT_TRUE(note.token_starts[511]);
  EXPECT_TRUE(fold_note("").joined.empty());
  EXPECT_TRUE(fold_note("\xff\xc4").joined.empty());
}

TEST(FoldShopCode, KeepsFourTo25CharactersWithALetter) {
  EXPECT_EQ(fold_shop_code("sepay-123"), "SEPAY123");
  EXPECT_EQ(fold_shop_code("Đơn 1"), "DON1");
  EXPECT_EQ(fold_shop_code("A123"), "A123");
  EXPECT_EQ(fold_shop_code("A12"), std::nullopt);
  EXPECT_EQ(fold_shop_code("A-1-2"), std::nullopt);
  EXPECT_EQ(fold_shop_code("1234"), std::nullopt);
  EXPECT_EQ(fold_shop_code(""), std::nullopt);
  EXPECT_EQ(fold_shop_code(std::string(25, 'A')), std::string(25, 'A'));
  EXPECT_EQ(fold_shop_code(std::string(26, 'A')), std::nullopt);
}

// ---- index

TEST(CodeIndex, RefusesMalformedCodesAndCodesAlreadyThere) {
  CodeIndex index;
  EXPECT_FALSE(index.add("MCA4039WJ1PX", CodeKind::kOwn, base::Sequence(1)));  // wrong check
  EXPECT_FALSE(index.add("mca4039wj1pk", CodeKind::kOwn, base::Sequence(1)));
  EXPECT_FALSE(index.add("123456", CodeKind::kShop, base::Sequence(1)));
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.add("MCA4039WJ1PK", CodeKind::kOwn, base::Sequence(1)));
  EXPECT_FALSE(index.add("MCA4039WJ1PK", CodeKind::kOwn, base::Sequence(2)));
  EXPECT_FALSE(index.add("mca-4039wj1pk", CodeKind::kShop, base::Sequence(2)));
  EXPECT_TRUE(index.add("DH-1023", CodeKind::kShop, base::Sequence(3)));
  EXPECT_FALSE(index.add("dh 1023", CodeKind::kShop, base::Sequence(4)));
  EXPECT_EQ(index.size(), 2U);
  EXPECT_EQ(index.find("DH1023"), base::Sequence(3));
  EXPECT_EQ(index.find("MCA4039WJ1PK"), base::Sequence(1));
  EXPECT_FALSE(index.contains("DH1024"));
  EXPECT_FALSE(index.contains(""));
}

TEST(CodeIndex, ForgetsWhatIsRemoved) {
  CodeIndex index;
  ASSERT_TRUE(index.add("MCA4039WJ1PK", CodeKind::kOwn, base::Sequence(1)));
  ASSERT_TRUE(index.add("MCA44GAWMEG9", CodeKind::kOwn, base::Sequence(2)));
  ASSERT_TRUE(index.add("QNHQ8N1K29M", CodeKind::kOwn, base::Sequence(3)));
  ASSERT_TRUE(index.add("DH1023", CodeKind::kShop, base::Sequence(4)));
  EXPECT_TRUE(index.remove("dh-1023"));
  EXPECT_FALSE(index.remove("dh-1023"));
  EXPECT_TRUE(index.remove("MCA4039WJ1PK"));
  EXPECT_FALSE(index.remove("MCA4039WJ1PK"));
  EXPECT_EQ(index.size(), 2U);
  EXPECT_EQ(matches(index, "DH1023 MCA4039WJ1PK"), Codes{});
  EXPECT_EQ(proposals(index, "MCA4039WJ1P"), Codes{});
  // The prefix MCA is still that of another code.
  EXPECT_EQ(matches(index, "MCA44GAWMEG9"), Codes{"MCA44GAWMEG9"});
  EXPECT_TRUE(index.remove("MCA44GAWMEG9"));
  EXPECT_TRUE(index.remove("QNHQ8N1K29M"));
  EXPECT_EQ(index.size(), 0U);
  EXPECT_EQ(matches(index, "QNHQ8N1K29M"), Codes{});
  EXPECT_TRUE(index.add("DH1023", CodeKind::kShop, base::Sequence(5)));
  EXPECT_EQ(matches(index, "DH1023"), Codes{"DH1023"});
}

// ---- rules 2 to 4

TEST(Match, ReadsLookAlikesInOwnCodesOnly) {
  auto const index = index_of({{"MCA4039WJ1PK", true}, {"HD0011", false}});
  EXPECT_EQ(matches(index, "mca4o39wjlpk"), Codes{"MCA4039WJ1PK"});
  EXPECT_EQ(matches(index, "MCA4O39WJIPK"), Codes{"MCA4039WJ1PK"});
  EXPECT_EQ(matches(index, "HDOO11"), Codes{});
  EXPECT_EQ(matches(index, "hd 00.11"), Codes{"HD0011"});
}

struct ContainedCase {
  char const* raw;
  Codes expected;
};

TEST(Match, FollowsRuleThree) {
  auto const index = index_of({{"DH10", false}, {"DH1023", false}, {"B1023", false}});
  std::vector<ContainedCase> const cases = {
      {"DH1023", {"DH1023"}},
      {"DH10 23", {"DH10", "DH1023"}},   // ends at the boundary
      {"DH 1023", {"DH1023"}},           // the boundary is inside both
      {"DH102 3", {"DH1023"}},           // the boundary is inside the longer one only
      {"DH10 DH1023", {"DH10", "DH1023"}},
      {"DH1023 DH10", {"DH1023", "DH10"}},
      {"DH1023DH10", {"DH1023", "DH10"}},
      {"X DH1023", {"DH1023"}},          // the boundary is at the longer one's own start
      {"DH1023 X", {"DH1023"}},
      {"xDH1023x", {"DH1023"}},
      {"D.H.1.0.2.3", {"DH10", "DH1023"}},
      {"DH10", {"DH10"}},
  };
  for (auto const& one : cases) EXPECT_EQ(matches(index, one.raw), one.expected) << one.raw;
}

TEST(Match, ShorterHitStartingAtTheBoundaryStays) {
  auto const index = index_of({{"ABDH10", false}, {"DH10", false}});
  EXPECT_EQ(matches(index, "ABDH10"), Codes{"ABDH10"});
  EXPECT_EQ(matches(index, "AB DH10"), (Codes{"ABDH10", "DH10"}));
  EXPECT_EQ(matches(index, "A BDH10"), Codes{"ABDH10"});
}

TEST(Match, OwnCodeInsideAShopCodeAndTheReverseFollowRuleThreeToo) {
  auto const index = index_of({{"MCA4039WJ1PK", true}, {"XMCA4039WJ1PK", false}, {"39WJ", false}});
  EXPECT_EQ(matches(index, "MCA4039WJ1PK"), Codes{"MCA4039WJ1PK"});
  EXPECT_EQ(matches(index, "xMCA4039WJ1PK"), Codes{"XMCA4039WJ1PK"});
  EXPECT_EQ(matches(index, "x MCA4039WJ1PK"), (Codes{"XMCA4039WJ1PK", "MCA4039WJ1PK"}));
}

TEST(Match, OverlappingHitsBothStay) {
  auto const index = index_of({{"AB12", false}, {"12CD", false}});
  EXPECT_EQ(matches(index, "AB12CD"), (Codes{"AB12", "12CD"}));
}

TEST(Match, ListsEachCodeOnceByPositionWithItsOrder) {
  auto const index = index_of({{"ZZ99", false}, {"AA11", false}});
  auto const hits = match_note(index, fold_note("zz99 aa11 zz99"));
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0], (CodeHit{base::Sequence(1), "ZZ99", CodeKind::kShop, 0}));
  EXPECT_EQ(hits[1], (CodeHit{base::Sequence(2), "AA11", CodeKind::kShop, 4}));
}

TEST(Match, ListsAtMostSixteen) {
  CodeIndex index;
  std::string note;
  Codes expected;
  for (std::uint64_t i = 10; i < 30; ++i) {
    auto const code = "AB" + std::to_string(i);
    ASSERT_TRUE(index.add(code, CodeKind::kShop, base::Sequence(i)));
    note += code + " ";
    if (expected.size() < kCodesListedMax) expected.push_back(code);
  }
  EXPECT_EQ(matches(index, note), expected);
  EXPECT_EQ(verdict(index, "", note), NoteVerdict::kSeveral);
}

TEST(Match, SeesACodeUpToCharacter512AndNoneBeyond) {
  auto const index = index_of({{"DH1023", false}, {"MCA4039WJ1PK", true}});
  EXPECT_EQ(matches(index, std::string(506, 'X') + "DH1023"), Codes{"DH1023"});
  EXPECT_EQ(matches(index, std::string(507, 'X') + "DH1023"), Codes{});
  EXPECT_EQ(matches(index, std::string(500, 'X') + "MCA4039WJ1PK"), Codes{"MCA4039WJ1PK"});
  EXPECT_EQ(matches(index, std::string(501, 'X') + "MCA4039WJ1PK"), Codes{});
  EXPECT_EQ(proposals(index, std::string(501, 'X') + "MCA4039WJ1PK"), Codes{"MCA4039WJ1PK"});
}

TEST(Match, FindsOneCodeAmongAHundredThousand) {
  CodeIndex index;
  std::vector<std::string> codes;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    std::array<std::uint8_t, kCodeEntropyBytes> const entropy = {1, 2, 3, 4, 5};
    codes.push_back(make_code("MCA", entropy, i));
    ASSERT_TRUE(index.add(codes.back(), CodeKind::kOwn, base::Sequence(i + 1)));
    ASSERT_TRUE(index.add("HD" + std::to_string(1'000'000 + i), CodeKind::kShop,
                          base::Sequence(1'000'000 + i)));
  }
  for (std::size_t i = 0; i < codes.size(); i += 997) {
    auto const hits = match_note(index, fold_note("CT DEN:523320101151 " + codes[i] + " GD 1"));
    ASSERT_EQ(hits.size(), 1U);
    EXPECT_EQ(hits[0].order, base::Sequence(i + 1));
    EXPECT_EQ(matches(index, "tt hd-" + std::to_string(1'000'000 + i)),
              Codes{"HD" + std::to_string(1'000'000 + i)});
    EXPECT_EQ(proposals(index, codes[i].substr(0, 5) + codes[i].substr(6)).empty(), false);
  }
}

// ---- rule 5

/// Every text one edit away from `code`, without `code` itself.
std::set<std::string> one_edit_from(std::string const& code) {
  static constexpr std::string_view kAll = "0123456789ABCDEFGHJKMNPQRSTUVWXYZ";
  std::set<std::string> texts;
  for (std::size_t i = 0; i <= code.size(); ++i) {
    for (char const c : kAll) {
      auto added = code;
      added.insert(i, 1, c);
      texts.insert(added);
      if (i == code.size()) continue;
      auto changed = code;
      changed[i] = c;
      texts.insert(changed);
    }
    if (i == code.size()) continue;
    auto lost = code;
    lost.erase(i, 1);
    texts.insert(lost);
    if (i == 0) continue;
    auto swapped = code;
    std::swap(swapped[i - 1], swapped[i]);
    texts.insert(swapped);
  }
  return texts;
}

TEST(Propose, FindsEveryTextOneEditAwayWhereverItStands) {
  for (std::string const code : {"MCA4039WJ1PK", "QNHQ8N1K29M", "QN00000000A0", "QNNNNNNNNAN"}) {
    if (!check_code(code)) continue;
    auto const index = index_of({{code, true}});
    for (auto const& text : one_edit_from(code)) {
      for (auto const* around : {"%", "X%", "%X", "CT DEN:523320101151 % GD 609676"}) {
        std::string raw = around;
        raw.replace(raw.find('%'), 1, text);
        if (!matches(index, raw).empty()) continue;
        ASSERT_EQ(proposals(index, raw), Codes{code}) << raw;
        ASSERT_EQ(verdict(index, "", raw), NoteVerdict::kDamaged) << raw;
      }
    }
  }
}

TEST(Propose, NothingWhenSomethingMatches) {
  auto const index = index_of({{"MCA4039WJ1PK", true}, {"QNHQ8N1K29M", true}});
  EXPECT_EQ(proposals(index, "MCA4039WJ1PK QNHQ8N1K29"), Codes{});
  EXPECT_EQ(proposals(index, "MCA4039WJ1P QNHQ8N1K29"), (Codes{"MCA4039WJ1PK", "QNHQ8N1K29M"}));
}

TEST(Propose, NeverTwoEditsAndNeverAShopsCode) {
  auto const index = index_of({{"MCA4039WJ1PK", true}, {"HD57293", false}});
  EXPECT_EQ(proposals(index, "MCA4039WJ1"), Codes{});
  EXPECT_EQ(proposals(index, "MCA4039XJ1P"), Codes{});
  EXPECT_EQ(proposals(index, "HD57294"), Codes{});
}

// ---- DESIGN 5's line

TEST(ReadNote, OwnStyleCodeNotOpenHereIsDamage) {
  CodeIndex const empty;
  EXPECT_EQ(verdict(empty, "MCA", "tt MCA4039WJ1PK"), NoteVerdict::kDamaged);
  EXPECT_EQ(verdict(empty, "QN", "tt MCA4039WJ1PK"), NoteVerdict::kNoCode);
  EXPECT_EQ(verdict(empty, "", "tt MCA4039WJ1PK"), NoteVerdict::kNoCode);
}

TEST(ReadNote, WellFormedCodeWithoutADigitIsDamageByItsCheckAlone) {
  std::string code = "QNABCDEFGH";
  code += check_character(code);
  ASSERT_EQ(code.find_first_of("0123456789"), std::string::npos) << code;
  CodeIndex const empty;
  EXPECT_EQ(verdict(empty, "QN", code), NoteVerdict::kDamaged);
  code.back() = code.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(verdict(empty, "QN", code), NoteVerdict::kNoCode);
}

TEST(ReadNote, PrefixAndFiveCharactersWithADigitAreDamage) {
  CodeIndex const empty;
  std::vector<std::pair<char const*, NoteVerdict>> const cases = {
      {"MCA1BCDE", NoteVerdict::kDamaged},
      {"mca abcd 9", NoteVerdict::kDamaged},
      {"MCAABCDE", NoteVerdict::kNoCode},      // no digit
      {"MCA1BCD", NoteVerdict::kNoCode},       // four
      {"MCA1BCDU", NoteVerdict::kNoCode},      // U is not of the alphabet
      {"MCAABCDEFGH9", NoteVerdict::kDamaged},
      {"MCAABCDEU9", NoteVerdict::kNoCode},    // the digit is behind the U
      {"MCAABCDO", NoteVerdict::kDamaged},     // O is read as a zero
      {"MC 1BCDE", NoteVerdict::kNoCode},
      {"MCAMCA1BCDE", NoteVerdict::kDamaged},
      {"", NoteVerdict::kNoCode},
      {"MCA", NoteVerdict::kNoCode},
  };
  for (auto const& [raw, expected] : cases) EXPECT_EQ(verdict(empty, "MCA", raw), expected) << raw;
}

TEST(ReadNote, AMatchWinsOverDamage) {
  auto const index = index_of({{"HD57293", false}});
  EXPECT_EQ(verdict(index, "MCA", "HD57293 MCA1BCDE"), NoteVerdict::kOneCode);
  EXPECT_EQ(read_note(index, "MCA", fold_note("HD57293")).hits.front().order, base::Sequence(1));
}

}  // namespace
}  // namespace qrpay::engine
