// `qrpay ledger import` against files that a program of its own made, with its own balances.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <fstream>
#include <map>
#include <thread>

#include "cli/verbs.h"
#include "ledger/log.h"
#include "tests/e2e/server.h"

namespace qrpay::e2e {
namespace {

using gateway::json::Value;

constexpr char kForeign[] = QRPAY_SOURCE_DIR "/tests/e2e/foreign_ledgers.py";
constexpr char kVerifier[] = QRPAY_SOURCE_DIR "/audit/verifier/qrpay_audit.py";

/// Posted debits and credits, held debits and credits.
using Totals = std::array<std::int64_t, 4>;

Value python(std::vector<std::string> const& arguments) {
  std::vector<std::string> command = {QRPAY_PYTHON, "-B"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto const finished = cli::run_process(command);
  EXPECT_TRUE(finished && finished->exit_code == 0);
  auto value = gateway::json::parse(finished ? finished->output : "", 1 << 24);
  EXPECT_TRUE(value) << finished->output;
  return value ? std::move(*value) : Value{};
}

bool has_ended(int pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

/// A ledger that nobody serves, and a folder for what is imported.
class Import : public testing::Test {
 protected:
  Import() { server_.stop(); }

  [[nodiscard]] std::string file(std::string const& name) const {
    return server_.directory() + "/" + name;
  }
  Value make(std::string const& kind, std::uint64_t seed, int lines) {
    return python({kForeign, kind, server_.directory(), "--seed", std::to_string(seed), "--lines",
                   std::to_string(lines)});
  }
  [[nodiscard]] std::vector<std::string> command(std::string const& kind) const {
    std::vector<std::string> words = {"ledger", "import", "--json", "--dir", server_.data()};
    if (kind == "formance") {
      words.insert(words.end(), {"--format", "formance-ndjson", file("logs.ndjson")});
    } else {
      words.insert(words.end(), {"--format", "transfers-csv", "--accounts", file("accounts.csv"),
                                 file("transfers.csv")});
    }
    return words;
  }
  Value import(std::string const& kind) {
    auto const finished = run_qrpay(command(kind));
    EXPECT_EQ(finished.exit_code, 0) << finished.output;
    auto value = gateway::json::parse(finished.output);
    return value ? std::move(*value) : Value{};
  }
  [[nodiscard]] std::map<std::string, Totals> expected() const {
    std::map<std::string, Totals> accounts;
    std::ifstream in(file("expected.csv"));
    for (std::string line; std::getline(in, line);) {
      std::size_t at = line.find(',');
      Totals& totals = accounts[line.substr(0, at)];
      for (auto& total : totals) {
        total = std::stoll(line.substr(at + 1));
        at = line.find(',', at + 1);
      }
    }
    return accounts;
  }
  /// The second program folds our export; the server says which account has which id.
  void expect_balances(std::size_t accounts_min) {
    auto const wanted = expected();
    ASSERT_GE(wanted.size(), accounts_min);
    auto const exported =
        run_qrpay({"ledger", "export", "--tiles", file("tiles"), "--data", server_.data()});
    ASSERT_EQ(exported.exit_code, 0) << exported.output;
    Value const checked =
        python({kVerifier, "folder", file("tiles"), "--key", server_.log_vkey(), "--balances"});
    Value const* const balances = checked.find("balances");
    ASSERT_NE(balances, nullptr);
    server_.start();
    auto operators = Caller::bearer(server_, server_.operator_token());
    for (auto const& [id, totals] : wanted) {
      Answer const account = operators.get("/v1/accounts/" + id);
      ASSERT_EQ(account.status, 200) << id << account.text;
      Value const* const found = balances->find(text_at(account.json, "ledger_account"));
      ASSERT_NE(found, nullptr) << id;
      for (std::size_t i = 0; i < totals.size(); ++i)
        EXPECT_EQ(*(*found->if_array())[i].if_integer(), totals[i]) << id << " total " << i;
    }
    server_.stop();
  }

  Server server_;
};

TEST_F(Import, TransfersOfAnotherLedgerEndInItsBalances) {
  std::uint64_t const seed = test_run().seed;
  Value const made = make("transfers", seed, test_run().is_long ? 20'000 : 4'000);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  // A file that has nothing of a kind proves nothing about it.
  for (char const* kind : {"refused", "posts", "voids", "linked", "pending", "closed", "expiring"})
    EXPECT_GE(number_at(made, kind), 3) << kind;
  Value const done = import("transfers");
  EXPECT_EQ(number_at(done, "lines"), number_at(made, "lines"));
  EXPECT_EQ(number_at(done, "different_balances"), 0);
  EXPECT_GE(number_at(done, "expired"), 3);
  EXPECT_GT(number_at(done, "held"), 0);
  expect_balances(100);
}

TEST_F(Import, TheLogOfFormanceEndsInItsBalances) {
  std::uint64_t const seed = test_run().seed;
  Value const made = make("formance", seed, test_run().is_long ? 20'000 : 4'000);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Value const done = import("formance");
  EXPECT_EQ(number_at(done, "lines"), number_at(made, "lines"));
  EXPECT_EQ(number_at(done, "different_balances"), 0);
  expect_balances(50);
}

TEST_F(Import, TwiceIsOnce) {
  for (std::string const kind : {"transfers", "formance"}) {
    make(kind, 3, 1'000);
    Value const first = import(kind);
    EXPECT_GT(number_at(first, "new_records"), 100);
    EXPECT_EQ(number_at(first, "repeated"), 0);
    Value const again = import(kind);
    EXPECT_EQ(number_at(again, "new_records"), 0);
    EXPECT_EQ(number_at(again, "repeated"), number_at(first, "new_records"));
    EXPECT_EQ(number_at(again, "different_balances"), 0);
  }
}

TEST_F(Import, KilledAtAnyMomentItIsRunAgainAndNothingIsTwice) {
  make("transfers", 5, 30'000);
  std::string const mark = server_.data() + "/durable";
  auto const durable = [&] {
    auto const read = ledger::DurableMark::read(mark);
    return read && *read ? (*read)->value() : 0;
  };
  std::vector<std::string> words = command("transfers");
  words.insert(words.begin(), QRPAY_PROGRAM);
  int kills = 0;
  for (std::uint64_t least : {10U, 200U, 2'000U, 9'000U}) {
    auto child = cli::Child::start(words);
    ASSERT_TRUE(child);
    // Until so much of it is on the disk, or all.
    while (durable() < least && !has_ended(child->pid())) std::this_thread::yield();
    ::kill(child->pid(), SIGKILL);
    if (child->wait() != 0) ++kills;
  }
  EXPECT_GE(kills, 3);
  Value const last = import("transfers");
  EXPECT_EQ(number_at(last, "different_balances"), 0);
  // Operator's key and genesis are the first two records.
  EXPECT_EQ(durable(), static_cast<std::uint64_t>(2 + number_at(last, "new_records") +
                                                  number_at(last, "repeated")));
  expect_balances(100);
}

TEST_F(Import, AWrongLineChangesNothingAndIsNamed) {
  make("transfers", 4, 500);
  std::ofstream(file("transfers.csv"), std::ios::app) << "1,2,3,x,0,0,704,1,0,9\n";
  auto const finished = run_qrpay(command("transfers"));
  EXPECT_EQ(finished.exit_code, cli::kFoundBad);
  EXPECT_NE(finished.output.find("QRPAY-1022 import_refused: " + file("transfers.csv") + " line "),
            std::string::npos)
      << finished.output;
  EXPECT_NE(finished.output.find(", amount: "), std::string::npos) << finished.output;
  EXPECT_EQ(ledger::DurableMark::read(server_.data() + "/durable").value(), base::Sequence(2));
}

TEST_F(Import, WhatTheLedgerRefusesNamesTheLine) {
  make("formance", 4, 200);
  import("formance");
  // The same ids with other content are another ledger's.
  make("formance", 5, 200);
  auto const finished = run_qrpay(command("formance"));
  EXPECT_EQ(finished.exit_code, cli::kFoundBad) << finished.output;
  EXPECT_NE(finished.output.find("import_refused: " + file("logs.ndjson") + " line "),
            std::string::npos)
      << finished.output;
  EXPECT_NE(finished.output.find("id_reused"), std::string::npos) << finished.output;
}

}  // namespace
}  // namespace qrpay::e2e
