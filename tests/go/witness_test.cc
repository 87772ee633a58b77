// Tessera's own witness client, which knows nothing of us, is cosigned by our witness; and x/mod's
// notes with transparency-dev's cosignatures accept what our server serves.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e/town.h"
#include "tests/gateway/http_client.h"

namespace qrpay::e2e {
namespace {

cli::Finished run_go(std::vector<std::string> const& arguments) {
  std::vector<std::string> command = {QRPAY_GO_WITNESS};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto finished = cli::run_process(command);
  if (!finished) {
    ADD_FAILURE() << to_string(finished.error());
    return {-1, {}};
  }
  return std::move(*finished);
}

class GoWitness : public testing::Test {
 protected:
  /// `qrpay witness serve` for that log; its URL and key are then url_ and vkey_.
  void serve(std::string const& log) {
    std::string const dir = scratch_.path() + "/witness";
    auto const made =
        run_qrpay({"witness", "init", "--dir", dir, "--name", "witness.test/1", "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    vkey_ = text_at(*gateway::json::parse(made.output), "vkey");
    auto child = cli::Child::start(
        {QRPAY_PROGRAM, "witness", "serve", "--dir", dir, "--log", log, "--port", "0"});
    ASSERT_TRUE(child);
    auto const line = child->read_line();
    ASSERT_TRUE(line);
    url_ = *line;
    child_.emplace(std::move(*child));
  }
  std::string save(std::string const& name, std::string const& bytes) {
    std::string const path = scratch_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string policy() {
    return save("policy", "witness bank " + vkey_ + " " + url_ + "\nquorum bank\n");
  }

  ScratchDirectory scratch_;
  std::string url_;
  std::string vkey_;
  std::optional<cli::Child> child_;
};

TEST_F(GoWitness, TesserasClientIsCosignedWhileItsLogGrows) {
  auto const keys = run_go({"keygen"});
  std::string const skey = keys.output.substr(0, keys.output.find('\n'));
  std::string vkey = keys.output.substr(skey.size() + 1);
  vkey.pop_back();
  serve(vkey);
  auto const grown = run_go({"grow", skey, policy()});
  ASSERT_EQ(grown.exit_code, 0) << grown.output;
  EXPECT_EQ(run_go({"open", save("checkpoint", grown.output), vkey, vkey_}).exit_code, 0);
  // The same log from its beginning again, as from an old copy: its first checkpoints are refused.
  EXPECT_EQ(run_go({"grow", skey, policy()}).exit_code, 1);
}

TEST_F(GoWitness, OurCosignedCheckpointIsANoteToOthers) {
  Server server;
  serve(server.log_vkey());
  server.configure("[witness]\nurls = [\"" + url_ + "\"]\nkeys = [\"" + vkey_ +
                   "\"]\nquorum = 1\ninterval_ms = 50\n");
  server.stop();
  server.start();
  Caller anybody = Caller::nobody(server);
  ASSERT_TRUE(gateway::http::eventually([&] { return anybody.get("/checkpoint").status == 200; }));
  std::string const file = save("checkpoint", anybody.get("/checkpoint").text);
  EXPECT_EQ(run_go({"open", file, server.log_vkey(), vkey_}).exit_code, 0);
}

}  // namespace
}  // namespace qrpay::e2e
