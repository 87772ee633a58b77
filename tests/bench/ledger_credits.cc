// Bank credits against open orders: a note that is matched, money tags, sealed sections.
#include <cstdio>

#include "ledger/fields.h"
#include "ledger/tlv.h"
#include "tests/bench/ledger_groups.h"

namespace qrpay::bench {

namespace {

using base::Sequence;
using engine::Command;

constexpr std::size_t kMerchants = 200;
constexpr std::size_t kOrdersEach = 1'200;
constexpr std::string_view kBin = "970436";

struct Case {
  std::size_t batch;
  std::uint64_t total;
  std::size_t outstanding;
  std::size_t floor_writes;
};
constexpr Case kCases[] = {
    {8'000, 80'000, 2, 60},
    {1'000, 80'000, 2, 200},
    {64, 64'000, 2, 500},
    {1, 2'000, 1, 500},
};

std::string name_of(Case const& c) { return "engine_credits_batch_" + std::to_string(c.batch); }
std::string number_of(std::size_t merchant) {
  return std::to_string(std::uint64_t{19'030'000'000'000} + merchant);
}
base::Vnd amount_of(std::uint64_t order) {
  return base::Vnd(10'000 + static_cast<std::int64_t>(order % 900) * 1'000);
}

class Credits {
 public:
  explicit Credits(std::string dir) : dir_(std::move(dir)), rig_(dir_, {.project_at_stop = true}) {
    register_all();
    put_orders();
    projections_before_ = compacted_projections();
  }

  void run(Case const& c) {
    auto const bytes = static_cast<std::size_t>(bytes_guess_ * static_cast<double>(c.batch));
    Floor const floor =
        measure_floor(dir_ + "-floor" + std::to_string(c.batch), bytes, c.floor_writes);
    std::uint64_t const first = paid_;
    std::uint64_t const total = c.total / c.batch * c.batch;
    check(first + total <= codes_.size(), "not enough orders");
    auto result = run_batches(
        rig_, {.total = total, .batch = c.batch, .outstanding = c.outstanding},
        [&](std::uint64_t i) { return credit(first + i); }, engine::Outcome::kPaid);
    paid_ += total;
    records_ += total;
    rig_.check_sound(records_);
    bytes_guess_ = rig_.bytes_a_record();
    print_load(name_of(c), "credits", result, floor, c.batch);
  }

  void finish() {
    double const journal = rig_.bytes_a_record();
    std::uint64_t const projections = compacted_projections();
    double const each =
        static_cast<double>(projections - projections_before_) / static_cast<double>(paid_);
    char text[160];
    std::snprintf(text, sizeof text, "journal %.0f (note, payer, one reference) + projections %.0f",
                  journal, each);
    print_figure(
        {.name = "bytes_per_credit", .value = journal + each, .unit = "bytes", .remark = text});
    auto const replayed = rig_.reopen();
    print_row({.name = "engine_replay_credits",
               .per_second = static_cast<double>(replayed.records) / replayed.seconds,
               .unit = "records",
               .remark = "half orders, half credits"});
  }

 private:
  // What everything so far takes there.
  std::uint64_t compacted_projections() {
    (void)rig_.restart();
    must(rig_.projections().wait_for_compaction(), "compaction");
    return rig_.projections().disk_bytes();
  }
  Command by_operator(std::string id, engine::Payload payload) {
    Command command;
    command.actor = rig_.operator_key();
    command.id = std::move(id);
    command.payload = std::move(payload);
    return command;
  }
  Sequence make(std::string id, engine::Payload payload) {
    return rig_.run_one(by_operator(std::move(id), std::move(payload))).record.sequence;
  }
  Sequence make_key(std::string id, engine::Role role, std::string scope) {
    engine::PutKey key;
    key.role = role;
    key.scope = std::move(scope);
    return make(std::move(id), key);
  }

  void register_all() {
    bank_ = make("bank", engine::RegisterBank{"Bench bank", {std::string(kBin)}});
    bank_key_ = make_key("bank-key", engine::Role::kBank, "bank");
    for (std::size_t i = 0; i < kMerchants; ++i) {
      std::string const n = std::to_string(i);
      merchants_.push_back(make("m" + n, engine::RegisterMerchant{"Merchant " + n, ""}));
      engine::RegisterShop shop;
      shop.merchant = "m" + n;
      shop.name = "Shop " + n;
      shop.commune = "06838";
      shop.commune_valid_from = *base::parse_day("2025-07-01");
      shop.sector = "market";
      shop.opened_on = *base::parse_day("2026-01-01");
      make("s" + n, shop);
      engine::OpenBankAccount account;
      account.merchant = "m" + n;
      account.bin = kBin;
      account.number = number_of(i);
      account.static_shop = "s" + n;
      make("b" + n, account);
      keys_.push_back(make_key("k" + n, engine::Role::kMerchant, "m" + n));
    }
    records_ = rig_.log().size();
  }

  // Orders of all merchants in turn, so that neighbours in time are strangers in memory.
  void put_orders() {
    constexpr std::size_t kBatch = 1'000;
    std::uint64_t const total = kMerchants * kOrdersEach;
    (void)run_batches(
        rig_, {.total = total, .batch = kBatch},
        [&](std::uint64_t i) {
          std::size_t const merchant = i % kMerchants;
          engine::PutOrder order;
          order.shop = "s" + std::to_string(merchant);
          order.amount = amount_of(i);
          order.lifetime = base::kDay;
          base::system_entropy().fill(order.code_entropy);
          Command command;
          command.actor = keys_[merchant];
          command.tenant = merchants_[merchant];
          command.id = "o" + std::to_string(i);
          command.payload = std::move(order);
          return command;
        },
        engine::Outcome::kDone);
    codes_.reserve(total);
    must(rig_.log().scan(Sequence(records_ + 1),
                         [&](ledger::StoredRecord const& stored) {
                           codes_.emplace_back(
                               ledger::TlvReader(stored.record.body).text(ledger::field::kOwnCode));
                           return true;
                         }),
         "codes");
    records_ += total;
    rig_.check_sound(records_);
  }

  Command credit(std::uint64_t order) const {
    std::string const n = std::to_string(order);
    engine::BankCredit credit;
    credit.bank_ref = "FT2632800" + n;
    credit.bin = kBin;
    credit.account = number_of(order % kMerchants);
    credit.amount = amount_of(order);
    credit.memo = "MBVCB.1234567." + codes_[order] + ".CT tu 0011000123456 NGUYEN VAN A";
    credit.occurred_at = base::system_clock().wall();
    credit.payer = {"NGUYEN VAN A", "0011000123456", "970422"};
    credit.rail = engine::Rail::kNapas247;
    Command command;
    command.actor = bank_key_;
    command.tenant = bank_;
    command.id = "ev-" + n;
    command.payload = std::move(credit);
    return command;
  }

  std::string dir_;
  EngineRig rig_;
  Sequence bank_;
  Sequence bank_key_;
  std::vector<Sequence> merchants_;
  std::vector<Sequence> keys_;
  std::vector<std::string> codes_;
  std::uint64_t projections_before_ = 0;
  std::uint64_t paid_ = 0;
  std::uint64_t records_ = 0;
  double bytes_guess_ = 650;  // until the first were written
};

}  // namespace

void bench_credits(Choice const& choice) {
  if (!choice.has("credits")) return;
  BenchFolder const folder;
  Credits credits(folder.path("credits"));
  for (Case const& c : kCases)
    if (choice.runs(name_of(c))) credits.run(c);
  credits.finish();
}

}  // namespace qrpay::bench
