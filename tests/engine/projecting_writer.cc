// A process to be killed: makes and projects records for ever, tells each that is acknowledged.
//   projecting_writer ROOT SEED
// Journal in ROOT/journal, projections in ROOT/projections.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "ledger/rocks_store.h"
#include "tests/engine/projecting.h"

int main(int argc, char** argv) {
  using namespace qrpay;
  if (argc != 3) return EXIT_FAILURE;
  std::string const root = argv[1];
  std::mt19937_64 random(std::strtoull(argv[2], nullptr, 10));
  auto store = ledger::RocksStore::open(root + "/journal");
  if (!store) return EXIT_FAILURE;
  engine::test::Projecting ledger(**store, root + "/projections");
  if (ledger.state().last().value() == 0) ledger.begin();
  for (std::uint64_t n = ledger.state().last().value() - 2;; ++n) {
    engine::test::transfer(ledger, n);
    std::string const line = std::to_string(ledger.state().last().value()) + "\n";
    // A reader that is gone ends this process by SIGPIPE.
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return EXIT_FAILURE;
    if (random() % 8 == 0) ledger.project();
  }
}
