// A process to be killed. Either it archives all it may:
//   kill_writer ROOT TO
// or it appends batches for ever and tells each record once it is acknowledged:
//   kill_writer ROOT SEED MEMTABLE_BYTES SECTION_BYTES_MAX
// Opens the ledger of paths_in(ROOT), signs checkpoints behind, and writes a line to standard
// output per record after append returned: "sequence leaf-hash". Ends by a signal or an error only.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ledger/archive.h"
#include "tests/ledger/support.h"

namespace qrpay::ledger::test {
namespace {

int run(char** argv) {
  std::mt19937_64 random(std::strtoull(argv[2], nullptr, 10));
  std::size_t const section_bytes_max = std::strtoull(argv[4], nullptr, 10);
  DiskLedger ledger(paths_in(argv[1]));
  auto const opened = ledger.open({.memtable_bytes = std::strtoull(argv[3], nullptr, 10)});
  if (!opened) {
    std::fprintf(stderr, "%s\n", to_string(opened.error()).c_str());
    return EXIT_FAILURE;
  }
  ledger.signer().start();
  for (;;) {
    std::size_t const before = ledger.leaves().size();
    if (!ledger.append_transfers(random, 1 + below(random, 8), section_bytes_max))
      return EXIT_FAILURE;
    std::string lines;
    for (std::size_t i = before; i < ledger.leaves().size(); ++i)
      lines += std::to_string(i + 1) + " " +
               base::to_hex(leaf_hash(base::as_bytes(ledger.leaves()[i]))) + "\n";
    // A reader that is gone ends this process by SIGPIPE.
    if (::write(STDOUT_FILENO, lines.data(), lines.size()) < 0) return EXIT_FAILURE;
  }
}

}  // namespace
}  // namespace qrpay::ledger::test

int main(int argc, char** argv) {
  if (argc == 3) {
    using namespace qrpay::ledger;
    auto const archived = archive_journal(test::paths_in(argv[1]), {Sequence(UINT64_MAX), argv[2]});
    return archived ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s ROOT SEED MEMTABLE_BYTES SECTION_BYTES_MAX\n", argv[0]);
    return EXIT_FAILURE;
  }
  return qrpay::ledger::test::run(argv);
}
