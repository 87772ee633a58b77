// One thread for work that reads much: lists, reports, proofs. Bounded, so that reads wait or are
// shed and never hold a server thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace qrpay::gateway::api {

class Worker {
 public:
  /// A report over a million records takes a second; more than this would wait minutes.
  static constexpr std::size_t kJobsMax = 256;

  explicit Worker(std::size_t jobs_max = kJobsMax);
  ~Worker();
  /// Any thread. Errors: kOverloaded, kShuttingDown; the job is then dropped.
  [[nodiscard]] base::Result<void> run(std::function<void()> job);
  void stop();

 private:
  void loop();
  std::size_t const jobs_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace qrpay::gateway::api
