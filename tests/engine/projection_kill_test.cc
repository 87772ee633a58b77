// A real process killed while it appends and projects: a restart is the fold of the journal.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <string>

#include "ledger/rocks_store.h"
#include "tests/engine/projecting.h"

extern char** environ;

namespace qrpay::engine::test {
namespace {

int kills() { return std::getenv("QRPAY_LONG") == nullptr ? 12 : 300; }

/// Lets the writer acknowledge `lines` records and kills it; the last it acknowledged.
std::uint64_t run_and_kill(std::string const& root, std::uint64_t seed, std::uint64_t lines) {
  std::array<int, 2> ends{};
  QRPAY_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  std::array<std::string, 3> texts = {QRPAY_PROJECTING_WRITER, root, std::to_string(seed)};
  std::array<char*, 4> arguments{};
  for (std::size_t i = 0; i < texts.size(); ++i) arguments[i] = texts[i].data();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  QRPAY_CHECK(::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string told;
  std::array<char, 4096> chunk;
  std::uint64_t seen = 0;
  ssize_t n = 0;
  bool killed = false;
  while ((n = ::read(ends[0], chunk.data(), chunk.size())) > 0) {
    told.append(chunk.data(), static_cast<std::size_t>(n));
    seen = static_cast<std::uint64_t>(std::count(told.begin(), told.end(), '\n'));
    if (seen >= lines && !killed) killed = ::kill(pid, SIGKILL) == 0;
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  QRPAY_CHECK(killed && WIFSIGNALED(status));
  auto const end = told.rfind('\n');
  auto const begin = told.rfind('\n', end - 1);
  return std::stoull(told.substr(begin == std::string::npos ? 0 : begin + 1, end));
}

TEST(ProjectionKill, ARestartIsTheFoldOfTheJournal) {
  std::string name = testing::TempDir() + "/qrpay-projection-kill-XXXXXX";
  std::string const root = ::mkdtemp(name.data());
  ASSERT_TRUE(ledger::RocksStore::create(root + "/journal"));
  std::mt19937_64 random(1);
  std::uint64_t from_projections = 0;
  for (int i = 0; i < kills(); ++i) {
    std::uint64_t const acknowledged = run_and_kill(root, random(), 1 + random() % 60);
    auto store = ledger::RocksStore::open(root + "/journal");
    ASSERT_TRUE(store);
    ASSERT_GE((*store)->last().value(), acknowledged);
    Projecting ledger(**store, root + "/projections");
    EXPECT_EQ(ledger.rebuilt(), "");  // a kill is no reason to doubt them
    EXPECT_EQ(ledger.state().digest(), digest_of(**store)) << "kill " << i;
    if (ledger.projections().projected() != Sequence(0)) ++from_projections;
    // Nothing of it is doubled: each transfer is still known.
    for (std::uint64_t n = 20; n + 2 < (*store)->last().value(); n += 7)
      ASSERT_EQ(transfer(ledger, n).kind, Reply::Kind::kReplayed) << n;
  }
  EXPECT_GT(from_projections, 0u);
  std::error_code ignored;
  std::filesystem::remove_all(root, ignored);
}

}  // namespace
}  // namespace qrpay::engine::test
