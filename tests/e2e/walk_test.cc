// The demo, and the walk against a server that is not as it should be.
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/e2e/server.h"

namespace qrpay::e2e {
namespace {

TEST(Demo, WalksThroughAllStepsAndStops) {
  ScratchDirectory const scratch;
  auto const demo = run_qrpay({"demo", "--dir", scratch.path() + "/demo", "--once"});
  EXPECT_EQ(demo.exit_code, 0) << demo.output;
  for (std::string const step :
       {"(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "(g)", "(h)", "(i)", "(j)", "(k)", "(l)", "(m)"})
    EXPECT_NE(("\n" + demo.output).find("\n" + step), std::string::npos) << step;
  auto const receipt = run_qrpay({"proof", "verify", scratch.path() + "/demo/receipt.txt", "--key",
                                  scratch.path() + "/demo/log.vkey"});
  EXPECT_EQ(receipt.exit_code, 0) << receipt.output;
}

TEST(Demo, RefusesADirectoryThatHoldsALedger) {
  ScratchDirectory const scratch;
  ASSERT_EQ(run_qrpay({"init", "--dir", scratch.path() + "/data"}).exit_code, 0);
  auto const demo = run_qrpay({"demo", "--dir", scratch.path(), "--once"});
  EXPECT_EQ(demo.exit_code, 1);
  EXPECT_NE(demo.output.find("(a) init"), std::string::npos) << demo.output;
}

TEST(Demo, TwoRunAtOnceAndTheFirstEndsItsServer) {
  ScratchDirectory const scratch;
  (void)test_run();
  auto first = cli::Child::start({QRPAY_PROGRAM, "demo", "--dir", scratch.path() + "/first"});
  ASSERT_TRUE(first);
  bool running = false;
  std::string url;
  while (auto const line = first->read_line()) {
    if (line->find("server for it on ") != std::string::npos)
      url = line->substr(line->find("http://"));
    running = running || line->starts_with("The server is still running");
    if (line->find("operator's token") != std::string::npos) break;  // the last line
  }
  ASSERT_TRUE(running);
  auto const endpoint = gateway::http::parse_endpoint(url);
  ASSERT_TRUE(endpoint) << url;
  gateway::http::Client client(*endpoint);
  EXPECT_TRUE(client.send({"GET", "/readyz", {}, {}}));

  auto const second = run_qrpay({"demo", "--dir", scratch.path() + "/second", "--once"});
  EXPECT_EQ(second.exit_code, 0) << second.output;

  // SIGTERM to the demo alone, as a service manager sends it: its server must not stay behind.
  EXPECT_EQ(first->stop(), 0);
  EXPECT_FALSE(client.send({"GET", "/readyz", {}, {}}));
}

/// Walks through `server` with its operator's token.
cli::Finished walk_through(Server const& server) {
  std::string const& directory = server.directory();
  EXPECT_TRUE(base::create_file_synced(directory + "/token", server.operator_token() + "\n"));
  EXPECT_TRUE(base::create_file_synced(directory + "/log.vkey", server.log_vkey() + "\n"));
  return run_qrpay(
      {"demo", "--url", server.url(), "--token-file", directory + "/token", "--dir", directory});
}

TEST(Walk, GoesThroughARunningServer) {
  Server const server;
  auto const walked = walk_through(server);
  EXPECT_EQ(walked.exit_code, 0) << walked.output;
}

TEST(Walk, NamesTheStepAtWhichTheServerDisagrees) {
  Server const server;
  Caller operators = Caller::bearer(server, server.operator_token());
  ASSERT_EQ(operators.put("/v1/banks/other", R"({"name":"X","bins":["970400"]})").status, 201);
  std::string const key = "/v1/keys/demo-bank";
  ASSERT_EQ(operators.put(key, R"({"role":"bank","scope":"other"})").status, 201);
  Answer const revoked = operators.ask(
      {"PUT", key, R"({"role":"bank","scope":"other","revoked":true})", {{"If-Match", "\"1\""}}});
  ASSERT_EQ(revoked.status, 200) << revoked.text;
  auto const walked = walk_through(server);
  EXPECT_EQ(walked.exit_code, 1);
  EXPECT_NE(walked.output.find("FAILED at (b) key demo-bank: status 409"), std::string::npos)
      << walked.output;
}

}  // namespace
}  // namespace qrpay::e2e
