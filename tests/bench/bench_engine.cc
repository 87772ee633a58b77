// The engine alone, on the real disk. Arguments choose parts of it:
//   transfers  province  credits  memory  projection  restart_10m  sustained
#include <cstdio>

#include "base/world.h"
#include "ledger/index.h"
#include "ledger/merkle.h"
#include "tests/bench/engine_groups.h"

namespace {

using namespace qrpay;

constexpr std::size_t kMillion = 1'000'000;

base::Bytes16 random_tag() {
  base::Bytes16 tag;
  base::system_entropy().fill(tag);
  return tag;
}

void print_bytes(char const* name, std::uint64_t bytes) {
  bench::print_note(name, bench::grouped(static_cast<double>(bytes)) + " bytes a million");
}

void bench_memory() {
  ledger::Index index;
  std::uint64_t before = bench::heap_bytes();
  for (std::size_t i = 1; i <= kMillion; ++i)
    index.add_id(ledger::IdTag(random_tag()), base::Sequence(i));
  bench::check(index.ids() == kMillion, "ids");
  print_bytes("memory_ids", bench::heap_bytes() - before);
  before = bench::heap_bytes();
  for (std::size_t i = 1; i <= kMillion; ++i)
    index.add_money(ledger::MoneyTag(random_tag()),
                    {base::Sequence(i), base::Vnd(1), base::WallTime(1)});
  bench::check(index.money() == kMillion, "money tags");
  print_bytes("memory_money_tags", bench::heap_bytes() - before);
  ledger::MerkleTree tree;
  for (std::size_t i = 0; i < kMillion; ++i) tree.append({});
  bench::check(tree.size() == kMillion, "leaves");
  print_bytes("memory_merkle_leaves", tree.memory_bytes());
}

}  // namespace

int main(int argc, char** argv) {
  bench::Choice const choice(argc, argv);
  bench::print_note("conditions", bench::conditions());
  if (choice.has("memory")) bench_memory();
  bench::bench_transfers(choice);
  bench::bench_credits(choice);
  bench::bench_projection(choice);
  bench::print_note(
      "memory_resident",
      bench::grouped(static_cast<double>(bench::resident_bytes())) + " bytes at the end");
  return 0;
}
