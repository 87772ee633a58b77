// Tessera's fsck, which knows nothing of us, accepts an export and the server as they are.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

/// Ends with `code`: 0 sound, 1 bad. Without a token it asks for entries as nobody.
void expect_fsck(int code, std::string const& where, std::string const& vkey,
                 std::string const& token = "none") {
  auto const finished = cli::run_process(
      {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", QRPAY_GO_FSCK, where, vkey, token});
  ASSERT_TRUE(finished) << to_string(finished.error());
  EXPECT_EQ(finished->exit_code, code) << finished->output;
}

class Tessera : public testing::Test {
 protected:
  Tessera() {
    for (int i = 0; i < 300; ++i) {
      std::string const id = "c" + std::to_string(i);
      EXPECT_EQ(town_.pay({id, "FT" + id, 1'000 + i}).status, 200);
    }
    // A receipt of the last record needs a checkpoint over all of them.
    auto const last = number_at(town_.auditor.get("/readyz").json, "durable_size");
    EXPECT_EQ(town_.auditor.get("/v1/ledger/proof/" + std::to_string(last)).status, 200);
  }
  Server server_;
  Town town_{server_};
};

TEST_F(Tessera, FsckAcceptsTheExportAndFindsEveryDamagedFile) {
  std::string const tiles = server_.directory() + "/tiles";
  auto const exported =
      run_qrpay({"ledger", "export", "--data", server_.data(), "--tiles", tiles, "--json"});
  ASSERT_EQ(exported.exit_code, 0) << exported.output;
  expect_fsck(0, tiles, server_.log_vkey());

  int files = 0;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(tiles)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string const content((std::istreambuf_iterator<char>(in)), {});
    std::string damaged = content;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << damaged;
    SCOPED_TRACE(entry.path());
    expect_fsck(1, tiles, server_.log_vkey());
    std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << content;
  }
  EXPECT_EQ(files, 6);  // the checkpoint, two tiles and bundles, the tile above
  expect_fsck(0, tiles, server_.log_vkey());
}

TEST_F(Tessera, FsckFollowsALogKeyThatIsReplaced) {
  std::string const old = server_.log_vkey();
  std::string const tiles = server_.directory() + "/tiles";
  auto const run = [&](std::vector<std::string> const& arguments) {
    auto const finished = run_qrpay(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.output;
    return finished.output;
  };
  EXPECT_EQ(server_.stop(), 0);
  auto const rotated =
      gateway::json::parse(run({"keys", "rotate-log", "--dir", server_.data(), "--json"}));
  ASSERT_TRUE(rotated);
  std::string const next = text_at(*rotated, "log_vkey");
  run({"ledger", "export", "--data", server_.data(), "--tiles", tiles});
  expect_fsck(0, tiles, old);
  expect_fsck(0, tiles, next);
  run({"keys", "retire-log", "--dir", server_.data()});
  run({"ledger", "export", "--data", server_.data(), "--tiles", tiles});
  expect_fsck(1, tiles, old);
  expect_fsck(0, tiles, next);
}

TEST_F(Tessera, FsckAcceptsTheServerForHimWhoMayReadEntries) {
  expect_fsck(0, server_.url(), server_.log_vkey(), server_.operator_token());
  expect_fsck(1, server_.url(), server_.log_vkey());
}

}  // namespace
}  // namespace qrpay::e2e
