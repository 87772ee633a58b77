// What vectors/merkle.json as a whole must show; its rows are checked one by one in merkle.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "ledger/note.h"
#include "tests/conformance/run.h"

namespace qrpay::conformance {
namespace {

// List -> rows. Their sum is what the specification promises.
std::map<std::string, std::size_t> const kRows = {
    {"consistency", 103}, {"inclusion", 102}, {"leaf_hash", 5},
    {"node_hash", 1},     {"root", 62},       {"tile", 13},
    {"entry_bundle", 12}, {"tile_path", 3},   {"entries_path", 2},
    {"vkey", 7},          {"note", 7},        {"entries_path_for_index", 4},
    {"checkpoint", 11},   {"cosignature", 3}, {"checkpoint_body", 5},
    {"tlog_proof", 10},   {"empty_root", 1}};

boost::json::value merkle_file() {
  std::ifstream stream(QRPAY_VECTORS_DIR "/merkle.json", std::ios::binary);
  std::string const text((std::istreambuf_iterator<char>(stream)), {});
  return boost::json::parse(text);
}

TEST(MerkleVectors, EveryRowOfEveryListIsChecked) {
  std::map<std::string, std::size_t> rows;
  for (Row const& row : check_merkle(merkle_file())) {
    ++rows[row.name.substr(0, row.name.find(' '))];
    for (auto const& problem : row.problems) ADD_FAILURE() << row.name << ": " << problem;
  }
  EXPECT_EQ(rows, kRows);
}

TEST(MerkleVectors, AWrongClaimFailsItsRowAlone) {
  boost::json::value const file = merkle_file();
  for (auto const& [list, key] :
       std::map<std::string, std::string>{{"leaf_hash", "hash"},
                                          {"node_hash", "hash"},
                                          {"root", "root"},
                                          {"inclusion", "valid"},
                                          {"consistency", "valid"},
                                          {"tile", "sha256"},
                                          {"entry_bundle", "sha256"},
                                          {"tile_path", "valid"},
                                          {"entries_path", "path"},
                                          {"vkey", "valid"},
                                          {"note", "result"},
                                          {"entries_path_for_index", "path"},
                                          {"checkpoint", "origin"},
                                          {"cosignature", "key_id"},
                                          {"checkpoint_body", "valid"},
                                          {"tlog_proof", "valid"}}) {
    boost::json::value wrong = {
        {"trees", file.at("trees")}, {"empty_root", file.at("empty_root")}, {list, file.at(list)}};
    auto& claim = wrong.as_object()[list].as_array().at(0).as_object()[key];
    if (claim.is_bool()) {
      claim = !claim.as_bool();
    } else {
      claim = "x";
    }
    std::size_t failed = 0;
    for (Row const& row : check_merkle(wrong)) {
      if (row.problems.empty()) continue;
      ++failed;
      EXPECT_TRUE(row.name.starts_with(list + ' ')) << row.name;
    }
    EXPECT_EQ(failed, 1U) << list;
  }
}

TEST(MerkleVectors, AListThatNobodyReadsIsNoSuccess) {
  boost::json::value file = merkle_file();
  file.as_object()["heads"] = {{{"id", "H1"}}};
  auto const rows = check_merkle(file);
  EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](Row const& row) {
    return row.name == "heads H1" && !row.problems.empty();
  }));
}

TEST(MerkleVectors, AnUnknownKeyTypeIsRefusedAsThat) {
  std::size_t unsupported = 0;
  boost::json::value const file = merkle_file();
  for (auto const& row : file.at("vkey").as_array()) {
    auto const key = ledger::parse_vkey(row.at("vkey").as_string());
    if (!key && key.error().errc == base::Errc::kKeyUnsupported) ++unsupported;
  }
  EXPECT_EQ(unsupported, 1U);
}

}  // namespace
}  // namespace qrpay::conformance
