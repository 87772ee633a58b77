// A server refuses by name what it should not serve, and leaves it as it is; the checks that need
// no server; the configuration.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "ledger/receipt.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

constexpr auto kCopy = fs::copy_options::recursive | fs::copy_options::overwrite_existing;

/// Every file below `directory` by its path, with a digest of its content.
std::map<std::string, std::string> content_of(std::string const& directory) {
  std::map<std::string, std::string> out;
  for (auto const& entry : fs::recursive_directory_iterator(directory)) {
    std::string text;
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::string const bytes{std::istreambuf_iterator<char>(file), {}};
      text = base::to_hex(base::sha256(base::as_bytes(bytes)));
    }
    out[fs::relative(entry.path(), directory).string()] = text;
  }
  return out;
}

void write_file(std::string const& path, std::string const& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// A ledger with one credit, stopped.
class DataDirectory : public testing::Test {
 protected:
  DataDirectory() {
    credit_ = town_.pay({"c1", "FT1", 20'000});
    EXPECT_EQ(credit_.status, 200);
    receipt_ =
        town_.auditor.get("/v1/ledger/proof/" + std::to_string(number_at(credit_.json, "sequence")))
            .text;
    EXPECT_EQ(server_.stop(), 0);
  }
  /// Serving `directory` ends with `code` and names `error`.
  static void expect_refused(std::string const& directory, int code, std::string const& error) {
    auto const served = run_qrpay({"serve", "--dir", directory, "--port", "0"});
    EXPECT_EQ(served.exit_code, code) << served.output;
    EXPECT_NE(served.output.find(" " + error + ": "), std::string::npos) << served.output;
    EXPECT_EQ(served.output.find("http://"), std::string::npos) << "it listened";
  }
  /// The ledger is served, and says what it said.
  void expect_whole() {
    server_.start();
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(town_.bank.get("/v1/bank/credits/c1").text, credit_.text);
    EXPECT_EQ(server_.stop(), 0);
  }
  [[nodiscard]] std::string path(std::string const& name) const { return server_.data() + name; }

  Server server_;
  Town town_{server_};
  Answer credit_;
  std::string receipt_;
};

TEST_F(DataDirectory, InUseIsRefusedAndTheServerGoesOn) {
  server_.start();
  auto const before = content_of(server_.data());
  expect_refused(server_.data(), 5, "data_dir_in_use");
  EXPECT_EQ(content_of(server_.data()), before);
  EXPECT_EQ(town_.bank.get("/v1/bank/credits/c1").text, credit_.text);
}

TEST_F(DataDirectory, ANewerFormatIsRefused) {
  write_file(path("/FORMAT"), "qrpay data 3\n");
  auto const before = content_of(server_.data());
  expect_refused(server_.data(), 5, "data_format_newer");
  EXPECT_EQ(content_of(server_.data()), before);
}

TEST_F(DataDirectory, AMissingOneIsRefusedAndNotMade) {
  std::string const missing = server_.directory() + "/nothing";
  expect_refused(missing, 5, "data_dir_missing");
  EXPECT_FALSE(fs::exists(missing));
  auto const verified = run_qrpay({"ledger", "verify", missing});
  EXPECT_EQ(verified.exit_code, 5) << verified.output;
  EXPECT_FALSE(fs::exists(missing));
}

TEST_F(DataDirectory, AnOlderCopyOfTheJournalIsRefused) {
  std::string const older = server_.directory() + "/older";
  fs::copy(path("/journal"), older, kCopy);
  server_.start();
  EXPECT_EQ(town_.pay({"c2", "FT2", 20'000}).status, 200);
  EXPECT_EQ(server_.stop(), 0);
  fs::remove_all(path("/journal"));
  fs::copy(older, path("/journal"), kCopy);
  auto const before = content_of(server_.data());
  expect_refused(server_.data(), 1, "journal_truncated");
  EXPECT_EQ(content_of(server_.data()), before);
  // The mark of the data directory goes back with it; the signer's does not.
  fs::remove(path("/durable"));
  expect_refused(server_.data(), 1, "journal_truncated");
  auto const verified = run_qrpay({"ledger", "verify", server_.data()});
  EXPECT_EQ(verified.exit_code, 1) << verified.output;
}

TEST_F(DataDirectory, ADamagedJournalIsRefusedAndFound) {
  for (auto const& entry : fs::directory_iterator(path("/journal"))) {
    if (entry.path().extension() != ".sst" && entry.path().extension() != ".log") continue;
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    auto const size = static_cast<std::streamoff>(fs::file_size(entry.path()));
    if (size < 1'000) continue;
    file.seekg(size / 2);
    char const byte = static_cast<char>(file.get());
    file.seekp(size / 2);
    file.put(static_cast<char>(byte ^ 0x10));
  }
  auto const before = content_of(server_.data());
  auto const verified = run_qrpay({"ledger", "verify", server_.data()});
  EXPECT_EQ(verified.exit_code, 1) << verified.output;
  EXPECT_EQ(content_of(server_.data()), before);
  auto const served = run_qrpay({"serve", "--dir", server_.data(), "--port", "0"});
  EXPECT_EQ(served.exit_code, 1) << served.output;
}

// Each secret of another ledger, one at a time.
TEST_F(DataDirectory, ForeignSecretsAreRefusedByName) {
  std::string const other = server_.directory() + "/other";
  ASSERT_EQ(run_qrpay({"init", "--dir", other}).exit_code, 0);
  struct Case {
    std::vector<std::string> files;
    std::string error;
  };
  for (Case const& c :
       {Case{{"/vault/vault", "/keys/epoch.key"}, "wrong_vault"},
        Case{{"/vault/vault"}, "wrong_vault"}, Case{{"/keys/epoch.key"}, "wrong_vault"},
        Case{{"/keys/dedupe.secret"}, "wrong_secret"}, Case{{"/keys/log.key"}, "wrong_key"}}) {
    SCOPED_TRACE(c.files.front() + " " + c.error);
    for (auto const& file : c.files) {
      fs::copy(path(file), server_.directory() + "/kept" + fs::path(file).filename().string(),
               kCopy);
      fs::copy(other + file, path(file), kCopy);
    }
    auto const before = content_of(server_.data());
    expect_refused(server_.data(), 5, c.error);
    EXPECT_EQ(content_of(server_.data()), before);
    for (auto const& file : c.files)
      fs::copy(server_.directory() + "/kept" + fs::path(file).filename().string(), path(file),
               kCopy);
  }
  expect_whole();
}

TEST_F(DataDirectory, ALostSecretIsNamedAndNotMadeAnew) {
  // Without vault or dedupe secret it is served read-only: rotation_test.
  for (std::string const file : {"/keys/log.key", "/keys/server.key"}) {
    SCOPED_TRACE(file);
    fs::rename(path(file), server_.directory() + "/kept");
    auto const before = content_of(server_.data());
    auto const served = run_qrpay({"serve", "--dir", server_.data(), "--port", "0"});
    EXPECT_EQ(served.exit_code, 5) << served.output;
    EXPECT_NE(served.output.find(file.substr(file.rfind('/') + 1)), std::string::npos)
        << served.output;
    EXPECT_EQ(content_of(server_.data()), before);
    fs::rename(server_.directory() + "/kept", path(file));
  }
  expect_whole();
}

TEST_F(DataDirectory, InitTouchesNothingThatIsThere) {
  auto const before = content_of(server_.data());
  auto const made = run_qrpay({"init", "--dir", server_.data()});
  EXPECT_EQ(made.exit_code, 5) << made.output;
  EXPECT_NE(made.output.find("data_dir_not_empty"), std::string::npos) << made.output;
  EXPECT_EQ(content_of(server_.data()), before);
}

TEST_F(DataDirectory, VerifyReadsBesideAServerAndWithoutOne) {
  auto const verify = [&] { return run_qrpay({"ledger", "verify", server_.data(), "--json"}); };
  auto const alone = verify();
  EXPECT_EQ(alone.exit_code, 0) << alone.output;
  auto const told = gateway::json::parse(alone.output);
  ASSERT_TRUE(told) << alone.output;
  EXPECT_EQ(number_at(*told, "records"), number_at(credit_.json, "sequence"));
  EXPECT_NE(alone.output.find(R"("beside_server":false)"), std::string::npos);
  auto const before = content_of(server_.data());
  (void)verify();
  EXPECT_EQ(content_of(server_.data()), before) << "verify never writes";
  server_.start();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(town_.pay({"v" + std::to_string(i), "FTv" + std::to_string(i), 1'000}).status, 200);
    auto const beside = verify();
    EXPECT_EQ(beside.exit_code, 0) << beside.output;
    EXPECT_NE(beside.output.find(R"("beside_server":true)"), std::string::npos) << beside.output;
    auto const now = gateway::json::parse(beside.output);
    ASSERT_TRUE(now);
    EXPECT_EQ(number_at(*now, "records"), number_at(*told, "records") + i + 1)
        << "what was answered is durable";
  }
}

TEST_F(DataDirectory, AReceiptWithAnyBitFlippedIsRefused) {
  std::string const file = server_.directory() + "/receipt.txt";
  auto const verify = [&](std::string const& text, std::string const& key) {
    write_file(file, text);
    return run_qrpay({"proof", "verify", file, "--key", key});
  };
  auto const good = verify(receipt_, server_.log_vkey());
  EXPECT_EQ(good.exit_code, 0) << good.output;
  EXPECT_NE(good.output.find("20000 VND"), std::string::npos) << good.output;
  // Each bit in this process, some by the program.
  auto const key = ledger::parse_vkey(server_.log_vkey());
  ASSERT_TRUE(key);
  std::mt19937_64 random(test_run().seed);
  for (std::size_t bit = 0; bit < receipt_.size() * 8; ++bit) {
    std::string bad = receipt_;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(ledger::verify_receipt(bad, {&*key, 1})) << "bit " << bit;
    if (random() % (receipt_.size() * 8) >= 20) continue;
    auto const refused = verify(bad, server_.log_vkey());
    ASSERT_EQ(refused.exit_code, 1) << "bit " << bit << ": " << refused.output;
  }
  for (std::string const& cut : {std::string(), receipt_.substr(0, receipt_.size() / 2),
                                 receipt_ + "x", receipt_ + receipt_})
    EXPECT_EQ(verify(cut, server_.log_vkey()).exit_code, 1);
  Server const other;
  EXPECT_EQ(verify(receipt_, other.log_vkey()).exit_code, 1) << "another log's key";
}

TEST(Config, ShowsWhatItReadFromFileEnvironmentAndFlags) {
  ScratchDirectory const scratch;
  std::string const file = scratch.path() + "/qrpay.toml";
  write_file(file, "[server]\nport = 1111\nthreads = 3\n[data]\ndir = \"here\"\n");
  auto const from_file = run_qrpay({"config", "check", "--config", file});
  EXPECT_EQ(from_file.exit_code, 0) << from_file.output;
  EXPECT_NE(from_file.output.find("port = 1111\n"), std::string::npos) << from_file.output;
  EXPECT_NE(from_file.output.find("dir = \"here\"\n"), std::string::npos);
  std::vector<std::string> const environment = {"QRPAY_SERVER_PORT=2222"};
  auto const with = run_qrpay({"config", "check", "--config", file}, environment);
  EXPECT_NE(with.output.find("port = 2222\nthreads = 3\n"), std::string::npos) << with.output;
  auto const flag = run_qrpay({"config", "check", "--config", file, "--port", "3333"}, environment);
  EXPECT_NE(flag.output.find("port = 3333\n"), std::string::npos) << flag.output;
  // What it prints is a configuration again.
  write_file(file, flag.output);
  EXPECT_EQ(run_qrpay({"config", "check", "--config", file}).output, flag.output);
}

TEST(Config, RefusesWhatItDoesNotKnowAndSaysWhere) {
  ScratchDirectory const scratch;
  std::string const file = scratch.path() + "/qrpay.toml";
  struct Case {
    std::string text;
    std::string says;
  };
  for (Case const& c :
       {Case{"[server]\nport = 1\nprot = 2\n", file + ":3: unknown setting server.prot"},
        Case{"[sever]\nport = 1\n", file + ":2: unknown setting sever.port"},
        Case{"port = 1\n", file + ":1: unknown setting port"},
        Case{"[server]\nport = 65536\n", file + ":2: server.port"},
        Case{"[server]\nport = \"many\"\n", file + ":2: server.port"},
        Case{"[server]\nthreads = 1.5\n", file + ":2: server.threads"},
        Case{"[server\n", file + ":1"}, Case{"[server]\nport = 1\nport = 2\n", file + ":3"},
        Case{"[tls]\ncertificate = \"x\"\n", "belong together"},
        Case{"[server]\naddress = \"0.0.0.0\"\n", "only loopback without TLS"}}) {
    write_file(file, c.text);
    auto const checked = run_qrpay({"config", "check", "--config", file});
    EXPECT_EQ(checked.exit_code, 3) << c.text << checked.output;
    EXPECT_NE(checked.output.find(c.says), std::string::npos) << c.text << checked.output;
  }
  auto const environment = run_qrpay({"config", "check"}, {"QRPAY_SERVER_PROT=1"});
  EXPECT_EQ(environment.exit_code, 3);
  EXPECT_NE(environment.output.find("unknown setting QRPAY_SERVER_PROT"), std::string::npos);
  EXPECT_EQ(run_qrpay({"config", "check", "--config", scratch.path() + "/none"}).exit_code, 3);
}

TEST(Serve, NamesAnAddressInUse) {
  Server const server;
  ScratchDirectory const scratch;
  ASSERT_EQ(run_qrpay({"init", "--dir", scratch.path() + "/data"}).exit_code, 0);
  auto const served = run_qrpay({"serve", "--dir", scratch.path() + "/data", "--port",
                                 std::to_string(server.endpoint().port)});
  EXPECT_EQ(served.exit_code, 4) << served.output;
  EXPECT_NE(served.output.find("address_in_use"), std::string::npos) << served.output;
}

}  // namespace
}  // namespace qrpay::e2e
