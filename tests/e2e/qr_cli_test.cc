// `qrpay qr ...` as scripts use it: data on standard output, exit codes, files.
#include <gtest/gtest.h>

#include "base/files.h"
#include "cli/verbs.h"
#include "gateway/json/json.h"
#include "qr/payload.h"
#include "qr/picture/image.h"
#include "qr/scan/scan.h"
#include "tests/e2e/server.h"

namespace qrpay::e2e {
namespace {

using gateway::json::Value;

std::vector<std::string> qr(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "qr");
  return arguments;
}

/// The JSON object that the verb prints.
Value json_of(std::vector<std::string> arguments, int exit_code = cli::kOk) {
  arguments.emplace_back("--json");
  auto const done = run_qrpay(qr(std::move(arguments)));
  EXPECT_EQ(done.exit_code, exit_code) << done.output;
  auto const value = gateway::json::parse(done.output);
  EXPECT_TRUE(value) << done.output;
  return value ? *value : Value();
}

std::string payload_of(std::vector<std::string> const& more) {
  std::vector<std::string> arguments{"make", "--bank", "VCB", "--account", "0011002233"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return text_at(json_of(arguments), "payload");
}

TEST(QrCli, MakesEveryService) {
  std::vector<std::string> const merchant{"--merchant-name", "PHO BAT DAN", "--merchant-city",
                                          "HA NOI"};
  auto const with = [&merchant](std::vector<std::string> more) {
    more.insert(more.end(), merchant.begin(), merchant.end());
    return payload_of(more);
  };
  EXPECT_NE(payload_of({}).find("0208QRIBFTTA"), std::string::npos);
  EXPECT_NE(with({"--service", "QRPUSH", "--mcc", "5812"}).find("0206QRPUSH"), std::string::npos);
  std::string const cash = with({"--service", "QRCASH", "--mcc", "6011", "--reference-label", "R1",
                                 "--terminal-label", "ATM1"});
  EXPECT_NE(cash.find("0206QRCASH"), std::string::npos);
  EXPECT_EQ(run_qrpay(qr({"verify", "--strict", cash})).exit_code, cli::kOk);
}

TEST(QrCli, PicturesGoToFilesAndComeBack) {
  ScratchDirectory scratch;
  std::string const file = scratch.path() + "/code.png";
  std::string const payload = payload_of({"--amount", "45000", "--png", file});
  auto const bytes = base::read_file(file, qr::picture::kImageBytesMax);
  ASSERT_TRUE(bytes);
  auto const scanned = run_qrpay(qr({"scan", file, scratch.path() + "/none.png"}));
  EXPECT_EQ(scanned.exit_code, cli::kStorage) << "one of the files is not there";
  auto const end = scanned.output.find('\n');
  auto const first = gateway::json::parse(scanned.output.substr(0, end));
  ASSERT_TRUE(first) << scanned.output;
  auto const codes = array_at(*first, "codes");
  ASSERT_EQ(codes.size(), 1u);
  EXPECT_EQ(text_at(codes[0], "text"), payload);
  auto const second = gateway::json::parse(scanned.output.substr(end + 1));
  ASSERT_TRUE(second) << scanned.output;
  EXPECT_TRUE(text_at(*second, "error").starts_with("QRPAY-6001"));
}

TEST(QrCli, VerifiesOneLineAtATime) {
  std::string const payload = payload_of({});
  ScratchDirectory scratch;
  std::string const lines = scratch.path() + "/lines";
  ASSERT_TRUE(base::create_file_synced(lines, "\"" + payload + "\"\n\"nonsense\"\nnot json\n"));
  auto const done = run_qrpay(qr({"verify", "--ndjson"}), {}, lines);
  EXPECT_EQ(done.exit_code, cli::kFoundBad);
  std::vector<Value> results;
  for (std::size_t at = 0; at < done.output.size();) {
    std::size_t const end = done.output.find('\n', at);
    auto const value = gateway::json::parse(done.output.substr(at, end - at));
    ASSERT_TRUE(value) << done.output;
    results.push_back(*value);
    at = end + 1;
  }
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(text_at(results[0], "kind"), "vietqr_account");
  EXPECT_EQ(text_at(results[1], "kind"), "unknown");
  EXPECT_TRUE(text_at(results[2], "error").starts_with("QRPAY-1001"));
}

TEST(QrCli, SignsAndChecksOffline) {
  ScratchDirectory scratch;
  std::string const at = scratch.path() + "/";
  std::string const root = text_at(json_of({"key", "--root", "--out", at + "root"}), "public_key");
  Value const key = json_of({"key", "--out", at + "key"});
  ASSERT_TRUE(base::create_file_synced(at + "roots", root + "\n"));
  std::vector<std::string> const list{"key-list",  "--list",  at + "list", "--root-key",
                                      at + "root", "--until", "2199-01-01"};
  auto first = list;
  first.insert(first.end(), {"--add", text_at(key, "public_key"), "--operator", "Quảng Ninh",
                             "--to", "2198-12-31"});
  EXPECT_EQ(number_at(json_of(first), "serial"), 1);
  std::string const payload = text_at(json_of({"sign", payload_of({"--amount", "45000"}), "--key",
                                               at + "key", "--until", "2190-12-31"}),
                                      "payload");
  std::vector<std::string> const check{"--keys", at + "list", "--roots", at + "roots"};
  auto verify = std::vector<std::string>{"verify", payload};
  verify.insert(verify.end(), check.begin(), check.end());
  Value const good = json_of(verify);
  EXPECT_EQ(text_at(good, "signature.status"), "valid");
  EXPECT_EQ(text_at(good, "signature.operator"), "Quảng Ninh");
  verify[1] = payload_of({"--amount", "45000"});
  EXPECT_EQ(text_at(json_of(verify, cli::kFoundBad), "signature.status"), "unsigned");
  auto revoke = list;
  revoke.insert(revoke.end(), {"--revoke", text_at(key, "id"), "--reason", "stolen"});
  EXPECT_EQ(number_at(json_of(revoke), "serial"), 2);
  verify[1] = payload;
  EXPECT_EQ(text_at(json_of(verify, cli::kFoundBad), "signature.status"), "revoked");
}

TEST(QrCli, SaysAmountsBanksAndKinds) {
  Value const words = json_of({"words", "45000"});
  EXPECT_EQ(text_at(words, "words"), "bốn mươi lăm nghìn");
  EXPECT_EQ(text_at(words, "spoken"), "Đã nhận bốn mươi lăm nghìn đồng");
  EXPECT_EQ(run_qrpay(qr({"words", "1005", "--south"})).output, "một ngàn không trăm lẻ năm\n");
  EXPECT_EQ(text_at(json_of({"banks", "vietcombank"}), "bin"), "970436");
  EXPECT_EQ(run_qrpay(qr({"banks", "no such bank"})).exit_code, cli::kFoundBad);
  EXPECT_EQ(text_at(json_of({"classify", "https://example.com"}), "kind"), "web_link");
  EXPECT_EQ(run_qrpay(qr({"classify", "xyz"})).exit_code, cli::kFoundBad);
}

TEST(QrCli, ExitCodesTellWhoseFaultItIs) {
  EXPECT_EQ(run_qrpay(qr({"make", "--bank", "nobody", "--account", "1"})).exit_code, cli::kUsage);
  EXPECT_EQ(run_qrpay(qr({"make", "--bank", "VCB"})).exit_code, cli::kUsage);
  EXPECT_EQ(run_qrpay(qr({"verify", "0002"})).exit_code, cli::kFoundBad);
  EXPECT_EQ(run_qrpay(qr({"scan", "/no/such/file.png"})).exit_code, cli::kStorage);
}

TEST(QrCli, AnOwnListOfBanksReplacesOurs) {
  ScratchDirectory scratch;
  std::string const file = scratch.path() + "/banks.csv";
  ASSERT_TRUE(base::create_file_synced(file, "bin,short_name,name\n123456,Mine,My own bank\n"));
  EXPECT_EQ(text_at(json_of({"banks", "--banks", file}), "bin"), "123456");
  EXPECT_EQ(run_qrpay(qr({"banks", "VCB", "--banks", file})).exit_code, cli::kFoundBad);
  ASSERT_TRUE(base::replace_file_synced(file, "bin,short_name,name\n12,Mine,My own bank\n"));
  auto const refused = run_qrpay(qr({"banks", "--banks", file}));
  EXPECT_NE(refused.exit_code, cli::kOk);
  EXPECT_NE(refused.output.find("line 2, column 1 (bin)"), std::string::npos) << refused.output;
}

TEST(QrCli, PostersComeAsFiles) {
  ScratchDirectory scratch;
  std::string const file = scratch.path() + "/poster.png";
  Value const made = json_of({"poster", "--bank", "VCB", "--account", "0011002233", "--shop",
                              "Phở Bát Đàn", "--format", "png", "--dpi", "150", "--out", file});
  auto const bytes = base::read_file(file, qr::picture::kImageBytesMax);
  ASSERT_TRUE(bytes);
  auto const scanned = qr::scan::scan_file(base::as_bytes(*bytes));
  ASSERT_TRUE(scanned) << to_string(scanned.error());
  EXPECT_EQ(*scanned, text_at(made, "payload"));
}

}  // namespace
}  // namespace qrpay::e2e
