// What an auditor has: files, python, and the second verifier.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/process.h"

namespace qrpay::e2e {

inline constexpr char kVerifier[] = QRPAY_SOURCE_DIR "/audit/verifier/qrpay_audit.py";

inline std::string slurp(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

inline void spill(std::string const& path, std::string const& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// A python program to its end; standard error comes with the output.
inline cli::Finished run_python(std::vector<std::string> const& arguments) {
  std::vector<std::string> command = {"/bin/sh", "-c",         "exec \"$@\" 2>&1",
                                      "sh",      QRPAY_PYTHON, "-B"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto finished = cli::run_process(command);
  if (!finished) {
    ADD_FAILURE() << to_string(finished.error());
    return {-1, {}};
  }
  return std::move(*finished);
}

}  // namespace qrpay::e2e
