// Closed periods in files of their own: whoever asks the server sees no border, and what the disk
// held of them is free.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/verbs.h"
#include "tests/e2e/audited_town.h"

namespace qrpay::e2e {
namespace {

namespace fs = std::filesystem;

/// More than one segment of 65,536 records.
constexpr int kTransfers = 70'000;

class Archive : public AuditedTown {
 protected:
  gateway::json::Value run(std::vector<std::string> arguments, int code = 0) {
    arguments.emplace_back("--json");
    auto const finished = run_qrpay(arguments);
    EXPECT_EQ(finished.exit_code, code) << arguments[1] << ": " << finished.output;
    auto value = gateway::json::parse(finished.output);
    return value ? std::move(*value) : gateway::json::Value{};
  }
  /// Two accounts, and transfers of 1 dong between them, by the program that brings them in.
  void fill() {
    std::string const accounts = server_.directory() + "/accounts.csv";
    std::string const transfers = server_.directory() + "/transfers.csv";
    spill(accounts, "id,ledger,code,flags\n1,704,1,0\n2,704,1,0\n");
    std::ofstream out(transfers);
    out << "id,debit_account_id,credit_account_id,amount,pending_id,timeout,ledger,code,flags,"
           "timestamp\n";
    for (int i = 1; i <= kTransfers; ++i)
      out << i + 10 << ",1,2,1,0,0,704,1,0," << 1'700'000'000'000'000'000 + i << "\n";
    out.close();
    run({"ledger", "import", "--format", "transfers-csv", "--accounts", accounts, transfers,
         "--dir", server_.data()});
  }
  gateway::json::Value archive() {
    return run(
        {"ledger", "archive", "--before", "66000", "--to", archive_, "--dir", server_.data()});
  }
  std::string archive_ = server_.directory() + "/archive";
};

TEST_F(Archive, IsServedAsIfItWereStillInTheJournal) {
  std::string const before = paid("before");
  ASSERT_EQ(server_.stop(), 0);
  fill();
  auto const root = text_at(run({"ledger", "verify", server_.data()}), "root");
  auto const archived = archive();
  EXPECT_EQ(number_at(archived, "through"), 65'536);
  EXPECT_LT(number_at(archived, "journal_bytes_after"),
            number_at(archived, "journal_bytes_before") / 4);
  EXPECT_EQ(text_at(run({"ledger", "verify", server_.data()}), "root"), root);

  server_.start();
  EXPECT_EQ(array_at(town_.operators.get("/readyz").json, "modes").size(), 0U);
  EXPECT_TRUE(town_.pay({"before", "FTbefore", 20'000}).replayed()) << "a repeat finds its first";
  EXPECT_EQ(text_at(town_.pay({"twice", "FTbefore", 20'000}).json, "outcome"), "notice_repeated");
  Answer const proof = town_.auditor.get("/v1/ledger/proof/1000");
  ASSERT_EQ(proof.status, 200) << proof.text;
  spill(server_.directory() + "/old", proof.text);
  for (auto const& receipt : {before, server_.directory() + "/old"})
    EXPECT_EQ(verdict(receipt, {server_.log_vkey()}), 0);
  EXPECT_EQ(number_at(town_.operators.get("/v1/accounts/1/balance").json, "balance"), kTransfers);
  EXPECT_EQ(number_at(town_.operators.get("/v1/accounts/1/balance?at=1000").json, "sequence") > 0,
            true);
  EXPECT_EQ(town_.pay({"after", "FTafter", 1'000}).status, 200);

  ASSERT_EQ(server_.stop(), 0);
  ASSERT_NO_FATAL_FAILURE(export_and_verify());
  EXPECT_EQ(audit(server_.log_vkey()), 0) << output_;
  run({"ledger", "backup", "--data", server_.data(), "--to", server_.directory() + "/backup"});
  auto const checked = run_qrpay({"ledger", "check", "--dir", server_.data()});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
}

TEST_F(Archive, NamesAFileThatIsMissingAndServesTheRest) {
  ASSERT_EQ(town_.pay({"old", "FTold", 20'000}).status, 200);
  ASSERT_EQ(server_.stop(), 0);
  fill();
  archive();
  std::string segment;
  for (auto const& entry : fs::directory_iterator(archive_))
    if (entry.path().filename().string().starts_with("segment-")) segment = entry.path().string();
  ASSERT_FALSE(segment.empty());
  fs::rename(segment, segment + ".away");
  server_.start();
  Answer const ready = town_.operators.get("/readyz");
  EXPECT_EQ(ready.status, 200) << ready.text;
  auto const modes = array_at(ready.json, "modes");
  ASSERT_EQ(modes.size(), 1U) << ready.text;
  EXPECT_NE(ready.text.find("archive_damaged"), std::string::npos);
  EXPECT_GE(town_.pay({"old", "FTold", 20'000}).status, 500) << "never decided anew";
  EXPECT_EQ(town_.pay({"new", "FTnew", 1'000}).status, 200) << "payments go on";
  ASSERT_EQ(server_.stop(), 0);
  auto const verified = run_qrpay({"ledger", "verify", server_.data()});
  EXPECT_NE(verified.exit_code, 0);
  EXPECT_NE(verified.output.find("segment-"), std::string::npos) << verified.output;
  fs::rename(segment + ".away", segment);
  server_.start();
  EXPECT_TRUE(town_.pay({"old", "FTold", 20'000}).replayed());
}

}  // namespace
}  // namespace qrpay::e2e
