// Secrets of a ledger are replaced, lost and found again, on the real binary.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

constexpr char kVerifier[] = QRPAY_SOURCE_DIR "/audit/verifier/qrpay_audit.py";

bool holds(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A ledger with an order and a credit.
class Rotation : public testing::Test {
 protected:
  Rotation() {
    order_ = town_.put_order("o1", 50'000);
    EXPECT_EQ(order_.status, 201) << order_.text;
    credit_ = town_.pay({"c1", "FT1", 20'000});
    EXPECT_EQ(credit_.status, 200) << credit_.text;
  }
  cli::Finished keys(std::vector<std::string> const& arguments) {
    std::vector<std::string> all = {"keys"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--dir", server_.data()});
    return run_qrpay(all);
  }
  void rotate_dedupe() {
    EXPECT_EQ(server_.stop(), 0);
    auto const done = keys({"rotate-dedupe", "--backup", backup_});
    EXPECT_EQ(done.exit_code, 0) << done.output;
    server_.start();
  }
  void expect_refused(int code, std::string const& error) {
    auto const served = run_qrpay({"serve", "--dir", server_.data(), "--port", "0"});
    EXPECT_EQ(served.exit_code, code) << served.output;
    EXPECT_TRUE(holds(served.output, error)) << served.output;
  }
  /// What a lost file leaves: reads by what needs no secret, and no write.
  void expect_read_only(std::string const& mode) {
    Answer const ready = town_.auditor.get("/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_TRUE(holds(ready.text, "\"" + mode + "\"")) << ready.text;
    Answer const paid = town_.pay({"c9", "FT9", 1'000});
    EXPECT_EQ(paid.status, 503) << paid.text;
    EXPECT_TRUE(holds(paid.text, "read-only") || holds(paid.text, "read_only")) << paid.text;
    EXPECT_EQ(town_.auditor.get("/checkpoint").status, 200);
    std::string const proof =
        "/v1/ledger/proof/" + std::to_string(number_at(credit_.json, "sequence"));
    Answer const receipt = town_.auditor.get(proof);
    EXPECT_EQ(receipt.status, 200) << receipt.text;
    std::string const file = server_.directory() + "/receipt.txt";
    {
      std::ofstream(file, std::ios::binary | std::ios::trunc) << receipt.text;
    }
    auto const verified =
        run_qrpay({"proof", "verify", file, "--key", server_.log_vkey(), "--json"});
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }
  [[nodiscard]] std::string path(std::string const& name) const { return server_.data() + name; }

  Server server_;
  Town town_{server_};
  std::string backup_ = server_.directory() + "/backup";
  Answer order_;
  Answer credit_;
};

TEST_F(Rotation, OfTheDedupeSecretForgetsNothing) {
  rotate_dedupe();
  EXPECT_TRUE(fs::exists(path("/keys/dedupe.2.secret")));
  EXPECT_TRUE(fs::exists(backup_ + "/dedupe.2.secret"));
  Answer const again = town_.pay({"c1", "FT1", 20'000});
  EXPECT_TRUE(again.replayed()) << again.text;
  EXPECT_EQ(again.text, credit_.text);
  Answer const other = town_.pay({"c1", "FT1", 20'001});
  EXPECT_EQ(other.status, 409) << other.text;
  Answer const same_money = town_.pay({"c2", "FT1", 20'000});
  EXPECT_EQ(text_at(same_money.json, "outcome"), "notice_repeated") << same_money.text;
  Answer const order = town_.till.get("/v1/orders/o1");
  EXPECT_EQ(order.status, 200) << order.text;
  Answer const again_order = town_.put_order("o1", 50'000);
  EXPECT_TRUE(again_order.replayed()) << again_order.text;
  std::string const page = text_at(order_.json, "page");
  EXPECT_EQ(town_.auditor.get(page).status, 200);
  Answer const fresh = town_.pay({"c3", "FT3", 7'000});
  EXPECT_EQ(fresh.status, 200) << fresh.text;
  rotate_dedupe();
  EXPECT_EQ(town_.pay({"c1", "FT1", 20'000}).text, credit_.text);
  EXPECT_EQ(town_.pay({"c3", "FT3", 7'000}).text, fresh.text);
  EXPECT_EQ(text_at(town_.pay({"c4", "FT3", 7'000}).json, "outcome"), "notice_repeated");
}

TEST_F(Rotation, TheLogStillVerifiesHereAndBySomebodyElsesProgram) {
  rotate_dedupe();
  EXPECT_EQ(town_.pay({"c2", "FT2", 1'000}).status, 200);
  EXPECT_EQ(server_.stop(), 0);
  auto const verified = run_qrpay({"ledger", "verify", server_.data()});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  std::string const tiles = server_.directory() + "/tiles";
  auto const exported = run_qrpay({"ledger", "export", "--tiles", tiles, "--data", server_.data()});
  EXPECT_EQ(exported.exit_code, 0) << exported.output;
  auto const theirs = cli::run_process(
      {QRPAY_PYTHON, "-B", kVerifier, "folder", tiles, "--key", server_.log_vkey()});
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->exit_code, 0) << theirs->output;
  EXPECT_TRUE(holds(theirs->output, "\"secret\": 1")) << theirs->output;
  server_.start();
}

TEST_F(Rotation, WithoutACopyIsRefused) {
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_EQ(keys({"rotate-dedupe"}).exit_code, 2);
  auto const same = keys({"rotate-dedupe", "--backup", path("/keys")});
  EXPECT_EQ(same.exit_code, 2) << same.output;
  EXPECT_FALSE(fs::exists(path("/keys/dedupe.2.secret")));
  server_.start();
  EXPECT_EQ(town_.pay({"c1", "FT1", 20'000}).text, credit_.text);
}

TEST_F(Rotation, BesideAServerIsRefused) {
  auto const done = keys({"rotate-dedupe", "--backup", backup_});
  EXPECT_EQ(done.exit_code, 5) << done.output;
  EXPECT_TRUE(holds(done.output, "data_dir_in_use")) << done.output;
  EXPECT_FALSE(fs::exists(path("/keys/dedupe.2.secret")));
}

// As a crash between the files and the record leaves it.
TEST_F(Rotation, ThatWasCutShortIsTakenUpAndUsesNothingUntilThen) {
  EXPECT_EQ(server_.stop(), 0);
  std::string const secret(64, 'a');
  fs::create_directories(backup_);
  std::ofstream(backup_ + "/dedupe.2.secret") << secret << "\n";
  std::ofstream(path("/keys/dedupe.2.secret")) << secret << "\n";
  server_.start();
  EXPECT_EQ(town_.pay({"c1", "FT1", 20'000}).text, credit_.text);
  Answer const between = town_.pay({"c2", "FT2", 1'000});
  EXPECT_EQ(between.status, 200);
  rotate_dedupe();
  std::string kept;
  std::ifstream(path("/keys/dedupe.2.secret")) >> kept;
  EXPECT_EQ(kept, secret);
  EXPECT_EQ(town_.pay({"c2", "FT2", 1'000}).text, between.text);
  EXPECT_EQ(server_.stop(), 0);
  std::ofstream(backup_ + "/dedupe.3.secret") << std::string(64, 'b') << "\n";
  std::ofstream(path("/keys/dedupe.3.secret")) << std::string(64, 'c') << "\n";
  auto const differ = keys({"rotate-dedupe", "--backup", backup_});
  EXPECT_TRUE(holds(differ.output, "wrong_secret")) << differ.output;
  server_.start();
}

TEST_F(Rotation, AWrongGenerationIsRefusedAndALostOneMakesTheLedgerReadOnly) {
  rotate_dedupe();
  Answer const second = town_.pay({"c2", "FT2", 1'000});
  EXPECT_EQ(second.status, 200);
  for (std::string const file : {"/keys/dedupe.2.secret", "/keys/dedupe.secret"}) {
    SCOPED_TRACE(file);
    EXPECT_EQ(server_.stop(), 0);
    fs::rename(path(file), server_.directory() + "/kept");
    std::ofstream(path(file)) << std::string(64, '5') << "\n";
    expect_refused(5, "wrong_secret");
    fs::remove(path(file));
    server_.start();
    expect_read_only("secret_missing");
    Answer const unknown = town_.bank.get("/v1/bank/credits/never-told");
    EXPECT_EQ(unknown.status, 503) << "it may be there: " << unknown.text;
    EXPECT_EQ(server_.stop(), 0);
    fs::rename(server_.directory() + "/kept", path(file));
    server_.start();
    EXPECT_EQ(town_.pay({"c1", "FT1", 20'000}).text, credit_.text);
    EXPECT_EQ(town_.pay({"c2", "FT2", 1'000}).text, second.text);
    EXPECT_EQ(town_.bank.get("/v1/bank/credits/never-told").status, 404);
  }
}

TEST_F(Rotation, ALostVaultMakesTheLedgerReadOnlyUntilItIsBack) {
  for (std::string const file : {"/vault/vault", "/keys/epoch.key"}) {
    SCOPED_TRACE(file);
    EXPECT_EQ(server_.stop(), 0);
    fs::rename(path(file), server_.directory() + "/kept");
    auto const rebuilt = run_qrpay({"ledger", "rebuild", "--dir", server_.data()});
    EXPECT_EQ(rebuilt.exit_code, 5) << "it would lose what only the vault opens";
    server_.start();
    expect_read_only("vault_missing");
    Answer const known = town_.bank.get("/v1/bank/credits/c1");
    EXPECT_EQ(known.status, 200) << known.text;
    EXPECT_EQ(number_at(known.json, "amount"), number_at(credit_.json, "amount"));
    EXPECT_EQ(town_.bank.get("/v1/bank/credits/never-told").status, 404);
    EXPECT_EQ(server_.stop(), 0);
    fs::rename(server_.directory() + "/kept", path(file));
    server_.start();
    EXPECT_EQ(town_.pay({"c1", "FT1", 20'000}).text, credit_.text);
  }
}

TEST_F(Rotation, OfTheKeyFileLeavesOldKeysAliveUntilTheyAreRevoked) {
  EXPECT_EQ(server_.stop(), 0);
  auto const early = keys({"retire-server", "--generation", "1"});
  EXPECT_EQ(early.exit_code, 2) << "the newest: " << early.output;
  auto const rotated = keys({"rotate-server"});
  EXPECT_EQ(rotated.exit_code, 0) << rotated.output;
  server_.start();
  EXPECT_EQ(town_.pay({"c2", "FT2", 1'000}).status, 200) << "signed by a key of before";
  Caller const bank = town_.add_key("vcb-2", "bank", "vcb");
  Caller next_operator = town_.add_key("operator-2", "operator", {});
  Caller mine(bank);
  EXPECT_EQ(town_.pay(mine, {"c3", "FT3", 1'000}).status, 200) << "signed by a key of after";
  EXPECT_EQ(server_.stop(), 0);
  auto const refused = keys({"retire-server", "--generation", "1"});
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_TRUE(holds(refused.output, "not revoked")) << refused.output;
  fs::rename(path("/keys/server.key"), server_.directory() + "/kept");
  expect_refused(5, "wrong_key");
  fs::rename(server_.directory() + "/kept", path("/keys/server.key"));
  server_.start();
  auto const revoke = [&](std::string const& id, std::string_view role, std::string_view scope) {
    std::string body = "{\"role\":\"" + std::string(role) + "\",\"revoked\":true";
    if (!scope.empty()) body += ",\"scope\":\"" + std::string(scope) + "\"";
    Answer const answer =
        next_operator.ask({"PUT", "/v1/keys/" + id, body + "}", {{"If-Match", "\"1\""}}});
    EXPECT_LT(answer.status, 300) << id << ": " << answer.text;
  };
  revoke("operator", "operator", "");
  revoke("vcb", "bank", "vcb");
  revoke("hoa", "merchant", "hoa");
  revoke("till-1", "terminal", "till-1");
  revoke("auditor", "auditor", "");
  EXPECT_EQ(server_.stop(), 0);
  auto const retired = keys({"retire-server", "--generation", "1"});
  EXPECT_EQ(retired.exit_code, 0) << retired.output;
  EXPECT_FALSE(fs::exists(path("/keys/server.key")));
  EXPECT_EQ(keys({"retire-server", "--generation", "1"}).exit_code, 0) << "again, as after a crash";
  server_.start();
  EXPECT_EQ(town_.pay(mine, {"c4", "FT4", 1'000}).status, 200);
  EXPECT_EQ(town_.pay({"c5", "FT5", 1'000}).status, 401) << "of the retired file";
}

}  // namespace
}  // namespace qrpay::e2e
