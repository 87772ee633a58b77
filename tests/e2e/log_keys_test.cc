// The log's keys over time: two sign, then the new one alone, and what was proven stays proven.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/audited_town.h"

namespace qrpay::e2e {
namespace {

class LogKeys : public AuditedTown {
 protected:
  /// `qrpay keys <arguments>` on the stopped ledger; what it printed as JSON.
  gateway::json::Value keys(std::vector<std::string> arguments, int code = 0) {
    arguments.insert(arguments.begin(), "keys");
    arguments.insert(arguments.end(), {"--dir", server_.data(), "--json"});
    auto const finished = run_qrpay(arguments);
    EXPECT_EQ(finished.exit_code, code) << finished.output;
    auto value = gateway::json::parse(finished.output);
    return value && code == 0 ? std::move(*value) : gateway::json::Value{};
  }
  std::string rotate() {
    EXPECT_EQ(server_.stop(), 0);
    std::string const vkey = text_at(keys({"rotate-log"}), "log_vkey");
    server_.start();
    return vkey;
  }
  void retire() {
    EXPECT_EQ(server_.stop(), 0);
    keys({"retire-log"});
    server_.start();
  }
};

TEST_F(LogKeys, ReceiptsOfEveryTimeVerifyUnderTheKeysOfTheirTime) {
  std::string const old = server_.log_vkey();
  std::string const before = paid("before");
  std::string const next = rotate();
  std::string const during = paid("during");
  retire();
  std::string const after = paid("after");
  EXPECT_EQ(verdict(before, {old}), 0);
  EXPECT_EQ(verdict(before, {next}), 1);
  EXPECT_EQ(verdict(during, {old}), 0) << "third parties go on with the key they have";
  EXPECT_EQ(verdict(during, {next}), 0);
  EXPECT_EQ(verdict(after, {old}), 1);
  EXPECT_EQ(verdict(after, {next}), 0);
  for (auto const& receipt : {before, during, after}) {
    EXPECT_EQ(verdict(receipt, {old, next}), 0);
    EXPECT_EQ(verdict(receipt, {kStranger}), 1);
  }
}

TEST_F(LogKeys, AnAuditorWithAnyOfTheKeysGetsToAllOthersByTheRecordsAlone) {
  std::string const old = server_.log_vkey();
  paid("before");
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  std::string const kept = server_.directory() + "/kept";
  std::filesystem::copy(tiles_ + "/checkpoint", kept);
  std::string const second = rotate();
  paid("between");
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  EXPECT_EQ(audit(old, {"--kept", kept}), 0) << output_;
  EXPECT_EQ(audit(second, {"--kept", kept}), 0) << output_;
  retire();
  std::string const third = rotate();
  retire();
  paid("after");
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  for (auto const& vkey : {old, second, third})
    EXPECT_EQ(audit(vkey, {"--kept", kept}), 0) << output_;
  EXPECT_EQ(audit(kStranger), 1);
  EXPECT_TRUE(output_.starts_with("BAD checkpoint: ")) << output_;
  // A word given by a key is signed like everything else: another vouches for nobody.
  for (auto const& entry :
       std::filesystem::recursive_directory_iterator(tiles_ + "/tile/entries")) {
    if (!entry.is_regular_file()) continue;
    std::string content = slurp(entry.path().string());
    std::size_t const at = content.find("qrpay log key");
    if (at == std::string::npos) continue;
    content[at] = 'Q';
    spill(entry.path().string(), content);
  }
  EXPECT_EQ(audit(old), 1);
}

TEST_F(LogKeys, ALedgerIsNotServedWithoutTheKeysThatSign) {
  rotate();
  EXPECT_EQ(server_.stop(), 0);
  std::string const second = server_.data() + "/keys/log.2.key";
  std::filesystem::rename(second, second + ".away");
  auto const served = run_qrpay({"serve", "--dir", server_.data(), "--port", "0"});
  EXPECT_EQ(served.exit_code, 5);
  EXPECT_NE(served.output.find("wrong_key"), std::string::npos) << served.output;
  std::filesystem::rename(second + ".away", second);
  server_.start();
  paid("again");
}

TEST_F(LogKeys, TheHintsMayBeLostOrOldAndAreMadeAnew) {
  rotate();
  EXPECT_EQ(server_.stop(), 0);
  std::string const path = server_.data() + "/identity";
  std::string const whole = slurp(path);
  for (std::string const hint : {"", "qrpay identity 1\n1\n", "nonsense"}) {
    std::filesystem::remove(path);
    if (!hint.empty()) spill(path, hint);
    server_.start();
    paid("p" + std::to_string(hint.size()));
    EXPECT_EQ(server_.stop(), 0);
    EXPECT_EQ(slurp(path), whole);
  }
}

TEST_F(LogKeys, ARotationThatWasCutShortIsTakenUpAgain) {
  EXPECT_EQ(server_.stop(), 0);
  std::string const second = server_.data() + "/keys/log.2.key";
  spill(second, std::string(63, '0') + "7\n");  // made; no record names it
  server_.start();
  paid("as if nothing was");
  EXPECT_EQ(server_.stop(), 0);
  auto const rotated = keys({"rotate-log"});
  EXPECT_EQ(array_at(rotated, "signing").size(), 2U);
  EXPECT_EQ(slurp(second), std::string(63, '0') + "7\n");
  EXPECT_FALSE(std::filesystem::exists(server_.data() + "/keys/log.3.key"));
}

TEST_F(LogKeys, TheOnlyKeyIsNotRetiredAndAServerIsNotDisturbed) {
  EXPECT_EQ(run_qrpay({"keys", "rotate-log", "--dir", server_.data()}).exit_code, 5) << "in use";
  auto const listed = keys({"log"});  // beside the server
  ASSERT_EQ(array_at(listed, "origins").size(), 1U);
  EXPECT_EQ(server_.stop(), 0);
  keys({"retire-log"}, 2);
  keys({"retire-log", "--key", kStranger}, 2);
  keys({"rotate-log"});
  keys({"retire-log", "--key", kStranger}, 1);
  server_.start();
  paid("still");
}

}  // namespace
}  // namespace qrpay::e2e
