// One line on a terminal that is written over while something long goes on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qrpay::cli {

/// On standard error; says nothing where that is no terminal. Erased when destroyed. One thread.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(ProgressBar const&) = delete;
  ProgressBar& operator=(ProgressBar const&) = delete;
  /// `what` in a few words. Written ten times a second at most, and when `what` changes.
  void show(std::string_view what, std::uint64_t done, std::uint64_t total);

 private:
  bool const shown_;
  std::int64_t last_ = 0;  ///< microseconds of the monotonic clock; 0 = never
  std::string what_;
};

}  // namespace qrpay::cli
