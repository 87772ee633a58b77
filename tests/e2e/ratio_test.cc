// The worked example of CR-1, told over HTTP by banks and shops, and folded again from the leaves.
#include "audit/ratio.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/bytes.h"
#include "base/time_text.h"
#include "ledger/log.h"
#include "ledger/record_codec.h"
#include "ledger/rocks_store.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {
namespace {

struct Seller {
  std::string id;
  std::int64_t cashless;
  std::int64_t sales;
  std::optional<std::int64_t> cash;
  std::int64_t cash_sales;
};
Seller const kSellers[] = {{"m1", 62'000'000, 200, 38'000'000, 150},
                           {"m2", 9'500'000, 310, 500'000, 12},
                           {"m3", 0, 0, 4'000'000, 60},
                           {"m4", 28'500'000, 95, std::nullopt, 0}};
constexpr std::int64_t kPart = 10'000;

/// `sales` credits that sum to `cashless`: equal ones, and the first takes what is left.
void sell(Town const& town, Seller const& seller) {
  Caller bank = town.bank;
  for (std::int64_t n = 0; n < seller.sales; ++n) {
    std::int64_t const amount = n == 0 ? seller.cashless - (seller.sales - 1) * kPart : kPart;
    std::string const id = seller.id + "-" + std::to_string(n);
    Answer const answer = town.pay(bank, {id, "FT" + id, amount, "tien hang", "19" + seller.id});
    EXPECT_EQ(text_at(answer.json, "outcome"), "received") << answer.text;
  }
}

/// The four sellers of the example, in another commune than the town's own stall.
void trade(Town& town) {
  std::vector<std::thread> threads;
  for (Seller const& seller : kSellers) {
    Caller merchant = town.add_merchant(seller.id);
    town.put("/v1/shops/" + seller.id, object({{"merchant", seller.id},
                                               {"name", seller.id},
                                               {"commune", "06652"},
                                               {"commune_valid_from", "2025-07-01"},
                                               {"sector", "retail"},
                                               {"opened_on", "2026-01-01"}}));
    town.add_account({seller.id, seller.id, "19" + seller.id, seller.id});
    Caller till = town.add_terminal("till-" + seller.id, seller.id);
    if (seller.cash) {
      Answer const declared =
          till.put("/v1/cash-declarations/" + seller.id + "/" + town.day() + "/1",
                   object({{"terminal", "till-" + seller.id}},
                          {{"amount", *seller.cash}, {"count", seller.cash_sales}}));
      EXPECT_EQ(declared.status, 201) << declared.text;
    }
    threads.emplace_back([&town, &seller] { sell(town, seller); });
  }
  for (auto& thread : threads) thread.join();
}

std::string query(Town const& town, std::string const& commune) {
  return "/v1/reports/cashless-ratio?commune=" + commune + "&from=" + town.day() +
         "&to=" + town.day();
}

/// Folds the leaves of a stopped server's journal: no engine, no vault, no index.
audit::RatioReport fold(Server const& server, base::Day day, std::string const& commune) {
  auto const store = ledger::RocksStore::open_read_only(server.data() + "/journal");
  EXPECT_TRUE(store);
  ledger::Log log(**store, std::nullopt);
  audit::RatioFold ratio({commune, day, day, (*store)->last().value()});
  auto const replayed = log.replay([&](ledger::StoredRecord const& stored) -> base::Result<void> {
    QRPAY_TRY(ledger::Record const record, ledger::decode_record(base::as_bytes(stored.leaf)));
    ratio.add(record);
    return {};
  });
  EXPECT_TRUE(replayed);
  return ratio.finish();
}

void expect_same(gateway::json::Value const& told, std::string const& name,
                 audit::Figure const& figure) {
  SCOPED_TRACE(name);
  EXPECT_EQ(number_at(told, name + ".bp"), figure.bp.value_or(-1));
  EXPECT_EQ(std::to_string(number_at(told, name + ".numerator")), audit::to_text(figure.numerator));
  EXPECT_EQ(std::to_string(number_at(told, name + ".denominator")),
            audit::to_text(figure.denominator));
  EXPECT_EQ(text_at(told, name + ".reason"),
            figure.reason ? audit::null_reason_name(*figure.reason) : std::string_view());
}

TEST(Ratio, TheWorkedExampleGivesThePublishedFiguresHereAndFromTheLeavesAlone) {
  Server server;
  Town town(server);
  trade(town);
  Answer const report = town.auditor.get(query(town, "06652"));
  ASSERT_EQ(report.status, 200) << report.text;
  EXPECT_EQ(text_at(report.json, "report"), "CR-1");
  EXPECT_EQ(number_at(report.json, "value_ratio.bp"), 6'272);
  EXPECT_EQ(number_at(report.json, "number_ratio.bp"), 6'967);
  EXPECT_EQ(number_at(report.json, "coverage_sellers.bp"), 7'500);
  EXPECT_EQ(number_at(report.json, "coverage_value.bp"), 7'150);
  EXPECT_EQ(number_at(report.json, "upper_bound.bp"), 7'018);
  EXPECT_EQ(text_at(report.json, "grade"), "B");
  EXPECT_EQ(number_at(report.json, "value_ratio.numerator"), 71'500'000);
  EXPECT_EQ(number_at(report.json, "value_ratio.denominator"), 114'000'000);
  EXPECT_EQ(number_at(report.json, "number_ratio.numerator"), 510);
  EXPECT_EQ(number_at(report.json, "number_ratio.denominator"), 732);
  EXPECT_EQ(number_at(report.json, "sales.count"), 605);
  EXPECT_EQ(number_at(report.json, "sellers_open"), 4);
  EXPECT_EQ(number_at(report.json, "sellers_declaring"), 3);

  ASSERT_EQ(server.stop(), 0);
  audit::RatioReport const folded = fold(server, *base::parse_day(town.day()), "06652");
  expect_same(report.json, "value_ratio", folded.value_ratio);
  expect_same(report.json, "number_ratio", folded.number_ratio);
  expect_same(report.json, "coverage_sellers", folded.coverage_sellers);
  expect_same(report.json, "coverage_value", folded.coverage_value);
  expect_same(report.json, "upper_bound", folded.upper_bound);
  expect_same(report.json, "lower_bound", folded.lower_bound);
  EXPECT_EQ(text_at(report.json, "grade"), audit::grade_name(folded.grade));
  EXPECT_EQ(number_at(report.json, "as_of.size"), static_cast<std::int64_t>(folded.query.as_of));
}

TEST(Ratio, TheReportOfASizeIsTheSameForEver) {
  Server server;
  Town town(server);
  (void)town.pay({"c1", "FT1", 20'000});
  Answer const now = town.auditor.get(query(town, "06838"));
  ASSERT_EQ(now.status, 200) << now.text;
  std::string const as_of = "&as_of=" + std::to_string(number_at(now.json, "as_of.size"));
  (void)town.pay({"c2", "FT2", 30'000});
  EXPECT_EQ(number_at(town.auditor.get(query(town, "06838")).json, "sales.count"), 2);
  EXPECT_EQ(town.auditor.get(query(town, "06838") + as_of).text, now.text);
  server.stop();
  server.start();
  EXPECT_EQ(town.auditor.get(query(town, "06838") + as_of).text, now.text);
}

TEST(Ratio, ABadQueryIsRefusedByName) {
  Server const server;
  Town town(server);
  std::string const path = "/v1/reports/cashless-ratio?";
  for (std::string const bad :
       {"commune=06838", "commune=06838&from=2026-01-01", "commune=x&from=2026-01-01&to=2026-01-02",
        "commune=06838&from=2026-01-02&to=2026-01-01",
        "commune=06838&from=2026-02-30&to=2026-03-01",
        "commune=06838&from=2026-01-01&to=2026-01-02&as_of=0",
        "commune=06838&from=2026-01-01&to=2026-01-02&as_of=999999",
        "commune=06838&from=2026-01-01&to=2026-01-02&as_of=yesterday"}) {
    Answer const answer = town.auditor.get(path + bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(text_at(answer.json, "code"), "QRPAY-1002") << bad << answer.text;
  }
}

}  // namespace
}  // namespace qrpay::e2e
