// What one line says by itself, and where it is wrong.
#include "import/transfers_csv.h"

#include <gtest/gtest.h>

namespace qrpay::import {
namespace {

constexpr char kHeader[] =
    "id,debit_account_id,credit_account_id,amount,pending_id,timeout,ledger,code,flags,timestamp";

base::Result<TransferLine> read(std::string const& line, std::string const& header = kHeader) {
  QRPAY_TRY(Row const names, split_row({1, header}));
  QRPAY_TRY(Columns const columns, read_transfer_columns(names));
  QRPAY_TRY(Row const row, split_row({2, line}));
  return read_transfer(row, columns);
}

std::string error_of(std::string const& line, std::string const& header = kHeader) {
  auto const result = read(line, header);
  return result ? "none" : result.error().detail;
}

TEST(TransfersCsv, ReadsColumnsInAnyOrderQuotedOrNot) {
  auto const plain = read("1,2,3,4,0,5,704,7,pending,9");
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_EQ(plain->amount, (U128{0, 4}));
  EXPECT_EQ(plain->flags, kPending);
  EXPECT_EQ(plain->timestamp, 9U);
  auto const moved = read(
      R"(9,"2",0x3,4,0,5,704,7,"0x2",1,ignored)",
      "\xEF\xBB\xBFtimestamp,debit_account_id,credit_account_id,amount,pending_id,timeout,ledger,"
      "code,flags,id,user_data_128");
  ASSERT_TRUE(moved) << moved.error().detail;
  EXPECT_EQ(*moved, *plain);
}

TEST(TransfersCsv, EveryFaultOfALineNamesItsColumn) {
  struct Row {
    char const* line;
    char const* error;
  };
  for (auto const& [line, error] : {
           Row{"0,2,3,4,0,0,704,7,0,9", "line 2, id: not 0 and not 2^128 - 1"},
           {"x,2,3,4,0,0,704,7,0,9",
            "line 2, id: an unsigned number of 128 bits, decimal or 0x..."},
           {"1,2,3,-4,0,0,704,7,0,9",
            "line 2, amount: an unsigned number of 128 bits, decimal or 0x..."},
           {"1,2,3,4,0,4294967296,704,7,2,9", "line 2, timeout: too large for its field"},
           {"1,2,3,4,0,0,704,65536,0,9", "line 2, code: too large for its field"},
           {"1,2,3,4,0,0,704,7,512,9", "line 2, flags: a flag nobody knows"},
           {"1,2,3,4,0,0,704,7,pendin,9", "line 2, flags: a flag nobody knows"},
           {"1,2,3,4,0,0,704,7,pending|,9", "none"},
           {"1,2,3,4,0,0,704,7,0,0", "line 2, timestamp: what was applied has a time"},
           {"1,2,3,4,0,0,704,7,0,9223372036854775808",
            "line 2, timestamp: too large for its field"},
           {"1,2,3,4,5,0,704,7,6,9",
            "line 2, flags: one of pending, post_pending_transfer and void_pending_transfer"},
           {"1,2,3,4,5,0,704,7,20,9", "line 2, flags: what posts or voids is not balancing"},
           {"1,2,3,4,0,0,704,7,64,9", "line 2, flags: what closes an account is pending"},
           {"1,2,3,4,0,0,704,7,4,9",
            "line 2, pending_id: named by what posts or voids, and by nothing else"},
           {"1,2,3,4,5,0,704,7,0,9",
            "line 2, pending_id: named by what posts or voids, and by nothing else"},
           {"1,2,3,4,0,5,704,7,0,9", "line 2, timeout: of a pending one only"},
           {"1,2,3,4,0,5,704,7,pending|imported,9", "line 2, timeout: an imported one has none"},
           {"1,2,3,4,0,0,704,7,0", "line 2: 9 fields, and the header has 10"},
           {"1,2,3,4,0,0,704,7,0,9,", "line 2: 11 fields, and the header has 10"},
           {"1,\"2,3,4,0,0,704,7,0,9", "line 2, field 2: quotes do not close"},
           {"1,\"2\"3,4,0,0,704,7,0,9", "line 2, field 2: quotes do not close"},
           {"", "line 2: 1 fields, and the header has 10"},
       })
    EXPECT_EQ(error_of(line), error) << line;
}

TEST(TransfersCsv, AHeaderNamesEachColumnOnceAndNoOther) {
  std::string const line = "1,2,3,4,0,0,704,7,0,9";
  EXPECT_EQ(error_of(line, std::string(kHeader) + ",memo"), "line 1, field 11: an unknown column");
  EXPECT_EQ(error_of(line, std::string(kHeader) + ",id"), "line 1, id: named twice");
  EXPECT_EQ(error_of(line, "id,amount"), "line 1, debit_account_id: this column is missing");
  std::string const many(40, ',');
  EXPECT_EQ(error_of(line, many), "line 1: more than 32 fields");
}

TEST(TransfersCsv, AnAccountHasOneLimitAtMost) {
  auto const columns = read_account_columns(*split_row({1, "id,ledger,code,flags"}));
  ASSERT_TRUE(columns);
  auto const account = read_account(*split_row({2, "5,704,1,linked|closed"}), *columns);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->flags, kAccountLinked | kClosed);
  auto const both = read_account(*split_row({3, "5,704,1,6"}), *columns);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().detail, "line 3, flags: two limits exclude each other");
  EXPECT_EQ(both.error().errc, base::Errc::kImportRefused);
}

}  // namespace
}  // namespace qrpay::import
