// A runner that cannot fail proves nothing: wrong rows are counted, and wrong files refused.
#include "tests/conformance/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

namespace qrpay::conformance {
namespace {

boost::json::value file_of(std::string const& kind) {
  std::ifstream stream(QRPAY_VECTORS_DIR "/" + kind + ".json", std::ios::binary);
  std::string const text((std::istreambuf_iterator<char>(stream)), {});
  return boost::json::parse(text);
}

// The rows that fail after `change`.
std::vector<std::string> failures(std::vector<Row> const& rows) {
  std::vector<std::string> out;
  for (Row const& row : rows) {
    if (!row.problems.empty()) out.push_back(row.name);
  }
  return out;
}

std::vector<std::string> vietqr_failures(std::string_view id,
                                         std::function<void(boost::json::object&)> const& change) {
  boost::json::value file = file_of("vietqr");
  for (auto& row : file.as_array()) {
    if (row.as_object().at("id").as_string() == id) change(row.as_object());
  }
  return failures(check_vietqr(file));
}

struct Ran {
  int exit_code;
  std::string out;
};

Ran ran(std::vector<std::string> const& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  int const exit_code = run(arguments, out, err);
  return {exit_code, out.str()};
}

std::string temporary_file(std::string const& name, std::string_view content) {
  std::string path = testing::TempDir() + "/conformance_" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(Conformance, EachWrongClaimOfAPayloadFailsItsRowAlone) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(vietqr_failures("", [](auto&) {}), Strings{});
  EXPECT_EQ(vietqr_failures("S111", [](auto& row) { row["fields"].as_object()["account"] = "1"; }),
            Strings{"S111"});
  EXPECT_EQ(vietqr_failures("S111", [](auto& row) { row["fields"].as_object().erase("crc"); }),
            Strings{"S111"});
  EXPECT_EQ(vietqr_failures("S111", [](auto& row) { row["fields"].as_object()["mcc"] = "5812"; }),
            Strings{"S111"});
  EXPECT_EQ(vietqr_failures("S111", [](auto& row) { row["payload"] = "0002016304AAE6"; }),
            Strings{"S111"});
  EXPECT_EQ(vietqr_failures("S091", [](auto& row) { row["valid"] = true; }), Strings{"S091"});
  EXPECT_EQ(
      vietqr_failures("S091", [](auto& row) { row["reason_if_invalid"] = "fatal/bad_tag: text"; }),
      Strings{"S091"});
  EXPECT_EQ(
      vietqr_failures("S059", [](auto& row) { row["reason_if_invalid"] = "strict/mcc: text"; }),
      Strings{"S059"});
}

TEST(Conformance, EachWrongClaimOfAnAmountFails) {
  boost::json::value const file = file_of("vnd_words");
  std::size_t const last = file.as_object().at("vectors").as_array().size() - 1;
  for (std::string_view const key : {"words", "words_south", "spoken", "spoken_ascii", "display"}) {
    boost::json::value wrong = file;
    wrong.as_object().at("vectors").as_array()[last].as_object()[key] = "x";
    EXPECT_EQ(failures(check_vnd_words(wrong)).size(), 1u) << key;
  }
  boost::json::value wrong = file;
  wrong.as_object().at("vectors").as_array()[last].as_object()["clips"].as_array().pop_back();
  EXPECT_EQ(failures(check_vnd_words(wrong)).size(), 1u);
}

TEST(Conformance, CountsRowsAndSaysSoInTheExitCode) {
  std::string const file = QRPAY_VECTORS_DIR "/vietqr.json";
  Ran const all = ran({"--kind=vietqr", "--file=" + file});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_EQ(all.out, "116 passed, 0 failed\n");

  Ran const wrong = ran({"--kind=vietqr", "--file=" + temporary_file("wrong.json", R"([{
      "id": "X1", "payload": "0002016304AAE6", "valid": true, "reason_if_invalid": null,
      "fields": {}, "source": "here"}])")});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.out.find("FAIL X1: tier: fatal, wanted valid\n"), std::string::npos) << wrong.out;
  EXPECT_TRUE(wrong.out.ends_with("\n0 passed, 1 failed\n")) << wrong.out;
}

TEST(Conformance, FileWithoutRowsIsNoSuccess) {
  Ran const empty = ran({"--kind=vietqr", "--file=" + temporary_file("empty.json", "[]")});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_EQ(empty.out, "0 passed, 0 failed\n");
}

TEST(Conformance, WrongArgumentsAndFilesAreRefused) {
  std::string const file = "--file=" QRPAY_VECTORS_DIR "/vietqr.json";
  EXPECT_EQ(ran({}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=vietqr"}).exit_code, 2);
  EXPECT_EQ(ran({file}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=unheard", file}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=vietqr", file, "--more"}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=vnd_words", file}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=vietqr", file + ".not_there"}).exit_code, 2);
  EXPECT_EQ(ran({"--kind=vietqr", "--file=" + temporary_file("no.json", "{")}).exit_code, 2);
}

}  // namespace
}  // namespace qrpay::conformance
