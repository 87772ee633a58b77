#include "qr/vnd_words.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace qrpay::qr {
namespace {

using base::Vnd;
using Form = Announcement::Form;

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

// --- a naive model: every digit is said, then the text is corrected ------------------------------

void replace_all(std::string& text, std::string const& from, std::string const& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// " năm trăm không mươi năm " for "505", corrected. Every word has a blank on both sides.
std::string naive_group(std::string const& three_digits, bool first) {
  static std::vector<std::string> const digits = {"không", "một", "hai", "ba",  "bốn",
                                                  "năm",   "sáu", "bảy", "tám", "chín"};
  auto const word = [&](std::size_t i) {
    return digits[static_cast<std::size_t>(three_digits[i] - '0')];
  };
  std::string text = " " + word(0) + " trăm " + word(1) + " mươi " + word(2) + " ";
  replace_all(text, " mươi một ", " mươi mốt ");
  replace_all(text, " mươi bốn ", " mươi tư ");
  replace_all(text, " mươi năm ", " mươi lăm ");
  replace_all(text, " mươi không ", " mươi ");
  // Ten, and no tens at all, are said otherwise than the rest.
  replace_all(text, " một mươi mốt ", " mười một ");
  replace_all(text, " một mươi tư ", " mười bốn ");
  replace_all(text, " một mươi ", " mười ");
  replace_all(text, " không mươi mốt ", " linh một ");
  replace_all(text, " không mươi tư ", " linh bốn ");
  replace_all(text, " không mươi lăm ", " linh năm ");
  replace_all(text, " trăm không mươi ", three_digits[2] == '0' ? " trăm " : " trăm linh ");
  if (first && three_digits[0] == '0') {
    replace_all(text, " không trăm ", " ");
    if (three_digits[1] == '0') replace_all(text, " linh ", " ");
  }
  return text;
}

std::string naive_words(std::uint64_t amount) {
  if (amount == 0) return "không";
  std::string digits = std::to_string(amount);
  digits.insert(0, (9 - digits.size() % 9) % 9, '0');
  std::string text = " ";
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    std::string const group = digits.substr(at, 3);
    bool const first = text.find_first_not_of(' ') == std::string::npos;
    if (group != "000") {
      text += naive_group(group, first);
      text += at % 9 == 0 ? " triệu " : at % 9 == 3 ? " nghìn " : " ";
    }
    if (at % 9 == 6 && at + 3 < digits.size()) text += " tỷ ";
  }
  for (std::size_t size = 0; size != text.size();) {
    size = text.size();
    replace_all(text, "  ", " ");
  }
  return text.substr(1, text.size() - 2);
}

// --- reading the words back ----------------------------------------------------------------------

std::vector<std::string> split(std::string const& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// The number that the words say, by their values alone.
std::uint64_t number_of(std::string const& text) {
  static std::map<std::string, std::uint64_t> const digits = {
      {"không", 0}, {"một", 1}, {"hai", 2},  {"ba", 3},  {"bốn", 4}, {"năm", 5}, {"sáu", 6},
      {"bảy", 7},   {"tám", 8}, {"chín", 9}, {"mốt", 1}, {"tư", 4},  {"lăm", 5}};
  static std::map<std::string, std::uint64_t> const scales = {
      {"nghìn", 1'000}, {"ngàn", 1'000}, {"triệu", 1'000'000}};
  std::uint64_t billions = 0;
  std::uint64_t below = 0;
  std::uint64_t group = 0;
  std::uint64_t digit = 0;
  for (std::string const& word : split(text)) {
    if (auto const found = digits.find(word); found != digits.end()) {
      digit = found->second;
    } else if (word == "trăm") {
      group = digit * 100, digit = 0;
    } else if (word == "mươi") {
      group += digit * 10, digit = 0;
    } else if (word == "mười") {
      group += 10, digit = 0;
    } else if (auto const scale = scales.find(word); scale != scales.end()) {
      below += (group + digit) * scale->second, group = digit = 0;
    } else if (word == "tỷ") {
      billions = (billions + below + group + digit) * 1'000'000'000, below = group = digit = 0;
    } else {
      EXPECT_TRUE(word == "linh" || word == "lẻ") << "a foreign word: " << word;
    }
  }
  return billions + below + group + digit;
}

/// Small ones, powers of ten and their neighbours, the edges, and numbers with many zero groups.
std::vector<std::int64_t> amounts() {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < 20'000; ++i) all.push_back(i);
  for (std::int64_t power = 10'000; power <= kInt64Max / 10; power *= 10) {
    for (std::int64_t const times : {1, 2, 5, 9})
      for (std::int64_t d = -30; d <= 30; ++d) all.push_back(power * times + d);
  }
  for (std::int64_t d = 0; d < 5; ++d) {
    all.push_back(kInt64Max - d);
    all.push_back(base::kAmountMax.dong() - d);
  }
  std::mt19937_64 random(20'261'124);
  for (int i = 0; i < 100'000; ++i) {
    std::int64_t amount = 0;
    for (int group = 0; group < 6; ++group) {
      auto const drawn = static_cast<std::int64_t>(random() % 1'500);
      amount = amount * 1'000 + (drawn < 1'000 ? drawn : 0);
    }
    all.push_back(amount >> (random() % 60));
    all.push_back(amount);
  }
  return all;
}

TEST(VndWords, AreThoseOfTheNaiveModelAndReadBackToTheAmount) {
  for (std::int64_t const amount : amounts()) {
    auto const number = static_cast<std::uint64_t>(amount);
    std::string const north = vnd_words(Vnd(amount), Region::kNorth);
    ASSERT_EQ(north, naive_words(number)) << amount;
    ASSERT_EQ(number_of(north), number) << north;
    std::string south = vnd_words(Vnd(amount), Region::kSouth);
    ASSERT_EQ(number_of(south), number) << south;
    replace_all(south, "lẻ", "linh");
    replace_all(south, "ngàn", "nghìn");
    ASSERT_EQ(south, north);
  }
}

TEST(VndWords, SayWhatOthersGetWrong) {
  // ICU drops "không trăm", num2words says "lẻ mười", others lose "tỷ" or say 15 as "mười năm".
  for (auto const& [amount, words] : std::map<std::int64_t, std::string>{
           {15, "mười lăm"},
           {1'010, "một nghìn không trăm mười"},
           {1'050'000, "một triệu không trăm năm mươi nghìn"},
           {1'001'000'000'000, "một nghìn không trăm linh một tỷ"},
           {5'000'000'000'001, "năm nghìn tỷ không trăm linh một"},
           {8'000'396'528'573,
            "tám nghìn tỷ ba trăm chín mươi sáu triệu năm trăm hai mươi tám nghìn "
            "năm trăm bảy mươi ba"},
           {1'000'000'000'000'000'000, "một tỷ tỷ"}})
    EXPECT_EQ(vnd_words(Vnd(amount), Region::kNorth), words);
}

TEST(VndWordsDeathTest, RefusesToSayADebt) {
  EXPECT_DEATH((void)vnd_words(Vnd(-1), Region::kNorth), "QRPAY_CHECK");
  EXPECT_DEATH((void)vnd_clips(Vnd(-1)), "QRPAY_CHECK");
}

TEST(VndDisplay, GroupsByThreeFromTheRight) {
  EXPECT_EQ(vnd_display(Vnd(0)), "0\u00a0₫");
  EXPECT_EQ(vnd_display(Vnd(999)), "999\u00a0₫");
  EXPECT_EQ(vnd_display(Vnd(50'000)), "50.000\u00a0₫");
  EXPECT_EQ(vnd_display(Vnd(-1'234'567)), "-1.234.567\u00a0₫");
  EXPECT_EQ(vnd_display(Vnd(kInt64Max)), "9.223.372.036.854.775.807\u00a0₫");
  EXPECT_EQ(vnd_display(Vnd(std::numeric_limits<std::int64_t>::min())),
            "-9.223.372.036.854.775.808\u00a0₫");
}

// --- sentences -----------------------------------------------------------------------------------

Announcement announcement(Form form, std::int64_t amount, std::int64_t difference = 0,
                          std::uint32_t payments = 0) {
  return {form, Vnd(amount), Vnd(difference), payments, /*sandbox=*/false};
}

std::string north(Announcement const& what) {
  return spoken_sentence(what, Region::kNorth).value_or("(nothing)");
}

TEST(Announcement, HasASentenceForEachForm) {
  EXPECT_EQ(north(announcement(Form::kReceived, 50'000)), "Đã nhận năm mươi nghìn đồng");
  EXPECT_EQ(north(announcement(Form::kUnderpaid, 20'000, 30'500)),
            "Chú ý, chuyển thiếu. Mới nhận hai mươi nghìn đồng, "
            "còn thiếu ba mươi nghìn năm trăm đồng");
  EXPECT_EQ(north(announcement(Form::kOverpaid, 21'000, 1'000)),
            "Đã nhận hai mươi mốt nghìn đồng, thừa một nghìn đồng");
  EXPECT_EQ(north(announcement(Form::kSmall, 200)), "Chú ý, chỉ hai trăm đồng");
  EXPECT_EQ(north(announcement(Form::kOutage, 105'000, 0, 12)),
            "Lúc mất mạng có mười hai giao dịch, tổng một trăm linh năm nghìn đồng");
}

TEST(Announcement, SaysInTheSandboxThatItIsATest) {
  Announcement what = announcement(Form::kReceived, 105'000);
  what.sandbox = true;
  EXPECT_EQ(north(what), "Thử nghiệm. Đã nhận một trăm linh năm nghìn đồng");
  EXPECT_EQ(spoken_sentence(what, Region::kSouth), "Thử nghiệm. Đã nhận một trăm lẻ năm ngàn đồng");
  EXPECT_EQ(spoken_ascii(what, Region::kSouth), "Thu nghiem. Da nhan mot tram le nam ngan dong");
  EXPECT_EQ(announcement_clips(what).front(), "thu_nghiem");
}

TEST(Announcement, SaysNothingOfNothing) {
  for (Form const form :
       {Form::kReceived, Form::kUnderpaid, Form::kOverpaid, Form::kSmall, Form::kOutage}) {
    Announcement what = announcement(form, 0, 1, 1);
    what.sandbox = true;
    EXPECT_EQ(spoken_sentence(what, Region::kNorth), std::nullopt);
    EXPECT_EQ(spoken_ascii(what, Region::kNorth), std::nullopt);
    EXPECT_TRUE(announcement_clips(what).empty());
  }
  EXPECT_EQ(north(announcement(Form::kUnderpaid, 1, 0)), "(nothing)");
  EXPECT_EQ(north(announcement(Form::kOverpaid, 1, 0)), "(nothing)");
  EXPECT_EQ(north(announcement(Form::kOutage, 1, 0, 0)), "(nothing)");
}

TEST(Announcement, TakesItsFormFromWhatWasAsked) {
  struct Case {
    std::int64_t received;
    std::optional<Vnd> asked;
    Form form;
    std::int64_t difference;
  };
  for (Case const& c :
       {Case{50'000, std::nullopt, Form::kReceived, 0},
        Case{50'000, Vnd(50'000), Form::kReceived, 0},
        Case{1'000, std::nullopt, Form::kReceived, 0}, Case{999, std::nullopt, Form::kSmall, 0},
        Case{999, Vnd(999), Form::kSmall, 0}, Case{200, Vnd(200'000), Form::kUnderpaid, 199'800},
        Case{200'000, Vnd(200), Form::kOverpaid, 199'800},
        Case{kInt64Max, Vnd(0), Form::kOverpaid, kInt64Max}}) {
    Announcement const what = announce_payment(Vnd(c.received), c.asked);
    EXPECT_EQ(what.form, c.form) << c.received;
    EXPECT_EQ(what.amount, Vnd(c.received));
    EXPECT_EQ(what.difference, Vnd(c.difference)) << c.received;
    EXPECT_FALSE(what.sandbox);
  }
}

// --- clips ---------------------------------------------------------------------------------------

TEST(Clips, AreTwentyTwoForEveryAmountAndSayTheSentence) {
  std::set<std::string_view> used;
  std::map<std::string_view, std::string> said;  // one id, one sound
  for (std::int64_t const amount : amounts()) {
    std::vector<std::string_view> const clips = vnd_clips(Vnd(amount));
    used.insert(clips.begin(), clips.end());
    if (amount == 0) continue;
    ASSERT_EQ(clips.front(), "da_nhan");
    ASSERT_EQ(clips.back(), "dong");
    std::vector<std::string> words = split(vnd_words(Vnd(amount), Region::kNorth));
    ASSERT_EQ(words.size() + 2, clips.size()) << amount;
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto const at = said.emplace(clips[i + 1], words[i]).first;
      ASSERT_EQ(at->second, words[i]) << clips[i + 1];
      ASSERT_EQ(clips[i + 1].substr(0, clips[i + 1].find('_')), base::strip_marks(words[i]));
    }
  }
  EXPECT_EQ(used.size(), 22u);
  std::set<std::string> sounds;
  for (auto const& [id, word] : said) EXPECT_TRUE(sounds.insert(word).second) << word;
}

TEST(Clips, OfTheOtherFormsAreSevenMore) {
  std::set<std::string_view> used;
  for (Form const form : {Form::kUnderpaid, Form::kOverpaid, Form::kSmall, Form::kOutage}) {
    Announcement what = announcement(form, 1, 1, 1);
    what.sandbox = true;
    for (std::string_view const id : announcement_clips(what)) used.insert(id);
  }
  for (std::string_view const id : {"mot", "dong", "da_nhan"}) EXPECT_EQ(used.erase(id), 1u) << id;
  EXPECT_EQ(used.size(), 7u);
}

// --- vectors/vnd_words.json ----------------------------------------------------------------------

TEST(VndWordsVectors, AllRowsAgree) {
  std::ifstream file(QRPAY_VECTORS_DIR "/vnd_words.json");
  std::stringstream text;
  text << file.rdbuf();
  auto const document = boost::json::parse(text.str());
  auto const& rows = document.at("vectors").as_array();
  ASSERT_EQ(rows.size(), 13u);
  auto const optional_text = [](boost::json::value const& value) {
    return value.is_null() ? std::nullopt : std::optional(std::string(value.as_string()));
  };
  for (auto const& row : rows) {
    Vnd const amount(row.at("amount").as_int64());
    Announcement const plain{Form::kReceived, amount, {}, 0, /*sandbox=*/false};
    EXPECT_EQ(vnd_words(amount, Region::kNorth), row.at("words").as_string());
    EXPECT_EQ(vnd_words(amount, Region::kSouth), row.at("words_south").as_string());
    EXPECT_EQ(spoken_sentence(plain, Region::kNorth), optional_text(row.at("spoken")));
    EXPECT_EQ(spoken_ascii(plain, Region::kNorth), optional_text(row.at("spoken_ascii")));
    EXPECT_EQ(vnd_display(amount), row.at("display").as_string());
    std::vector<std::string_view> clips;
    for (auto const& clip : row.at("clips").as_array()) clips.push_back(clip.as_string());
    EXPECT_EQ(vnd_clips(amount), clips);
  }
}

}  // namespace
}  // namespace qrpay::qr
