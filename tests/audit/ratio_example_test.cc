// The worked example of CR-1, paid, declared and sealed through the engine, folded from the leaves.
#include <gtest/gtest.h>

#include <memory>

#include "audit/ratio.h"
#include "base/bytes.h"
#include "engine/core.h"
#include "ledger/memory_store.h"
#include "ledger/record_codec.h"

namespace qrpay::audit {
namespace {

using base::Vnd;
using base::WallTime;
using engine::Command;
using engine::Payload;
using engine::Role;

constexpr std::int32_t kFirst = 20'728;  // 2026-10-02, so that the whole period is declarable
constexpr std::int32_t kDays = 30;
constexpr char kBin[] = "970436";

/// An engine in memory without threads; every command is durable before the next.
class Shops {
 public:
  Shops() {
    auto state = engine::replay_state(log_, vault_);
    EXPECT_TRUE(state.has_value());
    core_ = std::make_unique<engine::Core>(std::move(*state), log_, vault_, tagger_);
    as_operator("genesis", engine::Genesis{"test/0/1", "key", {}, {}});
    operator_key_ = as_operator("root", key_of(Role::kOperator, ""));
    bank_ = as_operator("bank", engine::RegisterBank{"Bank", {kBin}});
    bank_key_ = as_operator("bank-key", key_of(Role::kBank, "bank"));
  }

  struct Month {
    std::string shop;
    std::int64_t cashless;
    int sales;
    std::optional<std::int64_t> cash;
    std::uint32_t cash_sales = 0;
  };
  void run(Month const& month) {
    std::string const& id = month.shop;
    Sequence const merchant =
        as_operator(id, engine::RegisterMerchant{id, "", engine::Mode::kDirect});
    as_operator(id, engine::RegisterShop{id, id, "06652", Day(20'270), std::nullopt, "retail",
                                         Day(kFirst - 50)});
    as_operator(id, engine::RegisterTerminal{id, "till", /*training=*/false});
    as_operator(id, engine::OpenBankAccount{id, kBin, "1" + id, id, id, "", /*orders_only=*/false});
    Sequence const key = as_operator(id, key_of(Role::kMerchant, id));
    for (int n = 0; n < month.sales; ++n) sell(month, n);
    for (std::int32_t day = 0; month.cash && day < kDays; ++day) {
      engine::DeclareCash declared;
      declared.shop = id;
      declared.terminal = id;
      declared.day = Day(kFirst + day);
      // All of it on the first day; then an explicit zero each day.
      if (day == 0) declared.amount = Vnd(*month.cash);
      if (day == 0) declared.count = month.cash_sales;
      submit({key, merchant, id + std::to_string(day), /*revision=*/1, declared});
    }
  }

  /// Folds what the store holds, read back from its bytes.
  RatioReport report(std::string area) {
    RatioFold fold({std::move(area), Day(kFirst), Day(kFirst + kDays - 1), log_.size()});
    auto const scanned = log_.scan(Sequence(1), [&](ledger::StoredRecord const& stored) {
      auto const leaf = ledger::decode_record(base::as_bytes(stored.leaf));
      EXPECT_TRUE(leaf.has_value());
      fold.add(*leaf);
      return true;
    });
    EXPECT_TRUE(scanned.has_value());
    return fold.finish();
  }

  /// The bank tells the same sale of `shop` once more under another id.
  void tell_again(Month const& month) {
    again_ = "again-";
    sell(month, 0);
    again_.clear();
  }

 private:
  void sell(Month const& month, int n) {
    // Equal parts; the first sale takes what is left over.
    std::int64_t const part = month.cashless / month.sales;
    std::int64_t const rest = month.cashless - part * month.sales;
    std::string const reference = month.shop + "-" + std::to_string(n);
    engine::BankCredit credit;
    credit.bank_ref = "FT" + reference;
    credit.bin = kBin;
    credit.account = "1" + month.shop;
    credit.amount = Vnd(n == 0 ? part + rest : part);
    credit.memo = "tien hang";
    credit.occurred_at = base::later(start_of(Day(kFirst + n % kDays)), 9 * base::kHour);
    submit({bank_key_, bank_, again_ + reference, /*revision=*/1, credit});
  }

  static engine::PutKey key_of(Role role, std::string scope) {
    engine::PutKey key;
    key.role = role;
    key.scope = std::move(scope);
    return key;
  }

  Sequence as_operator(std::string const& id, Payload payload) {
    return submit({operator_key_, Sequence(0), id, /*revision=*/1, std::move(payload)});
  }

  Sequence submit(Command command) {
    Sequence made;
    core_->process(engine::prepare(std::move(command), tagger_), now_,
                   [&](engine::Reply const& reply) {
                     ASSERT_EQ(reply.kind, engine::Reply::Kind::kDecided) << to_string(reply.error);
                     made = reply.decided->record.sequence;
                   });
    auto const batch = core_->take_batch();
    auto const sealed = engine::seal(*batch, cursor_);
    EXPECT_TRUE(log_.append(sealed).has_value());
    core_->settle(Sequence(log_.size()));
    for (auto const& release : batch->releases) release();
    return made;
  }

  ledger::MemoryStore store_;
  ledger::Log log_{store_, std::nullopt};
  std::shared_ptr<ledger::Vault const> vault_ = ledger::Vault::in_memory(base::Secret({1}));
  ledger::Tagger tagger_{base::Secret({2})};
  ledger::VaultCursor cursor_{vault_};
  std::unique_ptr<engine::Core> core_;
  WallTime now_ = base::later(base::start_of(Day(kFirst + kDays)), base::kHour);
  Sequence operator_key_;
  Sequence bank_;
  Sequence bank_key_;
  std::string again_;
};

Shops::Month const kMonths[] = {{"m1", 62'000'000, 200, 38'000'000, 150},
                                {"m2", 9'500'000, 310, 500'000, 12},
                                {"m3", 0, 0, 4'000'000, 60},
                                {"m4", 28'500'000, 95, std::nullopt}};

TEST(RatioExample, GivesThePublishedFigures) {
  Shops shops;
  for (auto const& month : kMonths) shops.run(month);
  auto const report = shops.report("06652");
  EXPECT_EQ(report.value_ratio.numerator, 71'500'000);
  EXPECT_EQ(report.value_ratio.denominator, 114'000'000);
  EXPECT_EQ(report.value_ratio.bp, 6'272);
  EXPECT_EQ(report.number_ratio.numerator, 510);
  EXPECT_EQ(report.number_ratio.denominator, 732);
  EXPECT_EQ(report.number_ratio.bp, 6'967);
  EXPECT_EQ(report.coverage_sellers.bp, 7'500);
  EXPECT_EQ(report.coverage_value.bp, 7'150);
  EXPECT_EQ(report.grade, Grade::kB);
  EXPECT_EQ(report.upper_bound.numerator, 100'000'000);
  EXPECT_EQ(report.upper_bound.denominator, 142'500'000);
  EXPECT_EQ(report.upper_bound.bp, 7'018);
  EXPECT_EQ(report.lower_bound.reason, NullReason::kNoEstimate) << "two declarers with sales";
  EXPECT_EQ(report.sellers_open, 4U);
  EXPECT_EQ(report.sellers_declaring, 3U);
  EXPECT_EQ(report.unread_records, 0U);
  EXPECT_EQ(report.sales_time_flagged, 0U);
}

TEST(RatioExample, IsTheSameAfterTheBankRepeatsItself) {
  Shops shops;
  for (auto const& month : kMonths) shops.run(month);
  auto const once = shops.report("22");
  shops.tell_again(kMonths[0]);
  shops.tell_again(kMonths[3]);
  auto const again = shops.report("22");
  EXPECT_EQ(again.value_ratio, once.value_ratio);
  EXPECT_EQ(again.upper_bound, once.upper_bound);
  EXPECT_EQ(again.exclusions[kExclusionX8Duplicate], (CountSum{2, 310'000 + 300'000}));
}

}  // namespace
}  // namespace qrpay::audit
