#include "cli/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace qrpay::cli {
namespace {

using base::Errc;

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "qrpay-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  base::Result<Config> load(std::string const& text, Overrides environment = {},
                            Overrides flags = {}) {
    file_ = directory_ + "/qrpay.toml";
    std::ofstream(file_) << text;
    return load_config({file_, std::move(environment), std::move(flags)});
  }

  std::string directory_;
  std::string file_;
};

TEST_F(ConfigFile, FlagsWinOverEnvironmentOverFileOverDefaults) {
  auto const config =
      load("[server]\nport = 1001\nthreads = 3\naddress = \"127.0.0.2\"\n",
           {{"server.port", "1002"}, {"server.threads", "4"}}, {{"server.port", "1003"}});
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->port, 1003);
  EXPECT_EQ(config->threads, 4u);
  EXPECT_EQ(config->address, "127.0.0.2");
  EXPECT_EQ(config->data_dir, "/var/lib/qrpay");
}

TEST_F(ConfigFile, NamesTheLineOfAnUnknownKey) {
  auto const config = load("[server]\nport = 1\n\nprot = 2\n");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().errc, Errc::kConfigInvalid);
  EXPECT_EQ(config.error().detail, file_ + ":4: unknown setting server.prot");
}

TEST_F(ConfigFile, RefusesWhatItCannotMean) {
  char const* const texts[] = {"[server]\nport = 70000\n",
                               "[server]\nport = \"x\"\n",
                               "[server]\nport = 1.5\n",
                               "[server]\nthreads = 0\n",
                               "[server]\naddress = \"0.0.0.0\"\n",  // beyond loopback without TLS
                               "[tls]\ncertificate = \"a.pem\"\n",   // half of a pair
                               "port = 1\n",
                               "[server\n",
                               "[data]\naccept_clock = \"maybe\"\n",
                               "[other]\nx = 1\n"};
  for (auto const* text : texts) {
    auto const config = load(text);
    ASSERT_FALSE(config.has_value()) << text;
    EXPECT_EQ(config.error().errc, Errc::kConfigInvalid) << text;
  }
}

TEST_F(ConfigFile, ServesBeyondLoopbackOnlyWithTls) {
  EXPECT_TRUE(load("[server]\naddress = \"0.0.0.0\"\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n")
                  .has_value());
}

TEST_F(ConfigFile, WhatItPrintsReadsBackTheSame) {
  auto const config = load("[server]\nport = 9\n[data]\ndir = \"/srv/a \\\"b\\\"\"\n");
  ASSERT_TRUE(config.has_value());
  std::string const printed = format_config(*config);
  auto const again = load(printed);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(format_config(*again), printed);
  EXPECT_EQ(again->data_dir, "/srv/a \"b\"");
}

TEST_F(ConfigFile, ReadsWitnessesAsListsThatBelongTogether) {
  constexpr char kKey[] = "witness.bank.vn/1+94811479+BOrNNd1zaFCtu9QCfrisEkV3MEPMwTCB3EWl6C15ylRn";
  std::string const key(kKey);
  auto const config = load("[witness]\nurls = [\"https://w.example/a\"]\nkeys = [\"" + key +
                           "\"]\nquorum = 1\ninterval_ms = 500\n");
  ASSERT_TRUE(config.has_value()) << to_string(config.error());
  EXPECT_EQ(config->witness_urls, std::vector<std::string>{"https://w.example/a"});
  EXPECT_EQ(config->witness_keys, std::vector<std::string>{key});
  std::string const printed = format_config(*config);
  auto const again = load(printed);
  ASSERT_TRUE(again.has_value()) << to_string(again.error());
  EXPECT_EQ(format_config(*again), printed);
  auto const by_environment =
      load("", {{"witness.urls", "http://a,http://b"}, {"witness.keys", key + "," + key}});
  EXPECT_FALSE(by_environment.has_value()) << "one key twice";
  for (std::string const text :
       {"[witness]\nurls = [\"http://a\"]\n", "[witness]\nquorum = 1\n", "[witness]\nurls = [1]\n",
        "[witness]\nurls = [\"a,b\"]\n", "[witness]\ninterval_ms = 1\n",
        "[witness]\nurls = [\"http://a\"]\nkeys = [\"x\"]\n"})
    EXPECT_EQ(load(text).error().errc, Errc::kConfigInvalid) << text;
}

TEST(ConfigEnvironment, KnowsItsOwnNamesAndRefusesOthersOfThePrefix) {
  auto const read = read_environment({"HOME=/nowhere", "QRPAY_SERVER_PORT=7", "QRPAY_DATA_DIR=/d"});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, (Overrides{{"server.port", "7"}, {"data.dir", "/d"}}));
  EXPECT_EQ(read_environment({"QRPAY_PORT=7"}).error().errc, Errc::kConfigInvalid);
}

}  // namespace
}  // namespace qrpay::cli
