// Starts kill_writer and reads what it acknowledges.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

extern char** environ;

namespace qrpay::ledger::test {

struct Acknowledged {
  std::uint64_t sequence = 0;
  std::string leaf_hash;  ///< hexadecimal
};

/// Killed at the latest when destroyed.
class WriterProcess {
 public:
  WriterProcess(std::string const& root, std::uint64_t seed, std::size_t memtable_bytes,
                std::size_t section_bytes_max) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    std::array<std::string, 5> texts = {QRPAY_KILL_WRITER, root, std::to_string(seed),
                                        std::to_string(memtable_bytes),
                                        std::to_string(section_bytes_max)};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < texts.size(); ++i) arguments[i] = texts[i].data();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0)
      std::abort();
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ends[0];
  }
  ~WriterProcess() {
    kill();
    ::close(out_);
  }
  WriterProcess(WriterProcess const&) = delete;
  WriterProcess& operator=(WriterProcess const&) = delete;

  /// The next acknowledgement; nullopt when the process has ended and all is read.
  std::optional<Acknowledged> next() {
    std::size_t end = buffer_.find('\n', at_);
    while (end == std::string::npos) {
      std::array<char, 4096> chunk;
      ssize_t const n = ::read(out_, chunk.data(), chunk.size());
      if (n <= 0) return std::nullopt;  // a line without its end was never acknowledged
      buffer_.append(chunk.data(), static_cast<std::size_t>(n));
      end = buffer_.find('\n', at_);
    }
    std::string const line = buffer_.substr(at_, end - at_);
    at_ = end + 1;
    std::size_t const space = line.find(' ');
    return Acknowledged{std::stoull(line.substr(0, space)), line.substr(space + 1)};
  }

  /// SIGKILL; true when that is what ended it, false when it had failed before.
  bool kill() {
    if (pid_ <= 0) return false;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace qrpay::ledger::test
