// Formance's log export: what a line says, and the steps all of them become.
#include "import/formance.h"

#include "ledger/kind.h"
#include "tests/import/files.h"

namespace qrpay::import::test {
namespace {

std::string posting(std::string const& source, std::string const& destination, std::int64_t amount,
                    std::string const& asset = "VND") {
  return R"({"source":")" + source + R"(","destination":")" + destination + R"(","amount":)" +
         std::to_string(amount) + R"(,"asset":")" + asset + R"("})";
}

std::string log_of(int id, std::string const& postings,
                   std::string const& type = "NEW_TRANSACTION") {
  return R"({"type":")" + type + R"(","data":{"transaction":{"postings":[)" + postings +
         R"(],"metadata":{},"timestamp":"2025-02-17T12:07:41.522336Z","id":)" + std::to_string(id) +
         R"(,"reverted":false},"accountMetadata":{}},"date":"2025-02-17T12:07:41.534898Z",)" +
         R"("idempotencyKey":"","id":)" + std::to_string(id) + R"(,"hash":"g489"})" + "\n";
}

std::string metadata_of(int id) {
  return R"({"type":"SET_METADATA","data":{"targetType":"ACCOUNT","targetId":"world",)"
         R"("metadata":{"a":"b"}},"date":"2025-02-17T12:07:41Z","id":)" +
         std::to_string(id) + "}\n";
}

Passed pass(std::string const& text, FormanceOptions const& options = {}) {
  Folder const folder;
  return folder.pass(formance_ndjson(folder.write("l.ndjson", text), options));
}

TEST(Formance, TransactionsBecomeTransfersWithTheirOwnTime) {
  auto const passed = pass(log_of(0, posting("world", "a", 100)) + metadata_of(1) +
                           log_of(2, posting("a", "b", 30) + "," + posting("a", "c", 20, "VND/0")) +
                           log_of(3, posting("b", "a", 30), "REVERTED_TRANSACTION"));
  ASSERT_EQ(passed.error, "");
  ASSERT_EQ(passed.steps.size(), 3U);
  EXPECT_EQ(passed.steps[1].id, "tx-2");
  EXPECT_EQ(passed.steps[1].line, 3U);
  auto const& transfer = std::get<engine::Transfer>(passed.steps[1].payload);
  EXPECT_EQ(transfer.legs.size(), 4U);
  EXPECT_EQ(transfer.occurred_at, base::WallTime(1'739'794'061'522'336));
  EXPECT_EQ(passed.books.counts.nothing_moved, 1U);
  // world, a, b, c in the order of their first mention; what comes in is a credit.
  ASSERT_EQ(passed.books.subjects().size(), 4U);
  auto const a = passed.books.book().find(passed.books.account_at(1));
  EXPECT_EQ(a.posted_credit, 130);
  EXPECT_EQ(a.posted_debit, 50);
}

TEST(Formance, WhatMovesNothingOpensItsAccountsAndNoMore) {
  auto const passed = pass(log_of(0, posting("world", "a", 0)) + log_of(1, posting("b", "b", 5)));
  EXPECT_EQ(passed.error, "");
  EXPECT_TRUE(passed.steps.empty());
  EXPECT_EQ(passed.books.subjects().size(), 3U);
  EXPECT_EQ(passed.books.counts.nothing_moved, 2U);
}

TEST(Formance, APrefixKeepsTwoLedgersApart) {
  auto const passed = pass(log_of(1, posting("world", "a", 1)), {.prefix = "eu."});
  EXPECT_EQ(passed.steps.at(0).id, "eu.tx-1");
  EXPECT_EQ(passed.books.subjects()[0].id, "eu.world");
}

TEST(Formance, EveryFaultNamesLineAndPointer) {
  std::string const good = log_of(0, posting("world", "a", 1));
  std::string many = posting("world", "a", 1);
  for (int i = 1; i < 33; ++i) many += "," + posting("world", "a", 1);
  struct Row {
    std::string text;
    char const* error;
  };
  for (auto const& [text, error] : std::vector<Row>{
           {good + "[]\n", "line 2: not an object"},
           {good + good, "line 2, /id: not the one after the line before"},
           {log_of(2, posting("world", "a", 1)), "line 1, /id: not the one after the line before"},
           {good + log_of(2, posting("world", "a", 1)),
            "line 2, /id: not the one after the line before"},
           {log_of(0, posting("world", "a", 1, "USD/2")),
            "line 1, /data/transaction/postings/0/asset: only VND is settled"},
           {log_of(0, posting("world", "a", 1, "VND/2")),
            "line 1, /data/transaction/postings/0/asset: only VND is settled"},
           {log_of(0, posting("world", "a", 1) + "," + posting("world", "a", -1)),
            "line 1, /data/transaction/postings/1/amount: not a whole number from 0"},
           {log_of(0, posting("world", "a", 10'000'000'000'000)),
            "line 1, /data/transaction/postings/0/amount: over 9999999999999 dong"},
           {log_of(0, posting("world", "a/b", 1)), "not an account's name"},
           {log_of(0, posting("world", std::string(65, 'a'), 1)),
            "an account's name of more than 64 characters"},
           {log_of(0, many), "more than 32 that move money"},
           {log_of(0, posting("world", "a", 1), "ORDER_SKIPPED"),
            "line 1, /type: a kind of log nobody knows"},
           {R"({"id":0,"type":"NEW_TRANSACTION"})", "line 1, /data: missing"},
           {R"({"id":0,"id":0,"type":"SET_METADATA"})", "line 1: /id"},
           {"\n", "line 1: offset"},
       }) {
    std::string const found = pass(text).error;
    EXPECT_NE(found.find(error), std::string::npos) << found << "\n" << text;
    EXPECT_TRUE(found.starts_with("QRPAY-1022 import_refused: l.ndjson line ")) << found;
  }
}

TEST(Formance, MoneyOfAColourIsRefused) {
  std::string coloured = posting("world", "a", 1);
  coloured.insert(coloured.size() - 1, R"(,"color":"red")");
  EXPECT_NE(pass(log_of(0, coloured)).error.find("/postings/0/color"), std::string::npos);
  std::string plain = posting("world", "a", 1);
  plain.insert(plain.size() - 1, R"(,"color":"")");
  EXPECT_EQ(pass(log_of(0, plain)).error, "");
}

}  // namespace
}  // namespace qrpay::import::test
