// A kill in the middle of a burst on a province's ledger, and the way back to the first payment.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/bench/ledger_groups.h"
#include "tests/bench/transfer_world.h"

namespace qrpay::bench {

namespace {

constexpr std::size_t kAccounts = 2'100'000;
constexpr std::uint64_t kTransfers = 10'000'000;
constexpr std::size_t kOrders = 100'000;
constexpr std::size_t kManyOrders = 1'000'000;
constexpr auto kBurst = std::chrono::milliseconds(1'500);

/// One shop that takes orders.
class Orders {
 public:
  explicit Orders(EngineRig& rig) : rig_(rig) {
    make("bank", engine::RegisterBank{"Bench bank", {"970436"}});
    merchant_ = make("m", engine::RegisterMerchant{"Merchant", ""});
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
    key_ = make("k", key);
  }
  Orders(EngineRig& rig, base::Sequence merchant, base::Sequence key)
      : rig_(rig), merchant_(merchant), key_(key) {}

  void put(std::uint64_t from, std::uint64_t count) {
    (void)run_batches(
        rig_, {.total = count, .batch = 1'000}, [&](std::uint64_t i) { return order(from + i); },
        engine::Outcome::kDone);
  }
  [[nodiscard]] base::Sequence merchant() const { return merchant_; }
  [[nodiscard]] base::Sequence key() const { return key_; }

 private:
  base::Sequence make(std::string id, engine::Payload payload) {
    engine::Command command;
    command.actor = rig_.operator_key();
    command.id = std::move(id);
    command.payload = std::move(payload);
    return rig_.run_one(std::move(command)).record.sequence;
  }
  [[nodiscard]] engine::Command order(std::uint64_t number) const {
    engine::PutOrder order;
    order.shop = "s";
    order.amount = base::Vnd(10'000 + static_cast<std::int64_t>(number % 900) * 1'000);
    order.lifetime = base::kDay;
    base::system_entropy().fill(order.code_entropy);
    engine::Command command;
    command.actor = key_;
    command.tenant = merchant_;
    command.id = "o" + std::to_string(number);
    command.payload = std::move(order);
    return command;
  }

  EngineRig& rig_;
  base::Sequence merchant_;
  base::Sequence key_;
};

/// What the killed process told before.
struct Told {
  std::uint64_t operator_key = 0;
  std::uint64_t merchant = 0;
  std::uint64_t merchant_key = 0;
  std::uint64_t first_account = 0;  ///< sequence of the record that opened it
};

std::string acknowledged_file(std::string const& dir) { return dir + "-acknowledged"; }

std::uint64_t last_acknowledged(std::string const& dir) {
  int const file = ::open(acknowledged_file(dir).c_str(), O_RDONLY | O_CLOEXEC);
  std::uint64_t sequence = 0;
  check(file >= 0 && ::pread(file, &sequence, sizeof sequence, 0) == sizeof sequence,
        "acknowledged");
  ::close(file);
  return sequence;
}

// Loads a ledger in a process of its own and kills it in a burst.
Told load_and_kill(std::string const& dir) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
  pid_t const child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl("/proc/self/exe", "bench_ledger", "--load-until-killed", dir.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  Told told;
  FILE* const in = ::fdopen(ends[0], "r");
  int const read = std::fscanf(in, "loaded %lu %lu %lu %lu", &told.operator_key, &told.merchant,
                               &told.merchant_key, &told.first_account);
  check(read == 4, "the loading process said something else");
  wait_until(Steady::now() + kBurst);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  std::fclose(in);
  return told;
}

std::vector<ledger::AccountId> accounts_from(std::uint64_t first) {
  std::vector<ledger::AccountId> accounts;
  accounts.reserve(kAccounts);
  for (std::uint64_t i = 0; i < kAccounts; ++i)
    accounts.push_back(
        ledger::account_id(ledger::AccountClass::kGeneral, base::Sequence(first + i)));
  return accounts;
}

}  // namespace

void load_until_killed(std::string const& dir) {
  TransferWorld world(dir, kAccounts);
  std::uint64_t const first = world.rig().log().size() - kAccounts + 1;
  Orders orders(world.rig());
  orders.put(0, kOrders);
  (void)world.take_numbers(kOrders + 100);
  (void)world.run({.total = kTransfers, .batch = 8'000}, Shape::kUniform);
  int const file =
      ::open(acknowledged_file(dir).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  check(file >= 0, "acknowledged");
  world.rig().on_durable([file](base::Sequence last) {
    std::uint64_t const sequence = last.value();
    check(::pwrite(file, &sequence, sizeof sequence, 0) == sizeof sequence, "acknowledged");
  });
  std::printf("loaded %lu %lu %lu %lu\n", world.rig().operator_key().value(),
              orders.merchant().value(), orders.key().value(), first);
  std::fflush(stdout);
  for (;;) (void)world.run({.total = 800'000, .batch = 8'000}, Shape::kUniform);
}

void bench_restart(Choice const& choice) {
  if (!choice.has("restart_10m")) return;
  BenchFolder const folder;
  auto const dir = folder.path("restart");
  Told const told = load_and_kill(dir);
  std::uint64_t const acknowledged = last_acknowledged(dir);

  auto accounts = accounts_from(told.first_account);
  auto const begun = Steady::now();
  TransferWorld world({dir, base::Sequence(told.operator_key)}, std::move(accounts));
  double const opened = seconds_since(begun);
  std::uint64_t const records = world.rig().log().size();
  std::uint64_t const number = world.take_numbers(10'000'000) + 5'000'000;  // never given before
  auto const first = world.rig().run_one(world.command(number, Shape::kUniform, 1));
  double const seconds = seconds_since(begun);
  check(records >= acknowledged, "acknowledged records were lost");
  check(first.record.sequence.value() == records + 1, "another sequence");
  char remark[200];
  std::snprintf(remark, sizeof remark,
                "kill -9 in a burst to the first payment: %s records, %s of them replayed; state "
                "ready at %.2f s; %s acknowledged, none lost",
                grouped(static_cast<double>(records)).c_str(),
                grouped(static_cast<double>(world.rig().replayed())).c_str(), opened,
                grouped(static_cast<double>(acknowledged)).c_str());
  print_figure({.name = "restart_10m", .value = seconds, .unit = "s", .remark = remark});
  world.rig().check_sound(records + 1);

  Orders orders(world.rig(), base::Sequence(told.merchant), base::Sequence(told.merchant_key));
  orders.put(kOrders, kManyOrders - kOrders);
  world.rig().look([](engine::State const& state) {
    check(state.orders() == kManyOrders, "another number of orders");
  });
  print_figure({.name = "rss_mb",
                .value = static_cast<double>(resident_bytes()) / 1e6,
                .unit = "MB",
                .remark = "1M open orders, 2.1M accounts, 11M records and more"});
}

}  // namespace qrpay::bench
