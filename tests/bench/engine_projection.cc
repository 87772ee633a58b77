// What projecting costs, what it leaves on disk, and how fast a restart is from it.
//   projection    1M transfers over 10k accounts
//   restart_10m   10M transfers over 2.1M accounts and 100k open orders; only by name
#include <cstdio>

#include "tests/bench/engine_groups.h"

namespace qrpay::bench {

namespace {

struct Plan {
  std::string name;  ///< of the restart
  std::uint64_t transfers;
  std::size_t accounts;
  std::size_t orders;
};
Plan const kSmall{"restart_1m", 1'000'000, 10'000, 1'000};
Plan const kProvince{"restart_10m", 10'000'000, 2'100'000, 100'000};

std::uint64_t mix(std::uint64_t x) { return base::IntegerHash{}(x + 0x9e3779b97f4a7c15ULL); }

class Projection {
 public:
  Projection(std::string dir, Plan plan) : plan_(std::move(plan)), rig_(std::move(dir), {}) {
    put_orders();
    accounts_ = rig_.open_accounts(plan_.accounts);
  }

  void run() {
    std::uint64_t const before = rig_.log().size();
    double const cpu_before = cpu_seconds();
    auto const begun = Steady::now();
    auto result = run_batches(
        rig_, {.total = plan_.transfers, .batch = 8'000},
        [&](std::uint64_t i) { return transfer(i); }, engine::Outcome::kDone);
    double const burst_seconds = seconds_since(begun);
    std::uint64_t const lag = rig_.log().size() - rig_.projections().projected().value();
    rig_.check_sound(before + plan_.transfers);
    print_load("engine_transfers_projected_" + plan_.name, "transfers", result, {}, 8'000);
    auto const restarted = rig_.restart();
    auto const n = static_cast<double>(plan_.transfers);
    char text[240];
    std::snprintf(
        text, sizeof text,
        "%s records not projected at the end of a burst of %.1f s; CPU %.2f us a transfer",
        grouped(static_cast<double>(lag)).c_str(), burst_seconds,
        (cpu_seconds() - cpu_before) * 1e6 / n);
    print_note("projection_lag_" + plan_.name, text);
    std::snprintf(
        text, sizeof text,
        "%.3f s to a state that is ready: %s records, %s of them replayed; %.0f MB of memory",
        restarted.seconds, grouped(static_cast<double>(restarted.records)).c_str(),
        grouped(static_cast<double>(restarted.replayed)).c_str(),
        static_cast<double>(restarted.heap) / 1e6);
    print_note(plan_.name, text);
    print_bytes(restarted);
  }

 private:
  // Everything in the journal and its projections, compacted, over all records.
  void print_bytes(EngineRig::Restart const& restarted) {
    must(rig_.projections().wait_for_compaction(), "compaction");
    auto const records = static_cast<double>(restarted.records);
    // What is not projected yet has nothing there.
    auto const projected = static_cast<double>(rig_.projections().projected().value());
    double const journal = static_cast<double>(restarted.disk) / records;
    double const after = static_cast<double>(rig_.projections().disk_bytes()) / projected;
    char text[240];
    std::snprintf(text, sizeof text,
                  "%.1f = journal %.1f + projections %.1f (%.1f before the last compaction)",
                  journal + after, journal, after,
                  static_cast<double>(restarted.projections) / projected);
    print_note("bytes_per_transfer", text);
  }

  base::Sequence make(std::string id, engine::Payload payload) {
    engine::Command command;
    command.actor = rig_.operator_key();
    command.id = std::move(id);
    command.payload = std::move(payload);
    return rig_.run_one(std::move(command)).record.sequence;
  }

  void put_orders() {
    make("bank", engine::RegisterBank{"Bench bank", {"970436"}});
    auto const merchant = make("m", engine::RegisterMerchant{"Merchant", ""});
    engine::RegisterShop shop;
    shop.merchant = "m";
    shop.name = "Shop";
    shop.commune = "06838";
    shop.commune_valid_from = *base::parse_day("2025-07-01");
    shop.sector = "market";
    shop.opened_on = *base::parse_day("2026-01-01");
    make("s", shop);
    engine::OpenBankAccount account;
    account.merchant = "m";
    account.bin = "970436";
    account.number = "19030000000001";
    account.static_shop = "s";
    make("b", account);
    engine::PutKey key;
    key.role = engine::Role::kMerchant;
    key.scope = "m";
    auto const merchant_key = make("k", key);
    (void)run_batches(
        rig_, {.total = plan_.orders, .batch = 1'000},
        [&](std::uint64_t i) {
          engine::PutOrder order;
          order.shop = "s";
          order.amount = base::Vnd(10'000 + static_cast<std::int64_t>(i % 900) * 1'000);
          order.lifetime = base::kDay;
          base::system_entropy().fill(order.code_entropy);
          engine::Command command;
          command.actor = merchant_key;
          command.tenant = merchant;
          command.id = "o" + std::to_string(i);
          command.payload = std::move(order);
          return command;
        },
        engine::Outcome::kDone);
  }

  engine::Command transfer(std::uint64_t number) const {
    std::uint64_t const dice = mix(number);
    std::size_t const from = (dice >> 32) % accounts_.size();
    std::size_t to = (dice & 0xffffffff) % accounts_.size();
    if (to == from) to = (to + 1) % accounts_.size();
    engine::Command command;
    command.actor = rig_.operator_key();
    command.id = "t" + std::to_string(number);
    engine::Transfer what;
    what.debit = accounts_[from];
    what.credit = accounts_[to];
    what.amount = base::Vnd(1 + static_cast<std::int64_t>(dice % 1'000'000));
    command.payload = std::move(what);
    return command;
  }

  Plan const plan_;
  EngineRig rig_;
  std::vector<ledger::AccountId> accounts_;
};

}  // namespace

void bench_projection(Choice const& choice) {
  if (choice.has("projection")) {
    BenchFolder const folder;
    Projection(folder.path("projection"), kSmall).run();
  }
  if (choice.names("restart_10m")) {
    BenchFolder const folder;
    Projection(folder.path("restart"), kProvince).run();
  }
}

}  // namespace qrpay::bench
