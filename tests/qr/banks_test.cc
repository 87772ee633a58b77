#include "qr/banks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace qrpay::qr {
namespace {

using base::Errc;

BankDirectory parsed(std::string_view csv) {
  auto directory = BankDirectory::parse(csv);
  EXPECT_TRUE(directory) << to_string(directory.error());
  return directory ? *directory : *BankDirectory::parse("bin,short_name,name\n");
}

/// The identifiers that `text` may mean, in the order of the answer.
std::vector<std::string> bins(BankDirectory const& directory, std::string_view text) {
  std::vector<std::string> found;
  for (Bank const* bank : directory.find_all(text)) found.push_back(bank->bin);
  return found;
}

std::string bin(std::string_view text) {
  Bank const* const bank = builtin_banks().find(text);
  return bank == nullptr ? "" : bank->bin;
}

// --- the compiled-in list ------------------------------------------------------------------------

TEST(BuiltinBanks, AreTheReviewedFile) {
  std::ifstream file(QRPAY_SOURCE_DIR "/data/banks.csv");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(builtin_banks_csv(), text.str());
  EXPECT_EQ(builtin_banks().all().size(), 81u);
}

TEST(BuiltinBanks, HaveTheCountsOfTheirSources) {
  std::map<std::string, int> counts;
  for (Bank const& bank : builtin_banks().all()) {
    ++counts[!bank.transfer_supported   ? "transfer unknown"
             : *bank.transfer_supported ? "transfer"
                                        : "no transfer"];
    counts["swift"] += bank.swift.empty() ? 0 : 1;
    counts["unverified"] += bank.unverified ? 1 : 0;
    bool const state_bank = bank.source.find("SBV-1589") != std::string::npos;
    counts["state bank"] += state_bank ? 1 : 0;
    EXPECT_FALSE(bank.source.empty()) << bank.bin;
    EXPECT_TRUE(!bank.unverified || (bank.code.empty() && bank.swift.empty())) << bank.bin;
    EXPECT_TRUE(!state_bank || bank.bin.starts_with("9704")) << bank.bin;
  }
  EXPECT_EQ(counts["transfer"], 43);
  EXPECT_EQ(counts["no transfer"], 23);
  EXPECT_EQ(counts["transfer unknown"], 15);
  EXPECT_EQ(counts["swift"], 54);
  EXPECT_EQ(counts["unverified"], 9);
  EXPECT_EQ(counts["state bank"], 56);
}

TEST(BuiltinBanks, AreNotOnlyStateBankNumbers) {
  for (std::string_view const text :
       {"422589", "458761", "533948", "546034", "546035", "668888", "796500", "801011", "963388",
        "963369", "971005", "971011", "971025", "971133", "977777", "999888"}) {
    ASSERT_NE(builtin_banks().by_bin(text), nullptr) << text;
    EXPECT_EQ(builtin_banks().by_bin(text)->bin, text);
  }
  for (std::string_view const text : {"", "97043", "9704366", "970488", "97043x", "VCB"})
    EXPECT_EQ(builtin_banks().by_bin(text), nullptr) << text;
}

TEST(BuiltinBanks, AreFoundByEachOfTheirNames) {
  for (std::string_view const text :
       {"970436", "VCB", "vcb", "Vietcombank", "VIET COM BANK", "BFTVVNVX", "bftvvnvxxxx",
        "BFTVVNVX001", "Ngân hàng TMCP Ngoại Thương Việt Nam", " 970 436 ",
        "ngan hang tmcp ngoai thuong viet nam"})
    EXPECT_EQ(bin(text), "970436") << text;
  EXPECT_EQ(bin("IBK-HN"), "970455");
  EXPECT_EQ(bin("ibkhcm"), "970456");
  for (std::string_view const text : {"", " ", "---", "no such bank", "970437X", "BFTVVNVX1"})
    EXPECT_EQ(builtin_banks().find(text), nullptr) << text;
  EXPECT_EQ(builtin_banks().find(std::string(kBankNameBytesMax + 1, 'V')), nullptr);
}

TEST(BuiltinBanks, AreFoundByTheNamesTheyHadBefore) {
  EXPECT_EQ(bin("OceanBank"), "970414");
  EXPECT_EQ(bin("MBV"), "970414");
  EXPECT_EQ(bin("Đông Á"), "970406");
  EXPECT_EQ(bin("DOB"), "970406");
  EXPECT_EQ(bin("Vikki"), "970406");
  EXPECT_EQ(bin("LienVietPostBank"), "970449");
  EXPECT_EQ(bin("LPBank"), "970449");
  EXPECT_EQ(bin("PG Bank"), "970430");
  EXPECT_EQ(bin("BVBank"), "970454");
  EXPECT_EQ(bin("VietCapitalBank"), "970454");
  EXPECT_EQ(bin("BVB"), "970438") << "the code of another bank, BaoViet";
}

TEST(BuiltinBanks, AnswerAmbiguousNamesInTheWrittenOrder) {
  EXPECT_EQ(bins(builtin_banks(), "SCB"), (std::vector<std::string>{"970429", "970410"}));
  EXPECT_EQ(bins(builtin_banks(), "CIMB"), (std::vector<std::string>{"422589", "970459"}));
  EXPECT_EQ(bins(builtin_banks(), "MAFC"), (std::vector<std::string>{"977777", "970468"}));
  EXPECT_EQ(bins(builtin_banks(), "IBKOVNVX"), (std::vector<std::string>{"970455", "970456"}));
  EXPECT_EQ(bins(builtin_banks(), "BNP Paribas"), (std::vector<std::string>{"963666", "963668"}));
}

TEST(BuiltinBanks, AreAllReachedByEveryNameOfTheirs) {
  BankDirectory const& directory = builtin_banks();
  EXPECT_TRUE(std::is_sorted(directory.all().begin(), directory.all().end(),
                             [](Bank const& a, Bank const& b) { return a.bin < b.bin; }));
  for (Bank const& bank : directory.all()) {
    std::vector<std::string> names = {bank.bin, bank.code, bank.short_name, bank.swift, bank.name};
    names.insert(names.end(), bank.aliases.begin(), bank.aliases.end());
    for (std::string const& name : names) {
      if (name.empty()) continue;
      auto const found = bins(directory, name);
      EXPECT_NE(std::find(found.begin(), found.end(), bank.bin), found.end())
          << bank.bin << " by " << name;
    }
    EXPECT_EQ(directory.find(bank.bin), &bank);
    EXPECT_EQ(directory.by_bin(bank.bin), &bank);
  }
}

TEST(BuiltinBanks, SayWhereListsDisagree) {
  Bank const* const bank = builtin_banks().by_bin("422589");
  ASSERT_NE(bank, nullptr);
  EXPECT_EQ(bank->conflicts,
            (std::vector<std::string>{"SBV lists CIMB as 970459", "422589 is what NAPAS apps use",
                                      "transfer 1 (vietqr.io) vs 0 (vietnam-qr-pay)"}));
  EXPECT_TRUE(builtin_banks().by_bin("970436")->conflicts.empty());
}

// --- files ---------------------------------------------------------------------------------------

TEST(BankFile, MayHaveAnyOrderOfColumnsQuotesAndLineEnds) {
  BankDirectory const directory = parsed(
      "\xEF\xBB\xBFname,bin,valid_to,aliases,short_name,transfer_supported\r\n"
      "\"Ngân hàng \"\"A\"\", chi nhánh\",970002,,,A,\r\n"
      "B,970001,2025-06-30,Old B;Older B,\"B\",1");
  ASSERT_EQ(directory.all().size(), 2u);
  Bank const& b = directory.all()[0];
  EXPECT_EQ(b.bin, "970001");
  EXPECT_EQ(b.aliases, (std::vector<std::string>{"Old B", "Older B"}));
  EXPECT_EQ(b.transfer_supported, true);
  EXPECT_EQ(b.lookup_supported, std::nullopt);
  EXPECT_EQ(directory.all()[1].name, "Ngân hàng \"A\", chi nhánh");
  EXPECT_EQ(directory.all()[1].transfer_supported, std::nullopt);
  EXPECT_EQ(directory.find("older-b"), &b);
}

TEST(BankFile, MayBeEmptyOfBanks) {
  BankDirectory const directory = parsed("bin,short_name,name");
  EXPECT_TRUE(directory.all().empty());
  EXPECT_EQ(directory.find("970436"), nullptr);
  EXPECT_EQ(directory.by_bin("970436"), nullptr);
}

TEST(BankFile, OrdersWhatOneNameMeans) {
  BankDirectory const directory = parsed(
      "bin,short_name,name,code,aliases,swift,transfer_supported,unverified,valid_to\n"
      "970001,X,L1,,,,1,,2020-01-01\n"
      "970002,X,L2,,,,1,1,\n"
      "970003,X,L3,,,,,,\n"
      "970004,X,L4,,,,0,,\n"
      "970005,X,L5,,,,1,,\n"
      "970006,X,L6,,,,1,,\n"
      "970007,O7,L7,X,,,,1,\n"
      "970008,O8,L8,,X,,1,,\n"
      "970009,O9,X,,,,1,,\n"
      "970010,X,X,X,X;x,,1,,\n");
  EXPECT_EQ(bins(directory, "x"),
            (std::vector<std::string>{"970010", "970007", "970005", "970006", "970004", "970003",
                                      "970002", "970001", "970008", "970009"}));
}

TEST(BankFile, TakesTheBranchOfASwiftCodeForTheBank) {
  BankDirectory const directory = parsed(
      "bin,short_name,name,swift,aliases\n"
      "970001,A,A,ABCDVNVX,\n"
      "970002,B,B,ABCDVNVX002,\n"
      "970003,C,C,,ABCDVNVX\n"
      "970004,D,D,,ABCDVNVX002\n");
  EXPECT_EQ(bins(directory, "abcdvnvx"), (std::vector<std::string>{"970001", "970002", "970003"}));
  EXPECT_EQ(bins(directory, "ABCDVNVX002"),
            (std::vector<std::string>{"970001", "970002", "970004"}));
  EXPECT_EQ(bins(directory, "ABCDVNVX00"), std::vector<std::string>{});
}

TEST(BankFile, KnowsTheDaysOfAnIdentifier) {
  BankDirectory const directory = parsed(
      "bin,short_name,name,valid_from,valid_to\n"
      "970001,A,A,2024-02-29,2025-06-30\n"
      "970002,B,B,,\n");
  auto const on = [&](std::string_view bin, std::string_view day) {
    return directory.by_bin(bin)->in_force_on(*base::parse_day(day));
  };
  EXPECT_FALSE(on("970001", "2024-02-28"));
  EXPECT_TRUE(on("970001", "2024-02-29"));
  EXPECT_TRUE(on("970001", "2025-06-30"));
  EXPECT_FALSE(on("970001", "2025-07-01"));
  EXPECT_TRUE(on("970002", "1970-01-01"));
}

struct Refusal {
  std::string csv;
  Errc errc;
  std::string detail;  ///< how it begins
};

std::string const kHeader = "bin,short_name,name,swift,aliases,valid_from,valid_to,unverified\n";

std::string row(std::string const& values) { return kHeader + values + "\n"; }

std::vector<Refusal> const& refusals() {
  static std::string const kLong(kBankNameBytesMax + 1, 'a');
  static std::vector<Refusal> const all = {
      {"", Errc::kMalformed, "line 1: no columns"},
      {"\xFF", Errc::kMalformed, "not UTF-8"},
      {std::string(kBankFileBytesMax + 1, ' '), Errc::kTooLarge, "over 1048576 bytes"},
      {"bin,short_name", Errc::kMissingField, "line 1: no column name"},
      {"bin,colour", Errc::kUnknownField, "line 1, column 2: "},
      {"bin,name,bin", Errc::kDuplicateField, "line 1, column 3 (bin): "},
      {row("970001,A,A,,,,"), Errc::kMalformed, "line 2: 7 values in 8 columns"},
      {row("970001,A,A,,,,,,"), Errc::kMalformed, "line 2: 9 values in 8 columns"},
      {row(""), Errc::kMalformed, "line 2: 1 values in 8 columns"},
      {row("97001,A,A,,,,,"), Errc::kInvalidField, "line 2, column 1 (bin): "},
      {row("97000A,A,A,,,,,"), Errc::kInvalidField, "line 2, column 1 (bin): "},
      {row("970001,,A,,,,,"), Errc::kInvalidField, "line 2, column 2 (short_name): empty"},
      {row("970001,A,,,,,,"), Errc::kInvalidField, "line 2, column 3 (name): empty"},
      {row("970001,A," + kLong + ",,,,,"), Errc::kTooLarge, "line 2, column 3 (name): "},
      {row("970001,A,A\tB,,,,,"), Errc::kInvalidField, "line 2, column 3 (name): a control"},
      {row("970001,A,\"A\nB\",,,,,"), Errc::kInvalidField, "line 2, column 3 (name): a control"},
      {row("970001,A,A,BFTVVNV,,,,"), Errc::kInvalidField, "line 2, column 4 (swift): "},
      {row("970001,A,A,bftvvnvx,,,,"), Errc::kInvalidField, "line 2, column 4 (swift): "},
      {row("970001,A,A,B1TVVNVX,,,,"), Errc::kInvalidField, "line 2, column 4 (swift): "},
      {row("970001,A,A,,;,,,"), Errc::kInvalidField, "line 2, column 5 (aliases): "},
      {row("970001,A,A,,a;,,,"), Errc::kInvalidField, "line 2, column 5 (aliases): "},
      {row("970001,A,A,,a;;b,,,"), Errc::kInvalidField, "line 2, column 5 (aliases): "},
      {row("970001,A,A,,a;" + kLong + ",,,"), Errc::kTooLarge, "line 2, column 5 (aliases): "},
      {row("970001,A,A,,,2025-02-29,,"), Errc::kInvalidField, "line 2, column 6 (valid_from): "},
      {row("970001,A,A,,,,1/7/2025,"), Errc::kInvalidField, "line 2, column 7 (valid_to): "},
      {row("970001,A,A,,,2025-07-01,2025-06-30,"), Errc::kInvalidField, "line 2: valid_to is"},
      {row("970001,A,A,,,,,yes"), Errc::kInvalidField, "line 2, column 8 (unverified): "},
      {row("970001,A,A,,,,,\n970002,B,B,,,,,\n970001,C,C,,,,,"), Errc::kDuplicateField,
       "line 4: the identifier of line 2"},
      {row("970001,A\"B,A,,,,,"), Errc::kMalformed, "line 2, column 2: a quote inside"},
      {row("970001,\"A\"B,A,,,,,"), Errc::kMalformed, "line 2, column 2: text after"},
      {row("970001,A\rB,A,,,,,"), Errc::kMalformed, "line 2, column 2: "},
      {row("970001,\"A\n\nB,A,,,,,"), Errc::kMalformed, "line 2, column 2: a quote is never"},
      {row("970001,\"A\nB\"C,A,,,,,"), Errc::kMalformed, "line 3, column 2: text after"},
      {row("970001,\"A\nB\",A,,,,,\nx,B,B,,,,,"), Errc::kInvalidField, "line 2, column 2 "},
      {std::string(100, ','), Errc::kTooLarge, "line 1: over 64 values"},
  };
  return all;
}

TEST(BankFile, RefusesWhatIsWrongAndSaysWhere) {
  for (Refusal const& refusal : refusals()) {
    auto const directory = BankDirectory::parse(refusal.csv);
    ASSERT_FALSE(directory) << refusal.csv << " was accepted";
    EXPECT_EQ(directory.error().errc, refusal.errc) << to_string(directory.error());
    EXPECT_TRUE(directory.error().detail.starts_with(refusal.detail)) << refusal.csv << "\n"
                                                                      << directory.error().detail;
  }
}

TEST(BankFile, HoldsAsManyRowsAndAliasesAsItsLimits) {
  std::string csv = "bin,short_name,name,aliases\n";
  for (std::size_t i = 0; i < kBankRowsMax; ++i) csv += std::to_string(100'000 + i) + ",A,A,\n";
  EXPECT_EQ(parsed(csv).find_all("A").size(), kBankRowsMax);
  auto const over = BankDirectory::parse(csv + "999999,A,A,\n");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().errc, Errc::kTooLarge);
  EXPECT_EQ(over.error().detail, "line 5002: over 5000 rows");

  std::string aliases = "a";
  for (std::size_t i = 1; i < kBankListEntriesMax; ++i) aliases += ";a";
  std::string const start = "bin,short_name,name,aliases\n970001,A,A,";
  EXPECT_EQ(parsed(start + aliases).all()[0].aliases.size(), kBankListEntriesMax);
  EXPECT_FALSE(BankDirectory::parse(start + aliases + ";a"));
}

TEST(BankFile, IsReadOrRefusedHoweverDamaged) {
  std::string_view const csv = builtin_banks_csv();
  std::string const whole(csv.substr(0, csv.find('\n', 2'000) + 1));
  std::mt19937_64 random(20'261'124);
  constexpr std::string_view kBytes("\",;\r\n0A \xC3\x00\xFF", 11);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = whole;
    if (random() % 4 == 0) damaged.resize(whole.size() - random() % 200);
    for (std::uint64_t n = random() % 4; n > 0; --n)
      damaged[random() % damaged.size()] = kBytes[random() % kBytes.size()];
    auto const directory = BankDirectory::parse(damaged);
    if (!directory) {
      EXPECT_FALSE(directory.error().detail.empty());
      continue;
    }
    ++accepted;
    for (Bank const& bank : directory->all())
      ASSERT_EQ(directory->find(bank.bin), &bank) << damaged;
  }
  EXPECT_GT(accepted, 2'000) << "everything was refused";
  EXPECT_LT(accepted, 15'000) << "nearly nothing was refused";
}

}  // namespace
}  // namespace qrpay::qr
