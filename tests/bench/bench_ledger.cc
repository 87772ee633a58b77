// The ledger on the real disk. Arguments choose: bench_ledger engine_transfers_batch_64 postgres
//
// Without an argument each part runs in a process of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/ledger_groups.h"

namespace {

using namespace qrpay;

// What begins a part's names.
constexpr char const* kParts[] = {
    "ledger_hashes ledger_vault ledger_seal ledger_blocks",
    "postgres",
    "engine_transfers_batch engine_transfers_hot engine_transfers_80_20 engine_transfers_hold "
    "engine_replay",
    "engine_transfers_2m1",
    "engine_credits",
    "memory",
    "engine_grown",
    "restart_10m",
};

std::vector<std::string> words_of(std::string const& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

int run_part(char const* program, std::string const& part) {
  pid_t const child = ::fork();
  if (child == 0) {
    auto words = words_of(part);
    std::vector<char*> arguments{const_cast<char*>(program)};
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--load-until-killed") bench::load_until_killed(argv[2]);
  if (argc == 1) {
    bench::print_note("conditions", bench::conditions());
    for (char const* part : kParts)
      if (int const code = run_part(argv[0], part); code != 0) return code;
    return 0;
  }
  bench::Choice const choice(argc, argv);
  bench::bench_parts(choice);
  bench::bench_postgres(choice);
  bench::bench_transfers(choice);
  bench::bench_province(choice);
  bench::bench_credits(choice);
  bench::bench_memory(choice);
  bench::bench_grown(choice);
  bench::bench_restart(choice);
  return 0;
}
