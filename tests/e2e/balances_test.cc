// Balances at any past record, statements and trial balances over HTTP, against a fold of the
// journal's own records.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "ledger/book.h"
#include "ledger/log.h"
#include "ledger/rocks_store.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

using gateway::json::Value;
using ledger::AccountId;

std::vector<std::vector<std::string>> rows_of(std::string const& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    std::istringstream cells(line.substr(0, line.size() - 1) + ",");
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

class Balances : public testing::Test {
 protected:
  std::string open(std::string const& id) {
    Answer const answer =
        town_.operators.put("/v1/accounts/" + id, object({{"type", "general"}, {"limit", "none"}}));
    EXPECT_EQ(answer.status, 201) << answer.text;
    return text_at(answer.json, "ledger_account");
  }
  /// The sequence of its record.
  std::int64_t move(std::string const& from, std::string const& to, std::int64_t amount) {
    Answer const answer =
        town_.operators.put("/v1/transfers/m" + std::to_string(++moves_),
                            object({{"debit", to}, {"credit", from}}, {{"amount", amount}}));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return number_at(answer.json, "sequence");
  }
  std::int64_t hold(std::string const& from, std::string const& to, std::int64_t amount) {
    Answer const answer =
        town_.operators.put("/v1/holds/h" + std::to_string(++moves_),
                            object({{"debit", to}, {"credit", from}}, {{"amount", amount}}));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return number_at(answer.json, "sequence");
  }
  Answer get(std::string const& target) {
    Answer const answer = town_.operators.get(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.text;
    return answer;
  }
  std::int64_t balance(std::string const& account, std::string const& query = "") {
    return number_at(get("/v1/ledger/accounts/" + account + "/balance" + query).json, "balance");
  }

  /// Moves, holds and payments at random; the last sequence.
  std::int64_t trade(std::mt19937_64& random) {
    std::vector<std::string> const accounts = {a_, b_, open("c"), open("d")};
    std::int64_t last = 0;
    for (int i = 0; i < 60; ++i) {
      std::string const& from = accounts[random() % 4];
      std::string const& to = accounts[random() % 4];
      auto const amount = static_cast<std::int64_t>(1 + random() % 1'000'000);
      std::string const n = std::to_string(i);
      if (from == to)
        last = number_at(town_.pay({"p" + n, "FT" + n, amount}).json, "sequence");
      else
        last = random() % 3 == 0 ? hold(from, to, amount) : move(from, to, amount);
    }
    return last;
  }

  Server server_;
  Town town_{server_};
  std::string const a_ = open("a");
  std::string const b_ = open("b");
  int moves_ = 0;
};

TEST_F(Balances, TellWhatAnAccountHeldAfterAnyRecordAndAtAnyTime) {
  std::int64_t const first = move(a_, b_, 100);
  std::string const time = text_at(get("/v1/transfers/m1").json, "recorded_at");
  std::int64_t const second = move(b_, a_, 30);
  std::int64_t const held = hold(a_, b_, 7);
  Answer const now = get("/v1/accounts/b/balance");
  EXPECT_EQ(text_at(now.json, "ledger_account"), b_);
  EXPECT_EQ(text_at(now.json, "class"), "general");
  EXPECT_EQ(number_at(now.json, "sequence"), held);
  EXPECT_EQ(number_at(now.json, "balance"), 70);
  EXPECT_EQ(number_at(now.json, "posted.debit"), 100);
  EXPECT_EQ(number_at(now.json, "posted.credit"), 30);
  EXPECT_EQ(number_at(now.json, "held.debit"), 7);
  auto const at = [](std::int64_t sequence) { return "?at=" + std::to_string(sequence); };
  EXPECT_EQ(balance(b_, at(held)), 70);
  EXPECT_EQ(balance(b_, at(second)), 70);
  EXPECT_EQ(balance(b_, at(first)), 100);
  EXPECT_EQ(balance(b_, at(first - 1)), 0);
  EXPECT_EQ(balance(b_, at(0)), 0);
  EXPECT_EQ(balance(b_, "?at=2000-01-01"), 0);
  EXPECT_EQ(balance(b_, "?at=2100-01-01"), 70);
  // The time told is cut to milliseconds, so the record itself may lie just after it, and the next
  // one too.
  bool const together = text_at(get("/v1/transfers/m2").json, "recorded_at") == time;
  EXPECT_EQ(balance(b_, "?at=" + time.substr(0, time.size() - 1) + "999Z"), together ? 70 : 100);
  for (std::string const& bad : {at(held + 1), std::string("?at=soon"), std::string("?at=-1")})
    EXPECT_EQ(town_.operators.get("/v1/accounts/b/balance" + bad).status, 400) << bad;
  EXPECT_EQ(town_.operators.get("/v1/accounts/c/balance").status, 404);
  EXPECT_EQ(town_.operators.get("/v1/ledger/accounts/12/balance").status, 400);
}

TEST_F(Balances, OfShopsAndBankAccountsAreTheirMerchantsAlone) {
  ASSERT_EQ(town_.pay({"c1", "FT1", 5'000}).status, 200);
  Answer const mirror = town_.merchant.get("/v1/accounts/hoa-1/balance");
  ASSERT_EQ(mirror.status, 200) << mirror.text;
  EXPECT_EQ(text_at(mirror.json, "class"), "bank_mirror");
  EXPECT_EQ(number_at(mirror.json, "balance"), 5'000);
  Answer const statement = town_.merchant.get("/v1/accounts/hoa-1/statement");
  auto const lines = array_at(statement.json, "data");
  ASSERT_EQ(lines.size(), 1u) << statement.text;
  EXPECT_EQ(text_at(lines[0], "leg"), "receipt");
  EXPECT_EQ(text_at(lines[0], "business_day"), town_.day());
  auto const counter = array_at(lines[0], "counter_accounts");
  ASSERT_EQ(counter.size(), 1u);
  std::string const sales = *counter[0].if_string();
  EXPECT_EQ(
      number_at(town_.merchant.get("/v1/ledger/accounts/" + sales + "/balance").json, "balance"),
      -5'000);
  EXPECT_EQ(text_at(town_.auditor.get("/v1/ledger/accounts/" + sales + "/balance").json, "class"),
            "sales");

  Caller other = town_.add_merchant("lan");
  std::vector<std::string> const theirs = {"/v1/accounts/hoa-1", "/v1/ledger/accounts/" + sales};
  for (std::string const what : {"/balance", "/statement"}) {
    for (std::string const& account : theirs)
      for (Caller* caller : {&other, &town_.till, &town_.bank})
        EXPECT_EQ(caller->get(account + what).status, 403) << account << what;
    EXPECT_EQ(town_.merchant.get("/v1/accounts/a" + what).status, 403);
    EXPECT_EQ(town_.merchant.get("/v1/accounts/nobody" + what).status, 404);
    EXPECT_EQ(Caller::nobody(server_).get("/v1/accounts/a" + what).status, 401);
  }
  for (Caller* caller : {&town_.merchant, &town_.till, &town_.bank})
    EXPECT_EQ(caller->get("/v1/ledger/trial-balance").status, 403);
  EXPECT_EQ(town_.auditor.get("/v1/ledger/trial-balance").status, 200);
}

TEST_F(Balances, AStatementGoesOnByCursorAndIsTheSameAsCsv) {
  std::vector<std::int64_t> sequences;
  for (std::int64_t n = 1; n <= 7; ++n) sequences.push_back(move(a_, b_, n));
  std::string const path = "/v1/accounts/b/statement";
  std::string cursor;
  std::vector<Value> all;
  for (;;) {
    Answer const page = get(path + "?limit=3" + cursor);
    auto const lines = array_at(page.json, "data");
    if (all.empty()) {
      EXPECT_EQ(number_at(page.json, "opening_balance"), 0);
    }
    all.insert(all.end(), lines.begin(), lines.end());
    if (text_at(page.json, "next_cursor").empty()) break;
    cursor = "&cursor=" + text_at(page.json, "next_cursor");
  }
  ASSERT_EQ(all.size(), 7u);
  auto const rows = rows_of(get(path + "?format=csv").text);
  ASSERT_EQ(rows.size(), 10u);
  EXPECT_EQ(rows[1][0], "opening");
  EXPECT_EQ(rows.back()[0], "closing");
  EXPECT_EQ(rows.back()[5], "28");
  for (std::size_t i = 0; i < 7; ++i) {
    std::int64_t const n = static_cast<std::int64_t>(i) + 1;
    EXPECT_EQ(number_at(all[i], "sequence"), sequences[i]);
    EXPECT_EQ(number_at(all[i], "amount"), n);
    EXPECT_EQ(number_at(all[i], "balance"), n * (n + 1) / 2);
    EXPECT_EQ(text_at(all[i], "leg"), "transfer");
    auto const& row = rows[i + 2];
    EXPECT_EQ(row, (std::vector<std::string>{
                       "line", std::to_string(sequences[i]), "transfer", "posted",
                       std::to_string(n), std::to_string(n * (n + 1) / 2), a_,
                       text_at(all[i], "recorded_at"), text_at(all[i], "business_day")}));
  }
  std::string const part =
      "?from=" + std::to_string(sequences[2]) + "&to=" + std::to_string(sequences[4]);
  Answer const some = get(path + part);
  EXPECT_EQ(number_at(some.json, "opening_balance"), 3);
  ASSERT_EQ(array_at(some.json, "data").size(), 3u);
  EXPECT_EQ(number_at(array_at(some.json, "data")[0], "amount"), 3);
  EXPECT_EQ(array_at(get(path + "?from=2100-01-01").json, "data").size(), 0u);
  for (std::string const bad : {"?limit=0", "?limit=1001", "?cursor=x", "?from=x", "?format=xml",
                                "?from=5&to=3", "?to=999999999"})
    EXPECT_EQ(town_.operators.get(path + bad).status, 400) << bad;
}

/// The journal of a server that was stopped.
std::vector<ledger::Record> records_of(Server const& server) {
  auto const store = ledger::RocksStore::open_read_only(server.data() + "/journal");
  EXPECT_TRUE(store);
  ledger::Log log(**store, std::nullopt);
  std::vector<ledger::Record> records;
  EXPECT_TRUE(log.replay([&](ledger::StoredRecord const& stored) -> base::Result<void> {
    records.push_back(stored.record);
    return {};
  }));
  return records;
}

std::map<std::string, ledger::Account> fold(std::vector<ledger::Record> const& records,
                                            std::int64_t until) {
  ledger::Book book;
  std::map<std::string, ledger::Account> accounts;
  for (std::int64_t n = 0; n < until; ++n) {
    auto const& postings = records[static_cast<std::size_t>(n)].postings;
    book.apply(postings);
    for (auto const& posting : postings)
      accounts[base::to_hex(posting.account.value())] = book.find(posting.account);
  }
  return accounts;
}

void expect_movement(Value const& told, std::string const& layer, std::int64_t opening,
                     std::int64_t closing) {
  EXPECT_EQ(number_at(told, layer + ".opening"), opening);
  EXPECT_EQ(number_at(told, layer + ".closing"), closing);
  EXPECT_EQ(opening + number_at(told, layer + ".debit") - number_at(told, layer + ".credit"),
            closing);
}

TEST_F(Balances, ATrialBalanceOfAnyPeriodIsTheFoldOfItsRecords) {
  std::mt19937_64 random(test_run().seed);
  std::int64_t const last = trade(random);
  struct Asked {
    std::int64_t from;
    std::int64_t to;
    Value json;
    std::string csv;
  };
  std::vector<Asked> all;
  for (int i = 0; i < 12; ++i) {
    auto const to = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last + 1));
    auto const from = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(to + 1)) + 1;
    std::string const path =
        "/v1/ledger/trial-balance?from=" + std::to_string(from) + "&to=" + std::to_string(to);
    all.push_back({from, to, get(path).json, get(path + "&format=csv").text});
  }
  // The day is today's for all of them.
  Value const today = get("/v1/ledger/trial-balance?from=" + town_.day()).json;
  EXPECT_EQ(number_at(today, "until"), last);
  ASSERT_EQ(server_.stop(), 0);
  auto const records = records_of(server_);
  for (auto const& asked : all) {
    SCOPED_TRACE("records " + std::to_string(asked.from) + " to " + std::to_string(asked.to) +
                 ", seed " + std::to_string(test_run().seed));
    auto opening = fold(records, asked.from - 1);
    auto const closing = fold(records, asked.to);
    auto const told = array_at(asked.json, "accounts");
    ASSERT_EQ(told.size(), closing.size());
    auto const rows = rows_of(asked.csv);
    ASSERT_EQ(rows.size(), closing.size() + 2);
    std::size_t row = 0;
    for (auto const& [id, after] : closing) {  // both ascend by account
      auto const& before = opening[id];
      EXPECT_EQ(text_at(told[row], "ledger_account"), id);
      expect_movement(told[row], "posted", before.balance().dong(), after.balance().dong());
      expect_movement(told[row], "held", before.held_debit - before.held_credit,
                      after.held_debit - after.held_credit);
      EXPECT_EQ(number_at(told[row], "posted.debit"), after.posted_debit - before.posted_debit);
      auto const& cells = rows[++row];
      EXPECT_EQ(cells[0], id);
      EXPECT_EQ(cells[3], std::to_string(after.posted_debit - before.posted_debit));
      EXPECT_EQ(cells[5], std::to_string(after.balance().dong()));
    }
    // What was debited was credited: the totals of a sound ledger are zero and equal.
    EXPECT_EQ(number_at(asked.json, "total.posted.opening"), 0);
    EXPECT_EQ(number_at(asked.json, "total.posted.closing"), 0);
    EXPECT_EQ(number_at(asked.json, "total.posted.debit"),
              number_at(asked.json, "total.posted.credit"));
    EXPECT_EQ(number_at(asked.json, "total.held.closing"), 0);
    EXPECT_EQ(rows.back()[0], "total");
    // From the journal alone, without server and projections.
    auto const offline = run_qrpay({"ledger", "trial-balance", "--dir", server_.data(), "--from",
                                    std::to_string(asked.from), "--to", std::to_string(asked.to)});
    EXPECT_EQ(offline.exit_code, 0);
    EXPECT_EQ(offline.output, asked.csv);
  }
}

}  // namespace
}  // namespace qrpay::e2e
