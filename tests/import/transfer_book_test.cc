// What lines of accounts and transfers mean together, and the steps they become here.
#include "ledger/kind.h"
#include "tests/import/files.h"

namespace qrpay::import::test {
namespace {

constexpr std::uint64_t kStart = static_cast<std::uint64_t>(kNow) * 1000 - 90'000'000'000'000;

/// Account 1 has no limit, 2 a floor, 3 a ceiling, 4 none.
constexpr char kAccounts[] = "id,ledger,code,flags\n1,704,1,0\n2,704,1,2\n3,704,1,4\n4,704,1,0\n";

/// Lines as "id debit credit amount pending timeout flags", a microsecond apart; "@S" before one
/// lets S seconds pass.
std::string transfers(std::vector<std::string> const& lines) {
  std::string text =
      "id,debit_account_id,credit_account_id,amount,pending_id,timeout,flags,ledger,code,"
      "timestamp\n";
  std::uint64_t now = kStart;
  for (std::string line : lines) {
    if (line.starts_with('@')) {
      std::size_t const end = line.find(' ');
      now += std::stoull(line.substr(1, end - 1)) * 1'000'000'000;
      line.erase(0, end + 1);
    }
    for (char& c : line) c = c == ' ' ? ',' : c;
    text += line + ",704,1," + std::to_string(now += 1000) + "\n";
  }
  return text;
}

Passed pass(std::vector<std::string> const& lines, std::string const& accounts = kAccounts,
            TransferOptions const& options = {}) {
  Folder const folder;
  TransferFiles const files{folder.write("a.csv", accounts),
                            folder.write("t.csv", transfers(lines))};
  return folder.pass(transfers_csv(files, options));
}

std::string error_of(std::vector<std::string> const& lines) {
  std::string error = pass(lines).error;
  static constexpr std::string_view kStartOf = "QRPAY-1022 import_refused: ";
  return error.starts_with(kStartOf) ? error.substr(kStartOf.size()) : error;
}

/// Kind and id of each step.
std::string steps_of(Passed const& passed) {
  std::string text = passed.error;
  for (auto const& step : passed.steps) {
    text += std::string(ledger::kind_name(engine::kind_of(step.payload))) + " " + step.id;
    if (auto const* batch = std::get_if<engine::PutBatch>(&step.payload))
      text += "[" + std::to_string(batch->members.size()) + "]";
    text += "; ";
  }
  return text;
}

ledger::Account account(Passed const& passed, std::size_t index) {
  return passed.books.book().find(passed.books.account_at(index));
}

TEST(TransferBook, EachModeBecomesItsCommand) {
  auto const passed =
      pass({"10 1 4 100 0 0 0", "11 1 4 30 0 0 2", "12 0 0 20 11 0 4", "13 1 4 30 0 0 pending",
            "14 1 4 30 13 0 void_pending_transfer", "15 1 4 7 0 0 2",
            "16 0 0 340282366920938463463374607431768211455 15 0 4"});
  EXPECT_EQ(steps_of(passed),
            "transfer 10; hold 11; post 12; hold 13; void_hold 14; hold 15; post 16; ");
  EXPECT_EQ(account(passed, 0).posted_debit, 127);
  EXPECT_EQ(account(passed, 3).posted_credit, 127);
  EXPECT_EQ(account(passed, 0).held_debit, 0);
  auto const& hold = std::get<engine::PutHold>(passed.steps[1].payload);
  EXPECT_EQ(hold.occurred_at, base::WallTime(static_cast<std::int64_t>(kStart / 1000) + 2));
  EXPECT_EQ(passed.steps[1].line, 3U);
}

TEST(TransferBook, WhatMovesNothingLeavesNoStepButIsCounted) {
  auto const passed = pass(
      {"10 1 4 0 0 0 0", "11 1 4 0 0 0 2", "12 0 0 0 11 0 4", "13 1 4 9 0 0 2", "14 0 0 0 13 0 4"});
  EXPECT_EQ(steps_of(passed), "hold 13; void_hold 14; ");
  EXPECT_EQ(passed.books.counts.nothing_moved, 3U);
  EXPECT_EQ(passed.books.counts.lines, 5U);
}

TEST(TransferBook, AChainIsOneBatchAndFindsItsOwnHolds) {
  auto const passed = pass(
      {"10 1 4 5 0 0 1", "11 1 4 5 0 0 3", "12 0 0 5 11 0 5", "13 4 1 1 0 0 0", "14 4 1 1 0 0 0"});
  EXPECT_EQ(steps_of(passed), "batch 10[4]; transfer 14; ");
}

std::vector<std::string> chain_of(int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i)
    lines.push_back(std::to_string(100 + i) + " 1 4 1 0 0 " + (i + 1 < count ? "1" : "0"));
  return lines;
}

TEST(TransferBook, AChainThatNoBatchHoldsIsRefusedOrSplit) {
  EXPECT_EQ(steps_of(pass(chain_of(32))), "batch 100[32]; ");
  EXPECT_EQ(error_of(chain_of(33)),
            "t.csv line 34, flags: a linked chain of more than 32 members or 64 postings, from "
            "line 2");
  EXPECT_EQ(steps_of(pass(chain_of(70), kAccounts, {.split_chains = true})),
            "batch 100[32]; batch 132[32]; batch 164[6]; ");
}

TEST(TransferBook, AHoldExpiresBeforeWhatComesLater) {
  // The floor of 2 lets the last line pass only because the hold is over by then.
  std::vector<std::string> const lines = {"10 1 2 100 0 0 0", "11 2 4 100 0 5 2",
                                          "@6 12 2 1 100 0 0 0"};
  auto const passed = pass(lines);
  EXPECT_EQ(steps_of(passed), "transfer 10; hold 11; void_hold expired:11; transfer 12; ");
  EXPECT_TRUE(passed.steps[2].is_expiry);
  EXPECT_EQ(std::get<engine::VoidHold>(passed.steps[2].payload).occurred_at,
            base::WallTime(static_cast<std::int64_t>(kStart / 1000) + 2 + 5 * base::kSecond));
  EXPECT_EQ(error_of({lines[0], lines[1], "@4 12 2 1 100 0 0 0"}),
            "t.csv line 4, amount: the account's debits would exceed its credits");
  EXPECT_EQ(error_of({lines[0], lines[1], "@6 12 0 0 100 11 0 4"}),
            "t.csv line 4, pending_id: not pending: never was, or ended before");
}

TEST(TransferBook, WhatIsPendingAtTheEndStaysOrHasExpired) {
  // The file ends 90,000 s ago: of the two timeouts one is over by now.
  auto const passed = pass({"10 1 4 1 0 3600 2", "11 1 4 2 0 0 2", "12 1 4 4 0 864000 2"});
  EXPECT_EQ(steps_of(passed), "hold 10; hold 11; hold 12; void_hold expired:10; ");
  EXPECT_EQ(passed.books.counts.expired, 1U);
  EXPECT_EQ(account(passed, 0).held_debit, 6);
}

TEST(TransferBook, AClosedAccountTakesNothingUntilItIsVoided) {
  std::vector<std::string> const closing = {"10 1 4 0 0 0 pending|closing_debit", "11 1 4 5 0 0 0"};
  EXPECT_EQ(error_of(closing), "t.csv line 3, debit_account_id: this account is closed");
  auto const reopened = pass({closing[0], "12 0 0 0 10 0 void_pending_transfer", "13 1 4 5 0 0 0"});
  EXPECT_EQ(steps_of(reopened), "transfer 13; ");
  EXPECT_EQ(error_of({closing[0]}), "a.csv line 2, flags: not closed, but its transfers close it");
  auto const closed = pass({closing[0]}, "id,ledger,code,flags\n1,704,1,closed\n4,704,1,0\n");
  EXPECT_EQ(closed.error, "");
  EXPECT_TRUE(closed.books.subjects()[0].closed);
  EXPECT_EQ(error_of({"10 1 4 3 0 0 66", "12 0 0 3 10 0 4"}),
            "t.csv line 3, pending_id: of an account that is closed");
}

TEST(TransferBook, EveryFaultNamesFileLineAndColumn) {
  struct Row {
    std::vector<std::string> lines;
    char const* error;
  };
  for (auto const& [lines, error] : std::vector<Row>{
           {{"10 9 4 1 0 0 0"}, "t.csv line 2, debit_account_id: no such account"},
           {{"10 1 9 1 0 0 0"}, "t.csv line 2, credit_account_id: no such account"},
           {{"10 1 1 1 0 0 0"}, "t.csv line 2, credit_account_id: the account that is debited"},
           {{"10 1 4 10000000000000 0 0 0"}, "t.csv line 2, amount: over 9999999999999 dong"},
           {{"10 2 4 1 0 0 0"},
            "t.csv line 2, amount: the account's debits would exceed its credits"},
           {{"10 1 3 1 0 0 0"},
            "t.csv line 2, amount: the account's credits would exceed its debits"},
           {{"10 1 4 1 0 34560001 2"}, "t.csv line 2, timeout: over 400 days"},
           {{"10 1 4 1 0 0 2", "10 1 4 1 0 0 2"}, "t.csv line 3, id: pending already"},
           {{"10 1 4 1 0 0 2", "11 0 0 2 10 0 4"}, "t.csv line 3, amount: more than is pending"},
           {{"10 1 4 2 0 0 2", "11 0 0 1 10 0 8"}, "t.csv line 3, amount: not what is pending"},
           {{"10 1 4 2 0 0 2", "11 4 0 2 10 0 4"},
            "t.csv line 3, debit_account_id: not the pending transfer's"},
           {{"10 1 4 2 0 0 2", "11 1 9 2 10 0 4"},
            "t.csv line 3, credit_account_id: not the pending transfer's"},
           {{"10 1 4 1 0 0 1"},
            "t.csv line 2, flags: the linked chain that begins here does not end"},
           {{"@90001 10 1 4 1 0 0 0"}, "t.csv line 2, timestamp: in the future"},
       })
    EXPECT_EQ(error_of(lines), error);
}

TEST(TransferBook, OnlyThePickedLedgerIsTaken) {
  std::string const other = "id,ledger,code,flags\n1,1,1,0\n4,1,1,0\n";
  EXPECT_EQ(pass({}, other).error,
            "QRPAY-1022 import_refused: a.csv line 2, ledger: 1 is not 704, whose amounts are "
            "dong");
  EXPECT_EQ(pass({"10 1 4 1 0 0 0"}, other, {.ledger = 1}).error,
            "QRPAY-1022 import_refused: t.csv line 2, ledger: 704 is not 1, whose amounts are "
            "dong");
}

TEST(TransferBook, LinesThatDoNotFollowInTimeAreRefused) {
  Folder const folder;
  std::string text = transfers({"10 1 4 1 0 0 0"});
  text += text.substr(text.find('\n') + 1);
  TransferFiles const files{folder.write("a.csv", kAccounts), folder.write("t.csv", text)};
  EXPECT_EQ(folder.pass(transfers_csv(files, {})).error,
            "QRPAY-1022 import_refused: t.csv line 3, timestamp: not after the line before");
}

TEST(TransferBook, AFileIsAFileWithAHeader) {
  Folder const folder;
  std::string const accounts = folder.write("a.csv", kAccounts);
  EXPECT_EQ(folder.pass(transfers_csv({accounts, folder.write("e.csv", "")}, {})).error,
            "QRPAY-1022 import_refused: e.csv line 1: no header");
  EXPECT_EQ(folder.pass(transfers_csv({accounts, "/dev/null"}, {})).error,
            "QRPAY-1022 import_refused: /dev/null: no regular file, and it is read twice");
  std::string const long_line(kLineBytesMax + 1, '1');
  EXPECT_EQ(folder.pass(transfers_csv({accounts, folder.write("l.csv", long_line)}, {})).error,
            "QRPAY-1022 import_refused: l.csv line 1: over 1 MiB");
  // CRLF, and no end of the last line.
  std::string crlf = "id,ledger,code,flags\r\n1,704,1,0\r\n4,704,1,0";
  auto const passed = folder.pass(
      transfers_csv({folder.write("c.csv", crlf), folder.write("t.csv", transfers({}))}, {}));
  EXPECT_EQ(passed.error, "");
  EXPECT_EQ(passed.books.subjects().size(), 2U);
}

}  // namespace
}  // namespace qrpay::import::test
