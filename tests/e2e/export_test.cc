// The ledger as files for others: exported, served, and checked by a program that is not ours.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/files.h"
#include "ledger/checkpoint.h"
#include "tests/e2e/auditing.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

constexpr char kNegatives[] = QRPAY_SOURCE_DIR "/tests/e2e/verifier_negatives.py";

/// Relative path -> content.
std::map<std::string, std::string> files_below(std::string const& directory) {
  std::map<std::string, std::string> files;
  for (auto const& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), directory).string()] = slurp(entry.path().string());
  return files;
}

gateway::json::Value parsed(std::string const& text) {
  auto value = gateway::json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? std::move(*value) : gateway::json::Value{};
}

/// A town that trades, its ledger exported.
class Export : public testing::Test {
 protected:
  /// So many credits of every sort, each a record; repeats post nothing and are none.
  void trade(int credits) {
    for (int i = 0; i < credits; ++i, ++traded_) {
      std::string const id = "c" + std::to_string(traded_);
      Credit credit{id, "FT" + id, 1'000 + traded_ % 97 * 100};
      if (traded_ % 11 == 3) credit.account = "999" + std::to_string(traded_);  // nobody's
      if (traded_ % 13 == 5) credit.memo = "QNH dang do";
      EXPECT_EQ(town_.pay(credit).status, 200);
    }
  }
  /// An order that is paid in two parts and too much; cash, told twice.
  void order_and_declare() {
    Answer const order = town_.put_order("don-1", 50'000);
    std::string const code = text_at(order.json, "code");
    EXPECT_EQ(order.status, 201) << order.text;
    for (std::string const id : {"o1", "o2"})
      EXPECT_EQ(town_.pay({id, "FT" + id, 30'000, "tt " + code}).status, 200);
    std::string const cash = "/v1/cash-declarations/hoa-cho/" + town_.day() + "/";
    for (std::string const revision : {"1", "2"}) {
      std::string const body =
          object({{"terminal", "till-1"}}, {{"amount", revision == "1" ? 100'000 : 250'000}});
      EXPECT_EQ(town_.till.put(cash + revision, body).status, 201);
    }
  }
  /// Between two accounts, one with a floor: transfers down to it and one too many; holds that are
  /// posted in part, given back and left; a side that is closed.
  void move_money() {
    std::string const any = open_general(R"({"type":"general"})", "any");
    std::string const floored = open_general(R"({"type":"general","limit":"floor"})", "floored");
    std::string const in = object({{"debit", any}, {"credit", floored}}, {{"amount", 1'000}});
    std::string const out = object({{"debit", floored}, {"credit", any}}, {{"amount", 400}});
    expect_done(town_.operators.put("/v1/transfers/t1", in));
    expect_done(town_.operators.put("/v1/transfers/t2", out));
    for (std::string const hold : {"h1", "h2", "h3"}) {
      std::string const body = object({{"debit", floored}, {"credit", any}}, {{"amount", 200}});
      expect_done(town_.operators.put("/v1/holds/" + hold, body));
    }
    EXPECT_EQ(text_at(town_.operators.put("/v1/transfers/t3", out).json, "outcome"),
              "floor_reached");
    expect_done(
        town_.operators.post("/v1/holds/h1/post", object({{"id", "p1"}}, {{"amount", 50}})));
    expect_done(town_.operators.post("/v1/holds/h2/void", object({{"id", "v1"}})));
    expect_done(town_.operators.post("/v1/ledger-accounts/" + floored + "/close",
                                     R"({"id":"z1","side":"credit","with_balance":true})"));
    EXPECT_EQ(text_at(town_.operators.put("/v1/transfers/t4", in).json, "outcome"),
              "account_closed");
  }
  std::string open_general(std::string const& body, std::string const& id) {
    return text_at(town_.operators.put("/v1/accounts/" + id, body).json, "ledger_account");
  }
  static void expect_done(Answer const& answer) {
    EXPECT_EQ(answer.status / 100, 2) << answer.text;
    EXPECT_EQ(text_at(answer.json, "outcome"), "done") << answer.text;
  }
  void do_everything_once() {
    order_and_declare();
    move_money();
  }
  /// A receipt of the last record needs a checkpoint over all of them.
  void sign_all() {
    Answer const ready = town_.auditor.get("/readyz");
    auto const last = static_cast<std::uint64_t>(number_at(ready.json, "durable_size"));
    EXPECT_EQ(town_.auditor.get("/v1/ledger/proof/" + std::to_string(last)).status, 200);
  }
  void export_to(std::string const& tiles) {
    auto const exported =
        run_qrpay({"ledger", "export", "--data", server_.data(), "--tiles", tiles, "--json"});
    ASSERT_EQ(exported.exit_code, 0) << exported.output;
  }
  gateway::json::Value verified_by_qrpay() {
    auto const checked = run_qrpay({"ledger", "verify", server_.data(), "--json"});
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    return parsed(checked.output);
  }
  gateway::json::Value verified_by_auditor(std::vector<std::string> const& more = {}) {
    std::vector<std::string> arguments = {kVerifier, "folder", tiles_, "--key", server_.log_vkey()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto const checked = run_python(arguments);
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    return parsed(checked.output);
  }
  std::string receipt_of(std::uint64_t sequence) {
    return town_.auditor.get("/v1/ledger/proof/" + std::to_string(sequence)).text;
  }

  Server server_;
  Town town_{server_};
  std::string tiles_ = server_.directory() + "/tiles";
  int traded_ = 0;
};

TEST_F(Export, TheSecondVerifierAgreesOnRootSizeAndEveryBalance) {
  do_everything_once();
  trade(250);
  sign_all();
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));  // beside the running server
  trade(270);
  Answer const report = town_.auditor.get(
      "/v1/reports/cashless-ratio?commune=06838&from=" + town_.day() + "&to=" + town_.day());
  ASSERT_EQ(server_.stop(), 0);
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));

  auto const ours = verified_by_qrpay();
  auto const theirs = verified_by_auditor({"--balances", "--cr1", town_.day(), town_.day()});
  EXPECT_GT(number_at(theirs, "size"), 512);
  EXPECT_EQ(number_at(theirs, "size"), number_at(ours, "records"));
  for (char const* name : {"origin", "root", "book"}) {
    EXPECT_FALSE(text_at(theirs, name).empty());
    EXPECT_EQ(text_at(theirs, name), text_at(ours, name)) << name;
  }
  EXPECT_EQ(number_at(theirs, "accounts"), number_at(ours, "accounts"));
  auto const folder =
      run_qrpay({"ledger", "verify-export", tiles_, "--key", server_.log_vkey(), "--json"});
  ASSERT_EQ(folder.exit_code, 0) << folder.output;
  for (char const* name : {"origin", "root", "book"})
    EXPECT_EQ(text_at(parsed(folder.output), name), text_at(ours, name)) << name;
  EXPECT_EQ(number_at(parsed(folder.output), "size"), number_at(ours, "records"));
  EXPECT_EQ(number_at(theirs, "unread_records"), 0) << "a tag that record.md does not tell";

  ASSERT_EQ(report.status, 200) << report.text;
  std::int64_t sales = 0;
  std::int64_t sum = 0;
  std::int64_t cash = 0;
  gateway::json::Value const* inputs = theirs.find("cr1_inputs");
  ASSERT_NE(inputs, nullptr);
  for (auto const& [shop, row] : *inputs->if_object()) {
    sales += number_at(row, "sales");
    sum += number_at(row, "sum");
    cash += number_at(row, "cash");
  }
  EXPECT_EQ(sales, number_at(report.json, "sales.count"));
  EXPECT_EQ(sum, number_at(report.json, "sales.amount"));
  EXPECT_EQ(cash, number_at(report.json, "cash_declared.amount"));
}

TEST_F(Export, TheSecondVerifierNamesEveryFlippedByteForgeryAndRollback) {
  do_everything_once();
  trade(60);
  sign_all();
  std::string const old = server_.directory() + "/old";
  ASSERT_NO_FATAL_FAILURE(export_to(old));
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));
  trade(240);
  sign_all();
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));
  std::string const receipt = server_.directory() + "/receipt.txt";
  spill(receipt, receipt_of(40));
  ASSERT_EQ(server_.stop(), 0);

  // What only the operator himself could forge: two roots for one size, under the log's own key.
  auto const seed = base::read_secret_file(server_.data() + "/keys/log.key");
  ASSERT_TRUE(seed);
  std::string const origin = server_.log_vkey().substr(0, server_.log_vkey().find('+'));
  auto const signer = ledger::NoteSigner::make(origin, *seed);
  ledger::NoteSigner const* signers[] = {&*signer};
  auto const note = ledger::parse_note(slurp(old + "/checkpoint"));
  ASSERT_TRUE(note);
  auto checkpoint = ledger::parse_checkpoint(note->text);
  ASSERT_TRUE(checkpoint);
  checkpoint->root[0] ^= 1;
  std::string const forked = server_.directory() + "/forked";
  spill(forked, ledger::sign_checkpoint(*checkpoint, signers).value());

  std::vector<std::string> arguments = {kNegatives,
                                        "--folder",
                                        tiles_,
                                        "--old",
                                        old,
                                        "--receipt",
                                        receipt,
                                        "--forked",
                                        forked,
                                        "--key",
                                        server_.log_vkey(),
                                        "--seed",
                                        std::to_string(test_run().seed)};
  if (test_run().is_long) arguments.push_back("--many");
  auto const run = run_python(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  // Our own verb refuses the same, and names the same file.
  arguments.insert(arguments.end(), {"--qrpay", QRPAY_PROGRAM});
  auto const ours = run_python(arguments);
  EXPECT_EQ(ours.exit_code, 0) << ours.output;
}

TEST_F(Export, TheProgramsThemselvesSayWhichFileIsBad) {
  sign_all();
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));
  std::string const name =
      "tile/entries/000.p/" + std::to_string(number_at(verified_by_auditor(), "size"));
  std::string content = slurp(tiles_ + "/" + name);
  content[300] = static_cast<char>(content[300] ^ 4);
  spill(tiles_ + "/" + name, content);
  auto const bad = run_python({kVerifier, "folder", tiles_, "--key", server_.log_vkey()});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_TRUE(bad.output.starts_with("BAD " + name + ": ")) << bad.output;

  std::string const receipt = server_.directory() + "/receipt.txt";
  spill(receipt, receipt_of(1));
  EXPECT_EQ(run_python({kVerifier, "receipt", receipt, "--key", server_.log_vkey()}).exit_code, 0);
  std::string const other = "other.test/0/1+0188daea+AWoZYlpqggzH3WPl9TwXW2PSQ1OCb1pBxmcFb83VrksV";
  EXPECT_EQ(run_python({kVerifier, "receipt", receipt, "--key", other}).exit_code, 2);
  EXPECT_EQ(
      run_python({kVerifier, "receipt", receipt + ".not", "--key", server_.log_vkey()}).exit_code,
      2);
}

TEST_F(Export, TilesAreServedUnderTheirNamesAsTheyAreExported) {
  trade(270);
  sign_all();
  ASSERT_NO_FATAL_FAILURE(export_to(tiles_));
  trade(5);
  Caller nobody = Caller::nobody(server_);
  auto const files = files_below(tiles_);
  EXPECT_GT(files.size(), 5U);
  for (auto const& [name, content] : files) {
    if (name == "checkpoint") continue;
    bool const entries = name.starts_with("tile/entries/");
    Answer const answer = (entries ? town_.auditor : nobody).get("/" + name);
    EXPECT_EQ(answer.status, 200) << name;
    EXPECT_EQ(answer.text, content) << name;
    EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
    EXPECT_EQ(answer.header("cache-control"),
              entries ? "private, no-store" : "public, max-age=31536000, immutable");
    if (!entries) continue;
    EXPECT_EQ(nobody.get("/" + name).status, 401);
    EXPECT_EQ(town_.merchant.get("/" + name).status, 403);
    EXPECT_EQ(town_.bank.get("/" + name).status, 403);
    EXPECT_EQ(town_.operators.get("/" + name).status, 200);
  }
  Answer const checkpoint = nobody.get("/checkpoint");
  EXPECT_EQ(checkpoint.status, 200);
  EXPECT_EQ(checkpoint.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(checkpoint.header("cache-control"), "no-cache");
  EXPECT_EQ(checkpoint.text, nobody.get("/v1/ledger/checkpoint").text);
}

TEST_F(Export, NoTileHasAnotherNameNorLiesBeyondTheSignedSize) {
  trade(260);
  sign_all();
  ASSERT_EQ(town_.auditor.get("/tile/0/000").status, 200);
  for (std::string const bad : {"/tile/0/000.p/256",
                                "/tile/0/000.p/0",
                                "/tile/0/000.p/05",
                                "/tile/0/0",
                                "/tile/00/000",
                                "/tile/0/x000/000",
                                "/tile/0/000/",
                                "/tile/0/%3000",
                                "/tile/0/001",
                                "/tile/0/001.p/255",
                                "/tile/0/002.p/1",
                                "/tile/1/000",
                                "/tile/1/000.p/2",
                                "/tile/2/000.p/1",
                                "/tile/8/000.p/1",
                                "/tile/63/000.p/1",
                                "/tile/64/000.p/1",
                                "/tile/-1/000",
                                "/tile/0",
                                "/tile",
                                "/tile/0/abc",
                                "/tile/0/x018/x446/x744/x073/x709/551",
                                "/tile/0/x018/x446/x744/x073/x709/552",
                                "/tile/entries",
                                "/tile/entries/001",
                                "/tile/entries/001.p/255",
                                "/tile/entries/0/000",
                                "/tile/entries/x001/000",
                                "/tile/entries/000.p/256",
                                "/checkpoint/"})
    EXPECT_EQ(town_.auditor.get(bad).status, 404) << bad;
}

}  // namespace
}  // namespace qrpay::e2e
