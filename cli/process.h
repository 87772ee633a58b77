// Child processes of the demo: run to the end, or started and ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace qrpay::cli {

struct Finished {
  int exit_code = 0;
  std::string output;  ///< standard output; standard error goes where ours goes
};
/// Errors: kIo, it could not be started; ended by a signal counts as exit code 128 + signal.
[[nodiscard]] base::Result<Finished> run_process(std::vector<std::string> const& arguments);

/// A child whose standard output is a pipe; ended with SIGTERM when destroyed.
class Child {
 public:
  [[nodiscard]] static base::Result<Child> start(std::vector<std::string> const& arguments);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  /// The next line it prints, without its end; nullopt when it closed its output.
  [[nodiscard]] std::optional<std::string> read_line();
  /// Asks it to end and waits; its exit code.
  int stop();
  /// Waits until it ends by itself.
  int wait();
  /// Waits until it ends by itself, or stop()s it when we are asked to end. Requires:
  /// block_end_signals() before it was started.
  int wait_or_stop();
  [[nodiscard]] int pid() const { return pid_; }

 private:
  Child(int pid, int output) : pid_(pid), output_(output) {}
  int pid_ = -1;
  int output_ = -1;
  std::string pending_;
};

/// SIGINT and SIGTERM now wait for Child::wait_or_stop(), so that no child outlives us. Children
/// start without this. Before any other thread.
void block_end_signals();

/// Path of the running program, so that it can start itself.
[[nodiscard]] std::string own_program();

}  // namespace qrpay::cli
