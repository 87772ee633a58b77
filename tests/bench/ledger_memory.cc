// What a million entries take in memory, and the floor of other people's ledger.
#include "base/world.h"
#include "ledger/index.h"
#include "ledger/merkle.h"
#include "tests/bench/ledger_groups.h"
#include "tests/bench/postgres_floor.h"

namespace qrpay::bench {

namespace {

constexpr std::size_t kMillion = 1'000'000;

base::Bytes16 random_tag() {
  base::Bytes16 tag;
  base::system_entropy().fill(tag);
  return tag;
}

void print_bytes(char const* name, std::uint64_t bytes) {
  print_figure({.name = name,
                .value = static_cast<double>(bytes) / static_cast<double>(kMillion),
                .unit = "bytes each"});
}

}  // namespace

void bench_memory(Choice const& choice) {
  if (!choice.has("memory")) return;
  ledger::Index index;
  std::uint64_t before = heap_bytes();
  for (std::size_t i = 1; i <= kMillion; ++i)
    index.add_id(ledger::IdTag(random_tag()), base::Sequence(i));
  check(index.ids() == kMillion, "ids");
  print_bytes("memory_ids", heap_bytes() - before);
  before = heap_bytes();
  for (std::size_t i = 1; i <= kMillion; ++i)
    index.add_money(ledger::MoneyTag(random_tag()),
                    {base::Sequence(i), base::Vnd(1), base::WallTime(1)});
  check(index.money() == kMillion, "money tags");
  print_bytes("memory_money_tags", heap_bytes() - before);
  ledger::MerkleTree tree;
  for (std::size_t i = 0; i < kMillion; ++i) tree.append({});
  check(tree.size() == kMillion, "leaves");
  print_bytes("memory_merkle_leaves", tree.memory_bytes());
}

void bench_postgres(Choice const& choice) {
  if (!choice.has("postgres")) return;
  auto const postgres = must(PostgresFloor::start(10'000), "PostgreSQL");
  struct Case {
    std::size_t batch;
    unsigned clients;
  };
  for (Case const& c : {Case{8'000, 2}, Case{1'000, 2}, Case{64, 4}, Case{1, 64}}) {
    print_row({.name = "postgres_transfers_batch_" + std::to_string(c.batch),
               .per_second = postgres->transfers_per_second(c.batch, c.clients),
               .unit = "transfers",
               .remark = postgres->version() + ", " + std::to_string(c.clients) + " clients"});
  }
}

}  // namespace qrpay::bench
